//===- QuantizeLinear.cpp - Numbers to codes and back ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear. The division is
// rounded to an integer before the zero point is added, and the sum saturates.
//===----------------------------------------------------------------------===//

#include "Quantization.h"
#include "SmallFloat.h"

using namespace mlir;
using namespace setun::onnx;

/// `x`, of ONNX type `from`, as a float of `type`.
static Value makeFloat(ScalarBuilder &s, Value x, FloatType type) {
  if (!ScalarBuilder::isFloat(x))
    return arith::SIToFPOp::create(s.builder, s.loc, type, x);
  unsigned from = x.getType().getIntOrFloatBitWidth(), to = type.getWidth();
  if (from == to)
    return x;
  if (from < to)
    return arith::ExtFOp::create(s.builder, s.loc, type, x);
  return arith::TruncFOp::create(s.builder, s.loc, type, x);
}

//===----------------------------------------------------------------------===//
// QuantizeLinear
//===----------------------------------------------------------------------===//

/// The type of the division: attribute `precision`, or the common one of both
/// as numpy has it.
static FailureOr<FloatType> getDivisionType(NodeLowering &node) {
  OpBuilder &builder = node.builder;
  constexpr int64_t kFloat = 1, kFloat16 = 10, kDouble = 11, kBFloat16 = 16;
  switch (int64_t precision = node.node.getInt("precision", 0)) {
  case 0:
    break;
  case kFloat:
    return FloatType(builder.getF32Type());
  case kDouble:
    return FloatType(builder.getF64Type());
  case kFloat16:
    return FloatType(builder.getF16Type());
  case kBFloat16:
    return FloatType(builder.getBF16Type());
  default:
    return node.error("precision " + Twine(precision) +
                      " is not supported; accepted are 1 (float), 10 "
                      "(float16), 11 (double) and 16 (bfloat16)");
  }
  Type x = node.onnxInputElementType(0), scale = node.onnxInputElementType(1);
  if (x == scale)
    return cast<FloatType>(x);
  if (x.isInteger(32) || x.isF64() || scale.isF64())
    return FloatType(builder.getF64Type());
  return FloatType(builder.getF32Type());
}

/// x / scale, rounded to `type`: operands that are wider are rounded first.
static Value makeQuotient(ScalarBuilder &s, Value x, Value scale,
                          FloatType type) {
  bool isDouble = type.isF64();
  FloatType computed =
      isDouble ? FloatType(s.builder.getF64Type()) : s.builder.getF32Type();
  Value quotient = s.div(roundTo(s, makeFloat(s, x, computed), type),
                         roundTo(s, makeFloat(s, scale, computed), type));
  return roundTo(s, quotient, type);
}

/// Is `type` one of the float formats that QuantizeLinear writes?
static bool isFloatCode(Type type) {
  return isa<Float8E4M3FNType, Float8E4M3FNUZType, Float8E5M2Type,
             Float8E5M2FNUZType, Float4E2M1FNType>(type);
}

/// The data in the shape of `granularity`, then the parameters along it.
static FailureOr<SmallVector<Value>> alignInputs(NodeLowering &node,
                                                 const Granularity &granularity,
                                                 bool takesZeroPoint) {
  SmallVector<Value> inputs = {
      makeReshape(node, node.input(0), granularity.getShape())};
  for (unsigned i = 1; i < (takesZeroPoint ? 3u : 2u) && node.has(i); ++i) {
    FailureOr<Value> parameter = granularity.align(node, i);
    if (failed(parameter))
      return failure();
    inputs.push_back(*parameter);
  }
  return inputs;
}

/// Emits an error if the zero point is of another type than the codes, or if it
/// is one of an 8-bit float other than 0.
static LogicalResult checkZeroPoint(NodeLowering &node, Type code) {
  if (!node.has(2))
    return success();
  if (node.onnxInputElementType(2) != code)
    return node.error("the zero point has type ")
           << node.onnxInputElementType(2) << ", the codes " << code;
  std::optional<ConstantData> data = node.constant(2);
  if (isFloatCode(code) && data)
    for (int64_t i = 0; i < data->size(); ++i)
      if (data->asDouble(i) != 0)
        return node.error("the zero point of float codes must be 0");
  return success();
}

/// Integers: y = saturate(rne(x / scale) + zero point).
/// Floats: x / scale rounded to the format; its zero point is 0.
static LogicalResult lowerQuantizeLinear(NodeLowering &node) {
  Type code = node.onnxOutputElementType();
  bool isFloat = isFloatCode(code);
  if (!isCodeType(code) && !isFloat)
    return node.error("codes of type ") << code << " are not supported";
  if (failed(checkZeroPoint(node, code)))
    return failure();
  Type x = node.inputType(0).getElementType();
  if (!isa<FloatType>(x) && !x.isInteger(32))
    return node.error("input 0 has element type ")
           << node.onnxInputElementType(0) << ", expected a float or i32";
  if (!isa<FloatType>(node.inputType(1).getElementType()))
    return node.error("the scale has element type ")
           << node.onnxInputElementType(1) << ", expected a float";
  FailureOr<FloatType> division = getDivisionType(node);
  FailureOr<Granularity> granularity = Granularity::get(node, 0, 1);
  if (failed(division) || failed(granularity))
    return failure();
  auto inputs = alignInputs(node, *granularity, /*takesZeroPoint=*/!isFloat);
  if (failed(inputs))
    return failure();
  bool saturates =
      isa<Float4E2M1FNType>(code) || node.node.getInt("saturate", 1) != 0;
  auto type =
      RankedTensorType::get(granularity->getShape(), getStorageType(code));
  FailureOr<Value> codes = makeElementwise(
      node, type, *inputs, [&](OpBuilder &builder, ValueRange in) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value quotient = makeQuotient(s, in[0], in[1], *division);
        if (isFloat)
          return makeEncodedScalar(builder, node.loc, quotient,
                                   cast<FloatType>(code), saturates);
        return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(quotient),
                                 in.size() == 3 ? in[2] : Value(), code);
      });
  if (failed(codes))
    return failure();
  return node.replaceWith(
      makeReshape(node, *codes, node.outputType().getShape()));
}

