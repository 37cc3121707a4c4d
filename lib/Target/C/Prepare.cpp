//===- Prepare.cpp - Preparation for printing C ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All changes of the IR on behalf of C are made here.
//===----------------------------------------------------------------------===//

#include "Prepare.h"

#include "setun/Target/C/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace setun {

#define GEN_PASS_DEF_PREPAREFORC
#include "lib/Target/C/Passes.h.inc"

void c::prepare(ModuleOp module) {
  MLIRContext *context = module.getContext();
  RewritePatternSet patterns(context);
  for (Dialect *dialect : context->getLoadedDialects())
    dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName op : context->getRegisteredOperations())
    op.getCanonicalizationPatterns(patterns, context);
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  // Like the canonicalizer, this need not end at a fixed point.
  (void)applyPatternsGreedily(module, std::move(patterns));

  IRRewriter rewriter(context);
  DominanceInfo dominance(module);
  eliminateCommonSubExpressions(rewriter, dominance, module);
}

namespace {
struct PrepareForC : impl::PrepareForCBase<PrepareForC> {
  void runOnOperation() override { c::prepare(getOperation()); }
};
} // namespace

} // namespace setun
