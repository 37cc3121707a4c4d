//===- Jit.cpp - Running a compiled model in this process -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ORC LLJIT whose only library are three functions that move memory, and
// three that start threads.
//===----------------------------------------------------------------------===//

#include "setun/Target/LLVM/Jit.h"

#include "ThreadPool.h"

#include "setun/Target/LLVM/Machine.h"
#include "setun/Target/LLVM/Optimize.h"
#include "setun/Target/LLVM/Pipeline.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <cstring>

using namespace mlir;
namespace orc = llvm::orc;

namespace setun {

static llvm::Expected<orc::JITTargetMachineBuilder>
getHostTarget(const JitOptions &options) {
  // Initialization is idempotent and guarded by LLVM itself.
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  // Kernels contain assembly.
  llvm::InitializeNativeTargetAsmParser();
  auto target = orc::JITTargetMachineBuilder::detectHost();
  if (!target)
    return target.takeError();
  setFloatOptions(target->getOptions());
  target->setCodeGenOptLevel(options.optLevel == 0 ? llvm::CodeGenOptLevel::None
                             : options.optLevel == 1
                                 ? llvm::CodeGenOptLevel::Less
                                 : llvm::CodeGenOptLevel::Default);
  return target;
}

JitModule::JitModule(EntrySignature signature,
                     std::unique_ptr<orc::LLJIT> compiler,
                     void (*entry)(void *const *))
    : entrySignature(std::move(signature)), jit(std::move(compiler)),
      entry(entry) {}

JitModule::~JitModule() = default;

bool JitModule::hasKernels() {
  auto target = getHostTarget(JitOptions());
  auto machine = target ? target->createTargetMachine() : target.takeError();
  if (machine)
    return setun::hasKernels(**machine);
  llvm::consumeError(machine.takeError());
  return false;
}

/// The functions that LLVM may call instead of instructions, and threads.
static orc::SymbolMap getAllowedSymbols(orc::LLJIT &jit) {
  orc::SymbolMap symbols;
  auto add = [&](StringRef name, auto *function) {
    symbols[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(function),
                                          llvm::JITSymbolFlags::Exported};
  };
  add("memcpy", static_cast<void *(*)(void *, const void *, size_t)>(memcpy));
  add("memmove", static_cast<void *(*)(void *, const void *, size_t)>(memmove));
  add("memset", static_cast<void *(*)(void *, int, size_t)>(memset));
  // Code with parallel loops calls these instead of an OpenMP library.
  add("GOMP_parallel", runParallel);
  add("omp_get_thread_num", getThreadNumber);
  add("omp_get_num_threads", getThreadCount);
  return symbols;
}

/// Name of the one symbol: `void setun_entry(void *const *arguments)`.
static constexpr llvm::StringLiteral kEntrySymbol = "setun_entry";

/// `void setun_entry(void *const *arguments) { main(arguments[0], ...); }`
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

llvm::Expected<std::unique_ptr<JitModule>>
JitModule::create(ModuleOp buffers, JitOptions options) {
  auto signature = EntrySignature::read(buffers);
  if (!signature)
    return signature.takeError();
  auto target = getHostTarget(options);
  if (!target)
    return target.takeError();
  auto machine = target->createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto context = std::make_unique<llvm::LLVMContext>();
  llvm::Function *main = nullptr;
  auto module = translateToLLVMIR(buffers, *context, **machine,
                                  TranslationOptions(), main);
  if (!module)
    return module.takeError();
  addEntry(**module, *main);
  if (llvm::Error failed = expandFloatFunctions(**module, **machine))
    return failed;
  if (llvm::Error failed = optimize(**module, **machine, options.optLevel))
    return failed;

  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(std::move(*target))
                 .setLinkProcessSymbolsByDefault(false)
                 .setPlatformSetUp(orc::setUpInactivePlatform)
                 .create();
  if (!jit)
    return jit.takeError();
  if (llvm::Error failed = (*jit)->getMainJITDylib().define(
          orc::absoluteSymbols(getAllowedSymbols(**jit))))
    return failed;
  if (llvm::Error failed = (*jit)->addIRModule(
          orc::ThreadSafeModule(std::move(*module), std::move(context))))
    return failed;
  auto entry = (*jit)->lookup(kEntrySymbol);
  if (!entry)
    return entry.takeError();
  return std::unique_ptr<JitModule>(
      new JitModule(std::move(*signature), std::move(*jit),
                    entry->toPtr<void(void *const *)>()));
}

llvm::Error JitModule::run(llvm::ArrayRef<void *> arguments) {
  if (arguments.size() != entrySignature.arguments.size())
    return llvm::createStringError(
        "the model takes %zu buffers, but %zu are given",
        entrySignature.arguments.size(), arguments.size());
  for (auto [argument, expected] :
       llvm::zip(arguments, entrySignature.arguments))
    if (!argument && expected.bytes > 0)
      return llvm::createStringError("no buffer is given for '%s'",
                                     expected.name.c_str());
  entry(arguments.data());
  return llvm::Error::success();
}

} // namespace setun
