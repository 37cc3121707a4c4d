//===- KernelOps.cpp - Kernel operations of lowbit as calls of C ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions themselves are copied from lib/Kernels; here only the call is
// built. Layouts and order of sums are those of the kernel's header.
//===----------------------------------------------------------------------===//

#include "FunctionBuilder.h"
#include "Layout.h"

#include "dialects/LowBit/LowBit.h"
#include "setun/Analysis/PackedKernels.h"
#include "setun/Kernels/KernelTable.h"

using namespace mlir;

namespace setun::c {

/// The product of all extents but the last `count`.
static int64_t getLeading(MemRefType type, unsigned count) {
  return ShapedType::getNumElements(type.getShape().drop_back(count));
}

static LogicalResult checkKernel(Operation *op, StringRef name,
                                 FunctionBuilder &builder) {
  if (!findKernel(name))
    return op->emitError() << "'" << op->getName() << "' needs the kernel '"
                           << name << "', which lib/Kernels does not have";
  for (Value operand : op->getOperands()) {
    auto type = cast<MemRefType>(operand.getType());
    const View *view = builder.getView(operand, op);
    if (!view)
      return failure();
    if (!isContiguous(type, *view))
      return op->emitError() << "'" << op->getName() << "' on " << type
                             << ", which has gaps; accepted are contiguous "
                                "memrefs";
  }
  return success();
}

/// An argument that says its name: `/*rows=*/16`.
static const Expr *makeSize(StringRef name, int64_t value, ExprBuilder &exprs) {
  return exprs.name(fmt::format("/*{}=*/{}", name, value), CType::I64);
}

static const Expr *makePointer(Value memref, CType type, bool isConst,
                               FunctionBuilder &builder) {
  const View *view = builder.getView(memref, builder.getFunction());
  return builder.getPointer(*view, type, isConst);
}

static LogicalResult emitPackedMatmul(lowbit::PackedMatmulOp op,
                                      FunctionBuilder &builder) {
  std::string name =
      getMatmulKernel(op.getLayout().getName(), op.getActivation());
  bool isUnsignedInput = StringRef(name).contains("_u");
  if (failed(checkKernel(op, name, builder)))
    return failure();
  ExprBuilder &exprs = builder.getExprs();
  auto input = cast<MemRefType>(op.getInput().getType());
  auto init = cast<MemRefType>(op.getInit().getType());
  // Only whole bytes of codes have a sign of their own.
  CType packedType =
      op.getLayout().getName() == "bytes" ? CType::I8 : CType::U8;
  builder.beforeWrite();
  builder.append(Stmt::evaluate(exprs.call(
      name,
      {makePointer(op.getInput(), isUnsignedInput ? CType::U8 : CType::I8, true,
                   builder),
       makePointer(op.getPacked(), packedType, true, builder),
       makePointer(op.getInit(), CType::I32, false, builder),
       makeSize("rows", getLeading(init, 1), exprs),
       makeSize("outputs", init.getShape().back(), exprs),
       makeSize("inputs", input.getShape().back(), exprs)},
      CType::I32)));
  return success();
}

static LogicalResult emitFloatMatmul(lowbit::FloatMatmulOp op,
                                     FunctionBuilder &builder) {
  constexpr StringLiteral name = "setun_matmul_f32";
  if (failed(checkKernel(op, name, builder)))
    return failure();
  ModuleEmission &module = builder.getModule();
  ExprBuilder &exprs = builder.getExprs();
  auto lhs = cast<MemRefType>(op.getLhs().getType());
  auto rhs = cast<MemRefType>(op.getRhs().getType());
  int64_t inputs = lhs.getShape().back(), outputs = rhs.getShape().back();
  // With one right side all rows are one product.
  int64_t batches = rhs.getRank() == 2 ? 1 : getLeading(rhs, 2);
  int64_t rows = getLeading(lhs, 1) / std::max<int64_t>(batches, 1);
  module.usesFloat = true;
  builder.beforeWrite();
  std::string index = batches > 1 ? builder.makeLoopName() : "";
  auto getOperand = [&](Value memref, int64_t step, bool isConst) {
    View view = *builder.getView(memref, op);
    if (batches > 1)
      builder.addTerm(view.dynamicOffset, view.offset,
                      exprs.name(index, module.indexType), step);
    return builder.getPointer(view, CType::F32, isConst);
  };
  Stmt product = Stmt::evaluate(exprs.call(
      name,
      {getOperand(op.getLhs(), rows * inputs, true),
       getOperand(op.getRhs(), inputs * outputs, true),
       getOperand(op.getInit(), rows * outputs, false),
       makeSize("rows", rows, exprs), makeSize("outputs", outputs, exprs),
       makeSize("inputs", inputs, exprs)},
      CType::F32));
  if (batches <= 1) {
    builder.append(std::move(product));
    return success();
  }
  Stmt loop(Stmt::Kind::Loop, fmt::format("for ({} {} = 0; {} < {}; ++{})",
                                          getTypeName(module.indexType), index,
                                          index, batches, index));
  loop.body.push_back(std::move(product));
  builder.append(std::move(loop));
  return success();
}

static LogicalResult emitFloatSum(lowbit::FloatSumOp op,
                                  FunctionBuilder &builder) {
  constexpr StringLiteral name = "setun_sum_f32";
  if (failed(checkKernel(op, name, builder)))
    return failure();
  ExprBuilder &exprs = builder.getExprs();
  auto input = cast<MemRefType>(op.getInput().getType());
  builder.getModule().usesFloat = true;
  builder.beforeWrite();
  builder.append(Stmt::evaluate(
      exprs.call(name,
                 {makePointer(op.getInput(), CType::F32, true, builder),
                  makePointer(op.getInit(), CType::F32, false, builder),
                  makeSize("rows", getLeading(input, 1), exprs),
                  makeSize("inputs", input.getShape().back(), exprs)},
                 CType::F32)));
  return success();
}

/// A row for each of depth, height and width; dimensions that the image does
/// not have are of size 1.
static std::string printWindow(lowbit::FloatConvOp op) {
  lowbit::WindowAttr window = op.getWindow();
  auto input = cast<MemRefType>(op.getInput().getType());
  auto init = cast<MemRefType>(op.getInit().getType());
  std::string rows;
  for (unsigned dim = window.getRank(); dim < 3; ++dim)
    rows += "{1, 1, 1, 1, 1, 0}, ";
  for (unsigned dim = 0; dim < window.getRank(); ++dim)
    rows += fmt::format("{}{{{}, {}, {}, {}, {}, {}}}", dim == 0 ? "" : ", ",
                        input.getDimSize(dim + 2), init.getDimSize(dim + 2),
                        window.getSize()[dim], window.getStrides()[dim],
                        window.getDilations()[dim], window.getBegin(dim));
  return fmt::format("(const size_t[3][6]){{{}}}", rows);
}

static LogicalResult emitFloatConv(lowbit::FloatConvOp op,
                                   FunctionBuilder &builder) {
  constexpr StringLiteral name = "setun_conv_f32";
  if (failed(checkKernel(op, name, builder)))
    return failure();
  if (!op.getScratch())
    return op->emitError() << "'" << op->getName()
                           << "' without scratch; run lowbit-lower-kernels "
                              "before";
  ExprBuilder &exprs = builder.getExprs();
  auto input = cast<MemRefType>(op.getInput().getType());
  auto weights = cast<MemRefType>(op.getWeights().getType());
  int64_t groups = op.getGroups();
  builder.getModule().usesFloat = true;
  builder.beforeWrite();
  const Expr *bias = op.getBias()
                         ? makePointer(op.getBias(), CType::F32, true, builder)
                         : exprs.name("NULL", CType::I64);
  builder.append(Stmt::evaluate(
      exprs.call(name,
                 {makePointer(op.getInput(), CType::F32, true, builder),
                  makePointer(op.getWeights(), CType::F32, true, builder), bias,
                  makePointer(op.getInit(), CType::F32, false, builder),
                  makePointer(op.getScratch(), CType::F32, false, builder),
                  makeSize("samples", input.getDimSize(0), exprs),
                  makeSize("groups", groups, exprs),
                  makeSize("inputs", weights.getDimSize(1), exprs),
                  makeSize("outputs", weights.getDimSize(0) / groups, exprs),
                  exprs.name(printWindow(op), CType::I64)},
                 CType::F32)));
  return success();
}

void addKernelHandlers(OpHandlers &handlers) {
  handlers.add(emitPackedMatmul);
  handlers.add(emitFloatMatmul);
  handlers.add(emitFloatSum);
  handlers.add(emitFloatConv);
}

} // namespace setun::c
