//===- Elementwise.cpp - One output element from one of each input --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arithmetic, functions of real numbers, comparison and logic with numpy
// broadcasting.
//===----------------------------------------------------------------------===//

#include "Formulas.h"
#include "TensorBuilders.h"

#include <limits>

using namespace mlir;
using namespace setun::onnx;

static bool accepts(Domain domain, Type type) {
  switch (domain) {
  case Domain::Any:
    return true;
  case Domain::Float:
    return isa<FloatType>(type);
  case Domain::Integer:
    return isa<IntegerType>(type) && !type.isInteger(1);
  case Domain::Bool:
    return type.isInteger(1);
  }
  llvm_unreachable("all domains are listed");
}

static StringRef getName(Domain domain) {
  switch (domain) {
  case Domain::Any:
    return "a number";
  case Domain::Float:
    return "a float";
  case Domain::Integer:
    return "an integer";
  case Domain::Bool:
    return "bool";
  }
  llvm_unreachable("all domains are listed");
}

LogicalResult setun::onnx::lowerFormula(NodeLowering &node, Formula formula,
                                        unsigned numInputs, Domain domain,
                                        bool fold) {
  unsigned given = node.numInputs();
  if (fold ? given == 0 : given != numInputs)
    return node.error("expects " + Twine(numInputs) + " inputs");
  SmallVector<Value> inputs;
  for (unsigned i = 0; i < given; ++i) {
    if (!node.has(i))
      return node.error("input " + Twine(i) + " is missing");
    if (!accepts(domain, node.inputType(i).getElementType()))
      return node.error("input " + Twine(i) + " has element type ")
             << node.onnxInputElementType(i) << ", expected "
             << getName(domain);
    // The condition of Where stands before its two inputs.
    if (i > 0 && node.onnxInputElementType(i) !=
                     node.onnxInputElementType(numInputs == 3 ? 1 : 0))
      return node.error("inputs have different element types");
    inputs.push_back(node.input(i));
  }
  FailureOr<Value> result = makeElementwise(
      node, node.outputType(), inputs,
      [&](OpBuilder &builder, ValueRange scalars) {
        ScalarBuilder s(builder, node.loc, node.isUnsigned(given - 1));
        if (!fold)
          return formula(s, node, scalars);
        Value folded = scalars.front();
        for (Value next : scalars.drop_front())
          folded = formula(s, node, {folded, next});
        return folded;
      });
  if (failed(result))
    return failure();
  return node.replaceWith(*result);
}

