// Which builtin tensor stores a tensor of codes, and how function signatures
// follow.
#include "LoweringPatterns.h"
#include "dialects/Onnx/ConstantData.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"

using namespace mlir;

namespace setun {

static Type convertTensor(RankedTensorType type) {
  Type code = type.getElementType();
  MLIRContext *context = type.getContext();
  if (lowbit::isSmallFloat(code))
    return type.clone(onnx::getStorageType(code));
  if (!lowbit::isCode(code)) {
    // ui32 and ui64 of ONNX: the sign is in the operations.
    auto integer = dyn_cast<IntegerType>(code);
    if (!integer || integer.isSignless())
      return type;
    return type.clone(IntegerType::get(context, integer.getWidth()));
  }
  if (lowbit::LayoutAttr layout = lowbit::getLayout(type)) {
    int64_t outputs = type.getDimSize(0);
    int64_t inputs = outputs ? type.getNumElements() / outputs : 0;
    return RankedTensorType::get(
        {getPackedBytes(*parsePackedLayout(layout.getName()), outputs, inputs)},
        IntegerType::get(context, 8));
  }
  return RankedTensorType::get(
      type.getShape(), IntegerType::get(context, lowbit::getStorageBits(code)));
}

StorageTypeConverter::StorageTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](RankedTensorType type) { return convertTensor(type); });
}

void allowStorageOnly(const StorageTypeConverter &converter,
                      ConversionTarget &target) {
  target.markUnknownOpDynamicallyLegal(
      [&](Operation *op) { return converter.isLegal(op); });
  target.addIllegalDialect<lowbit::LowBitDialect>();
  target.addDynamicallyLegalOp<lowbit::AddSubOp, lowbit::DepthwiseOp>(
      [&](Operation *op) { return converter.isLegal(op); });
  target.addLegalOp<lowbit::YieldOp, lowbit::PackedMatmulOp, lowbit::Im2RowOp,
                    lowbit::FloatMatmulOp, lowbit::FloatSumOp,
                    lowbit::FloatConvOp, lowbit::BlockMatmulOp,
                    lowbit::DecodeFloatOp, lowbit::EncodeFloatOp>();
}

namespace {
/// What other conversions left between a code and its storage type is one type
/// now.
struct DropStorageCast : OpConversionPattern<UnrealizedConversionCastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(UnrealizedConversionCastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (op.getNumOperands() != 1 || op.getNumResults() != 1 ||
        adaptor.getInputs()[0].getType() !=
            getTypeConverter()->convertType(op.getResult(0).getType()))
      return rewriter.notifyMatchFailure(op, "converts between storage types");
    rewriter.replaceOp(op, adaptor.getInputs()[0]);
    return success();
  }
};
} // namespace

void populateStorageSignaturePatterns(const StorageTypeConverter &converter,
                                      RewritePatternSet &patterns,
                                      ConversionTarget &target) {
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                 converter);
  populateCallOpTypeConversionPattern(patterns, converter);
  populateReturnOpTypeConversionPattern(patterns, converter);
  patterns.add<DropStorageCast>(converter, patterns.getContext());
  target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
    return converter.isSignatureLegal(op.getFunctionType()) &&
           converter.isLegal(&op.getBody());
  });
  target.addDynamicallyLegalOp<func::CallOp, func::ReturnOp>(
      [&](Operation *op) { return converter.isLegal(op); });
}

AffineMap getBroadcastMap(MLIRContext *context, ArrayRef<int64_t> from,
                          ArrayRef<int64_t> to) {
  unsigned skip = to.size() - from.size();
  SmallVector<AffineExpr> indices;
  for (auto [i, size] : llvm::enumerate(from))
    indices.push_back(size == to[skip + i] ? getAffineDimExpr(skip + i, context)
                                           : getAffineConstantExpr(0, context));
  return AffineMap::get(to.size(), 0, indices, context);
}

Value createElementwise(
    OpBuilder &builder, Location loc, ArrayRef<int64_t> shape, Type element,
    ValueRange inputs,
    llvm::function_ref<Value(OpBuilder &, ValueRange)> body) {
  MLIRContext *context = builder.getContext();
  unsigned rank = shape.size();
  SmallVector<AffineMap> maps;
  for (Value input : inputs)
    maps.push_back(getBroadcastMap(
        context, cast<RankedTensorType>(input.getType()).getShape(), shape));
  maps.push_back(builder.getMultiDimIdentityMap(rank));
  Value empty = tensor::EmptyOp::create(builder, loc, shape, element);
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, empty.getType(), inputs, empty, maps, loops,
             [&](OpBuilder &nested, Location nestedLoc, ValueRange elements) {
               linalg::YieldOp::create(nested, nestedLoc,
                                       body(nested, elements.drop_back()));
             })
      .getResult(0);
}

Type getStoredType(OpBuilder &builder, Type code) {
  return builder.getIntegerType(lowbit::getStorageBits(code));
}

Value createSign(OpBuilder &builder, Location loc, Value condition,
                 Type storage) {
  Value plus = arith::ConstantOp::create(builder, loc,
                                         builder.getIntegerAttr(storage, 1));
  Value minus = arith::ConstantOp::create(builder, loc,
                                          builder.getIntegerAttr(storage, -1));
  return arith::SelectOp::create(builder, loc, condition, plus, minus);
}

Value extendCode(OpBuilder &builder, Location loc, Value stored, Type code,
                 unsigned width) {
  Type type = builder.getIntegerType(width);
  if (stored.getType() == type)
    return stored;
  if (lowbit::isUnsignedCode(code))
    return arith::ExtUIOp::create(builder, loc, type, stored);
  return arith::ExtSIOp::create(builder, loc, type, stored);
}

} // namespace setun
