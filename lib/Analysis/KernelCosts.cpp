//===- KernelCosts.cpp - The prices of the cost model ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelCosts.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llvm;

namespace setun {

namespace {
struct TargetRow {
  StringLiteral target;
  /// Whose prices are taken where there are none of its own; empty for none.
  StringLiteral like;
  TargetCosts costs;
};

struct MethodRow {
  StringLiteral target, method;
  MethodCosts costs;
};
} // namespace

static constexpr TargetRow targetRows[] = {
#define SETUN_TARGET(target, like, unit, additionBytes, bytePrice,             \
                     sizeExponent)                                             \
  {target, like, {unit, additionBytes, bytePrice, sizeExponent}},
#include "KernelCosts.def"
};

static constexpr MethodRow methodRows[] = {
#define SETUN_METHOD(target, method, call, sums, inputs, steps, extra)         \
  {target, method, {call, sums, inputs, steps, extra}},
#include "KernelCosts.def"
};

static const TargetRow &getRow(StringRef target) {
  const TargetRow *row = find_if(
      targetRows, [&](const TargetRow &r) { return r.target == target; });
  if (row == std::end(targetRows))
    llvm_unreachable("every target has a row of costs");
  return *row;
}

const MethodCosts *findMethodCosts(StringRef target, StringRef method) {
  for (; !target.empty(); target = getRow(target).like)
    for (const MethodRow &row : methodRows)
      if (row.target == target && row.method == method)
        return &row.costs;
  return nullptr;
}

const TargetCosts &getTargetCosts(StringRef target) {
  return getRow(target).costs;
}

} // namespace setun
