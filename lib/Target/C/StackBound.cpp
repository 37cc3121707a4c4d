//===- StackBound.cpp - How much stack a run may take ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StackBound.h"

#include "setun/Analysis/KernelCall.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace setun::c {

/// A register, or a place where it is spilled; constants are in the code.
static int64_t getNumberBytes(Value value) {
  Operation *source = value.getDefiningOp();
  if (source &&
      (matchPattern(source, m_Constant()) || isa<memref::GetGlobalOp>(source)))
    return 0;
  Type type = value.getType();
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() <= 32 ? 4 : 8;
}

/// Bytes of the numbers of a block that are alive at once, and of blocks
/// inside.
static int64_t getLiveBytes(Block &block) {
  DenseSet<Value> live;
  int64_t now = 0, worst = 0;
  auto use = [&](Value value) {
    if (value.getParentBlock() == &block && live.insert(value).second)
      now += getNumberBytes(value);
  };
  for (Operation &op : llvm::reverse(block)) {
    for (Value result : op.getResults())
      if (live.erase(result))
        now -= getNumberBytes(result);
    llvm::for_each(op.getOperands(), use);
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(op.getRegions(), captured);
    llvm::for_each(captured, use);
    int64_t inner = 0;
    for (Region &region : op.getRegions())
      for (Block &body : region)
        inner = std::max(inner, getLiveBytes(body));
    worst = std::max(worst, now + inner);
  }
  return worst;
}

StackBound::StackBound(const CallGraph &graph) : graph(graph) {
  for (func::FuncOp function : graph.getFunctions())
    function.walk([&](Operation *op) {
      if (std::optional<KernelCall> call = getKernelCall(op))
        for (const KernelArgument &argument : call->arguments)
          if (argument.name == "rows" && argument.size >= 3)
            manyRows.insert(call->kernel);
    });
}

void StackBound::add(func::FuncOp function, const llvm::StringSet<> &names) {
  // Compilers load earlier than the source says: up to twice as many numbers
  // are alive.
  Frame frame;
  frame.own = graph.get(function).localBytes + kFrameBytes +
              2 * getLiveBytes(function.front());
  // With OpenMP what is parallel is a function of its own.
  if (!function.front().getOps<scf::ParallelOp>().empty())
    frame.own += kFrameBytes;
  frame.deepest = 0;
  function.walk([&](func::CallOp call) {
    frame.deepest = std::max(
        frame.deepest, frames.find(CallGraph::getCallee(call))->second.deepest);
  });
  for (const KernelSource &kernel : getKernelSources()) {
    if (!names.contains(kernel.name))
      continue;
    frame.deepest = std::max(frame.deepest, manyRows.contains(kernel.name)
                                                ? kernel.stackBytes
                                                : kernel.fewRowsStackBytes);
    frame.kernels.push_back(&kernel);
    ++uses[&kernel];
  }
  frame.deepest += frame.own;
  frames.insert({function, std::move(frame)});
}

/// Arrays that stay in the frame of a caller into which the function is
/// inlined: its own, and those of kernels that are inlined, too. gcc does so
/// with kernels of one call, and of several calls with one of a small kernel.
int64_t StackBound::getInlinedBytes(func::FuncOp function) const {
  constexpr int64_t small = 512;
  int64_t arrays = graph.get(function).localBytes;
  for (const KernelSource *kernel : frames.find(function)->second.kernels)
    if (uses.lookup(kernel) == 1 || kernel->arrayBytes <= small)
      arrays += kernel->arrayBytes;
  return arrays;
}

int64_t StackBound::getBytes() const {
  func::FuncOp entry = graph.getEntry();
  llvm::SetVector<func::FuncOp> layers;
  entry.walk(
      [&](func::CallOp call) { layers.insert(CallGraph::getCallee(call)); });
  // One layer is called while the arrays of another, inlined, are there.
  func::FuncOp largest;
  int64_t most = 0, second = 0, worst = 0;
  for (func::FuncOp layer : layers) {
    int64_t arrays = getInlinedBytes(layer);
    if (arrays > most || !largest) {
      second = most;
      most = arrays;
      largest = layer;
    } else {
      second = std::max(second, arrays);
    }
  }
  for (func::FuncOp layer : layers)
    worst = std::max(worst, frames.find(layer)->second.deepest +
                                (layer == largest ? second : most));
  return frames.find(entry)->second.own + worst;
}

} // namespace setun::c
