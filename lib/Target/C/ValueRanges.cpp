//===- ValueRanges.cpp - Which integers a value can be --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ValueRanges.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <limits>

using namespace mlir;

namespace setun::c {

using MaybeInterval = std::optional<Interval>;

Interval getSignedInterval(unsigned width) {
  if (width >= 64)
    return {std::numeric_limits<int64_t>::min(),
            std::numeric_limits<int64_t>::max()};
  return {-(int64_t(1) << (width - 1)), (int64_t(1) << (width - 1)) - 1};
}

/// What is known from the type alone; i1 counts as 0 or 1.
static MaybeInterval getTypeInterval(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.getWidth() >= 64)
    return std::nullopt;
  if (integer.getWidth() == 1)
    return Interval{0, 1};
  return getSignedInterval(integer.getWidth());
}

/// The smallest interval with all of `corners`; each may have overflowed.
static MaybeInterval hull(ArrayRef<std::optional<int64_t>> corners) {
  Interval result{std::numeric_limits<int64_t>::max(),
                  std::numeric_limits<int64_t>::min()};
  for (std::optional<int64_t> corner : corners) {
    if (!corner)
      return std::nullopt;
    result.min = std::min(result.min, *corner);
    result.max = std::max(result.max, *corner);
  }
  return result;
}

static std::optional<int64_t> add(int64_t a, int64_t b) {
  int64_t result;
  return llvm::AddOverflow(a, b, result) ? std::nullopt
                                         : std::optional<int64_t>(result);
}
static std::optional<int64_t> subtract(int64_t a, int64_t b) {
  int64_t result;
  return llvm::SubOverflow(a, b, result) ? std::nullopt
                                         : std::optional<int64_t>(result);
}
static std::optional<int64_t> multiply(int64_t a, int64_t b) {
  int64_t result;
  return llvm::MulOverflow(a, b, result) ? std::nullopt
                                         : std::optional<int64_t>(result);
}

/// Sum, difference or product as exact integers.
static MaybeInterval getExact(Operation *op, Interval a, Interval b) {
  if (isa<arith::AddIOp>(op))
    return hull({add(a.min, b.min), add(a.max, b.max)});
  if (isa<arith::SubIOp>(op))
    return hull({subtract(a.min, b.max), subtract(a.max, b.min)});
  if (isa<arith::MulIOp>(op))
    return hull({multiply(a.min, b.min), multiply(a.min, b.max),
                 multiply(a.max, b.min), multiply(a.max, b.max)});
  return std::nullopt;
}

/// Operations whose result depends on two intervals and cannot overflow.
static MaybeInterval getBounded(Operation *op, Interval a, Interval b) {
  bool bothNonNegative = a.min >= 0 && b.min >= 0;
  bool isSignedOrSame = bothNonNegative;
  return llvm::TypeSwitch<Operation *, MaybeInterval>(op)
      .Case([&](arith::MinSIOp) {
        return Interval{std::min(a.min, b.min), std::min(a.max, b.max)};
      })
      .Case([&](arith::MaxSIOp) {
        return Interval{std::max(a.min, b.min), std::max(a.max, b.max)};
      })
      .Case<arith::MinUIOp, arith::MaxUIOp>([&](auto) -> MaybeInterval {
        if (!isSignedOrSame)
          return std::nullopt;
        return Interval{std::min(a.min, b.min), std::max(a.max, b.max)};
      })
      .Case<arith::DivSIOp, arith::DivUIOp>([&](auto) -> MaybeInterval {
        if (b.min <= 0 || (isa<arith::DivUIOp>(op) && !bothNonNegative))
          return std::nullopt;
        return hull(
            {a.min / b.min, a.min / b.max, a.max / b.min, a.max / b.max});
      })
      .Case<arith::RemSIOp, arith::RemUIOp>([&](auto) -> MaybeInterval {
        if (b.min <= 0 || (isa<arith::RemUIOp>(op) && !bothNonNegative))
          return std::nullopt;
        return Interval{std::max(std::min<int64_t>(a.min, 0), -(b.max - 1)),
                        std::min(std::max<int64_t>(a.max, 0), b.max - 1)};
      })
      .Case([&](arith::AndIOp) -> MaybeInterval {
        if (b.min >= 0)
          return Interval{0, a.min >= 0 ? std::min(a.max, b.max) : b.max};
        return std::nullopt;
      })
      .Case<arith::ShRSIOp, arith::ShRUIOp>([&](auto) -> MaybeInterval {
        if (b.min != b.max || b.min < 0 || b.min > 63 ||
            (isa<arith::ShRUIOp>(op) && a.min < 0))
          return std::nullopt;
        return Interval{a.min >> b.min, a.max >> b.min};
      })
      .Default(std::nullopt);
}

