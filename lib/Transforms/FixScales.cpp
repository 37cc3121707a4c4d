//===- FixScales.cpp - Scales of floats become integers -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One walk in the order of the graph. What is an affine function of integers is
// kept as one (AffineNumber.h); a quantiser of it becomes a requantize, and so
// does whatever has to exist as a number: it is held as an i32 times 2^-f.
//===----------------------------------------------------------------------===//

#include "AffineNumber.h"

#include "dialects/Onnx/ConstantData.h"
#include "setun/Analysis/LayerFacts.h"
#include "setun/Transforms/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_FIXSCALES
#include "setun/Transforms/Passes.h.inc"

namespace {

using lowbit::CodeRange;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr CodeRange kAllIntegers{INT32_MIN, INT32_MAX};

RankedTensorType getFloatType(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32() && type.hasStaticShape() &&
                 type.getNumElements() > 0
             ? type
             : RankedTensorType();
}

RankedTensorType getFixedType(RankedTensorType type) {
  return type.clone(IntegerType::get(type.getContext(), 32));
}

/// A whole number next to x; ties as the rounding says.
double roundWhole(double x, WholeRounding rounding) {
  switch (rounding) {
  case WholeRounding::HalfUp:
    return std::floor(x + 0.5);
  case WholeRounding::HalfEven:
    return std::nearbyint(x);
  case WholeRounding::Floor:
    return std::floor(x);
  case WholeRounding::Ceil:
    return std::ceil(x);
  }
  llvm_unreachable("all roundings are handled");
}

/// Rounding modes that differ by the sign need one of them.
std::optional<WholeRounding> getWholeRounding(lowbit::RoundingMode mode,
                                              bool isNegative) {
  using Mode = lowbit::RoundingMode;
  switch (mode) {
  case Mode::HalfEven:
    return WholeRounding::HalfEven;
  case Mode::Floor:
    return WholeRounding::Floor;
  case Mode::Ceil:
    return WholeRounding::Ceil;
  case Mode::HalfUp:
    return isNegative ? std::nullopt : std::optional(WholeRounding::HalfUp);
  case Mode::Up:
    return isNegative ? std::nullopt : std::optional(WholeRounding::Ceil);
  case Mode::Down:
    return isNegative ? std::nullopt : std::optional(WholeRounding::Floor);
  case Mode::HalfDown:
    return std::nullopt;
  }
  llvm_unreachable("all rounding modes are handled");
}

/// Makes the numbers of one function integers.
class ScaleFixer {
public:
  explicit ScaleFixer(func::FuncOp function) : function(function) {}

  void run();

private:
  using Number = std::optional<AffineNumber>;

  void visit(Operation *op);
  Number readDequantize(lowbit::DequantizeOp op);
  Number readNode(onnx::NodeOp node);
  Number readSum(onnx::NodeOp node, RankedTensorType type, double sign);
  Number readProduct(onnx::NodeOp node, RankedTensorType type);
  Number readBounds(onnx::NodeOp node, RankedTensorType type);
  Number readRound(onnx::NodeOp node, RankedTensorType type);
  /// x where it is positive, x * slope elsewhere.
  Number readLeak(onnx::NodeOp node, const ChannelConstant &slope);
  Number readAbs(onnx::NodeOp node);
  /// Nodes that only choose or arrange elements do so with integers.
  Number readMove(onnx::NodeOp node, RankedTensorType type);
  /// The larger, or smaller, of two numbers.
  Number readExtreme(onnx::NodeOp node, StringRef opType, AffineNumber a,
                     AffineNumber b);
  struct Quantiser;
  std::optional<Quantiser> readQuantize(lowbit::QuantizeOp op);
  bool replaceQuantize(lowbit::QuantizeOp op);

  /// The number that `value` is, without a clamp: what is clamped becomes
  /// integers.
  Number getUnclamped(Value value);
  /// Makes `value` integers.
  bool fix(Value value);
  /// Integers for `number`, in place of what `op` computes.
  Number makeFixed(AffineNumber number, int fraction, RankedTensorType type,
                   WholeRounding rounding, Location loc);

  /// Puts floats where something else reads a number.
  void giveFloats();
  void reportFloats();

  Number fail(const Twine &reason) {
    if (why.empty())
      why = reason.str();
    return std::nullopt;
  }

