//===- Convolution.h - Sums over windows and channels -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The product behind Conv and its relatives on other types.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_CONVOLUTION_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_CONVOLUTION_H

#include "Window.h"

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

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_CONVOLUTION_H
