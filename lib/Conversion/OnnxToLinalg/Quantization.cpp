//===- Quantization.cpp - Codes, scales and zero points -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Quantization.h"

#include "SmallFloat.h"

#include "SmallFloat.h"

#include "mlir/Dialect/Traits.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace setun;
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

Value setun::onnx::makeReal(ScalarBuilder &s, Value code, Value scale,
                            Value zeroPoint, Type type) {
  ScalarBuilder wide(s.builder, s.loc, /*isUnsigned=*/false);
  Value difference =
      wide.sub(makeWideCode(s, code, type), makeWideCode(s, zeroPoint, type));
  Value number = arith::SIToFPOp::create(s.builder, s.loc,
                                         s.builder.getF32Type(), difference);
  return wide.mul(scale, number);
}

LogicalResult setun::onnx::requireBytes(NodeLowering &node, unsigned index) {
  Type type = node.onnxInputElementType(index);
  if (isCodeType(type) && type.getIntOrFloatBitWidth() == 8)
    return success();
  return node.error("input " + Twine(index) + " has element type ")
         << type << ", expected int8 or uint8";
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
  return arith::TruncIOp::create(s.builder, s.loc, getStorageType(type), code);
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

Value setun::onnx::makeFloatConstant(NodeLowering &node, float value) {
  return createConstant(
      node.builder, node.loc,
      RankedTensorType::get({}, node.builder.getF32Type()),
      ArrayRef(reinterpret_cast<const char *>(&value), sizeof(value)));
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
  Type element = data->getElementType();
  if (isa<FloatType>(element) && !element.isF64()) // the same number in f32
    return makeFloatConstant(node, static_cast<float>(data->asDouble(0)));
  Value scalar = createConstant(node.builder, node.loc,
                                RankedTensorType::get({}, element), first);
  auto type = RankedTensorType::get({}, getStorageType(element));
  if (scalar.getType() == type)
    return scalar;
  return UnrealizedConversionCastOp::create(node.builder, node.loc, type,
                                            scalar)
      .getResult(0);
}

Value setun::onnx::makeParameter(NodeLowering &node, unsigned index) {
  if (Value scalar = getScalarConstant(node, index))
    return scalar;
  Value value = node.input(index);
  if (node.inputType(index).getNumElements() == 1)
    return makeReshape(node, value, {});
  return value;
}

FailureOr<Value> setun::onnx::makeScalarScale(NodeLowering &node,
                                              unsigned index) {
  RankedTensorType type = node.inputType(index);
  if (type.getNumElements() == 1 && type.getElementType().isF32())
    return makeParameter(node, index);
  return node.error("the scale in input " + Twine(index) + " has type ")
         << type << ", expected one f32";
}

FailureOr<Value> setun::onnx::makeScalarZeroPoint(NodeLowering &node,
                                                  unsigned index, Type code) {
  if (!node.has(index)) {
    auto type = RankedTensorType::get({}, getStorageType(code));
    return createConstant(node.builder, node.loc, type,
                          SmallVector<char>(getElementBytes(code), 0));
  }
  if (node.onnxInputElementType(index) == code &&
      node.inputType(index).getNumElements() == 1)
    return makeParameter(node, index);
  return node.error("the zero point in input " + Twine(index) + " has type ")
         << node.node.getInputOrNull(index).getType() << ", expected one "
         << code;
}

FailureOr<Value> setun::onnx::makeParameterAlong(NodeLowering &node,
                                                 unsigned index, int64_t size,
                                                 int64_t dim, int64_t rank) {
  ArrayRef<int64_t> given = node.inputType(index).getShape();
  if (node.inputType(index).getNumElements() != 1 && given != ArrayRef(size))
    return node.error("input " + Twine(index) + " has shape [")
           << given << "], expected one element or " << size;
  Value value = makeParameter(node, index);
  if (cast<RankedTensorType>(value.getType()).getRank() == 0)
    return value;
  SmallVector<int64_t> shape(rank - dim, 1);
  shape.front() = size;
  std::optional<ConstantData> data = getConstantData(value);
  if (data && data->getElementType().isF32()) // stays a constant
    return createConstant(node.builder, node.loc, data->getType().clone(shape),
                          data->getBytes());
  return makeReshape(node, value, shape);
}

/// Is the parameter known to be 0?
static bool isZero(Value parameter) {
  if (auto cast = parameter.getDefiningOp<UnrealizedConversionCastOp>())
    parameter = cast.getOperand(0);
  std::optional<ConstantData> data = getConstantData(parameter);
  return data && data->size() == 1 && data->asDouble(0) == 0;
}

FailureOr<Value> setun::onnx::makeShiftedCodes(NodeLowering &node, Value codes,
                                               Type code, Value zeroPoint) {
  auto type = cast<RankedTensorType>(codes.getType());
  SmallVector<Value> inputs = {codes};
  if (zeroPoint && !isZero(zeroPoint))
    inputs.push_back(zeroPoint);
  return makeElementwise(
      node, type.clone(node.builder.getI32Type()), inputs,
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value wide = makeWideCode(s, in[0], code);
        return in.size() == 1 ? wide
                              : s.sub(wide, makeWideCode(s, in[1], code));
      });
}

