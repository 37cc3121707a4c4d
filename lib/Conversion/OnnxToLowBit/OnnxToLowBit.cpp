// Recognises low-bit networks in ONNX graphs. First every QONNX quantiser
// becomes quantize + dequantize; then patterns find quantiser chains of
// standard operators, carry dequantize to the products and turn products of
// codes into exact integer products. Each pattern looks at values, never at a
// list of nodes.
#include "Patterns.h"
#include "WeightLevels.h"
#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "setun/Conversion/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_CONVERTONNXTOLOWBIT
#include "setun/Conversion/Passes.h.inc"

namespace {

struct ConvertOnnxToLowBitPass
    : public impl::ConvertOnnxToLowBitBase<ConvertOnnxToLowBitPass> {
  using ConvertOnnxToLowBitBase::ConvertOnnxToLowBitBase;

  void runOnOperation() override {
    if (!detectLevels)
      getOperation()->setAttr(kNoLevels, UnitAttr::get(&getContext()));
    recognise();
    getOperation()->removeAttr(kNoLevels);
  }

  void recognise() {
    if (failed(convertQonnxNodes()))
      return signalPassFailure();

    // Products take codes as they find them, so quantisers are complete before.
    for (Phase phase : {Phase::Quantizers, Phase::Products, Phase::Integers}) {
      RewritePatternSet patterns(&getContext());
      populate(patterns, phase);
      if (failed(apply(std::move(patterns))))
        return;
    }
    // What is no product of codes by itself.
    RewritePatternSet patterns(&getContext());
    populateBlockProductPatterns(patterns, accuracyLevel);
    if (failed(apply(std::move(patterns))))
      return;
    explainFloats(getOperation());
    explainBlockProducts(getOperation(), accuracyLevel);
  }

  LogicalResult apply(RewritePatternSet patterns) {
    if (succeeded(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return success();
    getOperation().emitError("the low-bit patterns come to no end");
    signalPassFailure();
    return failure();
  }

  enum class Phase { Quantizers, Products, Integers };

  static void populate(RewritePatternSet &patterns, Phase phase) {
    populateQuantizerPatterns(patterns);
    populateQdqPatterns(patterns);
    populateConstantPatterns(patterns);
    if (phase == Phase::Quantizers)
      return;
    populateQLinearPatterns(patterns);
    populateSignPatterns(patterns);
    populateStructurePatterns(patterns);
    populateMovementPatterns(patterns);
    populateWindowPatterns(patterns);
    populatePoolPatterns(patterns);
    populateQLinearAddPattern(patterns);
    populateProductPatterns(patterns);
    populatePackedProductPatterns(patterns);
    populateFlattenPatterns(patterns);
    if (phase == Phase::Integers)
      populateIntegerPatterns(patterns);
  }

  /// Operators of QONNX's domains convert one by one or fail with a reason.
  LogicalResult convertQonnxNodes() {
    SmallVector<onnx::NodeOp> nodes;
    getOperation().walk([&](onnx::NodeOp node) {
      if (node.getDomain() == onnx::kQonnxDomain ||
          node.getDomain() == onnx::kChannelsLastDomain)
        nodes.push_back(node);
    });
    PatternRewriter rewriter(&getContext());
    for (onnx::NodeOp node : nodes) {
      bool isQuantizer = node.getDomain() == onnx::kQonnxDomain;
      NodeHandler handler = isQuantizer
                                ? getQonnxHandler(node.getOpType())
                                : getChannelsLastHandler(node.getOpType());
      if (!handler)
        return node.emitError()
               << "operator '" << node.getOpType() << "' of the QONNX domain"
               << (isQuantizer ? "" : " for channels last")
               << " is not supported; accepted: "
               << (isQuantizer ? "Quant, IntQuant, BipolarQuant, Trunc, "
                                 "FloatQuant, MultiThreshold"
                               : "Conv, MaxPool, BatchNormalization");
      rewriter.setInsertionPoint(node);
      if (failed(handler(node, rewriter)))
        return failure();
    }
    return success();
  }
};

} // namespace
} // namespace setun
