//===- ValueRanges.h - Which integers a value can be ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Indices have 64 bits in IR. Mostly 32 are enough in C, and then the text is
// shorter and small machines are faster; this analysis proves it. It also knows
// sums that cannot wrap, which need no unsigned arithmetic.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_VALUERANGES_H
#define SETUN_LIB_TARGET_C_VALUERANGES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"

#include <cstdint>
#include <optional>

namespace setun::c {

/// All values from min to max.
struct Interval {
  int64_t min;
  int64_t max;

  bool contains(Interval other) const {
    return min <= other.min && other.max <= max;
  }
};

/// The values of a signed integer of that many bits.
Interval getSignedInterval(unsigned width);

/// Intervals of integers and indices, from constants, loop bounds and types.
class ValueRanges {
public:
  /// Nothing if the value can be anything.
  std::optional<Interval> get(mlir::Value value);

  /// True if the value is known not to be negative.
  bool isNonNegative(mlir::Value value);

  /// True if `op`, an arith.addi, subi or muli, stays within `width` bits when
  /// its operands are added, subtracted or multiplied as integers of any size.
  bool cannotWrap(mlir::Operation *op, unsigned width);

  /// True if 32 bits hold every index of the module and every operation on
  /// indices gives the same result in 32 bits.
  bool fitIndicesIn32Bits(mlir::ModuleOp module);

private:
  std::optional<Interval> compute(mlir::Value value);
  std::optional<Interval> computeResult(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, std::optional<Interval>> known;
};

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_VALUERANGES_H
