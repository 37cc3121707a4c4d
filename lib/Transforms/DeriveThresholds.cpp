// Quantisers of integers become integer steps (see Passes.td).
#include "StepRewriter.h"
#include "dialects/Onnx/ConstantData.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "setun/Analysis/LayerFacts.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_DERIVETHRESHOLDS
#include "setun/Transforms/Passes.h.inc"

namespace {

using lowbit::CodeRange;

/// dequantize(constant) with at most one dimension: a bias. Its numbers are
/// those of the formula.
void foldBias(lowbit::DequantizeOp op) {
  auto constant = op.getInput().getDefiningOp<lowbit::ConstantOp>();
  RankedTensorType type = op.getType();
  auto scale = onnx::getConstantData(op.getScale());
  auto zero = op.getZeroPoint() ? onnx::getConstantData(op.getZeroPoint())
                                : std::nullopt;
  int64_t largest = type.getRank() ? *llvm::max_element(type.getShape()) : 1;
  auto isSingle = [](const std::optional<onnx::ConstantData> &data) {
    return data && data->size() == 1;
  };
  if (!constant || lowbit::getLayout(op.getInput().getType()) ||
      type.getNumElements() != largest || !isSingle(scale) ||
      (op.getZeroPoint() && !isSingle(zero)))
    return;
  SmallVector<float> numbers;
  for (int64_t number : constant.getCodes()) {
    float real = float(number);
    if (zero)
      real = real - zero->at<float>(0);
    numbers.push_back(real * scale->at<float>(0));
  }
  OpBuilder builder(op);
  Value folded = onnx::createConstant(
      builder, op.getLoc(), type,
      ArrayRef(reinterpret_cast<const char *>(numbers.data()),
               numbers.size() * sizeof(float)),
      "bias");
  op.getResult().replaceAllUsesWith(folded);
  op.erase();
}

bool isQuantiser(Operation *op) {
  if (auto threshold = dyn_cast<lowbit::ThresholdOp>(op))
    return threshold.getInput().getType().getElementType().isF32();
  if (auto node = dyn_cast<onnx::NodeOp>(op))
    return node.isOp("", "Cast") && isCodeTensor(node.getResult(0)) &&
           !isCodeTensor(node.getInputOrNull(0));
  return isa<lowbit::QuantizeOp>(op);
}

/// Is `node` the index of the largest element along a dimension, and nothing
/// else that is used?
bool isArgMax(onnx::NodeOp node) {
  if (node.isOp("", "ArgMax"))
    return node.getInt("select_last_index", 0) == 0;
  if (!node.isOp("", "TopK") || node.getNumResults() != 2 ||
      !node.getResult(0).use_empty() || node.getInt("largest", 1) == 0)
    return false;
  auto type = dyn_cast<RankedTensorType>(node.getResult(1).getType());
  int64_t rank = type ? type.getRank() : 0;
  int64_t axis = node.getInt("axis", -1);
  axis += axis < 0 ? rank : 0;
  return axis >= 0 && axis < rank && type.getDimSize(axis) == 1;
}

/// The integers whose order is that of `scores`: scores[i] < scores[j] exactly
/// where integers[i] < integers[j]. Null if there are none.
Value getIntegersOfScores(Value scores) {
  auto type = dyn_cast<RankedTensorType>(scores.getType());
  std::optional<StepFunction> function = type && type.getElementType().isF32()
                                             ? StepFunction::traceScores(scores)
                                             : std::nullopt;
  if (!function || function->getInputs().size() != 1 ||
      function->getChannels().size != 1 ||
      function->getDirections(0)[0] != Direction::Rising)
    return nullptr;
  Value integers = function->getInputs()[0];
  auto from = cast<RankedTensorType>(integers.getType());
  auto element = cast<IntegerType>(from.getElementType());
  if (from.getShape() != type.getShape() || lowbit::getLayout(from) ||
      !llvm::is_contained({8u, 16u, 32u, 64u}, element.getWidth()))
    return nullptr;
  CodeRange range = getValueBounds(integers).getHull();
  constexpr int64_t most = 1 << 22;
  if (range.max - range.min > most || range.magnitude() > INT32_MAX)
    return nullptr;
  std::optional<double> last;
  for (int64_t x = range.min; x <= range.max; ++x) {
    std::optional<double> score = function->evaluateScore(0, {x});
    if (!score || (last && *score <= *last))
      return nullptr;
    last = score;
  }
  return integers;
}

/// ArgMax(scores) -> ArgMax(integers).
void foldArgMax(onnx::NodeOp node) {
  if (!isArgMax(node))
    return;
  Value integers = getIntegersOfScores(node.getInputs()[0]);
  if (!integers)
    return;
  if (node.getOpType() == "ArgMax") {
    node->setOperand(0, integers);
    return;
  }
  OpBuilder builder(node);
  NamedAttrList attributes;
  attributes.set("axis", builder.getI64IntegerAttr(node.getInt("axis", -1)));
  attributes.set("keepdims", builder.getI64IntegerAttr(1));
  auto largest = onnx::NodeOp::create(
      builder, node.getLoc(), TypeRange(node.getResult(1).getType()), "ArgMax",
      integers, attributes.getAttrs(), "", /*sinceVersion=*/13);
  node.getResult(1).replaceAllUsesWith(largest.getResult(0));
  node.erase();
}

struct DeriveThresholdsPass
    : public impl::DeriveThresholdsBase<DeriveThresholdsPass> {
  void runOnOperation() override {
    getOperation().walk([](lowbit::DequantizeOp op) { foldBias(op); });
    SmallVector<Operation *> quantisers;
    getOperation().walk([&](Operation *op) {
      if (isQuantiser(op))
        quantisers.push_back(op);
    });
    // From the last on, so that a chain takes the quantisers inside of it.
    for (Operation *op : llvm::reverse(quantisers))
      convert(op);
    getOperation().walk([](onnx::NodeOp node) { foldArgMax(node); });
  }

  static void convert(Operation *op) {
    Value codes = op->getResult(0);
    auto type = dyn_cast<RankedTensorType>(codes.getType());
    if (codes.use_empty() || !type || !type.hasStaticShape() ||
        type.getNumElements() == 0)
      return;
    std::string why;
    // First with the quantisers inside of the chain, then without.
    if (!replace(op, /*composes=*/true, why) &&
        !replace(op, /*composes=*/false, why) && !why.empty()) {
      op->setAttr(kWhyFloatAttr, StringAttr::get(op->getContext(), why));
      op->emitRemark() << "stays float: " << why;
    }
  }

  static bool replace(Operation *op, bool composes, std::string &why) {
    Value codes = op->getResult(0);
    why.clear();
    std::optional<StepFunction> function =
        StepFunction::trace(codes, composes, why);
    if (!function || (composes && (function->getInputs().size() > 1 ||
                                   !function->isComposed())))
      return false;
    StepRewriter rewriter(op, *function);
    Value result = rewriter.rewrite();
    why = rewriter.why;
    if (!result)
      return false;
    if (Operation *producer = result.getDefiningOp();
        producer && result != function->getInputs()[0])
      producer->setLoc(
          FusedLoc::get(op->getContext(), function->getLocations()));
    codes.replaceAllUsesWith(result);
    op->erase();
    return true;
  }
};

} // namespace
} // namespace setun
