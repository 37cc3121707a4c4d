//===- ScalarBuilder.h - Formulas on numbers of any type --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lets the body of an elementwise operator read like its formula. Picks the
// float, signed or unsigned operation by the type of the operands.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_CONVERSION_ONNXTOLINALG_SCALARBUILDER_H
#define SETUN_LIB_CONVERSION_ONNXTOLINALG_SCALARBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

namespace setun::onnx {

/// Emits scalar operations at one place.
class ScalarBuilder {
public:
  ScalarBuilder(mlir::OpBuilder &builder, mlir::Location loc, bool isUnsigned)
      : builder(builder), loc(loc), isUnsigned(isUnsigned) {}

  using Value = mlir::Value;

  mlir::OpBuilder &builder;
  mlir::Location loc;
  bool isUnsigned;

  static bool isFloat(Value x) {
    return llvm::isa<mlir::FloatType>(x.getType());
  }

  /// A constant of x's type; `value` must be exact in it.
  Value numberLike(Value x, double value);

  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  /// Float division; on integers only where the divisor cannot be 0 or -1.
  Value div(Value a, Value b);
  Value neg(Value x);

  /// A number as a float, rounded to nearest.
  Value toFloat(Value x, mlir::FloatType type);
  /// A float cut off toward zero, or the nearest value of the integer; 0 for a
  /// NaN.
  Value toInteger(Value x, mlir::IntegerType type, bool toUnsigned);
  /// An integer of another width, wrapping.
  Value resize(Value x, mlir::IntegerType type);

  /// A float rounded to or widened to the float type `type`.
  Value cast(Value x, mlir::Type type);

  /// x^exponent for x of at least 0 and a small exponent: a product of x and
  /// its repeated square roots, one for each binary digit of the exponent.
  Value power(Value x, double exponent);

  /// The greater or less of two, a NaN if one is a NaN.
  Value max(Value a, Value b);
  Value min(Value a, Value b);

  /// Comparisons to i1; false for a NaN.
  Value equal(Value a, Value b);
  Value less(Value a, Value b);
  Value lessEqual(Value a, Value b);
  Value greater(Value a, Value b) { return less(b, a); }
  Value greaterEqual(Value a, Value b) { return lessEqual(b, a); }

  Value select(Value condition, Value ifTrue, Value ifFalse) {
    return mlir::arith::SelectOp::create(builder, loc, condition, ifTrue,
                                         ifFalse);
  }

  /// An operation of `math` or `arith` on floats with one operand.
  template <typename Op> Value unary(Value x) {
    return Op::create(builder, loc, x).getResult();
  }
};

} // namespace setun::onnx

#endif // SETUN_LIB_CONVERSION_ONNXTOLINALG_SCALARBUILDER_H
