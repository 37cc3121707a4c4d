//===- ParallelLoops.cpp - Loops over parts as functions ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ParallelLoops.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace mlir;

namespace setun {

//===----------------------------------------------------------------------===//
// Functions of parts
//===----------------------------------------------------------------------===//

/// Constants and views are made again in the function, from what it is handed.
static bool isMadeAgain(Operation *op) {
  return op && (op->hasTrait<OpTrait::ConstantLike>() ||
                isa<memref::GetGlobalOp, ViewLikeOpInterface>(op));
}

/// Is it one pointer or one number in a call?
static bool canBeHandedOn(Type type) {
  auto buffer = dyn_cast<MemRefType>(type);
  if (!buffer)
    return type.isIntOrIndexOrFloat();
  return buffer.hasStaticShape() && buffer.getLayout().isIdentity();
}

static LogicalResult check(scf::ParallelOp loop, ArrayRef<Value> captured) {
  bool isPlain = loop.getNumLoops() == 1 && loop.getNumResults() == 0 &&
                 getConstantIntValue(loop.getLowerBound()[0]) == 0 &&
                 getConstantIntValue(loop.getStep()[0]) == 1 &&
                 getConstantIntValue(loop.getUpperBound()[0]);
  if (!isPlain)
    return loop.emitError() << "'scf.parallel' of another form than "
                               "lowbit-split-for-threads writes";
  for (Value value : captured)
    if (!canBeHandedOn(value.getType()))
      return loop.emitError()
             << "'scf.parallel' uses a value of type " << value.getType()
             << "; accepted are numbers and contiguous "
                "memrefs of static shape";
  return success();
}

/// Makes everything that the region uses of outside arguments of its block, and
/// says what these stand for. Behind it only `part`, the first one, is of the
/// loop.
static SmallVector<Value> isolate(Region &region) {
  Block &body = region.front();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  SmallVector<Value> captured;
  llvm::MapVector<Value, Value> inside;
  std::function<void(Value)> bring = [&](Value value) {
    if (inside.contains(value))
      return;
    Operation *op = value.getDefiningOp();
    if (!isMadeAgain(op)) {
      captured.push_back(value);
      inside[value] = body.addArgument(value.getType(), value.getLoc());
      return;
    }
    IRMapping operands;
    for (Value operand : op->getOperands()) {
      bring(operand);
      operands.map(operand, inside[operand]);
    }
    Operation *again = builder.clone(*op, operands);
    inside[value] = again->getResult(cast<OpResult>(value).getResultNumber());
  };
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(region, used);
  for (Value value : used)
    bring(value);
  for (auto [outer, inner] : inside)
    replaceAllUsesInRegionWith(outer, inner, region);
  return captured;
}

static FailureOr<ParallelStub> outline(scf::ParallelOp loop, size_t number) {
  Location loc = loop.getLoc();
  IRRewriter rewriter(loop.getContext());
  SmallVector<Value> captured = isolate(loop.getRegion());
  if (failed(check(loop, captured)))
    return failure();
  ParallelStub stub;
  stub.part = "parallel." + std::to_string(number);
  stub.run = stub.part + ".run";
  stub.parts = *getConstantIntValue(loop.getUpperBound()[0]);

  auto layer = loop->getParentOfType<func::FuncOp>();
  rewriter.setInsertionPoint(layer);
  auto makeFunction = [&](StringRef name, TypeRange types) {
    auto function = func::FuncOp::create(rewriter, loc, name,
                                         rewriter.getFunctionType(types, {}));
    function.setPrivate();
    return function;
  };
  makeFunction(stub.run, ValueRange(captured).getTypes());
  Block *body = loop.getBody();
  func::FuncOp part = makeFunction(stub.part, body->getArgumentTypes());
  rewriter.inlineRegionBefore(loop.getRegion(), part.getBody(),
                              part.getBody().end());
  Operation *terminator = part.front().getTerminator();
  rewriter.setInsertionPoint(terminator);
  rewriter.replaceOpWithNewOp<func::ReturnOp>(terminator);
  rewriter.setInsertionPoint(loop);
  func::CallOp::create(rewriter, loc, stub.run, TypeRange(), captured);
  rewriter.eraseOp(loop);
  return stub;
}

FailureOr<std::vector<ParallelStub>> outlineParallelLoops(ModuleOp buffers) {
  SmallVector<scf::ParallelOp> loops;
  buffers.walk([&](scf::ParallelOp loop) { loops.push_back(loop); });
  std::vector<ParallelStub> stubs;
  for (scf::ParallelOp loop : loops) {
    FailureOr<ParallelStub> stub = outline(loop, stubs.size());
    if (failed(stub))
      return failure();
    stubs.push_back(std::move(*stub));
  }
  return stubs;
}

//===----------------------------------------------------------------------===//
// Calls of the library
//===----------------------------------------------------------------------===//

/// for (i = number of the thread; i < parts; i += threads) part(i, values...)
static llvm::Function *createWorker(llvm::Module &module,
                                    const ParallelStub &stub,
                                    llvm::Function &part,
                                    llvm::StructType *values) {
  llvm::LLVMContext &context = module.getContext();
  llvm::IRBuilder<> builder(context);
  auto *worker = llvm::Function::Create(
      llvm::FunctionType::get(builder.getVoidTy(), {builder.getPtrTy()}, false),
      llvm::GlobalValue::InternalLinkage, part.getName() + ".worker", module);
  worker->setDoesNotThrow();
  worker->setDSOLocal(true);
  auto *entry = llvm::BasicBlock::Create(context, "", worker);
  auto *loop = llvm::BasicBlock::Create(context, "loop", worker);
  auto *body = llvm::BasicBlock::Create(context, "part", worker);
  auto *end = llvm::BasicBlock::Create(context, "end", worker);

  builder.SetInsertPoint(entry);
  auto *ask = llvm::FunctionType::get(builder.getInt32Ty(), false);
  llvm::Type *index = part.getArg(0)->getType();
  auto callFor = [&](StringRef name) {
    return builder.CreateZExtOrTrunc(
        builder.CreateCall(module.getOrInsertFunction(name, ask)), index);
  };
  llvm::Value *first = callFor("omp_get_thread_num");
  llvm::Value *threads = callFor("omp_get_num_threads");
  SmallVector<llvm::Value *> arguments = {nullptr};
  for (unsigned i = 0; i < values->getNumElements(); ++i)
    arguments.push_back(builder.CreateLoad(
        values->getElementType(i),
        builder.CreateStructGEP(values, worker->getArg(0), i)));
  builder.CreateBr(loop);

  builder.SetInsertPoint(loop);
  llvm::PHINode *number = builder.CreatePHI(index, 2);
  number->addIncoming(first, entry);
  llvm::Value *isPart =
      builder.CreateICmpULT(number, llvm::ConstantInt::get(index, stub.parts));
  builder.CreateCondBr(isPart, body, end);

  builder.SetInsertPoint(body);
  arguments[0] = number;
  builder.CreateCall(&part, arguments);
  number->addIncoming(builder.CreateAdd(number, threads), body);
  builder.CreateBr(loop);
  builder.SetInsertPoint(end);
  builder.CreateRetVoid();
  return worker;
}

void writeParallelStubs(llvm::Module &module, ArrayRef<ParallelStub> stubs,
                        StringRef prefix) {
  llvm::LLVMContext &context = module.getContext();
  for (const ParallelStub &stub : stubs) {
    llvm::Function *run = module.getFunction(stub.run);
    llvm::Function *part = module.getFunction((prefix + "." + stub.part).str());
    if (!run || !part)
      continue;
    SmallVector<llvm::Type *> types;
    for (llvm::Argument &argument : run->args())
      types.push_back(argument.getType());
    auto *values = llvm::StructType::get(context, types);
    llvm::Function *worker = createWorker(module, stub, *part, values);

    run->setLinkage(llvm::GlobalValue::InternalLinkage);
    run->setDSOLocal(true);
    llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", run));
    llvm::Value *data = builder.CreateAlloca(values);
    for (unsigned i = 0; i < types.size(); ++i)
      builder.CreateStore(run->getArg(i),
                          builder.CreateStructGEP(values, data, i));
    // void GOMP_parallel(void (*)(void *), void *, unsigned, unsigned)
    auto *type =
        llvm::FunctionType::get(builder.getVoidTy(),
                                {builder.getPtrTy(), builder.getPtrTy(),
                                 builder.getInt32Ty(), builder.getInt32Ty()},
                                false);
    builder.CreateCall(
        module.getOrInsertFunction("GOMP_parallel", type),
        {worker, data, builder.getInt32(stub.parts), builder.getInt32(0)});
    builder.CreateRetVoid();
  }
}

} // namespace setun
