//===- FloatOps.cpp - Float operations of arith and math as C -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Only what gives the same bits everywhere: IEEE operations, which math.h
// rounds correctly, and our own kernels for the rest. Nothing is reordered.
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"

#include "setun/Kernels/KernelTable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;

namespace setun::c {

static LogicalResult emitBinary(Operation *op, StringRef symbol, StringRef hint,
                                FunctionBuilder &builder) {
  const Expr *lhs = builder.use(op->getOperand(0));
  const Expr *rhs = builder.use(op->getOperand(1));
  builder.define(op->getResult(0),
                 builder.getExprs().binary(symbol, lhs, rhs, lhs->type), hint);
  return success();
}

static LogicalResult emitAddF(arith::AddFOp op, FunctionBuilder &builder) {
  return emitBinary(op, "+", "sum", builder);
}
static LogicalResult emitSubF(arith::SubFOp op, FunctionBuilder &builder) {
  return emitBinary(op, "-", "diff", builder);
}
static LogicalResult emitMulF(arith::MulFOp op, FunctionBuilder &builder) {
  return emitBinary(op, "*", "product", builder);
}
static LogicalResult emitDivF(arith::DivFOp op, FunctionBuilder &builder) {
  return emitBinary(op, "/", "ratio", builder);
}
static LogicalResult emitNegF(arith::NegFOp op, FunctionBuilder &builder) {
  const Expr *operand = builder.use(op.getOperand());
  builder.define(op.getResult(),
                 builder.getExprs().unary("-", operand, operand->type));
  return success();
}

/// A call of a function of lib/Kernels.
static LogicalResult emitKernel(Operation *op, StringRef function,
                                StringRef hint, FunctionBuilder &builder) {
  Type type = op->getResult(0).getType();
  std::string name = (function + (type.isF32() ? "_f32" : "_f64")).str();
  if (!findKernel(name))
    return op->emitError() << "'" << op->getName() << "' on " << type
                           << " has no kernel; accepted is f32";
  SmallVector<const Expr *> arguments;
  for (Value operand : op->getOperands())
    arguments.push_back(builder.use(operand));
  builder.define(op->getResult(0),
                 builder.getExprs().call(name, arguments,
                                         *builder.getModule().getType(type)),
                 hint);
  return success();
}

//===----------------------------------------------------------------------===//
// Minimum and maximum
//===----------------------------------------------------------------------===//

namespace {
struct MinMax {
  bool isMin;
  /// A NaN operand gives NaN, and -0 < +0; else a NaN operand is left out.
  bool propagatesNaN;
};
} // namespace

/// The value of a float literal other than NaN.
static std::optional<double> getNumber(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  auto number = constant ? dyn_cast<FloatAttr>(constant.getValue()) : nullptr;
  if (!number || number.getValue().isNaN())
    return std::nullopt;
  return number.getValueAsDouble();
}

static LogicalResult emitMinMax(Operation *op, MinMax kind,
                                FunctionBuilder &builder) {
  Value lhsValue = op->getOperand(0), rhsValue = op->getOperand(1);
  if (getNumber(lhsValue))
    std::swap(lhsValue, rhsValue);
  std::optional<double> number = getNumber(rhsValue);
  if (kind.propagatesNaN && !number)
    return emitKernel(op, kind.isMin ? "setun_minimum" : "setun_maximum",
                      kind.isMin ? "smaller" : "larger", builder);
  const Expr *lhs = builder.useAtom(lhsValue);
  const Expr *rhs = builder.useAtom(rhsValue);
  ExprBuilder &exprs = builder.getExprs();
  StringRef hint = number ? "clamped" : kind.isMin ? "smaller" : "larger";
  std::string order = kind.isMin ? ">" : "<";
  auto compare = [&](StringRef symbol) {
    return exprs.binary(symbol, lhs, rhs, CType::Bool);
  };
  const Expr *isNaN = exprs.binary("!=", lhs, lhs, CType::Bool);
  const Expr *result;
  if (!kind.propagatesNaN) {
    // max: a < b || a != a ? b : a. A comparison with NaN is false, so a NaN b
    // gives a.
    result = exprs.conditional(
        exprs.binary("||", compare(order), isNaN, CType::Bool), rhs, lhs);
  } else {
    // max: a < c ? c : a, which is a for a NaN. Where zeros of both signs meet,
    // `<=` prefers c, which is right if c is the greater one.
    bool prefersConstant = *number == 0 && std::signbit(*number) == kind.isMin;
    result = exprs.conditional(compare(prefersConstant ? order + "=" : order),
                               rhs, lhs);
  }
  builder.define(op->getResult(0), result, hint);
  return success();
}

static LogicalResult emitMaximumF(arith::MaximumFOp op,
                                  FunctionBuilder &builder) {
  return emitMinMax(op, {false, true}, builder);
}
static LogicalResult emitMinimumF(arith::MinimumFOp op,
                                  FunctionBuilder &builder) {
  return emitMinMax(op, {true, true}, builder);
}
static LogicalResult emitMaxNumF(arith::MaxNumFOp op,
                                 FunctionBuilder &builder) {
  return emitMinMax(op, {false, false}, builder);
}
static LogicalResult emitMinNumF(arith::MinNumFOp op,
                                 FunctionBuilder &builder) {
  return emitMinMax(op, {true, false}, builder);
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

static LogicalResult emitCmpF(arith::CmpFOp op, FunctionBuilder &builder) {
  using Predicate = arith::CmpFPredicate;
  ExprBuilder &exprs = builder.getExprs();
  Predicate predicate = op.getPredicate();
  const Expr *lhs, *rhs;
  switch (predicate) {
  case Predicate::ONE:
  case Predicate::ORD:
  case Predicate::UEQ:
  case Predicate::UNO:
    lhs = builder.useAtom(op.getLhs());
    rhs = builder.useAtom(op.getRhs());
    break;
  default:
    lhs = builder.use(op.getLhs());
    rhs = builder.use(op.getRhs());
    break;
  }
  auto compare = [&](StringRef symbol) {
    return exprs.binary(symbol, lhs, rhs, CType::Bool);
  };
  auto negate = [&](const Expr *condition) {
    return exprs.unary("!", condition, CType::Bool);
  };
  auto lessOrGreater = [&] {
    return exprs.binary("||", compare("<"), compare(">"), CType::Bool);
  };
  // A NaN differs from itself. A literal is no NaN unless it says so.
  auto compareSelf = [&](StringRef symbol, StringRef joint) {
    const Expr *left = exprs.binary(symbol, lhs, lhs, CType::Bool);
    if (isSame(lhs, rhs) || getNumber(op.getRhs()))
      return left;
    const Expr *right = exprs.binary(symbol, rhs, rhs, CType::Bool);
    return exprs.binary(joint, left, right, CType::Bool);
  };
  const Expr *result = nullptr;
  switch (predicate) {
  case Predicate::AlwaysFalse:
    result = exprs.integer(0, CType::Bool);
    break;
  case Predicate::AlwaysTrue:
    result = exprs.integer(1, CType::Bool);
    break;
  case Predicate::OEQ:
    result = compare("==");
    break;
  case Predicate::OGT:
    result = compare(">");
    break;
  case Predicate::OGE:
    result = compare(">=");
    break;
  case Predicate::OLT:
    result = compare("<");
    break;
  case Predicate::OLE:
    result = compare("<=");
    break;
  case Predicate::UNE:
    result = compare("!=");
    break;
  // The unordered ones are the negation of their ordered opposite.
  case Predicate::UGT:
    result = negate(compare("<="));
    break;
  case Predicate::UGE:
    result = negate(compare("<"));
    break;
  case Predicate::ULT:
    result = negate(compare(">="));
    break;
  case Predicate::ULE:
    result = negate(compare(">"));
    break;
  case Predicate::ONE:
    result = lessOrGreater();
    break;
  case Predicate::UEQ:
    result = negate(lessOrGreater());
    break;
  case Predicate::ORD:
    result = compareSelf("==", "&&");
    break;
  case Predicate::UNO:
    result = compareSelf("!=", "||");
    break;
  }
  builder.define(op.getResult(), result, "is_true");
  return success();
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// A function of math.h that C99 and IEEE 754 define to the last bit.
static LogicalResult emitExact(Operation *op, StringRef function,
                               StringRef hint, FunctionBuilder &builder) {
  ExprBuilder &exprs = builder.getExprs();
  SmallVector<const Expr *> arguments;
  for (Value operand : op->getOperands())
    arguments.push_back(builder.use(operand));
  CType type = arguments.front()->type;
  builder.getModule().usesMath = true;
  std::string name = (function + (type == CType::F32 ? "f" : "")).str();
  builder.define(op->getResult(0), exprs.call(name, arguments, type), hint);
  return success();
}

#define SETUN_EXACT(Op, function, hint)                                        \
  static LogicalResult emit##Op(math::Op op, FunctionBuilder &builder) {       \
    return emitExact(op, function, hint, builder);                             \
  }
SETUN_EXACT(AbsFOp, "fabs", "magnitude")
SETUN_EXACT(CeilOp, "ceil", "rounded")
SETUN_EXACT(CopySignOp, "copysign", "signed_value")
SETUN_EXACT(FloorOp, "floor", "rounded")
SETUN_EXACT(RoundOp, "round", "rounded")
SETUN_EXACT(SqrtOp, "sqrt", "root")
SETUN_EXACT(TruncOp, "trunc", "rounded")
#undef SETUN_EXACT

static LogicalResult emitRemF(arith::RemFOp op, FunctionBuilder &builder) {
  return emitExact(op, "fmod", "remainder", builder);
}

static LogicalResult emitExp(math::ExpOp op, FunctionBuilder &builder) {
  return emitKernel(op, "setun_exp", "power", builder);
}

/// Without a library call, so that compilers can vectorise it.
static LogicalResult emitRoundEven(math::RoundEvenOp op,
                                   FunctionBuilder &builder) {
  // rint() rounds halves to even in the default mode, which nothing changes.
  return op.getType().isF32()
             ? emitKernel(op, "setun_round_even", "rounded", builder)
             : emitExact(op, "rint", "rounded", builder);
}

void addFloatHandlers(OpHandlers &handlers) {
  handlers.add(emitAddF);
  handlers.add(emitSubF);
  handlers.add(emitMulF);
  handlers.add(emitDivF);
  handlers.add(emitRemF);
  handlers.add(emitNegF);
  handlers.add(emitMaximumF);
  handlers.add(emitMinimumF);
  handlers.add(emitMaxNumF);
  handlers.add(emitMinNumF);
  handlers.add(emitCmpF);
  handlers.add(emitAbsFOp);
  handlers.add(emitCeilOp);
  handlers.add(emitCopySignOp);
  handlers.add(emitFloorOp);
  handlers.add(emitRoundEven);
  handlers.add(emitRoundOp);
  handlers.add(emitSqrtOp);
  handlers.add(emitTruncOp);
  handlers.add(emitExp);
}

} // namespace setun::c
