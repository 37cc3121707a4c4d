//===- MoveWeights.cpp - Constants become a block that the caller hands in ===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Transforms/Passes.h"

#include "dialects/Onnx/ConstantData.h"
#include "setun/Analysis/WeightsFile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace setun {

#define GEN_PASS_DEF_MOVEWEIGHTS
#include "setun/Transforms/Passes.h.inc"

namespace {
using Globals = llvm::SetVector<memref::GlobalOp>;

struct MoveWeights : impl::MoveWeightsBase<MoveWeights> {
  using MoveWeightsBase::MoveWeightsBase;

  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal())
      return;
    markAnalysesPreserved<SymbolTable>();
    for (auto global : getOperation().getOps<memref::GlobalOp>())
      if (isMovable(global, minBytes))
        movable.insert(global);
    collect(main);
    int64_t bytes = chooseOffsets(needs[main].getArrayRef());
    if (bytes == 0) {
      getOperation().emitError()
          << "no constant of the model has " << int64_t(minBytes)
          << " bytes or more: there is nothing to put into a file";
      return signalPassFailure();
    }
    for (func::FuncOp function : order)
      if (function != main)
        takeArguments(function);
    takeBlock(main, bytes);
    setWeightsFacts(getOperation(), bytes);
  }

private:
  /// Bytes that lie in memory as the file has them.
  static bool isMovable(memref::GlobalOp global, int64_t minBytes) {
    MemRefType type = global.getType();
    auto value = dyn_cast_or_null<ElementsAttr>(global.getInitialValueAttr());
    if (!value || !global.getConstant() || !type.hasStaticShape() ||
        !type.getLayout().isIdentity() ||
        !type.getElementType().isIntOrFloat() ||
        type.getElementTypeBitWidth() % 8 != 0)
      return false;
    auto data = onnx::ConstantData::get(value);
    std::optional<int64_t> bytes = onnx::getStorageBytes(type);
    // One number many times needs no file.
    return data && bytes && !data->isSplat() && *bytes >= minBytes &&
           *bytes == type.getNumElements() * type.getElementTypeBitWidth() / 8;
  }

  /// The order of reads: that of the module depends on what bufferization did
  /// at the same time. Returns the end.
  int64_t chooseOffsets(ArrayRef<memref::GlobalOp> globals) {
    Builder builder(&getContext());
    int64_t end = 0;
    Operation *last = nullptr;
    for (memref::GlobalOp global : globals) {
      end = llvm::alignTo(end, kWeightsAlign);
      global->setAttr(kWeightsOffsetAttr, builder.getI64IntegerAttr(end));
      end += *onnx::getStorageBytes(global.getType());
      if (last)
        global->moveAfter(last);
      last = global;
    }
    return end;
  }

  memref::GlobalOp getMoved(memref::GetGlobalOp read) {
    auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
        read, read.getNameAttr());
    return movable.contains(global) ? global : memref::GlobalOp();
  }

  static func::FuncOp getCallee(func::CallOp call) {
    return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
  }

  /// What `function` and those that it calls read; callees come first.
  void collect(func::FuncOp function) {
    if (!visited.insert(function).second)
      return;
    Globals own;
    function.walk([&](Operation *op) {
      if (auto read = dyn_cast<memref::GetGlobalOp>(op))
        if (memref::GlobalOp global = getMoved(read))
          own.insert(global);
      auto call = dyn_cast<func::CallOp>(op);
      if (func::FuncOp callee = call ? getCallee(call) : func::FuncOp()) {
        collect(callee);
        own.insert_range(needs[callee]);
      }
    });
    needs[function] = std::move(own);
    order.push_back(function);
  }

  /// The name of the constant, as parameters and buffers are called.
  static Location getLocation(memref::GlobalOp global) {
    MLIRContext *context = global.getContext();
    return NameLoc::get(StringAttr::get(context, global.getSymName()),
                        UnknownLoc::get(context));
  }

  /// Puts the values in the place of reads, and hands them on to callees.
  void replaceReads(func::FuncOp function,
                    llvm::function_ref<Value(memref::GlobalOp)> getValue) {
    function.walk([&](Operation *op) {
      if (auto read = dyn_cast<memref::GetGlobalOp>(op)) {
        if (memref::GlobalOp global = getMoved(read)) {
          read.replaceAllUsesWith(getValue(global));
          read.erase();
        }
        return;
      }
      if (auto call = dyn_cast<func::CallOp>(op))
        if (func::FuncOp callee = getCallee(call))
          for (memref::GlobalOp global : needs[callee])
            call.getOperandsMutable().append(getValue(global));
    });
  }

  void takeArguments(func::FuncOp function) {
    llvm::DenseMap<memref::GlobalOp, Value> values;
    Builder builder(&getContext());
    auto role = builder.getDictionaryAttr(
        builder.getNamedAttr("setun.role", builder.getStringAttr("weights")));
    for (memref::GlobalOp global : needs[function]) {
      unsigned index = function.getNumArguments();
      (void)function.insertArgument(index, global.getType(), role,
                                    getLocation(global));
      values[global] = function.getArgument(index);
    }
    replaceReads(function,
                 [&](memref::GlobalOp global) { return values[global]; });
  }

  void takeBlock(func::FuncOp main, int64_t bytes) {
    Builder attributes(&getContext());
    unsigned index = main.getNumArguments();
    auto role = attributes.getDictionaryAttr(attributes.getNamedAttr(
        "setun.role", attributes.getStringAttr("weights")));
    (void)main.insertArgument(
        index, MemRefType::get({bytes}, attributes.getI8Type()), role,
        NameLoc::get(attributes.getStringAttr("weights"), main.getLoc()));
    Value block = main.getArgument(index);
    OpBuilder builder(&main.front(), main.front().begin());
    llvm::DenseMap<memref::GlobalOp, Value> values;
    for (memref::GlobalOp global : needs[main]) {
      int64_t offset =
          global->getAttrOfType<IntegerAttr>(kWeightsOffsetAttr).getInt();
      Location loc = getLocation(global);
      Value start = arith::ConstantIndexOp::create(builder, loc, offset);
      values[global] = memref::ViewOp::create(builder, loc, global.getType(),
                                              block, start, ValueRange());
    }
    replaceReads(main, [&](memref::GlobalOp global) { return values[global]; });
  }

  llvm::DenseSet<memref::GlobalOp> movable;
  llvm::DenseSet<func::FuncOp> visited;
  llvm::DenseMap<func::FuncOp, Globals> needs;
  std::vector<func::FuncOp> order;
};
} // namespace

} // namespace setun
