//===- Pipeline.cpp - From buffers and loops to LLVM IR -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's conversions do the work. What is ours is their order, the bare pointer
// calling convention, kernels as calls, and what symbols are called.
//===----------------------------------------------------------------------===//

#include "setun/Target/LLVM/Pipeline.h"

#include "KernelLinking.h"
#include "ParallelLoops.h"

#include "setun/Support/Target.h"
#include "setun/Target/LLVM/Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace setun {

void buildLowerToLLVMPipeline(OpPassManager &passes, unsigned indexBits) {
  passes.addNestedPass<func::FuncOp>(createFlattenEmptyArguments());
  passes.addPass(createExpandFloatMath());
  OpPassManager &functions = passes.nest<func::FuncOp>();
  functions.addPass(createExpandStridedCopies());
  functions.addPass(createSCFToControlFlowPass());
  // Subviews and reshapes become address arithmetic.
  passes.addPass(memref::createExpandStridedMetadataPass());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createCanonicalizerPass());
  FinalizeMemRefToLLVMConversionPassOptions memrefs;
  memrefs.indexBitwidth = indexBits;
  passes.addPass(createFinalizeMemRefToLLVMConversionPass(memrefs));
  ArithToLLVMConversionPassOptions arithmetic;
  arithmetic.indexBitwidth = indexBits;
  passes.addPass(createArithToLLVMConversionPass(arithmetic));
  passes.addPass(createConvertMathToLLVMPass());
  ConvertIndexToLLVMPassOptions indices;
  indices.indexBitwidth = indexBits;
  passes.addPass(createConvertIndexToLLVMPass(indices));
  // Static row-major buffers need no descriptor at a call.
  ConvertFuncToLLVMPassOptions calls;
  calls.useBarePtrCallConv = true;
  calls.indexBitwidth = indexBits;
  passes.addPass(createConvertFuncToLLVMPass(calls));
  ConvertControlFlowToLLVMPassOptions branches;
  branches.indexBitwidth = indexBits;
  passes.addPass(createConvertControlFlowToLLVMPass(branches));
  passes.addPass(createReconcileUnrealizedCastsPass());
  passes.addPass(createCSEPass());
}

void registerLLVMTranslations(DialectRegistry &registry) {
  registry.insert<LLVM::LLVMDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

/// The translation warns of argument attributes that LLVM does not know.
static void dropOwnAttributes(ModuleOp module) {
  for (auto function : module.getOps<FunctionOpInterface>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      for (NamedAttribute attribute : llvm::to_vector(function.getArgAttrs(i)))
        if (!attribute.getName().strref().starts_with("llvm."))
          function.removeArgAttr(i, attribute.getName());
}

namespace {
/// Functions that are declared, and get their bodies as LLVM IR.
struct Stubs {
  std::vector<KernelStub> kernels;
  std::vector<ParallelStub> loops;
};
} // namespace

static FailureOr<Stubs> makeStubs(ModuleOp module) {
  FailureOr<std::vector<ParallelStub>> loops = outlineParallelLoops(module);
  if (failed(loops))
    return failure();
  FailureOr<std::vector<KernelStub>> kernels = callKernels(module);
  if (failed(kernels))
    return failure();
  return Stubs{std::move(*kernels), std::move(*loops)};
}

/// Brings `module` to the LLVM dialect; the diagnostics become the error.
static llvm::Expected<Stubs> lower(ModuleOp module, unsigned indexBits) {
  std::string messages;
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
          messages += (messages.empty() ? "" : "; ") + diagnostic.str();
        return success();
      });
  FailureOr<Stubs> stubs = makeStubs(module);
  PassManager passes(module.getContext());
  buildLowerToLLVMPipeline(passes, indexBits);
  if (succeeded(stubs) && succeeded(passes.run(module)))
    return std::move(*stubs);
  return llvm::createStringError("cannot lower to LLVM: " + messages);
}

/// MLIR's conversion forgets it. Parts of a network inlined into each other
/// would be one function that takes minutes.
static SmallVector<std::string> getNoInlineFunctions(ModuleOp buffers) {
  SmallVector<std::string> names;
  for (auto function : buffers.getOps<func::FuncOp>())
    if (function.getNoInline())
      names.push_back(function.getSymName().str());
  return names;
}

/// No name of a layer may be one that means something: memcpy, main.
static void renameDefinitions(llvm::Module &module, StringRef name) {
  for (llvm::GlobalValue &global : module.global_values())
    if (!global.isDeclaration())
      global.setName(name + "." + global.getName());
}

/// What is true of all functions and constants of a model.
static void setProperties(llvm::Module &module) {
  for (llvm::Function &function : module) {
    if (function.isIntrinsic())
      continue;
    function.setDoesNotThrow();
    if (function.isDeclaration())
      continue;
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    function.setDSOLocal(true);
  }
  for (llvm::GlobalVariable &constant : module.globals()) {
    constant.setLinkage(llvm::GlobalValue::PrivateLinkage);
    constant.setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
    constant.setDSOLocal(true);
    uint64_t size =
        module.getDataLayout().getTypeAllocSize(constant.getValueType());
    constant.setAlignment(llvm::Align(size >= 64 ? 64 : 16));
  }
}

/// Lets the code generator fuse multiplications and additions, also those of
/// kernels.
static void allowFusing(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (isa<llvm::FPMathOperator>(instruction))
        instruction.setHasAllowContract(true);
}

/// For who compiles the text: the same processor.
static void setProcessor(llvm::Module &module,
                         const llvm::TargetMachine &machine) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    if (!machine.getTargetCPU().empty())
      function.addFnAttr("target-cpu", machine.getTargetCPU());
    if (!machine.getTargetFeatureString().empty() &&
        !function.hasFnAttribute("target-features"))
      function.addFnAttr("target-features", machine.getTargetFeatureString());
  }
}

llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(ModuleOp buffers, llvm::LLVMContext &context,
                  llvm::TargetMachine &machine,
                  const TranslationOptions &options, llvm::Function *&main) {
  SmallVector<std::string> noInline = getNoInlineFunctions(buffers);
  bool fuses = fusesFloats(buffers);
  auto stubs = lower(buffers, options.indexBits);
  if (!stubs)
    return stubs.takeError();
  DialectRegistry registry;
  registerLLVMTranslations(registry);
  buffers->getContext()->appendDialectRegistry(registry);
  dropOwnAttributes(buffers);
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(buffers, context, options.name);
  if (!module)
    return llvm::createStringError("translation to LLVM IR failed");
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());
  main = module->getFunction("main");
  if (!main || main->isDeclaration())
    return llvm::createStringError("the module has no function @main");
  for (StringRef function : noInline)
    if (llvm::Function *found = module->getFunction(function))
      found->addFnAttr(llvm::Attribute::NoInline);
  renameDefinitions(*module, options.name);
  setProperties(*module);
  writeParallelStubs(*module, stubs->loops, options.name);
  if (llvm::Error failed = linkKernels(*module, machine, stubs->kernels,
                                       options.chooseAtRunTime, main))
    return failed;
  if (fuses)
    allowFusing(*module);
  setProcessor(*module, machine);
  return module;
}

} // namespace setun
