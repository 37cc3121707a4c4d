// MatMul and Gemm of dequantised codes: ((a - z_a) * s_a) . ((b - z_b) * s_b)
// -> ((a - z_a) . (b - z_b)) * (s_a * s_b), the product of codes exact. A scale
// may vary along rows of a and along outputs of b, never along the summed
// dimension.
#include "CodeFactors.h"
#include "Patterns.h"

using namespace mlir;

namespace setun {
namespace {

/// Can a scale be applied after the product? It must not vary along the summed
/// dimension of the codes, which is number `fromLast` from the last.
bool isConstantAlong(Value scale, unsigned fromLast) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(scale.getType()).getShape();
  return shape.size() <= fromLast || shape[shape.size() - 1 - fromLast] == 1 ||
         isSingle(scale);
}

/// The left side [.., M, K]: one scale per row at most.
std::optional<CodeFactor> matchLeft(Value value) {
  std::optional<CodeFactor> factor = matchCodes(value);
  if (!factor || factor->getShape().size() < 2 ||
      !isConstantAlong(factor->scale, 0))
    return std::nullopt;
  return factor;
}

/// A constant [1.., N] as [N].
Value dropLeadingOnes(PatternRewriter &rewriter, Location loc, Value scale) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(scale);
  if (!data || data->getType().getRank() < 2 ||
      data->size() != data->getType().getShape().back())
    return scale;
  return onnx::createConstant(
      rewriter, loc,
      RankedTensorType::get({data->size()}, rewriter.getF32Type()),
      data->getBytes());
}

/// Do the leading dimensions of the right side broadcast to those of the left?
bool isBatchOf(ArrayRef<int64_t> rhs, ArrayRef<int64_t> lhs) {
  if (rhs.size() > lhs.size())
    return false;
  ArrayRef<int64_t> batch = rhs.drop_back(2);
  ArrayRef<int64_t> leading = lhs.drop_back(2).take_back(batch.size());
  return llvm::all_of(llvm::zip(batch, leading), [](auto sizes) {
    auto [size, target] = sizes;
    return size == 1 || size == target;
  });
}

/// The right side [.., K, N] with one scale per output at most, as codes
/// [.., N, K]: constant weights, or a second activation.
std::optional<CodeFactor> matchRight(PatternRewriter &rewriter, Location loc,
                                     Value value, const CodeFactor &left) {
  std::optional<CodeFactor> factor = matchCodes(value);
  if (!factor)
    return matchLevels(rewriter, loc, value, /*outputAxis=*/1, /*trailing=*/0);
  if (factor->getShape().size() < 2 || !isConstantAlong(factor->scale, 1) ||
      !isBatchOf(factor->getShape(), left.getShape()))
    return std::nullopt;
  factor->scale = dropLeadingOnes(rewriter, loc, factor->scale);
  factor->codes = transposeCodes(rewriter, loc, factor->codes);
  return factor;
}

/// The exact product of both sides, as a real tensor of `type`.
Value createProduct(PatternRewriter &rewriter, Location loc,
                    const CodeFactor &left, const CodeFactor &right,
                    RankedTensorType type) {
  // Codes have at most 16 bits and memory less than 2^48 bytes: i64 suffices.
  int64_t bound = lowbit::getProductBound({left.getCode(), left.zeroPoint},
                                          {right.getCode(), right.zeroPoint},
                                          right.getShape().back());
  Value sum = lowbit::MatmulOp::create(
      rewriter, loc,
      RankedTensorType::get(type.getShape(), getAccumulator(rewriter, bound)),
      left.codes, right.codes, left.zeroPoint, right.zeroPoint,
      /*bias=*/DenseI64ArrayAttr(), lowbit::KernelKindAttr());
  return lowbit::DequantizeOp::create(
      rewriter, loc, type, sum,
      multiplyScales(rewriter, loc, left.scale, right.scale), Value());
}

/// MatMul(a, b) -> dequantize(matmul(a, b^T), s_a * s_b).
struct MatMulOfCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "MatMul"))
      return failure();
    auto type = dyn_cast<RankedTensorType>(node.getResult(0).getType());
    Location loc = node.getLoc();
    std::optional<CodeFactor> left = matchLeft(node.getInputOrNull(0));
    if (!left || !type)
      return rewriter.notifyMatchFailure(node, "left side is not codes");
    std::optional<CodeFactor> right =
        matchRight(rewriter, loc, node.getInputOrNull(1), *left);
    if (!right)
      return rewriter.notifyMatchFailure(node, "right side is not codes");
    rewriter.replaceOp(node, createProduct(rewriter, loc, *left, *right, type));
    return success();
  }
};

/// Gemm: the product as above, then alpha * product + beta * C in the order of
/// the operator.
struct GemmOfCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Gemm") || node.getInt("transA", 0) != 0)
      return failure();
    auto type = dyn_cast<RankedTensorType>(node.getResult(0).getType());
    Location loc = node.getLoc();
    std::optional<CodeFactor> left = matchLeft(node.getInputOrNull(0));
    if (!left || !type)
      return rewriter.notifyMatchFailure(node, "left side is not codes");
    Value weights = node.getInputOrNull(1);
    auto weightType = weights ? dyn_cast<RankedTensorType>(weights.getType())
                              : RankedTensorType();
    if (!weightType || weightType.getRank() != 2)
      return rewriter.notifyMatchFailure(node, "right side is no matrix");
    std::optional<CodeFactor> right =
        node.getInt("transB", 0) != 0
            ? matchWeights(rewriter, loc, weights, /*trailing=*/0)
            : matchRight(rewriter, loc, weights, *left);
    if (!right)
      return rewriter.notifyMatchFailure(node, "right side is not codes");
    Value result = createProduct(rewriter, loc, *left, *right, type);

    float alpha = node.getFloat("alpha", 1.0f),
          beta = node.getFloat("beta", 1.0f);
    if (alpha != 1.0f)
      result =
          createNode(rewriter, loc, "Mul",
                     {result, createFloat(rewriter, loc, alpha)}, type, 14);
    if (Value bias = node.getInputOrNull(2)) {
      if (beta != 1.0f)
        bias = createNode(rewriter, loc, "Mul",
                          {bias, createFloat(rewriter, loc, beta)},
                          cast<RankedTensorType>(bias.getType()), 14);
      result = createNode(rewriter, loc, "Add", {result, bias}, type, 14);
    }
    rewriter.replaceOp(node, result);
    return success();
  }
};

} // namespace

void populateProductPatterns(RewritePatternSet &patterns) {
  patterns.add<MatMulOfCodes, GemmOfCodes>(patterns.getContext());
}

} // namespace setun
