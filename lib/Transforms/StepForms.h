//===- StepForms.h - Integer forms of a step function -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds where a function of integers changes its code, and an affine function
// with a shift that changes at the same places. Nothing is assumed about the
// function but its direction, which is proven or counted out.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TRANSFORMS_STEPFORMS_H
#define SETUN_LIB_TRANSFORMS_STEPFORMS_H

#include "setun/Analysis/StepFunction.h"

namespace setun {

/// The codes of a monotone function on an interval of integers.
struct Steps {
  lowbit::CodeRange codes; // smallest and largest
  lowbit::CodeRange inputs;
  bool falling = false;
  /// For each code behind the smallest the first integer that reaches it, or,
  /// if the function falls, the first that does not. Ascending unless falling,
  /// then descending.
  llvm::SmallVector<int64_t> thresholds;
};

/// The steps of `function` in its input `input`, which runs over `range` while
/// the others are as in `values`. Nothing if the function is not monotone there
/// or not defined, or has more than `maxSteps` steps; `why` then says so.
std::optional<Steps> findSteps(const StepFunction &function, int64_t channel,
                               unsigned input, lowbit::CodeRange range,
                               llvm::SmallVector<int64_t> values,
                               int64_t maxSteps, std::string &why);

/// How the affine sum becomes a code: sum / 2^shift rounded down, or to the
/// nearest with ties to even.
struct Shift {
  unsigned bits = 0;
  bool isHalfEven = false;

  /// The least sum that gives `code` or more.
  int64_t getLeast(int64_t code) const;
  int64_t apply(int64_t sum) const;
};

/// sum_i multipliers[i] * x_i + addend, to be shifted.
struct AffineStep {
  llvm::SmallVector<int64_t, 2> multipliers;
  int64_t addend = 0;
};

/// What an affine step must do: at x[0], x[1] the shifted value is at least
/// `code`, or less than it.
struct StepConstraint {
  int64_t x[2];
  int64_t code;
  bool isLower;
};

/// Adds what makes an affine step, clamped to `clamp`, equal to `steps`.
void addConstraints(const Steps &steps, lowbit::CodeRange clamp, int64_t other,
                    std::vector<StepConstraint> &constraints);

/// The numbers that meet all constraints with the shift, or nothing if the
/// search finds none. Every constraint is checked. With one input the search is
/// exhaustive over multipliers of 32 bits.
std::optional<AffineStep>
findAffineStep(llvm::ArrayRef<StepConstraint> constraints, unsigned inputs,
               Shift shift);

/// An affine step of one input, and where it errs by one: inputs whose code is
/// one more, and one less.
struct NearStep {
  AffineStep step;
  llvm::SmallVector<int64_t> raised, lowered;
};

/// The affine step with the shift that `steps` comes closest to, with at most
/// `maxExceptions` inputs at which they differ; or nothing. All steps are
/// compared.
std::optional<NearStep> findNearStep(const Steps &steps,
                                     lowbit::CodeRange clamp, Shift shift,
                                     unsigned maxExceptions);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_STEPFORMS_H
