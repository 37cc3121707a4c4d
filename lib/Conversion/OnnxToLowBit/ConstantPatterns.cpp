// Constant codes in the form that kernels want: without zero point, ternary or
// bipolar where their values are.
#include "CodeFactors.h"
#include "Patterns.h"
#include "dialects/LowBit/BroadcastIndex.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;

namespace setun {
namespace {

/// The codes of a constant, of either dialect.
std::optional<SmallVector<int64_t>> readCodes(Value value) {
  if (auto constant = value.getDefiningOp<lowbit::ConstantOp>()) {
    if (lowbit::getLayout(cast<RankedTensorType>(constant.getType())))
      return std::nullopt;
    return llvm::to_vector(constant.getCodes());
  }
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data)
    return std::nullopt;
  SmallVector<int64_t> codes;
  codes.reserve(data->size());
  for (int64_t i = 0; i < data->size(); ++i)
    codes.push_back(data->asInt(i));
  return codes;
}

/// codes[i] -= zeroPoint[i], the zero point broadcast; false if it is not
/// constant and whole.
bool subtractZeroPoint(MutableArrayRef<int64_t> codes, ArrayRef<int64_t> shape,
                       Value zeroPoint) {
  std::optional<onnx::ConstantData> data = onnx::getConstantData(zeroPoint);
  if (!data)
    return false;
  if (data->size() == 1) { // of all weights
    double number = data->asDouble(0);
    if (number != std::floor(number) || std::fabs(number) > 65536)
      return false;
    for (int64_t &code : codes)
      code -= int64_t(number);
    return true;
  }
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t &code : codes) {
    double number = data->asDouble(
        lowbit::getBroadcastIndex(data->getType().getShape(), index));
    if (number != std::floor(number) || std::fabs(number) > 65536)
      return false;
    code -= int64_t(number);
    lowbit::advance(index, shape);
  }
  return true;
}

std::string getBlobName(Value value) {
  Attribute attribute;
  if (matchPattern(value, m_Constant(&attribute)))
    if (auto blob = dyn_cast<DenseResourceElementsAttr>(attribute))
      return blob.getRawHandle().getKey().str();
  return "weight";
}

bool isFewLevels(Type code) {
  return isa_and_nonnull<lowbit::BipolarType, lowbit::TernaryType>(code);
}

/// Half a byte or less, and fewer bits than the declared type: packed weights
/// take 2, 3, 4 or 8.
bool isMuchNarrower(Type code, Type declared) {
  return code && lowbit::getCodeBits(code) <= 4 &&
         lowbit::getCodeBits(declared) > lowbit::getCodeBits(code);
}

/// A constant of code type `code` in place of `old`.
Value createCodes(PatternRewriter &rewriter, Value old, ArrayRef<int64_t> codes,
                  Type code) {
  std::vector<char> bytes;
  bool isWide = lowbit::getStorageBits(code) == 16;
  bytes.reserve(codes.size() * (isWide ? 2 : 1));
  for (int64_t c : codes) {
    bytes.push_back(char(c & 0xff));
    if (isWide)
      bytes.push_back(char((c >> 8) & 0xff));
  }
  auto type = cast<RankedTensorType>(old.getType());
  return lowbit::ConstantOp::create(
      rewriter, old.getLoc(), RankedTensorType::get(type.getShape(), code),
      bytes, getBlobName(old));
}

/// (c - z) * s -> c' * s with c' = c - z for constant codes.
struct SubtractZeroPoint : OpRewritePattern<lowbit::DequantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(lowbit::DequantizeOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType type = op.getInput().getType();
    if (!op.getZeroPoint() || !type.hasStaticShape())
      return failure();
    std::optional<SmallVector<int64_t>> codes = readCodes(op.getInput());
    if (!codes ||
        !subtractZeroPoint(*codes, type.getShape(), op.getZeroPoint()))
      return rewriter.notifyMatchFailure(op, "not constant");
    Type code = lowbit::getNarrowestCode(op.getContext(), *codes);
    if (!code)
      return rewriter.notifyMatchFailure(op, "codes need more than 16 bits");
    Value constant = createCodes(rewriter, op.getInput(), *codes, code);
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
        op, op.getType(), constant, op.getScale(), Value());
    return success();
  }
};

/// dequantize(Clip(constant, lo, hi)) -> dequantize(constant), of the code
/// whose range is lo .. hi or of the type it had.
struct ClipConstantCodes : OpRewritePattern<lowbit::DequantizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(lowbit::DequantizeOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<BoundedValue> clip = matchClip(op.getInput());
    if (!clip || !clip->input.getDefiningOp<lowbit::ConstantOp>() ||
        clip->input.getType() != op.getInput().getType())
      return failure();
    lowbit::CodeRange range =
        lowbit::getCodeRange(op.getInput().getType().getElementType());
    int64_t min = std::max(clip->min, double(range.min)),
            max = std::min(clip->max, double(range.max));
    std::optional<SmallVector<int64_t>> codes = readCodes(clip->input);
    if (!codes || min > max)
      return rewriter.notifyMatchFailure(op, "not constant");
    for (int64_t &c : *codes)
      c = std::clamp(c, min, max);
    auto code = getCodeOfRange(op.getContext(), min, max);
    Value clipped = createCodes(
        rewriter, clip->input, *codes,
        code ? code->first : op.getInput().getType().getElementType());
    rewriter.replaceOpWithNewOp<lowbit::DequantizeOp>(
        op, op.getType(), clipped, op.getScale(), op.getZeroPoint());
    return success();
  }
};

