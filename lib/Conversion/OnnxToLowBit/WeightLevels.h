// Finds binary and ternary matrices among float constants, by counting levels.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_WEIGHTLEVELS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_WEIGHTLEVELS_H

#include "dialects/Onnx/ConstantData.h"
#include <optional>
#include <vector>

namespace setun {

/// A float matrix as codes and scales: w[i] = codes[i] * scale.
struct WeightLevels {
  /// No zero occurs: the codes are bipolar, else ternary.
  bool bipolar;
  /// -1, 0 or +1 per element, in the order of the matrix.
  std::vector<char> codes;
  /// One scale, or one per output.
  std::vector<float> scales;
  /// Elements that differ from their level in the last bits (as `w + (q - w)`
  /// leaves them).
  int64_t inexact;
};

/// Levels of a rank-2 f32 constant whose outputs run along `outputAxis`: {-s,
/// 0, +s} or {-s, +s} with one s, or one s per output. Values within 2^-18 of a
/// level, relative (some tens of ulp), belong to it: folding w + (q - w) in f32
/// leaves that spread, while zeros stay exact. Fewer than four inputs are never
/// levels.
std::optional<WeightLevels> findWeightLevels(const onnx::ConstantData &weights,
                                             unsigned outputAxis);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_WEIGHTLEVELS_H
