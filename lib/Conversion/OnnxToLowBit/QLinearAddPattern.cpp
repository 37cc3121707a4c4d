// QLinearAdd of onnxruntime as nodes, so that its quantiser can become an
// integer step.
#include "NodeMatchers.h"
#include "Patterns.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// The constant codes in input `index`, exact in f32; null if they are none.
Value getConstantCodes(PatternRewriter &rewriter, onnx::NodeOp node,
                       unsigned index) {
  Value value = node.getInputOrNull(index);
  return value ? getFloatConstant(rewriter, node.getLoc(), value) : Value();
}

/// f32(f64(a) * b + c): one rounding, since the product is exact in f64. b is
/// one number.
Value createFused(PatternRewriter &rewriter, Location loc, Value a, float b,
                  Value c, RankedTensorType type) {
  auto wide = type.clone(rewriter.getF64Type());
  double factor = double(b);
  Value number = onnx::createConstant(
      rewriter, loc, RankedTensorType::get({}, rewriter.getF64Type()),
      ArrayRef(reinterpret_cast<const char *>(&factor), sizeof(double)),
      "factor");
  auto widen = [&](Value x) {
    auto from = cast<RankedTensorType>(x.getType());
    return createNode(rewriter, loc, "Cast", x,
                      from.clone(rewriter.getF64Type()), 13);
  };
  Value product =
      createNode(rewriter, loc, "Mul", {widen(a), number}, wide, 14);
  Value sum = createNode(rewriter, loc, "Add", {product, widen(c)}, wide, 14);
  return createNode(rewriter, loc, "Cast", sum,
                    type.clone(rewriter.getF32Type()), 13);
}

/// QLinearAdd, the second operand constant or both of one shape, as nodes: with
/// ra = scale_a / scale_y and rb = scale_b / scale_y
/// rne(a * ra + (b * rb + (zero_y - (zero_a * ra + zero_b * rb)))), each a * b
/// + c rounded once, as onnxruntime computes it.
struct QLinearAddOfCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!node.isOp("com.microsoft", "QLinearAdd"))
      return failure();
    RankedTensorType type = getNonEmptyType(node.getResult(0)),
                     left = getNonEmptyType(node.getInputOrNull(0)),
                     right = getNonEmptyType(node.getInputOrNull(3));
    std::optional<CodeScheme> a = readScheme(node, 1), b = readScheme(node, 4),
                              y = readScheme(node, 6);
    if (!type || !left || !right || !a || !b || !y ||
        !lowbit::isCode(type.getElementType()) ||
        left.getShape() != type.getShape())
      return rewriter.notifyMatchFailure(node, "no constant scales");
    Location loc = node.getLoc();
    Value constant = getConstantCodes(rewriter, node, 3);
    if (!constant && right.getShape() != type.getShape())
      return rewriter.notifyMatchFailure(node, "the second is broadcast");
    // Both f64 sums and products below are exact.
    float ra = a->scale / y->scale, rb = b->scale / y->scale;
    float zeros = rb * float(b->zeroPoint);
    float fixed = float(y->zeroPoint) -
                  float(double(ra) * double(a->zeroPoint) + double(zeros));
    if (!std::isfinite(ra) || !std::isfinite(rb) || !std::isfinite(fixed))
      return rewriter.notifyMatchFailure(node, "scales too far apart");
    Value sum;
    if (constant) {
      std::optional<onnx::ConstantData> data = onnx::getConstantData(constant);
      SmallVector<float> numbers;
      for (int64_t i = 0; i < data->size(); ++i)
        numbers.push_back(
            float(data->asDouble(i) * double(rb) + double(fixed)));
      sum = onnx::createConstant(
          rewriter, loc, data->getType(),
          ArrayRef(reinterpret_cast<const char *>(numbers.data()),
                   numbers.size() * sizeof(float)),
          "addend");
    } else {
      sum = createFused(rewriter, loc, node.getInputOrNull(3), rb,
                        createFloat(rewriter, loc, fixed), type);
    }
    sum = createFused(rewriter, loc, node.getInputOrNull(0), ra, sum, type);
    rewriter.replaceOpWithNewOp<lowbit::QuantizeOp>(
        node, type, sum, createFloat(rewriter, loc, 1), Value(),
        lowbit::RoundingMode::HalfEven, /*narrow=*/false,
        /*by_reciprocal=*/false, /*zero_point_last=*/false);
    return success();
  }
};

} // namespace

void populateQLinearAddPattern(RewritePatternSet &patterns) {
  patterns.add<QLinearAddOfCodes>(patterns.getContext());
}

} // namespace setun
