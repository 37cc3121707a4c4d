// Integers that are carried in float tensors: after Floor, Round, a Cast from
// an integer type or a comparison, and within the bounds of a code, a number is
// its own code with scale 1. So networks that were integerised by tools which
// know no integer operators become products of codes, and so do binary networks
// that are spelled with Sign and Where.
#include "LowBitUses.h"
#include "NodeMatchers.h"
#include "NumberFacts.h"
#include "Patterns.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// The smallest type that holds all whole numbers of min .. max.
Type getCodeOfBounds(MLIRContext *context, double min, double max) {
  if (!(min >= -32768 && max <= 65535 && min <= max))
    return nullptr;
  if (min >= -1 && min < 0 && max <= 1)
    return lowbit::TernaryType::get(context);
  auto sign = min < 0 ? IntegerType::Signed : IntegerType::Unsigned;
  for (unsigned bits = 1; bits <= 16; ++bits) {
    Type code = IntegerType::get(context, bits, sign);
    lowbit::CodeRange range = lowbit::getCodeRange(code);
    if (min >= double(range.min) && max <= double(range.max))
      return code;
  }
  return nullptr;
}

RankedTensorType getStaticFloat(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getElementType().isF32()
             ? type
             : RankedTensorType();
}

/// Quantises `x` with scale 1 to codes; a whole number stays what it is.
Value createCodes(PatternRewriter &rewriter, Location loc, Value x, Type code,
                  lowbit::RoundingMode rounding) {
  auto type = cast<RankedTensorType>(x.getType());
  return lowbit::QuantizeOp::create(rewriter, loc, type.clone(code), x,
                                    createFloat(rewriter, loc, 1.0f), Value(),
                                    rounding, /*narrow=*/false,
                                    /*by_reciprocal=*/false);
}

/// A whole number v of min .. max -> dequantize(quantize(v, 1), 1), in front of
/// a product with low-bit weights, in front of a mean, and around a sum of two
/// branches.
struct MakeCodesOfWholeNumbers : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!node.getDomain().empty() || !isRoot(node.getOpType()) ||
        node.getNumResults() != 1)
      return failure();
    Value value = node.getResult(0);
    RankedTensorType type = getStaticFloat(value);
    if (!type)
      return failure();
    NumberFacts facts = getNumberFacts(value);
    Type code = facts.isWhole
                    ? getCodeOfBounds(node.getContext(), facts.min, facts.max)
                    : Type();
    bool joins =
        code && (isNode(node, "Clip") ? meetsIntegers(value) || feedsMean(value)
                                      : isRoundedSum(value));
    if (!code || (!joins && !feedsProduct(value)))
      return rewriter.notifyMatchFailure(node, "no integers for a product");

    Location loc = node.getLoc();
    rewriter.setInsertionPointAfter(node);
    Value codes;
    if (isNode(node, "Sign")) {
      // Away from zero within -1 .. 1 is the sign.
      codes = createCodes(rewriter, loc, node.getInputs()[0], code,
                          lowbit::RoundingMode::Up);
    } else {
      codes = createCodes(rewriter, loc, getUnbounded(node, facts, code), code,
                          lowbit::RoundingMode::HalfEven);
    }
    Value real = lowbit::DequantizeOp::create(
        rewriter, loc, type, codes, createFloat(rewriter, loc, 1.0f), Value());
    rewriter.replaceAllUsesExcept(value, real, codes.getDefiningOp());
    return success();
  }

  /// Operators that make bounded whole numbers of others.
  static bool isRoot(StringRef opType) {
    return llvm::is_contained({"Clip", "Min", "Max", "Relu", "Floor", "Ceil",
                               "Round", "Cast", "Sign", "Where"},
                              opType);
  }

  /// The quantiser saturates by itself: Clip to exactly its range is not needed
  /// if what comes in is whole.
  static Value getUnbounded(onnx::NodeOp node, const NumberFacts &facts,
                            Type code) {
    lowbit::CodeRange range = lowbit::getCodeRange(code);
    std::optional<BoundedValue> clip = matchClip(node.getResult(0));
    bool isSame = clip && clip->min == double(range.min) &&
                  clip->max == double(range.max) && clip->min == facts.min &&
                  clip->max == facts.max && getStaticFloat(clip->input);
    return isSame && getNumberFacts(clip->input).isWhole ? clip->input
                                                         : node.getResult(0);
  }
};

/// dequantize(c, s) * k -> dequantize(c, s * k) and the same with division, for
/// the codes of an activation: products round their scales once, anyway.
struct FoldFactorIntoScale : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    bool divides = isNode(node, "Div");
    if (!divides && !isNode(node, "Mul"))
      return failure();
    for (unsigned i : {0u, 1u}) {
      if (i == 1 && divides)
        break;
      auto dequantize =
          node.getInputs()[i].getDefiningOp<lowbit::DequantizeOp>();
      std::optional<double> factor = getScalar(node.getInputOrNull(1 - i));
      if (!factor || !dequantize)
        continue;
      std::optional<double> scale = getScalar(dequantize.getScale());
      Value value = node.getResult(0);
      if (!scale || value.getType() != dequantize.getType() ||
          !lowbit::isCode(dequantize.getInput().getType().getElementType()))
        continue;
      float merged = divides ? float(*scale) / float(*factor)
                             : float(*scale) * float(*factor);
      if (!std::isnormal(merged) || !feedsProduct(value))
        continue;
      rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
          node, value.getType(), dequantize.getInput(),
          createFloat(rewriter, node.getLoc(), merged),
          dequantize.getZeroPoint());
      return success();
    }
    return failure();
  }
};

} // namespace

void populateIntegerPatterns(RewritePatternSet &patterns) {
  patterns.add<MakeCodesOfWholeNumbers, FoldFactorIntoScale>(
      patterns.getContext());
}

} // namespace setun
