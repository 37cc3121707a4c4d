// QONNX and FINN quantisers: Quant (IntQuant), BipolarQuant, MultiThreshold.
// Formulas: qonnx custom_op/general; scales, zero points and bit widths must be
// constants, of any numeric type.
#include "NodeMatchers.h"
#include "Patterns.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// Reads constant input `index` as f32, or reports at the node what is missing.
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

/// The static float tensor type of the quantised value, or null after an error.
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

/// Scale, zero point or thresholds must broadcast into the quantised tensor.
LogicalResult checkBroadcast(onnx::NodeOp node, Value from, StringRef name,
                             RankedTensorType to) {
  auto type = cast<RankedTensorType>(from.getType());
  bool fits = type.getRank() <= to.getRank();
  for (int64_t i = 0; fits && i < type.getRank(); ++i) {
    int64_t size = type.getDimSize(i);
    fits =
        size == 1 || size == to.getDimSize(to.getRank() - type.getRank() + i);
  }
  if (fits)
    return success();
  return node.emitError() << name << " of shape [" << type.getShape()
                          << "] does not broadcast to the input of shape ["
                          << to.getShape() << "]";
}

/// A one-element tensor of higher rank than the value acts as a scalar.
Value dropUnitRank(OpBuilder &builder, Location loc, Value constant,
                   RankedTensorType to) {
  auto type = cast<RankedTensorType>(constant.getType());
  if (type.getNumElements() != 1 || type.getRank() <= to.getRank())
    return constant;
  return createFloat(builder, loc, float(*getScalar(constant)));
}

std::optional<lowbit::RoundingMode> parseRounding(StringRef mode) {
  using lowbit::RoundingMode;
  return llvm::StringSwitch<std::optional<RoundingMode>>(mode.upper())
      .Cases({"ROUND", "HALF_EVEN"}, RoundingMode::HalfEven)
      .Case("CEIL", RoundingMode::Ceil)
      .Case("FLOOR", RoundingMode::Floor)
      .Case("UP", RoundingMode::Up)
      .Case("DOWN", RoundingMode::Down)
      .Case("HALF_UP", RoundingMode::HalfUp)
      .Case("HALF_DOWN", RoundingMode::HalfDown)
      .Default(std::nullopt);
}

