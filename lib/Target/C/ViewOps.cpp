//===- ViewOps.cpp - Views, reshapes and constants of memref as C ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Most views cost nothing: they only change how an index is computed. A view of
// bytes as another type becomes a pointer.
//===----------------------------------------------------------------------===//

#include "Layout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace setun::c {

//===----------------------------------------------------------------------===//
// Layout.h
//===----------------------------------------------------------------------===//

SmallVector<int64_t> getStrides(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  // A layout that is no strides at all is caught like a dynamic stride.
  if (failed(type.getStridesAndOffset(strides, offset)))
    strides.assign(type.getRank(), ShapedType::kDynamic);
  for (auto [stride, extent] : llvm::zip_equal(strides, type.getShape()))
    if (extent == 1)
      stride = 0;
  return strides;
}

bool hasStaticStrides(ArrayRef<int64_t> strides) {
  return !llvm::is_contained(strides, ShapedType::kDynamic);
}

bool isContiguous(MemRefType type, const View &view) {
  if (!type.hasStaticShape())
    return false;
  if (type.getNumElements() == 0)
    return true; // strides of nothing are not looked at
  int64_t expected = 1;
  for (auto [extent, stride] :
       llvm::reverse(llvm::zip_equal(type.getShape(), view.strides))) {
    if (extent != 1 && stride != expected)
      return false;
    expected *= extent;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Views that only change indices
//===----------------------------------------------------------------------===//

static LogicalResult checkStrides(Operation *op, const View &view) {
  if (hasStaticStrides(view.strides))
    return success();
  return op->emitError() << "'" << op->getName()
                         << "' has strides that are known only at run time; "
                            "accepted are static strides";
}

/// The result has the source's start and the strides of its own type.
static LogicalResult emitReshape(Operation *op, FunctionBuilder &builder) {
  const View *source = builder.getView(op->getOperand(0), op);
  if (!source)
    return failure();
  View view = *source;
  view.strides = getStrides(cast<MemRefType>(op->getResult(0).getType()));
  if (failed(checkStrides(op, view)))
    return failure();
  builder.setView(op->getResult(0), std::move(view));
  return success();
}

static LogicalResult emitExpandShape(memref::ExpandShapeOp op,
                                     FunctionBuilder &builder) {
  // Its extents are operands, all of them constants here.
  return emitReshape(op, builder);
}
static LogicalResult emitCollapseShape(memref::CollapseShapeOp op,
                                       FunctionBuilder &builder) {
  return emitReshape(op, builder);
}

static LogicalResult emitCast(memref::CastOp op, FunctionBuilder &builder) {
  if (!isa<MemRefType>(op.getType()) ||
      !isa<MemRefType>(op.getSource().getType()))
    return op.emitError() << "'memref.cast' of an unranked memref; accepted "
                             "are ranked ones";
  const View *source = builder.getView(op.getSource(), op);
  if (!source)
    return failure();
  builder.setView(op.getResult(), *source);
  return success();
}

/// start + sum(offset * stride), offsets being numbers or unchanging values.
static void addOffsets(View &view, ArrayRef<OpFoldResult> offsets,
                       ArrayRef<int64_t> strides, FunctionBuilder &builder) {
  CType type = builder.getModule().indexType;
  for (auto [offset, stride] : llvm::zip_equal(offsets, strides)) {
    if (stride == 0)
      continue;
    const Expr *term;
    if (std::optional<int64_t> number = getConstantIntValue(offset))
      term = builder.getExprs().integer(*number, type);
    else
      term = builder.useAtom(cast<Value>(offset));
    builder.addTerm(view.dynamicOffset, view.offset, term, stride);
  }
}

static LogicalResult emitSubView(memref::SubViewOp op,
                                 FunctionBuilder &builder) {
  const View *source = builder.getView(op.getSource(), op);
  if (!source)
    return failure();
  View view = *source;
  addOffsets(view, op.getMixedOffsets(), source->strides, builder);
  llvm::SmallBitVector dropped = op.getDroppedDims();
  view.strides.clear();
  for (auto [index, step] : llvm::enumerate(op.getMixedStrides())) {
    if (dropped.test(index))
      continue;
    std::optional<int64_t> number = getConstantIntValue(step);
    view.strides.push_back(number ? *number * source->strides[index]
                                  : ShapedType::kDynamic);
  }
  for (auto [stride, extent] :
       llvm::zip_equal(view.strides, op.getType().getShape()))
    if (extent == 1)
      stride = 0;
  if (failed(checkStrides(op, view)))
    return failure();
  builder.setView(op.getResult(), std::move(view));
  return success();
}

/// Offset and strides count from the start of the underlying buffer.
static LogicalResult emitReinterpretCast(memref::ReinterpretCastOp op,
                                         FunctionBuilder &builder) {
  if (!isa<MemRefType>(op.getSource().getType()))
    return op.emitError() << "'memref.reinterpret_cast' of an unranked memref; "
                             "accepted are ranked ones";
  const View *source = builder.getView(op.getSource(), op);
  if (!source)
    return failure();
  View view = *source;
  view.dynamicOffset = nullptr;
  view.offset = 0;
  addOffsets(view, op.getMixedOffsets(), {1}, builder);
  view.strides.clear();
  for (auto [step, extent] :
       llvm::zip_equal(op.getMixedStrides(), op.getType().getShape())) {
    std::optional<int64_t> number = getConstantIntValue(step);
    view.strides.push_back(extent == 1 ? 0
                           : number    ? *number
                                       : ShapedType::kDynamic);
  }
  if (failed(checkStrides(op, view)))
    return failure();
  builder.setView(op.getResult(), std::move(view));
  return success();
}

//===----------------------------------------------------------------------===//
// Views of bytes as another type
//===----------------------------------------------------------------------===//

/// The parameter of a layer that a buffer is handed to: the one that writes it,
/// else one that uses it as scratch.
static std::optional<std::pair<func::FuncOp, unsigned>>
findProducer(Value memref) {
  std::optional<std::pair<func::FuncOp, unsigned>> found;
  for (OpOperand &use : memref.getUses()) {
    std::optional<std::pair<func::FuncOp, unsigned>> next;
    if (isa<ViewLikeOpInterface>(use.getOwner()))
      next = findProducer(use.getOwner()->getResult(0));
    else if (auto call = dyn_cast<func::CallOp>(use.getOwner()))
      next = {CallGraph::getCallee(call), use.getOperandNumber()};
    if (!next)
      continue;
    auto role =
        next->first.getArgAttrOfType<StringAttr>(next->second, "setun.role");
    if (role && role.getValue() == "out")
      return next;
    if (role && role.getValue() == "scratch")
      found = next;
  }
  return found;
}

/// `MatMul_16_out`: the layer and its parameter.
static std::string makeBufferName(Value memref, FunctionBuilder &builder) {
  if (auto producer = findProducer(memref)) {
    ModuleEmission &module = builder.getModule();
    StringRef layer = module.getName(producer->first);
    StringRef parameter =
        module.getParameters(producer->first)[producer->second].name;
    if (parameter.contains(layer))
      return builder.makeName(parameter);
    return builder.makeName(fmt::format("{}_{}", layer, parameter));
  }
  StringRef name = getLocationName(memref.getLoc());
  return builder.makeName(name.empty() ? StringRef("buffer") : name);
}

static LogicalResult emitView(memref::ViewOp op, FunctionBuilder &builder) {
  const View *source = builder.getView(op.getSource(), op);
  if (!source)
    return failure();
  MemRefType type = op.getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity())
    return op.emitError() << "views bytes as " << type
                          << "; accepted are static shapes in row-major order";
  if (op.getResult().use_empty())
    return success();
  ModuleEmission &module = builder.getModule();
  View bytes = *source;
  const Expr *shift = builder.useAtom(op.getByteShift());
  builder.addTerm(bytes.dynamicOffset, bytes.offset, shift, 1);
  View view{makeBufferName(op.getResult(), builder),
            *module.getMemoryType(type.getElementType()),
            *module.getType(type.getElementType())};
  view.strides = getStrides(type);

  bool isConst = source->isConstant;
  if (auto argument = dyn_cast<BlockArgument>(getRoot(op.getSource())))
    isConst |= !module.graph.get(builder.getFunction())
                    .written.test(argument.getArgNumber());
  std::string element =
      (Twine(isConst ? "const " : "") + getTypeName(view.memory)).str();
  std::string start =
      builder.getPointer(bytes, bytes.memory, isConst)->text.str();
  if (view.memory != bytes.memory) {
    if (start != bytes.base)
      start = "(" + start + ")";
    // The way through void * tells compilers that the alignment is known:
    // plan-memory sees to it.
    std::string bridge;
    if (getBytes(view.memory) > 1)
      bridge = isConst ? "(const void *)" : "(void *)";
    start = fmt::format("({} *){}{}", element, bridge, start);
  }
  bool isBuffer = StringRef(bytes.base).ends_with("->bytes") &&
                  !bytes.dynamicOffset; // of the arena or of weights
  builder.append(
      Stmt(isBuffer ? Stmt::Kind::Buffer : Stmt::Kind::Line,
           fmt::format("{} *const {} = {};", element, view.base, start)));
  builder.setView(op.getResult(), std::move(view));
  return success();
}

static LogicalResult emitGetGlobal(memref::GetGlobalOp op,
                                   FunctionBuilder &builder) {
  ModuleEmission &module = builder.getModule();
  auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
      op, op.getNameAttr());
  auto found = module.constants.find(global);
  if (found == module.constants.end())
    return op.emitError() << "reads '" << op.getName()
                          << "', which is no constant of the module";
  MemRefType type = op.getType();
  View view{found->second.name, found->second.type,
            *module.getType(type.getElementType())};
  view.strides = getStrides(type);
  view.isConstant = true;
  if (failed(checkStrides(op, view)))
    return failure();
  builder.setView(op.getResult(), std::move(view));
  return success();
}

void addViewHandlers(OpHandlers &handlers) {
  handlers.add(emitExpandShape);
  handlers.add(emitCollapseShape);
  handlers.add(emitCast);
  handlers.add(emitSubView);
  handlers.add(emitReinterpretCast);
  handlers.add(emitView);
  handlers.add(emitGetGlobal);
}

} // namespace setun::c
