// Quantisers spelled with standard operators: x / s or x * a, Round, Clip, and
// back. BitLinear's per-token absmax chain is the case whose `a` is computed
// from x itself.
#include "NodeMatchers.h"
#include "Patterns.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// The two inputs of a commutative node, in both orders.
std::array<std::pair<Value, Value>, 2> bothOrders(onnx::NodeOp node) {
  Value a = node.getInputOrNull(0), b = node.getInputOrNull(1);
  return {std::make_pair(a, b), std::make_pair(b, a)};
}

/// The same value, or constants with the same single element.
bool isSame(Value a, Value b) {
  if (a == b)
    return true;
  std::optional<double> x = getScalar(a), y = getScalar(b);
  return x && y && *x == *y && a.getType() == b.getType();
}

/// clip(round(v), min, max) in either order of the two; min and max whole.
std::optional<BoundedValue> matchRoundedClip(Value value) {
  std::optional<BoundedValue> clip = matchClip(value);
  if (clip) {
    onnx::NodeOp round = getNode(clip->input, "Round");
    if (!round)
      return std::nullopt;
    clip->input = round.getInputOrNull(0);
  } else if (onnx::NodeOp round = getNode(value, "Round")) {
    clip = matchClip(round.getInputOrNull(0));
  }
  if (!clip || clip->min != std::floor(clip->min) ||
      clip->max != std::floor(clip->max))
    return std::nullopt;
  return clip;
}

/// a = limit / t or a = (1 / t) * limit, with t = max(max |x| over the last
/// axis, epsilon).
struct AbsmaxScale {
  double limit;
  double epsilon;
  bool reciprocal;
};

/// True if `node` reduces exactly the last axis and keeps it.
bool reducesLastAxis(onnx::NodeOp node, int64_t rank) {
  if (node.getInt("keepdims", 1) != 1)
    return false;
  if (std::optional<ArrayRef<int64_t>> axes = node.getInts("axes"))
    return axes->size() == 1 && ((*axes)[0] == -1 || (*axes)[0] == rank - 1);
  std::optional<double> axis = getScalar(node.getInputOrNull(1));
  return axis && (*axis == -1 || *axis == double(rank - 1));
}

/// t = max(max |x|, epsilon).
std::optional<double> matchAbsmax(Value t, Value x) {
  std::optional<FlooredValue> floored = matchFloor(t);
  if (!floored || !(floored->min > 0))
    return std::nullopt;
  onnx::NodeOp reduce = getNode(floored->input, "ReduceMax");
  int64_t rank = cast<RankedTensorType>(x.getType()).getRank();
  if (!reduce || !reducesLastAxis(reduce, rank))
    return std::nullopt;
  onnx::NodeOp abs = getNode(reduce.getInputOrNull(0), "Abs");
  if (!abs || abs.getInputOrNull(0) != x)
    return std::nullopt;
  return floored->min;
}

std::optional<AbsmaxScale> matchAbsmaxScale(Value a, Value x) {
  if (onnx::NodeOp div = getNode(a, "Div")) {
    std::optional<double> limit = getScalar(div.getInputOrNull(0));
    std::optional<double> epsilon = matchAbsmax(div.getInputOrNull(1), x);
    if (limit && epsilon)
      return AbsmaxScale{*limit, *epsilon, /*reciprocal=*/false};
  }
  onnx::NodeOp mul = getNode(a, "Mul");
  if (!mul)
    return std::nullopt;
  for (auto [factor, other] : bothOrders(mul)) {
    std::optional<double> limit = getScalar(other);
    onnx::NodeOp inverse = getNode(factor, "Reciprocal");
    Value t = inverse ? inverse.getInputOrNull(0) : Value();
    if (onnx::NodeOp div = getNode(factor, "Div");
        div && isConstantOf(div.getInputOrNull(0), 1.0))
      t = div.getInputOrNull(1);
    if (!limit || !t)
      continue;
    if (std::optional<double> epsilon = matchAbsmax(t, x))
      return AbsmaxScale{*limit, *epsilon, /*reciprocal=*/true};
  }
  return std::nullopt;
}

bool isStaticFloat(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getElementType().isF32();
}

/// clip(round(x * a)) / a -> dequantize(quantize(x)), where a is computed from
/// x's absmax or is any scale.
struct RecogniseReciprocalQuantizer : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Div") || !isStaticFloat(node.getResult(0)))
      return failure();
    Value a = node.getInputOrNull(1);
    std::optional<BoundedValue> clip = matchRoundedClip(node.getInputOrNull(0));
    onnx::NodeOp mul = clip ? getNode(clip->input, "Mul") : nullptr;
    if (!mul)
      return rewriter.notifyMatchFailure(node, "no Clip(Round(x * a)) / a");
    for (auto [x, factor] : bothOrders(mul)) {
      if (!isSame(factor, a) || x.getType() != node.getResult(0).getType())
        continue;
      if (std::optional<AbsmaxScale> scale = matchAbsmaxScale(a, x))
        if (succeeded(replaceByAbsmax(node, x, *scale, *clip, rewriter)))
          return success();
      return replaceByScale(node, x, a, *clip, rewriter);
    }
    return failure();
  }

  static LogicalResult replaceByAbsmax(onnx::NodeOp node, Value x,
                                       AbsmaxScale scale, BoundedValue clip,
                                       PatternRewriter &rewriter) {
    auto code = getCodeOfRange(node.getContext(), clip.min, clip.max);
    if (!code || !code->first.isSignedInteger() || clip.max != scale.limit)
      return failure();
    auto type = cast<RankedTensorType>(x.getType());
    SmallVector<int64_t> scaleShape(type.getShape());
    scaleShape.back() = 1;
    auto quantize = lowbit::DynamicQuantizeOp::create(
        rewriter, node.getLoc(),
        RankedTensorType::get(type.getShape(), code->first),
        RankedTensorType::get(scaleShape, type.getElementType()), x,
        rewriter.getF32FloatAttr(float(scale.epsilon)),
        rewriter.getI64IntegerAttr(int64_t(scale.limit)),
        scale.reciprocal ? rewriter.getUnitAttr() : UnitAttr(),
        code->second ? rewriter.getUnitAttr() : UnitAttr());
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
        node, type, quantize.getCodes(), quantize.getScales(), Value());
    return success();
  }

  static LogicalResult replaceByScale(onnx::NodeOp node, Value x, Value a,
                                      BoundedValue clip,
                                      PatternRewriter &rewriter) {
    auto code = getCodeOfRange(node.getContext(), clip.min, clip.max);
    if (!code || !isStaticFloat(a))
      return rewriter.notifyMatchFailure(
          node, "Clip bounds are not the range of a code");
    auto type = cast<RankedTensorType>(x.getType());
    Value codes = lowbit::QuantizeOp::create(
        rewriter, node.getLoc(),
        RankedTensorType::get(type.getShape(), code->first), x, a, Value(),
        lowbit::RoundingMode::HalfEven, code->second, /*by_reciprocal=*/true);
    auto scaleType = cast<RankedTensorType>(a.getType());
    Value scale =
        createNode(rewriter, node.getLoc(), "Reciprocal", a, scaleType, 13);
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, type, codes, scale,
                                                      Value());
    return success();
  }
};

