//===- Optimize.cpp - Faster code with the same numbers -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Target/LLVM/Optimize.h"

#include "KernelLinking.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/VectorUtils.h"
#include "llvm/CodeGen/ISDOpcodes.h"
#include "llvm/CodeGen/TargetLowering.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

/// Made by the build from ExactMath.c.
extern "C" const char setun_bitcode_exact_math[];
extern "C" const char setun_bitcode_exact_math_end[];

namespace setun {

TargetLibraryInfoImpl getRuntimeLibrary(const Triple &triple) {
  TargetLibraryInfoImpl library(triple);
  library.disableAllFunctions();
  for (LibFunc function : {LibFunc_memcpy, LibFunc_memmove, LibFunc_memset})
    library.setAvailable(function);
  return library;
}

//===----------------------------------------------------------------------===//
// Functions of floats
//===----------------------------------------------------------------------===//

namespace {
/// How a function of floats is called in ExactMath.c and in code generators.
struct FloatFunction {
  StringRef name;
  unsigned opcode;
};
} // namespace

static std::optional<FloatFunction>
getFloatFunction(const Instruction &instruction) {
  if (instruction.getOpcode() == Instruction::FRem)
    return FloatFunction{"fmod", ISD::FREM};
  auto *call = dyn_cast<IntrinsicInst>(&instruction);
  if (!call)
    return std::nullopt;
  switch (call->getIntrinsicID()) {
  case Intrinsic::trunc:
    return FloatFunction{"trunc", ISD::FTRUNC};
  case Intrinsic::floor:
    return FloatFunction{"floor", ISD::FFLOOR};
  case Intrinsic::ceil:
    return FloatFunction{"ceil", ISD::FCEIL};
  case Intrinsic::round:
    return FloatFunction{"round", ISD::FROUND};
  case Intrinsic::roundeven:
    return FloatFunction{"roundeven", ISD::FROUNDEVEN};
  case Intrinsic::sqrt:
    return FloatFunction{"sqrt", ISD::FSQRT};
  case Intrinsic::maximum:
    return FloatFunction{"maximum", ISD::FMAXIMUM};
  case Intrinsic::minimum:
    return FloatFunction{"minimum", ISD::FMINIMUM};
  default:
    return std::nullopt;
  }
}

static void replaceByFunction(Instruction *instruction, StringRef name,
                              Module &module) {
  Type *type = instruction->getType();
  SmallVector<Value *> arguments;
  bool isCall = isa<CallBase>(instruction); // whose last operand is a function
  for (unsigned i = 0; i < instruction->getNumOperands() - isCall; ++i)
    arguments.push_back(instruction->getOperand(i));
  SmallVector<Type *> types(arguments.size(), type);
  FunctionCallee function = module.getOrInsertFunction(
      ("setun_exact_" + name + (type->isFloatTy() ? "_f32" : "_f64")).str(),
      FunctionType::get(type, types, false));
  IRBuilder<> builder(instruction);
  instruction->replaceAllUsesWith(builder.CreateCall(function, arguments));
  instruction->eraseFromParent();
}

/// Does arithmetic on vectors of floats take subnormal numbers for 0? It does
/// on NEON of 32-bit ARM.
static bool flushesVectors(const TargetMachine &machine) {
  const Triple &triple = machine.getTargetTriple();
  return (triple.isARM() || triple.isThumb()) &&
         machine.getMCSubtargetInfo()->checkFeatures("+neon");
}

/// Has the code generator exact instructions for it? It writes out maxima and
/// minima where there are registers for floats, but takes those of NEON.
static bool canSelect(const TargetMachine &machine,
                      const TargetLowering &lowering, unsigned opcode,
                      EVT type) {
  bool isComparison = opcode == ISD::FMAXIMUM || opcode == ISD::FMINIMUM;
  return isComparison ? lowering.isTypeLegal(type) && !flushesVectors(machine)
                      : lowering.isOperationLegalOrCustom(opcode, type);
}

Error expandFloatFunctions(Module &module, TargetMachine &machine) {
  SmallVector<std::pair<Instruction *, StringRef>> found;
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    const TargetLowering *lowering =
        machine.getSubtargetImpl(function)->getTargetLowering();
    for (Instruction &instruction : instructions(function)) {
      Type *type = instruction.getType();
      std::optional<FloatFunction> known = getFloatFunction(instruction);
      if (known && (type->isFloatTy() || type->isDoubleTy()) &&
          !canSelect(machine, *lowering, known->opcode, EVT::getEVT(type)))
        found.emplace_back(&instruction, known->name);
    }
  }
  if (found.empty())
    return Error::success();
  for (auto [instruction, name] : found)
    replaceByFunction(instruction, name, module);
  return linkBitcode(
      module,
      StringRef(setun_bitcode_exact_math,
                setun_bitcode_exact_math_end - setun_bitcode_exact_math),
      /*hasNoMemory=*/true);
}

//===----------------------------------------------------------------------===//
// What optimized code must not contain
//===----------------------------------------------------------------------===//

