// Parts for several threads: which work of a layer is worth it, and loops. How
// kernels are split is in KernelParts.cpp, which loops can be in
// IndependentRounds.cpp.
#include "BufferMarks.h"
#include "IndependentRounds.h"
#include "KernelParts.h"
#include "LoopBuilder.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Analysis/KernelCall.h"
#include "setun/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_SPLITFORTHREADS
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Nanoseconds of one step, on a processor with vectors: kernels of codes, of
/// floats, and what compilers make of loops. Within a factor of 3 on x86-64;
/// the least work that is split need not be known better.
constexpr double kCodeStep = 0.03, kFloatStep = 0.12, kLoopStep = 0.1;

/// Estimates times by counting.
class WorkEstimate {
public:
  explicit WorkEstimate(ModuleOp module) : symbols(module) {}

  double getNanoseconds(Operation *op);

private:
  double getNanoseconds(Region &region);
  double getKernelNanoseconds(const KernelCall &call);

  SymbolTable symbols;
  /// Of functions; 0 for one that is being estimated.
  DenseMap<Operation *, double> known;
};

double getRounds(scf::ForOp loop) {
  auto first = getConstantIntValue(loop.getLowerBound());
  auto end = getConstantIntValue(loop.getUpperBound());
  auto step = getConstantIntValue(loop.getStep());
  if (!first || !end || !step || *step <= 0)
    return 1;
  return std::max(0.0, (double(*end) - double(*first)) / double(*step));
}

/// What a kernel runs over multiplied is its steps; a window has one for each
/// tap and each place.
double WorkEstimate::getKernelNanoseconds(const KernelCall &call) {
  double steps = double(call.batches);
  for (const KernelArgument &argument : call.arguments) {
    if (argument.kind == KernelArgument::Kind::Size &&
        llvm::is_contained({"rows", "outputs", "inputs", "samples", "groups",
                            "channels", "places"},
                           argument.name))
      steps *= double(argument.size);
    if (argument.kind == KernelArgument::Kind::Window)
      for (const auto &row : argument.window)
        steps *= double(row[1]) * double(row[2]);
  }
  return steps * (call.isFloat ? kFloatStep : kCodeStep);
}

double WorkEstimate::getNanoseconds(Region &region) {
  double sum = 0;
  for (Operation &op : region.getOps())
    sum += getNanoseconds(&op);
  return sum;
}

double WorkEstimate::getNanoseconds(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return getRounds(loop) * getNanoseconds(loop.getRegion());
  if (std::optional<KernelCall> call = getKernelCall(op))
    return getKernelNanoseconds(*call);
  if (auto copy = dyn_cast<memref::CopyOp>(op)) {
    auto type = cast<MemRefType>(copy.getSource().getType());
    return type.hasStaticShape() ? double(type.getNumElements()) * kLoopStep
                                 : 0;
  }
  if (auto call = dyn_cast<func::CallOp>(op)) {
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (!callee)
      return 0;
    auto [entry, isNew] = known.try_emplace(callee, 0);
    if (!isNew)
      return entry->second;
    double time = getNanoseconds(callee.getBody());
    return known[callee] = time;
  }
  if (op->getNumRegions() > 0) {
    double most = 0;
    for (Region &region : op->getRegions())
      most = std::max(most, getNanoseconds(region));
    return most;
  }
  bool isStep = !op->hasTrait<OpTrait::IsTerminator>() &&
                !op->hasTrait<OpTrait::ConstantLike>() &&
                !isa<ViewLikeOpInterface, memref::AllocOp, memref::AllocaOp,
                     memref::GetGlobalOp>(op);
  return isStep ? kLoopStep : 0;
}

/// Splits the rounds of `loop`; its body stays as it is.
void splitLoop(RewriterBase &rewriter, scf::ForOp loop, int64_t threads) {
  int64_t first = *getConstantIntValue(loop.getLowerBound());
  int64_t end = *getConstantIntValue(loop.getUpperBound());
  int64_t step = *getConstantIntValue(loop.getStep());
  auto parts = WorkParts::divide(llvm::divideCeil(end - first, step), threads);
  LoopBuilder at{rewriter, loop.getLoc()};
  rewriter.setInsertionPoint(loop);
  Value begin, behind;
  scf::ParallelOp parallel =
      createParallelLoop(rewriter, at.loc, parts.count, [&](Value part) {
        int64_t stride = parts.each * step;
        begin = at.times(part, stride);
        if (first != 0)
          begin = at.add(begin, at.index(first));
        behind = at.add(begin, at.index(stride));
        if (first + parts.count * stride > end)
          behind =
              arith::MinSIOp::create(rewriter, at.loc, behind, at.index(end));
      });
  rewriter.moveOpBefore(loop, parallel.getBody()->getTerminator());
  loop.setLowerBound(begin);
  loop.setUpperBound(behind);
}

