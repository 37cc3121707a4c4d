// Verifiers and folders of the ops on codes; the numbers (c1), (c2).. are those
// of LowBit.td.
#include "dialects/LowBit/LowBit.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;

namespace setun::lowbit {

/// numpy broadcasting of `from` to exactly `to`: right-aligned, each dimension
/// equal or 1.
static bool broadcastsTo(RankedTensorType from, RankedTensorType to) {
  if (from.getRank() > to.getRank())
    return false;
  int64_t skip = to.getRank() - from.getRank();
  for (auto [i, size] : llvm::enumerate(from.getShape()))
    if (size != 1 && size != to.getDimSize(skip + i))
      return false;
  return true;
}

static LogicalResult verifyBroadcast(Operation *op, RankedTensorType from,
                                     RankedTensorType to, StringRef name) {
  if (broadcastsTo(from, to))
    return success();
  return op->emitOpError() << "(c1) " << name << " of type " << from
                           << " does not broadcast to " << to;
}

static LogicalResult verifySameShape(Operation *op, RankedTensorType input,
                                     RankedTensorType result) {
  if (input.getShape() == result.getShape() && !getLayout(result))
    return success();
  return op->emitOpError() << "(c2) result " << result
                           << " must have the shape of the input " << input
                           << " and no packed layout";
}

//===-- constant ----------------------------------------------------------===//

ArrayRef<char> ConstantOp::getBytes() {
  if (auto blob = dyn_cast<DenseResourceElementsAttr>(getValue()))
    if (AsmResourceBlob *data = blob.getRawHandle().getBlob())
      return data->getData();
  return {};
}

CodeArray ConstantOp::getCodes() {
  return CodeArray(getBytes(),
                   cast<RankedTensorType>(getType()).getElementType());
}

/// Outputs and inputs of a packed matrix: its rows are the first dimension.
static std::pair<int64_t, int64_t> getMatrixSize(RankedTensorType type) {
  int64_t outputs = type.getRank() ? type.getDimSize(0) : 1;
  return {outputs, outputs ? type.getNumElements() / outputs : 0};
}

/// Are all of them integers of `code`?
static bool isSetOf(Type code, const CodeSet &set) {
  return isCodeValue(code, set.min) && isCodeValue(code, set.max) &&
         (!set.hasZero || isCodeValue(code, 0));
}

LogicalResult ConstantOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (getValue().getType() != type)
    return emitOpError() << "(c3) value has type " << getValue().getType();
  if (!isa<DenseResourceElementsAttr>(getValue()))
    return emitOpError("(c3) value must be a dense_resource blob");
  if (!type.hasStaticShape())
    return emitOpError("(c1) the shape must be static");
  Type code = type.getElementType();
  ArrayRef<char> bytes = getBytes();

  if (LayoutAttr layout = getLayout(type)) {
    if (!canHold(layout, code))
      return emitOpError() << "(c2) layout " << layout.getName()
                           << " cannot hold " << code;
    auto [outputs, inputs] = getMatrixSize(type);
    auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
    if (llvm::Error error =
            checkPackedWeights(*parsePackedLayout(layout.getName()),
                               ArrayRef(data, bytes.size()), outputs, inputs))
      return emitOpError() << "(c1) " << llvm::toString(std::move(error));
    return success();
  }
  if (type.getEncoding())
    return emitOpError() << "(c1) unknown encoding " << type.getEncoding();