  func::FuncOp function;
  llvm::MapVector<Value, AffineNumber> numbers;
  /// Ops that nobody needs any more once all numbers are integers.
  SmallVector<Operation *> replaced;
  llvm::DenseMap<Operation *, std::string> reasons;
  std::string why;
};

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

std::optional<AffineNumber>
ScaleFixer::makeFixed(AffineNumber number, int fraction, RankedTensorType type,
                      WholeRounding rounding, Location loc) {
  OpBuilder builder(function.getContext());
  // Behind everything that the number is made of.
  Operation *last = nullptr;
  Block &block = function.getBody().front();
  builder.setInsertionPointToStart(&block);
  for (Value input : number.inputs)
    if (Operation *producer = input.getDefiningOp();
        producer && (!last || last->isBeforeInBlock(producer)))
      last = producer;
  if (last)
    builder.setInsertionPointAfter(last);
  double unit = std::ldexp(1.0, fraction);
  AffineNumber scaled = number;
  scaled.lo = -kInfinity;
  scaled.hi = kInfinity;
  scaled.multiply({{unit}, {}});
  auto limit = [&](double x) {
    return int64_t(std::clamp(roundWhole(x * unit, rounding),
                              double(kAllIntegers.min),
                              double(kAllIntegers.max)));
  };
  CodeRange limits{limit(number.lo), limit(number.hi)};
  Value integers = createWholeNumbers(builder, loc, scaled, getFixedType(type),
                                      rounding, limits, why);
  if (!integers)
    return std::nullopt;
  return AffineNumber::ofIntegers(integers, fraction);
}

bool ScaleFixer::fix(Value value) {
  AffineNumber &number = numbers.find(value)->second;
  if (number.isFixed())
    return true;
  std::optional<int> fraction = number.chooseFraction();
  if (!fraction) {
    fail("its range is not proven, or has no scale");
    return false;
  }
  Number fixed = makeFixed(number, *fraction, getFloatType(value),
                           WholeRounding::HalfUp, value.getLoc());
  if (!fixed)
    return false;
  number = *fixed;
  return true;
}

std::optional<AffineNumber> ScaleFixer::getUnclamped(Value value) {
  auto number = numbers.find(value);
  if (number == numbers.end())
    return std::nullopt;
  if (number->second.isClamped() && !fix(value))
    return std::nullopt;
  return numbers.find(value)->second;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

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
      return fail("it has more than two inputs");
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

//===----------------------------------------------------------------------===//
// Quantisers
//===----------------------------------------------------------------------===//

/// What a quantiser does: code = clamp(round(x * factor + zero) + offset).
struct ScaleFixer::Quantiser {
  ChannelConstant factor;
  ChannelConstant zero{{0}, {}};
  /// Zero points that are added behind a rounding that they would change.
  ChannelConstant offset{{0}, {}};
  lowbit::RoundingMode rounding = lowbit::RoundingMode::HalfEven;
  CodeRange range = {0, 0};

  bool isPerTensor() const {
    return factor.channels.size == 1 && zero.channels.size == 1;
  }
  double apply(double x) const {
    return x * factor.numbers[0] + zero.numbers[0];
  }
};

std::optional<ScaleFixer::Quantiser>
ScaleFixer::readQuantize(lowbit::QuantizeOp op) {
  RankedTensorType type = op.getInput().getType();
  Type code = op.getType().getElementType();
  auto refuse = [&](const Twine &reason) {
    fail(reason);
    return std::nullopt;
  };
  if (isa<lowbit::BipolarType>(code))
    return refuse("it is a sign");
  auto factor = ChannelConstant::read(op.getScale(), type, why);
  if (!factor)
    return std::nullopt;
  if (!llvm::all_of(factor->numbers, [](double s) { return s > 0; }))
    return refuse("its scale is not positive");
  if (!op.getByReciprocal())
    for (double &s : factor->numbers)
      s = 1 / s;
  Quantiser quantiser{*factor};
  quantiser.rounding = op.getRounding();
  quantiser.range = lowbit::getCodeRange(code, op.getNarrow());
  if (!op.getZeroPoint())
    return quantiser;
  auto zero = ChannelConstant::read(op.getZeroPoint(), type, why);
  if (!zero)
    return std::nullopt;
  // round(v) + z = round(v + z) for whole z, but ties to even need an even z.
  bool isOutside = op.getZeroPointLast() &&
                   llvm::any_of(zero->numbers,
                                [](double z) { return std::fmod(z, 2) != 0; });
  (isOutside ? quantiser.offset : quantiser.zero) = *zero;
  return quantiser;
}

/// clamp(round(v), lo, hi) = round(clamp(v, lo, hi)) for whole lo and hi; where
/// x is clamped itself, so are the codes.
bool ScaleFixer::replaceQuantize(lowbit::QuantizeOp op) {
  std::optional<Quantiser> quantiser = readQuantize(op);
  if (!quantiser)
    return false;
  Value x = op.getInput();
  // The bounds of a clamped number become codes, the same for all channels.
  if (numbers.find(x)->second.isClamped() && !quantiser->isPerTensor() &&
      !fix(x))
    return false;
  AffineNumber number = numbers.find(x)->second;
  double lo = quantiser->apply(number.lo), hi = quantiser->apply(number.hi);
  number.lo = -kInfinity;
  number.hi = kInfinity;
  if (!number.multiply(quantiser->factor) || !number.add(quantiser->zero))
    return fail("constants differ along different dimensions").has_value();
  auto rounding = getWholeRounding(quantiser->rounding,
                                   std::max(number.getRange().first, lo) < 0);
  if (!rounding)
    return fail("it rounds negative numbers in another way than positive ones")
        .has_value();
  bool isTwoSteps =
      llvm::any_of(quantiser->offset.numbers, [](double z) { return z != 0; });
  CodeRange range = isTwoSteps ? kAllIntegers : quantiser->range;
  auto limit = [&](double v) {
    return int64_t(std::clamp(roundWhole(v, *rounding), double(range.min),
                              double(range.max)));
  };
  OpBuilder builder(op);
  RankedTensorType type =
      isTwoSteps ? getFixedType(op.getType()) : op.getType();
  Value codes = createWholeNumbers(builder, op.getLoc(), number, type,
                                   *rounding, {limit(lo), limit(hi)}, why);
  if (codes && isTwoSteps) {
    AffineNumber moved = AffineNumber::ofIntegers(codes, 0);
    moved.add(quantiser->offset);
    codes = createWholeNumbers(builder, op.getLoc(), moved, op.getType(),
                               WholeRounding::Floor, quantiser->range, why);
  }
  if (!codes)
    return false;
  op.getResult().replaceAllUsesWith(codes);
  return true;
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

void ScaleFixer::visit(Operation *op) {
  why.clear();
  auto isNumber = [&](Value value) { return numbers.contains(value); };
  Number number;
  if (auto dequantize = dyn_cast<lowbit::DequantizeOp>(op))
    number = readDequantize(dequantize);
  else if (llvm::none_of(op->getOperands(), isNumber))
    return;
  else if (auto node = dyn_cast<onnx::NodeOp>(op))
    number = readNode(node);
  else if (auto quantize = dyn_cast<lowbit::QuantizeOp>(op);
           quantize && replaceQuantize(quantize)) {
    replaced.push_back(op);
    return;
  } else if (isa<lowbit::DynamicQuantizeOp>(op))
    fail("its scale is computed from the data; --static-scales fixes it");
  if (!number) {
    if (!why.empty())
      reasons[op] = why;
    return;
  }
  Value result = op->getResult(0);
  numbers.insert({result, *number});
  // What several read is computed once.
  if (!result.hasOneUse() && !fix(result)) {
    numbers.erase(result);
    reasons[op] = why;
    return;
  }
  replaced.push_back(op);
}

/// Is it integers times a power of two already?
bool isPowerOfTwo(lowbit::DequantizeOp op) {
  auto scale = onnx::getConstantData(op.getScale());
  int exponent;
  return !op.getZeroPoint() && scale && scale->size() == 1 &&
         std::frexp(scale->asDouble(0), &exponent) == 0.5;
}

void ScaleFixer::giveFloats() {
  llvm::SmallPtrSet<Operation *, 32> inside(replaced.begin(), replaced.end());
  SmallVector<Value> values;
  for (auto &[value, number] : numbers)
    values.push_back(value);
  // Users first: one that turns out to stay float needs its operands.
  for (Value value : llvm::reverse(values)) {
    auto isOutside = [&](OpOperand &use) {
      return !inside.contains(use.getOwner());
    };
    if (llvm::none_of(value.getUses(), isOutside))
      continue;
    Operation *op = value.getDefiningOp();
    why.clear();
    if (auto dequantize = dyn_cast<lowbit::DequantizeOp>(op);
        (dequantize && isPowerOfTwo(dequantize)) || !fix(value)) {
      inside.erase(op);
      if (!why.empty())
        reasons[op] = why;
      continue;
    }
    const AffineNumber &number = numbers.find(value)->second;
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfterValue(number.inputs[0]);
    float unit = float(number.factors[0][0]);
    auto scalar = RankedTensorType::get({}, builder.getF32Type());
    Value scale = onnx::createConstant(
        builder, op->getLoc(), scalar,
        ArrayRef(reinterpret_cast<const char *>(&unit), sizeof unit), "unit");
    Value real =
        lowbit::DequantizeOp::create(builder, op->getLoc(), value.getType(),
                                     number.inputs[0], scale, Value());
    value.replaceUsesWithIf(real, isOutside);
  }
  for (Operation *op : llvm::reverse(replaced))
    if (op->use_empty())
      op->erase();
}

void ScaleFixer::reportFloats() {
  for (Operation &op : function.getBody().front()) {
    auto dequantize = dyn_cast<lowbit::DequantizeOp>(op);
    bool isFree = op.hasTrait<OpTrait::ConstantLike>() ||
                  op.hasTrait<OpTrait::IsTerminator>() ||
                  (dequantize &&
                   (isPowerOfTwo(dequantize) ||
                    dequantize.getInput().getDefiningOp<lowbit::ConstantOp>()));
    auto isFloat = [](Value value) { return bool(getFloatType(value)); };
    if (isFree || (llvm::none_of(op.getOperands(), isFloat) &&
                   llvm::none_of(op.getResults(), isFloat)))
      continue;
    if (auto node = dyn_cast<onnx::NodeOp>(op);
        node && isStructureOperator(node.getOpType()))
      continue;
    auto reason = reasons.find(&op);
    op.emitWarning() << "stays float: "
                     << (reason != reasons.end()
                             ? reason->second
                             : std::string("it reads floats whose range is "
                                           "not proven"));
  }
}

void ScaleFixer::run() {
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front()))
    visit(&op);
  giveFloats();
  reportFloats();
}

struct FixScalesPass : public impl::FixScalesBase<FixScalesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        ScaleFixer(function).run();
  }
};

} // namespace
} // namespace setun