struct SplitForThreadsPass
    : public impl::SplitForThreadsBase<SplitForThreadsPass> {
  using Base::Base;

  void runOnOperation() override {
    if (threads < 2)
      return;
    WorkEstimate work(getOperation());
    IRRewriter rewriter(&getContext());
    for (func::FuncOp layer : findLayers()) {
      auto ops =
          llvm::map_to_vector(layer.front(), [](Operation &op) { return &op; });
      for (Operation *op : ops)
        if (work.getNanoseconds(op) >= leastMicroseconds * 1000)
          split(rewriter, op);
      for (auto parallel :
           llvm::to_vector(layer.front().getOps<scf::ParallelOp>()))
        giveOwnBuffers(rewriter, parallel);
      for (auto unused : llvm::to_vector(layer.getOps<memref::AllocOp>()))
        if (unused->use_empty())
          rewriter.eraseOp(unused);
    }
  }

  /// Functions that only the entry point calls: no part of a loop does.
  SmallVector<func::FuncOp> findLayers() {
    DenseSet<StringRef> layers, others;
    getOperation().walk([&](func::CallOp call) {
      bool isFromEntry = call->getParentOfType<func::FuncOp>().isPublic();
      (isFromEntry ? layers : others).insert(call.getCallee());
    });
    SmallVector<func::FuncOp> found;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && layers.contains(function.getSymName()) &&
          !others.contains(function.getSymName()))
        found.push_back(function);
    return found;
  }

  void split(RewriterBase &rewriter, Operation *op) {
    if (splitKernel(rewriter, op, threads))
      return;
    auto loop = dyn_cast<scf::ForOp>(op);
    if (loop && getConstantIntValue(loop.getLowerBound()) &&
        getConstantIntValue(loop.getUpperBound()) && getRounds(loop) > 1 &&
        hasIndependentRounds(loop))
      splitLoop(rewriter, loop, threads);
  }

  /// Each part has its piece of what it allocates, and its own small buffers.
  static void giveOwnBuffers(RewriterBase &rewriter, scf::ParallelOp parallel) {
    constexpr int64_t cacheLine = 64;
    int64_t parts = *getConstantIntValue(parallel.getUpperBound()[0]);
    SmallVector<memref::AllocOp> allocations;
    SmallVector<memref::AllocaOp> locals;
    parallel.walk([&](memref::AllocOp op) { allocations.push_back(op); });
    for (auto local : parallel->getBlock()->getOps<memref::AllocaOp>())
      if (local->hasAttr(kInLoopAttr) &&
          llvm::any_of(local->getUsers(), [&](Operation *user) {
            return parallel->isProperAncestor(user);
          }))
        locals.push_back(local);
    for (memref::AllocaOp local : locals)
      rewriter.moveOpBefore(local, parallel.getBody(),
                            parallel.getBody()->begin());
    for (memref::AllocOp op : allocations) {
      MemRefType type = op.getType();
      if (!type.hasStaticShape())
        continue;
      int64_t bytes =
          llvm::alignTo(type.getNumElements() *
                            llvm::divideCeil(type.getElementTypeBitWidth(), 8),
                        cacheLine);
      LoopBuilder at{rewriter, op.getLoc()};
      rewriter.setInsertionPoint(parallel);
      Value all = memref::AllocOp::create(
          rewriter, at.loc,
          MemRefType::get({parts * bytes}, rewriter.getI8Type()));
      rewriter.setInsertionPointToStart(parallel.getBody());
      Value start = at.times(parallel.getInductionVars()[0], bytes);
      rewriter.replaceOpWithNewOp<memref::ViewOp>(op, type, all, start,
                                                  ValueRange());
    }
  }
};

} // namespace
} // namespace setun