MaybeInterval ValueRanges::computeResult(Operation *op) {
  IntegerAttr constant;
  if (matchPattern(op, m_Constant(&constant))) {
    const APInt &value = constant.getValue();
    if (value.getBitWidth() > 64)
      return std::nullopt;
    int64_t number =
        value.getBitWidth() == 1 ? value.getZExtValue() : value.getSExtValue();
    return Interval{number, number};
  }
  if (auto dim = dyn_cast<memref::DimOp>(op))
    return Interval{0, std::numeric_limits<int32_t>::max()};
  if (auto select = dyn_cast<arith::SelectOp>(op)) {
    MaybeInterval a = get(select.getTrueValue());
    MaybeInterval b = get(select.getFalseValue());
    if (!a || !b)
      return std::nullopt;
    return Interval{std::min(a->min, b->min), std::max(a->max, b->max)};
  }
  if (op->getNumOperands() == 1) {
    Type from = op->getOperand(0).getType();
    MaybeInterval operand = get(op->getOperand(0));
    if (!operand)
      return std::nullopt;
    if (from.isInteger(1) && isa<arith::ExtSIOp, arith::IndexCastOp>(op))
      return Interval{-1, 0};
    // Reading a negative number as unsigned makes it big, unless it is a byte.
    if (isa<arith::ExtUIOp, arith::IndexCastUIOp>(op) && operand->min < 0) {
      auto integer = dyn_cast<IntegerType>(from);
      if (!integer || integer.getWidth() > 32)
        return std::nullopt;
      return Interval{0, (int64_t(1) << integer.getWidth()) - 1};
    }
    if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::IndexCastOp,
            arith::IndexCastUIOp, arith::TruncIOp>(op))
      return operand;
    return std::nullopt;
  }
  if (op->getNumOperands() != 2)
    return std::nullopt;
  MaybeInterval a = get(op->getOperand(0)), b = get(op->getOperand(1));
  if (!a || !b)
    return std::nullopt;
  if (MaybeInterval exact = getExact(op, *a, *b))
    return exact;
  return getBounded(op, *a, *b);
}

/// From the first to the last value of a loop's variable, and one step more,
/// which the variable reaches in C.
static MaybeInterval getLoopInterval(MaybeInterval lower, MaybeInterval upper,
                                     MaybeInterval step) {
  if (!lower || !upper || !step || step->min <= 0)
    return std::nullopt;
  if (!add(upper->max, step->max))
    return std::nullopt;
  return Interval{lower->min, std::max(lower->min, upper->max - 1)};
}

MaybeInterval ValueRanges::compute(Value value) {
  MaybeInterval fromType = getTypeInterval(value.getType());
  MaybeInterval result;
  if (Operation *op = value.getDefiningOp()) {
    result = computeResult(op);
  } else if (auto loop =
                 dyn_cast<scf::ForOp>(value.getParentBlock()->getParentOp())) {
    if (value == loop.getInductionVar())
      result = getLoopInterval(get(loop.getLowerBound()),
                               get(loop.getUpperBound()), get(loop.getStep()));
  } else if (auto parallel = dyn_cast<scf::ParallelOp>(
                 value.getParentBlock()->getParentOp())) {
    unsigned dim = cast<BlockArgument>(value).getArgNumber();
    result = getLoopInterval(get(parallel.getLowerBound()[dim]),
                             get(parallel.getUpperBound()[dim]),
                             get(parallel.getStep()[dim]));
  }
  // A result beyond the type wraps: then all that is known is the type.
  if (!result || (fromType && !fromType->contains(*result)))
    return fromType;
  return result;
}

MaybeInterval ValueRanges::get(Value value) {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  MaybeInterval result = compute(value);
  known[value] = result;
  return result;
}

bool ValueRanges::isNonNegative(Value value) {
  MaybeInterval interval = get(value);
  return interval && interval->min >= 0;
}

bool ValueRanges::cannotWrap(Operation *op, unsigned width) {
  MaybeInterval a = get(op->getOperand(0)), b = get(op->getOperand(1));
  if (!a || !b)
    return false;
  MaybeInterval exact = getExact(op, *a, *b);
  return exact && getSignedInterval(width).contains(*exact);
}

/// Operations whose result depends on how many bits a negative index has.
static bool readsIndexAsUnsigned(Operation *op) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return compare.getPredicate() >= arith::CmpIPredicate::ult;
  return isa<arith::DivUIOp, arith::RemUIOp, arith::ShRUIOp, arith::MinUIOp,
             arith::MaxUIOp, arith::IndexCastUIOp>(op);
}

bool ValueRanges::fitIndicesIn32Bits(ModuleOp module) {
  Interval narrow = getSignedInterval(32);
  auto fits = [&](Value value) {
    if (auto memref = dyn_cast<MemRefType>(value.getType())) {
      // Every element is reached from the start of the buffer.
      constexpr int64_t limit = std::numeric_limits<int32_t>::max();
      int64_t count = 1;
      for (int64_t extent : memref.getShape())
        if (!ShapedType::isDynamic(extent) &&
            llvm::MulOverflow(count, extent, count))
          return false;
      return count <= limit;
    }
    if (!value.getType().isIndex())
      return true;
    MaybeInterval interval = get(value);
    return interval && narrow.contains(*interval);
  };
  WalkResult result = module.walk([&](Operation *op) {
    bool readsUnsigned = readsIndexAsUnsigned(op);
    for (Value operand : op->getOperands())
      if (readsUnsigned && operand.getType().isIndex() &&
          !isNonNegative(operand))
        return WalkResult::interrupt();
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      MaybeInterval upper = get(loop.getUpperBound());
      MaybeInterval step = get(loop.getStep());
      if (loop.getInductionVar().getType().isIndex() &&
          (!upper || !step || !add(upper->max, step->max) ||
           *add(upper->max, step->max) > narrow.max))
        return WalkResult::interrupt();
    }
    bool allFit = llvm::all_of(op->getResults(), fits);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        allFit &= llvm::all_of(block.getArguments(), fits);
    return allFit ? WalkResult::advance() : WalkResult::interrupt();
  });
  return !result.wasInterrupted();
}

} // namespace setun::c
