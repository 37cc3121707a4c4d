//===- Pipeline.cpp - From buffers and loops to LLVM IR -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MLIR's conversions do the work. What is ours is their order, the bare pointer
// calling convention, and the one entry symbol.
//===----------------------------------------------------------------------===//

#include "setun/Target/LLVM/Pipeline.h"

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
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace setun {

void buildLowerToLLVMPipeline(OpPassManager &passes) {
  passes.addNestedPass<func::FuncOp>(createFlattenEmptyArguments());
  passes.addPass(createExpandFloatMath());
  OpPassManager &functions = passes.nest<func::FuncOp>();
  functions.addPass(createExpandStridedCopies());
  functions.addPass(createSCFToControlFlowPass());
  // Subviews and reshapes become address arithmetic.
  passes.addPass(memref::createExpandStridedMetadataPass());
  passes.addPass(createLowerAffinePass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createFinalizeMemRefToLLVMConversionPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createConvertIndexToLLVMPass());
  // Static row-major buffers need no descriptor at a call.
  ConvertFuncToLLVMPassOptions functionOptions;
  functionOptions.useBarePtrCallConv = true;
  passes.addPass(createConvertFuncToLLVMPass(functionOptions));
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
  passes.addPass(createCSEPass());
}

void registerLLVMTranslations(DialectRegistry &registry) {
  registry.insert<LLVM::LLVMDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

/// Adds `void setun_entry(void *const *arguments) { main(arguments[0], ...); }`
static void addEntry(llvm::Module &module, llvm::Function &main) {
  llvm::IRBuilder<> builder(module.getContext());
  auto *pointer = builder.getPtrTy();
  auto *type = llvm::FunctionType::get(builder.getVoidTy(), {pointer}, false);
  auto *entry = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage,
                                       kEntrySymbol, module);
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "", entry));
  SmallVector<llvm::Value *> arguments;
  for (unsigned i = 0; i < main.arg_size(); ++i)
    arguments.push_back(builder.CreateLoad(
        pointer, builder.CreateConstGEP1_32(pointer, entry->getArg(0), i)));
  builder.CreateCall(&main, arguments);
  builder.CreateRetVoid();
}

/// The translation warns of argument attributes that LLVM does not know.
static void dropOwnAttributes(ModuleOp module) {
  for (auto function : module.getOps<FunctionOpInterface>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      for (NamedAttribute attribute : llvm::to_vector(function.getArgAttrs(i)))
        if (!attribute.getName().strref().starts_with("llvm."))
          function.removeArgAttr(i, attribute.getName());
}

llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(ModuleOp lowered, llvm::LLVMContext &context,
                  llvm::TargetMachine &machine) {
  DialectRegistry registry;
  registerLLVMTranslations(registry);
  lowered->getContext()->appendDialectRegistry(registry);
  dropOwnAttributes(lowered);
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(lowered, context, "setun");
  if (!module)
    return llvm::createStringError("translation to LLVM IR failed");
  module->setTargetTriple(machine.getTargetTriple());
  module->setDataLayout(machine.createDataLayout());

  llvm::Function *main = module->getFunction("main");
  if (!main || main->isDeclaration())
    return llvm::createStringError("the module has no function @main");
  for (llvm::GlobalValue &global : module->global_values())
    if (!global.isDeclaration())
      global.setLinkage(llvm::GlobalValue::InternalLinkage);
  addEntry(*module, *main);
  return module;
}

} // namespace setun
