//===- LlvmText.cpp - A model as LLVM IR ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Pipelines/LlvmText.h"

#include "setun/Target/LLVM/Pipeline.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;

namespace setun {

/// A machine without features beyond its architecture's, so that the text does
/// not depend on the processor it was made on.
static llvm::Expected<std::unique_ptr<llvm::TargetMachine>> makeMachine() {
  llvm::InitializeNativeTarget();
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  std::string message;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return llvm::createStringError(message);
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, /*CPU=*/"", /*Features=*/"",
                                  llvm::TargetOptions(), llvm::Reloc::PIC_));
}

llvm::Expected<std::string> printLlvmIr(ModuleOp buffers) {
  auto machine = makeMachine();
  if (!machine)
    return machine.takeError();
  PassManager passes(buffers.getContext());
  buildLowerToLLVMPipeline(passes);
  if (failed(passes.run(buffers)))
    return llvm::createStringError("cannot be lowered to LLVM");
  llvm::LLVMContext context;
  auto module = translateToLLVMIR(buffers, context, **machine);
  if (!module)
    return module.takeError();
  std::string text;
  llvm::raw_string_ostream(text) << **module;
  return text;
}

} // namespace setun
