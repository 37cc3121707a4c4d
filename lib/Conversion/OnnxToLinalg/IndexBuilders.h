//===- IndexBuilders.h - Positions computed at run time ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What operators share that read or write where another tensor says. An index
// that comes from outside is clamped into the tensor: no model and no input can
// touch what lies beside it.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_INDEXBUILDERS_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_INDEXBUILDERS_H

#include "TensorBuilders.h"

namespace setun::onnx {

/// The number `value` of type index.
mlir::Value makeIndex(mlir::OpBuilder &builder, mlir::Location loc,
                      int64_t value);

/// The loop over dimension `dim` of the surrounding linalg op.
mlir::Value loopIndex(mlir::OpBuilder &builder, mlir::Location loc,
                      int64_t dim);
/// The loops over the dimensions first..first+count-1.
llvm::SmallVector<mlir::Value> loopIndices(mlir::OpBuilder &builder,
                                           mlir::Location loc, int64_t first,
                                           int64_t count);

/// An integer as i64, by its sign or, if `isUnsigned`, without.
mlir::Value toI64(mlir::OpBuilder &builder, mlir::Location loc,
                  mlir::Value value, bool isUnsigned = false);

/// A signed index as a position in a dimension of `size`: negative ones count
/// from the end, what is outside moves to the nearest element.
mlir::Value clampIndex(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value index, int64_t size);

/// An error if input `index` is a constant with an element that is no position
/// in a dimension of `size`.
llvm::LogicalResult checkConstantIndices(NodeLowering &node, unsigned index,
                                         int64_t size, int64_t axis);

/// Computes `type` from nothing but the position: `function` gets the indices
/// of an element.
mlir::Value makeFromIndices(NodeLowering &node, mlir::RankedTensorType type,
                            ScalarFunction function);

/// Which element of the input stands at each position of an output dimension;
/// empty if it is that of the same position.
using PositionTable = llvm::SmallVector<int32_t>;

/// An error if a table of `size` entries is too large to be a constant.
llvm::LogicalResult checkTableSize(NodeLowering &node, int64_t size);

/// result[i...] = tensor[tables[0][i0], tables[1][i1], ...], in the given
/// shape.
mlir::Value makeGathered(NodeLowering &node, mlir::Value tensor,
                         llvm::ArrayRef<int64_t> shape,
                         llvm::ArrayRef<PositionTable> tables);

/// A constant vector of i32.
mlir::Value makePositionTable(NodeLowering &node,
                              llvm::ArrayRef<int32_t> positions);
/// A constant vector of `element`, f32 or f64.
mlir::Value makeFloatTable(NodeLowering &node, mlir::Type element,
                           llvm::ArrayRef<double> values, llvm::StringRef name);

/// Loops over `sizes`, the last one innermost, each round of which makes a new
/// tensor from the one before.
mlir::Value makeUpdates(
    NodeLowering &node, llvm::ArrayRef<int64_t> sizes, mlir::Value init,
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange at,
                                   mlir::Value tensor)>
        update);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_INDEXBUILDERS_H
