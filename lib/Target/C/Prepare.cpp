//===- Prepare.cpp - Preparation for printing C ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All changes of the IR on behalf of C are made here.
//===----------------------------------------------------------------------===//

#include "setun/Target/C/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace setun {

#define GEN_PASS_DEF_PREPAREFORC
#include "lib/Target/C/Passes.h.inc"

namespace {
struct PrepareForC : impl::PrepareForCBase<PrepareForC> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    OpPassManager cleanUp(ModuleOp::getOperationName());
    cleanUp.addPass(createCanonicalizerPass());
    cleanUp.addPass(createCSEPass());
    if (failed(runPipeline(cleanUp, getOperation())))
      signalPassFailure();
  }
};
} // namespace

} // namespace setun
