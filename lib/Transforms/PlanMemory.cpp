// One static arena for the whole model: buffers of layers move to the entry
// point, each gets an offset by when it is alive. See Passes.td for what the
// entry point looks like afterwards.
#include "ArenaPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "setun/Support/NodeLocation.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_PLANMEMORY
#include "setun/Transforms/Passes.h.inc"

namespace {

int64_t getByteSize(MemRefType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

struct PlanMemoryPass : public impl::PlanMemoryBase<PlanMemoryPass> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal()) {
      getOperation().emitError("lowbit-plan-memory needs a function @main");
      return signalPassFailure();
    }
    if (failed(hoistAllocations()))
      return signalPassFailure();
    planArena(main);
  }

  /// Every buffer of a layer becomes its argument; the caller allocates it
  /// beside the call.
  LogicalResult hoistAllocations() {
    SmallVector<func::CallOp> calls;
    getOperation().walk([&](func::CallOp call) { calls.push_back(call); });

    DenseMap<func::FuncOp, SmallVector<MemRefType>> scratch;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      SmallVector<memref::AllocOp> allocations;
      function.walk([&](memref::AllocOp op) { allocations.push_back(op); });
      for (memref::AllocOp op : allocations)
        if (!op.getType().hasStaticShape() || !op.getSymbolOperands().empty())
          return op.emitError()
                 << "buffer of type " << op.getType()
                 << " has no static size; give open dimensions with --dim "
                    "NAME=VALUE";
      function.walk([](memref::DeallocOp op) { op.erase(); });
      if (function.isPublic())
        continue;
      for (memref::AllocOp op : allocations) {
        unsigned index = function.getNumArguments();
        NamedAttrList attributes;
        attributes.set("setun.role", StringAttr::get(&getContext(), "scratch"));
        (void)function.insertArgument(index, op.getType(),
                                      attributes.getDictionary(&getContext()),
                                      op.getLoc());
        op.replaceAllUsesWith(function.getArgument(index));
        scratch[function].push_back(op.getType());
        op.erase();
      }
    }
    SymbolTable symbols(getOperation());
    for (func::CallOp call : calls) {
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      auto wanted = scratch.find(callee);
      if (wanted == scratch.end())
        continue;
      if (!call->getParentOfType<func::FuncOp>().isPublic())
        return call.emitError("only the entry point may call a layer that "
                              "needs scratch memory");
      OpBuilder builder(call);
      for (MemRefType type : wanted->second) {
        Value buffer = memref::AllocOp::create(builder, call.getLoc(), type);
        call.getOperandsMutable().append(buffer);
      }
    }
    return success();
  }

  /// First and last op of the entry block that touches `buffer` or a view of
  /// it.
  static Interval getInterval(Value buffer,
                              const DenseMap<Operation *, int64_t> &order) {
    Interval interval{INT64_MAX, -1};
    SmallVector<Value> aliases = {buffer};
    while (!aliases.empty()) {
      Value alias = aliases.pop_back_val();
      for (Operation *user : alias.getUsers()) {
        Block *entry = &buffer.getParentRegion()->front();
        Operation *top = entry->findAncestorOpInBlock(*user);
        interval.first = std::min(interval.first, order.lookup(top));
        interval.last = std::max(interval.last, order.lookup(top));
        if (isa<ViewLikeOpInterface>(user))
          llvm::append_range(aliases, user->getResults());
      }
    }
    return interval;
  }

  /// A buffer that a layer writes is called as that layer calls it.
  static Location getBufferLocation(memref::AllocOp op) {
    for (OpOperand &use : op->getUses()) {
      auto call = dyn_cast<func::CallOp>(use.getOwner());
      auto callee = call ? SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
                               call, call.getCalleeAttr())
                         : func::FuncOp();
      if (!callee || callee.isExternal())
        continue;
      unsigned index = use.getOperandNumber();
      auto role = callee.getArgAttrOfType<StringAttr>(index, "setun.role");
      if (role && role.getValue() == "out")
        return callee.getArgument(index).getLoc();
    }
    return op.getLoc();
  }

  void planArena(func::FuncOp main) {
    DenseMap<Operation *, int64_t> order;
    for (auto [i, op] : llvm::enumerate(main.front()))
      order[&op] = i;
    SmallVector<memref::AllocOp> allocations;
    SmallVector<PlannedBuffer> buffers;
    for (auto op : main.getOps<memref::AllocOp>()) {
      allocations.push_back(op);
      buffers.push_back(
          {getByteSize(op.getType()), getInterval(op.getResult(), order), 0});
    }
    ArenaPlan plan = planArenaOffsets(buffers);

    Builder attributes(&getContext());
    unsigned index = main.getNumArguments();
    // A C array has at least one element, so an unused arena has one byte.
    auto arenaType = MemRefType::get({std::max<int64_t>(plan.bytes, 1)},
                                     attributes.getI8Type());
    Location loc = getNodeLocation(&getContext(), "arena", "");
    NamedAttrList arenaAttributes;
    arenaAttributes.set("setun.role", attributes.getStringAttr("arena"));
    arenaAttributes.set("setun.arena", attributes.getUnitAttr());
    (void)main.insertArgument(
        index, arenaType, arenaAttributes.getDictionary(&getContext()), loc);
    Value arena = main.getArgument(index);
    for (auto [op, buffer] : llvm::zip(allocations, buffers)) {
      OpBuilder builder(op);
      Value offset =
          arith::ConstantIndexOp::create(builder, op.getLoc(), buffer.offset);
      Value view =
          memref::ViewOp::create(builder, getBufferLocation(op), op.getType(),
                                 arena, offset, ValueRange());
      op.replaceAllUsesWith(view);
      op.erase();
    }
    getOperation()->setAttr("setun.arena_bytes",
                            attributes.getI64IntegerAttr(plan.bytes));
    getOperation()->setAttr("setun.arena_lower_bound",
                            attributes.getI64IntegerAttr(plan.lowerBound));
    emitRemark(main.getLoc()) << "arena of " << plan.bytes << " bytes for "
                              << buffers.size() << " buffers; at most "
                              << plan.lowerBound << " bytes are alive at once";
  }
};

} // namespace
} // namespace setun