/// Replaces `node` by quantize + dequantize to codes of type `code`.
void replaceByQuantizer(onnx::NodeOp node, PatternRewriter &rewriter,
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

/// Y = (round(clamp(X / scale + zeropt, lo, hi)) - zeropt) * scale; signed with
/// 1 bit is bipolar.
LogicalResult convertQuant(onnx::NodeOp node, PatternRewriter &rewriter) {
  RankedTensorType type = requireFloatInput(node);
  if (!type)
    return failure();
  Value scale = requireConstant(node, 1, "scale", rewriter);
  Value zeroPoint = requireConstant(node, 2, "zeropt", rewriter);
  Value width = requireConstant(node, 3, "bitwidth", rewriter);
  if (!scale || !zeroPoint || !width)
    return failure();
  Location loc = node.getLoc();
  scale = dropUnitRank(rewriter, loc, scale, type);
  zeroPoint = dropUnitRank(rewriter, loc, zeroPoint, type);
  if (failed(checkBroadcast(node, scale, "scale", type)) ||
      failed(checkBroadcast(node, zeroPoint, "zeropt", type)))
    return failure();

  std::optional<double> bits = getScalar(width);
  if (!bits || *bits != std::floor(*bits) || *bits < 1 || *bits > 16)
    return node.emitError()
           << "bitwidth must be one whole number of 1..16, the same for the "
              "whole tensor";
  auto zeroPoints = onnx::getConstantData(zeroPoint);
  for (int64_t i = 0; i < zeroPoints->size(); ++i)
    if (double z = zeroPoints->asDouble(i); z != std::floor(z))
      return node.emitError()
             << "zero point " << z << " is fractional; accepted: whole numbers";
  StringRef mode = node.getString("rounding_mode", "ROUND");
  std::optional<lowbit::RoundingMode> rounding = parseRounding(mode);
  if (!rounding)
    return node.emitError()
           << "unknown rounding_mode '" << mode
           << "'; accepted: ROUND, HALF_EVEN, CEIL, FLOOR, UP, DOWN, HALF_UP, "
              "HALF_DOWN";

  // The attribute table of qonnx gives 1 for a missing `signed` and its
  // documentation 0 for `narrow`.
  bool isSigned = node.getInt("signed", 1) != 0;
  bool narrow = node.getInt("narrow", 0) != 0;
  bool hasZeroPoint = !isConstantOf(zeroPoint, 0.0);
  unsigned b = unsigned(*bits);
  MLIRContext *context = node.getContext();
  Type code;
  if (isSigned && b == 1) {
    if (hasZeroPoint)
      return node.emitError("a signed 1-bit quantiser takes no zero point");
    code = lowbit::BipolarType::get(context);
    narrow = false;
  } else if (isSigned && b == 2 && narrow && !hasZeroPoint) {
    code = lowbit::TernaryType::get(context);
    narrow = false;
  } else if (b == 1 && narrow) {
    return node.emitError("a narrow unsigned 1-bit quantiser has only one "
                          "code; accepted: narrow = 0");
  } else {
    code = IntegerType::get(
        context, b, isSigned ? IntegerType::Signed : IntegerType::Unsigned);
  }
  replaceByQuantizer(node, rewriter, type, code, scale,
                     hasZeroPoint ? zeroPoint : Value(), *rounding, narrow);
  return success();
}

/// Y = (X >= 0 ? +1 : -1) * scale.
LogicalResult convertBipolarQuant(onnx::NodeOp node,
                                  PatternRewriter &rewriter) {
  RankedTensorType type = requireFloatInput(node);
  if (!type)
    return failure();
  Value scale = requireConstant(node, 1, "scale", rewriter);
  if (!scale)
    return failure();
  Location loc = node.getLoc();
  scale = dropUnitRank(rewriter, loc, scale, type);
  if (failed(checkBroadcast(node, scale, "scale", type)))
    return failure();
  // X is compared with 0 before any scale, so the quantiser's own scale is 1 (x
  // / 1 = x).
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

/// The narrowest code type that holds offset .. offset + count.
Type getCountType(MLIRContext *context, int64_t offset, int64_t count) {
  for (unsigned bits = 1; bits <= 16; ++bits) {
    for (auto sign : {IntegerType::Unsigned, IntegerType::Signed}) {
      Type code = IntegerType::get(context, bits, sign);
      if (lowbit::isCodeValue(code, offset) &&
          lowbit::isCodeValue(code, offset + count))
        return code;
    }
  }
  return nullptr;
}

/// Y = out_scale * #{j : v >= T[c][j]} + out_bias, with out_bias a whole
/// multiple of out_scale folded into the code.
LogicalResult convertMultiThreshold(onnx::NodeOp node,
                                    PatternRewriter &rewriter) {
  RankedTensorType type = requireFloatInput(node);
  if (!type)
    return failure();
  Value thresholds = requireConstant(node, 1, "thresholds", rewriter);
  if (!thresholds)
    return failure();
  if (type.getRank() < 1)
    return node.emitError("input 0 is a scalar; accepted: at least one "
                          "dimension, for the channels");
  StringRef layout = node.getString("data_layout", "NCHW");
  int64_t axis =
      layout.ends_with("C") || type.getRank() < 2 ? type.getRank() - 1 : 1;
  auto table = cast<RankedTensorType>(thresholds.getType());
  if (table.getRank() != 2 || table.getDimSize(1) < 1 ||
      (table.getDimSize(0) != 1 &&
       table.getDimSize(0) != type.getDimSize(axis)))
    return node.emitError() << "thresholds of shape [" << table.getShape()
                            << "] must be [channels or 1, n] with "
                            << type.getDimSize(axis) << " channels";
  int64_t count = table.getDimSize(1);
  double scale = node.getFloat("out_scale", 1.0f);
  double bias = node.getFloat("out_bias", 0.0f);
  double offset = scale != 0 ? bias / scale : NAN;

  Location loc = node.getLoc();
  MLIRContext *context = node.getContext();
  Type code;
  float codeScale = float(scale), rest = 0.0f;
  int64_t codeOffset = 0;
  if (count == 1 && bias == -scale / 2) {
    // scale * {0, 1} - scale / 2 = (scale / 2) * {-1, +1}
    code = lowbit::BipolarType::get(context);
    codeScale = float(scale / 2);
  } else if (count == 2 && offset == -1) {
    code = lowbit::TernaryType::get(context);
  } else {
    if (offset == std::floor(offset) && std::fabs(offset) <= 65536)
      codeOffset = int64_t(offset);
    else
      rest = float(bias);
    code = getCountType(context, codeOffset, count);
    if (!code)
      return node.emitError()
             << count << " thresholds with an offset of " << codeOffset
             << " need codes of more than 16 bits";
  }
  auto codes = RankedTensorType::get(type.getShape(), code);
  Value counted =
      lowbit::ThresholdOp::create(rewriter, loc, codes, node.getInputOrNull(0),
                                  thresholds, axis, codeOffset);
  Value real = lowbit::DequantizeOp::create(
      rewriter, loc, type, counted, createFloat(rewriter, loc, codeScale),
      Value());
  if (rest != 0.0f)
    real = createNode(rewriter, loc, "Add",
                      {real, createFloat(rewriter, loc, rest)}, type, 14);
  rewriter.replaceOp(node, real);
  return success();
}

} // namespace

NodeHandler getQonnxHandler(StringRef opType) {
  return llvm::StringSwitch<NodeHandler>(opType)
      .Cases({"Quant", "IntQuant"}, convertQuant)
      .Case("BipolarQuant", convertBipolarQuant)
      .Case("MultiThreshold", convertMultiThreshold)
      .Default(nullptr);
}

} // namespace setun
