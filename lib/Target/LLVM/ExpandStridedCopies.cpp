//===- ExpandStridedCopies.cpp - Copies of strided buffers as loops -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Concat, Pad and Slice bufferize to copies into and out of subviews. MLIR has
// only a runtime call for those; loops keep the module free of symbols from
// outside and let LLVM vectorize the innermost dimension.
//===----------------------------------------------------------------------===//

#include "setun/Target/LLVM/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace setun {
#define GEN_PASS_DEF_EXPANDSTRIDEDCOPIES
#include "setun/Target/LLVM/Passes.h.inc"
} // namespace setun

using namespace mlir;

/// Does MLIR lower a copy of this side to a plain memcpy?
static bool isContiguous(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getLayout().isIdentity();
}

static void expandCopy(memref::CopyOp copy) {
  OpBuilder builder(copy);
  Location loc = copy.getLoc();
  auto type = cast<MemRefType>(copy.getTarget().getType());
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value> lower(type.getRank(), zero), steps(type.getRank(), one);
  SmallVector<Value> upper;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    upper.push_back(
        memref::DimOp::create(builder, loc, copy.getTarget(), dim).getResult());
  scf::buildLoopNest(
      builder, loc, lower, upper, steps,
      [&](OpBuilder &body, Location loc, ValueRange indices) {
        Value value =
            memref::LoadOp::create(body, loc, copy.getSource(), indices);
        memref::StoreOp::create(body, loc, value, copy.getTarget(), indices);
      });
  copy.erase();
}

namespace {
struct ExpandStridedCopies
    : setun::impl::ExpandStridedCopiesBase<ExpandStridedCopies> {
  void runOnOperation() override {
    getOperation()->walk([](memref::CopyOp copy) {
      if (isa<MemRefType>(copy.getSource().getType()) &&
          isa<MemRefType>(copy.getTarget().getType()) &&
          !(isContiguous(copy.getSource()) && isContiguous(copy.getTarget())))
        expandCopy(copy);
    });
  }
};
} // namespace
