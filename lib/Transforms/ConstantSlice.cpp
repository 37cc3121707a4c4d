//===- ConstantSlice.cpp - The parts of a graph without inputs ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ConstantSlice.h"

#include "dialects/Onnx/ConstantData.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using setun::onnx::ConstantOp;
using setun::onnx::NodeOp;
using setun::onnx::NoneOp;

/// A result may always have so many bytes.
static constexpr int64_t kSmallBytes = 1 << 16;

/// Bytes of a tensor; nothing if they are not known.
static std::optional<int64_t> getBytes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? setun::onnx::getStorageBytes(type) : std::nullopt;
}

/// Is the result worth being stored? A few bytes expanded to a large tensor are
/// better expanded at run time.
static bool isCompact(NodeOp node) {
  int64_t inputBytes = 0;
  for (Value input : node.getInputs())
    inputBytes += getBytes(input).value_or(0);
  for (Value output : node.getOutputs()) {
    std::optional<int64_t> bytes = getBytes(output);
    if (!bytes || (*bytes > kSmallBytes && *bytes / 8 > inputBytes))
      return false;
  }
  return true;
}

/// May this operator be computed here at all, given constant inputs?
static bool isFoldable(NodeOp node) {
  if (!node.getDomain().empty() || node.getNumRegions() != 0 ||
      !isMemoryEffectFree(node) || node.getOutputs().empty())
    return false;
  // The low-bit conversions read these; integers of 32 bits, as of a bias, are
  // no codes to them.
  StringRef type = node.getOpType();
  bool isBias = type == "DequantizeLinear" && !node.getInputs().empty() &&
                getElementTypeOrSelf(node.getInputs()[0]).isInteger(32);
  if (type == "QuantizeLinear" || type == "DynamicQuantizeLinear" ||
      (type == "DequantizeLinear" && !isBias))
    return false;
  return isCompact(node);
}

SmallVector<Value>
setun::findConstantRoots(ModuleOp module,
                         const DenseSet<Operation *> &excluded) {
  DenseSet<Operation *> constant;
  SmallVector<NodeOp> inOrder;
  module.walk<WalkOrder::PreOrder>([&](NodeOp node) {
    bool isConstant = isFoldable(node) && !excluded.contains(node) &&
                      llvm::all_of(node.getInputs(), [&](Value input) {
                        Operation *source = input.getDefiningOp();
                        return source && (isa<ConstantOp, NoneOp>(source) ||
                                          constant.contains(source));
                      });
    if (isConstant) {
      constant.insert(node);
      inOrder.push_back(node);
    }
  });
  SmallVector<Value> roots;
  for (NodeOp node : inOrder)
    for (Value output : node.getOutputs())
      if (llvm::any_of(output.getUsers(), [&](Operation *user) {
            return !constant.contains(user);
          }))
        roots.push_back(output);
  return roots;
}

/// Everything that `wanted` depends on, each op behind its operands. Without
/// recursion: a chain may be as long as a model file can make it.
static llvm::SetVector<Operation *> getSlice(ArrayRef<Value> wanted) {
  llvm::SetVector<Operation *> slice;
  SmallVector<std::pair<Operation *, unsigned>> path; // next operand to visit
  for (Value value : wanted) {
    path.push_back({value.getDefiningOp(), 0});
    while (!path.empty()) {
      auto &[op, operand] = path.back();
      if (operand == op->getNumOperands()) {
        slice.insert(op);
        path.pop_back();
        continue;
      }
      Operation *source = op->getOperand(operand++).getDefiningOp();
      if (source && !slice.contains(source))
        path.push_back({source, 0});
    }
  }
  return slice;
}

SmallVector<NodeOp> setun::findRounds(ArrayRef<Value> roots) {
  SmallVector<NodeOp> rounds;
  for (Operation *op : getSlice(roots))
    if (auto node = dyn_cast<NodeOp>(op))
      if (node.isOp("", "Round") &&
          getElementTypeOrSelf(node.getInputs()[0].getType()).isF32())
        rounds.push_back(node);
  return rounds;
}

ConstantOp setun::findOrigin(Value root) {
  ConstantOp largest;
  int64_t largestBytes = -1;
  for (Operation *op : getSlice(root))
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      int64_t bytes = getBytes(constant.getResult()).value_or(0);
      if (bytes > largestBytes) {
        largest = constant;
        largestBytes = bytes;
      }
    }
  return largest;
}

OwningOpRef<ModuleOp> setun::buildConstantModule(ArrayRef<Value> wanted) {
  MLIRContext *context = wanted.front().getContext();
  Location loc = wanted.front().getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  OpBuilder builder(context);
  builder.setInsertionPointToEnd(module->getBody());
  auto main = func::FuncOp::create(
      builder, loc, "main",
      builder.getFunctionType({}, TypeRange(ValueRange(wanted))));
  builder.setInsertionPointToEnd(main.addEntryBlock());
  IRMapping mapping;
  for (Operation *op : getSlice(wanted))
    builder.clone(*op, mapping);
  SmallVector<Value> results;
  for (Value value : wanted)
    results.push_back(mapping.lookup(value));
  func::ReturnOp::create(builder, loc, results);
  return module;
}
