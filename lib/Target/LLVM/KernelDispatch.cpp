//===- KernelDispatch.cpp - Kernels chosen by the processor at run time ---===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel is there for each level of its architecture, under its name and a
// suffix; what layers call asks for the level of the processor, which is found
// once. Layouts of weights are the same for all levels, and so are the numbers.
//===----------------------------------------------------------------------===//

#include "KernelLinking.h"

#include "setun/Kernels/KernelBitcode.h"
#include "setun/Target/LLVM/Machine.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

/// Made by the build from CpuLevel.c and CpuLevelAArch64.c.
extern "C" const char setun_bitcode_cpu_level_x86_64[];
extern "C" const char setun_bitcode_cpu_level_x86_64_end[];
extern "C" const char setun_bitcode_cpu_level_aarch64[];
extern "C" const char setun_bitcode_cpu_level_aarch64_end[];

namespace setun {

namespace {
/// Kernels for what `setun_find_level` gives.
struct Level {
  unsigned number;
  StringLiteral name;
};

/// What is known of an architecture.
struct Architecture {
  ArrayRef<Level> levels;
  /// Bitcode of `setun_find_level`.
  StringRef finder;
};
} // namespace

static constexpr Level levelsX86[] = {{2, "x86_64_v3"},
                                      {3, "x86_64_v3_vnni"},
                                      {4, "x86_64_v4_vnni"},
                                      {5, "x86_64_v4_vnni_vpopcntdq"},
                                      {6, "x86_64_v4_amx"}};
/// No kernel has products of matrices (i8mm), yet.
static constexpr Level levelsAArch64[] = {{2, "aarch64_dotprod"}};

static Architecture getArchitecture(const Triple &triple) {
  if (triple.getArch() == Triple::x86_64)
    return {levelsX86,
            {setun_bitcode_cpu_level_x86_64,
             static_cast<size_t>(setun_bitcode_cpu_level_x86_64_end -
                                 setun_bitcode_cpu_level_x86_64)}};
  if (triple.getArch() == Triple::aarch64)
    return {levelsAArch64,
            {setun_bitcode_cpu_level_aarch64,
             static_cast<size_t>(setun_bitcode_cpu_level_aarch64_end -
                                 setun_bitcode_cpu_level_aarch64)}};
  return {};
}

bool hasDispatch(const TargetMachine &machine) {
  return !getArchitecture(machine.getTargetTriple()).levels.empty();
}

static const KernelBitcode *findBitcode(StringRef level) {
  for (const KernelBitcode &bitcode : getKernelBitcode())
    if (bitcode.level == level)
      return &bitcode;
  return nullptr;
}

static std::string getSuffix(const Level &level) {
  return ("." + level.name).str();
}

static constexpr StringLiteral kGetLevel = "cpu.get_level";

/// The number that the processor has; found by the first call. All threads find
/// the same one.
static void createGetLevel(Module &module) {
  LLVMContext &context = module.getContext();
  IRBuilder<> builder(context);
  IntegerType *type = builder.getInt32Ty();
  auto *known = new GlobalVariable(module, type, /*isConstant=*/false,
                                   GlobalValue::InternalLinkage,
                                   builder.getInt32(0), "cpu.level");
  auto *function =
      Function::Create(FunctionType::get(type, false),
                       GlobalValue::InternalLinkage, kGetLevel, module);
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
}

/// switch (level) { case 2: kernel.x86_64_v3(..); .. default: kernel(..); }
/// What has more than the last of `used` takes that one.
static void writeChoice(Function &choice, ArrayRef<Level> used) {
  Module &module = *choice.getParent();
  LLVMContext &context = module.getContext();
  StringRef kernel = choice.getName().drop_back(kDispatchSuffix.size());
  choice.setLinkage(GlobalValue::InternalLinkage);
  auto *entry = BasicBlock::Create(context, "", &choice);
  SmallVector<Value *> arguments;
  for (Argument &argument : choice.args())
    arguments.push_back(&argument);
  auto writeCase = [&](const Twine &name) {
    auto *block = BasicBlock::Create(context, "", &choice);
    IRBuilder<> inner(block);
    inner.CreateCall(
        module.getOrInsertFunction(name.str(), choice.getFunctionType()),
        arguments);
    inner.CreateRetVoid();
    return block;
  };
  IRBuilder<> builder(entry);
  if (used.empty()) {
    builder.CreateBr(writeCase(kernel));
    return;
  }
  Value *level = builder.CreateBinaryIntrinsic(
      Intrinsic::umin, builder.CreateCall(module.getFunction(kGetLevel)),
      builder.getInt32(used.back().number));
  SwitchInst *cases = builder.CreateSwitch(level, writeCase(kernel));
  for (const Level &richer : used)
    cases->addCase(builder.getInt32(richer.number),
                   writeCase(kernel + getSuffix(richer)));
}

/// The kernels to link besides those of the machine itself.
static SmallVector<Level> chooseLevels(ArrayRef<Level> levels,
                                       const TargetMachine &machine) {
  SmallVector<Level> used;
  const Triple &triple = machine.getTargetTriple();
  // Nobody else tells what an AArch64 processor has.
  if (triple.isAArch64() && !triple.isOSLinux())
    return used;
  // Levels that the processor has in any case need no kernels of their own.
  for (const Level &level : levels)
    if (const KernelBitcode *bitcode = findBitcode(level.name);
        bitcode && isForSystem(*bitcode, triple) &&
        !machine.getMCSubtargetInfo()->checkFeatures(bitcode->features))
      used.push_back(level);
  return used;
}

Error writeDispatch(Module &module, TargetMachine &machine) {
  const Triple &triple = machine.getTargetTriple();
  Architecture architecture = getArchitecture(triple);
  if (architecture.levels.empty())
    return createStringError(
        "--dispatch=runtime is for x86-64 and AArch64, not '" + triple.str() +
        "'");
  SmallVector<Level> used = chooseLevels(architecture.levels, machine);
  SmallVector<Function *> choices;
  for (Function &function : module)
    if (function.getName().ends_with(kDispatchSuffix))
      choices.push_back(&function);
  if (!used.empty()) {
    createGetLevel(module);
    if (Error failed =
            linkBitcode(module, architecture.finder, /*hasNoMemory=*/true))
      return failed;
  }
  for (Function *choice : choices)
    writeChoice(*choice, used);
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
