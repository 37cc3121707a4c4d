//===- ConversionOps.cpp - Constants and conversions of arith as C --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace setun::c {

static CType getResultType(Operation *op, FunctionBuilder &builder) {
  return *builder.getModule().getType(op->getResult(0).getType());
}

static LogicalResult emitConstant(arith::ConstantOp op,
                                  FunctionBuilder &builder) {
  ExprBuilder &exprs = builder.getExprs();
  CType type = getResultType(op, builder);
  if (auto number = dyn_cast<IntegerAttr>(op.getValue())) {
    builder.bind(op.getResult(),
                 exprs.integer(number.getValue().getSExtValue(), type));
    return success();
  }
  auto number = cast<FloatAttr>(op.getValue());
  builder.getModule().usesMath |= !number.getValue().isFinite();
  builder.bind(op.getResult(), exprs.real(number.getValue(), type));
  return success();
}

//===----------------------------------------------------------------------===//
// Between integers
//===----------------------------------------------------------------------===//

/// Converts between the types in which the IR carries integers.
static const Expr *convertInteger(const Expr *operand, CType to,
                                  bool isUnsignedValue, ExprBuilder &exprs) {
  CType from = operand->type;
  if (from == to)
    return operand;
  if (to == CType::Bool)
    return exprs.binary("&", operand, exprs.integer(1, from), CType::Bool);
  if (getWidth(to) <= getWidth(from))
    return exprs.cast(to, operand);
  if (isUnsignedValue)
    return exprs.widen(to, exprs.cast(toUnsigned(from), operand));
  // A signed i1 is 0 or -1.
  if (from == CType::Bool)
    return exprs.cast(to, exprs.unary("-", operand, CType::I32));
  return exprs.widen(to, operand);
}

static LogicalResult emitInteger(Operation *op, bool isUnsignedValue,
                                 FunctionBuilder &builder) {
  CType to = getResultType(op, builder);
  // What is not negative needs no detour through the unsigned type.
  bool isPlain = !isUnsignedValue ||
                 (!op->getOperand(0).getType().isInteger(1) &&
                  builder.getModule().ranges.isNonNegative(op->getOperand(0)));
  const Expr *operand = builder.use(op->getOperand(0));
  builder.define(op->getResult(0),
                 convertInteger(operand, to, !isPlain, builder.getExprs()));
  return success();
}

static LogicalResult emitExtSI(arith::ExtSIOp op, FunctionBuilder &builder) {
  return emitInteger(op, false, builder);
}
static LogicalResult emitExtUI(arith::ExtUIOp op, FunctionBuilder &builder) {
  return emitInteger(op, true, builder);
}
static LogicalResult emitTruncI(arith::TruncIOp op, FunctionBuilder &builder) {
  return emitInteger(op, false, builder);
}
static LogicalResult emitIndexCast(arith::IndexCastOp op,
                                   FunctionBuilder &builder) {
  return emitInteger(op, false, builder);
}
static LogicalResult emitIndexCastUI(arith::IndexCastUIOp op,
                                     FunctionBuilder &builder) {
  return emitInteger(op, true, builder);
}

//===----------------------------------------------------------------------===//
// With floats
//===----------------------------------------------------------------------===//

static LogicalResult emitToFloat(Operation *op, bool isUnsignedValue,
                                 FunctionBuilder &builder) {
  CType to = getResultType(op, builder);
  ExprBuilder &exprs = builder.getExprs();
  const Expr *operand = builder.use(op->getOperand(0));
  if (isUnsignedValue)
    operand = exprs.cast(toUnsigned(operand->type), operand);
  else if (operand->type == CType::Bool)
    operand = exprs.unary("-", operand, CType::I32);
  builder.define(op->getResult(0), exprs.cast(to, operand));
  return success();
}

static LogicalResult emitSIToFP(arith::SIToFPOp op, FunctionBuilder &builder) {
  return emitToFloat(op, false, builder);
}
static LogicalResult emitUIToFP(arith::UIToFPOp op, FunctionBuilder &builder) {
  return emitToFloat(op, true, builder);
}

/// Like the IR, C gives no value to a float that the integer cannot hold.
static LogicalResult emitFPToSI(arith::FPToSIOp op, FunctionBuilder &builder) {
  CType to = getResultType(op, builder);
  if (to == CType::Bool)
    return op.emitError() << "'arith.fptosi' to i1; accepted are i8 to i64";
  builder.define(op.getResult(),
                 builder.getExprs().cast(to, builder.use(op.getIn())));
  return success();
}

static LogicalResult emitFPToUI(arith::FPToUIOp op, FunctionBuilder &builder) {
  CType to = getResultType(op, builder);
  ExprBuilder &exprs = builder.getExprs();
  const Expr *operand = builder.use(op.getIn());
  const Expr *result;
  if (to == CType::Bool)
    result = exprs.binary("!=", exprs.cast(CType::U8, operand),
                          exprs.integer(0, CType::U8), CType::Bool);
  else
    result = exprs.cast(to, exprs.cast(toUnsigned(to), operand));
  builder.define(op.getResult(), result);
  return success();
}

static LogicalResult emitExtF(arith::ExtFOp op, FunctionBuilder &builder) {
  CType to = getResultType(op, builder);
  builder.define(op.getResult(),
                 builder.getExprs().cast(to, builder.use(op.getIn())));
  return success();
}

static LogicalResult emitTruncF(arith::TruncFOp op, FunctionBuilder &builder) {
  CType to = getResultType(op, builder);
  if (op.getRoundingmode() &&
      *op.getRoundingmode() != arith::RoundingMode::to_nearest_even)
    return op.emitError() << "'arith.truncf' with a rounding mode of its own; "
                             "accepted is to_nearest_even";
  builder.define(op.getResult(),
                 builder.getExprs().cast(to, builder.use(op.getIn())));
  return success();
}

/// The bits of a float as an integer, or the other way round.
static LogicalResult emitBitcast(arith::BitcastOp op,
                                 FunctionBuilder &builder) {
  if (isa<MemRefType>(op.getType()))
    return op.emitError() << "'arith.bitcast' of memrefs; accepted are numbers";
  CType to = getResultType(op, builder);
  const Expr *operand = builder.useAtom(op.getIn());
  if (isFloat(to) == isFloat(operand->type)) {
    builder.bind(op.getResult(), operand);
    return success();
  }
  // memcpy is the one way that C and C++ allow; compilers make it a move.
  if (operand->isLiteral())
    operand = builder.declareVariable("v", operand->type, operand);
  const Expr *result = builder.declareVariable("bits", to, nullptr);
  builder.getModule().usesString = true;
  builder.append(Stmt::line(fmt::format("memcpy(&{0}, &{1}, sizeof {0});",
                                        result->text, operand->text)));
  builder.bind(op.getResult(), result);
  return success();
}

void addConversionHandlers(OpHandlers &handlers) {
  handlers.add(emitConstant);
  handlers.add(emitExtSI);
  handlers.add(emitExtUI);
  handlers.add(emitTruncI);
  handlers.add(emitIndexCast);
  handlers.add(emitIndexCastUI);
  handlers.add(emitSIToFP);
  handlers.add(emitUIToFP);
  handlers.add(emitFPToSI);
  handlers.add(emitFPToUI);
  handlers.add(emitExtF);
  handlers.add(emitTruncF);
  handlers.add(emitBitcast);
}

} // namespace setun::c
