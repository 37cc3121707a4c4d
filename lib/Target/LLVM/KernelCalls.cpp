//===- KernelCalls.cpp - Kernel ops on buffers become calls ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "KernelLinking.h"

#include "dialects/LowBit/LowBit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace setun {

/// Do the elements lie one behind the other, in row-major order?
static bool isContiguous(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return false;
  int64_t expected = 1;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    if (type.getDimSize(dim) != 1 && strides[dim] != expected)
      return false;
    expected *= type.getDimSize(dim);
  }
  return true;
}

static LogicalResult check(Operation *op, Value withGaps) {
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<MemRefType>(operand.getType());
        type && operand != withGaps && !isContiguous(type))
      return op->emitError()
             << "'" << op->getName() << "' on " << operand.getType()
             << ", which has gaps; accepted are contiguous memrefs";
  if (lowbit::needsScratch(op) && !lowbit::getScratch(op))
    return op->emitError() << "'" << op->getName()
                           << "' without scratch; run lowbit-lower-kernels "
                              "before";
  return success();
}

/// A buffer as a base, which is a bare pointer, and an offset.
static void addPointer(OpBuilder &builder, Location loc, Value memref,
                       SmallVectorImpl<Value> &operands) {
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  operands.push_back(metadata.getBaseBuffer());
  operands.push_back(metadata.getOffset());
}

static Value createIndex(OpBuilder &builder, Location loc,
                         const KernelArgument &argument) {
  auto constant = [&](int64_t number) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, number);
  };
  Value sum = constant(0);
  for (auto [index, step] : llvm::zip(argument.indices, argument.steps))
    sum = arith::AddIOp::create(
        builder, loc, sum,
        arith::MulIOp::create(builder, loc, index, constant(step)));
  return sum;
}

static LogicalResult replaceByCall(Operation *op, KernelCall call,
                                   std::vector<KernelStub> &stubs) {
  if (failed(check(op, call.withGaps)))
    return failure();
  OpBuilder builder(op);
  Location loc = op->getLoc();
  SmallVector<Value> operands;
  for (KernelArgument &argument : call.arguments)
    if (argument.memref)
      addPointer(builder, loc, argument.memref, operands);
    else if (argument.kind == KernelArgument::Kind::Index)
      operands.push_back(createIndex(builder, loc, argument));
  // No layer has a name with a dot.
  std::string name = "kernel." + std::to_string(stubs.size());
  auto called = func::CallOp::create(builder, loc, name, TypeRange(), operands);
  builder.setInsertionPoint(op->getParentOfType<func::FuncOp>());
  auto function =
      func::FuncOp::create(builder, loc, name, called.getCalleeType());
  function.setPrivate();
  op->erase();
  stubs.push_back({name, std::move(call)});
  return success();
}

FailureOr<std::vector<KernelStub>> callKernels(ModuleOp buffers) {
  SmallVector<std::pair<Operation *, KernelCall>> calls;
  buffers.walk([&](Operation *op) {
    if (std::optional<KernelCall> call = getKernelCall(op))
      calls.emplace_back(op, std::move(*call));
  });
  std::vector<KernelStub> stubs;
  for (auto &[op, call] : calls)
    if (failed(replaceByCall(op, std::move(call), stubs)))
      return failure();
  return stubs;
}

} // namespace setun
