// Carries dequantize down through operators that only move elements, so that it
// meets the product.
#include "NodeMatchers.h"
#include "Patterns.h"

using namespace mlir;

namespace setun {
namespace {

/// transpose(c * s) -> transpose(c) * transpose(s).
struct MoveTransposeOntoCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Transpose"))
      return failure();
    auto dequantize =
        node.getInputOrNull(0).getDefiningOp<lowbit::DequantizeOp>();
    if (!dequantize ||
        !lowbit::isCode(dequantize.getInput().getType().getElementType()))
      return failure();
    RankedTensorType type = dequantize.getType();
    SmallVector<int64_t> permutation;
    if (std::optional<ArrayRef<int64_t>> attr = node.getInts("perm"))
      permutation.assign(attr->begin(), attr->end());
    else
      permutation =
          llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, type.getRank())));

    // A single scale needs no move; one of full rank is permuted with the
    // codes.
    auto moveOperand = [&](Value operand) -> FailureOr<Value> {
      if (!operand)
        return Value();
      auto operandType = cast<RankedTensorType>(operand.getType());
      if (operandType.getNumElements() == 1)
        return Value(createReshape(rewriter, node.getLoc(), operand, {}));
      if (operandType.getRank() != type.getRank())
        return failure();
      SmallVector<int64_t> shape;
      for (int64_t dim : permutation)
        shape.push_back(operandType.getDimSize(dim));
      return onnx::NodeOp::create(
                 rewriter, node.getLoc(),
                 TypeRange(RankedTensorType::get(shape, rewriter.getF32Type())),
                 "Transpose", operand,
                 {rewriter.getNamedAttr(
                     "perm", rewriter.getDenseI64ArrayAttr(permutation))},
                 "", 13)
          .getResult(0);
    };
    FailureOr<Value> scale = moveOperand(dequantize.getScale());
    FailureOr<Value> zeroPoint = moveOperand(dequantize.getZeroPoint());
    auto result = dyn_cast<RankedTensorType>(node.getResult(0).getType());
    if (failed(scale) || failed(zeroPoint) || !result)
      return rewriter.notifyMatchFailure(node, "scale cannot be permuted");
    Value codes = lowbit::TransposeOp::create(
        rewriter, node.getLoc(),
        RankedTensorType::get(result.getShape(),
                              dequantize.getInput().getType().getElementType()),
        dequantize.getInput(), permutation);
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(node, result, codes,
                                                      *scale, *zeroPoint);
    return success();
  }

  /// A constant of one element as a scalar; other values stay as they are.
  static Value createReshape(OpBuilder &builder, Location loc, Value value,
                             ArrayRef<int64_t> shape) {
    std::optional<double> scalar = getScalar(value);
    return scalar ? createFloat(builder, loc, float(*scalar), shape) : value;
  }
};

/// reshape(c * s) -> reshape(c) * s for a single scale.
struct MoveReshapeOntoCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "Reshape") && !isNode(node, "Flatten") &&
        !isNode(node, "Squeeze") && !isNode(node, "Unsqueeze"))
      return failure();
    auto dequantize =
        node.getInputOrNull(0).getDefiningOp<lowbit::DequantizeOp>();
    auto result = dyn_cast<RankedTensorType>(node.getResult(0).getType());
    if (!dequantize || !result || !result.hasStaticShape() ||
        !dequantize.getInput().getType().hasStaticShape() ||
        !lowbit::isCode(dequantize.getInput().getType().getElementType()))
      return failure();
    std::optional<double> scale = getScalar(dequantize.getScale());
    Value zeroPoint = dequantize.getZeroPoint();
    if (!scale || (zeroPoint && !getScalar(zeroPoint)))
      return rewriter.notifyMatchFailure(node, "more than one scale");
    Value codes = lowbit::ReshapeOp::create(
        rewriter, node.getLoc(),
        RankedTensorType::get(result.getShape(),
                              dequantize.getInput().getType().getElementType()),
        dequantize.getInput());
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
        node, result, codes,
        createFloat(rewriter, node.getLoc(), float(*scale)),
        zeroPoint
            ? createFloat(rewriter, node.getLoc(), float(*getScalar(zeroPoint)))
            : Value());
    return success();
  }
};

} // namespace

void populateStructurePatterns(RewritePatternSet &patterns) {
  patterns.add<MoveTransposeOntoCodes, MoveReshapeOntoCodes>(
      patterns.getContext());
}

} // namespace setun
