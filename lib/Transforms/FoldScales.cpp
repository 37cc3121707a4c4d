// Folds what surrounds an exact product as far as no result changes by a bit:
// BatchNormalization becomes one multiply and one add per channel, and a factor
// is merged into a scale where the merged product is exact.
#include "dialects/Onnx/ConstantData.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "setun/Transforms/Passes.h"
#include <cmath>

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_FOLDSCALES
#include "setun/Transforms/Passes.h.inc"

namespace {

Value createFloats(PatternRewriter &rewriter, Location loc,
                   ArrayRef<int64_t> shape, ArrayRef<float> values,
                   StringRef name) {
  return onnx::createConstant(
      rewriter, loc, RankedTensorType::get(shape, rewriter.getF32Type()),
      ArrayRef(reinterpret_cast<const char *>(values.data()),
               values.size() * sizeof(float)),
      name);
}

Value createNode(PatternRewriter &rewriter, Location loc, StringRef opType,
                 ValueRange inputs, Type type) {
  return onnx::NodeOp::create(rewriter, loc, TypeRange(type), opType, inputs,
                              {}, "", /*sinceVersion=*/14)
      .getResult(0);
}

/// BatchNormalization(x) -> x * a + b with a = scale / sqrt(var + epsilon), b =
/// bias - mean * a, each operation rounded to f32 in this order: what
/// onnxruntime computes.
struct FoldBatchNormalization : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!node.isOp("", "BatchNormalization"))
      return failure();
    auto type = node.getInputs().size() == 5 && node.getNumResults() == 1
                    ? dyn_cast<RankedTensorType>(node.getResult(0).getType())
                    : RankedTensorType();
    if (!type || !type.getElementType().isF32() || type.getRank() < 2 ||
        node.getInt("training_mode", 0) != 0 ||
        node.getInt("spatial", 1) != 1 || node.getInt("is_test", 1) != 1)
      return rewriter.notifyMatchFailure(node, "not an inference in f32");
    int64_t channels = type.getDimSize(1);
    SmallVector<onnx::ConstantData> parameters;
    for (unsigned i = 1; i < 5; ++i) {
      Value input = node.getInputOrNull(i);
      auto data = input ? onnx::getConstantData(input) : std::nullopt;
      if (!data || data->size() != channels || !data->getElementType().isF32())
        return rewriter.notifyMatchFailure(node, "parameters are not constant");
      parameters.push_back(*data);
    }

    float epsilon = node.getFloat("epsilon", 1e-5f);
    SmallVector<float> factors, offsets;
    for (int64_t c = 0; c < channels; ++c) {
      auto parameter = [&](unsigned i) { return parameters[i].at<float>(c); };
      float factor = parameter(0) / std::sqrt(parameter(3) + epsilon);
      // APFloat, because the host's compiler may fuse product and difference.
      APFloat product(parameter(2)), offset(parameter(1));
      product.multiply(APFloat(factor), APFloat::rmNearestTiesToEven);
      offset.subtract(product, APFloat::rmNearestTiesToEven);
      factors.push_back(factor);
      offsets.push_back(offset.convertToFloat());
    }
    SmallVector<int64_t> shape(type.getRank() - 1, 1);
    shape.front() = channels;
    Location loc = node.getLoc();
    Value scaled =
        createNode(rewriter, loc, "Mul",
                   {node.getInputOrNull(0),
                    createFloats(rewriter, loc, shape, factors, "scale")},
                   type);
    rewriter.replaceOp(
        node, createNode(rewriter, loc, "Add",
                         {scaled,
                          createFloats(rewriter, loc, shape, offsets, "shift")},
                         type));
    return success();
  }
};

/// The value of an f32 constant of one element.
std::optional<float> getSingle(Value value) {
  std::optional<onnx::ConstantData> data =
      value ? onnx::getConstantData(value) : std::nullopt;
  if (!data || data->size() != 1 || !data->getElementType().isF32())
    return std::nullopt;
  return data->at<float>(0);
}

bool isPowerOfTwo(float value) {
  int exponent;
  return std::fabs(std::frexp(value, &exponent)) == 0.5f;
}

/// Products with integers of up to 64 bits stay normal numbers.
bool isMiddling(float value) {
  float magnitude = std::fabs(value);
  return magnitude >= 0x1p-60f && magnitude <= 0x1p60f;
}

/// dequantize(q, s) * c -> dequantize(q, s * c) and dequantize(q, s) / c ->
/// dequantize(q, s / c), if s or c is a power of two: then s * c is exact and
/// so is one of the two multiplications, so that one rounding remains on both
/// sides. Holds for 2^-60 <= |s|, |c|, |s c| <= 2^60. A quotient needs c itself
/// to be the power of two.
struct MergeExactFactor : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    bool isDivision = node.isOp("", "Div");
    if (!isDivision && !node.isOp("", "Mul"))
      return failure();
    for (unsigned side = 0; side < (isDivision ? 1u : 2u); ++side) {
      Value real = node.getInputOrNull(side);
      auto dequantize = real.getDefiningOp<lowbit::DequantizeOp>();
      std::optional<float> factor = getSingle(node.getInputOrNull(1 - side));
      if (!dequantize || !factor ||
          dequantize.getType() != node.getResult(0).getType())
        continue;
      std::optional<float> scale = getSingle(dequantize.getScale());
      if (!scale)
        continue;
      float merged = isDivision ? *scale / *factor : *scale * *factor;
      bool exact =
          isPowerOfTwo(*factor) || (!isDivision && isPowerOfTwo(*scale));
      if (!exact || !isMiddling(*factor) || !isMiddling(*scale) ||
          !isMiddling(merged))
        continue;
      auto scaleType = dequantize.getScale().getType();
      Location loc = rewriter.getFusedLoc({dequantize.getLoc(), node.getLoc()});
      rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
          node, dequantize.getType(), dequantize.getInput(),
          createFloats(rewriter, loc, scaleType.getShape(), merged, "scale"),
          dequantize.getZeroPoint());
      return success();
    }
    return failure();
  }
};

struct FoldScalesPass : public impl::FoldScalesBase<FoldScalesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldBatchNormalization, MergeExactFactor>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace setun
