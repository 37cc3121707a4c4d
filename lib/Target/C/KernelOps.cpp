//===- KernelOps.cpp - Kernel operations of lowbit as calls of C ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions themselves are copied from lib/Kernels; here only the call is
// written. What is called is said in Analysis/KernelCall.cpp.
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"
#include "Layout.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Analysis/KernelCall.h"
#include "setun/Kernels/KernelTable.h"

#include <fmt/ranges.h>

using namespace mlir;

namespace setun::c {

static LogicalResult checkKernel(Operation *op, const KernelCall &call,
                                 FunctionBuilder &builder) {
  if (!findKernel(call.kernel))
    return op->emitError() << "'" << op->getName() << "' needs the kernel '"
                           << call.kernel
                           << "', which lib/Kernels does not have";
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type) // an offset
      continue;
    const View *view = builder.getView(operand, op);
    if (!view)
      return failure();
    if (operand != call.withGaps && !isContiguous(type, *view))
      return op->emitError() << "'" << op->getName() << "' on " << type
                             << ", which has gaps; accepted are contiguous "
                                "memrefs";
  }
  return success();
}

/// What a kernel reads a buffer as.
static CType getElementType(Type type) {
  if (type.isF32())
    return CType::F32;
  if (type.isInteger(8))
    return type.isUnsignedInteger() ? CType::U8 : CType::I8;
  return CType::I32;
}

static std::string printWindow(const KernelArgument &argument) {
  std::string rows;
  for (const auto &row : argument.window)
    rows +=
        fmt::format("{}{{{}}}", rows.empty() ? "" : ", ", fmt::join(row, ", "));
  return fmt::format("(const size_t[3][6]){{{}}}", rows);
}

static const Expr *makeIndex(const KernelArgument &argument,
                             FunctionBuilder &builder) {
  ExprBuilder &exprs = builder.getExprs();
  CType type = builder.getModule().indexType;
  const Expr *sum = nullptr;
  int64_t constant = 0;
  for (auto [index, step] : llvm::zip(argument.indices, argument.steps))
    builder.addTerm(sum, constant, builder.use(index), step);
  const Expr *rest = exprs.integer(constant, type);
  return sum ? exprs.binary("+", sum, rest, type) : rest;
}

/// `index`, if not empty, is the loop variable that counts the products.
static const Expr *makeArgument(const KernelArgument &argument, StringRef index,
                                FunctionBuilder &builder) {
  ExprBuilder &exprs = builder.getExprs();
  switch (argument.kind) {
  case KernelArgument::Kind::Size: // says its name: `/*rows=*/16`
    return exprs.name(fmt::format("/*{}=*/{}", argument.name, argument.size),
                      CType::I64);
  case KernelArgument::Kind::Window:
    return exprs.name(printWindow(argument), CType::I64);
  case KernelArgument::Kind::Index:
    return makeIndex(argument, builder);
  case KernelArgument::Kind::Pointer:
    break;
  }
  if (!argument.memref)
    return exprs.name("NULL", CType::I64);
  View view = *builder.getView(argument.memref, builder.getFunction());
  if (!index.empty())
    builder.addTerm(view.dynamicOffset, view.offset,
                    exprs.name(index, builder.getModule().indexType),
                    argument.batchStep);
  return builder.getPointer(view, getElementType(argument.element),
                            argument.isConst);
}

template <typename Op>
static LogicalResult emitKernel(Op op, FunctionBuilder &builder) {
  std::optional<KernelCall> call = getKernelCall(op);
  if (!call)
    return op->emitError() << "'" << op->getName()
                           << "' gives places that do not follow each other";
  if (failed(checkKernel(op, *call, builder)))
    return failure();
  ModuleEmission &module = builder.getModule();
  module.usesFloat |= call->isFloat;
  builder.beforeWrite();
  bool isBatch = call->batches > 1;
  std::string index = isBatch ? builder.makeLoopName() : "";
  llvm::SmallVector<const Expr *> arguments;
  for (const KernelArgument &argument : call->arguments)
    arguments.push_back(makeArgument(argument, index, builder));
  Stmt product = Stmt::evaluate(builder.getExprs().call(
      call->kernel, arguments, call->isFloat ? CType::F32 : CType::I32));
  if (!isBatch) {
    builder.append(std::move(product));
    return success();
  }
  Stmt loop(Stmt::Kind::Loop, fmt::format("for ({} {} = 0; {} < {}; ++{})",
                                          getTypeName(module.indexType), index,
                                          index, call->batches, index));
  loop.body.push_back(std::move(product));
  builder.append(std::move(loop));
  return success();
}

template <typename Op>
static LogicalResult emitWithScratch(Op op, FunctionBuilder &builder) {
  if (lowbit::needsScratch(op) && !op.getScratch())
    return op->emitError() << "'" << op->getName()
                           << "' without scratch; run lowbit-lower-kernels "
                              "before";
  return emitKernel(op, builder);
}

void addKernelHandlers(OpHandlers &handlers) {
  handlers.add(emitKernel<lowbit::PackedMatmulOp>);
  handlers.add(emitKernel<lowbit::DepthwiseOp>);
  handlers.add(emitKernel<lowbit::FloatMatmulOp>);
  handlers.add(emitKernel<lowbit::FloatSumOp>);
  handlers.add(emitWithScratch<lowbit::FloatConvOp>);
  handlers.add(emitWithScratch<lowbit::BlockMatmulOp>);
}

} // namespace setun::c
