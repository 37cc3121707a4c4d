//===- FunctionFacts.cpp - Reasons for const and restrict -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FunctionFacts.h"

#include "dialects/LowBit/LowBit.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <optional>

using namespace mlir;

namespace setun::c {

Value getRoot(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

SmallVector<Value> getWrittenMemRefs(Operation *op) {
  SmallVector<Value> written;
  TypeSwitch<Operation *>(op)
      .Case([&](memref::StoreOp store) { written = {store.getMemRef()}; })
      .Case([&](memref::CopyOp copy) { written = {copy.getTarget()}; })
      .Case([&](DestinationStyleOpInterface kernel) {
        llvm::append_range(written, kernel.getDpsInits());
      });
  // A kernel may work in a buffer that is not its result.
  if (Value scratch = lowbit::getScratch(op))
    written.push_back(scratch);
  return written;
}

bool isFunctionOfNumbers(func::CallOp call) {
  auto isNumber = [](Type type) { return type.isIntOrFloat(); };
  return call.getNumResults() == 1 &&
         llvm::all_of(call.getOperandTypes(), isNumber);
}

func::FuncOp CallGraph::getCallee(func::CallOp call) {
  return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
}

void CallGraph::collectFacts(func::FuncOp function, FunctionFacts &facts) {
  unsigned count = function.getNumArguments();
  facts.written.resize(count);
  facts.isRestrict.resize(count, true);
  auto markWritten = [&](Value memref) {
    Value root = getRoot(memref);
    if (auto argument = dyn_cast<BlockArgument>(root))
      if (argument.getOwner() == &function.front())
        facts.written.set(argument.getArgNumber());
  };
  function.walk([&](Operation *op) {
    for (Value memref : getWrittenMemRefs(op))
      markWritten(memref);
    if (auto local = dyn_cast<memref::AllocaOp>(op)) {
      MemRefType type = local.getType();
      if (type.hasStaticShape() && type.getElementType().isIntOrFloat())
        facts.localBytes += type.getNumElements() *
                            llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    }
    // The table of its windows: 18 numbers of type size_t.
    if (isa<lowbit::FloatConvOp>(op))
      facts.localBytes += 18 * 8;
    if (auto call = dyn_cast<func::CallOp>(op)) {
      const FunctionFacts &callee = get(getCallee(call));
      for (unsigned i : callee.written.set_bits())
        markWritten(call.getOperand(i));
    }
  });
}

namespace {
/// Bytes of a root that a memref can reach.
struct Extent {
  Value root;
  /// Nothing: anywhere in the root.
  std::optional<int64_t> offset;
  int64_t bytes = 0;
};
} // namespace

/// Follows views with constant offsets. What lies behind a reshape or a cast
/// stays inside the memref that was reshaped, so only memref.view and
/// memref.subview move the start.
static Extent getExtent(Value memref) {
  Extent extent{getRoot(memref), 0, 0};
  bool hasSize = false;
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>()) {
    auto type = cast<MemRefType>(memref.getType());
    int64_t elementBytes =
        type.getElementType().isIntOrFloat()
            ? llvm::divideCeil(type.getElementTypeBitWidth(), 8)
            : 8;
    if (auto reinterpreted = memref.getDefiningOp<memref::ViewOp>()) {
      IntegerAttr shift;
      if (!type.hasStaticShape() ||
          !matchPattern(reinterpreted.getByteShift(), m_Constant(&shift))) {
        extent.offset.reset();
        return extent;
      }
      if (!hasSize)
        extent.bytes = type.getNumElements() * elementBytes;
      hasSize = true;
      *extent.offset += shift.getInt();
    } else if (memref.getDefiningOp<memref::ReinterpretCastOp>()) {
      extent.offset.reset();
      return extent;
    } else if (memref.getDefiningOp<memref::SubViewOp>()) {
      // Anywhere in the memref that it is a part of.
      hasSize = false;
      extent.offset = 0;
    }
    memref = view.getViewSource();
  }
  if (!hasSize)
    extent.offset.reset();
  return extent;
}

static bool mayOverlap(const Extent &a, const Extent &b,
                       const FunctionFacts &caller) {
  if (a.root != b.root) {
    auto isShared = [&](Value root) {
      auto argument = dyn_cast<BlockArgument>(root);
      return argument && !caller.isRestrict.test(argument.getArgNumber());
    };
    return isShared(a.root) && isShared(b.root);
  }
  if (!a.offset || !b.offset)
    return true;
  return *a.offset < *b.offset + b.bytes && *b.offset < *a.offset + a.bytes;
}

void CallGraph::findOverlaps(func::FuncOp caller) {
  const FunctionFacts &callerFacts = get(caller);
  caller.walk([&](func::CallOp call) {
    FunctionFacts &callee = functions.find(getCallee(call))->second;
    for (unsigned i = 0; i < call.getNumOperands(); ++i) {
      for (unsigned j = 0; j < i; ++j) {
        Value a = call.getOperand(i), b = call.getOperand(j);
        if (!isa<MemRefType>(a.getType()) || !isa<MemRefType>(b.getType()) ||
            (!callee.written.test(i) && !callee.written.test(j)))
          continue;
        if (mayOverlap(getExtent(a), getExtent(b), callerFacts)) {
          callee.isRestrict.reset(i);
          callee.isRestrict.reset(j);
        }
      }
    }
  });
}

LogicalResult CallGraph::visit(func::FuncOp function,
                               SmallVectorImpl<func::FuncOp> &stack) {
  if (functions.contains(function))
    return success();
  if (function.isExternal())
    return function.emitError()
           << "function '" << function.getSymName()
           << "' has no body; generated C calls nothing but its own functions";
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError()
           << "function '" << function.getSymName()
           << "' has branches; accepted is structured control flow (scf)";
  stack.push_back(function);
  WalkResult result = function.walk([&](func::CallOp call) {
    func::FuncOp callee = getCallee(call);
    if (!callee) {
      call.emitError() << "calls '" << call.getCallee()
                       << "', which is no function of the module";
      return WalkResult::interrupt();
    }
    if (llvm::is_contained(stack, callee)) {
      call.emitError() << "recursive call of '" << callee.getSymName()
                       << "'; generated C has a bounded stack";
      return WalkResult::interrupt();
    }
    return failed(visit(callee, stack)) ? WalkResult::interrupt()
                                        : WalkResult::advance();
  });
  stack.pop_back();
  if (result.wasInterrupted())
    return failure();
  FunctionFacts facts;
  collectFacts(function, facts);
  functions.insert({function, std::move(facts)});
  return success();
}

FailureOr<CallGraph> CallGraph::build(ModuleOp module) {
  auto entry = module.lookupSymbol<func::FuncOp>("main");
  if (!entry)
    return module.emitError("the module has no function @main"), failure();
  CallGraph graph;
  SmallVector<func::FuncOp> stack;
  if (failed(graph.visit(entry, stack)))
    return failure();
  // Callers first: whether two pointers of a caller overlap decides about those
  // that it hands on.
  for (auto &[function, facts] : llvm::reverse(graph.functions))
    graph.findOverlaps(function);
  return graph;
}

} // namespace setun::c
