//===- TensorBuilders.h - Tensor pieces that handlers share -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fill, reshape, transpose, broadcast, elementwise loops: what nearly every
// operator family is put together from.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_TENSORBUILDERS_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_TENSORBUILDERS_H

#include "NodeLowering.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace setun::onnx {

/// Computes one element from one element of each input.
using ScalarFunction =
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)>;

/// An uninitialized tensor.
mlir::Value makeEmpty(NodeLowering &node, mlir::RankedTensorType type);

/// A tensor whose elements are all `value`.
mlir::Value makeFilled(NodeLowering &node, mlir::RankedTensorType type,
                       mlir::TypedAttr value);

/// The same elements, row-major, in another shape.
mlir::Value makeReshape(NodeLowering &node, mlir::Value tensor,
                        llvm::ArrayRef<int64_t> shape);

/// Replaces the node by the same elements in the shape of its output; an error
/// if their number differs.
llvm::LogicalResult replaceByReshaped(NodeLowering &node, mlir::Value tensor);

/// Dimension d of the result is dimension `permutation[d]` of `tensor`. A
/// constant is transposed here and now.
mlir::Value makeTranspose(NodeLowering &node, mlir::Value tensor,
                          llvm::ArrayRef<int64_t> permutation);

/// The elements offsets + i * steps of `tensor`, i below `sizes`.
mlir::Value makeSlice(NodeLowering &node, mlir::Value tensor,
                      llvm::ArrayRef<int64_t> offsets,
                      llvm::ArrayRef<int64_t> sizes,
                      llvm::ArrayRef<int64_t> steps);

/// `whole` with `part` in place of its elements from `offsets` on.
mlir::Value makeInsert(NodeLowering &node, mlir::Value part, mlir::Value whole,
                       llvm::ArrayRef<int64_t> offsets);

/// `parts` one behind the other along attribute `axis`, as the output's type.
/// Emits an error if they do not fit it.
llvm::FailureOr<mlir::Value> makeConcat(NodeLowering &node,
                                        mlir::ValueRange parts);

/// `tensor` with `value` around its last dimensions; the pads are at least 0.
mlir::Value makePadded(NodeLowering &node, mlir::Value tensor,
                       llvm::ArrayRef<int64_t> before,
                       llvm::ArrayRef<int64_t> after, mlir::TypedAttr value);

/// result[i...] = function(inputs[i...]...): inputs of at least size 1 that
/// numpy's rules broadcast to `type`. Constant inputs of one value are written
/// into the body. Emits an error if a shape does not broadcast.
llvm::FailureOr<mlir::Value> makeElementwise(NodeLowering &node,
                                             mlir::RankedTensorType type,
                                             mlir::ValueRange inputs,
                                             ScalarFunction function);

/// `tensor` broadcast to `shape` by numpy's rules; an error if it does not.
llvm::FailureOr<mlir::Value> makeBroadcast(NodeLowering &node,
                                           mlir::Value tensor,
                                           llvm::ArrayRef<int64_t> shape);

/// result[kept...] = fold of input[kept..., k] over the last dimension,
/// starting from `init`, k rising.
mlir::Value
makeFold(NodeLowering &node, mlir::Value input, mlir::TypedAttr init,
         llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Value element,
                                        mlir::Value accumulator)>
             function);

/// Sum over the last dimension: floats in the one fixed order (or in double
/// precision, if so asked, giving f64), integers wrapping.
mlir::Value makeSum(NodeLowering &node, mlir::Value input);

/// The type in which sums of `element` are taken: at least f32, f64 for floats
/// if so asked.
mlir::Type getSumType(NodeLowering &node, mlir::Type element);

/// The same floats, rounded to or widened to `element`.
mlir::Value makeFloatCast(NodeLowering &node, mlir::Value tensor,
                          mlir::Type element);

/// A constant of `type`: the number `value`, which must be exact in it.
mlir::TypedAttr getNumber(mlir::Type type, double value);
/// The smallest value of `type` (-inf), or the largest. An integer of
/// `isUnsigned` counts from 0.
mlir::TypedAttr getLowest(mlir::Type type, bool isUnsigned);
mlir::TypedAttr getHighest(mlir::Type type, bool isUnsigned);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_TENSORBUILDERS_H
