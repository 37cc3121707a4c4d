// Fuses elementwise loops of a layer, so that an epilogue is one loop and its
// intermediate tensors vanish. Unlike upstream's pass it never recomputes: a
// producer is fused only where both run over the same elements.
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Iterations of a generic op; nothing if a loop is dynamic.
std::optional<int64_t> countIterations(linalg::GenericOp op) {
  int64_t count = 1;
  for (int64_t range : op.getStaticLoopRanges()) {
    if (ShapedType::isDynamic(range))
      return std::nullopt;
    count *= range;
  }
  return count;
}

/// Operations of a fused body. Each fusion copies both bodies, so that without
/// a limit a chain of thousands of nodes would take time with its square.
constexpr size_t kMaxOperations = 256;

size_t countOperations(linalg::GenericOp op) {
  return op.getBody()->getOperations().size();
}

bool isWorthFusing(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer)
    return true; // constants, fills
  return producer->hasOneUse() &&
         consumer.getNumParallelLoops() == consumer.getNumLoops() &&
         countOperations(producer) + countOperations(consumer) <=
             kMaxOperations &&
         countIterations(producer) == countIterations(consumer);
}

/// Are these the sums of a kernel, perhaps with a bias?
bool areSums(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto generic = dyn_cast_or_null<linalg::GenericOp>(op))
    return generic.getNumParallelLoops() == generic.getNumLoops() &&
           generic.getNumDpsInputs() > 0 &&
           areSums(generic.getDpsInputs().front());
  return isa_and_nonnull<lowbit::PackedMatmulOp, lowbit::AddSubOp,
                         lowbit::DepthwiseOp>(op);
}

/// Sums that are transposed are elementwise loops, too: their epilogue reads
/// them in its own order.
void generaliseTransposes(func::FuncOp function) {
  SmallVector<linalg::TransposeOp> transposes;
  function.walk([&](linalg::TransposeOp op) {
    if (areSums(op.getInput()))
      transposes.push_back(op);
  });
  IRRewriter rewriter(function.getContext());
  for (linalg::TransposeOp op : transposes) {
    rewriter.setInsertionPoint(op);
    (void)linalg::generalizeNamedOp(rewriter,
                                    cast<linalg::LinalgOp>(op.getOperation()));
  }
}

struct FuseElementwisePass
    : public impl::FuseElementwiseBase<FuseElementwisePass> {
  void runOnOperation() override {
    generaliseTransposes(getOperation());
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, isWorthFusing);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns,
                                                         &getContext());
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace setun
