// Average pools of codes: exact sums, scaled and divided behind the pool; and
// pools in the spelling of operators on bytes.
//
// A mean of dequantised codes is f32(sum (c - z)) * s / n. The graph sums up
// products, each rounded; here one number is rounded, as in products.
#include "CodeFactors.h"
#include "NodeMatchers.h"
#include "Patterns.h"
#include "WindowMatchers.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// The window of an average pool from an input of this shape, if it divides
/// every sum by the same number: null if there are pads.
lowbit::WindowAttr matchMeanWindow(onnx::NodeOp node, ArrayRef<int64_t> input,
                                   ArrayRef<int64_t> output, bool isGlobal) {
  if (input.size() < 3 || input.size() > 5 || output.size() != input.size() ||
      input[1] != output[1] || node.getInt("channels_last", 0) != 0)
    return nullptr;
  SmallVector<int64_t> size(input.drop_front(2));
  if (!isGlobal) {
    std::optional<ArrayRef<int64_t>> given = node.getInts("kernel_shape");
    if (!given || given->size() != size.size())
      return nullptr;
    size.assign(given->begin(), given->end());
  }
  lowbit::WindowAttr window = matchWindow(node, input, size, output);
  return window && !window.isPadded() ? window : lowbit::WindowAttr();
}

/// The sums of the window, as i32; null if they might not fit.
Value createSums(PatternRewriter &rewriter, Location loc,
                 TypedValue<RankedTensorType> codes, int64_t zeroPoint,
                 lowbit::WindowAttr window, RankedTensorType type) {
  Type code = codes.getType().getElementType();
  int64_t bound;
  if (lowbit::getLayout(codes.getType()) ||
      !lowbit::isZeroPointOf(code, zeroPoint) ||
      llvm::MulOverflow(lowbit::ShiftedCode{code, zeroPoint}.magnitude(),
                        window.getPositions(), bound) ||
      bound > INT32_MAX)
    return nullptr;
  return lowbit::SumPoolOp::create(rewriter, loc,
                                   type.clone(rewriter.getI32Type()), codes,
                                   window, zeroPoint);
}

/// Does ReduceMean go over all axes behind [N, C], and nothing else?
bool isSpatialMean(onnx::NodeOp node, int64_t rank) {
  SmallVector<int64_t> axes(node.getInts("axes").value_or(ArrayRef<int64_t>()));
  std::optional<onnx::ConstantData> given =
      onnx::getConstantData(node.getInputOrNull(1));
  if (given && given->getElementType().isInteger(64))
    for (int64_t i = 0; i < given->size(); ++i)
      axes.push_back(given->at<int64_t>(i));
  for (int64_t &axis : axes)
    axis += axis < 0 ? rank : 0;
  llvm::sort(axes);
  return llvm::equal(axes, llvm::seq<int64_t>(2, std::max<int64_t>(rank, 2)));
}

/// AveragePool((c - z) * s) -> sum_pool(c - z) * s / n, and so
/// GlobalAveragePool and a ReduceMean that is one.
struct MeanOfCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    bool isReduction = isNode(node, "ReduceMean");
    bool isGlobal = isReduction || isNode(node, "GlobalAveragePool");
    if (!isGlobal && !isNode(node, "AveragePool"))
      return failure();
    RankedTensorType result = getNonEmptyType(node.getResult(0));
    std::optional<CodeFactor> image = matchCodes(node.getInputOrNull(0));
    if (!result || !image || !isSingle(image->scale))
      return rewriter.notifyMatchFailure(node, "not codes of one scale");
    RankedTensorType type = result;
    if (isReduction) {
      if (!isSpatialMean(node, image->codes.getType().getRank()))
        return rewriter.notifyMatchFailure(node, "not over all of an image");
      SmallVector<int64_t> shape(image->getShape().size(), 1);
      llvm::copy(image->getShape().take_front(2), shape.begin());
      type = result.clone(shape);
    }
    lowbit::WindowAttr window =
        matchMeanWindow(node, image->getShape(), type.getShape(), isGlobal);
    Value sums = window ? createSums(rewriter, node.getLoc(), image->codes,
                                     image->zeroPoint, window, type)
                        : Value();
    if (!sums)
      return rewriter.notifyMatchFailure(node, "no window without pads");
    Value real = lowbit::DequantizeOp::create(rewriter, node.getLoc(), type,
                                              sums, image->scale, Value());
    Value count =
        createFloat(rewriter, node.getLoc(), float(window.getPositions()));
    Value mean =
        createNode(rewriter, node.getLoc(), "Div", {real, count}, type, 14);
    rewriter.replaceOp(
        node, type == result
                  ? mean
                  : createReshape(rewriter, node.getLoc(), mean, result));
    return success();
  }
};

