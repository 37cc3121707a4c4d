//===- JitEvaluator.cpp - Running code at compile time --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Large constants become arguments of the compiled function, so that weights
// are neither copied nor printed into LLVM IR. Every buffer gets its own place
// in one arena, whose size is known, and checked, before anything runs.
//===----------------------------------------------------------------------===//

#include "setun/Pipelines/JitEvaluator.h"

#include "dialects/Onnx/ConstantData.h"
#include "setun/Conversion/Passes.h"
#include "setun/Pipelines/Pipelines.h"
#include "setun/Target/LLVM/Jit.h"
#include "setun/Transforms/Passes.h"

#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun {

/// Smaller constants stay in the code, where they fold further.
static constexpr int64_t kMinArgumentElements = 64;
/// Every buffer starts at a multiple of this.
static constexpr int64_t kAlignment = 64;
/// Operations in one module: compilers take more than linear time.
static constexpr int64_t kMaxOperations = 5000;
/// Iterations of all loops together: a minute or so.
static constexpr double kMaxIterations = 3e10;

namespace {
/// A constant that the compiled function reads through a pointer.
struct Argument {
  onnx::ConstantData data;
  std::unique_ptr<char[]> alignedCopy; // only where the bytes are not aligned
};

class JitEvaluator : public Evaluator {
public:
  using Evaluator::Evaluator;

  void getDependentDialects(DialectRegistry &registry) const override {
    registerAllDialects(registry);
  }
  FailureOr<SmallVector<std::vector<char>>> evaluate(ModuleOp module) override;
};
} // namespace

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