  int64_t expected = type.getNumElements() * (getStorageBits(code) / 8);
  if (int64_t(bytes.size()) != expected)
    return emitOpError() << "(c1) blob has " << bytes.size() << " bytes, "
                         << type << " needs " << expected;
  if (bytes.empty() || isSetOf(code, getCodes().getSet()))
    return success();
  for (auto [i, value] : llvm::enumerate(getCodes()))
    if (!isCodeValue(code, value))
      return emitOpError() << "(c2) element " << i << " is " << value
                           << ", not a code of " << code;
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

void ConstantOp::build(OpBuilder &builder, OperationState &state,
                       RankedTensorType type, ArrayRef<char> bytes,
                       StringRef name) {
  AsmResourceBlob blob = HeapAsmResourceBlob::allocateAndCopyWithAlign(
      bytes, /*align=*/64, /*dataIsMutable=*/false);
  build(builder, state, type,
        DenseResourceElementsAttr::get(type, name, std::move(blob)));
}

//===-- quantize, dequantize, dynamic_quantize ----------------------------===//

LogicalResult QuantizeOp::verify() {
  RankedTensorType input = getInput().getType();
  if (failed(verifyBroadcast(*this, getScale().getType(), input, "scale")))
    return failure();
  if (getZeroPoint() && failed(verifyBroadcast(*this, getZeroPoint().getType(),
                                               input, "zero_point")))
    return failure();
  if (failed(verifySameShape(*this, input, getType())))
    return failure();
  if (getNarrow()) {
    auto integer = dyn_cast<IntegerType>(getType().getElementType());
    if (!integer || integer.getWidth() < 2)
      return emitOpError() << "(c3) narrow needs siN or uiN with N >= 2, got "
                           << getType().getElementType();
  }
  if (getZeroPointLast() &&
      (!getZeroPoint() || isa<BipolarType>(getType().getElementType())))
    return emitOpError("(c4) zero_point_last needs a zero point, and codes "
                       "other than bipolar");
  return success();
}

LogicalResult DequantizeOp::verify() {
  RankedTensorType input = getInput().getType();
  if (failed(verifyBroadcast(*this, getScale().getType(), input, "scale")))
    return failure();
  if (getZeroPoint()) {
    if (!isCode(input.getElementType()))
      return emitOpError("(c3) a sum of products takes no zero point");
    if (failed(verifyBroadcast(*this, getZeroPoint().getType(), input,
                               "zero_point")))
      return failure();
  }
  return verifySameShape(*this, input, getType());
}

LogicalResult DynamicQuantizeOp::verify() {
  RankedTensorType input = getInput().getType();
  if (input.getRank() == 0 ||
      getCodes().getType().getShape() != input.getShape())
    return emitOpError(
        "(c1) codes must have the shape of the input, rank 1 or more");
  SmallVector<int64_t> scaleShape(input.getShape());
  scaleShape.back() = 1;
  if (getScales().getType().getShape() != ArrayRef<int64_t>(scaleShape))
    return emitOpError("(c1) scales must have the shape of the input with a "
                       "last dimension of 1");
  auto code = dyn_cast<IntegerType>(getCodes().getType().getElementType());
  if (!code || !code.isSigned() || code.getWidth() < 2)
    return emitOpError("(c2) codes must be siN with N = 2..16");
  if (!(getEpsilon().convertToFloat() > 0.0f))
    return emitOpError("(c3) epsilon must be positive");
  if (int64_t(getLimit()) < 1 || int64_t(getLimit()) > getCodeRange(code).max)
    return emitOpError() << "(c4) limit must lie in 1.."
                         << getCodeRange(code).max;
  return success();
}

//===-- transpose, reshape ------------------------------------------------===//

LogicalResult TransposeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  ArrayRef<int64_t> permutation = getPermutation();
  SmallVector<bool> seen(input.getRank(), false);
  if (int64_t(permutation.size()) != input.getRank())
    return emitOpError("(c1) permutation must name every dimension once");
  for (int64_t dim : permutation) {
    if (dim < 0 || dim >= input.getRank() || seen[dim])
      return emitOpError("(c1) permutation must name every dimension once");
    seen[dim] = true;
  }
  bool matches = result.getRank() == input.getRank() &&
                 result.getElementType() == input.getElementType();
  for (auto [i, dim] : llvm::enumerate(permutation))
    matches = matches && result.getDimSize(i) == input.getDimSize(dim);
  if (!matches)
    return emitOpError() << "(c2) result " << result
                         << " is not the permuted input " << input;
  if (getLayout(input) || getLayout(result))
    return emitOpError("(c3) a packed layout cannot be permuted");
  return success();
}

LogicalResult ReshapeOp::verify() {
  RankedTensorType input = getInput().getType(), result = getType();
  if (!input.hasStaticShape() || !result.hasStaticShape())
    return emitOpError("(c2) shapes must be static");
  if (input.getElementType() != result.getElementType() ||
      input.getNumElements() != result.getNumElements())
    return emitOpError() << "(c1) cannot reshape " << input << " to " << result;
  if (getLayout(input) || getLayout(result))
    return emitOpError("(c3) a packed layout cannot be reshaped");
  return success();
}

} // namespace setun::lowbit

#define GET_OP_CLASSES
#include "dialects/LowBit/LowBit.cpp.inc"
