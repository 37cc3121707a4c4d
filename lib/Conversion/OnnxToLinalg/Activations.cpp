//===- Activations.cpp - Formulas between the layers of a network ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// In the order of operations of ONNX's definitions; a NaN stays one.
//===----------------------------------------------------------------------===//

#include "Formulas.h"

using namespace mlir;
using namespace setun::onnx;

//===----------------------------------------------------------------------===//
// Made of comparisons and sums
//===----------------------------------------------------------------------===//

/// x < 0 ? 0 : x; a NaN stays.
static Value relu(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  Value zero = s.numberLike(x[0], 0);
  return s.select(s.less(x[0], zero), zero, x[0]);
}

/// x < 0 ? alpha * x : x
static Value leakyRelu(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  Value alpha = makeAttribute(s, node, x[0], "alpha", 0.01f);
  return s.select(s.less(x[0], s.numberLike(x[0], 0)), s.mul(alpha, x[0]),
                  x[0]);
}

/// x < 0 ? slope * x : x
static Value prelu(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.select(s.less(x[0], s.numberLike(x[0], 0)), s.mul(x[1], x[0]), x[0]);
}

/// max(0, min(1, alpha * x + beta)); a NaN stays.
static Value hardSigmoid(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  Value line = s.add(s.mul(makeAttribute(s, node, x[0], "alpha", 0.2f), x[0]),
                     makeAttribute(s, node, x[0], "beta", 0.5f));
  Value zero = s.numberLike(line, 0), one = s.numberLike(line, 1);
  Value atMostOne = s.select(s.greater(line, one), one, line);
  return s.select(s.less(atMostOne, zero), zero, atMostOne);
}

/// x > alpha ? x : 0
static Value thresholdedRelu(ScalarBuilder &s, NodeLowering &node,
                             ValueRange x) {
  Value alpha = makeAttribute(s, node, x[0], "alpha", 1.0f);
  Value isLow = s.lessEqual(x[0], alpha);
  return s.select(isLow, s.numberLike(x[0], 0), x[0]);
}

/// x * max(0, min(1, x / 6 + 1 / 2))
static Value hardSwish(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  Value zero = s.numberLike(x[0], 0), one = s.numberLike(x[0], 1);
  float sixth = 1.0f / 6.0f;
  Value line =
      s.add(s.mul(s.numberLike(x[0], sixth), x[0]), s.numberLike(x[0], 0.5));
  Value atMostOne = s.select(s.greater(line, one), one, line);
  return s.mul(x[0], s.select(s.less(atMostOne, zero), zero, atMostOne));
}

/// x < -lambd ? x + bias : x > lambd ? x - bias : 0
static Value shrink(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  // Attributes are floats, also where the tensors are integers.
  float bias = node.node.getFloat("bias", 0.0f);
  float lambd = node.node.getFloat("lambd", 0.5f);
  ScalarBuilder real(s.builder, s.loc, /*isUnsigned=*/false);
  Value number = x[0];
  if (!ScalarBuilder::isFloat(number))
    number = s.toFloat(number, s.builder.getF64Type());
  Value isLow = real.less(number, real.numberLike(number, -lambd));
  Value isHigh = real.greater(number, real.numberLike(number, lambd));
  Value shift = real.numberLike(number, bias);
  Value shrunk = real.select(
      isLow, real.add(number, shift),
      real.select(isHigh, real.sub(number, shift), real.numberLike(number, 0)));
  if (ScalarBuilder::isFloat(x[0]))
    return shrunk;
  return s.toInteger(shrunk, cast<IntegerType>(x[0].getType()), s.isUnsigned);
}

/// x / (1 + |x|)
static Value softsign(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  Value one = s.numberLike(x[0], 1);
  return s.div(x[0], s.add(one, s.unary<math::AbsFOp>(x[0])));
}

//===----------------------------------------------------------------------===//
// Made of exponentials
//===----------------------------------------------------------------------===//

/// 1 / (1 + exp(-x)): exp overflows to infinity for x < -88, which gives 0.
static Value makeSigmoid(ScalarBuilder &s, Value x) {
  Value one = s.numberLike(x, 1);
  return s.div(one, s.add(one, s.unary<math::ExpOp>(s.neg(x))));
}
static Value sigmoid(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return makeSigmoid(s, x[0]);
}

/// x / (1 + exp(-alpha * x))
static Value swish(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  Value alpha = makeAttribute(s, node, x[0], "alpha", 1.0f);
  return s.mul(x[0], makeSigmoid(s, s.mul(alpha, x[0])));
}

