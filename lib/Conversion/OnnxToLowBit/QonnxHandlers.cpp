// QONNX and FINN quantisers: Quant (IntQuant) and BipolarQuant, and what all
// handlers share. Formulas: qonnx custom_op/general; zero points and bit widths
// must be constants, of any numeric type.
#include "QonnxHandlers.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mlir;

namespace setun {

//===----------------------------------------------------------------------===//
// Readers
//===----------------------------------------------------------------------===//

Value requireConstant(onnx::NodeOp node, unsigned index, StringRef name,
                      OpBuilder &builder) {
  Value input = node.getInputOrNull(index);
  Value constant =
      input ? getFloatConstant(builder, node.getLoc(), input) : nullptr;
  if (!constant)
    node.emitError() << "input " << index << " (" << name
                     << ") must be a constant tensor";
  return constant;
}

RankedTensorType requireFloatInput(onnx::NodeOp node) {
  Value input = node.getInputOrNull(0);
  auto type =
      input ? dyn_cast<RankedTensorType>(input.getType()) : RankedTensorType();
  if (!type || !type.hasStaticShape() || !type.getElementType().isF32() ||
      node.getNumResults() != 1) {
    node.emitError() << "input 0 must be a float32 tensor of static shape"
                     << "; give open dimensions with --dim NAME=VALUE";
    return nullptr;
  }
  return type;
}

/// `value` as it broadcasts into `to`, a single element without surplus rank;
/// null after an error.
static Value fitBroadcast(onnx::NodeOp node, Value value, StringRef name,
                          OpBuilder &builder, RankedTensorType to) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.hasStaticShape() && type.getNumElements() == 1 &&
      type.getRank() > to.getRank())
    if (std::optional<double> number = getScalar(value))
      return createFloat(builder, node.getLoc(), float(*number));
  bool fits = type.hasStaticShape() && type.getRank() <= to.getRank();
  for (int64_t i = 0; fits && i < type.getRank(); ++i) {
    int64_t size = type.getDimSize(i);
    fits =
        size == 1 || size == to.getDimSize(to.getRank() - type.getRank() + i);
  }
  if (fits)
    return value;
  node.emitError() << name << " of shape [" << type.getShape()
                   << "] does not broadcast to the input of shape ["
                   << to.getShape() << "]";
  return nullptr;
}

Value requireBroadcast(onnx::NodeOp node, unsigned index, StringRef name,
                       OpBuilder &builder, RankedTensorType to) {
  Value constant = requireConstant(node, index, name, builder);
  return constant ? fitBroadcast(node, constant, name, builder, to) : nullptr;
}

/// A scale: a constant of any type, or a float32 tensor computed at run time.
static Value requireScale(onnx::NodeOp node, OpBuilder &builder,
                          RankedTensorType to) {
  Value input = node.getInputOrNull(1);
  auto type =
      input ? dyn_cast<RankedTensorType>(input.getType()) : RankedTensorType();
  if (type && type.getElementType().isF32() && !onnx::getConstantData(input))
    return fitBroadcast(node, input, "scale", builder, to);
  return requireBroadcast(node, 1, "scale", builder, to);
}

std::optional<lowbit::RoundingMode> requireRounding(onnx::NodeOp node,
                                                    StringRef defaultMode) {
  using lowbit::RoundingMode;
  StringRef mode = node.getString("rounding_mode", defaultMode);
  auto rounding = llvm::StringSwitch<std::optional<RoundingMode>>(mode.upper())
                      .Cases({"ROUND", "HALF_EVEN"}, RoundingMode::HalfEven)
                      .Case("CEIL", RoundingMode::Ceil)
                      .Case("FLOOR", RoundingMode::Floor)
                      .Case("UP", RoundingMode::Up)
                      .Case("DOWN", RoundingMode::Down)
                      .Case("HALF_UP", RoundingMode::HalfUp)
                      .Case("HALF_DOWN", RoundingMode::HalfDown)
                      .Default(std::nullopt);
  if (!rounding)
    node.emitError()
        << "unknown rounding_mode '" << mode
        << "'; accepted: ROUND, HALF_EVEN, CEIL, FLOOR, UP, DOWN, HALF_UP, "
           "HALF_DOWN";
  return rounding;
}

std::pair<double, double> getIntegerRange(double bits, bool isSigned,
                                          bool narrow) {
  if (isSigned)
    return {narrow - std::exp2(bits - 1), std::exp2(bits - 1) - 1};
  return {0, std::exp2(bits) - (narrow ? 2 : 1)};
}

std::pair<Type, bool> getQuantizerCode(MLIRContext *context, unsigned bits,
                                       bool isSigned, bool narrow,
                                       bool symmetric) {
  if (isSigned && bits == 2 && narrow && symmetric)
    return {lowbit::TernaryType::get(context), false};
  if (bits == 1 && narrow)
    return {Type(), false};
  return {
      IntegerType::get(context, bits,
                       isSigned ? IntegerType::Signed : IntegerType::Unsigned),
      narrow};
}

