// QONNX operators that are more than one quantiser: Trunc, FloatQuant, and
// Quant to integers that are no codes. They become chains of standard operators
// in the order of the reference, with codes at the end where there are some.
#include "QonnxHandlers.h"
#include "dialects/LowBit/BroadcastIndex.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// Elementwise float arithmetic on tensors of one type, as nodes.
class Formula {
public:
  Formula(onnx::NodeOp node, OpBuilder &builder)
      : builder(builder), loc(node.getLoc()),
        type(cast<RankedTensorType>(node.getInputOrNull(0).getType())) {}

  Value number(double value) { return createFloat(builder, loc, float(value)); }
  Value op(StringRef opType, ValueRange inputs) {
    int64_t version = opType == "Round" ? 11 : opType == "Sign" ? 9 : 14;
    return createNode(builder, loc, opType, inputs, type, version);
  }
  Value div(Value a, Value b) { return op("Div", {a, b}); }
  Value mul(Value a, Value b) { return op("Mul", {a, b}); }
  /// a + b and a - b; nothing happens for a null b.
  Value add(Value a, Value b) { return b ? op("Add", {a, b}) : a; }
  Value sub(Value a, Value b) { return b ? op("Sub", {a, b}) : a; }
  Value clamp(Value x, Value low, Value high) {
    return op("Max", {op("Min", {x, high}), low});
  }

  /// round(x) to a whole float, ties and directions as QONNX has them.
  Value round(Value x, lowbit::RoundingMode mode) {
    using lowbit::RoundingMode;
    auto symmetric = [&](StringRef direction, Value magnitude) {
      return mul(op("Sign", x), op(direction, magnitude));
    };
    switch (mode) {
    case RoundingMode::HalfEven:
      return op("Round", x);
    case RoundingMode::Ceil:
      return op("Ceil", x);
    case RoundingMode::Floor:
      return op("Floor", x);
    case RoundingMode::Up:
      return symmetric("Ceil", op("Abs", x));
    case RoundingMode::Down:
      return symmetric("Floor", op("Abs", x));
    case RoundingMode::HalfUp:
      return symmetric("Floor", add(op("Abs", x), number(0.5)));
    case RoundingMode::HalfDown:
      return symmetric("Ceil", sub(op("Abs", x), number(0.5)));
    }
    llvm_unreachable("all rounding modes are handled");
  }

  OpBuilder &builder;
  Location loc;
  RankedTensorType type;
};

/// A constant computed from the elements of another one.
Value mapConstant(OpBuilder &builder, Value constant,
                  llvm::function_ref<float(double)> function) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(constant);
  std::vector<float> values(data->size());
  for (int64_t i = 0; i < data->size(); ++i)
    values[i] = function(data->asDouble(i));
  return onnx::createConstant(
      builder, constant.getLoc(), data->getType().clone(builder.getF32Type()),
      ArrayRef(reinterpret_cast<const char *>(values.data()),
               values.size() * sizeof(float)));
}

/// Constant input `index` as one whole number within min .. max; nothing after
/// an error.
std::optional<double> requireWhole(onnx::NodeOp node, unsigned index,
                                   StringRef name, double min, double max,
                                   OpBuilder &builder) {
  Value constant = requireConstant(node, index, name, builder);
  if (!constant)
    return std::nullopt;
  std::optional<double> number = getUniformValue(constant);
  if (number && *number == std::floor(*number) && *number >= min &&
      *number <= max)
    return number;
  node.emitError() << name << " must be one whole number of " << int64_t(min)
                   << ".." << int64_t(max);
  return std::nullopt;
}

/// t = out_scale / scale, made a power of two, for each element; null if the
/// shapes do not fit each other.
Value makeTruncStep(OpBuilder &builder, Value scale, Value outScale) {
  auto powerOfTwo = [](double ratio) {
    return float(std::exp2(std::nearbyint(std::log2(ratio))));
  };
  if (std::optional<double> to = getUniformValue(outScale))
    return mapConstant(builder, scale,
                       [&](double from) { return powerOfTwo(*to / from); });
  if (scale.getType() != outScale.getType() && !getUniformValue(scale))
    return nullptr;
  std::optional<onnx::ConstantData> from = onnx::getConstantData(scale);
  int64_t i = 0;
  return mapConstant(builder, outScale, [&](double to) {
    return powerOfTwo(to / from->asDouble(from->size() == 1 ? 0 : i++));
  });
}

} // namespace

