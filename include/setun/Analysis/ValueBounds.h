//===- ValueBounds.h - Which integers a tensor can hold ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bounds of codes and of sums of products, from the real weights.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_VALUEBOUNDS_H
#define SETUN_ANALYSIS_VALUEBOUNDS_H

#include "dialects/LowBit/LowBit.h"

namespace setun {

/// Smallest and largest integer of a tensor: one pair for all of it, or one for
/// each index along `axis`.
struct ValueBounds {
  llvm::SmallVector<lowbit::CodeRange> ranges;
  int64_t axis = 0;

  /// Over all channels.
  lowbit::CodeRange getHull() const;
};

/// The integers that `value`, a tensor of codes, i32 or i64, can hold. Sums of
/// products with constant weights are bounded for each output: no input that
/// the codes allow leads out of the bounds, and a product of independent codes
/// can reach both ends. Anything unknown has the bounds of its type.
ValueBounds getValueBounds(mlir::Value value);

} // namespace setun

#endif // SETUN_ANALYSIS_VALUEBOUNDS_H