/// QLinearAveragePool: saturate(rne(mean / scale_y + zero_y)), and
/// QLinearGlobalAveragePool: saturate(rne(f32(sum) * (scale / (scale_y * n))) +
/// zero_y), as onnxruntime computes them behind the sum.
struct QLinearMean : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    bool isGlobal = node.isOp("com.microsoft", "QLinearGlobalAveragePool");
    if (!isGlobal && !node.isOp("com.microsoft", "QLinearAveragePool"))
      return failure();
    RankedTensorType type = getNonEmptyType(node.getResult(0)),
                     input = getNonEmptyType(node.getInputOrNull(0));
    std::optional<CodeScheme> x = readScheme(node, 1), y = readScheme(node, 3);
    if (!type || !input || !x || !y ||
        !lowbit::isCode(input.getElementType()) ||
        input.getElementType() != type.getElementType())
      return rewriter.notifyMatchFailure(node, "no constant scales");
    lowbit::WindowAttr window =
        matchMeanWindow(node, input.getShape(), type.getShape(), isGlobal);
    Location loc = node.getLoc();
    auto codes = cast<TypedValue<RankedTensorType>>(node.getInputOrNull(0));
    Value sums =
        window ? createSums(rewriter, loc, codes, x->zeroPoint, window, type)
               : Value();
    if (!sums)
      return rewriter.notifyMatchFailure(node, "no window without pads");
    float count = float(window.getPositions());
    float factor = isGlobal ? x->scale / (y->scale * count) : x->scale;
    auto real = type.clone(rewriter.getF32Type());
    Value value = lowbit::DequantizeOp::create(
        rewriter, loc, real, sums, createFloat(rewriter, loc, factor), Value());
    if (!isGlobal)
      value = createNode(rewriter, loc, "Div",
                         {value, createFloat(rewriter, loc, count)}, real, 14);
    rewriter.replaceOpWithNewOp<lowbit::QuantizeOp>(
        node, type, value, createFloat(rewriter, loc, isGlobal ? 1 : y->scale),
        createFloat(rewriter, loc, float(y->zeroPoint)),
        lowbit::RoundingMode::HalfEven, /*narrow=*/false,
        /*by_reciprocal=*/false, /*zero_point_last=*/isGlobal);
    return success();
  }
};

/// MaxPool on codes themselves -> pool.
struct MaxPoolOfCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "MaxPool") ||
        (node.getNumResults() > 1 && !node.getResult(1).use_empty()))
      return failure();
    RankedTensorType type = getNonEmptyType(node.getResult(0)),
                     input = getNonEmptyType(node.getInputOrNull(0));
    std::optional<ArrayRef<int64_t>> size = node.getInts("kernel_shape");
    if (!type || !input || !size || input.getRank() < 3 ||
        input.getRank() > 5 || !lowbit::isCode(input.getElementType()) ||
        type.getElementType() != input.getElementType() ||
        type.getDimSize(1) != input.getDimSize(1))
      return rewriter.notifyMatchFailure(node, "no images of codes");
    lowbit::WindowAttr window =
        matchWindow(node, input.getShape(), *size, type.getShape());
    if (!window)
      return rewriter.notifyMatchFailure(node, "window does not fit");
    Value codes = lowbit::PoolOp::create(rewriter, node.getLoc(), type,
                                         node.getInputOrNull(0), window);
    rewriter.replaceAllUsesWith(node.getResult(0), codes);
    rewriter.eraseOp(node);
    return success();
  }
};

} // namespace

void populatePoolPatterns(RewritePatternSet &patterns) {
  patterns.add<MeanOfCodes, QLinearMean, MaxPoolOfCodes>(patterns.getContext());
}

} // namespace setun