//===----------------------------------------------------------------------===//
// DequantizeLinear
//===----------------------------------------------------------------------===//

/// y = (x - zero point) * scale, the difference exact and the product in f32.
/// An i32 is rounded to f32 first; with a zero point the rest is done in f64.
/// Float codes are taken as numbers.
static LogicalResult lowerDequantizeLinear(NodeLowering &node) {
  Type code = node.onnxInputElementType(0);
  bool isSum = code.isInteger(32), isFloat = isFloatCode(code);
  if (!isCodeType(code) && !isSum && !isFloat)
    return node.error("codes of type ") << code << " are not supported";
  if (failed(checkZeroPoint(node, code)))
    return failure();
  auto result = dyn_cast<FloatType>(node.outputType().getElementType());
  if (!result || !isa<FloatType>(node.inputType(1).getElementType()))
    return node.error("scale and output must be floats");
  FailureOr<Granularity> granularity = Granularity::get(node, 0, 1);
  if (failed(granularity))
    return failure();
  auto inputs = alignInputs(node, *granularity, /*takesZeroPoint=*/!isFloat);
  if (failed(inputs))
    return failure();
  FailureOr<Value> real = makeElementwise(
      node, node.outputType().clone(granularity->getShape()), *inputs,
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        FloatType f32 = builder.getF32Type(), f64 = builder.getF64Type();
        bool shifted = in.size() == 3;
        Value x = isFloat ? in[0] : makeWideCode(s, in[0], code), difference;
        if (isSum && shifted)
          difference = s.sub(makeFloat(s, makeFloat(s, x, f32), f64),
                             makeFloat(s, in[2], f64));
        else if (shifted)
          difference =
              makeFloat(s, s.sub(x, makeWideCode(s, in[2], code)), f32);
        else
          difference = makeFloat(s, x, f32);
        auto type = cast<FloatType>(difference.getType());
        return makeFloat(s, s.mul(difference, makeFloat(s, in[1], type)),
                         result);
      });
  return failed(real) ? failure() : replaceByReshaped(node, *real);
}

//===----------------------------------------------------------------------===//
// DynamicQuantizeLinear
//===----------------------------------------------------------------------===//

/// The largest (smallest) element and 0, as a scalar tensor.
static Value makeExtremum(NodeLowering &node, bool isMax) {
  int64_t count = node.inputType(0).getNumElements();
  Value flat = makeReshape(node, node.input(0), {count});
  return makeFold(node, flat, node.builder.getF32FloatAttr(0.0f),
                  [&](OpBuilder &builder, Value x, Value best) {
                    ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
                    return isMax ? s.max(best, x) : s.min(best, x);
                  });
}

FailureOr<DynamicCodes> setun::onnx::makeDynamicCodes(NodeLowering &node) {
  Type code = node.builder.getIntegerType(8, /*isSigned=*/false);
  Type stored = getStorageType(code), f32 = node.builder.getF32Type();
  auto scalarType = RankedTensorType::get({}, f32);
  Value low = makeExtremum(node, /*isMax=*/false);
  Value high = makeExtremum(node, /*isMax=*/true);
  FailureOr<Value> scale = makeElementwise(
      node, scalarType, {low, high}, [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value one = s.numberLike(in[0], 1);
        Value range = s.select(s.equal(in[0], in[1]), one, s.sub(in[1], in[0]));
        return s.div(range, s.numberLike(range, 255));
      });
  if (failed(scale))
    return failure();
  FailureOr<Value> zeroPoint = makeElementwise(
      node, scalarType.clone(stored), {low, *scale},
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value shift = s.sub(s.numberLike(in[0], 0), s.div(in[0], in[1]));
        return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(shift), nullptr,
                                 code);
      });
  if (failed(zeroPoint))
    return failure();
  FailureOr<Value> codes = makeElementwise(
      node, node.inputType(0).clone(stored),
      {node.input(0), *scale, *zeroPoint},
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value whole = s.unary<math::RoundEvenOp>(s.div(in[0], in[1]));
        return makeSaturatedCode(s, whole, in[2], code);
      });
  if (failed(codes))
    return failure();
  return DynamicCodes{*codes, *scale, *zeroPoint};
}

static LogicalResult lowerDynamicQuantizeLinear(NodeLowering &node) {
  if (!node.inputType(0).getElementType().isF32() ||
      node.node.getOutputs().size() != 3)
    return node.error("expects a float32 input and three outputs");
  FailureOr<DynamicCodes> result = makeDynamicCodes(node);
  if (failed(result))
    return failure();
  return node.replaceWith({result->codes, result->scale, result->zeroPoint});
}

void setun::onnx::registerQuantizeLinear(HandlerTable &table) {
  table["QuantizeLinear"] = {lowerQuantizeLinear, 2};
  table["DequantizeLinear"] = {lowerDequantizeLinear, 2};
  table["DynamicQuantizeLinear"] = lowerDynamicQuantizeLinear;
}

/// The operators of the same names in the domain of onnxruntime.
void setun::onnx::registerMicrosoftQuantizeLinear(HandlerTable &microsoft) {
  microsoft["QuantizeLinear"] = {lowerQuantizeLinear, 2};
  microsoft["DequantizeLinear"] = {lowerDequantizeLinear, 2};
}