LogicalResult expandQuant(onnx::NodeOp node, PatternRewriter &rewriter,
                          Value scale, Value zeroPoint, Value width,
                          lowbit::RoundingMode rounding) {
  bool isSigned = node.getInt("signed", 1) != 0;
  bool narrow = node.getInt("narrow", 0) != 0;
  std::optional<onnx::ConstantData> widths = onnx::getConstantData(width);
  for (int64_t i = 0; isSigned && i < widths->size(); ++i)
    if (widths->asDouble(i) == 1)
      return node.emitError(
          "a signed bit width of 1 must be the same for the whole tensor");
  Formula f(node, rewriter);
  Value low = mapConstant(rewriter, width, [&](double bits) {
    return float(getIntegerRange(bits, isSigned, narrow).first);
  });
  Value high = mapConstant(rewriter, width, [&](double bits) {
    return float(getIntegerRange(bits, isSigned, narrow).second);
  });
  Value v = f.add(f.div(node.getInputOrNull(0), scale), zeroPoint);
  v = f.round(f.clamp(v, low, high), rounding);
  rewriter.replaceOp(node, f.mul(f.sub(v, zeroPoint), scale));
  return success();
}

//===----------------------------------------------------------------------===//
// Trunc
//===----------------------------------------------------------------------===//

/// y = round(rne(X / scale + zeropt) / 2^(in_bits - out_bits)), Y = (y -
/// zeropt)
/// * scale: the scale stays, the value shrinks.
static LogicalResult convertTruncV1(onnx::NodeOp node, Formula &f,
                                    Value integer, Value scale, Value zeroPoint,
                                    lowbit::RoundingMode rounding,
                                    PatternRewriter &rewriter) {
  std::optional<double> inBits =
      requireWhole(node, 3, "in_bits", 1, 64, rewriter);
  std::optional<double> outBits =
      requireWhole(node, 4, "out_bits", 1, 64, rewriter);
  if (!inBits || !outBits)
    return failure();
  Value y = f.div(integer, f.number(std::exp2(*inBits - *outBits)));
  y = f.sub(f.round(y, rounding), zeroPoint);
  rewriter.replaceOp(node, f.mul(y, scale));
  return success();
}

/// With t = out_scale / scale made a power of two: y = round(clamp(rne(X /
/// scale
/// + zeropt) / t, lo, hi)), Y = (y - zeropt / t) * out_scale.
static LogicalResult convertTruncV2(onnx::NodeOp node, Formula &f,
                                    Value integer, Value scale, Value zeroPoint,
                                    lowbit::RoundingMode rounding,
                                    PatternRewriter &rewriter) {
  Value outScale = requireBroadcast(node, 4, "out_scale", rewriter, f.type);
  std::optional<double> bits =
      requireWhole(node, 5, "out_bits", 1, 32, rewriter);
  if (!outScale || !bits)
    return failure();
  Value step = makeTruncStep(rewriter, scale, outScale);
  if (!step)
    return node.emitError("scale and out_scale must have one shape");
  if (zeroPoint) {
    std::optional<double> ratio = getUniformValue(step);
    if (!ratio)
      return node.emitError(
          "a zero point needs one scale for the whole tensor");
    zeroPoint = mapConstant(rewriter, zeroPoint,
                            [&](double z) { return float(z / *ratio); });
  }
  bool isSigned = node.getInt("signed", 1) != 0;
  bool narrow = node.getInt("narrow", 0) != 0;
  Type code;
  bool codeIsNarrow = false;
  if (*bits <= 16)
    std::tie(code, codeIsNarrow) =
        getQuantizerCode(node.getContext(), unsigned(*bits), isSigned, narrow,
                         /*symmetric=*/!zeroPoint);
  if (!code) {
    auto [low, high] = getIntegerRange(*bits, isSigned, narrow);
    Value y = f.clamp(f.div(integer, step), f.number(low), f.number(high));
    y = f.sub(f.round(y, rounding), zeroPoint);
    rewriter.replaceOp(node, f.mul(y, outScale));
    return success();
  }
  Value codes = lowbit::QuantizeOp::create(
      rewriter, node.getLoc(), RankedTensorType::get(f.type.getShape(), code),
      integer, step, Value(), rounding, codeIsNarrow, /*by_reciprocal=*/false);
  rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, f.type, codes,
                                                    outScale, zeroPoint);
  return success();
}

LogicalResult convertTrunc(onnx::NodeOp node, PatternRewriter &rewriter) {
  RankedTensorType type = requireFloatInput(node);
  if (!type)
    return failure();
  Value scale = requireBroadcast(node, 1, "scale", rewriter, type);
  Value zeroPoint = requireBroadcast(node, 2, "zeropt", rewriter, type);
  std::optional<lowbit::RoundingMode> rounding = requireRounding(node, "FLOOR");
  if (!scale || !zeroPoint || !rounding)
    return failure();
  if (isConstantOf(zeroPoint, 0.0))
    zeroPoint = nullptr;
  Formula f(node, rewriter);
  Value integer =
      f.round(f.add(f.div(node.getInputOrNull(0), scale), zeroPoint),
              lowbit::RoundingMode::HalfEven);
  auto convert = node.getSinceVersion() >= 2 ? convertTruncV2 : convertTruncV1;
  return convert(node, f, integer, scale, zeroPoint, *rounding, rewriter);
}

//===----------------------------------------------------------------------===//
// FloatQuant
//===----------------------------------------------------------------------===//