/// exp(x) - 1
static Value makeExpMinusOne(ScalarBuilder &s, Value x) {
  return s.sub(s.unary<math::ExpOp>(x), s.numberLike(x, 1));
}

/// x < 0 ? alpha * (exp(x) - 1) : x
static Value elu(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  Value alpha = makeAttribute(s, node, x[0], "alpha", 1.0f);
  Value isNegative = s.less(x[0], s.numberLike(x[0], 0));
  return s.select(isNegative, s.mul(alpha, makeExpMinusOne(s, x[0])), x[0]);
}

/// gamma * (x <= 0 ? alpha * exp(x) - alpha : x)
static Value selu(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  Value alpha =
      makeAttribute(s, node, x[0], "alpha", 1.67326319217681884765625f);
  Value gamma =
      makeAttribute(s, node, x[0], "gamma", 1.05070102214813232421875f);
  Value isPositive = s.greater(x[0], s.numberLike(x[0], 0));
  Value low = s.sub(s.mul(alpha, s.unary<math::ExpOp>(x[0])), alpha);
  return s.mul(gamma, s.select(isPositive, x[0], low));
}

/// max(0, x) + min(0, alpha * (exp(x / alpha) - 1)), of which one is 0.
static Value celu(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  Value zero = s.numberLike(x[0], 0);
  Value alpha = makeAttribute(s, node, x[0], "alpha", 1.0f);
  Value low = s.mul(alpha, makeExpMinusOne(s, s.div(x[0], alpha)));
  return s.add(s.max(zero, x[0]), s.min(zero, low));
}

/// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), which cannot overflow.
static Value makeSoftplus(ScalarBuilder &s, Value x) {
  Value tail = s.unary<math::ExpOp>(s.neg(s.unary<math::AbsFOp>(x)));
  return s.add(s.max(x, s.numberLike(x, 0)), s.unary<math::Log1pOp>(tail));
}
static Value softplus(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return makeSoftplus(s, x[0]);
}

/// x * tanh(softplus(x))
static Value mish(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.mul(x[0], s.unary<math::TanhOp>(makeSoftplus(s, x[0])));
}

/// x / 2 * (1 + erf(x / sqrt(2))), or with `approximate`
/// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
static Value gelu(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  auto number = [&](double value) { return s.numberLike(x[0], value); };
  Value inner;
  if (node.node.getString("approximate", "none") == "tanh") {
    Value cube = s.mul(s.mul(x[0], x[0]), x[0]);
    Value sum = s.add(x[0], s.mul(number(0.044715), cube));
    inner = s.unary<math::TanhOp>(s.mul(number(0.7978845608028654), sum));
  } else {
    inner = s.unary<math::ErfOp>(s.mul(x[0], number(0.7071067811865476)));
  }
  return s.mul(s.mul(number(0.5), x[0]), s.add(number(1), inner));
}

static LogicalResult lowerGelu(NodeLowering &node) {
  StringRef mode = node.node.getString("approximate", "none");
  if (mode != "none" && mode != "tanh")
    return node.error("'approximate' is '" + mode +
                      "'; accepted are 'none' and 'tanh'");
  return lowerFormula(node, gelu, 1, Domain::Float, /*fold=*/false);
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

void setun::onnx::registerActivations(HandlerTable &table) {
  addFormula<relu, 1>(table, "Relu");
  addFormula<leakyRelu, 1, Domain::Float>(table, "LeakyRelu");
  addFormula<prelu, 2>(table, "PRelu");
  addFormula<thresholdedRelu, 1, Domain::Float>(table, "ThresholdedRelu");
  addFormula<hardSigmoid, 1, Domain::Float>(table, "HardSigmoid");
  addFormula<hardSwish, 1, Domain::Float>(table, "HardSwish");
  addFormula<shrink, 1>(table, "Shrink");
  addFormula<softsign, 1, Domain::Float>(table, "Softsign");
  addFormula<sigmoid, 1, Domain::Float>(table, "Sigmoid");
  addFormula<swish, 1, Domain::Float>(table, "Swish");
  addFormula<elu, 1, Domain::Float>(table, "Elu");
  addFormula<selu, 1, Domain::Float>(table, "Selu");
  addFormula<celu, 1, Domain::Float>(table, "Celu");
  addFormula<softplus, 1, Domain::Float>(table, "Softplus");
  addFormula<mish, 1, Domain::Float>(table, "Mish");
  table["Gelu"] = lowerGelu;
}
