//===- MemRefOps.cpp - Reads, writes and local arrays as C ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionBuilder.h"
#include "Layout.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace setun::c {

static SmallVector<const Expr *> useAll(ValueRange values,
                                        FunctionBuilder &builder) {
  return llvm::map_to_vector(values,
                             [&](Value value) { return builder.use(value); });
}

/// An element in memory as the value that the IR gives it.
static const Expr *toValue(const Expr *element, CType value,
                           ExprBuilder &exprs) {
  if (value == CType::Bool)
    return exprs.binary("!=", element, exprs.integer(0, element->type), value);
  return exprs.cast(value, element);
}

/// `x43` for x[43], where names and numbers are short.
static StringRef getLoadHint(const View &view, const Expr *element,
                             FunctionBuilder &builder) {
  constexpr size_t longest = 4;
  if (view.isVariable)
    return view.base;
  if (!element->operands.front()->isLiteral() || view.base.size() > longest ||
      llvm::isDigit(view.base.back()))
    return "x";
  return builder.getExprs().save(view.base + element->operands.front()->text);
}

static LogicalResult emitLoad(memref::LoadOp op, FunctionBuilder &builder) {
  const View *view = builder.getView(op.getMemRef(), op);
  if (!view)
    return failure();
  SmallVector<const Expr *> indices = useAll(op.getIndices(), builder);
  const Expr *element = builder.getElement(*view, indices);
  builder.define(op.getResult(),
                 toValue(element, view->value, builder.getExprs()),
                 getLoadHint(*view, element, builder));
  return success();
}

static LogicalResult emitStore(memref::StoreOp op, FunctionBuilder &builder) {
  const View *view = builder.getView(op.getMemRef(), op);
  if (!view)
    return failure();
  const Expr *value = builder.use(op.getValueToStore());
  SmallVector<const Expr *> indices = useAll(op.getIndices(), builder);
  builder.beforeWrite();
  ExprBuilder &exprs = builder.getExprs();
  const Expr *target = builder.getElement(*view, indices);
  builder.append(Stmt::assign(
      target, exprs.forAssignment(exprs.cast(view->memory, value))));
  return success();
}

static LogicalResult emitAlloca(memref::AllocaOp op, FunctionBuilder &builder) {
  MemRefType type = op.getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity())
    return op.emitError() << "local array of type " << type
                          << "; accepted are static shapes in row-major order";
  if (op.getResult().use_empty())
    return success();
  // Where a product is summed up, people write `acc`.
  auto isSummedUp = [](OpOperand &use) {
    auto kernel = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
    return kernel && kernel.isDpsInit(&use);
  };
  bool isAccumulator = llvm::any_of(op.getResult().getUses(), isSummedUp);
  ModuleEmission &module = builder.getModule();
  View view{builder.makeName(isAccumulator ? "acc" : "local"),
            *module.getMemoryType(type.getElementType()),
            *module.getType(type.getElementType())};
  view.strides = getStrides(type);
  view.isVariable = type.getNumElements() == 1;
  if (view.isVariable)
    builder.append(Stmt::declare(
        fmt::format("{} {}", getTypeName(view.memory), view.base)));
  else if (type.getNumElements() == 0) // C has no empty arrays
    builder.append(Stmt::declare(
        fmt::format("{} {}[1] = {{0}}", getTypeName(view.memory), view.base)));
  else
    builder.append(
        Stmt::declare(fmt::format("{} {}[{}]", getTypeName(view.memory),
                                  view.base, type.getNumElements())));
  builder.setView(op.getResult(), std::move(view));
  return success();
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Nested loops over the elements, for sides that are not contiguous.
static void emitStridedCopy(MemRefType type, const View &source,
                            const View &target, FunctionBuilder &builder) {
  ExprBuilder &exprs = builder.getExprs();
  CType indexType = builder.getModule().indexType;
  SmallVector<const Expr *> indices;
  // Outermost first; the innermost statement is put in last.
  SmallVector<Stmt> loops;
  for (int64_t extent : type.getShape()) {
    if (extent == 1) {
      indices.push_back(exprs.integer(0, indexType));
      continue;
    }
    std::string name = builder.makeName("at");
    indices.push_back(exprs.name(name, indexType));
    loops.emplace_back(Stmt::Kind::Loop,
                       fmt::format("for ({} {} = 0; {} < {}; ++{})",
                                   getTypeName(indexType), name, name, extent,
                                   name));
  }
  const Expr *element = builder.getElement(source, indices);
  Stmt statement =
      Stmt::assign(builder.getElement(target, indices),
                   exprs.forAssignment(exprs.cast(target.memory, element)));
  for (Stmt &loop : llvm::reverse(loops)) {
    loop.body.push_back(std::move(statement));
    statement = std::move(loop);
  }
  builder.append(std::move(statement));
}

static LogicalResult emitCopy(memref::CopyOp op, FunctionBuilder &builder) {
  auto type = cast<MemRefType>(op.getSource().getType());
  auto targetType = cast<MemRefType>(op.getTarget().getType());
  const View *source = builder.getView(op.getSource(), op);
  const View *target = source ? builder.getView(op.getTarget(), op) : nullptr;
  if (!target)
    return failure();
  if (!type.hasStaticShape())
    return op.emitError() << "copies a memref of dynamic shape " << type
                          << "; accepted are static shapes";
  if (type.getNumElements() == 0)
    return success();
  builder.beforeWrite();
  if (!isContiguous(type, *source) || !isContiguous(targetType, *target)) {
    emitStridedCopy(type, *source, *target, builder);
    return success();
  }
  builder.getModule().usesString = true;
  const Expr *to = builder.getPointer(*target, target->memory, false);
  const Expr *from = builder.getPointer(*source, source->memory, true);
  if (to->text == from->text)
    return success();
  std::string size = getBytes(target->memory) == 1
                         ? fmt::format("{}", type.getNumElements())
                         : fmt::format("{} * sizeof({})", type.getNumElements(),
                                       getTypeName(target->memory));
  builder.append(Stmt::line(
      fmt::format("memcpy({}, {}, {});", to->text, from->text, size)));
  return success();
}

/// C knows every extent; a dynamic one is an operand of the view that made it.
static LogicalResult emitDim(memref::DimOp op, FunctionBuilder &builder) {
  std::optional<int64_t> index = op.getConstantIndex();
  auto type = dyn_cast<MemRefType>(op.getSource().getType());
  if (!index || !type || *index >= type.getRank() || type.isDynamicDim(*index))
    return op.emitError() << "asks for an extent that is known only at run "
                             "time; accepted are static shapes";
  builder.bind(op.getResult(),
               builder.getExprs().integer(type.getDimSize(*index),
                                          builder.getModule().indexType));
  return success();
}

void addMemRefHandlers(OpHandlers &handlers) {
  handlers.add(emitLoad);
  handlers.add(emitStore);
  handlers.add(emitAlloca);
  handlers.add(emitCopy);
  handlers.add(emitDim);
}

} // namespace setun::c
