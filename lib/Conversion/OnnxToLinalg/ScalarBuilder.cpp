//===- ScalarBuilder.cpp - Formulas on numbers of any type ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ScalarBuilder.h"

#include "TensorBuilders.h"

#include <cmath>

using namespace mlir;
using namespace setun::onnx;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

/// One operation, chosen by the type of the first operand.
template <typename FloatOp, typename IntOp>
static Value floatOrInt(ScalarBuilder &s, Value a, Value b) {
  if (ScalarBuilder::isFloat(a))
    return FloatOp::create(s.builder, s.loc, a, b).getResult();
  return IntOp::create(s.builder, s.loc, a, b).getResult();
}

static Value compare(ScalarBuilder &s, Value a, Value b,
                     CmpFPredicate floatPredicate, CmpIPredicate isSigned,
                     CmpIPredicate isUnsigned) {
  if (ScalarBuilder::isFloat(a))
    return arith::CmpFOp::create(s.builder, s.loc, floatPredicate, a, b);
  bool treatUnsigned = s.isUnsigned || a.getType().isInteger(1);
  return arith::CmpIOp::create(s.builder, s.loc,
                               treatUnsigned ? isUnsigned : isSigned, a, b);
}

Value ScalarBuilder::numberLike(Value x, double value) {
  return arith::ConstantOp::create(builder, loc, getNumber(x.getType(), value));
}

Value ScalarBuilder::add(Value a, Value b) {
  return floatOrInt<arith::AddFOp, arith::AddIOp>(*this, a, b);
}

Value ScalarBuilder::sub(Value a, Value b) {
  return floatOrInt<arith::SubFOp, arith::SubIOp>(*this, a, b);
}

Value ScalarBuilder::mul(Value a, Value b) {
  return floatOrInt<arith::MulFOp, arith::MulIOp>(*this, a, b);
}

Value ScalarBuilder::div(Value a, Value b) {
  if (isUnsigned)
    return floatOrInt<arith::DivFOp, arith::DivUIOp>(*this, a, b);
  return floatOrInt<arith::DivFOp, arith::DivSIOp>(*this, a, b);
}

Value ScalarBuilder::neg(Value x) {
  if (isFloat(x))
    return arith::NegFOp::create(builder, loc, x);
  return arith::SubIOp::create(builder, loc, numberLike(x, 0), x);
}

Value ScalarBuilder::cast(Value x, Type type) {
  if (x.getType() == type)
    return x;
  if (x.getType().getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth())
    return arith::ExtFOp::create(builder, loc, type, x);
  return arith::TruncFOp::create(builder, loc, type, x);
}

Value ScalarBuilder::power(Value x, double exponent) {
  constexpr int kFractionBits = 30; // enough for f32: x^(2^-30) is 1 +- 1e-7
  double size = std::abs(exponent), whole = std::floor(size);
  Value result, root = x;
  auto take = [&](Value factor) {
    result = result ? mul(result, factor) : factor;
  };
  for (double i = 0; i < whole; ++i)
    take(x);
  double fraction = size - whole;
  for (int bit = 0; bit < kFractionBits && fraction > 0; ++bit) {
    root = unary<math::SqrtOp>(root);
    fraction *= 2;
    if (fraction < 1)
      continue;
    take(root);
    fraction -= 1;
  }
  if (!result)
    return numberLike(x, 1);
  return exponent < 0 ? div(numberLike(x, 1), result) : result;
}

Value ScalarBuilder::max(Value a, Value b) {
  if (isUnsigned)
    return floatOrInt<arith::MaximumFOp, arith::MaxUIOp>(*this, a, b);
  return floatOrInt<arith::MaximumFOp, arith::MaxSIOp>(*this, a, b);
}

Value ScalarBuilder::min(Value a, Value b) {
  if (isUnsigned)
    return floatOrInt<arith::MinimumFOp, arith::MinUIOp>(*this, a, b);
  return floatOrInt<arith::MinimumFOp, arith::MinSIOp>(*this, a, b);
}

Value ScalarBuilder::equal(Value a, Value b) {
  return compare(*this, a, b, CmpFPredicate::OEQ, CmpIPredicate::eq,
                 CmpIPredicate::eq);
}

Value ScalarBuilder::less(Value a, Value b) {
  return compare(*this, a, b, CmpFPredicate::OLT, CmpIPredicate::slt,
                 CmpIPredicate::ult);
}

Value ScalarBuilder::lessEqual(Value a, Value b) {
  return compare(*this, a, b, CmpFPredicate::OLE, CmpIPredicate::sle,
                 CmpIPredicate::ule);
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

Value ScalarBuilder::toFloat(Value x, FloatType type) {
  if (isFloat(x))
    return cast(x, type);
  if (isUnsigned || x.getType().isInteger(1))
    return arith::UIToFPOp::create(builder, loc, type, x);
  return arith::SIToFPOp::create(builder, loc, type, x);
}

/// `x < low ? lowest : x >= high ? highest : int(x)`, where low and high are
/// powers of two and therefore exact: the conversion itself only ever sees
/// values that it is defined for.
Value ScalarBuilder::toInteger(Value x, IntegerType type, bool toUnsigned) {
  unsigned width = type.getWidth();
  Value zero = numberLike(x, 0);
  double bound = std::ldexp(1.0, static_cast<int>(width) - !toUnsigned);
  Value low = toUnsigned ? zero : numberLike(x, -bound);
  Value tooLow = toUnsigned ? lessEqual(x, low) : less(x, low);
  Value tooHigh = greaterEqual(x, numberLike(x, bound));
  Value inRange = select(equal(x, x), x, zero);
  inRange = select(tooLow, low, inRange);
  inRange = select(tooHigh, zero, inRange);
  Value integer;
  if (toUnsigned)
    integer = arith::FPToUIOp::create(builder, loc, type, inRange);
  else
    integer = arith::FPToSIOp::create(builder, loc, type, inRange);
  Value highest = arith::ConstantOp::create(
      builder, loc,
      IntegerAttr::get(type, toUnsigned ? APInt::getMaxValue(width)
                                        : APInt::getSignedMaxValue(width)));
  return select(tooHigh, highest, integer);
}

Value ScalarBuilder::resize(Value x, IntegerType type) {
  unsigned from = x.getType().getIntOrFloatBitWidth(), to = type.getWidth();
  if (from > to)
    return arith::TruncIOp::create(builder, loc, type, x);
  if (from == to)
    return x;
  if (isUnsigned || from == 1)
    return arith::ExtUIOp::create(builder, loc, type, x);
  return arith::ExtSIOp::create(builder, loc, type, x);
}
