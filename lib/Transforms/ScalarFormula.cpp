// Emission of operations for formulas on numbers.
#include "ScalarFormula.h"

using namespace mlir;

namespace setun {

Scalar Scalar::number(double constant) const {
  auto type = cast<FloatType>(getType());
  return make(
      arith::ConstantOp::create(*builder, FloatAttr::get(type, constant)));
}

Scalar Scalar::bits(uint64_t constant) const {
  auto type = cast<IntegerType>(getType());
  return make(arith::ConstantOp::create(
      *builder, IntegerAttr::get(type, APInt(type.getWidth(), constant,
                                             /*isSigned=*/false,
                                             /*implicitTrunc=*/true))));
}

Scalar Scalar::asBits() const {
  Type type = builder->getIntegerType(getType().getIntOrFloatBitWidth());
  return make(arith::BitcastOp::create(*builder, type, value));
}

Scalar Scalar::asFloat() const {
  Type type = getType().isInteger(64) ? Type(builder->getF64Type())
                                      : Type(builder->getF32Type());
  return make(arith::BitcastOp::create(*builder, type, value));
}

Scalar Scalar::resize(unsigned width) const {
  Type type = builder->getIntegerType(width);
  unsigned from = getType().getIntOrFloatBitWidth();
  if (from < width)
    return make(arith::ExtUIOp::create(*builder, type, value));
  if (from > width)
    return make(arith::TruncIOp::create(*builder, type, value));
  return *this;
}

Scalar Scalar::toFloat(Type type) const {
  return make(arith::SIToFPOp::create(*builder, type, value));
}

Scalar Scalar::convert(Type type) const {
  unsigned from = getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (from < to)
    return make(arith::ExtFOp::create(*builder, type, value));
  if (from > to)
    return make(arith::TruncFOp::create(*builder, type, value));
  return *this;
}

/// One operation, chosen by the type of the first operand.
template <typename FloatOp, typename IntOp>
static Scalar emit(Scalar a, Scalar b) {
  if (a.isFloat())
    return a.make(FloatOp::create(a.getBuilder(), a, b));
  return a.make(IntOp::create(a.getBuilder(), a, b));
}

static Scalar compare(Scalar a, Scalar b, arith::CmpFPredicate floatPredicate,
                      arith::CmpIPredicate intPredicate) {
  if (a.isFloat())
    return a.make(arith::CmpFOp::create(a.getBuilder(), floatPredicate, a, b));
  return a.make(arith::CmpIOp::create(a.getBuilder(), intPredicate, a, b));
}

Scalar operator+(Scalar a, Scalar b) {
  return emit<arith::AddFOp, arith::AddIOp>(a, b);
}
Scalar operator-(Scalar a, Scalar b) {
  return emit<arith::SubFOp, arith::SubIOp>(a, b);
}
Scalar operator*(Scalar a, Scalar b) {
  return emit<arith::MulFOp, arith::MulIOp>(a, b);
}
Scalar operator/(Scalar a, Scalar b) {
  return emit<arith::DivFOp, arith::DivUIOp>(a, b);
}
Scalar operator-(Scalar a) {
  return a.isFloat() ? a.make(arith::NegFOp::create(a.getBuilder(), a))
                     : a.bits(0) - a;
}
Scalar operator&(Scalar a, Scalar b) {
  return a.make(arith::AndIOp::create(a.getBuilder(), a, b));
}
Scalar operator|(Scalar a, Scalar b) {
  return a.make(arith::OrIOp::create(a.getBuilder(), a, b));
}
Scalar operator<<(Scalar a, unsigned count) {
  return count == 0
             ? a
             : a.make(arith::ShLIOp::create(a.getBuilder(), a, a.bits(count)));
}
Scalar operator>>(Scalar a, unsigned count) {
  return count == 0
             ? a
             : a.make(arith::ShRUIOp::create(a.getBuilder(), a, a.bits(count)));
}

Scalar shiftRightSigned(Scalar a, unsigned count) {
  return a.make(arith::ShRSIOp::create(a.getBuilder(), a, a.bits(count)));
}

Scalar operator<(Scalar a, Scalar b) {
  return compare(a, b, arith::CmpFPredicate::OLT, arith::CmpIPredicate::ult);
}
Scalar operator<=(Scalar a, Scalar b) {
  return compare(a, b, arith::CmpFPredicate::OLE, arith::CmpIPredicate::ule);
}
Scalar operator==(Scalar a, Scalar b) {
  return compare(a, b, arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq);
}

Scalar select(Scalar condition, Scalar ifTrue, Scalar ifFalse) {
  return ifTrue.make(
      arith::SelectOp::create(ifTrue.getBuilder(), condition, ifTrue, ifFalse));
}

Scalar copySign(Scalar magnitude, Scalar sign) {
  return magnitude.make(
      math::CopySignOp::create(magnitude.getBuilder(), magnitude, sign));
}

Scalar polynomial(Scalar x, ArrayRef<double> coefficients) {
  Scalar sum = x.number(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = sum * x + coefficient;
  return sum;
}

} // namespace setun