/// Masked stores of one lane become stores of a scalar. The x86 backend of LLVM
/// 22 stores such a lane of a `trunc` as wide as before the `trunc`, which
/// overwrites what follows.
static void storeSingleLanes(Module &module) {
  SmallVector<IntrinsicInst *> stores;
  for (Function &function : module)
    for (Instruction &instruction : instructions(function))
      if (auto *call = dyn_cast<IntrinsicInst>(&instruction);
          call && call->getIntrinsicID() == Intrinsic::masked_store)
        stores.push_back(call);
  for (IntrinsicInst *store : stores) {
    Value *vector = store->getArgOperand(0);
    auto *type = dyn_cast<FixedVectorType>(vector->getType());
    auto *mask =
        dyn_cast<Constant>(store->getArgOperand(store->arg_size() - 1));
    if (!type || !mask)
      continue;
    SmallVector<unsigned> lanes;
    for (unsigned i = 0; i < type->getNumElements(); ++i)
      if (Constant *lane = mask->getAggregateElement(i);
          !lane || !lane->isNullValue())
        lanes.push_back(i);
    if (lanes.size() != 1)
      continue;
    IRBuilder<> builder(store);
    Value *pointer = builder.CreateConstInBoundsGEP1_64(
        type->getElementType(), store->getArgOperand(1), lanes[0]);
    builder.CreateAlignedStore(builder.CreateExtractElement(vector, lanes[0]),
                               pointer, Align(1));
    store->eraseFromParent();
  }
}

/// Is it arithmetic or a comparison of several floats?
static bool isVectorArithmetic(const Instruction &instruction) {
  if (instruction.getNumOperands() == 0 ||
      !isa<FixedVectorType>(instruction.getType()) ||
      !instruction.getOperand(0)->getType()->isFPOrFPVectorTy())
    return false;
  if (auto *call = dyn_cast<IntrinsicInst>(&instruction))
    return isTriviallyVectorizable(call->getIntrinsicID());
  return isa<BinaryOperator, FCmpInst, UnaryOperator>(instruction);
}

/// Computes one lane after the other.
static void splitVector(Instruction *instruction) {
  IRBuilder<> builder(instruction);
  auto *type = cast<FixedVectorType>(instruction->getType());
  Value *result = PoisonValue::get(type);
  for (unsigned lane = 0; lane < type->getNumElements(); ++lane) {
    SmallVector<Value *> operands;
    for (Value *operand : instruction->operands())
      operands.push_back(operand->getType()->isVectorTy()
                             ? builder.CreateExtractElement(operand, lane)
                             : operand);
    Value *scalar;
    if (auto *call = dyn_cast<IntrinsicInst>(instruction)) {
      operands.pop_back(); // the function
      scalar = builder.CreateIntrinsic(type->getElementType(),
                                       call->getIntrinsicID(), operands);
    } else if (auto *compare = dyn_cast<FCmpInst>(instruction)) {
      scalar =
          builder.CreateFCmp(compare->getPredicate(), operands[0], operands[1]);
    } else if (isa<UnaryOperator>(instruction)) {
      scalar = builder.CreateFNeg(operands[0]);
    } else {
      auto *binary = cast<BinaryOperator>(instruction);
      scalar =
          builder.CreateBinOp(binary->getOpcode(), operands[0], operands[1]);
    }
    result = builder.CreateInsertElement(result, scalar, lane);
  }
  instruction->replaceAllUsesWith(result);
  instruction->eraseFromParent();
}

static void splitFloatVectors(Module &module) {
  SmallVector<Instruction *> vectors;
  for (Function &function : module)
    for (Instruction &instruction : instructions(function))
      if (isVectorArithmetic(instruction))
        vectors.push_back(&instruction);
  for (Instruction *instruction : vectors)
    splitVector(instruction);
}

//===----------------------------------------------------------------------===//
// Passes
//===----------------------------------------------------------------------===//

static void runPasses(Module &module, TargetMachine &machine, unsigned level) {
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = level >= 2;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  TargetLibraryInfoImpl library = getRuntimeLibrary(machine.getTargetTriple());
  functions.registerPass([&] { return TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  OptimizationLevel known[] = {OptimizationLevel::O0, OptimizationLevel::O1,
                               OptimizationLevel::O2, OptimizationLevel::O3};
  ModulePassManager passes =
      level == 0 ? builder.buildO0DefaultPipeline(OptimizationLevel::O0)
                 : builder.buildPerModuleDefaultPipeline(known[level]);
  passes.run(module, modules);
}

Error optimize(Module &module, TargetMachine &machine, unsigned level) {
  std::string message;
  raw_string_ostream stream(message);
  if (verifyModule(module, &stream))
    return createStringError("invalid LLVM IR: " + message);
  runPasses(module, machine, std::min(level, 3u));
  storeSingleLanes(module);
  if (flushesVectors(machine))
    splitFloatVectors(module);
  return Error::success();
}

} // namespace setun
