//===- Sampling.h - Values between the elements of a tensor -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Positions that are computed as floats at run time: moved into a dimension,
// and interpolated between its elements. No position, not even a NaN, reads
// beside the tensor.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_SAMPLING_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_SAMPLING_H

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

namespace setun::onnx {

/// An element that contributes along one dimension.
struct Tap {
  mlir::Value position; ///< an index inside the dimension
  mlir::Value weight;   ///< null for 1
  mlir::Value inside;   ///< i1: else the element counts as 0; null for always
};
using Taps = llvm::SmallVector<Tap>;

/// x, but at least `low` and at most `high`; a NaN gives `low`.
mlir::Value clampFloat(ScalarBuilder &s, mlir::Value x, double low,
                       double high);

/// The whole number x as an index, moved into 0 .. size - 1.
mlir::Value floatToPosition(ScalarBuilder &s, mlir::Value x, int64_t size);

/// An index as a float of the type of `like`.
mlir::Value indexToFloat(ScalarBuilder &s, mlir::Value index, mlir::Value like);

/// The element at the whole number x; outside of the dimension it counts as 0.
Tap makeTap(ScalarBuilder &s, mlir::Value x, int64_t size, mlir::Value weight);

/// The two elements around x with weights that fall off linearly.
Taps makeLinearTaps(ScalarBuilder &s, mlir::Value x, int64_t size);

/// Sum of the weighted elements tensor[leading..., taps...], the last dimension
/// first, each in the order of its taps.
mlir::Value interpolate(ScalarBuilder &s, mlir::Value tensor,
                        mlir::ValueRange leading, llvm::ArrayRef<Taps> dims);

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_SAMPLING_H
