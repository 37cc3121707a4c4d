// Binary activations as frameworks without a quantiser spell them: the sign of
// x with some rule for 0, by comparison or by two Signs.
#include "LowBitUses.h"
#include "NodeMatchers.h"
#include "Patterns.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// x >= threshold, or its opposite.
struct Comparison {
  Value x;
  float threshold;
  bool isNegated;
};

/// A comparison of x with a constant, in any of its forms.
std::optional<Comparison> matchComparison(Value value) {
  bool isNegated = false;
  while (onnx::NodeOp inverse = getNode(value, "Not")) {
    value = inverse.getInputOrNull(0);
    isNegated = !isNegated;
  }
  auto node = value ? value.getDefiningOp<onnx::NodeOp>() : nullptr;
  if (!node || !node.getDomain().empty() || node.getInputs().size() != 2)
    return std::nullopt;
  StringRef opType = node.getOpType();
  bool isGreater = opType.starts_with("Greater");
  if (!isGreater && !opType.starts_with("Less"))
    return std::nullopt;
  bool orEqual = opType.ends_with("OrEqual");
  for (unsigned i : {0u, 1u}) {
    Value x = node.getInputOrNull(i);
    std::optional<double> number = getScalar(node.getInputOrNull(1 - i));
    auto type = x ? dyn_cast<RankedTensorType>(x.getType()) : nullptr;
    if (!number || !type || !type.getElementType().isF32() ||
        !type.hasStaticShape() ||
        type.getShape() !=
            cast<RankedTensorType>(node.getResult(0).getType()).getShape())
      continue;
    // number < x is x > number. x > t is x >= the float after t; x < t is not
    // x >= t.
    bool asks = isGreater == (i == 0); // for large x
    bool includes = asks == orEqual;
    float threshold = float(*number);
    if (!includes)
      threshold = std::nextafter(threshold, INFINITY);
    return Comparison{x, threshold, isNegated == asks};
  }
  return std::nullopt;
}

/// The two numbers that a value chooses between by a comparison.
struct Choice {
  Comparison comparison;
  double above, below;
};

std::optional<Choice> makeChoice(std::optional<Comparison> comparison,
                                 std::optional<double> ifTrue,
                                 std::optional<double> ifFalse) {
  if (!comparison || !ifTrue || !ifFalse)
    return std::nullopt;
  if (comparison->isNegated)
    std::swap(ifTrue, ifFalse);
  return Choice{*comparison, *ifTrue, *ifFalse};
}

/// Where(c, a, b), Cast(c), and such a choice times or plus constants.
std::optional<Choice> matchChoice(Value value, unsigned depth = 4) {
  if (onnx::NodeOp where = getNode(value, "Where"))
    return makeChoice(matchComparison(where.getInputOrNull(0)),
                      getScalar(where.getInputOrNull(1)),
                      getScalar(where.getInputOrNull(2)));
  if (onnx::NodeOp cast = getNode(value, "Cast"))
    return makeChoice(matchComparison(cast.getInputOrNull(0)), 1.0, 0.0);
  auto node = value.getDefiningOp<onnx::NodeOp>();
  if (!node || depth == 0 || node.getInputs().size() != 2 ||
      !node.getDomain().empty())
    return std::nullopt;
  for (unsigned i : {0u, 1u}) {
    std::optional<double> number = getScalar(node.getInputOrNull(1 - i));
    std::optional<Choice> inner =
        number ? matchChoice(node.getInputs()[i], depth - 1) : std::nullopt;
    if (!inner)
      continue;
    auto apply = [&](auto function) {
      inner->above = float(function(inner->above));
      inner->below = float(function(inner->below));
      return inner;
    };
    if (isNode(node, "Mul"))
      return apply([&](double v) { return v * *number; });
    if (isNode(node, "Add"))
      return apply([&](double v) { return v + *number; });
    if (isNode(node, "Sub"))
      return apply(
          [&](double v) { return i == 0 ? v - *number : *number - v; });
  }
  return std::nullopt;
}

/// A choice between -a and a -> bipolar codes with scale a, between 0 and a ->
/// codes of one bit. A NaN counts as below.
struct RecogniseChoice : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Where") && !isNode(node, "Mul") &&
        !isNode(node, "Add") && !isNode(node, "Sub"))
      return failure();
    auto type = dyn_cast<RankedTensorType>(node.getResult(0).getType());
    std::optional<Choice> choice = matchChoice(node.getResult(0));
    if (!choice || !type || type != choice->comparison.x.getType() ||
        type.getRank() == 0 || !feedsProduct(node.getResult(0)))
      return rewriter.notifyMatchFailure(node, "no choice of two numbers");
    MLIRContext *context = node.getContext();
    Type code;
    if (choice->above == -choice->below && choice->above != 0)
      code = lowbit::BipolarType::get(context);
    else if (choice->below == 0 && choice->above != 0)
      code = IntegerType::get(context, 1, IntegerType::Unsigned);
    else
      return rewriter.notifyMatchFailure(node, "neither -a, a nor 0, a");
    Location loc = node.getLoc();
    Value threshold =
        createFloat(rewriter, loc, choice->comparison.threshold, {1, 1});
    Value codes = lowbit::ThresholdOp::create(rewriter, loc, type.clone(code),
                                              choice->comparison.x, threshold,
                                              /*axis=*/0, /*offset=*/0,
                                              /*falling=*/DenseBoolArrayAttr());
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
        node, type, codes, createFloat(rewriter, loc, float(choice->above)),
        Value());
    return success();
  }
};

/// Sign(Sign(x) + epsilon) with 0 < epsilon < 1 -> +1 for x >= 0, else -1.
struct RecogniseSignOfSign : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    onnx::NodeOp add =
        isNode(node, "Sign") ? getNode(node.getInputOrNull(0), "Add") : nullptr;
    if (!add)
      return failure();
    for (unsigned i : {0u, 1u}) {
      onnx::NodeOp sign = getNode(add.getInputOrNull(i), "Sign");
      std::optional<double> epsilon = getScalar(add.getInputOrNull(1 - i));
      Value x = sign ? sign.getInputOrNull(0) : Value();
      auto type = x ? dyn_cast<RankedTensorType>(x.getType()) : nullptr;
      if (!epsilon || !(*epsilon > 0 && *epsilon < 1) || !type ||
          type != node.getResult(0).getType() || !type.hasStaticShape() ||
          !type.getElementType().isF32())
        continue;
      Location loc = node.getLoc();
      Value one = createFloat(rewriter, loc, 1.0f);
      Value codes = lowbit::QuantizeOp::create(
          rewriter, loc, type.clone(lowbit::BipolarType::get(getContext())), x,
          one, Value(), lowbit::RoundingMode::HalfEven, /*narrow=*/false,
          /*by_reciprocal=*/false);
      rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, type, codes, one,
                                                        Value());
      return success();
    }
    return failure();
  }
};

} // namespace

void populateSignPatterns(RewritePatternSet &patterns) {
  patterns.add<RecogniseChoice, RecogniseSignOfSign>(patterns.getContext());
}

} // namespace setun
