// Interval arithmetic over onnx.node. Every operation of float32 is monotone,
// rounding included, so bounds are rounded as the numbers are.
#include "NumberFacts.h"
#include "NodeMatchers.h"
#include "llvm/ADT/StringSwitch.h"
#include <algorithm>
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double roundToFloat(double x) { return double(float(x)); }

NumberFacts unite(const NumberFacts &a, const NumberFacts &b) {
  return {std::min(a.min, b.min), std::max(a.max, b.max),
          a.isWhole && b.isWhole};
}

/// Of the products or quotients of the ends; unknown if one is not a number.
NumberFacts hull(std::array<double, 4> ends, bool isWhole) {
  if (llvm::any_of(ends, [](double x) { return std::isnan(x); }))
    return {-kInfinity, kInfinity, isWhole};
  auto [min, max] = std::minmax_element(ends.begin(), ends.end());
  return {roundToFloat(*min), roundToFloat(*max), isWhole};
}

NumberFacts getConstantFacts(const onnx::ConstantData &data) {
  constexpr int64_t maxElements = 1 << 16;
  if (!data.isSplat() && data.size() > maxElements)
    return {};
  NumberFacts facts{kInfinity, -kInfinity, true};
  for (int64_t i = 0, e = data.isSplat() ? 1 : data.size(); i < e; ++i) {
    double x = data.asDouble(i);
    facts = unite(facts, {x, x, x == std::floor(x)});
  }
  return facts.min <= facts.max ? facts : NumberFacts();
}

/// (code - zero point) * scale with one constant scale and zero point.
NumberFacts getDequantizedFacts(lowbit::DequantizeOp op) {
  std::optional<double> scale = getScalar(op.getScale());
  std::optional<double> zero =
      op.getZeroPoint() ? getScalar(op.getZeroPoint()) : 0.0;
  if (!scale || !zero)
    return {};
  bool isWhole = *scale == std::floor(*scale) && *zero == std::floor(*zero);
  Type code = op.getInput().getType().getElementType();
  if (!lowbit::isCode(code))
    return {-kInfinity, kInfinity, isWhole};
  lowbit::CodeRange range = lowbit::getCodeRange(code);
  double low = (double(range.min) - *zero) * *scale,
         high = (double(range.max) - *zero) * *scale;
  return hull({low, high, low, high}, isWhole);
}

/// Numbers of an integer type of at most 32 bits.
NumberFacts getTypeFacts(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer)
    return {};
  unsigned width = integer.getWidth();
  if (width == 1)
    return {0, 1, true};
  if (width > 32)
    return {-kInfinity, kInfinity, true};
  if (integer.isUnsigned())
    return {0, std::exp2(width) - 1, true};
  return {-std::exp2(width - 1), std::exp2(width - 1) - 1, true};
}

/// What an operator makes of the facts about its inputs.
class NodeFacts {
public:
  NodeFacts(onnx::NodeOp node, unsigned depth) : node(node), depth(depth) {}

  NumberFacts get();

private:
  NumberFacts input(unsigned index) {
    Value value = node.getInputOrNull(index);
    return value ? getNumberFacts(value, depth) : NumberFacts();
  }
  bool isOp(std::initializer_list<StringRef> names) {
    return llvm::is_contained(names, node.getOpType());
  }
  NumberFacts getBounded();
  NumberFacts getArithmetic();
  NumberFacts getRounded();
  NumberFacts getMean();
  NumberFacts getMoved();

  onnx::NodeOp node;
  unsigned depth;
};

NumberFacts NodeFacts::getBounded() {
  NumberFacts x = input(0);
  if (isOp({"Relu"}))
    return {std::max(x.min, 0.0), std::max(x.max, 0.0), x.isWhole};
  if (isOp({"Min", "Max"})) {
    for (unsigned i = 1; i < node.getInputs().size(); ++i) {
      NumberFacts y = input(i);
      bool isMax = isOp({"Max"}), isWhole = x.isWhole && y.isWhole;
      x = isMax ? NumberFacts{std::max(x.min, y.min), std::max(x.max, y.max)}
                : NumberFacts{std::min(x.min, y.min), std::min(x.max, y.max)};
      x.isWhole = isWhole;
    }
    return x;
  }
  // Clip: attributes in old opsets, constants in new ones.
  NumberFacts low{-kInfinity, -kInfinity, true},
      high{kInfinity, kInfinity, true};
  auto setBound = [&](NumberFacts &bound, StringRef name, unsigned index) {
    if (node.getSinceVersion() < 11) {
      if (auto attr = dyn_cast_or_null<FloatAttr>(node.getAttr(name))) {
        double number = attr.getValueAsDouble();
        bound = {number, number, number == std::floor(number)};
      }
    } else if (node.getInputOrNull(index)) {
      bound = input(index);
    }
  };
  setBound(low, "min", 1);
  setBound(high, "max", 2);
  return {std::min(std::max(x.min, low.min), high.max),
          std::min(std::max(x.max, low.max), high.max),
          x.isWhole && low.isWhole && high.isWhole};
}

