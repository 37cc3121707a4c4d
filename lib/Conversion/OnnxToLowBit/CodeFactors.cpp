// Matches the operands of products: dequantised codes, and float constants that
// are codes of few levels.
#include "CodeFactors.h"
#include "WeightLevels.h"
#include "dialects/Onnx/PermuteConstant.h"
#include <cmath>

using namespace mlir;

namespace setun {

std::optional<double> getUniform(Value value) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data || data->size() == 0)
    return std::nullopt;
  double first = data->asDouble(0);
  return isConstantOf(value, first) ? std::optional(first) : std::nullopt;
}

std::optional<CodeFactor> matchCodes(Value value) {
  auto dequantize =
      value ? value.getDefiningOp<lowbit::DequantizeOp>() : nullptr;
  if (!dequantize)
    return std::nullopt;
  CodeFactor factor{dequantize.getInput(), dequantize.getScale()};
  if (!lowbit::isCode(factor.getCode()) ||
      !factor.codes.getType().hasStaticShape())
    return std::nullopt;
  if (Value zeroPoint = dequantize.getZeroPoint()) {
    std::optional<double> number = getUniform(zeroPoint);
    if (!number || *number != std::floor(*number) ||
        std::fabs(*number) > 65536 ||
        !lowbit::isZeroPointOf(factor.getCode(), int64_t(*number)))
      return std::nullopt;
    factor.zeroPoint = int64_t(*number);
  }
  return factor;
}

bool isSingle(Value scale) {
  return cast<RankedTensorType>(scale.getType()).getNumElements() == 1 ||
         getUniform(scale);
}

std::optional<CodeFactor> matchLevels(OpBuilder &builder, Location loc,
                                      Value value, unsigned outputAxis,
                                      unsigned trailing) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  std::optional<WeightLevels> levels = findWeightLevels(value, outputAxis);
  if (!levels)
    return std::nullopt;
  Type code = levels->getCodeType(builder.getContext());
  auto shape = llvm::to_vector(data->getType().getShape());
  std::vector<char> bytes = std::move(levels->codes);
  if (outputAxis != 0) { // outputs lie first, here at once
    bytes = onnx::permuteBytes(bytes, shape, /*width=*/1, {1, 0});
    std::swap(shape[0], shape[1]);
  }
  auto codes = cast<TypedValue<RankedTensorType>>(
      lowbit::ConstantOp::create(
          builder, loc, RankedTensorType::get(shape, code), bytes, "weight")
          .getResult());
  SmallVector<int64_t> scaleShape;
  if (levels->scales.size() > 1) {
    scaleShape.assign(trailing + 1, 1);
    scaleShape.front() = levels->scales.size();
  }
  Value scale = onnx::createConstant(
      builder, loc, RankedTensorType::get(scaleShape, builder.getF32Type()),
      ArrayRef(reinterpret_cast<const char *>(levels->scales.data()),
               levels->scales.size() * sizeof(float)));
  return CodeFactor{codes, scale};
}

std::optional<CodeFactor> matchWeights(OpBuilder &builder, Location loc,
                                       Value value, unsigned trailing) {
  auto type =
      value ? dyn_cast<RankedTensorType>(value.getType()) : RankedTensorType();
  if (!type || !type.hasStaticShape() || type.getRank() < 2)
    return std::nullopt;
  std::optional<CodeFactor> factor = matchCodes(value);
  if (!factor)
    return matchLevels(builder, loc, value, /*outputAxis=*/0, trailing);
  if (factor->zeroPoint != 0)
    return std::nullopt;
  if (isSingle(factor->scale))
    return factor;
  // One for each output stands in a constant [outputs, 1..].
  int64_t outputs = type.getDimSize(0);
  auto scaleType = cast<RankedTensorType>(factor->scale.getType());
  std::optional<onnx::ConstantData> data = onnx::getConstantData(factor->scale);
  if (!data || data->size() != outputs ||
      scaleType.getRank() != type.getRank() ||
      scaleType.getDimSize(0) != outputs)
    return std::nullopt;
  SmallVector<int64_t> shape(trailing + 1, 1);
  shape.front() = outputs;
  factor->scale = onnx::createConstant(
      builder, loc, RankedTensorType::get(shape, builder.getF32Type()),
      data->getBytes());
  return factor;
}

TypedValue<RankedTensorType>
transposeCodes(OpBuilder &builder, Location loc,
               TypedValue<RankedTensorType> codes) {
  RankedTensorType type = codes.getType();
  int64_t last = type.getRank() - 1;
  SmallVector<int64_t> shape(type.getShape());
  auto permutation = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  std::swap(shape[last], shape[last - 1]);
  std::swap(permutation[last], permutation[last - 1]);
  return lowbit::TransposeOp::create(
             builder, loc, RankedTensorType::get(shape, type.getElementType()),
             codes, permutation)
      .getResult();
}

void replaceByDequantized(PatternRewriter &rewriter, onnx::NodeOp node,
                          ValueRange codes, const CodeFactor &factor) {
  Location loc = node.getLoc();
  Value scale = factor.scale, zeroPoint;
  if (std::optional<double> number = getUniform(scale))
    scale = createFloat(rewriter, loc, float(*number));
  if (factor.zeroPoint != 0)
    zeroPoint = createFloat(rewriter, loc, float(factor.zeroPoint));
  for (auto [code, result] : llvm::zip(codes, node.getResults()))
    rewriter.replaceAllUsesWith(
        result, lowbit::DequantizeOp::create(rewriter, loc, result.getType(),
                                             code, scale, zeroPoint));
  rewriter.eraseOp(node);
}

Value multiplyScales(OpBuilder &builder, Location loc, Value a, Value b) {
  std::optional<double> x = getUniform(a), y = getUniform(b);
  if (x && y)
    return createFloat(builder, loc, float(*x) * float(*y));
  if (x)
    a = createFloat(builder, loc, float(*x));
  if (y)
    b = createFloat(builder, loc, float(*y));
  if (x == 1.0)
    return b;
  if (y == 1.0)
    return a;
  auto aType = cast<RankedTensorType>(a.getType());
  auto bType = cast<RankedTensorType>(b.getType());
  SmallVector<int64_t> shape(std::max(aType.getRank(), bType.getRank()), 1);
  for (RankedTensorType type : {aType, bType})
    for (int64_t i = 0; i < type.getRank(); ++i)
      if (type.getDimSize(i) != 1)
        shape[shape.size() - type.getRank() + i] = type.getDimSize(i);
  return createNode(builder, loc, "Mul", {a, b},
                    RankedTensorType::get(shape, builder.getF32Type()), 14);
}

Type getAccumulator(OpBuilder &builder, int64_t bound) {
  return builder.getIntegerType(bound > int64_t(INT32_MAX) ? 64 : 32);
}

} // namespace setun
