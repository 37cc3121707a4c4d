//===- FoldConstants.cpp - Compute what depends on constants only ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shape arithmetic is interpreted here; everything else goes, as one module per
// batch, to the evaluator that the pass was given.
//===----------------------------------------------------------------------===//

#include "setun/Transforms/Passes.h"

#include "ConstantSlice.h"
#include "IntegerFolding.h"
#include "dialects/Onnx/ConstantData.h"
#include "dialects/Onnx/ConstantMemory.h"
#include "setun/Support/Evaluator.h"
#include "setun/Support/NodeLocation.h"

#include "llvm/ADT/DenseSet.h"

#include <cmath>

namespace setun {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "setun/Transforms/Passes.h.inc"
} // namespace setun

using namespace mlir;
using namespace setun;
using onnx::ConstantOp;
using onnx::NodeOp;

/// Attempts at batches that fail: enough to single out a few nodes that cannot
/// be run, few enough to stay fast on a hostile model.
static constexpr int kMaxFailures = 32;

/// Results of one batch, unless a single one has more.
static constexpr int64_t kBatchBytes = int64_t(16) << 20;

//===----------------------------------------------------------------------===//
// Rounding boundaries
//===----------------------------------------------------------------------===//

/// Scales of weights are means of thousands of numbers: two orders of summation
/// differ by more than the last bits.
static constexpr double kBoundaryWidth = 1e-6;

/// Is x, relative to its size, this close to a half-integer k + 0.5? Larger
/// numbers become no codes.
static bool isNearRoundingBoundary(float x) {
  if (!(std::fabs(x) < 65536.0f))
    return false;
  double boundary = std::floor(double(x)) + 0.5;
  return std::fabs(x - boundary) <= kBoundaryWidth * std::fabs(boundary);
}

static void reportBoundaries(NodeOp round, ArrayRef<char> bytes) {
  size_t count = bytes.size() / sizeof(float), near = 0;
  for (size_t i = 0; i < count; ++i) {
    float value;
    std::memcpy(&value, bytes.data() + i * sizeof(float), sizeof(float));
    near += isNearRoundingBoundary(value);
  }
  if (near > 0)
    emitRemark(round.getLoc())
        << near << " of " << count
        << " constants lie within 1e-6 of a rounding boundary: another order "
           "of summation may round them otherwise";
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
class FoldConstants : public setun::impl::FoldConstantsBase<FoldConstants> {
public:
  explicit FoldConstants(Evaluator *evaluator = nullptr,
                         bool releaseConstants = false)
      : evaluator(evaluator), releaseConstants(releaseConstants) {}

  void getDependentDialects(DialectRegistry &registry) const override {
    FoldConstantsBase::getDependentDialects(registry);
    if (evaluator)
      evaluator->getDependentDialects(registry);
  }

  void runOnOperation() override {
    foldIntegers();
    if (evaluator)
      foldByEvaluation();
    eraseUnused();
  }

private:
  void foldIntegers();
  void foldByEvaluation();
  void foldInBatches(ArrayRef<Value> roots);
  void fold(ArrayRef<Value> roots);
  /// Evaluates `wanted`; on failure gives the reason.
  FailureOr<SmallVector<std::vector<char>>> evaluate(ArrayRef<Value> wanted,
                                                     std::string &reason);
  void eraseUnused();

  Evaluator *evaluator;
  bool releaseConstants;
  /// Nodes that the evaluator could not run.
  DenseSet<Operation *> excluded;
  int failures = 0;
};
} // namespace

void FoldConstants::foldIntegers() {
  SmallVector<NodeOp> nodes;
  getOperation().walk([&](NodeOp node) { nodes.push_back(node); });
  for (NodeOp node : nodes) {
    ElementsAttr value = foldIntegerNode(node);
    if (!value)
      continue;
    OpBuilder builder(node);
    node.getOutputs()[0].replaceAllUsesWith(
        ConstantOp::create(builder, node.getLoc(), value));
    node.erase();
  }
}

