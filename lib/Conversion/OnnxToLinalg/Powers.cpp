//===- Powers.cpp - Powers and remainders ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pow and Mod, whose formulas depend on the types of both sides.
//===----------------------------------------------------------------------===//

#include "Formulas.h"
#include "TensorBuilders.h"

using namespace mlir;
using namespace setun::onnx;

//===----------------------------------------------------------------------===//
// Pow
//===----------------------------------------------------------------------===//

/// The constant exponent of all elements, if its power is an exact sequence of
/// IEEE operations: 0, 1, 2, 3 and, of floats, 0.5, -0.5, -1.
static std::optional<double> getSimpleExponent(NodeLowering &node) {
  std::optional<ConstantData> exponent = node.constant(1);
  if (!exponent || exponent->size() == 0 ||
      !(exponent->isSplat() || exponent->size() == 1))
    return std::nullopt;
  double p = exponent->asDouble(0);
  bool isFloat = isa<FloatType>(node.inputType(0).getElementType());
  bool isSimple = p == 0 || p == 1 || p == 2 || p == 3 ||
                  (isFloat && (p == 0.5 || p == -0.5 || p == -1));
  return isSimple ? std::optional(p) : std::nullopt;
}

/// 2 is x*x, 3 is x*x*x, 0.5 the root, -0.5 and -1 are 1 / x^-p.
static Value makeSimplePower(ScalarBuilder &s, Value x, double p) {
  if (p == 0)
    return s.numberLike(x, 1);
  if (p == 1)
    return x;
  if (p == 2 || p == 3) {
    Value square = s.mul(x, x);
    return p == 2 ? square : s.mul(square, x);
  }
  Value root = p == -1 ? x : s.unary<math::SqrtOp>(x);
  return p == 0.5 ? root : s.div(s.numberLike(root, 1), root);
}

/// x^y in the type of x. Two integers stay integers, in 64 bits; two floats of
/// one type stay that; else both are f64.
static Value makePower(NodeLowering &node, OpBuilder &builder, Value x,
                       Value y) {
  ScalarBuilder base(builder, node.loc, node.isUnsigned(0));
  ScalarBuilder exponent(builder, node.loc, node.isUnsigned(1));
  Type type = x.getType();
  Location loc = node.loc;
  if (ScalarBuilder::isFloat(x) && y.getType() == type)
    return math::PowFOp::create(builder, loc, x, y);
  if (!ScalarBuilder::isFloat(x) && !ScalarBuilder::isFloat(y)) {
    IntegerType wide = builder.getI64Type();
    Value power = math::IPowIOp::create(builder, loc, base.resize(x, wide),
                                        exponent.resize(y, wide));
    return base.resize(power, cast<IntegerType>(type));
  }
  FloatType wide = builder.getF64Type();
  Value power = math::PowFOp::create(builder, loc, base.toFloat(x, wide),
                                     exponent.toFloat(y, wide));
  if (auto integer = dyn_cast<IntegerType>(type))
    return base.toInteger(power, integer, base.isUnsigned);
  return base.toFloat(power, cast<FloatType>(type));
}

static LogicalResult lowerPow(NodeLowering &node) {
  SmallVector<Value> inputs = {node.input(0)};
  std::optional<double> simple = getSimpleExponent(node);
  if (!simple)
    inputs.push_back(node.input(1));
  FailureOr<Value> result =
      makeElementwise(node, node.outputType(), inputs,
                      [&](OpBuilder &builder, ValueRange x) -> Value {
                        ScalarBuilder s(builder, node.loc, node.isUnsigned(0));
                        return simple ? makeSimplePower(s, x[0], *simple)
                                      : makePower(node, builder, x[0], x[1]);
                      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

//===----------------------------------------------------------------------===//
// Mod
//===----------------------------------------------------------------------===//

/// The remainder of x / y with the sign of x (`fmod`), else with that of y.
/// Integers: 0 for y = 0; y = -1 gives 0, too, so that no y can trap.
static Value mod(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  Value zero = s.numberLike(x[0], 0);
  Value remainder;
  if (ScalarBuilder::isFloat(x[0])) {
    remainder = arith::RemFOp::create(s.builder, s.loc, x[0], x[1]);
  } else {
    Value one = s.numberLike(x[0], 1);
    Value isZero = s.equal(x[1], zero);
    if (s.isUnsigned) {
      Value divisor = s.select(isZero, one, x[1]);
      remainder = arith::RemUIOp::create(s.builder, s.loc, x[0], divisor);
    } else {
      Value isMinusOne = s.equal(x[1], s.numberLike(x[0], -1));
      Value divisor = s.select(isZero, one, s.select(isMinusOne, one, x[1]));
      remainder = arith::RemSIOp::create(s.builder, s.loc, x[0], divisor);
    }
  }
  if (node.node.getInt("fmod", 0) != 0 || s.isUnsigned)
    return remainder;
  // A remainder of the other sign moves by one divisor.
  Value isNonzero =
      arith::XOrIOp::create(s.builder, s.loc, s.equal(remainder, zero),
                            s.numberLike(s.equal(zero, zero), 1));
  Value differs = arith::XOrIOp::create(
      s.builder, s.loc, s.less(remainder, zero), s.less(x[1], zero));
  Value moves = arith::AndIOp::create(s.builder, s.loc, isNonzero, differs);
  return s.select(moves, s.add(remainder, x[1]), remainder);
}

void setun::onnx::registerPowers(HandlerTable &table) {
  table["Pow"] = {lowerPow, 2};
  addFormula<mod, 2>(table, "Mod");
}
