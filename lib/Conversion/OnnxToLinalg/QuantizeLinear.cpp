//===- QuantizeLinear.cpp - Numbers to codes and back ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear. The division is
// rounded to an integer before the zero point is added, and the sum saturates.
//===----------------------------------------------------------------------===//

#include "Quantization.h"

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

/// The type of the division: attribute `precision`, or the wider of the two.
static FailureOr<FloatType> getDivisionType(NodeLowering &node) {
  constexpr int64_t kFloat = 1, kDouble = 11; // as TensorProto counts types
  switch (int64_t precision = node.node.getInt("precision", 0)) {
  case 0:
    break;
  case kFloat:
    return node.builder.getF32Type();
  case kDouble:
    return node.builder.getF64Type();
  default:
    return node.error("precision " + Twine(precision) + " is not supported");
  }
  Type x = node.inputType(0).getElementType();
  Type scale = node.inputType(1).getElementType();
  // An i32 divided by a float is a double, as in numpy.
  if (!x.isF32() || !scale.isF32())
    return node.builder.getF64Type();
  return node.builder.getF32Type();
}

/// y = saturate(rne(x / scale) + zero point)
static LogicalResult lowerQuantizeLinear(NodeLowering &node) {
  Type code = node.onnxOutputElementType();
  if (!isCodeType(code))
    return node.error("codes of type ") << code << " are not supported";
  if (node.has(2) && node.onnxInputElementType(2) != code)
    return node.error("the zero point has type ")
           << node.onnxInputElementType(2) << ", the output " << code;
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

  SmallVector<Value> inputs = {
      makeReshape(node, node.input(0), granularity->getShape())};
  for (unsigned i = 1; i < 3 && node.has(i); ++i) {
    FailureOr<Value> parameter = granularity->align(node, i);
    if (failed(parameter))
      return failure();
    inputs.push_back(*parameter);
  }
  FailureOr<Value> codes = makeElementwise(
      node, node.outputType().clone(granularity->getShape()), inputs,
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value quotient = s.div(makeFloat(s, in[0], *division),
                               makeFloat(s, in[1], *division));
        return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(quotient),
                                 in.size() == 3 ? in[2] : Value(), code);
      });
  return failed(codes) ? failure() : replaceByReshaped(node, *codes);
}

//===----------------------------------------------------------------------===//
// DequantizeLinear
//===----------------------------------------------------------------------===//

/// y = (x - zero point) * scale, the difference exact and the product in f32.
/// An i32 is rounded to f32 first; with a zero point the rest is done in f64.
static LogicalResult lowerDequantizeLinear(NodeLowering &node) {
  Type code = node.onnxInputElementType(0);
  bool isSum = code.isInteger(32);
  if (!isCodeType(code) && !isSum)
    return node.error("codes of type ") << code << " are not supported";
  if (node.has(2) && node.onnxInputElementType(2) != code)
    return node.error("the zero point has type ")
           << node.onnxInputElementType(2) << ", the input " << code;
  auto result = dyn_cast<FloatType>(node.outputType().getElementType());
  if (!result || !isa<FloatType>(node.inputType(1).getElementType()))
    return node.error("scale and output must be floats");
  FailureOr<Granularity> granularity = Granularity::get(node, 0, 1);
  if (failed(granularity))
    return failure();

  SmallVector<Value> inputs = {
      makeReshape(node, node.input(0), granularity->getShape())};
  for (unsigned i = 1; i < 3 && node.has(i); ++i) {
    FailureOr<Value> parameter = granularity->align(node, i);
    if (failed(parameter))
      return failure();
    inputs.push_back(*parameter);
  }
  FailureOr<Value> real = makeElementwise(
      node, node.outputType().clone(granularity->getShape()), inputs,
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        FloatType f32 = builder.getF32Type(), f64 = builder.getF64Type();
        bool shifted = in.size() == 3;
        Value x = makeWideCode(s, in[0], code), difference;
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

/// scale = (max - min) / 255, 1 / 255 if all elements are 0;
/// zero point = rne(clamp(0 - min / scale, 0, 255));
/// y = saturate(rne(x / scale) + zero point)
static LogicalResult lowerDynamicQuantizeLinear(NodeLowering &node) {
  if (!node.inputType(0).getElementType().isF32() ||
      node.node.getOutputs().size() != 3)
    return node.error("expects a float32 input and three outputs");
  Type code = node.onnxOutputElementType(0);
  Value low = makeExtremum(node, /*isMax=*/false);
  Value high = makeExtremum(node, /*isMax=*/true);
  auto scalarType = RankedTensorType::get({}, node.builder.getF32Type());
  auto getScale = [&](OpBuilder &builder, ValueRange in) {
    ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
    Value one = s.numberLike(in[0], 1);
    Value range = s.select(s.equal(in[0], in[1]), one, s.sub(in[1], in[0]));
    return s.div(range, s.numberLike(range, 255));
  };
  FailureOr<Value> scale =
      makeElementwise(node, scalarType, {low, high}, getScale);
  if (failed(scale))
    return failure();
  FailureOr<Value> zeroPoint = makeElementwise(
      node, node.outputType(2), {low, *scale},
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value shift = s.sub(s.numberLike(in[0], 0), s.div(in[0], in[1]));
        return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(shift), nullptr,
                                 code);
      });
  if (failed(zeroPoint))
    return failure();
  FailureOr<Value> codes = makeElementwise(
      node, node.outputType(0), {node.input(0), *scale, *zeroPoint},
      [&](OpBuilder &builder, ValueRange in) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value whole = s.unary<math::RoundEvenOp>(s.div(in[0], in[1]));
        return makeSaturatedCode(s, whole, in[2], code);
      });
  if (failed(codes))
    return failure();
  return node.replaceWith({*codes, *scale, *zeroPoint});
}

void setun::onnx::registerQuantizeLinear(HandlerTable &table) {
  table["QuantizeLinear"] = {lowerQuantizeLinear, 2};
  table["DequantizeLinear"] = {lowerDequantizeLinear, 2};
  table["DynamicQuantizeLinear"] = lowerDynamicQuantizeLinear;
}
