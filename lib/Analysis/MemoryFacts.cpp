//===- MemoryFacts.cpp - What each step of a model touches ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every call in @main is a step; its operands are views of the arena or the
// caller's arrays, and the callee's arguments say what they are for.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/MemoryFacts.h"

#include "setun/Analysis/LayerFacts.h"
#include "setun/Support/NodeLocation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/DenseSet.h"

#include <optional>

using namespace mlir;

namespace setun {

static int64_t getByteSize(MemRefType type) {
  if (!type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return 0;
  int64_t elementBytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  return type.getNumElements() * elementBytes;
}

namespace {

class MemoryReader {
public:
  MemoryReader(ModuleOp module, func::FuncOp main)
      : symbols(module), module(module), main(main) {}

  MemoryFacts read();

private:
  /// What a step does with one of its operands.
  enum class Use { Read, Write, Scratch };

  void addStep(Operation &op);
  Use getUse(OpOperand &operand) const;
  /// The buffer that a value is, or is a part of.
  std::optional<size_t> findBuffer(Value value);
  std::optional<size_t> addBuffer(Value root);
  int64_t addConstants(Operation *op, llvm::DenseSet<StringRef> &seen);

  SymbolTable symbols;
  ModuleOp module;
  func::FuncOp main;
  MemoryFacts facts;
  DenseMap<Value, size_t> indices;
};

} // namespace

std::optional<size_t> MemoryReader::addBuffer(Value root) {
  auto type = dyn_cast<MemRefType>(root.getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  BufferFacts buffer;
  if (auto view = root.getDefiningOp<memref::ViewOp>()) {
    APInt offset;
    if (!matchPattern(view.getByteShift(), m_ConstantInt(&offset)))
      return std::nullopt;
    buffer.offset = offset.getSExtValue();
    buffer.name = getLayerName(view.getLoc());
  } else if (auto argument = dyn_cast<BlockArgument>(root)) {
    auto name =
        main.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "onnx.name");
    buffer.name = name ? name.str() : "";
  } else {
    return std::nullopt;
  }
  Type element = type.getElementType();
  buffer.elements = type.getNumElements();
  buffer.bytes = getByteSize(type);
  buffer.isValue =
      isa<FloatType>(element) || element.isInteger(8) || element.isInteger(16);
  buffer.firstStep = static_cast<int64_t>(facts.steps.size());
  facts.buffers.push_back(buffer);
  return facts.buffers.size() - 1;
}

std::optional<size_t> MemoryReader::findBuffer(Value value) {
  // A memref.view makes a buffer of the arena; other views are parts of one.
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>()) {
    if (isa<memref::ViewOp>(view))
      break;
    value = view.getViewSource();
  }
  if (auto found = indices.find(value); found != indices.end())
    return found->second;
  std::optional<size_t> index = addBuffer(value);
  if (index)
    indices[value] = *index;
  return index;
}

MemoryReader::Use MemoryReader::getUse(OpOperand &operand) const {
  if (auto copy = dyn_cast<memref::CopyOp>(operand.getOwner()))
    return operand.get() == copy.getTarget() ? Use::Write : Use::Read;
  auto call = dyn_cast<func::CallOp>(operand.getOwner());
  auto callee =
      call ? symbols.lookup<func::FuncOp>(call.getCallee()) : func::FuncOp();
  if (!callee)
    return Use::Read;
  auto role = callee.getArgAttrOfType<StringAttr>(operand.getOperandNumber(),
                                                  "setun.role");
  if (role && role.getValue() == "out")
    return Use::Write;
  return role && role.getValue() == "scratch" ? Use::Scratch : Use::Read;
}

/// The constants that an op and the functions it calls read, each once.
int64_t MemoryReader::addConstants(Operation *op,
                                   llvm::DenseSet<StringRef> &seen) {
  int64_t bytes = 0;
  op->walk([&](Operation *inner) {
    if (auto get = dyn_cast<memref::GetGlobalOp>(inner)) {
      if (seen.insert(get.getName()).second)
        bytes += getByteSize(get.getType());
    } else if (auto call = dyn_cast<func::CallOp>(inner)) {
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      if (callee && seen.insert(call.getCallee()).second)
        bytes += addConstants(callee, seen);
    }
  });
  return bytes;
}

void MemoryReader::addStep(Operation &op) {
  StepFacts step(op.getLoc());
  step.name = getLayerName(op.getLoc());
  for (OpOperand &operand : op.getOpOperands()) {
    std::optional<size_t> index = findBuffer(operand.get());
    if (!index)
      continue;
    Use use = getUse(operand);
    auto &list = use == Use::Write     ? step.writes
                 : use == Use::Scratch ? step.scratch
                                       : step.reads;
    if (!llvm::is_contained(list, *index))
      list.push_back(*index);
    facts.buffers[*index].lastStep = static_cast<int64_t>(facts.steps.size());
  }
  llvm::DenseSet<StringRef> seen;
  step.constantBytes = addConstants(&op, seen);
  facts.steps.push_back(std::move(step));
}

MemoryFacts MemoryReader::read() {
  for (Operation &op : main.getBody().front().without_terminator())
    if (!isa<ViewLikeOpInterface, memref::GetGlobalOp>(op) &&
        !op.hasTrait<OpTrait::ConstantLike>())
      addStep(op);
  for (auto global : module.getOps<memref::GlobalOp>())
    facts.constantBytes += getByteSize(global.getType());
  if (auto bytes = module->getAttrOfType<IntegerAttr>("setun.arena_bytes"))
    facts.arenaBytes = bytes.getInt();
  if (auto bytes =
          module->getAttrOfType<IntegerAttr>("setun.arena_lower_bound"))
    facts.arenaLowerBound = bytes.getInt();
  return std::move(facts);
}

MemoryFacts collectMemoryFacts(ModuleOp buffers) {
  auto main = buffers.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal())
    return {};
  return MemoryReader(buffers, main).read();
}

} // namespace setun