static LogicalResult checkLimits(func::FuncOp main,
                                 const Evaluator::Limits &limits) {
  int64_t count = 0;
  WalkResult walk = main.walk([&](Operation *op) -> WalkResult {
    if (++count > kMaxOperations)
      return emitError(op->getLoc())
             << "more than " << kMaxOperations
             << " operations to be computed at compile time";
    for (Type type : op->getResultTypes())
      if (auto tensor = dyn_cast<RankedTensorType>(type)) {
        std::optional<int64_t> bytes = onnx::getStorageBytes(tensor);
        if (!bytes || *bytes > limits.maxTensorBytes)
          return emitError(op->getLoc())
                 << "a tensor of type " << tensor
                 << " is too large to be computed at compile time";
      }
    return WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();
  int64_t total = 0;
  for (Type type : main.getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    std::optional<int64_t> bytes =
        tensor ? onnx::getStorageBytes(tensor) : std::nullopt;
    if (!bytes || (total += *bytes) > limits.maxResultBytes)
      return emitError(main.getLoc())
             << "results are too large to be computed at compile time";
  }
  return success();
}

/// Loops that would run for minutes are left to the program.
static LogicalResult checkIterations(func::FuncOp main) {
  double total = 0;
  main.walk([&](LoopLikeOpInterface loop) {
    // Only innermost bodies count, times all trip counts around them.
    double count = 1;
    for (Operation *op = loop; op; op = op->getParentOp())
      if (auto outer = dyn_cast<LoopLikeOpInterface>(op)) {
        std::optional<APInt> trips = outer.getStaticTripCount();
        count *= trips ? trips->roundToDouble() : kMaxIterations;
      }
    total += count;
  });
  if (total <= kMaxIterations)
    return success();
  return emitError(main.getLoc())
         << "would take too long to compute at compile time";
}

//===----------------------------------------------------------------------===//
// The function's edge
//===----------------------------------------------------------------------===//

/// Makes arguments of the large constants.
static SmallVector<Argument> liftConstants(func::FuncOp main) {
  SmallVector<onnx::ConstantOp> constants;
  main.walk([&](onnx::ConstantOp op) { constants.push_back(op); });
  SmallVector<Argument> arguments;
  for (onnx::ConstantOp op : constants) {
    auto type = cast<RankedTensorType>(op.getType());
    std::optional<onnx::ConstantData> data =
        onnx::ConstantData::get(op.getValue());
    if (!data || data->isSplat() ||
        type.getNumElements() < kMinArgumentElements ||
        type.getElementTypeBitWidth() < 8)
      continue;
    Argument argument{*data, nullptr};
    ArrayRef<char> bytes = data->getBytes();
    if (reinterpret_cast<uintptr_t>(bytes.data()) %
            onnx::getElementBytes(type.getElementType()) !=
        0) {
      argument.alignedCopy = std::make_unique<char[]>(bytes.size());
      std::memcpy(argument.alignedCopy.get(), bytes.data(), bytes.size());
    }
    arguments.push_back(std::move(argument));

    // Inside, the value keeps its ONNX type; the argument has the storage type.
    OpBuilder builder(op);
    Type storage = onnx::getStorageType(type.getElementType());
    (void)main.insertArgument(main.getNumArguments(), type.clone(storage),
                              builder.getDictionaryAttr({}), op.getLoc());
    Value value = main.getArguments().back();
    if (value.getType() != type)
      value =
          UnrealizedConversionCastOp::create(builder, op.getLoc(), type, value)
              .getResult(0);
    op.getResult().replaceAllUsesWith(value);
    op.erase();
  }
  return arguments;
}

/// Returns signless integers where ONNX types have a sign, and the bits of
/// small floats.
static void returnStorageTypes(func::FuncOp main) {
  Operation *terminator = main.getBody().front().getTerminator();
  OpBuilder builder(terminator);
  SmallVector<Type> types;
  for (OpOperand &operand : terminator->getOpOperands()) {
    auto type = cast<RankedTensorType>(operand.get().getType());
    Type storage = onnx::getStorageType(type.getElementType());
    if (storage && storage != type.getElementType()) {
      type = type.clone(storage);
      operand.set(UnrealizedConversionCastOp::create(
                      builder, terminator->getLoc(), type, operand.get())
                      .getResult(0));
    }
    types.push_back(type);
  }
  main.setType(builder.getFunctionType(main.getArgumentTypes(), types));
}

//===----------------------------------------------------------------------===//
// Lowering
//===----------------------------------------------------------------------===//

/// From ONNX nodes to loops over buffers.
static LogicalResult lowerToLoops(ModuleOp module) {
  PassManager passes(module.getContext());
  ConvertOnnxToLinalgOptions conversion;
  conversion.reduceInF64 = true;
  passes.addPass(createConvertOnnxToLinalg(conversion));
  passes.addPass(createReconcileUnrealizedCastsPass());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createLinalgGeneralizeNamedOpsPass());
  passes.addPass(createLinalgElementwiseOpFusionPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  passes.addPass(bufferization::createOneShotBufferizePass(bufferize));
  bufferization::BufferResultsToOutParamsPassOptions outParams;
  outParams.hoistStaticAllocs = true;
  outParams.modifyPublicFunctions = true;
  passes.addPass(bufferization::createBufferResultsToOutParamsPass(outParams));
  passes.addPass(createConvertLinalgToLoopsPass());
  passes.addPass(createExpandMath());
  passes.addPass(createCanonicalizerPass());
  return passes.run(module);
}

/// Gives every allocation a place of its own behind one new argument; returns
/// the bytes needed.
static FailureOr<int64_t> placeBuffers(func::FuncOp main) {
  SmallVector<memref::AllocOp> allocations;
  main.walk([&](memref::AllocOp op) { allocations.push_back(op); });
  int64_t total = 0;
  SmallVector<int64_t> offsets;
  for (memref::AllocOp op : allocations) {
    MemRefType type = op.getType();
    if (!type.hasStaticShape() || !type.getLayout().isIdentity())
      return emitError(op.getLoc())
             << "needs a buffer of unknown size at compile time";
    offsets.push_back(total);
    int64_t bytes = type.getNumElements() *
                    llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    if (llvm::AddOverflow<int64_t>(total, llvm::alignTo(bytes, kAlignment),
                                   total))
      return emitError(op.getLoc()) << "needs too much memory";
  }

  OpBuilder builder(main.getContext());
  auto arenaType = MemRefType::get({total}, builder.getI8Type());
  (void)main.insertArgument(main.getNumArguments(), arenaType,
                            builder.getDictionaryAttr({}), main.getLoc());
  Value arena = main.getArguments().back();
  for (auto [op, offset] : llvm::zip(allocations, offsets)) {
    builder.setInsertionPoint(op);
    Value at = arith::ConstantIndexOp::create(builder, op.getLoc(), offset);
    op.replaceAllUsesWith(memref::ViewOp::create(builder, op.getLoc(),
                                                 op.getType(), arena, at,
                                                 ValueRange())
                              .getResult());
    op.erase();
  }
  main.walk([](memref::DeallocOp op) { op.erase(); });
  return total;
}

/// Marks the arguments as the JIT wants to see them.
static void setRoles(func::FuncOp main, unsigned numInputs) {
  Builder builder(main.getContext());
  for (unsigned i = 0, last = main.getNumArguments() - 1; i <= last; ++i)
    main.setArgAttr(i, "setun.role",
                    builder.getStringAttr(i < numInputs ? "input"
                                          : i < last    ? "output"
                                                        : "arena"));
}

FailureOr<SmallVector<std::vector<char>>>
JitEvaluator::evaluate(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.getNumArguments() != 0)
    return emitError(module.getLoc()) << "expects @main without arguments";
  if (failed(checkLimits(main, getLimits())))
    return failure();
  SmallVector<Argument> arguments = liftConstants(main);
  returnStorageTypes(main);
  if (failed(lowerToLoops(module)) || failed(checkIterations(main)))
    return failure();
  FailureOr<int64_t> arenaBytes = placeBuffers(main);
  if (failed(arenaBytes))
    return failure();
  if (*arenaBytes > 4 * getLimits().maxTensorBytes)
    return emitError(module.getLoc())
           << "needs too much memory at compile time";
  setRoles(main, arguments.size());

  // The code runs once: compiling it is the larger part.
  llvm::Expected<std::unique_ptr<JitModule>> jit =
      JitModule::create(module, JitOptions{/*optLevel=*/1});
  if (!jit)
    return emitError(module.getLoc()) << llvm::toString(jit.takeError());

  SmallVector<std::vector<char>> results;
  std::unique_ptr<char[]> arena(new (std::nothrow) char[*arenaBytes + 1]);
  if (!arena)
    return emitError(module.getLoc()) << "not enough memory";
  for (const EntryArgument &argument : (*jit)->signature().arguments)
    if (argument.role == EntryRole::Output)
      results.emplace_back(argument.bytes);
  SmallVector<void *> pointers;
  for (Argument &argument : arguments)
    pointers.push_back(
        argument.alignedCopy
            ? argument.alignedCopy.get()
            : const_cast<char *>(argument.data.getBytes().data()));
  for (std::vector<char> &result : results)
    pointers.push_back(result.data());
  pointers.push_back(arena.get());
  if (llvm::Error failed = (*jit)->run(pointers))
    return emitError(module.getLoc()) << llvm::toString(std::move(failed));
  return results;
}

std::unique_ptr<Evaluator> createJitEvaluator(Evaluator::Limits limits) {
  return std::make_unique<JitEvaluator>(limits);
}

void registerJitFoldConstants() {
  registerPass([] {
    static JitEvaluator evaluator; // has no state
    return createFoldConstants(&evaluator);
  });
}

} // namespace setun