NumberFacts NodeFacts::getArithmetic() {
  NumberFacts a = input(0), b = input(1);
  bool isWhole = a.isWhole && b.isWhole;
  Type element = getElementTypeOrSelf(node.getResult(0).getType());
  if (isa<IntegerType>(element)) // may wrap
    return {-kInfinity, kInfinity, true};
  if (isOp({"Add"}))
    return hull({a.min + b.min, a.max + b.max, a.min + b.min, a.max + b.max},
                isWhole);
  if (isOp({"Sub"}))
    return hull({a.min - b.max, a.max - b.min, a.min - b.max, a.max - b.min},
                isWhole);
  if (isOp({"Mul"}))
    return hull({a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max},
                isWhole);
  if (b.min > 0 || b.max < 0) // Div
    return hull({a.min / b.min, a.min / b.max, a.max / b.min, a.max / b.max},
                false);
  return {};
}

NumberFacts NodeFacts::getRounded() {
  NumberFacts x = input(0);
  if (isOp({"Floor"}))
    return {std::floor(x.min), std::floor(x.max), true};
  if (isOp({"Ceil"}))
    return {std::ceil(x.min), std::ceil(x.max), true};
  return {std::nearbyint(x.min), std::nearbyint(x.max), true};
}

/// A mean lies between its numbers, but for the rounding of their sum; padding
/// may count as 0.
NumberFacts NodeFacts::getMean() {
  NumberFacts x = input(0);
  constexpr double rounding = 1e-5;
  double margin = rounding * std::max(std::fabs(x.min), std::fabs(x.max));
  return {x.min < 0 ? x.min - margin : 0, x.max > 0 ? x.max + margin : 0,
          false};
}

NumberFacts NodeFacts::getMoved() {
  NumberFacts x = input(0);
  if (isOp({"Concat"}))
    for (unsigned i = 1; i < node.getInputs().size(); ++i)
      x = unite(x, input(i));
  if (isOp({"Pad"})) {
    float value = node.getFloat("value", 0.0f);
    x = unite(x, {value, value, value == std::floor(value)});
    if (node.getInputOrNull(2))
      x = unite(x, input(2));
  }
  return x;
}

NumberFacts NodeFacts::get() {
  if (!node.getDomain().empty() || node.getNumResults() == 0)
    return {};
  if (isOp({"Clip", "Min", "Max", "Relu"}))
    return getBounded();
  if (isOp({"Add", "Sub", "Mul", "Div"}))
    return getArithmetic();
  if (isOp({"Floor", "Ceil", "Round"}))
    return getRounded();
  if (isOp({"Sign"}))
    return {-1, 1, true};
  if (isOp({"AveragePool", "GlobalAveragePool"}))
    return getMean();
  if (isOp({"Cast"})) {
    // A number that an integer type cannot hold may become anything.
    Type from = getElementTypeOrSelf(node.getInputs()[0].getType());
    Type to = getElementTypeOrSelf(node.getResult(0).getType());
    if (isa<IntegerType>(to))
      return getTypeFacts(to);
    if (!isa<IntegerType>(from))
      return input(0);
    NumberFacts x = input(0);
    return {roundToFloat(x.min), roundToFloat(x.max), true};
  }
  if (isOp({"Where"}))
    return unite(input(1), input(2));
  if (isMovement(node.getOpType()))
    return getMoved();
  return {};
}

} // namespace

bool isMovement(StringRef opType) {
  return llvm::StringSwitch<bool>(opType)
      .Cases({"Reshape", "Flatten", "Squeeze", "Unsqueeze"}, true)
      .Cases({"Identity", "Transpose", "Dropout", "Expand", "Tile"}, true)
      .Cases({"Slice", "Split", "Concat", "Pad", "MaxPool"}, true)
      .Cases({"DepthToSpace", "SpaceToDepth", "GlobalMaxPool"}, true)
      .Default(false);
}

NumberFacts getNumberFacts(Value value, unsigned depth) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || depth == 0)
    return {};
  NumberFacts ofType = getTypeFacts(type.getElementType()), facts;
  if (std::optional<onnx::ConstantData> data = onnx::getConstantData(value))
    facts = getConstantFacts(*data);
  else if (auto dequantize = value.getDefiningOp<lowbit::DequantizeOp>())
    facts = getDequantizedFacts(dequantize);
  else if (auto node = value.getDefiningOp<onnx::NodeOp>())
    facts = NodeFacts(node, depth - 1).get();
  return {std::max(facts.min, ofType.min), std::min(facts.max, ofType.max),
          facts.isWhole || ofType.isWhole};
}

} // namespace setun
