//===- Window.h - How a window slides over an image -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel size, strides, dilations and pads of convolutions and pools, with
// every spelling of ONNX resolved.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_WINDOW_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_WINDOW_H

#include "NodeLowering.h"

namespace setun::onnx {

/// Output o and tap k of dimension d meet the input at
/// `o * strides[d] + k * dilations[d] - before[d]`. All entries but the pads
/// are at least 1, and none exceeds INT32_MAX: products do not overflow.
struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations, before, after;

  unsigned rank() const { return kernel.size(); }
  /// Input positions from the first to the last tap.
  int64_t getExtent(unsigned dim) const {
    return (kernel[dim] - 1) * dilations[dim] + 1;
  }
  bool hasPads() const;
  /// Is the kernel one tap that stands on its output?
  bool isPointwise() const;
};

/// An error if a buffer of `shape` would be out of all proportion: pads and
/// strides of a model need not be related to the size of its tensors.
llvm::LogicalResult checkBuffer(NodeLowering &node,
                                llvm::ArrayRef<int64_t> shape);

/// Attribute `name` with one entry of at least `minimum` for each spatial
/// dimension (two for pads); `defaultValue` everywhere if it is missing.
llvm::FailureOr<llvm::SmallVector<int64_t>>
readSpatial(NodeLowering &node, llvm::StringRef name, size_t count,
            int64_t minimum, int64_t defaultValue);

/// A window of `kernel` with the strides and dilations of the node, not padded.
llvm::FailureOr<Window> readStridesAndDilations(NodeLowering &node,
                                                llvm::ArrayRef<int64_t> kernel);

/// The attribute `p` of a p-norm, 2 by default: 1 to 64. A float in opset 1.
llvm::FailureOr<int64_t> readNorm(NodeLowering &node);

/// Reads strides, dilations, pads and auto_pad of the node. An error if the
/// window does not give the spatial dimensions `output` from `input`.
llvm::FailureOr<Window> readWindow(NodeLowering &node,
                                   llvm::ArrayRef<int64_t> input,
                                   llvm::ArrayRef<int64_t> kernel,
                                   llvm::ArrayRef<int64_t> output);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_WINDOW_H
