//===- KernelCosts.h - The prices of the cost model -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_ANALYSIS_KERNELCOSTS_H
#define SETUN_LIB_ANALYSIS_KERNELCOSTS_H

#include "llvm/ADT/StringRef.h"

namespace setun {

/// What the units of KernelAmounts cost on a target, and a call.
struct MethodCosts {
  double call, sums, inputs, steps, extra;
};

/// What does not depend on the kernel.
struct TargetCosts {
  llvm::StringLiteral unit;
  /// Code of one addition in a network.
  double additionBytes;
  /// What a byte of code or weights is worth.
  double bytePrice;
  /// How much less time doubled bytes have to take: half, if 1.
  double sizeExponent;
};

/// The prices of `method` on `target`, or on the target that stands in for it;
/// null if nobody has any.
const MethodCosts *findMethodCosts(llvm::StringRef target,
                                   llvm::StringRef method);

const TargetCosts &getTargetCosts(llvm::StringRef target);

} // namespace setun

#endif // SETUN_LIB_ANALYSIS_KERNELCOSTS_H
