// A Transpose in front of a flattening, as in networks with channels last: the
// weights of the product behind it take the order of the image instead.
#include "NodeMatchers.h"
#include "Patterns.h"

using namespace mlir;

namespace setun {
namespace {

bool isOneNumber(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return isa<NoneType>(value.getType()) ||
         (type && type.hasStaticShape() && type.getNumElements() == 1);
}

/// Does each element of the result depend on that of operand 0 in its place,
/// and on single numbers?
bool isAlikeForAll(Operation *op) {
  bool isElementwise = isa<lowbit::QuantizeOp, lowbit::DequantizeOp>(op);
  if (auto node = dyn_cast<onnx::NodeOp>(op))
    isElementwise = isNode(node, "Relu") || isNode(node, "Clip") ||
                    isNode(node, "Sign") || isNode(node, "Add") ||
                    isNode(node, "Mul") || isNode(node, "Sub") ||
                    isNode(node, "Div") || isNode(node, "Round");
  return isElementwise && op->getNumResults() == 1 &&
         llvm::all_of(op->getOperands().drop_front(), isOneNumber) &&
         cast<ShapedType>(op->getOperand(0).getType()).getShape() ==
             cast<ShapedType>(op->getResult(0).getType()).getShape();
}

bool isReshape(Operation *op) {
  auto node = dyn_cast<onnx::NodeOp>(op);
  return isa<lowbit::ReshapeOp>(op) ||
         (node && (isNode(node, "Reshape") || isNode(node, "Flatten")));
}

SmallVector<int64_t> getPermutation(Operation *op) {
  if (auto transpose = dyn_cast<lowbit::TransposeOp>(op))
    return SmallVector<int64_t>(transpose.getPermutation());
  auto node = dyn_cast<onnx::NodeOp>(op);
  if (!node || !isNode(node, "Transpose") || !node.getInts("perm"))
    return {};
  return SmallVector<int64_t>(*node.getInts("perm"));
}

/// The first dimension from which on the sizes make `count`, and before which
/// nothing is permuted.
std::optional<int64_t> findFirst(ArrayRef<int64_t> perm,
                                 ArrayRef<int64_t> shape, int64_t count) {
  int64_t product = 1;
  for (int64_t first = int64_t(shape.size()) - 1; first >= 0; --first) {
    product *= shape[first];
    bool isFixed = llvm::all_of(llvm::seq<int64_t>(0, first),
                                [&](int64_t dim) { return perm[dim] == dim; });
    if (product == count && isFixed)
      return first;
  }
  return std::nullopt;
}

/// matmul(f(reshape(transpose(x))), w) -> matmul(f(reshape(x)), w'). The sums
/// are exact, so their order does not matter.
struct PermuteWeightsInstead : OpRewritePattern<lowbit::MatmulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(lowbit::MatmulOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType weights = op.getRhs().getType();
    if (!op.getRhs().getDefiningOp<lowbit::ConstantOp>() ||
        weights.getRank() != 2 || lowbit::getLayout(weights))
      return failure();
    Operation *reshape = findReshape(op.getLhs());
    Operation *transpose =
        reshape ? reshape->getOperand(0).getDefiningOp() : nullptr;
    SmallVector<int64_t> perm;
    if (transpose && transpose->hasOneUse())
      perm = getPermutation(transpose);
    if (perm.empty())
      return rewriter.notifyMatchFailure(op, "no flattened transpose");
    auto flat = cast<RankedTensorType>(reshape->getResult(0).getType());
    auto image = cast<RankedTensorType>(transpose->getResult(0).getType());
    if (!flat.hasStaticShape() || !image.hasStaticShape() ||
        perm.size() != size_t(image.getRank()) ||
        flat.getShape().back() != weights.getDimSize(1))
      return failure();
    std::optional<int64_t> first =
        findFirst(perm, image.getShape(), weights.getDimSize(1));
    if (!first)
      return rewriter.notifyMatchFailure(op, "more than one row is moved");

    Value permuted = permuteWeights(rewriter, op, image, perm, *first);
    rewriter.setInsertionPoint(reshape);
    Value source = transpose->getOperand(0);
    Value result = createReshape(rewriter, reshape->getLoc(), source, flat);
    rewriter.replaceOp(reshape, result);
    rewriter.modifyOpInPlace(op, [&] { op.getRhsMutable().assign(permuted); });
    return success();
  }

  /// The reshape that `value` comes from, through operations that work alike on
  /// all elements; nothing else uses what lies between.
  static Operation *findReshape(Value value) {
    for (unsigned depth = 0; depth < 16; ++depth) {
      Operation *op = value.getDefiningOp();
      if (!op || !op->hasOneUse() || op->getNumOperands() == 0)
        return nullptr;
      if (isReshape(op))
        return op;
      if (!isAlikeForAll(op))
        return nullptr;
      value = op->getOperand(0);
    }
    return nullptr;
  }

  /// Column k stands for an element of `image`; now for that of its source.
  static Value permuteWeights(PatternRewriter &rewriter, lowbit::MatmulOp op,
                              RankedTensorType image, ArrayRef<int64_t> perm,
                              int64_t first) {
    RankedTensorType type = op.getRhs().getType();
    Type code = type.getElementType();
    SmallVector<int64_t> shape = {type.getDimSize(0)};
    llvm::append_range(shape, image.getShape().drop_front(first));
    SmallVector<int64_t> inverse(shape.size()), moved(shape.size());
    inverse[0] = 0;
    for (size_t dim = first; dim < perm.size(); ++dim)
      inverse[perm[dim] - first + 1] = int64_t(dim) - first + 1;
    for (size_t dim = 0; dim < shape.size(); ++dim)
      moved[dim] = shape[inverse[dim]];
    Location loc = op.getRhs().getLoc();
    Value apart = rewriter.createOrFold<lowbit::ReshapeOp>(
        loc, RankedTensorType::get(shape, code), op.getRhs());
    Value turned = rewriter.createOrFold<lowbit::TransposeOp>(
        loc, RankedTensorType::get(moved, code), apart,
        rewriter.getDenseI64ArrayAttr(inverse));
    return rewriter.createOrFold<lowbit::ReshapeOp>(loc, type, turned);
  }

  static Value createReshape(PatternRewriter &rewriter, Location loc,
                             Value value, RankedTensorType type) {
    auto source = cast<RankedTensorType>(value.getType());
    if (lowbit::isCode(source.getElementType()))
      return lowbit::ReshapeOp::create(rewriter, loc, type, value);
    return setun::createReshape(rewriter, loc, value, type);
  }
};

} // namespace

void populateFlattenPatterns(RewritePatternSet &patterns) {
  patterns.add<PermuteWeightsInstead>(patterns.getContext());
}

} // namespace setun
