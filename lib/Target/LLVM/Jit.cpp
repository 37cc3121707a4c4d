//===- Jit.cpp - Running a compiled model in this process -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ORC LLJIT whose only library is a table of exact functions. Contraction is
// off: a fused multiply-add is another number than the C target's.
//===----------------------------------------------------------------------===//

#include "setun/Target/LLVM/Jit.h"

#include "setun/Target/LLVM/Pipeline.h"

#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <cmath>
#include <cstring>

using namespace mlir;
namespace orc = llvm::orc;

namespace setun {

JitModule::JitModule(EntrySignature signature,
                     std::unique_ptr<orc::LLJIT> compiler,
                     void (*entry)(void *const *))
    : entrySignature(std::move(signature)), jit(std::move(compiler)),
      entry(entry) {}

JitModule::~JitModule() = default;

/// The functions that LLVM may call instead of an instruction. All are exact,
/// so it does not matter whether the host has the instruction.
static orc::SymbolMap getAllowedSymbols(orc::LLJIT &jit) {
  orc::SymbolMap symbols;
  auto add = [&](StringRef name, auto *function) {
    symbols[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(function),
                                          llvm::JITSymbolFlags::Exported};
  };
  add("memcpy", static_cast<void *(*)(void *, const void *, size_t)>(memcpy));
  add("memmove", static_cast<void *(*)(void *, const void *, size_t)>(memmove));
  add("memset", static_cast<void *(*)(void *, int, size_t)>(memset));
  // In the default rounding mode nearbyint is roundeven.
  add("roundevenf", static_cast<float (*)(float)>(nearbyintf));
  add("roundeven", static_cast<double (*)(double)>(nearbyint));
  add("roundf", static_cast<float (*)(float)>(roundf));
  add("round", static_cast<double (*)(double)>(round));
  add("floorf", static_cast<float (*)(float)>(floorf));
  add("floor", static_cast<double (*)(double)>(floor));
  add("ceilf", static_cast<float (*)(float)>(ceilf));
  add("ceil", static_cast<double (*)(double)>(ceil));
  add("fmodf", static_cast<float (*)(float, float)>(fmodf));
  add("fmod", static_cast<double (*)(double, double)>(fmod));
  add("truncf", static_cast<float (*)(float)>(truncf));
  add("trunc", static_cast<double (*)(double)>(trunc));
  return symbols;
}

/// Brings `module` to the LLVM dialect; the diagnostics become the error.
static llvm::Error lower(ModuleOp module) {
  std::string messages;
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
          messages += (messages.empty() ? "" : "; ") + diagnostic.str();
        return success();
      });
  PassManager passes(module.getContext());
  buildLowerToLLVMPipeline(passes);
  if (succeeded(passes.run(module)))
    return llvm::Error::success();
  return llvm::createStringError("cannot lower to LLVM: " + messages);
}

static llvm::Expected<orc::JITTargetMachineBuilder>
getHostTarget(const JitOptions &options) {
  // Initialization is idempotent and guarded by LLVM itself.
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto target = orc::JITTargetMachineBuilder::detectHost();
  if (!target)
    return target.takeError();
  target->getOptions().AllowFPOpFusion = llvm::FPOpFusion::Strict;
  target->setCodeGenOptLevel(options.optLevel == 0 ? llvm::CodeGenOptLevel::None
                             : options.optLevel == 1
                                 ? llvm::CodeGenOptLevel::Less
                                 : llvm::CodeGenOptLevel::Default);
  return target;
}

/// Masked stores of one lane become stores of a scalar. The x86 backend of LLVM
/// 22 stores such a lane of a `trunc` as wide as before the `trunc`, which
/// overwrites what follows.
static void storeSingleLanes(llvm::Module &module) {
  SmallVector<llvm::IntrinsicInst *> stores;
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *call = dyn_cast<llvm::IntrinsicInst>(&instruction);
          call && call->getIntrinsicID() == llvm::Intrinsic::masked_store)
        stores.push_back(call);
  for (llvm::IntrinsicInst *store : stores) {
    llvm::Value *vector = store->getArgOperand(0);
    auto *type = dyn_cast<llvm::FixedVectorType>(vector->getType());
    auto *mask =
        dyn_cast<llvm::Constant>(store->getArgOperand(store->arg_size() - 1));
    if (!type || !mask)
      continue;
    SmallVector<unsigned> lanes;
    for (unsigned i = 0; i < type->getNumElements(); ++i)
      if (llvm::Constant *lane = mask->getAggregateElement(i);
          !lane || !lane->isNullValue())
        lanes.push_back(i);
    if (lanes.size() != 1)
      continue;
    llvm::IRBuilder<> builder(store);
    llvm::Value *pointer = builder.CreateConstInBoundsGEP1_64(
        type->getElementType(), store->getArgOperand(1), lanes[0]);
    builder.CreateAlignedStore(builder.CreateExtractElement(vector, lanes[0]),
                               pointer, llvm::Align(1));
    store->eraseFromParent();
  }
}

llvm::Expected<std::unique_ptr<JitModule>>
JitModule::create(ModuleOp buffers, JitOptions options) {
  auto signature = EntrySignature::read(buffers);
  if (!signature)
    return signature.takeError();
  if (llvm::Error failed = lower(buffers))
    return failed;

  auto target = getHostTarget(options);
  if (!target)
    return target.takeError();
  auto machine = target->createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto context = std::make_unique<llvm::LLVMContext>();
  auto module = translateToLLVMIR(buffers, *context, **machine);
  if (!module)
    return module.takeError();
  auto optimize = mlir::makeOptimizingTransformer(
      options.optLevel, /*sizeLevel=*/0, machine->get());
  if (llvm::Error failed = optimize(module->get()))
    return failed;
  storeSingleLanes(**module);

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
