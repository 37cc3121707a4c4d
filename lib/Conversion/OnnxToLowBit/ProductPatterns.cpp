// MatMul and Gemm of dequantised codes: (a * s_a) . (b * s_b) -> (a . b) * (s_a
// * s_b), the product of codes exact. A scale may vary along rows of a and
// along outputs of b, never along the summed dimension.
#include "NodeMatchers.h"
#include "Patterns.h"
#include "WeightLevels.h"

using namespace mlir;

namespace setun {
namespace {

/// One side of a product: codes with the summed dimension last, and their
/// scale.
struct Factor {
  Value codes;
  Value scale;
};

int64_t getElementCount(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

/// The left side [.., M, K]: dequantised codes without zero point, one scale
/// per row at most.
std::optional<Factor> matchLeft(Value value) {
  auto dequantize = value.getDefiningOp<lowbit::DequantizeOp>();
  if (!dequantize || dequantize.getZeroPoint() ||
      !lowbit::isCode(dequantize.getInput().getType().getElementType()))
    return std::nullopt;
  auto scale = cast<RankedTensorType>(dequantize.getScale().getType());
  if (scale.getRank() > 0 && scale.getShape().back() != 1)
    return std::nullopt;
  return Factor{dequantize.getInput(), dequantize.getScale()};
}

/// The right side as [N, K] codes. `outputAxis` is the dimension of `value`
/// that runs over outputs.
struct RightMatcher {
  PatternRewriter &rewriter;
  Location loc;
  unsigned outputAxis;

  std::optional<Factor> match(Value value) const {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || type.getRank() != 2 || !type.hasStaticShape())
      return std::nullopt;
    if (auto dequantize = value.getDefiningOp<lowbit::DequantizeOp>())
      return matchCodes(dequantize);
    if (std::optional<onnx::ConstantData> data = onnx::getConstantData(value))
      return matchLevels(*data);
    return std::nullopt;
  }

private:
  std::optional<Factor> matchCodes(lowbit::DequantizeOp dequantize) const {
    Value codes = dequantize.getInput(), scale = dequantize.getScale();
    auto type = cast<RankedTensorType>(codes.getType());
    if (dequantize.getZeroPoint() || !lowbit::isCode(type.getElementType()))
      return std::nullopt;
    if (getElementCount(scale) != 1) {
      // Per output: [N] or [1, N] for outputs last, [N, 1] (a constant) for
      // outputs first.
      auto scaleType = cast<RankedTensorType>(scale.getType());
      int64_t outputs = type.getDimSize(outputAxis);
      bool alongOutputs =
          outputAxis == 1
              ? scaleType.getShape().back() == outputs
              : scaleType.getRank() == 2 && scaleType.getDimSize(0) == outputs;
      if (!alongOutputs || scaleType.getNumElements() != outputs)
        return std::nullopt;
      auto data = onnx::getConstantData(scale);
      if (!data && outputAxis == 0)
        return std::nullopt;
      if (data)
        scale = onnx::createConstant(
            rewriter, loc,
            RankedTensorType::get({outputs}, rewriter.getF32Type()),
            data->getBytes());
    } else if (std::optional<double> scalar = getScalar(scale)) {
      scale = createFloat(rewriter, loc, float(*scalar));
    }
    return Factor{orientCodes(codes), scale};
  }

  std::optional<Factor> matchLevels(const onnx::ConstantData &data) const {
    std::optional<WeightLevels> levels = findWeightLevels(data, outputAxis);
    if (!levels)
      return std::nullopt;
    MLIRContext *context = rewriter.getContext();
    Type code = levels->getCodeType(context);
    Value codes = lowbit::ConstantOp::create(
        rewriter, loc, RankedTensorType::get(data.getType().getShape(), code),
        levels->codes, "weight");
    SmallVector<int64_t> shape;
    if (levels->scales.size() > 1)
      shape.push_back(levels->scales.size());
    Value scale = onnx::createConstant(
        rewriter, loc, RankedTensorType::get(shape, rewriter.getF32Type()),
        ArrayRef(reinterpret_cast<const char *>(levels->scales.data()),
                 levels->scales.size() * sizeof(float)));
    return Factor{orientCodes(codes), scale};
  }

  /// Outputs first.
  Value orientCodes(Value codes) const {
    if (outputAxis == 0)
      return codes;
    auto type = cast<RankedTensorType>(codes.getType());
    return lowbit::TransposeOp::create(
        rewriter, loc,
        RankedTensorType::get({type.getDimSize(1), type.getDimSize(0)},
                              type.getElementType()),
        codes, ArrayRef<int64_t>{1, 0});
  }
};

/// f32(a * b): a constant where both are scalars, else a Mul node.
Value multiplyScales(PatternRewriter &rewriter, Location loc, Value a,
                     Value b) {
  std::optional<double> x = getScalar(a), y = getScalar(b);
  if (x && y)
    return createFloat(rewriter, loc, float(*x) * float(*y));
  if (isConstantOf(a, 1.0))
    return b;
  if (isConstantOf(b, 1.0))
    return a;
  auto aType = cast<RankedTensorType>(a.getType());
  auto bType = cast<RankedTensorType>(b.getType());
  SmallVector<int64_t> shape(std::max(aType.getRank(), bType.getRank()), 1);
  for (RankedTensorType type : {aType, bType})
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (type.getDimSize(i) != 1)
        shape[shape.size() - type.getRank() + i] = type.getDimSize(i);
  return createNode(rewriter, loc, "Mul", {a, b},
                    RankedTensorType::get(shape, rewriter.getF32Type()), 14);
}

/// The exact product of both sides, as a real tensor of `type`.
Value createProduct(PatternRewriter &rewriter, Location loc, Factor left,
                    Factor right, RankedTensorType type) {
  auto lhs = cast<RankedTensorType>(left.codes.getType());
  auto rhs = cast<RankedTensorType>(right.codes.getType());
  int64_t bound = lowbit::getProductBound(
      {lhs.getElementType()}, {rhs.getElementType()}, rhs.getDimSize(1));
  Type accumulator =
      rewriter.getIntegerType(bound > int64_t(INT32_MAX) ? 64 : 32);
  Value sum = lowbit::MatmulOp::create(
      rewriter, loc, RankedTensorType::get(type.getShape(), accumulator),
      left.codes, right.codes, /*lhs_zero_point=*/0, /*rhs_zero_point=*/0,
      /*bias=*/DenseI64ArrayAttr(), lowbit::KernelKindAttr());
  return lowbit::DequantizeOp::create(
      rewriter, loc, type, sum,
      multiplyScales(rewriter, loc, left.scale, right.scale), Value());
}

/// MatMul(a * s_a, b * s_b) -> dequantize(matmul(a, b^T), s_a * s_b).
struct MatMulOfCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "MatMul"))
      return failure();
    auto type = dyn_cast<RankedTensorType>(node.getResult(0).getType());
    std::optional<Factor> left = matchLeft(node.getInputOrNull(0));
    if (!left || !type ||
        cast<RankedTensorType>(left->codes.getType()).getRank() < 2)
      return rewriter.notifyMatchFailure(node, "left side is not codes");
    std::optional<Factor> right =
        RightMatcher{rewriter, node.getLoc(), /*outputAxis=*/1}.match(
            node.getInputOrNull(1));
    if (!right)
      return rewriter.notifyMatchFailure(node, "right side is not codes");
    rewriter.replaceOp(
        node, createProduct(rewriter, node.getLoc(), *left, *right, type));
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
    std::optional<Factor> left = matchLeft(node.getInputOrNull(0));
    if (!left || !type)
      return rewriter.notifyMatchFailure(node, "left side is not codes");
    unsigned outputAxis = node.getInt("transB", 0) != 0 ? 0 : 1;
    std::optional<Factor> right =
        RightMatcher{rewriter, node.getLoc(), outputAxis}.match(
            node.getInputOrNull(1));
    if (!right)
      return rewriter.notifyMatchFailure(node, "right side is not codes");

    Location loc = node.getLoc();
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
