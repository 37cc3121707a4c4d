// Finds low-bit weights among float constants, by their values.
#ifndef SETUN_CONVERSION_ONNXTOLOWBIT_WEIGHTLEVELS_H
#define SETUN_CONVERSION_ONNXTOLOWBIT_WEIGHTLEVELS_H

#include "dialects/Onnx/ConstantData.h"
#include <optional>
#include <vector>

namespace setun {

/// Float weights as codes and scales: w[i] = codes[i] * scale.
struct WeightLevels {
  /// One of -128 .. 127 per element, in the order of the constant.
  std::vector<char> codes;
  /// One scale, or one per output.
  std::vector<float> scales;
  /// Elements that differ from their level in the last bits (as `w + (q - w)`
  /// leaves them).
  int64_t inexact;

  /// The smallest type that holds all codes: bipolar without a zero, ternary,
  /// or siN.
  mlir::Type getCodeType(mlir::MLIRContext *context) const;
};

/// Levels of an f32 constant whose outputs run along `outputAxis` (0 unless the
/// rank is 2): whole multiples of one s, or of one s per output, at most 127
/// (or -128) times. Fewer bits win, then fewer scales. Whole numbers are levels
/// with s = 1.
///
/// Values within 2^-18 of a level, relative (some tens of ulp), belong to it
/// where there is one magnitude: folding w + (q - w) in f32 leaves that spread,
/// while zeros stay exact. With more of them it is 2^-20. Fewer than four
/// numbers with one step are never levels.
std::optional<WeightLevels> findWeightLevels(const onnx::ConstantData &weights,
                                             unsigned outputAxis);

/// Marks a module in which float weights are no codes, whatever their values.
inline constexpr llvm::StringLiteral kNoLevels = "setun.no_levels";

/// The levels of an operand, if it is constant and levels are looked for.
std::optional<WeightLevels> findWeightLevels(mlir::Value weights,
                                             unsigned outputAxis);

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLOWBIT_WEIGHTLEVELS_H
