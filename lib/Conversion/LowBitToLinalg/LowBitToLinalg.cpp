// The pass of the plain lowering: every lowbit op becomes loops on signless
// integers.
#include "LoweringPatterns.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "setun/Conversion/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_CONVERTLOWBITTOLINALG
#include "setun/Conversion/Passes.h.inc"

void populateLowBitToLinalgPatterns(const StorageTypeConverter &converter,
                                    RewritePatternSet &patterns) {
  populateQuantizerLowering(converter, patterns);
  populateStepLowering(converter, patterns);
  populateProductLowering(converter, patterns);
  populateWindowLowering(converter, patterns);
  populateStructureLowering(converter, patterns);
}

namespace {

struct ConvertLowBitToLinalgPass
    : public impl::ConvertLowBitToLinalgBase<ConvertLowBitToLinalgPass> {
  void runOnOperation() override {
    StorageTypeConverter converter;
    ConversionTarget target(getContext());
    RewritePatternSet patterns(&getContext());
    populateLowBitToLinalgPatterns(converter, patterns);
    populateStorageSignaturePatterns(converter, patterns, target);
    allowStorageOnly(converter, target);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace setun
