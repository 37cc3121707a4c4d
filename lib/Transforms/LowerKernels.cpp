// The pass that lowers kernel ops on buffers; the loops are in KernelLoops.cpp
// their neighbours, the networks in NetworkFunctions.cpp.
#include "KernelLoops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "setun/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_LOWERKERNELS
#include "setun/Transforms/Passes.h.inc"

namespace {

struct LowerKernelsPass : public impl::LowerKernelsBase<LowerKernelsPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> kernels;
    getOperation().walk([&](Operation *op) {
      if (isa<lowbit::AddSubOp, lowbit::Im2RowOp>(op) ||
          lowbit::needsScratch(op) ||
          (!onlyAddSub &&
           isa<lowbit::PackedMatmulOp, lowbit::BlockMatmulOp,
               lowbit::DepthwiseOp, lowbit::FloatMatmulOp, lowbit::FloatSumOp>(
               op)))
        kernels.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : kernels) {
      rewriter.setInsertionPoint(op);
      if (failed(lower(rewriter, op)))
        return signalPassFailure();
    }
  }

  /// The kernel gathers what a few taps of a tile read.
  static void addScratch(IRRewriter &rewriter, lowbit::FloatConvOp op) {
    auto type =
        MemRefType::get({op.getScratchRows(), 32}, rewriter.getF32Type());
    Value scratch = memref::AllocOp::create(rewriter, op.getLoc(), type);
    op.getScratchMutable().assign(scratch);
  }
  /// The kernel turns rows into bytes.
  static void addScratch(IRRewriter &rewriter, lowbit::BlockMatmulOp op) {
    auto type = MemRefType::get(op.getScratchBytes(), rewriter.getI8Type());
    Value scratch = memref::AllocOp::create(rewriter, op.getLoc(), type);
    op.getScratchMutable().assign(scratch);
  }

  LogicalResult lower(IRRewriter &rewriter, Operation *op) {
    for (Type type : op->getOperandTypes()) {
      if (type.isIndex())
        continue;
      auto buffer = dyn_cast<MemRefType>(type);
      if (!buffer || !buffer.hasStaticShape())
        return op->emitOpError() << "needs buffers of static shape, got "
                                 << type << "; run lowbit-bufferize before";
    }
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<lowbit::PackedMatmulOp, lowbit::Im2RowOp, lowbit::DepthwiseOp,
              lowbit::FloatMatmulOp, lowbit::FloatSumOp>([&](auto kernel) {
          lowerToLoops(rewriter, kernel);
          return success();
        })
        .Case<lowbit::FloatConvOp, lowbit::BlockMatmulOp>([&](auto kernel) {
          if (onlyAddSub)
            addScratch(rewriter, kernel);
          else
            lowerToLoops(rewriter, kernel);
          return success();
        })
        .Case<lowbit::AddSubOp>([&](lowbit::AddSubOp network) {
          return lowerToFunctions(rewriter, network, maxStatements);
        })
        .Default(failure());
  }
};

} // namespace
} // namespace setun
