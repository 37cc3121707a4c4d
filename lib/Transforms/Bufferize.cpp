// Tensors become buffers: the layers write their results in place, loops
// replace linalg, constants become named globals. What is upstream's stays
// upstream's; this pass fixes the order and the options.
#include "BufferMarks.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "setun/Support/Names.h"
#include "setun/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_BUFFERIZE
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Allocations up to this many bytes live on the stack of their layer.
constexpr int64_t kStackBytes = 256;

void addPasses(OpPassManager &passes) {
  passes.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions oneShot;
  oneShot.bufferizeFunctionBoundaries = true;
  oneShot.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  oneShot.unknownTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  passes.addPass(bufferization::createOneShotBufferizePass(oneShot));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  bufferization::BufferResultsToOutParamsPassOptions outParams;
  outParams.modifyPublicFunctions = true;
  passes.addPass(bufferization::createBufferResultsToOutParamsPass(outParams));
  OpPassManager &function = passes.nest<func::FuncOp>();
  function.addPass(createConvertLinalgToLoopsPass());
  function.addPass(createLowerAffinePass());
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
  function.addPass(createLoopInvariantCodeMotionPass());
}

struct BufferizePass : public impl::BufferizeBase<BufferizePass> {
  void getDependentDialects(DialectRegistry &registry) const override {
    OpPassManager passes(ModuleOp::getOperationName());
    addPasses(passes);
    passes.getDependentDialects(registry);
    lowbit::registerBufferization(registry);
  }

