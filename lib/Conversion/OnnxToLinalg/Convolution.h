//===- Convolution.h - Sums over windows and channels -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The product behind Conv and its relatives on other types.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_CONVOLUTION_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_CONVOLUTION_H

#include "Window.h"

#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/AffineExpr.h"

namespace setun::onnx {

/// Shapes of a convolution that fit each other.
struct ConvolutionShape {
  Window window;
  int64_t groups;
};

/// Reads the attributes and checks input `input` [N, C, ...], input `weights`
/// [M, C / groups, ...] and the output [N, M, ...] of the node.
llvm::FailureOr<ConvolutionShape>
readConvolution(NodeLowering &node, unsigned input, unsigned weights);

/// result[n, m, o] = sum over c, k of w[m, c, k] * x[n, c, o * stride + k *
/// dilation - before], x being 0 outside, for tensors of one element type in
/// which the sums are taken. One order: c, then k, rising, from +0.
mlir::Value makeConvolution(NodeLowering &node, mlir::Value x, mlir::Value w,
                            const ConvolutionShape &shape);

/// Splits dimension `dim` into [groups, size / groups].
mlir::Value splitGroups(NodeLowering &node, mlir::Value tensor, unsigned dim,
                        int64_t groups);

/// A tensor of zeros to which every round of `loops` adds a product:
/// result[indices[2]] += x[indices[0]] * w[indices[1]].
mlir::Value
makeMultiplyAdd(NodeLowering &node, mlir::Value x, mlir::Value w,
                mlir::RankedTensorType type,
                llvm::ArrayRef<llvm::SmallVector<mlir::AffineExpr>> indices,
                llvm::ArrayRef<mlir::utils::IteratorType> loops);

/// An error unless input, weights and output are floats of one type.
llvm::LogicalResult checkConvolutionTypes(NodeLowering &node);

/// Replaces a node with input, weights and perhaps a bias, input `bias`, by
/// sums + bias; the sums are taken in the sum type and rounded before the bias
/// is added.
llvm::LogicalResult replaceBySums(
    NodeLowering &node, unsigned bias,
    llvm::function_ref<mlir::Value(mlir::Value x, mlir::Value w)> makeSums);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_CONVOLUTION_H
