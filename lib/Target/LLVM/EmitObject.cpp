//===- EmitObject.cpp - A model as LLVM IR or object file -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Target/LLVM/EmitObject.h"

#include "ParallelLoops.h"

#include "setun/Support/ExternalProgram.h"
#include "setun/Target/LLVM/EntrySignature.h"
#include "setun/Target/LLVM/Optimize.h"
#include "setun/Target/LLVM/Pipeline.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace setun {

/// `void NAME_run(inputs and outputs in order, NAME_arena *arena)`: the header
/// has the arena last, and has one even if the model needs none.
static void addRunFunction(llvm::Module &module, llvm::Function &main,
                           const EntrySignature &signature, StringRef name) {
  llvm::LLVMContext &context = module.getContext();
  llvm::IRBuilder<> builder(context);
  auto count = [&](llvm::ArrayRef<EntryRole> roles) {
    return static_cast<unsigned>(
        llvm::count_if(signature.arguments, [&](const EntryArgument &argument) {
          return llvm::is_contained(roles, argument.role);
        }));
  };
  unsigned ports = count({EntryRole::Input, EntryRole::Output});
  unsigned blocks = 1 + count(EntryRole::Weights);
  SmallVector<llvm::Type *> types(ports + blocks, builder.getPtrTy());
  auto *run = llvm::Function::Create(
      llvm::FunctionType::get(builder.getVoidTy(), types, false),
      llvm::GlobalValue::ExternalLinkage, name + "_run", module);
  run->setAttributes(llvm::AttributeList().addFnAttributes(
      context, llvm::AttrBuilder(context, main.getAttributes().getFnAttrs())));
  run->setDSOLocal(true);
  // Buffers must not overlap; the arena and weights are aligned.
  for (llvm::Argument &argument : run->args())
    argument.addAttr(llvm::Attribute::NoAlias);
  for (unsigned i = ports; i < ports + blocks; ++i)
    run->addParamAttr(
        i, llvm::Attribute::getWithAlignment(context, llvm::Align(64)));
  builder.SetInsertPoint(llvm::BasicBlock::Create(context, "", run));
  SmallVector<llvm::Value *> arguments;
  unsigned next = 0;
  for (const EntryArgument &argument : signature.arguments)
    arguments.push_back(run->getArg(argument.role == EntryRole::Arena ? ports
                                    : argument.role == EntryRole::Weights
                                        ? ports + 1
                                        : next++));
  builder.CreateCall(&main, arguments);
  builder.CreateRetVoid();
}

/// The module as it is before optimization.
static llvm::Expected<std::unique_ptr<llvm::Module>>
makeModule(ModuleOp buffers, llvm::LLVMContext &context,
           llvm::TargetMachine &machine, const ObjectOptions &options) {
  auto signature = EntrySignature::read(buffers);
  if (!signature)
    return signature.takeError();
  TranslationOptions translation;
  translation.name = options.name;
  bool isShort = machine.createDataLayout().getPointerSizeInBits() == 32;
  translation.indexBits = isShort && options.indicesFitIn32Bits ? 32 : 64;
  translation.chooseAtRunTime = options.chooseAtRunTime;
  llvm::Function *main = nullptr;
  auto module = translateToLLVMIR(buffers, context, machine, translation, main);
  if (!module)
    return module.takeError();
  addRunFunction(**module, *main, *signature, options.name);
  if (llvm::Error failed = expandFloatFunctions(**module, machine))
    return failed;
  return module;
}

llvm::Expected<std::string> printLlvmIr(ModuleOp buffers,
                                        llvm::TargetMachine &machine,
                                        const ObjectOptions &options) {
  llvm::LLVMContext context;
  auto module = makeModule(buffers, context, machine, options);
  if (!module)
    return module.takeError();
  std::string text;
  llvm::raw_string_ostream(text) << **module;
  return text;
}

/// Is it a function that compilers bring along, that moves memory or starts
/// threads, or does the linker define it?
static bool isFromToolchain(StringRef name) {
  return name.starts_with("__") ||
         llvm::is_contained(kParallelFunctions, name) ||
         llvm::is_contained({"memcpy", "memmove", "memset", ".TOC.", "_gp_disp",
                             "_fltused", "_GLOBAL_OFFSET_TABLE_"},
                            name);
}