FailureOr<SmallVector<std::vector<char>>>
FoldConstants::evaluate(ArrayRef<Value> wanted, std::string &reason) {
  OwningOpRef<ModuleOp> module = buildConstantModule(wanted);
  ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      reason += (reason.empty() ? "" : "; ") + diagnostic.str();
    return success();
  });
  return evaluator->evaluate(*module);
}

/// Folds all of `roots` in one batch; if that fails, each half on its own, so
/// that in the end only the nodes that are in the way stay.
void FoldConstants::fold(ArrayRef<Value> roots) {
  if (roots.empty() || failures > kMaxFailures)
    return;
  SmallVector<Value> wanted(roots);
  SmallVector<NodeOp> rounds = findRounds(roots);
  for (NodeOp round : rounds)
    wanted.push_back(round.getInputs()[0]);

  std::string reason;
  auto results = evaluate(wanted, reason);
  if (failed(results)) {
    ++failures;
    if (roots.size() > 1) {
      fold(roots.take_front(roots.size() / 2));
      fold(roots.drop_front(roots.size() / 2));
      return;
    }
    excluded.insert(roots.front().getDefiningOp());
    emitRemark(roots.front().getLoc())
        << "stays in the program, although it is constant: " << reason;
    return;
  }

  for (auto [constantRoot, bytes] : llvm::zip(roots, *results)) {
    Value root = constantRoot;
    OpBuilder builder(root.getDefiningOp());
    ConstantOp origin = findOrigin(root);
    Location loc = origin
                       ? builder.getFusedLoc({origin.getLoc(), root.getLoc()})
                       : root.getLoc();
    SmallVector<NodeName> names = getNodeNames(loc);
    Value constant = onnx::createConstant(
        builder, loc, cast<RankedTensorType>(root.getType()), bytes,
        names.empty() ? "folded" : names.front().name);
    root.replaceAllUsesWith(constant);
    std::vector<char>().swap(bytes);
  }
  for (auto [round, bytes] :
       llvm::zip(rounds, ArrayRef(*results).drop_front(roots.size())))
    reportBoundaries(round, bytes);
}

/// Folds roots together as long as their bytes are few: each batch is compiled
/// by itself, but its results and what they need are in memory at once.
void FoldConstants::foldInBatches(ArrayRef<Value> roots) {
  while (!roots.empty()) {
    int64_t bytes = 0;
    size_t count = 0;
    do
      bytes += onnx::getStorageBytes(cast<ShapedType>(roots[count].getType()))
                   .value_or(kBatchBytes);
    while (++count < roots.size() && bytes < kBatchBytes);
    fold(roots.take_front(count));
    roots = roots.drop_front(count);
    if (!roots.empty())
      eraseUnused();
  }
}

void FoldConstants::foldByEvaluation() {
  // A node that fails is a root no more, its operands are: go down until
  // nothing is left that can be folded.
  SmallVector<Value> roots;
  size_t numExcluded;
  do {
    numExcluded = excluded.size();
    roots = findConstantRoots(getOperation(), excluded);
    foldInBatches(roots);
  } while (excluded.size() > numExcluded && failures <= kMaxFailures);
}

/// Nodes in reverse order, so that a chain goes from its end; constants last.
void FoldConstants::eraseUnused() {
  SmallVector<Operation *> candidates;
  getOperation().walk([&](Operation *op) {
    if (isa<NodeOp, ConstantOp, onnx::NoneOp>(op))
      candidates.push_back(op);
  });
  onnx::BlobSet dropped;
  for (Operation *op : llvm::reverse(candidates)) {
    if (!isOpTriviallyDead(op))
      continue;
    if (auto constant = dyn_cast<ConstantOp>(op))
      if (auto blob = dyn_cast<DenseResourceElementsAttr>(constant.getValue()))
        dropped.insert(blob.getRawHandle().getResource());
    op->erase();
  }
  if (releaseConstants && !dropped.empty())
    onnx::releaseUnused(dropped, onnx::findBlobs(getOperation()));
}

std::unique_ptr<Pass> setun::createFoldConstants(Evaluator *evaluator,
                                                 bool releaseConstants) {
  return std::make_unique<FoldConstants>(evaluator, releaseConstants);
}
