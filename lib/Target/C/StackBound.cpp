//===- StackBound.cpp - How much stack a run may take ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "StackBound.h"

#include "setun/Analysis/KernelCall.h"

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
        hasManyRows |=
            llvm::any_of(call->arguments, [](const KernelArgument &argument) {
              return argument.name == "rows" && argument.size >= 3;
            });
    });
}

void StackBound::add(func::FuncOp function, const llvm::StringSet<> &names) {
  int64_t deepest = 0;
  function.walk([&](func::CallOp call) {
    deepest = std::max(deepest, bytes.lookup(CallGraph::getCallee(call)));
  });
  for (const KernelSource &kernel : getKernelSources())
    if (names.contains(kernel.name)) {
      deepest = std::max(deepest, hasManyRows ? kernel.stackBytes
                                              : kernel.fewRowsStackBytes);
      ++uses[&kernel];
    }
  // Compilers load earlier than the source says: up to twice as many numbers
  // are alive.
  bytes[function] = graph.get(function).localBytes + kFrameBytes +
                    2 * getLiveBytes(function.front()) + deepest;
}

int64_t StackBound::getBytes() const {
  // Of several calls of a kernel a compiler may inline one, and its arrays then
  // stay while the others are called. gcc does so with small kernels.
  constexpr int64_t most = 512;
  int64_t twice = 0;
  for (auto [kernel, count] : uses)
    if (count > 1 && kernel->arrayBytes <= most)
      twice = std::max(twice, kernel->arrayBytes);
  return bytes.lookup(graph.getEntry()) + twice;
}

} // namespace setun::c
