//===- ResizeTables.h - Where Resize takes each element from ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The formulas of ONNX's Resize for one axis, in double precision: which
// elements of the input make up each element of the output, and with which
// weights. Nothing of this is left at run time but tables.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_RESIZETABLES_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_RESIZETABLES_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <vector>

namespace setun::onnx {

/// How an axis is resized; the names are those of ONNX's attributes.
struct ResizeOptions {
  llvm::StringRef mode;      ///< nearest, linear or cubic
  llvm::StringRef transform; ///< coordinate_transformation_mode
  llvm::StringRef nearest;   ///< nearest_mode; `simple` is that of opset 10
  double cubicA = -0.75;
  bool excludeOutside = false;
  bool antialias = false;
};

/// One axis.
struct ResizeAxis {
  int64_t input = 1, output = 1;
  double scale = 1;
  double roiStart = 0, roiEnd = 1; ///< for tf_crop_and_resize

  bool isIdentity() const {
    return input == output && scale == 1 && roiStart == 0 && roiEnd == 1;
  }
};

/// result[o] = sum over t of weights[o * taps + t] * x[positions[o * taps +
/// t]]; positions are inside the input.
struct ResizeTables {
  int64_t taps = 1;
  std::vector<int32_t> positions;
  std::vector<double> weights;
  /// Outputs that tf_crop_and_resize takes from outside of the input; empty if
  /// there are none.
  std::vector<bool> outside;
};

/// Elements that contribute to one output.
int64_t getResizeTaps(const ResizeOptions &options, double scale);

ResizeTables makeResizeTables(const ResizeOptions &options,
                              const ResizeAxis &axis);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_RESIZETABLES_H
