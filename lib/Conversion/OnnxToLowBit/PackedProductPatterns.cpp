// onnxruntime's products with packed weights. Where the other side is codes,
// weights whose blocks have one scale for each output become a constant of
// codes, and the node a product with that. Where it is floats that may become
// bytes, the node is a product with scales in blocks.
#include "BlockProducts.h"
#include "CodeFactors.h"
#include "Patterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "setun/Analysis/LayerFacts.h"
#include "setun/Support/BlockPacking.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// Constant data of input `index` with `count` elements, or nothing.
std::optional<onnx::ConstantData> readInput(onnx::NodeOp node, unsigned index,
                                            int64_t count) {
  Value input = node.getInputOrNull(index);
  std::optional<onnx::ConstantData> data =
      input ? onnx::getConstantData(input) : std::nullopt;
  return data && data->size() == count ? data : std::nullopt;
}

/// Codes without zero point [outputs, inputs], and a scale for each output.
struct OutputWeights {
  SmallVector<int64_t> codes;
  std::vector<float> scales;
};

/// The weights of MatMulNBits: code i of a block stands in bits i * bits of it,
/// each output has inputs / block_size blocks.
class PackedWeights {
public:
  explicit PackedWeights(onnx::NodeOp node)
      : node(node), outputs(node.getInt("N", 0)), inputs(node.getInt("K", 0)),
        bits(node.getInt("bits", 4)), size(node.getInt("block_size", 0)) {}

  std::optional<OutputWeights> read();
  std::optional<BlockWeights> readBlocks();

  int64_t getOutputs() const { return outputs; }
  int64_t getInputs() const { return inputs; }

private:
  /// Are the attributes such that this class can read the inputs?
  bool isReadable();
  /// The codes of the last block's end that are no inputs are left out.
  int64_t readCode(const onnx::ConstantData &packed, int64_t n,
                   int64_t k) const {
    int64_t blockBytes = size * bits / 8;
    return readField(packed, (n * blocks + k / size) * blockBytes, k % size);
  }
  /// The field `index` of a row of packed bytes.
  int64_t readField(const onnx::ConstantData &data, int64_t firstByte,
                    int64_t index) const {
    int64_t position = index * bits;
    auto byte = data.at<uint8_t>(firstByte + position / 8);
    return (byte >> (position % 8)) & ((1 << bits) - 1);
  }
  /// The zero point of each block; nothing if one is no whole number.
  std::optional<SmallVector<int64_t>> readZeroPoints();

  onnx::NodeOp node;
  int64_t outputs, inputs, bits, size;
  int64_t blocks = 0;
};

std::optional<SmallVector<int64_t>> PackedWeights::readZeroPoints() {
  Value given = node.getInputOrNull(3);
  if (!given)
    return SmallVector<int64_t>(outputs * blocks, int64_t(1) << (bits - 1));
  SmallVector<int64_t> points;
  if (isa<FloatType>(getElementTypeOrSelf(given))) {
    auto data = readInput(node, 3, outputs * blocks);
    for (int64_t i = 0; data && i < data->size(); ++i) {
      double point = data->asDouble(i);
      if (point != std::floor(point) || std::fabs(point) > 256)
        return std::nullopt;
      points.push_back(int64_t(point));
    }
    return data ? std::optional(points) : std::nullopt;
  }
  int64_t rowBytes = llvm::divideCeil(blocks * bits, 8);
  auto data = readInput(node, 3, outputs * rowBytes);
  if (!data || !data->getElementType().isInteger(8))
    return std::nullopt;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t block = 0; block < blocks; ++block)
      points.push_back(readField(*data, n * rowBytes, block));
  return points;
}

bool PackedWeights::isReadable() {
  // Other values are refused where the node is lowered.
  return (bits == 2 || bits == 4 || bits == 8) && size >= 16 &&
         size <= 1 << 20 && outputs >= 1 && inputs >= 1 &&
         outputs <= INT32_MAX && inputs <= INT32_MAX &&
         !node.getInputOrNull(4) && node.getInt("weight_prepacked", 0) == 0;
}

