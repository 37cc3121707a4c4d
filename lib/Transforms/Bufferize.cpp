// Tensors become buffers: the layers write their results in place, loops
// replace linalg, constants become named globals. What is upstream's stays
// upstream's; this pass fixes the order and the options.
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "setun/Support/Names.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_BUFFERIZE
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Allocations up to this many bytes live on the stack of their layer.
constexpr int64_t kStackBytes = 256;

bool isSmall(Value allocation) {
  auto type = dyn_cast<MemRefType>(allocation.getType());
  return type && type.hasStaticShape() &&
         type.getNumElements() * type.getElementTypeBitWidth() <=
             kStackBytes * 8;
}

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
  outParams.hoistStaticAllocs = true;
  outParams.modifyPublicFunctions = true;
  outParams.addResultAttribute = true;
  passes.addPass(bufferization::createBufferResultsToOutParamsPass(outParams));
  OpPassManager &function = passes.nest<func::FuncOp>();
  function.addPass(createConvertLinalgToLoopsPass());
  function.addPass(createLowerAffinePass());
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
  function.addPass(createLoopInvariantCodeMotionPass());
  function.addPass(bufferization::createPromoteBuffersToStackPass(isSmall));
}

struct BufferizePass : public impl::BufferizeBase<BufferizePass> {
  void getDependentDialects(DialectRegistry &registry) const override {
    OpPassManager passes(ModuleOp::getOperationName());
    addPasses(passes);
    passes.getDependentDialects(registry);
    lowbit::registerBufferization(registry);
  }

  void runOnOperation() override {
    OpPassManager passes(ModuleOp::getOperationName());
    addPasses(passes);
    keepOutputNames();
    if (failed(runPipeline(passes, getOperation())))
      return signalPassFailure();
    markArguments();
    nameGlobals();
  }

  /// Attributes of an argument or result that has none are a null dictionary.
  DictionaryAttr getDictionary(DictionaryAttr attributes) {
    return attributes ? attributes : DictionaryAttr::get(&getContext());
  }

  /// Results turn into arguments; their attributes are put aside on the
  /// function.
  void keepOutputNames() {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      SmallVector<Attribute> attributes;
      for (unsigned i = 0; i < function.getNumResults(); ++i)
        attributes.push_back(getDictionary(function.getResultAttrDict(i)));
      function->setAttr("setun.results",
                        ArrayAttr::get(&getContext(), attributes));
    }
  }

  /// Says of each argument whether it is read or written: the results of before
  /// are the last arguments.
  void markArguments() {
    Builder builder(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      auto results = cast<ArrayAttr>(function->removeAttr("setun.results"));
      bool isEntry = function.isPublic();
      unsigned inputs = function.getNumArguments() - results.size();
      for (unsigned i = 0; i < function.getNumArguments(); ++i) {
        bool isInput = i < inputs;
        StringRef role =
            isEntry ? (isInput ? "input" : "output") : (isInput ? "in" : "out");
        NamedAttrList attributes(getDictionary(function.getArgAttrDict(i)));
        attributes.erase("bufferize.result");
        if (!isInput)
          attributes.append(
              cast<DictionaryAttr>(results[i - inputs]).getValue());
        attributes.set("setun.role", builder.getStringAttr(role));
        function.setArgAttrs(i, attributes);
      }
    }
  }

  /// Globals are called after the blob that they hold, or after the function
  /// that reads them.
  void nameGlobals() {
    SymbolTable symbols(getOperation());
    for (auto global : llvm::make_early_inc_range(
             getOperation().getOps<memref::GlobalOp>())) {
      std::string name = "constant";
      if (auto blob = dyn_cast_or_null<DenseResourceElementsAttr>(
              global.getInitialValueAttr()))
        name = blob.getRawHandle().getKey().str();
      name = makeIdentifier(name);
      if (!symbols.lookup(name) || symbols.lookup(name) == global) {
        (void)symbols.rename(global, name);
        continue;
      }
      unsigned suffix = 1;
      while (symbols.lookup(name + "_" + std::to_string(suffix)))
        ++suffix;
      (void)symbols.rename(global, name + "_" + std::to_string(suffix));
    }
  }
};

} // namespace
} // namespace setun
