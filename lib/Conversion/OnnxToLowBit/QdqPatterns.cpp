// QuantizeLinear and DequantizeLinear with one scale, or one per index of an
// axis; Brevitas' Clip between them. ONNX's integers of up to 16 bits are codes
// as they stand. Other forms (blocks, small floats, i32) keep their nodes.
#include "NodeMatchers.h"
#include "Patterns.h"

using namespace mlir;

namespace setun {
namespace {

/// What both operators have besides their first input.
struct AffineParameters {
  Value scale;
  Value zeroPoint; // null: 0
};

/// The axis that a parameter of more than one element runs along.
int64_t getAxis(onnx::NodeOp node, RankedTensorType type) {
  int64_t axis = node.getInt("axis", 1);
  return axis < 0 ? axis + type.getRank() : axis;
}

/// Is it one number, or a constant with one for each index of the axis?
bool isPerTensorOrAxis(onnx::NodeOp node, Value parameter,
                       RankedTensorType type) {
  auto given = dyn_cast<RankedTensorType>(parameter.getType());
  if (!given || !given.hasStaticShape() || given.getRank() > 1)
    return false;
  if (!onnx::getConstantData(parameter))
    return given.getElementType().isF32() && given.getNumElements() == 1 &&
           given.getRank() <= type.getRank();
  int64_t axis = getAxis(node, type);
  return given.getNumElements() == 1 ||
         (axis >= 0 && axis < type.getRank() &&
          type.getDimSize(axis) == given.getNumElements());
}

/// Such a parameter as it broadcasts to `type`.
Value fitParameter(onnx::NodeOp node, Value parameter, RankedTensorType type,
                   OpBuilder &builder) {
  if (!onnx::getConstantData(parameter))
    return parameter;
  if (std::optional<double> number = getScalar(parameter))
    return createFloat(builder, node.getLoc(), float(*number));
  Value value = getFloatConstant(builder, node.getLoc(), parameter);
  onnx::ConstantData data = *onnx::getConstantData(value);
  SmallVector<int64_t> shape(type.getRank() - getAxis(node, type), 1);
  shape.front() = data.size();
  return onnx::createConstant(
      builder, node.getLoc(),
      RankedTensorType::get(shape, builder.getF32Type()), data.getBytes());
}

/// Scale and zero point of a node on `type`; nothing for a form that is none of
/// ours.
std::optional<AffineParameters>
readParameters(onnx::NodeOp node, RankedTensorType type, OpBuilder &builder) {
  Value scale = node.getInputOrNull(1), point = node.getInputOrNull(2);
  if (!scale || !getElementTypeOrSelf(scale.getType()).isF32() ||
      node.getInt("block_size", 0) != 0 ||
      !isPerTensorOrAxis(node, scale, type))
    return std::nullopt;
  if (point && isConstantOf(point, 0.0))
    point = nullptr;
  if (point &&
      (!onnx::getConstantData(point) || !isPerTensorOrAxis(node, point, type)))
    return std::nullopt;
  return AffineParameters{fitParameter(node, scale, type, builder),
                          point ? fitParameter(node, point, type, builder)
                                : Value()};
}

/// QuantizeLinear -> quantize, the zero point added after the rounding.
struct RecogniseQuantizeLinear : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "QuantizeLinear"))
      return failure();
    RankedTensorType input = getStaticType(node.getInputOrNull(0)),
                     type = getStaticType(node.getResult(0));
    if (!input || !type || !input.getElementType().isF32() ||
        !lowbit::isCode(type.getElementType()))
      return rewriter.notifyMatchFailure(node, "no f32 to codes");
    auto parameters = readParameters(node, input, rewriter);
    if (!parameters)
      return rewriter.notifyMatchFailure(node, "no scale per tensor or axis");
    rewriter.replaceOpWithNewOp<lowbit::QuantizeOp>(
        node, type, node.getInputOrNull(0), parameters->scale,
        parameters->zeroPoint, lowbit::RoundingMode::HalfEven,
        /*narrow=*/false, /*by_reciprocal=*/false,
        /*zero_point_last=*/bool(parameters->zeroPoint));
    return success();
  }
};

/// The integers of `value` as codes: a constant becomes lowbit.constant.
Value getCodes(Value value, PatternRewriter &rewriter, Location loc) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data)
    return value;
  return lowbit::ConstantOp::create(rewriter, loc, data->getType(),
                                    data->getBytes(), "weight");
}

/// Numbers of E2M1 as whole ones: twice each, or less where all of those are
/// even.
struct WholeNumbers {
  explicit WholeNumbers(const onnx::ConstantData &numbers) {
    int64_t bits = 0;
    for (int64_t i = 0; i < numbers.size(); ++i) {
      codes.push_back(char(2 * numbers.asDouble(i)));
      bits |= codes.back();
    }
    char step = bits & 1 ? 1 : bits & 2 ? 2 : 4;
    for (char &code : codes)
      set.insert(code /= step);
    factor = float(step) / 2;
  }

