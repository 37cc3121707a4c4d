// Packs weights with scales in blocks, and makes their product.
#include "BlockProducts.h"
#include "NodeMatchers.h"
#include "Patterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace setun {

void BlockWeights::setShape(int64_t outputs, int64_t inputs, int64_t block,
                            int64_t bits) {
  bool hasZeroPoints =
      !llvm::all_equal(zeroPoints) || zeroPoints.front() >= int64_t(1) << bits;
  shape = {outputs,      inputs, block, bits, fitHalf(scales) ? 16 : 32,
           hasZeroPoints};
}

Value createFloatCast(OpBuilder &builder, Location loc, Value value,
                      Type element) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getElementType() == element)
    return value;
  return createNode(builder, loc, "Cast", value, type.clone(element), 13);
}

Value createBlockProduct(OpBuilder &builder, Location loc,
                         const BlockWeights &weights, Value input,
                         RankedTensorType type, bool inBytes) {
  const BlockShape &shape = weights.shape;
  std::vector<uint8_t> bytes =
      packBlocks(shape, weights.codes, weights.scales, weights.zeroPoints);
  Value packed = onnx::createConstant(
      builder, loc,
      RankedTensorType::get(int64_t(bytes.size()), builder.getI8Type()),
      ArrayRef(reinterpret_cast<const char *>(bytes.data()), bytes.size()),
      "weight");
  Type f32 = builder.getF32Type();
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(), f32);
  IntegerAttr zeroPoint;
  if (!shape.hasZeroPoints)
    zeroPoint = builder.getI64IntegerAttr(weights.zeroPoints.front());
  return lowbit::BlockMatmulOp::create(
             builder, loc, TypeRange(type.clone(f32)),
             createFloatCast(builder, loc, input, f32), packed, Value(), init,
             builder.getI64IntegerAttr(shape.bits),
             builder.getI64IntegerAttr(shape.block),
             TypeAttr::get(shape.scaleBits == 16 ? Type(builder.getF16Type())
                                                 : f32),
             zeroPoint, inBytes ? UnitAttr() : builder.getUnitAttr(),
             weights.isFp4 ? builder.getUnitAttr() : UnitAttr())
      .getResult(0);
}

} // namespace setun
