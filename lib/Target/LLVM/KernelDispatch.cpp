//===- KernelDispatch.cpp - Code chosen by the processor at run time ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Layers and kernels are there for each level of their architecture, under
// their names and a suffix; a run takes those of the processor's level, which
// is found once. Layouts of weights are the same for all, and so are the
// numbers.
//===----------------------------------------------------------------------===//

#include "KernelLinking.h"

#include "setun/Kernels/KernelBitcode.h"
#include "setun/Target/LLVM/Machine.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"

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

/// switch (level) { case 2: main.x86_64_v3(..); .. default: main(..); }
/// What has more than the last level takes that one.
static Function *writeChoice(Function &main, ArrayRef<CodeLevel> levels) {
  Module &module = *main.getParent();
  LLVMContext &context = module.getContext();
  auto *choice =
      Function::Create(main.getFunctionType(), GlobalValue::InternalLinkage,
                       main.getName() + ".choose", module);
  choice->setDoesNotThrow();
  choice->setDSOLocal(true);
  auto *entry = BasicBlock::Create(context, "", choice);
  SmallVector<Value *> arguments;
  for (Argument &argument : choice->args())
    arguments.push_back(&argument);
  auto writeCase = [&](Function *callee) {
    auto *block = BasicBlock::Create(context, "", choice);
    IRBuilder<> inner(block);
    inner.CreateCall(callee, arguments);
    inner.CreateRetVoid();
    return block;
  };
  IRBuilder<> builder(entry);
  Value *level = builder.CreateBinaryIntrinsic(
      Intrinsic::umin, builder.CreateCall(module.getFunction(kGetLevel)),
      builder.getInt32(levels.back().number));
  SwitchInst *cases = builder.CreateSwitch(level, writeCase(&main));
  for (const CodeLevel &richer : levels)
    cases->addCase(
        builder.getInt32(richer.number),
        writeCase(module.getFunction((main.getName() + richer.suffix).str())));
  return choice;
}

/// The levels besides that of the machine itself.
static SmallVector<Level> chooseLevels(ArrayRef<Level> levels,
                                       const TargetMachine &machine) {
  SmallVector<Level> used;
  const Triple &triple = machine.getTargetTriple();
  // Nobody else tells what an AArch64 processor has.
  if (triple.isAArch64() && !triple.isOSLinux())
    return used;
  // Levels that the processor has in any case need no code of their own.
  for (const Level &level : levels)
    if (const KernelBitcode *bitcode = findBitcode(level.name);
        bitcode && isForSystem(*bitcode, triple) &&
        !machine.getMCSubtargetInfo()->checkFeatures(bitcode->features))
      used.push_back(level);
  return used;
}

/// AMX computes 16 rows at a time.
static bool hasManyRows(ArrayRef<KernelStub> stubs) {
  return any_of(stubs, [](const KernelStub &stub) {
    return any_of(stub.call.arguments, [](const KernelArgument &argument) {
      return argument.name == "rows" && argument.size > 4;
    });
  });
}

/// What a run calls. Networks of additions stay as they are: copies would take
/// compilers long, and they gain nothing.
static SmallVector<Function *> collectFunctions(Module &module,
                                                ArrayRef<KernelStub> stubs) {
  SmallVector<Function *> functions;
  for (Function &function : module)
    if (!function.isDeclaration() &&
        !function.hasFnAttribute(Attribute::NoInline))
      functions.push_back(&function);
  for (const KernelStub &stub : stubs)
    if (Function *function = module.getFunction(stub.function))
      functions.push_back(function);
  return functions;
}

static void cloneFunctions(Module &module, ArrayRef<Function *> originals,
                           const CodeLevel &level) {
  ValueToValueMapTy map;
  for (Function *original : originals) {
    auto *copy =
        Function::Create(original->getFunctionType(), original->getLinkage(),
                         original->getName() + level.suffix, module);
    copy->copyAttributesFrom(original);
    map[original] = copy;
  }
  for (Function *original : originals) {
    auto *copy = cast<Function>(map[original]);
    if (!original->isDeclaration()) {
      for (auto [from, to] : zip(original->args(), copy->args()))
        map[&from] = &to;
      SmallVector<ReturnInst *> returns;
      CloneFunctionInto(copy, original, map,
                        CloneFunctionChangeType::LocalChangesOnly, returns);
    }
    copy->addFnAttr("target-features", level.features);
  }
}

Expected<SmallVector<CodeLevel>> addLevels(Module &module,
                                           TargetMachine &machine,
                                           ArrayRef<KernelStub> stubs,
                                           Function *&main) {
  const Triple &triple = machine.getTargetTriple();
  Architecture architecture = getArchitecture(triple);
  if (architecture.levels.empty())
    return createStringError(
        "--dispatch=runtime is for x86-64 and AArch64, not '" + triple.str() +
        "'");
  SmallVector<CodeLevel> levels;
  for (const Level &level : chooseLevels(architecture.levels, machine)) {
    const KernelBitcode *bitcode = findBitcode(level.name);
    if (bitcode->features.contains("+amx") && !hasManyRows(stubs))
      continue;
    std::string features = machine.getTargetFeatureString().str();
    features += (features.empty() ? "" : ",") + bitcode->features.str();
    levels.push_back(
        {level.number, ("." + level.name).str(), features, bitcode});
  }
  if (levels.empty())
    return levels;
  SmallVector<Function *> originals = collectFunctions(module, stubs);
  for (const CodeLevel &level : levels)
    cloneFunctions(module, originals, level);
  createGetLevel(module);
  if (Error failed =
          linkBitcode(module, architecture.finder, /*hasNoMemory=*/true))
    return failed;
  main = writeChoice(*main, levels);
  return levels;
}

} // namespace setun