/// The result of FloatQuant on constants that are finite, before the scale is
/// multiplied:
///
///     s = 2^max(floor(log2(|x|)) - m, 1 - bias - m),  x = X / scale
///     q = clamp(s * rne(x / s), -M, M)
///
/// Null for others, and for another rounding.
Value foldFloatQuant(onnx::NodeOp node, Value scale, int mantissa, int bias,
                     float largest, PatternRewriter &rewriter) {
  std::optional<onnx::ConstantData> input = onnx::getConstantData(
                                        node.getInputOrNull(0)),
                                    scales = onnx::getConstantData(scale);
  if (!input || !scales ||
      requireRounding(node, "ROUND") != lowbit::RoundingMode::HalfEven)
    return {};
  RankedTensorType type = input->getType();
  std::vector<float> result(input->size());
  SmallVector<int64_t> index(type.getRank(), 0);
  for (int64_t i = 0; i < input->size(); ++i) {
    float x =
        input->at<float>(i) / float(scales->asDouble(lowbit::getBroadcastIndex(
                                  scales->getType().getShape(), index)));
    lowbit::advance(index, type.getShape());
    if (!std::isfinite(x))
      return {};
    int exponent = x == 0 ? -1000 : std::ilogb(x);
    double step = std::exp2(std::max(exponent - mantissa, 1 - bias - mantissa));
    result[i] = std::clamp(float(step * std::nearbyint(double(x) / step)),
                           -largest, largest);
  }
  return onnx::createConstant(
      rewriter, node.getLoc(), type,
      ArrayRef(reinterpret_cast<const char *>(result.data()),
               result.size() * sizeof(float)));
}

/// Numbers of e exponent and m mantissa bits are whole multiples of 2^(1 - bias
/// - m). Where those multiples are codes, Y = codes * 2^(1 - bias - m) * scale;
/// the node itself stays and computes on X / scale.
LogicalResult convertFloatQuant(onnx::NodeOp node, PatternRewriter &rewriter) {
  RankedTensorType type = requireFloatInput(node);
  if (!type)
    return failure();
  Value scale = requireBroadcast(node, 1, "scale", rewriter, type);
  std::optional<double> exponent =
      requireWhole(node, 2, "exponent_bits", 0, 8, rewriter);
  std::optional<double> mantissa =
      requireWhole(node, 3, "mantissa_bits", 0, 23, rewriter);
  // The smallest step must be a number of float32.
  std::optional<double> bias =
      mantissa ? requireWhole(node, 4, "exponent_bias", -100, 150 - *mantissa,
                              rewriter)
               : std::nullopt;
  Value limit = requireConstant(node, 5, "max_val", rewriter);
  if (!scale || !exponent || !mantissa || !bias || !limit ||
      !requireRounding(node, "ROUND"))
    return failure();
  std::optional<double> maxValue = getUniformValue(limit);
  if (!maxValue || !(*maxValue > 0))
    return node.emitError("max_val must be one positive number");
  bool saturates = node.getInt("saturation", 1) != 0;
  if (!saturates && !node.getInt("has_inf", 0) && !node.getInt("has_nan", 0))
    return node.emitError("saturation = 0 needs has_inf or has_nan");

  // M = min(max_val, 2^(2^e - 1 - bias) * (2 - 2^-m))
  double largest =
      std::min(*maxValue, std::exp2(std::exp2(*exponent) - 1 - *bias) *
                              (2 - std::exp2(-*mantissa)));
  Formula f(node, rewriter);
  SmallVector<Value> inputs = {f.div(node.getInputOrNull(0), scale),
                               f.number(1),
                               f.number(*exponent),
                               f.number(*mantissa),
                               f.number(*bias),
                               f.number(largest)};
  Value q = saturates ? foldFloatQuant(node, scale, int(*mantissa), int(*bias),
                                       float(largest), rewriter)
                      : Value();
  if (!q)
    q = onnx::NodeOp::create(
            rewriter, node.getLoc(), TypeRange(type), "FloatQuant", inputs,
            node.getNodeAttributes().getValue(), onnx::kQonnxDomain, 1)
            .getResult(0);
  double step = std::exp2(1 - *bias - *mantissa), count = largest / step;
  if (!saturates || count > 32767 || count != std::floor(count)) {
    rewriter.replaceOp(node, f.mul(q, scale));
    return success();
  }
  unsigned bits = 2;
  while (std::exp2(bits - 1) - 1 < count)
    ++bits;
  auto [code, narrow] =
      getQuantizerCode(node.getContext(), bits, /*isSigned=*/true,
                       /*narrow=*/true, /*symmetric=*/true);
  Value codes = lowbit::QuantizeOp::create(
      rewriter, node.getLoc(), RankedTensorType::get(type.getShape(), code), q,
      f.number(step), Value(), lowbit::RoundingMode::HalfEven, narrow,
      /*by_reciprocal=*/false);
  Value codeScale =
      mapConstant(rewriter, scale, [&](double s) { return float(s * step); });
  rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, type, codes,
                                                    codeScale, Value());
  return success();
}

} // namespace setun
