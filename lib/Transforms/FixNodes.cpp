//===- FixNodes.cpp - What nodes make of affine numbers -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The formulas of docs/numerics.md, node by node: constants are folded into an
// affine number, everything else works on integers.
//===----------------------------------------------------------------------===//

#include "ScaleFixer.h"

#include "dialects/Onnx/ConstantData.h"

#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mlir;

namespace setun {

std::optional<AffineNumber>
ScaleFixer::readDequantize(lowbit::DequantizeOp op) {
  RankedTensorType type = getFloatType(op.getResult());
  // Weights belong to a product of floats.
  if (!type || op.getInput().getDefiningOp<lowbit::ConstantOp>() ||
      lowbit::getLayout(op.getInput().getType()))
    return std::nullopt;
  auto scale = ChannelConstant::read(op.getScale(), type, why);
  if (!scale)
    return std::nullopt;
  AffineNumber number = AffineNumber::ofIntegers(op.getInput(), 0);
  if (op.getZeroPoint()) {
    auto zero = ChannelConstant::read(op.getZeroPoint(), type, why);
    if (!zero)
      return std::nullopt;
    for (double &x : zero->numbers)
      x = -x;
    number.add(*zero);
  }
  if (!number.multiply(*scale))
    return fail("constants differ along different dimensions");
  return number;
}

std::optional<AffineNumber>
ScaleFixer::readSum(onnx::NodeOp node, RankedTensorType type, double sign) {
  Number sum;
  for (auto [i, input] : llvm::enumerate(node.getInputs())) {
    ChannelConstant factor{{i == 0 ? 1 : sign}, {}};
    bool added;
    if (numbers.contains(input)) {
      if (getFloatType(input).getShape() != type.getShape())
        return fail("a value is broadcast");
      Number next = getUnclamped(input);
      if (!next)
        return next;
      // Two sums at most, so that requantize stays simple.
      if (sum && sum->inputs.size() + next->inputs.size() > 2) {
        if (next->inputs.size() > 1 && !fix(input))
          return std::nullopt;
        next = numbers.find(input)->second;
        if (sum->inputs.size() > 1) {
          std::optional<int> fraction = sum->chooseFraction();
          if (!fraction)
            return fail("its range is not proven, or has no scale");
          sum = makeFixed(*sum, *fraction, type, WholeRounding::HalfUp,
                          node.getLoc());
          if (!sum)
            return sum;
        }
      }
      next->multiply(factor);
      added = !sum || sum->add(*next);
      if (!sum)
        sum = next;
    } else {
      auto constant = ChannelConstant::read(input, type, why);
      if (!constant)
        return std::nullopt;
      for (double &x : constant->numbers)
        x *= factor.numbers[0];
      if (!sum)
        sum = AffineNumber();
      added = sum->add(*constant);
    }
    if (!added)
      return fail("constants differ along different dimensions");
  }
  return sum;
}

std::optional<AffineNumber> ScaleFixer::readProduct(onnx::NodeOp node,
                                                    RankedTensorType type) {
  Value x = node.getInputs()[0], factor = node.getInputs()[1];
  bool isDivision = node.getOpType() == "Div";
  if (!numbers.contains(x) && !isDivision)
    std::swap(x, factor);
  if (numbers.contains(factor))
    return fail(isDivision ? "it divides by a computed number"
                           : "it multiplies two computed numbers");
  if (getFloatType(x).getShape() != type.getShape())
    return fail("a value is broadcast");
  auto constant = ChannelConstant::read(factor, type, why);
  Number number = constant ? getUnclamped(x) : std::nullopt;
  if (!number)
    return number;
  if (isDivision)
    for (double &c : constant->numbers)
      c = 1 / c;
  if (!llvm::all_of(constant->numbers,
                    [](double c) { return std::isfinite(c); }))
    return fail("it divides by 0");
  if (!number->multiply(*constant))
    return fail("constants differ along different dimensions");
  return number;
}

/// Relu, Clip, and Min and Max with a constant.
std::optional<AffineNumber> ScaleFixer::readBounds(onnx::NodeOp node,
                                                   RankedTensorType type) {
  StringRef name = node.getOpType();
  double lo = -kInfinity, hi = kInfinity;
  auto read = [&](unsigned index, double &bound) {
    Value input = node.getInputOrNull(index);
    if (!input)
      return true;
    auto constant = ChannelConstant::read(input, type, why);
    if (constant && constant->channels.size != 1) {
      fail("bounds differ between channels");
      return false;
    }
    if (constant)
      bound = constant->numbers[0];
    return constant.has_value();
  };
  Value x = node.getInputs()[0];
  if (name == "Relu") {
    lo = 0;
  } else if (name == "Clip" && node.getSinceVersion() < 11) {
    lo = node.getFloat("min", -std::numeric_limits<float>::max());
    hi = node.getFloat("max", std::numeric_limits<float>::max());
  } else if (name == "Clip") {
    if (!read(1, lo) || !read(2, hi))
      return std::nullopt;
  } else {
    if (node.getInputs().size() != 2)
      return fail("it has not two inputs");
    bool isSecond = !numbers.contains(x);
    x = node.getInputs()[isSecond];
    if (numbers.contains(node.getInputs()[!isSecond])) {
      Number a = getUnclamped(x);
      Number b = a ? getUnclamped(node.getInputs()[!isSecond]) : a;
      return b ? readExtreme(node, name, *a, *b) : b;
    }
    if (!read(!isSecond, name == "Max" ? lo : hi))
      return std::nullopt;
  }
  if (std::isnan(lo) || std::isnan(hi))
    return fail("a bound is not a number");
  if (!numbers.contains(x) || getFloatType(x).getShape() != type.getShape())
    return fail("a value is broadcast");
  // Min comes last: with lo > hi all is hi.
  AffineNumber number = numbers.find(x)->second;
  number.clamp(std::min(lo, hi), hi);
  return number;
}

std::optional<AffineNumber> ScaleFixer::readRound(onnx::NodeOp node,
                                                  RankedTensorType type) {
  WholeRounding rounding = llvm::StringSwitch<WholeRounding>(node.getOpType())
                               .Case("Floor", WholeRounding::Floor)
                               .Case("Ceil", WholeRounding::Ceil)
                               .Default(WholeRounding::HalfEven);
  const AffineNumber &number = numbers.find(node.getInputs()[0])->second;
  auto [least, most] = number.getRange();
  // A float holds the integers of 24 bits.
  if (!(least > -0x1p23 && most < 0x1p23))
    return fail("its range is not proven, or has more than 24 bits");
  return makeFixed(number, /*fraction=*/0, type, rounding, node.getLoc());
}

std::optional<AffineNumber> ScaleFixer::readExtreme(onnx::NodeOp node,
                                                    StringRef opType,
                                                    AffineNumber a,
                                                    AffineNumber b) {
  RankedTensorType type = getFloatType(node.getResult(0));
  for (Value input : {a.inputs[0], b.inputs[0]})
    if (cast<RankedTensorType>(input.getType()).getShape() != type.getShape())
      return fail("a value is broadcast");
  std::optional<int> fractionOfA = a.chooseFraction(),
                     fractionOfB = b.chooseFraction();
  if (!fractionOfA || !fractionOfB)
    return fail("its range is not proven, or has no scale");
  // Both have to be exact, if they can, and fit the larger range.
  int fraction = std::max(*fractionOfA, *fractionOfB);
  for (AffineNumber *part : {&a, &b}) {
    auto [least, most] = part->getRange();
    int exponent = 0;
    (void)std::frexp(std::max(std::fabs(least), std::fabs(most)), &exponent);
    fraction = std::min(fraction, 23 - exponent);
  }
  Location loc = node.getLoc();
  Number x = makeFixed(a, fraction, type, WholeRounding::HalfUp, loc);
  Number y = x ? makeFixed(b, fraction, type, WholeRounding::HalfUp, loc) : x;
  if (!y)
    return y;
  OpBuilder builder(node);
  auto extreme = onnx::NodeOp::create(
      builder, loc, TypeRange(getFixedType(type)), opType,
      ValueRange{x->inputs[0], y->inputs[0]}, {}, "", /*sinceVersion=*/13);
  return AffineNumber::ofIntegers(extreme.getResult(0), fraction);
}

/// x * slope is larger than x where x is negative, if slope <= 1.
std::optional<AffineNumber> ScaleFixer::readLeak(onnx::NodeOp node,
                                                 const ChannelConstant &slope) {
  auto isAtMost = [](double s) { return s <= 1; };
  auto isAtLeast = [](double s) { return s >= 1; };
  bool isMax = llvm::all_of(slope.numbers, isAtMost);
  if (!isMax && !llvm::all_of(slope.numbers, isAtLeast))
    return fail("slopes lie on both sides of 1");
  Number number = getUnclamped(node.getInputs()[0]);
  if (!number)
    return number;
  AffineNumber scaled = *number;
  if (!scaled.multiply(slope))
    return fail("constants differ along different dimensions");
  return readExtreme(node, isMax ? "Max" : "Min", *number, scaled);
}

/// |x| = max(x, -x)
std::optional<AffineNumber> ScaleFixer::readAbs(onnx::NodeOp node) {
  return readLeak(node, {{-1.0}, {}});
}

std::optional<AffineNumber> ScaleFixer::readMove(onnx::NodeOp node,
                                                 RankedTensorType type) {
  Value first = node.getInputs()[0];
  for (Value other : node.getInputs().drop_front())
    if (numbers.contains(other))
      return fail("an operand is computed from the data");
  if (!fix(first))
    return std::nullopt;
  const AffineNumber &number = numbers.find(first)->second;
  OpBuilder builder(node);
  Operation *moved = builder.clone(*node);
  moved->setOperand(0, number.inputs[0]);
  moved->getResult(0).setType(getFixedType(type));
  if (getValueBounds(moved->getResult(0)).getHull().min == kAllIntegers.min) {
    moved->erase();
    return fail("a window may see no element");
  }
  AffineNumber result = number;
  result.inputs[0] = moved->getResult(0);
  return result;
}

std::optional<AffineNumber> ScaleFixer::readNode(onnx::NodeOp node) {
  RankedTensorType type = node->getNumResults() == 1
                              ? getFloatType(node.getResult(0))
                              : RankedTensorType();
  StringRef name = node.getOpType();
  auto refuse = [&] {
    return fail("'" + name + "' has no formula in fixed point");
  };
  if (!type || !node.getDomain().empty())
    return refuse();
  Value first = node.getInputs()[0];
  bool isBinary = node.getInputs().size() == 2;
  if (name == "Add" || name == "Sum")
    return readSum(node, type, 1);
  if (name == "Sub")
    return readSum(node, type, -1);
  if ((name == "Mul" || name == "Div") && isBinary)
    return readProduct(node, type);
  if (name == "Relu" || name == "Clip" || name == "Min" || name == "Max")
    return readBounds(node, type);
  bool moves = llvm::is_contained({"Reshape", "Flatten", "Squeeze", "Unsqueeze",
                                   "Transpose", "DepthToSpace", "MaxPool"},
                                  name);
  if (moves && numbers.contains(first))
    return readMove(node, type);
  if (!numbers.contains(first) ||
      getFloatType(first).getShape() != type.getShape())
    return refuse();
  if (name == "Floor" || name == "Ceil" || name == "Round")
    return readRound(node, type);
  if (name == "Abs")
    return readAbs(node);
  if (name == "LeakyRelu")
    return readLeak(node, {{node.getFloat("alpha", 0.01f)}, {}});
  if (name == "PRelu") {
    auto slope = ChannelConstant::read(node.getInputOrNull(1), type, why);
    return slope ? readLeak(node, *slope) : std::nullopt;
  }
  if (name == "Identity")
    return numbers.find(first)->second;
  if (name == "Neg") {
    Number number = getUnclamped(first);
    if (number)
      number->multiply({{-1.0}, {}});
    return number;
  }
  return refuse();
}

} // namespace setun
