//===- IntegerOps.cpp - Integer operations of arith as C ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signless integers wrap, signed ones of C must not: sums that may wrap go
// through the unsigned type. `nsw` and proven ranges give plain `a + b`.
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace setun::c {

namespace {
/// The operands of a binary operation and the type of its result.
struct Operands {
  const Expr *lhs;
  const Expr *rhs;
  CType type;
};
} // namespace

static Operands useBoth(Operation *op, FunctionBuilder &builder) {
  const Expr *lhs = builder.use(op->getOperand(0));
  const Expr *rhs = builder.use(op->getOperand(1));
  return {lhs, rhs, lhs->type};
}

/// Both operands may stand twice in the result.
static Operands useBothAtoms(Operation *op, FunctionBuilder &builder) {
  const Expr *lhs = builder.useAtom(op->getOperand(0));
  const Expr *rhs = builder.useAtom(op->getOperand(1));
  return {lhs, rhs, lhs->type};
}

/// The signed or Bool type in which the IR carries a value.
static CType getResultType(Operation *op, FunctionBuilder &builder) {
  return *builder.getModule().getType(op->getResult(0).getType());
}

/// Both operands as unsigned integers.
static Operands toUnsigned(Operands operands, ExprBuilder &exprs) {
  CType type = toUnsigned(operands.type);
  return {exprs.cast(type, operands.lhs), exprs.cast(type, operands.rhs), type};
}

/// The type in which C computes with a type: int for the small ones.
static CType getPromoted(CType type) {
  return getWidth(type) < 32 ? CType::I32 : type;
}

//===----------------------------------------------------------------------===//
// Sums and products
//===----------------------------------------------------------------------===//

static const Expr *buildArithmetic(StringRef symbol, Operands operands,
                                   bool cannotWrap, ExprBuilder &exprs) {
  auto [lhs, rhs, type] = operands;
  if (type == CType::Bool && symbol == "*")
    return exprs.binary("&&", lhs, rhs, type);
  if (type == CType::Bool)
    return isSame(lhs, rhs) ? exprs.integer(0, type)
                            : exprs.binary("!=", lhs, rhs, type);
  if (getWidth(type) < 32)
    return exprs.cast(type, exprs.binary(symbol, lhs, rhs, CType::I32));
  if (cannotWrap)
    return exprs.binary(symbol, lhs, rhs, type);
  Operands wide = toUnsigned(operands, exprs);
  // (uint32_t)a + (uint32_t)-5 -> (uint32_t)a - 5u
  if (symbol == "+" && rhs->isLiteral() && rhs->integer < 0) {
    symbol = "-";
    wide.rhs =
        exprs.integer(0 - static_cast<uint64_t>(rhs->integer), wide.type);
  }
  return exprs.cast(type, exprs.binary(symbol, wide.lhs, wide.rhs, wide.type));
}

template <typename Op>
static LogicalResult emitArithmetic(Op op, FunctionBuilder &builder) {
  StringRef symbol = isa<arith::AddIOp>(op)   ? "+"
                     : isa<arith::SubIOp>(op) ? "-"
                                              : "*";
  CType type = getResultType(op, builder);
  bool hasFlag = arith::bitEnumContainsAny(op.getOverflowFlags(),
                                           arith::IntegerOverflowFlags::nsw);
  bool cannotWrap =
      hasFlag || builder.getModule().ranges.cannotWrap(op, getWidth(type));
  builder.define(op.getResult(),
                 buildArithmetic(symbol, useBoth(op, builder), cannotWrap,
                                 builder.getExprs()),
                 symbol == "+"   ? "sum"
                 : symbol == "-" ? "diff"
                                 : "product");
  return success();
}

//===----------------------------------------------------------------------===//
// Division
//===----------------------------------------------------------------------===//

static LogicalResult emitSignedDivision(Operation *op, StringRef symbol,
                                        FunctionBuilder &builder) {
  auto [lhs, rhs, type] = useBoth(op, builder);
  ExprBuilder &exprs = builder.getExprs();
  const Expr *quotient = exprs.binary(symbol, lhs, rhs, getPromoted(type));
  builder.define(op->getResult(0), exprs.cast(type, quotient));
  return success();
}

/// Unsigned operations are signed ones where nothing is negative.
static LogicalResult emitUnsigned(Operation *op, StringRef symbol,
                                  FunctionBuilder &builder) {
  ValueRanges &ranges = builder.getModule().ranges;
  bool isPlain = ranges.isNonNegative(op->getOperand(0)) &&
                 ranges.isNonNegative(op->getOperand(1));
  Operands operands = useBoth(op, builder);
  ExprBuilder &exprs = builder.getExprs();
  CType type = operands.type;
  if (!isPlain)
    operands = toUnsigned(operands, exprs);
  const Expr *result = exprs.binary(symbol, operands.lhs, operands.rhs,
                                    getPromoted(operands.type));
  builder.define(op->getResult(0), exprs.cast(type, result));
  return success();
}

static LogicalResult emitDivSI(arith::DivSIOp op, FunctionBuilder &builder) {
  return emitSignedDivision(op, "/", builder);
}
static LogicalResult emitRemSI(arith::RemSIOp op, FunctionBuilder &builder) {
  return emitSignedDivision(op, "%", builder);
}
static LogicalResult emitDivUI(arith::DivUIOp op, FunctionBuilder &builder) {
  return emitUnsigned(op, "/", builder);
}
static LogicalResult emitRemUI(arith::RemUIOp op, FunctionBuilder &builder) {
  return emitUnsigned(op, "%", builder);
}

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

static LogicalResult emitBitwise(Operation *op, StringRef symbol,
                                 StringRef boolSymbol,
                                 FunctionBuilder &builder) {
  auto [lhs, rhs, type] = useBoth(op, builder);
  ExprBuilder &exprs = builder.getExprs();
  const Expr *result;
  if (type != CType::Bool)
    result =
        exprs.cast(type, exprs.binary(symbol, lhs, rhs, getPromoted(type)));
  else if (isa<arith::XOrIOp>(op) && rhs->isIntegerLiteral(1))
    result = exprs.unary("!", lhs, type);
  else
    result = exprs.binary(boolSymbol, lhs, rhs, type);
  builder.define(op->getResult(0), result);
  return success();
}

static LogicalResult emitAndI(arith::AndIOp op, FunctionBuilder &builder) {
  return emitBitwise(op, "&", "&&", builder);
}
static LogicalResult emitOrI(arith::OrIOp op, FunctionBuilder &builder) {
  return emitBitwise(op, "|", "||", builder);
}
static LogicalResult emitXOrI(arith::XOrIOp op, FunctionBuilder &builder) {
  return emitBitwise(op, "^", "!=", builder);
}

/// A shift count that C accepts: constants are, others lose their upper bits.
/// The IR gives no value to a count beyond the width.
static FailureOr<const Expr *> useShiftCount(Operation *op,
                                             FunctionBuilder &builder) {
  CType type = getResultType(op, builder);
  int64_t limit = getWidth(type) - 1;
  ExprBuilder &exprs = builder.getExprs();
  std::optional<Interval> range =
      builder.getModule().ranges.get(op->getOperand(1));
  const Expr *count = builder.use(op->getOperand(1));
  if (type == CType::Bool ||
      (count->isLiteral() && (count->integer < 0 || count->integer > limit)))
    return op->emitError() << "'" << op->getName() << "' shifts "
                           << op->getResult(0).getType()
                           << " by its width or more; accepted are counts from "
                              "0 to "
                           << limit;
  if (range && Interval{0, limit}.contains(*range))
    return count;
  return exprs.binary("&", count, exprs.integer(limit, count->type),
                      getPromoted(count->type));
}

static LogicalResult emitShift(Operation *op, StringRef symbol,
                               bool isUnsignedShift, FunctionBuilder &builder) {
  const Expr *lhs = builder.use(op->getOperand(0));
  FailureOr<const Expr *> count = useShiftCount(op, builder);
  if (failed(count))
    return failure();
  ExprBuilder &exprs = builder.getExprs();
  CType type = lhs->type;
  // C gives no value to a left shift of a negative number, and a byte shifted
  // left may not fit into the int that it is promoted to.
  CType wide = type;
  if (symbol == "<<")
    wide = toUnsigned(getPromoted(type));
  else if (isUnsignedShift &&
           !builder.getModule().ranges.isNonNegative(op->getOperand(0)))
    wide = toUnsigned(type);
  const Expr *result =
      exprs.binary(symbol, exprs.cast(wide, lhs), *count, getPromoted(wide));
  builder.define(op->getResult(0), exprs.cast(type, result));
  return success();
}

static LogicalResult emitShLI(arith::ShLIOp op, FunctionBuilder &builder) {
  return emitShift(op, "<<", false, builder);
}
static LogicalResult emitShRSI(arith::ShRSIOp op, FunctionBuilder &builder) {
  return emitShift(op, ">>", false, builder);
}
static LogicalResult emitShRUI(arith::ShRUIOp op, FunctionBuilder &builder) {
  return emitShift(op, ">>", true, builder);
}

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

static const Expr *buildChoice(StringRef symbol, Operands compared,
                               Operands chosen, ExprBuilder &exprs) {
  return exprs.conditional(
      exprs.binary(symbol, compared.lhs, compared.rhs, CType::Bool), chosen.lhs,
      chosen.rhs);
}

/// The smaller or larger of two numbers.
template <typename Op>
static LogicalResult emitMinMax(Op op, FunctionBuilder &builder) {
  constexpr bool isMin =
      std::is_same_v<Op, arith::MinSIOp> || std::is_same_v<Op, arith::MinUIOp>;
  constexpr bool isUnsignedOp =
      std::is_same_v<Op, arith::MinUIOp> || std::is_same_v<Op, arith::MaxUIOp>;
  ValueRanges &ranges = builder.getModule().ranges;
  bool isPlain = !isUnsignedOp || (ranges.isNonNegative(op.getLhs()) &&
                                   ranges.isNonNegative(op.getRhs()));
  ExprBuilder &exprs = builder.getExprs();
  if (op.getType().isInteger(1)) {
    // A signed i1 is 0 or -1.
    Operands bits = useBoth(op, builder);
    builder.define(op.getResult(),
                   exprs.binary(isMin != isUnsignedOp ? "||" : "&&", bits.lhs,
                                bits.rhs, bits.type));
    return success();
  }
  Operands operands = useBothAtoms(op, builder);
  Operands compared = isPlain ? operands : toUnsigned(operands, exprs);
  builder.define(op.getResult(),
                 buildChoice(isMin ? "<" : ">", compared, operands, exprs),
                 isMin ? "smaller" : "larger");
  return success();
}

/// What is known about an operand that is compared, as the number that is
/// compared.
static std::optional<Interval> getCompared(Value value, const Expr *expr,
                                           bool isUnsignedCompare,
                                           ValueRanges &ranges) {
  std::optional<Interval> range = ranges.get(value);
  if (expr->isLiteral())
    range = Interval{expr->integer, expr->integer};
  if (!isUnsignedCompare || (range && range->min >= 0))
    return range;
  auto integer = dyn_cast<IntegerType>(value.getType());
  if (!integer || integer.getWidth() > 32)
    return std::nullopt;
  int64_t count = int64_t(1) << integer.getWidth();
  if (range && range->max < 0)
    return Interval{range->min + count, range->max + count};
  return Interval{0, count - 1};
}

/// The result of a comparison that the ranges decide: compilers warn about it.
static std::optional<bool> decide(StringRef symbol, Interval lhs,
                                  Interval rhs) {
  bool isLess = lhs.max < rhs.min, isLessOrEqual = lhs.max <= rhs.min;
  bool isGreater = lhs.min > rhs.max, isGreaterOrEqual = lhs.min >= rhs.max;
  auto pick = [](bool yes, bool no) -> std::optional<bool> {
    if (yes || no)
      return yes;
    return std::nullopt;
  };
  if (symbol == "<")
    return pick(isLess, isGreaterOrEqual);
  if (symbol == "<=")
    return pick(isLessOrEqual, isGreater);
  if (symbol == ">")
    return pick(isGreater, isLessOrEqual);
  if (symbol == ">=")
    return pick(isGreaterOrEqual, isLess);
  bool isEqual = isLessOrEqual && isGreaterOrEqual;
  return symbol == "==" ? pick(isEqual, isLess || isGreater)
                        : pick(isLess || isGreater, isEqual);
}

/// 64-bit unsigned numbers are beyond an Interval, but not below 0.
static std::optional<bool> decideByZero(StringRef symbol, const Expr *lhs,
                                        const Expr *rhs) {
  if ((symbol == "<" && rhs->isIntegerLiteral(0)) ||
      (symbol == ">" && lhs->isIntegerLiteral(0)))
    return false;
  if ((symbol == ">=" && rhs->isIntegerLiteral(0)) ||
      (symbol == "<=" && lhs->isIntegerLiteral(0)))
    return true;
  return std::nullopt;
}

static LogicalResult emitCmpI(arith::CmpIOp op, FunctionBuilder &builder) {
  static constexpr StringLiteral symbols[] = {"==", "!=", "<",  "<=", ">",
                                              ">=", "<",  "<=", ">",  ">="};
  arith::CmpIPredicate predicate = op.getPredicate();
  StringRef symbol = symbols[static_cast<unsigned>(predicate)];
  bool isUnsignedCompare = predicate >= arith::CmpIPredicate::ult;
  ValueRanges &ranges = builder.getModule().ranges;
  Value lhs = op.getLhs(), rhs = op.getRhs();
  // A signed i1 is 0 or -1: its order is turned around.
  if (lhs.getType().isInteger(1) && !isUnsignedCompare)
    std::swap(lhs, rhs);
  bool isPlain = !isUnsignedCompare ||
                 (ranges.isNonNegative(lhs) && ranges.isNonNegative(rhs));

  ExprBuilder &exprs = builder.getExprs();
  Operands operands{builder.use(lhs), builder.use(rhs), CType::Bool};
  operands.type = operands.lhs->type;
  std::optional<Interval> left =
      getCompared(lhs, operands.lhs, isUnsignedCompare, ranges);
  std::optional<Interval> right =
      getCompared(rhs, operands.rhs, isUnsignedCompare, ranges);
  std::optional<bool> known;
  if (left && right)
    known = decide(symbol, *left, *right);
  else if (isUnsignedCompare)
    known = decideByZero(symbol, operands.lhs, operands.rhs);
  if (!isPlain)
    operands = toUnsigned(operands, exprs);
  const Expr *result =
      known ? exprs.integer(*known, CType::Bool)
            : exprs.binary(symbol, operands.lhs, operands.rhs, CType::Bool);
  builder.define(op.getResult(), result, "is_true");
  return success();
}

static LogicalResult emitSelect(arith::SelectOp op, FunctionBuilder &builder) {
  if (isa<MemRefType>(op.getType()))
    return op.emitError() << "chooses between memrefs; C needs to know at "
                             "compile time where data is";
  const Expr *condition = builder.use(op.getCondition());
  const Expr *yes = builder.use(op.getTrueValue());
  const Expr *no = builder.use(op.getFalseValue());
  ExprBuilder &exprs = builder.getExprs();
  const Expr *result;
  if (yes->type == CType::Bool && yes->isIntegerLiteral(1) &&
      no->isIntegerLiteral(0))
    result = condition;
  else
    result = exprs.conditional(condition, yes, no);
  // x < 0 ? 0 : x
  Operation *compare = op.getCondition().getDefiningOp();
  bool isClamp =
      isa_and_nonnull<arith::CmpFOp, arith::CmpIOp>(compare) &&
      llvm::is_contained(compare->getOperands(), op.getTrueValue()) &&
      llvm::is_contained(compare->getOperands(), op.getFalseValue());
  builder.define(op.getResult(), result, isClamp ? "clamped" : "v");
  return success();
}

static LogicalResult emitAbsI(math::AbsIOp op, FunctionBuilder &builder) {
  const Expr *operand = builder.useAtom(op.getOperand());
  ExprBuilder &exprs = builder.getExprs();
  CType type = operand->type;
  const Expr *zero = exprs.integer(0, type);
  const Expr *isNegative = exprs.binary("<", operand, zero, CType::Bool);
  std::optional<Interval> range =
      builder.getModule().ranges.get(op.getOperand());
  bool cannotWrap = range && range->min > getSignedInterval(getWidth(type)).min;
  // The absolute value of the smallest number is itself.
  const Expr *negated =
      cannotWrap
          ? exprs.cast(type, exprs.unary("-", operand, getPromoted(type)))
          : buildArithmetic("-", {zero, operand, type}, false, exprs);
  builder.define(op.getResult(),
                 exprs.conditional(isNegative, negated, operand), "magnitude");
  return success();
}

void addIntegerHandlers(OpHandlers &handlers) {
  handlers.add(emitArithmetic<arith::AddIOp>);
  handlers.add(emitArithmetic<arith::SubIOp>);
  handlers.add(emitArithmetic<arith::MulIOp>);
  handlers.add(emitDivSI);
  handlers.add(emitRemSI);
  handlers.add(emitDivUI);
  handlers.add(emitRemUI);
  handlers.add(emitAndI);
  handlers.add(emitOrI);
  handlers.add(emitXOrI);
  handlers.add(emitShLI);
  handlers.add(emitShRSI);
  handlers.add(emitShRUI);
  handlers.add(emitMinMax<arith::MinSIOp>);
  handlers.add(emitMinMax<arith::MaxSIOp>);
  handlers.add(emitMinMax<arith::MinUIOp>);
  handlers.add(emitMinMax<arith::MaxUIOp>);
  handlers.add(emitCmpI);
  handlers.add(emitSelect);
  handlers.add(emitAbsI);
}

} // namespace setun::c
