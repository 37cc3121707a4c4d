//===- AffineNumber.h - Real numbers as integers times factors --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tensor of real numbers as what it is before it is rounded anywhere: a sum
// of integers times constants, plus a constant. Such a number becomes integers
// by a multiplication, an addition and a shift (lowbit.requantize).
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TRANSFORMS_AFFINENUMBER_H
#define SETUN_LIB_TRANSFORMS_AFFINENUMBER_H

#include "setun/Analysis/StepFunction.h"

#include <limits>
#include <string>

namespace setun {

/// Numbers for each index along a dimension: one, or one for each.
using ChannelNumbers = llvm::SmallVector<double>;

/// A constant that is broadcast to `result` and differs along one dimension at
/// most; `why` says what is wrong otherwise.
struct ChannelConstant {
  ChannelNumbers numbers;
  ChannelDimension channels;

  static std::optional<ChannelConstant>
  read(mlir::Value constant, mlir::RankedTensorType result, std::string &why);
};

/// How a real number becomes an integer.
enum class WholeRounding { HalfUp, HalfEven, Floor, Ceil };

/// A whole number next to x; ties as the rounding says.
double roundToWhole(double x, WholeRounding rounding);

/// Is it a power of two that integers of 32 bits can be scaled by in f32?
bool isPowerOfTwo(double x);

/// clamp(sum_i factors[i][c] * inputs[i] + addends[c], lo, hi) with c the index
/// along `channels`. All inputs have the shape of the number.
struct AffineNumber {
  llvm::SmallVector<mlir::Value> inputs;
  llvm::SmallVector<ChannelNumbers> factors;
  ChannelNumbers addends = {0};
  ChannelDimension channels;
  double lo = -std::numeric_limits<double>::infinity();
  double hi = std::numeric_limits<double>::infinity();

  /// The integers themselves, times 2^-fraction.
  static AffineNumber ofIntegers(mlir::Value integers, int fraction);

  /// Is it integers of 32 bits times a power of two? They may have more than
  /// 24 bits.
  bool isFixed() const;
  bool isClamped() const;
  void clamp(double atLeast, double atMost);

  /// Multiplies by, adds, what `constant` has for each channel. False, and
  /// nothing is changed, where both differ along other dimensions. A clamped
  /// number has to be made integers before.
  bool multiply(const ChannelConstant &constant);
  bool add(const ChannelConstant &constant);
  bool add(const AffineNumber &other);

  /// The smallest and largest number that the inputs allow.
  std::pair<double, double> getRange() const;

  /// The fraction bits of this number in fixed point: the fewest that hold it
  /// exactly, but no more than give 24 bits with a sign. Nothing if the range
  /// is not proven, or its numbers are too large or small for a scale of f32.
  std::optional<int> chooseFraction() const;

private:
  bool spread(const ChannelDimension &other);
};

/// round(number) within lo..hi, as a `lowbit.requantize` of `type` at the
/// builder's place: clamp((m * x + b) >> s), where m and b are the numbers'
/// factors and addends times 2^s. Null, with a reason, where no such integers
/// fit 64 bits. Where nothing is to be done it is the input.
mlir::Value createWholeNumbers(mlir::OpBuilder &builder, mlir::Location loc,
                               const AffineNumber &number,
                               mlir::RankedTensorType type,
                               WholeRounding rounding, lowbit::CodeRange limits,
                               std::string &why);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_AFFINENUMBER_H
