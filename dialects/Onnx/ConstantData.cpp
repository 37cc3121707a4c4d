// Reading and building of constants; see ConstantData.h for the byte layout.
#include "dialects/Onnx/ConstantData.h"

#include "dialects/Onnx/Onnx.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun::onnx;

/// Constants of up to this many elements are printed as `dense<...>`.
static constexpr int64_t kMaxDenseElements = 16;

int64_t setun::onnx::getElementBytes(Type type) {
  if (auto complex = dyn_cast<ComplexType>(type))
    return 2 * getElementBytes(complex.getElementType());
  if (type.isIndex())
    return sizeof(uint64_t);
  if (type.isIntOrFloat())
    return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
  return 0;
}

Type setun::onnx::getStorageType(Type type) {
  if (type.isSignlessInteger(1) || type.isF32() || type.isF64())
    return type;
  int64_t bytes = type.isIntOrFloat() ? getElementBytes(type) : 0;
  if (bytes > 8 || !llvm::isPowerOf2_64(bytes))
    return nullptr;
  return IntegerType::get(type.getContext(), 8 * bytes);
}

std::optional<int64_t> setun::onnx::getStorageBytes(ShapedType type) {
  int64_t bytes = getElementBytes(type.getElementType());
  if (bytes == 0 || !type.hasStaticShape())
    return std::nullopt;
  for (int64_t dim : type.getShape())
    if (llvm::MulOverflow(bytes, dim, bytes))
      return std::nullopt;
  return bytes;
}

ConstantData::ConstantData(RankedTensorType type, ArrayRef<char> stored,
                           bool splat)
    : type(type), stored(stored),
      elementBytes(getElementBytes(type.getElementType())), splat(splat) {}

std::optional<ConstantData> ConstantData::get(ElementsAttr attr) {
  auto type = dyn_cast_or_null<RankedTensorType>(attr ? attr.getShapedType()
                                                      : ShapedType());
  if (!type)
    return std::nullopt;
  std::optional<int64_t> totalBytes = getStorageBytes(type);
  if (!totalBytes)
    return std::nullopt;

  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || static_cast<int64_t>(blob->getData().size()) != *totalBytes)
      return std::nullopt;
    return ConstantData(type, blob->getData(), /*splat=*/false);
  }

  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense)
    return std::nullopt;
  auto integer = dyn_cast<IntegerType>(type.getElementType());
  if (!integer || integer.getWidth() >= 8)
    return ConstantData(type, dense.getRawData(), dense.isSplat());
  // Dense i1 may be bits, and other narrow integers leave the upper bits of
  // their byte zero: widen them to what a resource holds.
  auto widened = std::make_shared<std::vector<char>>();
  auto widen = [&](const APInt &value) {
    widened->push_back(integer.isUnsigned() || integer.getWidth() == 1
                           ? value.getZExtValue()
                           : value.getSExtValue());
  };
  if (dense.isSplat())
    widen(dense.getSplatValue<APInt>());
  else
    llvm::for_each(dense.getValues<APInt>(), widen);
  ConstantData data(type, *widened, dense.isSplat());
  data.widened = std::move(widened);
  return data;
}

ArrayRef<char> ConstantData::getBytes() const {
  if (!splat)
    return stored;
  if (!expanded) {
    expanded = std::make_shared<std::vector<char>>();
    expanded->reserve(size() * elementBytes);
    for (int64_t i = 0, e = size(); i < e; ++i)
      expanded->insert(expanded->end(), stored.begin(), stored.end());
  }
  return *expanded;
}

double ConstantData::asDouble(int64_t index) const {
  auto floatType = dyn_cast<FloatType>(getElementType());
  if (!floatType) {
    if (elementBytes == 8 && getElementType().isUnsignedInteger())
      return static_cast<double>(at<uint64_t>(index));
    return static_cast<double>(asInt(index));
  }
  if (floatType.isF32())
    return at<float>(index);
  if (floatType.isF64())
    return at<double>(index);
  uint64_t bits = 0;
  std::memcpy(&bits, elementAddress(index), elementBytes);
  APFloat value(floatType.getFloatSemantics(),
                APInt(floatType.getWidth(), bits, /*isSigned=*/false,
                      /*implicitTrunc=*/true));
  bool losesInfo = false;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

int64_t ConstantData::asInt(int64_t index) const {
  Type element = getElementType();
  if (isa<FloatType>(element))
    return static_cast<int64_t>(asDouble(index));
  if (element.isInteger(1))
    return at<uint8_t>(index) != 0;
  // Storage is already extended to whole bytes according to the signedness;
  // signless integers count as signed.
  bool isUnsigned = element.isUnsignedInteger();
  switch (elementBytes) {
  case 1:
    return isUnsigned ? at<uint8_t>(index) : at<int8_t>(index);
  case 2:
    return isUnsigned ? at<uint16_t>(index) : at<int16_t>(index);
  case 4: // a conditional expression would make the signed value unsigned
    if (isUnsigned)
      return at<uint32_t>(index);
    return at<int32_t>(index);
  case 8:
    return at<int64_t>(index);
  }
  llvm_unreachable("ConstantData holds integers of 1, 2, 4 or 8 bytes");
}

std::optional<ConstantData> setun::onnx::getConstantData(Value value) {
  ElementsAttr attr;
  if (!value || !matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  return ConstantData::get(attr);
}

ElementsAttr setun::onnx::createElements(RankedTensorType type,
                                         AsmResourceBlob blob, StringRef name) {
  ArrayRef<char> bytes = blob.getData();
  assert(static_cast<int64_t>(bytes.size()) == getStorageBytes(type));
  if (type.getNumElements() > kMaxDenseElements)
    return DenseResourceElementsAttr::get(type, name, std::move(blob));
  auto integer = dyn_cast<IntegerType>(type.getElementType());
  if (!integer || integer.getWidth() >= 8)
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  SmallVector<APInt> values;
  for (char byte : bytes)
    values.emplace_back(integer.getWidth(), static_cast<uint8_t>(byte),
                        /*isSigned=*/false, /*implicitTrunc=*/true);
  return DenseElementsAttr::get(type, values);
}

Value setun::onnx::createConstant(OpBuilder &builder, Location loc,
                                  RankedTensorType type, ArrayRef<char> bytes,
                                  StringRef name) {
  // Alignment of the copy is a convenience for kernels, nobody relies on it.
  AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(
      bytes, /*align=*/64, /*dataIsMutable=*/false);
  return ConstantOp::create(builder, loc,
                            createElements(type, std::move(blob), name));
}
