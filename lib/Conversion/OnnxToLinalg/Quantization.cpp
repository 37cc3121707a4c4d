//===- Quantization.cpp - Codes, scales and zero points -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantization.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun::onnx;

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

bool setun::onnx::isCodeType(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && !integer.isSignless() && integer.getWidth() >= 2 &&
         integer.getWidth() <= 16;
}

Value setun::onnx::makeWideCode(ScalarBuilder &s, Value code, Type type) {
  Type wide = s.builder.getI32Type();
  if (code.getType() == wide)
    return code;
  if (type.isUnsignedInteger())
    return arith::ExtUIOp::create(s.builder, s.loc, wide, code);
  return arith::ExtSIOp::create(s.builder, s.loc, wide, code);
}

static std::pair<int64_t, int64_t> getCodeRange(Type type) {
  int64_t count = int64_t(1) << type.getIntOrFloatBitWidth();
  if (type.isUnsignedInteger())
    return {0, count - 1};
  return {-count / 2, count / 2 - 1};
}

/// min(max(x, low), high); a NaN gives low.
static Value clampFloat(ScalarBuilder &s, Value x, int64_t low, int64_t high) {
  Value lowest = s.numberLike(x, low), highest = s.numberLike(x, high);
  Value bounded = s.select(s.greaterEqual(x, lowest), x, lowest);
  return s.select(s.lessEqual(bounded, highest), bounded, highest);
}

Value setun::onnx::makeSaturatedCode(ScalarBuilder &s, Value whole,
                                     Value zeroPoint, Type type) {
  // A ScalarBuilder of its own: the sums below are signed.
  ScalarBuilder wide(s.builder, s.loc, /*isUnsigned=*/false);
  auto [low, high] = getCodeRange(type);
  int64_t offset = 0;
  APInt constant;
  bool isConstant = !zeroPoint;
  if (zeroPoint && matchPattern(zeroPoint, m_ConstantInt(&constant))) {
    isConstant = true;
    offset = type.isUnsignedInteger() ? constant.getZExtValue()
                                      : constant.getSExtValue();
  }
  // Beyond 2^17 every zero point of 16 bits leaves the sum outside the range.
  int64_t bound = int64_t(1) << 17;
  Value bounded = isConstant
                      ? clampFloat(wide, whole, low - offset, high - offset)
                      : clampFloat(wide, whole, -bound, bound);
  Value code = arith::FPToSIOp::create(s.builder, s.loc, s.builder.getI32Type(),
                                       bounded);
  if (offset != 0)
    code = wide.add(code, wide.numberLike(code, offset));
  if (!isConstant) {
    code = wide.add(code, makeWideCode(s, zeroPoint, type));
    code = wide.max(code, wide.numberLike(code, low));
    code = wide.min(code, wide.numberLike(code, high));
  }
  return arith::TruncIOp::create(s.builder, s.loc, getSignlessType(type), code);
}

//===----------------------------------------------------------------------===//
// Granularity
//===----------------------------------------------------------------------===//

FailureOr<Granularity> Granularity::get(NodeLowering &node, unsigned data,
                                        unsigned scale) {
  Granularity result;
  RankedTensorType dataType = node.inputType(data);
  RankedTensorType scaleType = node.inputType(scale);
  result.shape.assign(dataType.getShape().begin(), dataType.getShape().end());
  result.given.assign(scaleType.getShape().begin(), scaleType.getShape().end());
  if (scaleType.getNumElements() == 1)
    return result;

  auto mismatch = [&](const Twine &expected) {
    return node.error("scale of shape [")
           << scaleType.getShape() << "] does not fit the input of shape ["
           << dataType.getShape() << "]; expected " << expected;
  };
  int64_t rank = dataType.getRank();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 1), rank);
  if (failed(axis))
    return failure();
  int64_t size = dataType.getDimSize(*axis);
  int64_t blockSize = node.node.getInt("block_size", 0);
  if (blockSize < 0)
    return node.error("block_size must not be negative");
  blockSize = std::min(blockSize, std::max<int64_t>(size, 1));
  if (blockSize == 0) {
    if (scaleType.getRank() != 1 || scaleType.getDimSize(0) != size)
      return mismatch("one scale, or " + Twine(size) + " along axis " +
                      Twine(*axis));
    result.aligned.assign(rank, 1);
    result.aligned[*axis] = size;
    return result;
  }

  SmallVector<int64_t> expected(dataType.getShape());
  int64_t blocks = llvm::divideCeil(size, blockSize);
  expected[*axis] = blocks;
  if (scaleType.getShape() != ArrayRef(expected))
    return mismatch("that of the input with " + Twine(blocks) + " along axis " +
                    Twine(*axis));
  result.axis = *axis;
  result.blockSize = blockSize;
  result.repeated = size % blockSize != 0;
  result.aligned = expected;
  result.aligned.insert(result.aligned.begin() + *axis + 1, 1);
  if (!result.repeated) {
    result.shape[*axis] = blocks;
    result.shape.insert(result.shape.begin() + *axis + 1, blockSize);
  }
  return result;
}

/// Input `index` as a scalar if it is a constant of equal elements, else null.
static Value getScalarConstant(NodeLowering &node, unsigned index) {
  std::optional<ConstantData> data = node.constant(index);
  if (!data || data->size() == 0)
    return nullptr;
  ArrayRef<char> bytes = data->getBytes();
  size_t width = getElementBytes(data->getElementType());
  ArrayRef<char> first = bytes.take_front(width);
  for (size_t i = width; i < bytes.size(); i += width)
    if (bytes.slice(i, width) != first)
      return nullptr;
  Value scalar =
      createConstant(node.builder, node.loc,
                     RankedTensorType::get({}, data->getElementType()), first);
  RankedTensorType type =
      RankedTensorType::get({}, getSignlessType(data->getElementType()));
  if (scalar.getType() == type)
    return scalar;
  return UnrealizedConversionCastOp::create(node.builder, node.loc, type,
                                            scalar)
      .getResult(0);
}

FailureOr<Value> Granularity::align(NodeLowering &node, unsigned index) const {
  Value value = node.input(index);
  auto type = cast<RankedTensorType>(value.getType());
  if (aligned.empty() ? type.getNumElements() != 1
                      : type.getShape() != ArrayRef(given))
    return node.error("input " + Twine(index) + " has shape [")
           << type.getShape() << "], the scale [" << given << "]";
  if (Value scalar = getScalarConstant(node, index))
    return scalar;
  value = makeReshape(node, value, aligned);
  if (!repeated)
    return value;
  // [.., blocks, 1, ..] -> [.., blocks * blockSize, ..], cut to the data.
  SmallVector<int64_t> wide(aligned), flat(given);
  wide[axis + 1] = blockSize;
  flat[axis] *= blockSize;
  FailureOr<Value> spread =
      makeElementwise(node, type.clone(wide), value,
                      [](OpBuilder &, ValueRange x) { return x[0]; });
  if (failed(spread))
    return failure();
  auto getOnes = [&](int64_t n) {
    return SmallVector<OpFoldResult>(shape.size(),
                                     node.builder.getIndexAttr(n));
  };
  SmallVector<OpFoldResult> sizes;
  for (int64_t size : shape)
    sizes.push_back(node.builder.getIndexAttr(size));
  return tensor::ExtractSliceOp::create(node.builder, node.loc,
                                        makeReshape(node, *spread, flat),
                                        getOnes(0), sizes, getOnes(1))
      .getResult();
}
