//===- KernelDispatch.cpp - Kernels chosen by the processor at run time ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel is there for each level of x86-64, under its name and a suffix; what
// layers call asks for the level of the processor, which is found once. Layouts
// of weights are the same for all levels, and so are the numbers.
//===----------------------------------------------------------------------===//

#include "KernelLinking.h"

#include "setun/Kernels/KernelBitcode.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

/// Made by the build from CpuLevel.c.
extern "C" const char setun_bitcode_cpu_level[];
extern "C" const char setun_bitcode_cpu_level_end[];

namespace setun {

namespace {
/// Kernels for what `setun_find_level` gives.
struct Level {
  unsigned number;
  StringLiteral name;
};
} // namespace

static constexpr Level levels[] = {{2, "x86_64_v3"}, {3, "x86_64_v4_vnni"}};

static const KernelBitcode *findBitcode(StringRef level) {
  for (const KernelBitcode &bitcode : getKernelBitcode())
    if (bitcode.level == level)
      return &bitcode;
  return nullptr;
}

static std::string getSuffix(const Level &level) {
  return ("." + level.name).str();
}

/// The number that the processor has; found by the first call. All threads find
/// the same one.
static Function *createGetLevel(Module &module) {
  LLVMContext &context = module.getContext();
  IRBuilder<> builder(context);
  IntegerType *type = builder.getInt32Ty();
  auto *known = new GlobalVariable(module, type, /*isConstant=*/false,
                                   GlobalValue::InternalLinkage,
                                   builder.getInt32(0), "cpu.level");
  auto *function =
      Function::Create(FunctionType::get(type, false),
                       GlobalValue::InternalLinkage, "cpu.get_level", module);
  auto *entry = BasicBlock::Create(context, "", function);
  auto *find = BasicBlock::Create(context, "find", function);
  auto *end = BasicBlock::Create(context, "end", function);
  auto makeAtomic = [](auto *access) {
    access->setAtomic(AtomicOrdering::Monotonic);
    access->setAlignment(Align(4));
    return access;
  };
  builder.SetInsertPoint(entry);
  Value *before = makeAtomic(builder.CreateLoad(type, known));
  builder.CreateCondBr(builder.CreateIsNull(before), find, end);
  builder.SetInsertPoint(find);
  Value *found = builder.CreateCall(module.getOrInsertFunction(
      "setun_find_level", FunctionType::get(type, false)));
  makeAtomic(builder.CreateStore(found, known));
  builder.CreateBr(end);
  builder.SetInsertPoint(end);
  PHINode *level = builder.CreatePHI(type, 2);
  level->addIncoming(before, entry);
  level->addIncoming(found, find);
  builder.CreateRet(level);
  return function;
}

/// switch (level) { case 2: kernel.x86_64_v3(..); .. default: kernel(..); }
static void writeChoice(Function &choice, Function &getLevel,
                        ArrayRef<Level> used) {
  Module &module = *choice.getParent();
  LLVMContext &context = module.getContext();
  StringRef kernel = choice.getName().drop_back(kDispatchSuffix.size());
  choice.setLinkage(GlobalValue::InternalLinkage);
  IRBuilder<> builder(BasicBlock::Create(context, "", &choice));
  SmallVector<Value *> arguments;
  for (Argument &argument : choice.args())
    arguments.push_back(&argument);
  Value *level = builder.CreateCall(&getLevel);
  auto writeCase = [&](const Twine &name) {
    auto *block = BasicBlock::Create(context, "", &choice);
    IRBuilder<> inner(block);
    inner.CreateCall(
        module.getOrInsertFunction(name.str(), choice.getFunctionType()),
        arguments);
    inner.CreateRetVoid();
    return block;
  };
  SwitchInst *cases = builder.CreateSwitch(level, writeCase(kernel));
  for (const Level &richer : used)
    cases->addCase(builder.getInt32(richer.number),
                   writeCase(kernel + getSuffix(richer)));
}

Error writeDispatch(Module &module, TargetMachine &machine) {
  if (machine.getTargetTriple().getArch() != Triple::x86_64)
    return createStringError("--dispatch=runtime is for x86-64, not '" +
                             machine.getTargetTriple().str() + "'");
  SmallVector<Level> used;
  // Levels that the processor has in any case need no kernels of their own.
  for (const Level &level : levels)
    if (const KernelBitcode *bitcode = findBitcode(level.name);
        bitcode &&
        !machine.getMCSubtargetInfo()->checkFeatures(bitcode->features))
      used.push_back(level);
  SmallVector<Function *> choices;
  for (Function &function : module)
    if (function.getName().ends_with(kDispatchSuffix))
      choices.push_back(&function);
  Function *getLevel = createGetLevel(module);
  for (Function *choice : choices)
    writeChoice(*choice, *getLevel, used);
  StringRef finder(setun_bitcode_cpu_level,
                   setun_bitcode_cpu_level_end - setun_bitcode_cpu_level);
  if (Error failed = linkBitcode(module, finder, /*hasNoMemory=*/true))
    return failed;
  for (const Level &level : used) {
    const KernelBitcode *bitcode = findBitcode(level.name);
    std::string features = machine.getTargetFeatureString().str();
    features += (features.empty() ? "" : ",") + bitcode->features.str();
    if (Error failed =
            linkBitcode(module, bitcode->bytes,
                        /*hasNoMemory=*/false, getSuffix(level), features))
      return failed;
  }
  return Error::success();
}

} // namespace setun