std::optional<OutputWeights> PackedWeights::read() {
  if (!isReadable())
    return std::nullopt;
  blocks = llvm::divideCeil(inputs, size);
  auto packed = readInput(node, 1, outputs * blocks * (size * bits / 8));
  auto scales = readInput(node, 2, outputs * blocks);
  std::optional<SmallVector<int64_t>> points = readZeroPoints();
  if (!packed || !packed->getElementType().isInteger(8) || !scales ||
      !scales->getElementType().isF32() || !points)
    return std::nullopt;
  OutputWeights result;
  for (int64_t n = 0; n < outputs; ++n) {
    float scale = scales->at<float>(n * blocks);
    for (int64_t block = 1; block < blocks; ++block)
      if (scales->at<float>(n * blocks + block) != scale)
        return std::nullopt;
    result.scales.push_back(scale);
    for (int64_t k = 0; k < inputs; ++k) {
      result.codes.push_back(readCode(*packed, n, k) -
                             (*points)[n * blocks + k / size]);
    }
  }
  return result;
}

std::optional<BlockWeights> PackedWeights::readBlocks() {
  if (!isReadable() || !BlockShape::isBlock(size))
    return std::nullopt;
  blocks = llvm::divideCeil(inputs, size);
  auto packed = readInput(node, 1, outputs * blocks * (size * bits / 8));
  auto scales = readInput(node, 2, outputs * blocks);
  std::optional<SmallVector<int64_t>> points = readZeroPoints();
  if (!packed || !packed->getElementType().isInteger(8) || !scales ||
      !isa<FloatType>(scales->getElementType()) || !points ||
      llvm::any_of(*points, [](int64_t p) { return p < 0 || p > UINT8_MAX; }))
    return std::nullopt;
  BlockWeights result;
  for (int64_t i = 0; i < outputs * blocks; ++i)
    result.scales.push_back(float(scales->asDouble(i)));
  result.zeroPoints.assign(points->begin(), points->end());
  result.codes.reserve(outputs * inputs);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k)
      result.codes.push_back(uint8_t(readCode(*packed, n, k)));
  result.setShape(outputs, inputs, size, bits);
  return result;
}

/// MatMulNBits(codes * s, w) -> MatMul(codes * s, w'), w' dequantised codes.
struct UnpackProductOfCodes : OpRewritePattern<onnx::NodeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!node.isOp(onnx::kMicrosoftDomain, "MatMulNBits"))
      return failure();
    auto type = dyn_cast<RankedTensorType>(node.getResult(0).getType());
    Value lhs = node.getInputOrNull(0);
    if (!type || !type.getElementType().isF32() || type.getRank() < 2 || !lhs ||
        !matchCodes(lhs))
      return rewriter.notifyMatchFailure(node, "left side is not codes");
    PackedWeights packed(node);
    std::optional<OutputWeights> weights = packed.read();
    if (!weights)
      return rewriter.notifyMatchFailure(node, "no scale for each output");
    Type code = lowbit::getNarrowestCode(getContext(), weights->codes);
    if (!code || lowbit::getStorageBits(code) != 8)
      return rewriter.notifyMatchFailure(node, "codes need more than 8 bits");

    Location loc = node.getLoc();
    int64_t outputs = packed.getOutputs(), inputs = packed.getInputs();
    std::vector<char> bytes;
    for (int64_t c : weights->codes)
      bytes.push_back(char(c & 0xff));
    auto rows = lowbit::ConstantOp::create(
        rewriter, loc, RankedTensorType::get({outputs, inputs}, code), bytes,
        "weight");
    Value scales = onnx::createConstant(
        rewriter, loc, RankedTensorType::get({outputs}, rewriter.getF32Type()),
        ArrayRef(reinterpret_cast<const char *>(weights->scales.data()),
                 weights->scales.size() * sizeof(float)));
    Value columns = transposeCodes(
        rewriter, loc, cast<TypedValue<RankedTensorType>>(rows.getResult()));
    Value real = lowbit::DequantizeOp::create(
        rewriter, loc,
        RankedTensorType::get({inputs, outputs}, rewriter.getF32Type()),
        columns, scales, Value());
    Value result = createNode(rewriter, loc, "MatMul", {lhs, real}, type, 13);
    if (Value bias = node.getInputOrNull(5))
      result = createNode(rewriter, loc, "Add", {result, bias}, type, 14);
    rewriter.replaceOp(node, result);
    return success();
  }
};