Value setun::onnx::roundTo(ScalarBuilder &s, Value x, Type format) {
  if (!lowbit::isSmallFloat(format))
    return x;
  Value stored = makeEncodedScalar(s.builder, s.loc, x, cast<FloatType>(format),
                                   /*saturate=*/false);
  return lowbit::DecodeFloatOp::create(s.builder, s.loc, s.builder.getF32Type(),
                                       stored, TypeAttr::get(format));
}

/// A float rounded to `format`, as roundTo does it.
static float roundConstant(float x, Type format) {
  APFloat value(x);
  bool inexact;
  value.convert(cast<FloatType>(format).getFloatSemantics(),
                APFloat::rmNearestTiesToEven, &inexact);
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &inexact);
  return value.convertToFloat();
}

/// first * second / third of constants; null if one is none, or is broadcast
/// other than from one element.
static Value foldMultiplier(NodeLowering &node, RankedTensorType type,
                            Value first, Value second, Value third,
                            Type format) {
  std::vector<float> result(type.getNumElements(), 1.0f);
  Value operands[] = {first, second, third};
  for (auto [number, value] : llvm::enumerate(operands)) {
    if (!value)
      continue;
    std::optional<ConstantData> data = getConstantData(value);
    if (!data || !data->getElementType().isF32() ||
        (data->size() != 1 && data->size() != int64_t(result.size())))
      return nullptr;
    for (size_t i = 0; i < result.size(); ++i) {
      float factor = data->at<float>(data->size() == 1 ? 0 : i);
      result[i] = roundConstant(
          number == 2 ? result[i] / factor : result[i] * factor, format);
    }
  }
  return createConstant(node.builder, node.loc, type,
                        ArrayRef(reinterpret_cast<char *>(result.data()),
                                 result.size() * sizeof(float)),
                        "multiplier");
}

FailureOr<Value> setun::onnx::makeMultiplier(NodeLowering &node, Value first,
                                             Value second, Value third,
                                             Type format) {
  SmallVector<int64_t> shape;
  SmallVector<Value> inputs;
  for (Value value : {first, second, third})
    if (value)
      inputs.push_back(value);
  for (Value value : inputs) {
    SmallVector<int64_t> wider;
    if (!OpTrait::util::getBroadcastedShape(
            shape, cast<RankedTensorType>(value.getType()).getShape(), wider))
      return node.error("the shapes of the scales do not fit each other");
    shape = wider;
  }
  auto type = RankedTensorType::get(shape, node.builder.getF32Type());
  if (Value folded = foldMultiplier(node, type, first, second, third, format))
    return folded;
  return makeElementwise(
      node, type, inputs, [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        unsigned next = 0;
        Value result = in[next++];
        if (second)
          result = roundTo(s, s.mul(result, in[next++]), format);
        return third ? roundTo(s, s.div(result, in[next]), format) : result;
      });
}

FailureOr<Value> setun::onnx::makeRequantized(NodeLowering &node, Value sum,
                                              Value multiplier, Value zeroPoint,
                                              Type code) {
  SmallVector<Value> inputs = {sum, multiplier};
  if (zeroPoint && !isZero(zeroPoint))
    inputs.push_back(zeroPoint);
  auto type = cast<RankedTensorType>(sum.getType());
  return makeElementwise(
      node, type.clone(getStorageType(code)), inputs,
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Type f64 = builder.getF64Type();
        auto toDouble = [&](Value integer) -> Value {
          return arith::SIToFPOp::create(builder, node.loc, f64, integer);
        };
        Value factor = arith::ExtFOp::create(builder, node.loc, f64, in[1]);
        Value real = s.mul(toDouble(in[0]), factor);
        if (in.size() == 3)
          real = s.add(real, toDouble(makeWideCode(s, in[2], code)));
        return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(real), nullptr,
                                 code);
      });
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

FailureOr<Value> Granularity::align(NodeLowering &node, unsigned index) const {
  RankedTensorType type = node.inputType(index);
  if (aligned.empty() ? type.getNumElements() != 1
                      : type.getShape() != ArrayRef(given))
    return node.error("input " + Twine(index) + " has shape [")
           << type.getShape() << "], the scale [" << given << "]";
  Value value = makeParameter(node, index);
  if (cast<RankedTensorType>(value.getType()).getRank() == 0)
    return value;
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
  SmallVector<int64_t> offsets(shape.size(), 0), steps(shape.size(), 1);
  return makeSlice(node, makeReshape(node, *spread, flat), offsets, shape,
                   steps);
}