/// clip(round(x / s)) * s -> dequantize(quantize(x, s), s).
struct RecogniseScaleQuantizer : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Mul") || !isStaticFloat(node.getResult(0)))
      return failure();
    for (auto [rounded, scale] : bothOrders(node)) {
      std::optional<BoundedValue> clip = matchRoundedClip(rounded);
      onnx::NodeOp div = clip ? getNode(clip->input, "Div") : nullptr;
      if (!div || !isSame(div.getInputOrNull(1), scale) ||
          !isStaticFloat(scale))
        continue;
      Value x = div.getInputOrNull(0);
      auto code = getCodeOfRange(node.getContext(), clip->min, clip->max);
      if (!code || x.getType() != node.getResult(0).getType())
        continue;
      auto type = cast<RankedTensorType>(x.getType());
      Value codes = lowbit::QuantizeOp::create(
          rewriter, node.getLoc(),
          RankedTensorType::get(type.getShape(), code->first), x, scale,
          Value(), lowbit::RoundingMode::HalfEven, code->second,
          /*by_reciprocal=*/false);
      rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, type, codes,
                                                        scale, Value());
      return success();
    }
    return failure();
  }
};

/// The value that the codes under a dequantize were made from, or null.
Value getQuantizedInput(Value real) {
  auto dequantize = real.getDefiningOp<lowbit::DequantizeOp>();
  Operation *producer =
      dequantize ? dequantize.getInput().getDefiningOp() : nullptr;
  if (auto quantize = dyn_cast_or_null<lowbit::QuantizeOp>(producer))
    return quantize.getInput();
  if (auto quantize = dyn_cast_or_null<lowbit::DynamicQuantizeOp>(producer))
    return quantize.getInput();
  return nullptr;
}

/// x + (q(x) - x) -> q(x): the straight-through estimator of training, without
/// its rounding noise.
struct DropStraightThrough : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Add"))
      return failure();
    for (auto [x, difference] : bothOrders(node)) {
      onnx::NodeOp sub = getNode(difference, "Sub");
      if (!sub || sub.getInputOrNull(1) != x)
        continue;
      Value q = sub.getInputOrNull(0);
      if (q && getQuantizedInput(q) == x &&
          q.getType() == node.getResult(0).getType()) {
        rewriter.replaceOp(node, q);
        return success();
      }
    }
    return failure();
  }
};

/// True for a constant of nothing but +0.0: x - (-0.0) would turn -0.0 into 0.
bool isPositiveZero(Value value) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data || !isConstantOf(value, 0.0))
    return false;
  for (int64_t i = 0; i < data->size(); ++i)
    if (std::signbit(data->asDouble(i)))
      return false;
  return true;
}

/// Identity(x), Dropout(x) at inference, Cast(x) to x's own type, x * 1, x / 1
/// and x - 0 -> x.
struct DropIdentity : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    Value x = node.getInputOrNull(0);
    if (!x || node.getNumResults() < 1)
      return failure();
    bool dropout = isNode(node, "Dropout") && !node.getInputOrNull(2) &&
                   llvm::all_of(node.getResults().drop_front(),
                                [](Value v) { return v.use_empty(); });
    Value other = node.getInputOrNull(1);
    bool neutral =
        other && ((isNode(node, "Mul") && isConstantOf(other, 1.0)) ||
                  (isNode(node, "Div") && isConstantOf(other, 1.0)) ||
                  (isNode(node, "Sub") && isPositiveZero(other)));
    if (!dropout && !neutral && !isNode(node, "Identity") &&
        !isNode(node, "Cast"))
      return failure();
    if (x.getType() != node.getResult(0).getType())
      return failure();
    if (dropout && node.getNumResults() > 1) {
      SmallVector<Value> replacements(node.getNumResults(), x);
      for (Value unused : node.getResults().drop_front())
        if (unused.getType() != x.getType())
          return failure();
      rewriter.replaceOp(node, replacements);
      return success();
    }
    rewriter.replaceOp(node, x);
    return success();
  }
};

} // namespace

void populateQuantizerPatterns(RewritePatternSet &patterns) {
  patterns.add<RecogniseReciprocalQuantizer, RecogniseScaleQuantizer,
               DropStraightThrough, DropIdentity>(patterns.getContext());
}

} // namespace setun
