// Turns codes and packed matrices into bytes: packed products become kernel
// ops, the rest is lowered plainly.
#include "LoweringPatterns.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "setun/Conversion/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_MATERIALIZESTORAGE
#include "setun/Conversion/Passes.h.inc"

namespace {

/// matmul(x, packed w) -> packed_matmul on bytes, into a fresh destination;
/// then the bias.
struct UsePackedKernel : OpConversionPattern<lowbit::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::MatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    lowbit::LayoutAttr layout = lowbit::getLayout(op.getRhs().getType());
    Type activation = op.getLhs().getType().getElementType();
    if (!layout)
      return rewriter.notifyMatchFailure(op, "weights are not packed");
    if (lowbit::getCodeBits(activation) > 8 ||
        !op.getType().getElementType().isInteger(32))
      return op.emitOpError()
             << "no packed kernel for " << activation << " activations and "
             << op.getType().getElementType()
             << " sums; accepted: codes of at most 8 bits and i32";
    Location loc = op.getLoc();
    RankedTensorType type = op.getType();
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                          rewriter.getI32Type());
    Value sums =
        lowbit::PackedMatmulOp::create(
            rewriter, loc, TypeRange(type), adaptor.getLhs(), adaptor.getRhs(),
            empty, layout, activation, op.getRhs().getType().getElementType())
            .getResult(0);
    rewriter.replaceOp(op, addBias(rewriter, loc, sums, op.getBias()));
    return success();
  }
};

/// After this pass: no code types, no encodings, no integers below 8 bits but
/// i1.
bool isStorageType(Type type) {
  if (auto shaped = dyn_cast<RankedTensorType>(type)) {
    if (shaped.getEncoding())
      return false;
    type = shaped.getElementType();
  }
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.getWidth() >= 8 || integer.getWidth() == 1;
  return !isa<lowbit::BipolarType, lowbit::TernaryType>(type);
}

/// Notes at the entry function's edge which codes unpacked bytes are.
void recordTypes(ModuleOp module, const StorageTypeConverter &converter) {
  auto recordOf = [&](Type type) -> TypeAttr {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || converter.isLegal(type) || lowbit::getLayout(tensor))
      return nullptr;
    return TypeAttr::get(tensor.getElementType());
  };
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isPrivate())
      continue;
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
      if (TypeAttr original = recordOf(type))
        function.setArgAttr(i, "setun.type", original);
    for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
      if (TypeAttr original = recordOf(type))
        function.setResultAttr(i, "setun.type", original);
  }
}

struct MaterializeStoragePass
    : public impl::MaterializeStorageBase<MaterializeStoragePass> {
  void runOnOperation() override {
    StorageTypeConverter converter;
    recordTypes(getOperation(), converter);
    ConversionTarget target(getContext());
    RewritePatternSet patterns(&getContext());
    populateLowBitToLinalgPatterns(converter, patterns);
    patterns.add<UsePackedKernel>(converter, &getContext());
    populateStorageSignaturePatterns(converter, patterns, target);
    allowStorageOnly(converter, target);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      return signalPassFailure();
    if (failed(checkStorage()))
      signalPassFailure();
  }

  LogicalResult checkStorage() {
    WalkResult result = getOperation().walk([&](Operation *op) {
      for (TypeRange types :
           {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
        for (Type type : types)
          if (!isStorageType(type)) {
            op->emitError() << "value of type " << type
                            << " has no storage; expected whole bytes after "
                               "lowbit-materialize-storage";
            return WalkResult::interrupt();
          }
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
} // namespace setun