std::optional<double> getUniformValue(Value constant) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(constant);
  if (!data || data->size() == 0 || !isConstantOf(constant, data->asDouble(0)))
    return std::nullopt;
  return data->asDouble(0);
}

//===----------------------------------------------------------------------===//
// Quant and BipolarQuant
//===----------------------------------------------------------------------===//

/// Replaces `node` by quantize + dequantize to codes of type `code`.
static void replaceByQuantizer(onnx::NodeOp node, PatternRewriter &rewriter,
                               RankedTensorType type, Type code, Value scale,
                               Value zeroPoint, lowbit::RoundingMode rounding,
                               bool narrow) {
  auto codes = RankedTensorType::get(type.getShape(), code);
  Value quantized = lowbit::QuantizeOp::create(
      rewriter, node.getLoc(), codes, node.getInputOrNull(0), scale, zeroPoint,
      rounding, narrow, /*by_reciprocal=*/false);
  rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, type, quantized,
                                                    scale, zeroPoint);
}

/// The bit widths as a tensor whose elements are whole numbers of 1..32; null
/// after an error.
static Value requireWidths(onnx::NodeOp node, OpBuilder &builder,
                           RankedTensorType to) {
  Value width = requireBroadcast(node, 3, "bitwidth", builder, to);
  if (!width)
    return nullptr;
  std::optional<onnx::ConstantData> data = onnx::getConstantData(width);
  for (int64_t i = 0; i < data->size(); ++i)
    if (double b = data->asDouble(i);
        !(b >= 1 && b <= 32 && b == std::floor(b))) {
      node.emitError() << "bitwidth " << b
                       << " is not supported; accepted: whole numbers of 1..32";
      return nullptr;
    }
  return width;
}

/// Y = (round(clamp(X / scale + zeropt, lo, hi)) - zeropt) * scale; signed with
/// 1 bit is bipolar.
LogicalResult convertQuant(onnx::NodeOp node, PatternRewriter &rewriter) {
  RankedTensorType type = requireFloatInput(node);
  if (!type)
    return failure();
  Value scale = requireScale(node, rewriter, type);
  Value zeroPoint = requireBroadcast(node, 2, "zeropt", rewriter, type);
  Value width = requireWidths(node, rewriter, type);
  std::optional<lowbit::RoundingMode> rounding = requireRounding(node, "ROUND");
  if (!scale || !zeroPoint || !width || !rounding)
    return failure();

  // The attribute table of qonnx gives 1 for a missing `signed` and its
  // documentation 0 for `narrow`.
  bool isSigned = node.getInt("signed", 1) != 0;
  bool narrow = node.getInt("narrow", 0) != 0;
  std::optional<double> bits = getUniformValue(width);
  if (isConstantOf(zeroPoint, 0.0))
    zeroPoint = nullptr;
  Type code;
  if (bits == 1.0 && isSigned) {
    code = lowbit::BipolarType::get(node.getContext());
    narrow = false;
  } else if (bits && *bits <= 16) {
    std::tie(code, narrow) =
        getQuantizerCode(node.getContext(), unsigned(*bits), isSigned, narrow,
                         /*symmetric=*/!zeroPoint);
  }
  if (!code)
    return expandQuant(node, rewriter, scale, zeroPoint, width, *rounding);
  replaceByQuantizer(node, rewriter, type, code, scale, zeroPoint, *rounding,
                     narrow);
  return success();
}

/// Y = (X >= 0 ? +1 : -1) * scale.
LogicalResult convertBipolarQuant(onnx::NodeOp node,
                                  PatternRewriter &rewriter) {
  RankedTensorType type = requireFloatInput(node);
  Value scale = type ? requireScale(node, rewriter, type) : Value();
  if (!scale)
    return failure();
  // X is compared with 0 before any scale, so the quantiser's own scale is 1 (x
  // / 1 = x).
  Location loc = node.getLoc();
  auto codes = RankedTensorType::get(
      type.getShape(), lowbit::BipolarType::get(node.getContext()));
  Value quantized =
      lowbit::QuantizeOp::create(rewriter, loc, codes, node.getInputOrNull(0),
                                 createFloat(rewriter, loc, 1.0f), Value(),
                                 lowbit::RoundingMode::HalfEven, false, false);
  rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, type, quantized,
                                                    scale, Value());
  return success();
}

NodeHandler getQonnxHandler(StringRef opType) {
  return llvm::StringSwitch<NodeHandler>(opType)
      .Cases({"Quant", "IntQuant"}, convertQuant)
      .Case("BipolarQuant", convertBipolarQuant)
      .Case("MultiThreshold", convertMultiThreshold)
      .Case("Trunc", convertTrunc)
      .Case("FloatQuant", convertFloatQuant)
      .Default(nullptr);
}

} // namespace setun
