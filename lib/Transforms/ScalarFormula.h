// Lets a function on numbers be written as a formula: operators on `Scalar`
// emit operations of arith, for floats or integers by the type of the left
// operand. Integers are unsigned where it matters.
#ifndef SETUN_TRANSFORMS_SCALARFORMULA_H
#define SETUN_TRANSFORMS_SCALARFORMULA_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace setun {

/// A number, and where operations on it are emitted.
class Scalar {
public:
  Scalar(mlir::ImplicitLocOpBuilder &builder, mlir::Value value)
      : builder(&builder), value(value) {}

  operator mlir::Value() const { return value; }
  mlir::Type getType() const { return value.getType(); }
  bool isFloat() const { return llvm::isa<mlir::FloatType>(getType()); }
  mlir::ImplicitLocOpBuilder &getBuilder() const { return *builder; }
  Scalar make(mlir::Value result) const { return {*builder, result}; }

  /// A constant of this type. A float is rounded to it.
  Scalar number(double constant) const;
  Scalar bits(uint64_t constant) const;

  /// The float's bits as an integer of its width, and the other way round.
  Scalar asBits() const;
  Scalar asFloat() const;
  /// An unsigned integer of another width: cut, or extended by zeros.
  Scalar resize(unsigned width) const;
  /// The value of a signed integer as a float.
  Scalar toFloat(mlir::Type type) const;
  /// A float in another precision, rounded where that is lower.
  Scalar convert(mlir::Type type) const;

private:
  mlir::ImplicitLocOpBuilder *builder;
  mlir::Value value;
};

Scalar operator+(Scalar a, Scalar b);
Scalar operator-(Scalar a, Scalar b);
Scalar operator*(Scalar a, Scalar b);
Scalar operator/(Scalar a, Scalar b);
Scalar operator-(Scalar a);
Scalar operator&(Scalar a, Scalar b);
Scalar operator|(Scalar a, Scalar b);
Scalar operator<<(Scalar a, unsigned count);
Scalar operator>>(Scalar a, unsigned count);
/// Shifts copies of the sign bit in.
Scalar shiftRightSigned(Scalar a, unsigned count);

/// Comparisons give an i1; they are false for a NaN.
Scalar operator<(Scalar a, Scalar b);
Scalar operator<=(Scalar a, Scalar b);
Scalar operator==(Scalar a, Scalar b);
inline Scalar operator>(Scalar a, Scalar b) { return b < a; }
inline Scalar operator>=(Scalar a, Scalar b) { return b <= a; }

Scalar select(Scalar condition, Scalar ifTrue, Scalar ifFalse);

/// An operation of math on floats, which another function may stand for.
template <typename Op> Scalar apply(Scalar x) {
  return x.make(Op::create(x.getBuilder(), x));
}
inline Scalar abs(Scalar x) { return apply<mlir::math::AbsFOp>(x); }
inline Scalar floor(Scalar x) { return apply<mlir::math::FloorOp>(x); }
inline Scalar sqrt(Scalar x) { return apply<mlir::math::SqrtOp>(x); }
inline Scalar exp(Scalar x) { return apply<mlir::math::ExpOp>(x); }
inline Scalar log(Scalar x) { return apply<mlir::math::LogOp>(x); }
inline Scalar log1p(Scalar x) { return apply<mlir::math::Log1pOp>(x); }
Scalar copySign(Scalar magnitude, Scalar sign);

/// c0 + c1 x + c2 x^2 + ..., by Horner's rule.
Scalar polynomial(Scalar x, llvm::ArrayRef<double> coefficients);

/// Constants stand on the right as numbers.
template <typename T>
using IfNumber = std::enable_if_t<std::is_arithmetic_v<T>, Scalar>;
template <typename T> IfNumber<T> constantLike(Scalar a, T constant) {
  return a.isFloat() ? a.number(static_cast<double>(constant))
                     : a.bits(static_cast<uint64_t>(constant));
}
#define SETUN_WITH_CONSTANT(op)                                                \
  template <typename T> IfNumber<T> operator op(Scalar a, T constant) {        \
    return a op constantLike(a, constant);                                     \
  }
SETUN_WITH_CONSTANT(+)
SETUN_WITH_CONSTANT(-)
SETUN_WITH_CONSTANT(*)
SETUN_WITH_CONSTANT(/)
SETUN_WITH_CONSTANT(&)
SETUN_WITH_CONSTANT(|)
SETUN_WITH_CONSTANT(<)
SETUN_WITH_CONSTANT(<=)
SETUN_WITH_CONSTANT(>)
SETUN_WITH_CONSTANT(>=)
SETUN_WITH_CONSTANT(==)
#undef SETUN_WITH_CONSTANT
/// And on the left.
#define SETUN_WITH_CONSTANT(op)                                                \
  template <typename T> IfNumber<T> operator op(T constant, Scalar a) {        \
    return constantLike(a, constant) op a;                                     \
  }
SETUN_WITH_CONSTANT(+)
SETUN_WITH_CONSTANT(-)
SETUN_WITH_CONSTANT(/)
#undef SETUN_WITH_CONSTANT

} // namespace setun

#endif // SETUN_TRANSFORMS_SCALARFORMULA_H