Value setun::onnx::makeAttribute(ScalarBuilder &s, NodeLowering &node,
                                 Value like, StringRef name,
                                 float defaultValue) {
  return s.numberLike(like, node.node.getFloat(name, defaultValue));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static Value add(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.add(x[0], x[1]);
}
static Value sub(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.sub(x[0], x[1]);
}
static Value mul(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.mul(x[0], x[1]);
}

/// x / y. Integers: 0 for y = 0, and y = -1 negates, so that no value of y can
/// trap; a constant y needs neither.
static Value div(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  if (ScalarBuilder::isFloat(x[0]))
    return s.div(x[0], x[1]);
  Value zero = s.numberLike(x[0], 0), one = s.numberLike(x[0], 1);
  Value isZero = s.equal(x[1], zero);
  Value divisor = s.select(isZero, one, x[1]);
  if (s.isUnsigned)
    return s.select(isZero, zero, s.div(x[0], divisor));
  Value isMinusOne = s.equal(x[1], s.numberLike(x[0], -1));
  Value quotient = s.div(x[0], s.select(isMinusOne, one, divisor));
  Value negated = s.select(isMinusOne, s.neg(x[0]), quotient);
  return s.select(isZero, zero, negated);
}

static Value neg(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.neg(x[0]);
}

static Value abs(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  if (ScalarBuilder::isFloat(x[0]))
    return s.unary<math::AbsFOp>(x[0]);
  if (s.isUnsigned)
    return x[0];
  return s.select(s.less(x[0], s.numberLike(x[0], 0)), s.neg(x[0]), x[0]);
}

/// 1, 0 or -1; a NaN stays.
static Value sign(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  Value zero = s.numberLike(x[0], 0), one = s.numberLike(x[0], 1);
  if (s.isUnsigned)
    return s.select(s.equal(x[0], zero), zero, one);
  Value notPositive = s.select(s.less(x[0], zero), s.numberLike(x[0], -1),
                               s.select(s.equal(x[0], zero), zero, x[0]));
  return s.select(s.greater(x[0], zero), one, notPositive);
}

static Value reciprocal(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.div(s.numberLike(x[0], 1), x[0]);
}

static Value max(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.max(x[0], x[1]);
}
static Value min(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.min(x[0], x[1]);
}

/// (x0 + x1 + ...) / n
static LogicalResult lowerMean(NodeLowering &node) {
  SmallVector<Value> inputs;
  for (unsigned i = 0; i < node.numInputs(); ++i) {
    if (!node.has(i) || !isa<FloatType>(node.inputType(i).getElementType()))
      return node.error("expects float inputs");
    inputs.push_back(node.input(i));
  }
  FailureOr<Value> result = makeElementwise(
      node, node.outputType(), inputs, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value sum = x.front();
        for (Value next : x.drop_front())
          sum = s.add(sum, next);
        return s.div(sum, s.numberLike(sum, x.size()));
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

//===----------------------------------------------------------------------===//
// Comparison and logic
//===----------------------------------------------------------------------===//

/// Only a NaN differs from itself.
static Value isNaN(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  Value isNumber = s.equal(x[0], x[0]);
  return arith::XOrIOp::create(s.builder, s.loc, isNumber,
                               s.numberLike(isNumber, 1));
}

/// Infinite, of the signs that the attributes ask for.
static Value isInf(ScalarBuilder &s, NodeLowering &node, ValueRange x) {
  double infinity = std::numeric_limits<double>::infinity();
  Value positive = s.equal(x[0], s.numberLike(x[0], infinity));
  Value negative = s.equal(x[0], s.numberLike(x[0], -infinity));
  Value never = s.numberLike(positive, 0);
  if (node.node.getInt("detect_positive", 1) == 0)
    positive = never;
  if (node.node.getInt("detect_negative", 1) == 0)
    negative = never;
  return arith::OrIOp::create(s.builder, s.loc, positive, negative);
}

static Value equal(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.equal(x[0], x[1]);
}
static Value greater(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.greater(x[0], x[1]);
}
static Value greaterEqual(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.greaterEqual(x[0], x[1]);
}
static Value less(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.less(x[0], x[1]);
}
static Value lessEqual(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.lessEqual(x[0], x[1]);
}

template <typename Op>
static Value logic(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return Op::create(s.builder, s.loc, x[0], x[1]).getResult();
}

static Value logicNot(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return arith::XOrIOp::create(s.builder, s.loc, x[0], s.numberLike(x[0], 1));
}

static Value where(ScalarBuilder &s, NodeLowering &, ValueRange x) {
  return s.select(x[0], x[1], x[2]);
}

static LogicalResult lowerWhere(NodeLowering &node) {
  if (node.numInputs() != 3 || !node.inputType(0).getElementType().isInteger(1))
    return node.error("expects a bool condition and two inputs");
  return lowerElementwise<where, 3, Domain::Any, false>(node);
}

//===----------------------------------------------------------------------===//
// Operators with a rule of their own for inputs
//===----------------------------------------------------------------------===//

/// min(max(x, low), high), either bound may be omitted; a NaN in x stays. The
/// bounds are attributes before opset 11.
static LogicalResult lowerClip(NodeLowering &node) {
  Type element = node.inputType(0).getElementType();
  SmallVector<Value> inputs = {node.input(0)};
  int low = -1, high = -1; // positions in `inputs`
  auto addBound = [&](unsigned index, StringRef name, int &position) {
    auto attr = dyn_cast_or_null<FloatAttr>(node.node.getAttr(name));
    if (!attr && !node.has(index))
      return;
    position = inputs.size();
    if (!attr) {
      inputs.push_back(node.input(index));
      return;
    }
    auto scalar = RankedTensorType::get({}, element);
    inputs.push_back(arith::ConstantOp::create(
        node.builder, node.loc,
        DenseElementsAttr::get(
            scalar, Attribute(getNumber(element, attr.getValueAsDouble())))));
  };
  addBound(1, "min", low);
  addBound(2, "max", high);

  FailureOr<Value> result = makeElementwise(
      node, node.outputType(), inputs, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, node.isUnsigned(0));
        Value value = x[0];
        if (low >= 0)
          value = s.select(s.less(value, x[low]), x[low], value);
        if (high >= 0)
          value = s.select(s.greater(value, x[high]), x[high], value);
        return value;
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

void setun::onnx::registerElementwise(HandlerTable &table) {
  addFormula<add, 2>(table, "Add");
  addFormula<sub, 2>(table, "Sub");
  addFormula<mul, 2>(table, "Mul");
  addFormula<div, 2>(table, "Div");
  addFormula<neg, 1>(table, "Neg");
  addFormula<abs, 1>(table, "Abs");
  addFormula<sign, 1>(table, "Sign");
  addFormula<add, 2, Domain::Any, /*fold=*/true>(table, "Sum");
  addFormula<max, 2, Domain::Any, /*fold=*/true>(table, "Max");
  addFormula<min, 2, Domain::Any, /*fold=*/true>(table, "Min");
  addFormula<reciprocal, 1, Domain::Float>(table, "Reciprocal");
  addFormula<unaryFormula<math::SqrtOp>, 1, Domain::Float>(table, "Sqrt");
  addFormula<unaryFormula<math::ExpOp>, 1, Domain::Float>(table, "Exp");
  addFormula<unaryFormula<math::LogOp>, 1, Domain::Float>(table, "Log");
  addFormula<unaryFormula<math::ErfOp>, 1, Domain::Float>(table, "Erf");
  addFormula<unaryFormula<math::SinOp>, 1, Domain::Float>(table, "Sin");
  addFormula<unaryFormula<math::CosOp>, 1, Domain::Float>(table, "Cos");
  addFormula<unaryFormula<math::TanOp>, 1, Domain::Float>(table, "Tan");
  addFormula<unaryFormula<math::AsinOp>, 1, Domain::Float>(table, "Asin");
  addFormula<unaryFormula<math::AcosOp>, 1, Domain::Float>(table, "Acos");
  addFormula<unaryFormula<math::AtanOp>, 1, Domain::Float>(table, "Atan");
  addFormula<unaryFormula<math::SinhOp>, 1, Domain::Float>(table, "Sinh");
  addFormula<unaryFormula<math::CoshOp>, 1, Domain::Float>(table, "Cosh");
  addFormula<unaryFormula<math::TanhOp>, 1, Domain::Float>(table, "Tanh");
  addFormula<unaryFormula<math::AsinhOp>, 1, Domain::Float>(table, "Asinh");
  addFormula<unaryFormula<math::AcoshOp>, 1, Domain::Float>(table, "Acosh");
  addFormula<unaryFormula<math::AtanhOp>, 1, Domain::Float>(table, "Atanh");
  addFormula<unaryFormula<math::FloorOp>, 1, Domain::Float>(table, "Floor");
  addFormula<unaryFormula<math::CeilOp>, 1, Domain::Float>(table, "Ceil");
  addFormula<unaryFormula<math::RoundEvenOp>, 1, Domain::Float>(table, "Round");
  table["Mean"] = lowerMean;
  table["Clip"] = lowerClip;

  addFormula<isNaN, 1, Domain::Float>(table, "IsNaN");
  addFormula<isInf, 1, Domain::Float>(table, "IsInf");
  addFormula<equal, 2>(table, "Equal");
  addFormula<greater, 2>(table, "Greater");
  addFormula<greaterEqual, 2>(table, "GreaterOrEqual");
  addFormula<less, 2>(table, "Less");
  addFormula<lessEqual, 2>(table, "LessOrEqual");
  addFormula<logic<arith::AndIOp>, 2, Domain::Bool>(table, "And");
  addFormula<logic<arith::OrIOp>, 2, Domain::Bool>(table, "Or");
  addFormula<logic<arith::XOrIOp>, 2, Domain::Bool>(table, "Xor");
  addFormula<logicNot, 1, Domain::Bool>(table, "Not");
  table["Where"] = {lowerWhere, 3};
}
