// MatMul with constants that DequantizeLinear scales in blocks along the
// inputs: integers of 2, 4 and 8 bits, and E2M1 (MXFP4, NVFP4). What is
// computed is the same; weights stay packed.
#include "BlockProducts.h"
#include "NodeMatchers.h"
#include "Patterns.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// Constants of a DequantizeLinear whose blocks run along the inputs of a
/// product: [inputs, outputs], or transposed.
class DequantizedBlocks {
public:
  /// What `weights`, the right side of a MatMul, comes from.
  explicit DequantizedBlocks(Value weights);

  /// Nothing if it is another form.
  std::optional<BlockWeights> read();

private:
  static bool isTransposeOfMatrix(onnx::NodeOp node) {
    auto permutation = node.getInts("perm");
    return isNode(node, "Transpose") &&
           (!permutation || *permutation == ArrayRef<int64_t>({1, 0}));
  }
  /// Element (k, n) of constants with `rows` rows.
  int64_t getIndex(int64_t k, int64_t n, int64_t inputs,
                   int64_t outputs) const {
    return isTransposed ? n * inputs + k : k * outputs + n;
  }
  bool readScales(BlockWeights &result, int64_t blocks, int64_t outputs,
                  int64_t offset);

  onnx::NodeOp node;
  bool isTransposed = false;
};

DequantizedBlocks::DequantizedBlocks(Value weights)
    : node(weights.getDefiningOp<onnx::NodeOp>()) {
  if (node && isTransposeOfMatrix(node)) {
    isTransposed = true;
    node = node.getInputOrNull(0).getDefiningOp<onnx::NodeOp>();
  }
}

/// Scales, and zero points more by `offset`.
bool DequantizedBlocks::readScales(BlockWeights &result, int64_t blocks,
                                   int64_t outputs, int64_t offset) {
  std::optional<onnx::ConstantData> scales =
      onnx::getConstantData(node.getInputOrNull(1));
  Value point = node.getInputOrNull(2);
  std::optional<onnx::ConstantData> points =
      point ? onnx::getConstantData(point) : std::nullopt;
  if (!scales || scales->size() != blocks * outputs || (point && !points) ||
      (points && points->size() != scales->size()))
    return false;
  float factor = result.isFp4 ? 0.5f : 1.0f;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t b = 0; b < blocks; ++b) {
      int64_t i = getIndex(b, n, blocks, outputs);
      float scale = float(scales->asDouble(i)), scaled = scale * factor;
      int64_t zero = points ? points->asInt(i) : 0;
      // (2 v) * (s / 2) = v * s
      if (scaled / factor != scale || (result.isFp4 && zero != 0))
        return false;
      result.scales.push_back(scaled);
      result.zeroPoints.push_back(uint8_t(zero + offset));
    }
  return true;
}

std::optional<BlockWeights> DequantizedBlocks::read() {
  if (!node || !isNode(node, "DequantizeLinear"))
    return std::nullopt;
  std::optional<onnx::ConstantData> data =
      onnx::getConstantData(node.getInputOrNull(0));
  int64_t block = node.getInt("block_size", 0), axis = node.getInt("axis", 1);
  if (!data || data->getType().getRank() != 2 || data->size() == 0 ||
      !BlockShape::isBlock(block) ||
      (axis < 0 ? axis + 2 : axis) != (isTransposed ? 1 : 0))
    return std::nullopt;
  BlockWeights result;
  Type element = data->getElementType();
  auto integer = dyn_cast<IntegerType>(element);
  result.isFp4 = isa<Float4E2M1FNType>(element);
  int64_t bits = result.isFp4 ? 4 : integer ? integer.getWidth() : 0;
  if (bits != 2 && bits != 4 && bits != 8)
    return std::nullopt;
  int64_t offset =
      integer && !integer.isUnsigned() ? int64_t(1) << (bits - 1) : 0;
  int64_t inputs = data->getType().getDimSize(isTransposed ? 1 : 0);
  int64_t outputs = data->size() / inputs;
  if (!readScales(result, llvm::divideCeil(inputs, block), outputs, offset))
    return std::nullopt;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k) {
      int64_t i = getIndex(k, n, inputs, outputs);
      result.codes.push_back(uint8_t(result.isFp4 ? data->at<uint8_t>(i) & 15
                                                  : data->asInt(i) + offset));
    }
  result.setShape(outputs, inputs, block, bits);
  return result;
}

/// MatMul(x, DequantizeLinear(w)) -> block_matmul(x, w), of a few rows of
/// floats or, where `--accuracy-level=4` permits it, of bytes.
struct MultiplyDequantizedBlocks : OpRewritePattern<onnx::NodeOp> {
  MultiplyDequantizedBlocks(MLIRContext *context, int64_t accuracyLevel)
      : OpRewritePattern(context), inBytes(accuracyLevel == 4) {}

  LogicalResult matchAndRewrite(onnx::NodeOp node,
                                PatternRewriter &rewriter) const override {
    if (!isNode(node, "MatMul"))
      return failure();
    Value input = node.getInputOrNull(0), right = node.getInputOrNull(1);
    RankedTensorType inputType = getStaticType(input),
                     type = getStaticType(node.getResult(0));
    if (!inputType || !type || !right || inputType.getRank() < 2 ||
        !inputType.getElementType().isF32() || !type.getElementType().isF32() ||
        inputType.getNumElements() == 0)
      return rewriter.notifyMatchFailure(node, "no rows of f32");
    int64_t rows = inputType.getNumElements() / inputType.getShape().back();
    if (!inBytes && rows > kFewBlockRows)
      return rewriter.notifyMatchFailure(node, "more than a few rows of f32");
    std::optional<BlockWeights> weights = DequantizedBlocks(right).read();
    if (!weights)
      return rewriter.notifyMatchFailure(
          node, "no constants with scales in blocks of the inputs");
    rewriter.replaceOp(node,
                       createBlockProduct(rewriter, node.getLoc(), *weights,
                                          input, type, inBytes));
    return success();
  }

private:
  bool inBytes;
};

} // namespace

void populateDequantizedBlockPatterns(RewritePatternSet &patterns,
                                      int64_t accuracyLevel) {
  patterns.add<MultiplyDequantizedBlocks>(patterns.getContext(), accuracyLevel);
}

} // namespace setun