/// Can the sums hold products with weights of type `code` and no zero point? A
/// type holds more than the numbers that asked for it.
bool fitsAccumulator(lowbit::MatmulOp op, Type code) {
  int64_t bound = lowbit::getProductBound(
      {op.getLhs().getType().getElementType(), int64_t(op.getLhsZeroPoint())},
      {code}, op.getRhs().getType().getShape().back(),
      op.getBias().value_or(ArrayRef<int64_t>()));
  return bound <= (op.getType().getElementType().isInteger(32) ? INT32_MAX
                                                               : INT64_MAX - 1);
}

/// The blob of constant codes that lie there in one or two bytes each.
DenseResourceElementsAttr getStoredCodes(Value value) {
  DenseResourceElementsAttr blob;
  auto type = cast<RankedTensorType>(value.getType());
  if (!lowbit::isCode(type.getElementType()) || lowbit::getLayout(type) ||
      !matchPattern(value, m_Constant(&blob)))
    return nullptr;
  AsmResourceBlob *data = blob.getRawHandle().getBlob();
  int64_t width = lowbit::getStorageBits(type.getElementType()) / 8;
  bool isWhole =
      data && int64_t(data->getData().size()) == type.getNumElements() * width;
  return isWhole ? blob : nullptr;
}

/// Constant weights of {-1, 0, +1} become ternary or bipolar and those of up to
/// 16 levels around 0 codes of 4 bits, whatever type they were declared with (a
/// Clip of constants is computed before it can say so); a zero point of
/// constant weights is subtracted. Where the bytes stay the same, they are not
/// copied.
struct RecodeWeights : OpInterfaceRewritePattern<lowbit::ProductOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(lowbit::ProductOp op,
                                PatternRewriter &rewriter) const override {
    Value weights = op.getRhs();
    auto type = cast<RankedTensorType>(weights.getType());
    auto matmul = dyn_cast<lowbit::MatmulOp>(op.getOperation());
    int64_t zeroPoint = matmul ? matmul.getRhsZeroPoint() : 0;
    Type declared = type.getElementType();
    bool isConstant = weights.getDefiningOp<lowbit::ConstantOp>();
    if (isConstant && zeroPoint == 0 && isFewLevels(declared))
      return failure();
    lowbit::CodeSet set;
    SmallVector<int64_t> codes;
    DenseResourceElementsAttr stored =
        zeroPoint == 0 ? getStoredCodes(weights) : nullptr;
    if (stored) {
      set = lowbit::CodeArray(stored.getRawHandle().getBlob()->getData(),
                              declared)
                .getSet();
    } else {
      std::optional<SmallVector<int64_t>> read = readCodes(weights);
      if (!read)
        return rewriter.notifyMatchFailure(op, "weights are not constant");
      codes = std::move(*read);
      for (int64_t &c : codes)
        set.insert(c -= zeroPoint);
    }
    Type code = lowbit::getNarrowestCode(op.getContext(), set);
    if (zeroPoint == 0 && !isFewLevels(code) && !isMuchNarrower(code, declared))
      code = declared;
    if (!code || (isConstant && code == declared))
      return rewriter.notifyMatchFailure(op, "weights stay what they are");
    if (zeroPoint != 0 && !fitsAccumulator(matmul, code))
      return rewriter.notifyMatchFailure(op, "wider weights could overflow");
    Value constant = stored ? retype(rewriter, weights, stored, code)
                            : createCodes(rewriter, weights, codes, code);
    rewriter.modifyOpInPlace(op, [&] {
      op.getRhsMutable().assign(constant);
      if (matmul)
        matmul.setRhsZeroPoint(0);
    });
    return success();
  }

private:
  /// The codes of `stored`, all of them of type `code`, too.
  static Value retype(PatternRewriter &rewriter, Value old,
                      DenseResourceElementsAttr stored, Type code) {
    auto type = cast<RankedTensorType>(old.getType());
    Type declared = type.getElementType();
    if (lowbit::getStorageBits(code) != lowbit::getStorageBits(declared)) {
      lowbit::CodeArray codes(stored.getRawHandle().getBlob()->getData(),
                              declared);
      return createCodes(rewriter, old, llvm::to_vector(codes), code);
    }
    auto recoded = RankedTensorType::get(type.getShape(), code);
    return lowbit::ConstantOp::create(
        rewriter, old.getLoc(), recoded,
        DenseResourceElementsAttr::get(recoded, stored.getRawHandle()));
  }
};

} // namespace

void populateConstantPatterns(RewritePatternSet &patterns) {
  patterns.add<SubtractZeroPoint, ClipConstantCodes, RecodeWeights>(
      patterns.getContext());
}

} // namespace setun
