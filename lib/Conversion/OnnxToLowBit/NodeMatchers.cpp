// Matchers that the recognition patterns share.
#include "NodeMatchers.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace setun {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool isNode(onnx::NodeOp node, StringRef opType) {
  return node && node.isOp("", opType);
}

onnx::NodeOp getNode(Value value, StringRef opType) {
  if (!value)
    return nullptr;
  auto node = value.getDefiningOp<onnx::NodeOp>();
  return isNode(node, opType) ? node : nullptr;
}

std::optional<double> getScalar(Value value) {
  if (!value)
    return std::nullopt;
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data || data->size() != 1)
    return std::nullopt;
  return data->asDouble(0);
}

bool isConstantOf(Value value, double number) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data)
    return false;
  for (int64_t i = 0, e = data->isSplat() ? 1 : data->size(); i < e; ++i)
    if (data->asDouble(i) != number)
      return false;
  return true;
}

Value getFloatConstant(OpBuilder &builder, Location loc, Value value) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data)
    return nullptr;
  if (data->getElementType().isF32())
    return value;
  std::vector<float> floats(data->size());
  for (int64_t i = 0; i < data->size(); ++i)
    floats[i] = float(data->asDouble(i));
  auto type =
      RankedTensorType::get(data->getType().getShape(), builder.getF32Type());
  return onnx::createConstant(
      builder, loc, type,
      ArrayRef(reinterpret_cast<const char *>(floats.data()),
               floats.size() * sizeof(float)));
}

Value createFloat(OpBuilder &builder, Location loc, float value,
                  ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  std::vector<float> floats(type.getNumElements(), value);
  return onnx::createConstant(
      builder, loc, type,
      ArrayRef(reinterpret_cast<const char *>(floats.data()),
               floats.size() * sizeof(float)));
}

Value createNode(OpBuilder &builder, Location loc, StringRef opType,
                 ValueRange inputs, RankedTensorType type,
                 int64_t sinceVersion) {
  return onnx::NodeOp::create(builder, loc, TypeRange(type), opType, inputs, {},
                              "", sinceVersion)
      .getResult(0);
}

/// One node that bounds its input: Clip, or Min/Max with a scalar constant.
static std::optional<BoundedValue> matchOneBound(Value value) {
  if (onnx::NodeOp clip = getNode(value, "Clip")) {
    double min = -kInfinity, max = kInfinity;
    if (clip.getSinceVersion() < 11) {
      min = clip.getFloat("min", -std::numeric_limits<float>::max());
      max = clip.getFloat("max", std::numeric_limits<float>::max());
    } else {
      for (unsigned i : {1u, 2u}) {
        Value bound = clip.getInputOrNull(i);
        if (!bound)
          continue;
        std::optional<double> number = getScalar(bound);
        if (!number)
          return std::nullopt;
        (i == 1 ? min : max) = *number;
      }
    }
    return BoundedValue{clip.getInputOrNull(0), min, max};
  }
  for (bool isMax : {true, false}) {
    onnx::NodeOp node = getNode(value, isMax ? "Max" : "Min");
    if (!node || node.getInputs().size() != 2)
      continue;
    for (unsigned i : {0u, 1u}) {
      std::optional<double> number = getScalar(node.getInputOrNull(i));
      Value other = node.getInputOrNull(1 - i);
      if (!number || !other || other.getType() != value.getType())
        continue;
      return isMax ? BoundedValue{other, *number, kInfinity}
                   : BoundedValue{other, -kInfinity, *number};
    }
  }
  return std::nullopt;
}

Value createReshape(OpBuilder &builder, Location loc, Value value,
                    RankedTensorType type) {
  Value sizes = onnx::createConstant(
      builder, loc,
      RankedTensorType::get({type.getRank()}, builder.getI64Type()),
      ArrayRef(reinterpret_cast<const char *>(type.getShape().data()),
               type.getRank() * sizeof(int64_t)),
      "shape");
  return createNode(builder, loc, "Reshape", {value, sizes}, type, 14);
}

std::optional<BoundedValue> matchClip(Value value) {
  std::optional<BoundedValue> outer = matchOneBound(value);
  if (!outer)
    return std::nullopt;
  if (std::isinf(outer->min) || std::isinf(outer->max)) {
    // min(max(x, lo), hi) and max(min(x, hi), lo) agree when lo <= hi.
    std::optional<BoundedValue> inner = matchOneBound(outer->input);
    if (!inner)
      return std::nullopt;
    outer = BoundedValue{inner->input, std::fmax(inner->min, outer->min),
                         std::fmin(inner->max, outer->max)};
  }
  if (!outer->input || std::isinf(outer->min) || std::isinf(outer->max) ||
      outer->min > outer->max)
    return std::nullopt;
  return outer;
}

std::optional<FlooredValue> matchFloor(Value value) {
  std::optional<BoundedValue> bound = matchOneBound(value);
  if (!bound || std::isinf(bound->min) ||
      bound->max < double(std::numeric_limits<float>::max()))
    return std::nullopt;
  return FlooredValue{bound->input, bound->min};
}

std::optional<std::pair<Type, bool>> getCodeOfRange(MLIRContext *context,
                                                    double min, double max) {
  if (min == -1 && max == 1)
    return std::make_pair(Type(lowbit::TernaryType::get(context)), false);
  for (unsigned bits = 1; bits <= 16; ++bits) {
    for (auto sign : {IntegerType::Signed, IntegerType::Unsigned}) {
      Type code = IntegerType::get(context, bits, sign);
      for (bool narrow : {false, true}) {
        if (narrow && bits < 2)
          continue;
        lowbit::CodeRange range = lowbit::getCodeRange(code, narrow);
        if (double(range.min) == min && double(range.max) == max)
          return std::make_pair(code, narrow);
      }
    }
  }
  return std::nullopt;
}

RankedTensorType getStaticType(Value value) {
  auto type =
      value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  return type && type.hasStaticShape() ? type : RankedTensorType();
}

RankedTensorType getNonEmptyType(Value value) {
  RankedTensorType type = getStaticType(value);
  return type && type.getNumElements() > 0 ? type : RankedTensorType();
}

std::optional<CodeScheme> readScheme(onnx::NodeOp node, unsigned index) {
  Value scale = node.getInputOrNull(index),
        zero = node.getInputOrNull(index + 1);
  if (!scale)
    return std::nullopt;
  std::optional<double> number = getScalar(scale);
  std::optional<double> point = zero ? getScalar(zero) : 0.0;
  if (!number || !point || !(*number > 0) || !std::isfinite(*number))
    return std::nullopt;
  return CodeScheme{float(*number), int64_t(*point)};
}

} // namespace setun