/// A C library's mathematics would bring its own numbers.
static llvm::Error checkSymbols(StringRef bytes) {
  auto object = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(bytes, "object"));
  if (!object)
    return object.takeError();
  for (const llvm::object::SymbolRef &symbol : (*object)->symbols()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags || !name)
      return llvm::joinErrors(flags.takeError(), name.takeError());
    StringRef plain = *name;
    if ((*object)->isMachO() || (*object)->isCOFF())
      plain.consume_front("_");
    // What is weak may be missing.
    if (*flags & llvm::object::SymbolRef::SF_Undefined &&
        !(*flags & llvm::object::SymbolRef::SF_Weak) && !plain.empty() &&
        !isFromToolchain(*name) && !isFromToolchain(plain))
      return llvm::createStringError(
          "the code for this processor would call '" + *name +
          "' of a C library");
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Stack
//===----------------------------------------------------------------------===//

/// Bytes of frames by function, from lines `FILE:FUNCTION\tBYTES\tstatic`.
static llvm::StringMap<int64_t> readFrames(StringRef file) {
  llvm::StringMap<int64_t> frames;
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer)
    return frames;
  for (StringRef line : llvm::split((*buffer)->getBuffer(), '\n')) {
    auto [place, rest] = line.split('\t');
    int64_t bytes = 0;
    if (!rest.split('\t').first.getAsInteger(10, bytes))
      frames[place.rsplit(':').second] = bytes;
  }
  return frames;
}

/// The deepest chain of calls from `function`; models have no recursion.
static int64_t
getDeepest(const llvm::Function &function,
           const llvm::StringMap<int64_t> &frames, int64_t addressBytes,
           llvm::DenseMap<const llvm::Function *, int64_t> &known) {
  auto [entry, isNew] = known.try_emplace(&function, 0);
  if (!isNew)
    return entry->second;
  int64_t below = 0;
  // What is called, or handed to a function that calls it.
  for (const llvm::Instruction &instruction : llvm::instructions(function))
    if (isa<llvm::CallBase>(instruction))
      for (const llvm::Use &operand : instruction.operands())
        if (auto *callee = dyn_cast<llvm::Function>(operand);
            callee && !callee->isDeclaration())
          below =
              std::max(below, getDeepest(*callee, frames, addressBytes, known));
  // The address to return to may be in the frame or not.
  return known[&function] =
             frames.lookup(function.getName()) + addressBytes + below;
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

/// Generates code; the frames' sizes are printed to `stackUsage`.
static llvm::Error generateCode(llvm::Module &module,
                                llvm::TargetMachine &machine,
                                SmallVectorImpl<char> &bytes,
                                const std::string &stackUsage) {
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  passes.add(new llvm::TargetLibraryInfoWrapperPass(
      getRuntimeLibrary(machine.getTargetTriple())));
  machine.Options.StackUsageOutput = stackUsage;
  if (machine.addPassesToEmitFile(passes, stream, nullptr,
                                  llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError("LLVM writes no object files for '" +
                                   machine.getTargetTriple().str() + "'");
  passes.run(module);
  return llvm::Error::success();
}

llvm::Expected<ObjectFile> emitObject(ModuleOp buffers,
                                      llvm::TargetMachine &machine,
                                      const ObjectOptions &options) {
  llvm::LLVMContext context;
  std::string messages;
  context.setDiagnosticHandlerCallBack(
      [](const llvm::DiagnosticInfo *info, void *text) {
        if (info->getSeverity() != llvm::DS_Error)
          return;
        llvm::raw_string_ostream stream(*static_cast<std::string *>(text));
        llvm::DiagnosticPrinterRawOStream printer(stream);
        info->print(printer);
      },
      &messages);
  auto module = makeModule(buffers, context, machine, options);
  if (!module)
    return module.takeError();
  if (llvm::Error failed = optimize(**module, machine, /*level=*/2))
    return failed;

  TemporaryFolder folder;
  if (llvm::Error failed = folder.create())
    return failed;
  ObjectFile object;
  std::string stackUsage = folder.file("stack");
  if (llvm::Error failed =
          generateCode(**module, machine, object.bytes, stackUsage))
    return failed;
  if (!messages.empty())
    return llvm::createStringError(messages);
  if (llvm::Error failed =
          checkSymbols(StringRef(object.bytes.data(), object.bytes.size())))
    return failed;
  llvm::DenseMap<const llvm::Function *, int64_t> known;
  object.stackBytes = getDeepest(
      *(*module)->getFunction(options.name + "_run"), readFrames(stackUsage),
      machine.createDataLayout().getPointerSize(), known);
  return object;
}

} // namespace setun