  /// Is `scale` times the factor exact? (2 v / step) * (s * step / 2) = v * s
  bool fits(float scale) const { return scale * factor / factor == scale; }

  std::vector<char> codes;
  lowbit::CodeSet set;
  float factor;
};

/// DequantizeLinear of constants of E2M1 -> dequantize.
struct RecogniseDequantizedFp4 : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "DequantizeLinear"))
      return failure();
    RankedTensorType input = getStaticType(node.getInputOrNull(0)),
                     type = getStaticType(node.getResult(0));
    if (!input || !type || !isa<Float4E2M1FNType>(input.getElementType()) ||
        !type.getElementType().isF32() || input.getNumElements() == 0)
      return rewriter.notifyMatchFailure(node, "no E2M1 to f32");
    std::optional<onnx::ConstantData> numbers = onnx::getConstantData(
                                          node.getInputOrNull(0)),
                                      scales = onnx::getConstantData(
                                          node.getInputOrNull(1));
    Value point = node.getInputOrNull(2);
    if (!numbers || !scales || (point && !isConstantOf(point, 0.0)))
      return rewriter.notifyMatchFailure(node, "not constant, or a zero point");
    WholeNumbers whole(*numbers);
    std::vector<float> scaled;
    for (int64_t i = 0; i < scales->size(); ++i) {
      scaled.push_back(float(scales->asDouble(i)) * whole.factor);
      if (!whole.fits(float(scales->asDouble(i))))
        return rewriter.notifyMatchFailure(node, "a scale has no half");
    }
    auto parameters = readParameters(node, input, rewriter);
    if (!parameters)
      return rewriter.notifyMatchFailure(node, "no scale per tensor or axis");
    Location loc = node.getLoc();
    Type code = lowbit::getNarrowestCode(getContext(), whole.set);
    Value codes = lowbit::ConstantOp::create(rewriter, loc, input.clone(code),
                                             whole.codes, "weight");
    Value scale = onnx::createConstant(
        rewriter, loc, cast<RankedTensorType>(parameters->scale.getType()),
        ArrayRef(reinterpret_cast<const char *>(scaled.data()),
                 scaled.size() * sizeof(float)));
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, type, codes, scale,
                                                      Value());
    return success();
  }
};

/// DequantizeLinear -> dequantize.
struct RecogniseDequantizeLinear : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "DequantizeLinear"))
      return failure();
    RankedTensorType input = getStaticType(node.getInputOrNull(0)),
                     type = getStaticType(node.getResult(0));
    if (!input || !type || !lowbit::isCode(input.getElementType()) ||
        !type.getElementType().isF32() || input.getNumElements() == 0)
      return rewriter.notifyMatchFailure(node, "no codes to f32");
    auto parameters = readParameters(node, input, rewriter);
    if (!parameters)
      return rewriter.notifyMatchFailure(node, "no scale per tensor or axis");
    Value codes = getCodes(node.getInputOrNull(0), rewriter, node.getLoc());
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
        node, type, codes, parameters->scale, parameters->zeroPoint);
    return success();
  }
};

/// dequantize(Clip(quantize(x), lo, hi)) -> dequantize(quantize(x)) to the code
/// whose range is lo .. hi. The quantiser clamps to a range that holds it, so
/// one clamp does for both.
struct NarrowClippedCodes : OpRewritePattern<lowbit::DequantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(lowbit::DequantizeOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<BoundedValue> clip = matchClip(op.getInput());
    if (!clip)
      return failure();
    auto quantize = clip->input.getDefiningOp<lowbit::QuantizeOp>();
    auto code = getCodeOfRange(op.getContext(), clip->min, clip->max);
    if (!quantize || !code || quantize.getNarrow() ||
        isa<lowbit::BipolarType>(quantize.getType().getElementType()))
      return rewriter.notifyMatchFailure(op, "no codes of fewer bits");
    lowbit::CodeRange wide =
        lowbit::getCodeRange(quantize.getType().getElementType());
    if (double(wide.min) > clip->min || double(wide.max) < clip->max)
      return rewriter.notifyMatchFailure(op, "the bounds are wider");
    auto [type, narrow] = *code;
    Value codes = lowbit::QuantizeOp::create(
        rewriter, quantize.getLoc(),
        RankedTensorType::get(quantize.getType().getShape(), type),
        quantize.getInput(), quantize.getScale(), quantize.getZeroPoint(),
        quantize.getRounding(), narrow, quantize.getByReciprocal(),
        quantize.getZeroPointLast());
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
        op, op.getType(), codes, op.getScale(), op.getZeroPoint());
    return success();
  }
};

} // namespace

void populateQdqPatterns(RewritePatternSet &patterns) {
  patterns.add<RecogniseQuantizeLinear, RecogniseDequantizeLinear,
               RecogniseDequantizedFp4, NarrowClippedCodes>(
      patterns.getContext());
}

} // namespace setun