  void runOnOperation() override {
    llvm::StringMap<SmallVector<StringAttr>> resultNames;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      resultNames[function.getName()] = takeResultNames(function);
      protectArguments(function);
    }
    OpPassManager passes(ModuleOp::getOperationName());
    addPasses(passes);
    if (failed(runPipeline(passes, getOperation())))
      return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal()) {
        removeProtection(function);
        writeInPlace(function);
        closeGaps(function);
        if (function.isPrivate())
          moveToStack(function);
        markArguments(function, resultNames.lookup(function.getName()));
      }
    sortGlobals();
    nameGlobals();
  }

  /// Upstream takes arguments as writable: a layer might update its input, or
  /// the caller's, in place.
  static void protectArguments(func::FuncOp function) {
    Builder builder(function.getContext());
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.setArgAttr(
          i, bufferization::BufferizationDialect::kWritableAttrName,
          builder.getBoolAttr(false));
  }
  static void removeProtection(func::FuncOp function) {
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.removeArgAttr(
          i, bufferization::BufferizationDialect::kWritableAttrName);
  }

  /// A buffer that is only copied to an argument at the end becomes that
  /// argument, through reshapes if need be. (The option hoist-static-allocs of
  /// buffer-results-to-out-params leaves these copies in MLIR 22.)
  static void writeInPlace(func::FuncOp function) {
    auto copies = llvm::to_vector(function.front().getOps<memref::CopyOp>());
    for (memref::CopyOp copy : copies) {
      auto destination = dyn_cast<BlockArgument>(copy.getTarget());
      if (!destination || !destination.hasOneUse() ||
          destination.getOwner() != &function.front() ||
          destination.getType() != copy.getSource().getType())
        continue;
      SmallVector<Operation *> views;
      Value source = copy.getSource();
      while (isa_and_nonnull<memref::ExpandShapeOp, memref::CollapseShapeOp>(
          source.getDefiningOp())) {
        views.push_back(source.getDefiningOp());
        source = source.getDefiningOp()->getOperand(0);
      }
      auto allocation = source.getDefiningOp<memref::AllocOp>();
      if (!allocation)
        continue;
      OpBuilder builder(allocation);
      Value target = destination;
      for (Operation *view : views)
        target = undoView(builder, view, target);
      copy.erase();
      allocation.getResult().replaceAllUsesWith(target);
      allocation.erase();
    }
  }

  /// Do the elements follow each other without gaps?
  static bool isContiguous(MemRefType type) {
    SmallVector<int64_t> strides;
    int64_t offset, next = 1;
    if (failed(type.getStridesAndOffset(strides, offset)))
      return false;
    for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
      if (type.getDimSize(dim) != 1 && strides[dim] != next)
        return false;
      next *= type.getDimSize(dim);
    }
    return true;
  }

  /// Kernels take arrays: what they would read from or write to a part of a
  /// larger buffer, as the inner of a Pad, goes through a buffer of its own.
  static void closeGaps(func::FuncOp function) {
    function.walk([](DestinationStyleOpInterface kernel) {
      if (!isa<lowbit::LowBitDialect>(kernel->getDialect()) ||
          isa<lowbit::Im2RowOp>(kernel.getOperation()))
        return;
      for (OpOperand &operand : kernel->getOpOperands()) {
        auto type = dyn_cast<MemRefType>(operand.get().getType());
        if (!type || !type.hasStaticShape() || isContiguous(type))
          continue;
        Location loc = kernel->getLoc();
        OpBuilder builder(kernel);
        Value part = operand.get();
        Value whole = memref::AllocOp::create(
            builder, loc,
            MemRefType::get(type.getShape(), type.getElementType()));
        if (!kernel.isDpsInit(&operand))
          memref::CopyOp::create(builder, loc, part, whole);
        operand.set(whole);
        if (kernel.isDpsInit(&operand)) {
          builder.setInsertionPointAfter(kernel);
          memref::CopyOp::create(builder, loc, whole, part);
        }
      }
    });
  }

  /// Small buffers of a layer need no place in the arena. They are allocated
  /// once, before any loop.
  static void moveToStack(func::FuncOp function) {
    SmallVector<memref::AllocOp> allocations;
    function.walk([&](memref::AllocOp op) { allocations.push_back(op); });
    auto builder = OpBuilder::atBlockBegin(&function.front());
    for (memref::AllocOp op : allocations) {
      MemRefType type = op.getType();
      if (!type.hasStaticShape() ||
          type.getNumElements() * type.getElementTypeBitWidth() >
              kStackBytes * 8)
        continue;
      auto local = memref::AllocaOp::create(builder, op.getLoc(), type);
      if (op->getParentOp() != function)
        local->setAttr(kInLoopAttr, builder.getUnitAttr());
      op.replaceAllUsesWith(local.getResult());
      op.erase();
    }
  }

  /// The buffer of which `view` (an expand_shape or collapse_shape) makes
  /// `viewed`.
  static Value undoView(OpBuilder &builder, Operation *view, Value viewed) {
    Type type = view->getOperand(0).getType();
    if (auto expand = dyn_cast<memref::ExpandShapeOp>(view))
      return memref::CollapseShapeOp::create(builder, view->getLoc(), type,
                                             viewed, expand.getReassociation());
    auto collapse = cast<memref::CollapseShapeOp>(view);
    return memref::ExpandShapeOp::create(
        builder, view->getLoc(), cast<MemRefType>(type).getShape(), viewed,
        collapse.getReassociationIndices());
  }

  /// Names of the results, null where a result has none.
  static SmallVector<StringAttr> takeResultNames(func::FuncOp function) {
    SmallVector<StringAttr> names;
    for (unsigned i = 0; i < function.getNumResults(); ++i) {
      names.push_back(
          function.getResultAttrOfType<StringAttr>(i, "setun.name"));
      function.removeResultAttr(
          i, StringAttr::get(function.getContext(), "setun.name"));
    }
    return names;
  }

  /// Says of each argument whether it is read or written: the results of before
  /// are the last arguments. They keep their names in their locations.
  static void markArguments(func::FuncOp function,
                            ArrayRef<StringAttr> results) {
    Builder builder(function.getContext());
    unsigned inputs = function.getNumArguments() - results.size();
    for (auto [i, name] : llvm::enumerate(results))
      if (name && !function.isExternal())
        function.getArgument(inputs + i).setLoc(NameLoc::get(name));
    for (unsigned i = 0; i < function.getNumArguments(); ++i) {
      bool isInput = i < inputs;
      StringRef role = function.isPublic() ? (isInput ? "input" : "output")
                                           : (isInput ? "in" : "out");
      function.setArgAttr(i, "setun.role", builder.getStringAttr(role));
    }
  }

  /// Upstream takes the functions in an order that differs from run to run, and
  /// makes constants in it. They get the order in which they are read.
  void sortGlobals() {
    llvm::SetVector<memref::GlobalOp> order;
    SymbolTable symbols(getOperation());
    getOperation().walk([&](memref::GetGlobalOp op) {
      order.insert(symbols.lookup<memref::GlobalOp>(op.getName()));
    });
    for (memref::GlobalOp global : llvm::reverse(order))
      global->moveBefore(getOperation().getBody(),
                         getOperation().getBody()->begin());
  }

  /// Globals are called after the blob that they hold, or after the function
  /// that reads them. All uses are renamed at once: each alone would be a walk
  /// through the module.
  void nameGlobals() {
    llvm::StringSet<> used;
    for (auto symbol : getOperation().getOps<SymbolOpInterface>())
      used.insert(symbol.getName());
    llvm::StringMap<unsigned> suffixes;
    llvm::StringMap<std::string> renamed;
    for (auto global : getOperation().getOps<memref::GlobalOp>()) {
      std::string name = "constant";
      if (auto blob = dyn_cast_or_null<DenseResourceElementsAttr>(
              global.getInitialValueAttr()))
        name = blob.getRawHandle().getKey().str();
      name = makeIdentifier(name);
      used.erase(global.getSymName());
      std::string unique = name;
      while (!used.insert(unique).second)
        unique = name + "_" + std::to_string(++suffixes[name]);
      renamed[global.getSymName()] = unique;
      global.setSymName(unique);
    }
    getOperation().walk([&](memref::GetGlobalOp op) {
      if (auto name = renamed.find(op.getName()); name != renamed.end())
        op.setName(name->second);
    });
  }
};

} // namespace
} // namespace setun