/// Is the node a MatMulNBits whose inputs may become bytes? Its own
/// `accuracy_level` counts if the one given is 0.
bool permitsBytes(onnx::NodeOp node, int64_t accuracyLevel) {
  if (!node.isOp(onnx::kMicrosoftDomain, "MatMulNBits"))
    return false;
  constexpr int64_t kInt8 = 4;
  return (accuracyLevel ? accuracyLevel : node.getInt("accuracy_level", 0)) ==
         kInt8;
}

/// MatMulNBits(x, w) -> block_matmul(x, w), with bytes or with a few rows of
/// floats
struct MultiplyInBlocks : OpRewritePattern<onnx::NodeOp> {
  MultiplyInBlocks(MLIRContext *context, int64_t accuracyLevel)
      : OpRewritePattern(context), accuracyLevel(accuracyLevel) {}

  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!node.isOp(onnx::kMicrosoftDomain, "MatMulNBits"))
      return failure();
    auto type = dyn_cast<RankedTensorType>(node.getResult(0).getType());
    Value input = node.getInputOrNull(0), bias = node.getInputOrNull(5);
    auto inputType = input ? dyn_cast<RankedTensorType>(input.getType())
                           : RankedTensorType();
    if (!type || !inputType || !fits(node, inputType, type) ||
        (bias && !isBias(bias.getType(), type)))
      return rewriter.notifyMatchFailure(node, "shapes do not fit");
    bool inBytes = permitsBytes(node, accuracyLevel);
    if (!inBytes && inputType.getNumElements() >
                        kFewBlockRows * inputType.getShape().back())
      return rewriter.notifyMatchFailure(node, "accuracy_level is not 4");
    std::optional<BlockWeights> weights = PackedWeights(node).readBlocks();
    if (!weights)
      return rewriter.notifyMatchFailure(
          node, "needs constant weights in blocks of at most 256, whole zero "
                "points of a byte and no g_idx");
    Location loc = node.getLoc();
    Value result =
        createBlockProduct(rewriter, loc, *weights, input, type, inBytes);
    if (bias)
      result = createNode(
          rewriter, loc, "Add",
          {result, createFloatCast(rewriter, loc, bias, rewriter.getF32Type())},
          type.clone(rewriter.getF32Type()), 14);
    rewriter.replaceOp(
        node, createFloatCast(rewriter, loc, result, type.getElementType()));
    return success();
  }

private:
  static bool isBias(Type given, RankedTensorType result) {
    auto type = dyn_cast<RankedTensorType>(given);
    return type && type.getShape() == result.getShape().take_back() &&
           isa<FloatType>(type.getElementType());
  }
  /// Floats of at most 32 bits, and at least one; the rest is said by the
  /// attributes.
  static bool fits(onnx::NodeOp node, RankedTensorType input,
                   RankedTensorType result) {
    Type element = input.getElementType();
    if (!input.hasStaticShape() || !result.hasStaticShape() ||
        !(element.isF32() || element.isF16() || element.isBF16()) ||
        result.getElementType() != element || input.getRank() < 1 ||
        input.getNumElements() == 0 ||
        input.getShape().back() != node.getInt("K", 0))
      return false;
    SmallVector<int64_t> shape(input.getShape());
    shape.back() = node.getInt("N", 0);
    return result.getShape() == ArrayRef(shape);
  }

  int64_t accuracyLevel;
};

} // namespace

void populateBlockProductPatterns(RewritePatternSet &patterns,
                                  int64_t accuracyLevel) {
  patterns.add<MultiplyInBlocks>(patterns.getContext(), accuracyLevel);
  populateDequantizedBlockPatterns(patterns, accuracyLevel);
}

void explainBlockProducts(ModuleOp module, int64_t accuracyLevel) {
  module.walk([&](onnx::NodeOp node) {
    if (permitsBytes(node, accuracyLevel))
      node->setAttr(kWhyFloatAttr,
                    StringAttr::get(node.getContext(),
                                    "int8 is permitted, but needs constant "
                                    "weights in blocks of at most 256, whole "
                                    "zero points of a byte and no g_idx"));
  });
}

void populatePackedProductPatterns(RewritePatternSet &patterns) {
  patterns.add<UnpackProductOfCodes>(patterns.getContext());
}

} // namespace setun
