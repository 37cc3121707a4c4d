// Folders of the ops on codes: constants are quantised, transposed and reshaped
// at compile time. The arithmetic here is the formula of LowBit.td, one
// rounding to f32 per operation.
#include "dialects/LowBit/BroadcastIndex.h"
#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/ConstantData.h"
#include "dialects/Onnx/PermuteConstant.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <cmath>

using namespace mlir;

namespace setun::lowbit {
namespace {

/// Elements above which a constant is left to run time.
constexpr int64_t kFoldLimit = int64_t(1) << 28;

void appendCode(std::vector<char> &bytes, int64_t code, unsigned bits) {
  bytes.push_back(char(code & 0xff));
  if (bits == 16)
    bytes.push_back(char((code >> 8) & 0xff));
}

/// A code constant of `type` over a copy of `bytes`.
Attribute createCodes(RankedTensorType type, ArrayRef<char> bytes,
                      StringRef name) {
  return DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64,
                                                    /*dataIsMutable=*/false));
}

/// The bytes of an unpacked code constant, if `attr` is one.
std::optional<ArrayRef<char>> getCodeBytes(Attribute attr) {
  auto elements = dyn_cast_or_null<DenseResourceElementsAttr>(attr);
  if (!elements || !elements.getRawHandle().getBlob())
    return std::nullopt;
  return elements.getRawHandle().getBlob()->getData();
}

std::string getBlobName(Attribute attr, StringRef fallback) {
  if (auto elements = dyn_cast_or_null<DenseResourceElementsAttr>(attr))
    return elements.getRawHandle().getKey().str();
  return fallback.str();
}

std::optional<onnx::ConstantData> getData(Attribute attr) {
  if (auto elements = dyn_cast_or_null<ElementsAttr>(attr))
    return onnx::ConstantData::get(elements);
  return std::nullopt;
}

float roundTo(RoundingMode mode, float x) {
  float magnitude = std::fabs(x);
  switch (mode) {
  case RoundingMode::HalfEven:
    return std::nearbyint(x);
  case RoundingMode::HalfUp: // floor(a + 0.5) without the rounding of the sum
    return std::round(x);
  case RoundingMode::HalfDown: {
    float whole = std::trunc(magnitude);
    return std::copysign(magnitude - whole > 0.5f ? whole + 1.0f : whole, x);
  }
  case RoundingMode::Ceil:
    return std::ceil(x);
  case RoundingMode::Floor:
    return std::floor(x);
  case RoundingMode::Up:
    return std::copysign(std::ceil(magnitude), x);
  case RoundingMode::Down:
    return std::trunc(x);
  }
  llvm_unreachable("all rounding modes are handled");
}

} // namespace

int64_t quantizeValue(float x, float scale, float zeroPoint,
                      const QuantizeRule &rule) {
  float v = rule.byReciprocal ? x * scale : x / scale;
  v = rule.zeroPointLast ? roundTo(rule.rounding, v) + zeroPoint
                         : v + zeroPoint;
  if (rule.bipolar)
    return v >= 0.0f ? 1 : -1;
  if (!(v >= float(rule.range.min))) // also a NaN
    return rule.range.min;
  if (v >= float(rule.range.max))
    return rule.range.max;
  return int64_t(roundTo(rule.rounding, v));
}

/// quantize(constant) -> constant.
OpFoldResult QuantizeOp::fold(FoldAdaptor adaptor) {
  auto input = getData(adaptor.getInput());
  auto scale = getData(adaptor.getScale());
  auto zeroPoint = getData(adaptor.getZeroPoint());
  RankedTensorType type = getType();
  if (!input || !scale || (getZeroPoint() && !zeroPoint) ||
      type.getNumElements() > kFoldLimit)
    return {};

  Type code = type.getElementType();
  QuantizeRule rule{getRounding(), getCodeRange(code, getNarrow()),
                    isa<BipolarType>(code), getByReciprocal(),
                    getZeroPointLast()};
  std::vector<char> bytes;
  bytes.reserve(type.getNumElements() * getStorageBits(code) / 8);
  bool isUniform = scale->size() == 1 && (!zeroPoint || zeroPoint->size() == 1);
  float s = isUniform ? scale->at<float>(0) : 0.0f;
  float z = isUniform && zeroPoint ? zeroPoint->at<float>(0) : 0.0f;
  SmallVector<int64_t> index(type.getRank(), 0);
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    if (!isUniform) {
      s = scale->at<float>(
          getBroadcastIndex(scale->getType().getShape(), index));
      if (zeroPoint)
        z = zeroPoint->at<float>(
            getBroadcastIndex(zeroPoint->getType().getShape(), index));
      advance(index, type.getShape());
    }
    appendCode(bytes, quantizeValue(input->at<float>(i), s, z, rule),
               getStorageBits(code));
  }
  return createCodes(type, bytes, getBlobName(adaptor.getInput(), "codes"));
}

/// transpose(x, identity) -> x;  transpose(transpose(x, p), q) -> transpose(x,
/// p o q);  transpose(constant) -> constant.
OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  ArrayRef<int64_t> permutation = getPermutation();
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return getInput();
  if (auto inner = getInput().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> both;
    for (int64_t dim : permutation)
      both.push_back(inner.getPermutation()[dim]);
    setPermutation(both);
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  auto bytes = getCodeBytes(adaptor.getInput());
  RankedTensorType input = getInput().getType(), type = getType();
  size_t width = getStorageBits(type.getElementType()) / 8;
  if (!bytes || bytes->size() != size_t(type.getNumElements()) * width)
    return {};

  return createCodes(
      type, onnx::permuteBytes(*bytes, input.getShape(), width, permutation),
      getBlobName(adaptor.getInput(), "codes"));
}

/// reshape(x) -> x when the type stays; reshape(reshape(x)) -> reshape(x);
/// reshape(constant) -> constant.
OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  // The same bytes, not copied.
  if (getCodeBytes(adaptor.getInput()))
    return DenseResourceElementsAttr::get(
        getType(),
        cast<DenseResourceElementsAttr>(adaptor.getInput()).getRawHandle());
  return {};
}

} // namespace setun::lowbit
