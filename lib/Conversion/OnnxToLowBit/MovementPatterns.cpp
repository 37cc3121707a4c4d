// Operators that only choose and move elements work on codes as they are: the
// node stays, dequantize comes behind it.
#include "CodeFactors.h"
#include "Patterns.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace setun {
namespace {

/// Does the operator move the elements of its first input, whatever they are,
/// and make none of its own?
bool isMovement(onnx::NodeOp node) {
  if (!node.getDomain().empty())
    return false;
  if (isNode(node, "Resize") || isNode(node, "Upsample"))
    return node.getString("mode", "nearest") == "nearest" &&
           node.getString("coordinate_transformation_mode", "half_pixel") !=
               "tf_crop_and_resize";
  if (isNode(node, "Pad"))
    return node.getString("mode", "constant") != "constant";
  return llvm::StringSwitch<bool>(node.getOpType())
      .Cases({"Slice", "Split", "Gather", "GatherElements", "GatherND"}, true)
      .Cases({"Expand", "Tile", "DepthToSpace", "SpaceToDepth"}, true)
      .Case("ReverseSequence", true)
      .Default(false);
}

/// The same node on codes; null if a result has no static shape.
onnx::NodeOp cloneOntoCodes(PatternRewriter &rewriter, onnx::NodeOp node,
                            ValueRange inputs, Type code) {
  SmallVector<Type> types;
  for (Value result : node.getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (!type || !type.hasStaticShape() || !type.getElementType().isF32())
      return nullptr;
    types.push_back(type.clone(code));
  }
  SmallVector<NamedAttribute> attributes(node.getNodeAttributes().getValue());
  return onnx::NodeOp::create(rewriter, node.getLoc(), types, node.getOpType(),
                              inputs, attributes, node.getDomain(),
                              node.getSinceVersion());
}

/// move((c - z) * s) -> (move(c) - z) * s for one scale.
struct MovePastMovement : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isMovement(node))
      return failure();
    std::optional<CodeFactor> input = matchCodes(node.getInputOrNull(0));
    if (!input || !isSingle(input->scale))
      return rewriter.notifyMatchFailure(node, "not codes of one scale");
    SmallVector<Value> inputs(node.getInputs());
    inputs[0] = input->codes;
    onnx::NodeOp moved =
        cloneOntoCodes(rewriter, node, inputs, input->getCode());
    if (!moved)
      return rewriter.notifyMatchFailure(node, "results are not static floats");
    replaceByDequantized(rewriter, node, moved.getResults(), *input);
    return success();
  }
};

/// Concat of codes with equal types, scales and zero points.
struct MovePastConcat : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Concat") || node.getInputs().empty())
      return failure();
    std::optional<CodeFactor> first;
    SmallVector<Value> inputs;
    for (unsigned i = 0; i < node.getInputs().size(); ++i) {
      std::optional<CodeFactor> input = matchCodes(node.getInputOrNull(i));
      if (!input || !isSingle(input->scale))
        return rewriter.notifyMatchFailure(node, "not codes of one scale");
      if (!first)
        first = input;
      std::optional<double> a = getUniform(first->scale),
                            b = getUniform(input->scale);
      bool equal = first->scale == input->scale || (a && b && *a == *b);
      if (!equal || input->getCode() != first->getCode() ||
          input->zeroPoint != first->zeroPoint)
        return rewriter.notifyMatchFailure(node, "scales or types differ");
      inputs.push_back(input->codes);
    }
    onnx::NodeOp moved =
        cloneOntoCodes(rewriter, node, inputs, first->getCode());
    if (!moved)
      return rewriter.notifyMatchFailure(node, "result is not static floats");
    replaceByDequantized(rewriter, node, moved.getResults(), *first);
    return success();
  }
};

/// Relu((c - z) * s) -> (c - z) * s where no code is less than z and s > 0.
struct DropReluOfUnsigned : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Relu"))
      return failure();
    Value real = node.getInputOrNull(0);
    std::optional<CodeFactor> input = matchCodes(real);
    std::optional<double> scale =
        input ? getUniform(input->scale) : std::nullopt;
    if (!scale || !(*scale > 0) ||
        real.getType() != node.getResult(0).getType() ||
        lowbit::getCodeRange(input->getCode()).min < input->zeroPoint)
      return failure();
    rewriter.replaceOp(node, real);
    return success();
  }
};

/// quantize((c - z) * s) -> c, where every code comes back as itself.
struct CancelRequantize : OpRewritePattern<lowbit::QuantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(lowbit::QuantizeOp quantize,
                                PatternRewriter &rewriter) const override {
    std::optional<CodeFactor> input = matchCodes(quantize.getInput());
    if (!input || input->codes.getType() != quantize.getType())
      return failure();
    std::optional<double> from = getUniform(input->scale),
                          to = getUniform(quantize.getScale());
    std::optional<double> zeroPoint = quantize.getZeroPoint()
                                          ? getUniform(quantize.getZeroPoint())
                                          : std::optional(0.0);
    if (!from || !to || !zeroPoint)
      return rewriter.notifyMatchFailure(quantize, "more than one scale");
    Type code = input->getCode();
    lowbit::QuantizeRule rule{quantize.getRounding(),
                              lowbit::getCodeRange(code, quantize.getNarrow()),
                              isa<lowbit::BipolarType>(code),
                              quantize.getByReciprocal(),
                              quantize.getZeroPointLast()};
    lowbit::CodeRange range = lowbit::getCodeRange(code);
    for (int64_t c = range.min; c <= range.max; ++c)
      if (lowbit::isCodeValue(code, c) &&
          lowbit::quantizeValue(float(c - input->zeroPoint) * float(*from),
                                float(*to), float(*zeroPoint), rule) != c)
        return rewriter.notifyMatchFailure(quantize, "a code would change");
    rewriter.replaceOp(quantize, input->codes);
    return success();
  }
};

} // namespace

void populateMovementPatterns(RewritePatternSet &patterns) {
  patterns.add<MovePastMovement, MovePastConcat, DropReluOfUnsigned,
               CancelRequantize>(patterns.getContext());
}

} // namespace setun
