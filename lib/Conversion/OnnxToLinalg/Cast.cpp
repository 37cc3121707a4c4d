//===- Cast.cpp - Numbers of one type as another --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cast and CastLike. ONNX leaves a float outside the integer's range undefined;
// here it saturates and a NaN gives 0, on every target. Integers wrap.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

using namespace mlir;
using namespace setun::onnx;

/// 2^exponent as a constant of x's float type.
static Value powerOfTwo(ScalarBuilder &s, Value x, int exponent,
                        bool negative) {
  double value = std::ldexp(1.0, exponent);
  return s.numberLike(x, negative ? -value : value);
}

/// Cuts off toward zero. `x < low ? lowest : x >= high ? highest : int(x)`,
/// where low and high are powers of two and therefore exact: the conversion
/// itself only ever sees values that it is defined for.
static Value floatToInt(ScalarBuilder &s, Value x, IntegerType type,
                        bool toUnsigned, unsigned valueBits) {
  Value zero = s.numberLike(x, 0);
  int bits = static_cast<int>(valueBits) - (toUnsigned ? 0 : 1);
  Value low = toUnsigned ? zero : powerOfTwo(s, x, bits, /*negative=*/true);
  Value high = powerOfTwo(s, x, bits, /*negative=*/false);
  Value tooLow = toUnsigned ? s.lessEqual(x, low) : s.less(x, low);
  Value tooHigh = s.greaterEqual(x, high);
  Value isNumber = s.equal(x, x);
  Value inRange = s.select(isNumber, x, zero);
  inRange = s.select(tooLow, low, inRange);
  inRange = s.select(tooHigh, zero, inRange);
  Value integer =
      toUnsigned
          ? arith::FPToUIOp::create(s.builder, s.loc, type, inRange).getResult()
          : arith::FPToSIOp::create(s.builder, s.loc, type, inRange)
                .getResult();
  APInt highest = toUnsigned ? APInt::getMaxValue(valueBits)
                             : APInt::getSignedMaxValue(valueBits);
  Value limit = arith::ConstantOp::create(
      s.builder, s.loc,
      IntegerAttr::get(type, highest.zextOrTrunc(type.getWidth())));
  return s.select(tooHigh, limit, integer);
}

static Value floatToFloat(ScalarBuilder &s, Value x, FloatType type) {
  unsigned from = x.getType().getIntOrFloatBitWidth(), to = type.getWidth();
  if (from < to)
    return arith::ExtFOp::create(s.builder, s.loc, type, x);
  if (from > to)
    return arith::TruncFOp::create(s.builder, s.loc, type, x);
  return x;
}

static Value intToInt(ScalarBuilder &s, Value x, IntegerType type) {
  unsigned from = x.getType().getIntOrFloatBitWidth(), to = type.getWidth();
  if (from > to)
    return arith::TruncIOp::create(s.builder, s.loc, type, x);
  if (from == to)
    return x;
  if (s.isUnsigned || from == 1)
    return arith::ExtUIOp::create(s.builder, s.loc, type, x);
  return arith::ExtSIOp::create(s.builder, s.loc, type, x);
}

/// Brings a value kept in a byte back into the range of a type below 8 bits.
static Value wrapToWidth(ScalarBuilder &s, Value x, unsigned bits,
                         bool toUnsigned) {
  unsigned width = x.getType().getIntOrFloatBitWidth();
  if (bits >= width)
    return x;
  Value shift = s.numberLike(x, width - bits);
  Value up = arith::ShLIOp::create(s.builder, s.loc, x, shift);
  if (toUnsigned)
    return arith::ShRUIOp::create(s.builder, s.loc, up, shift);
  return arith::ShRSIOp::create(s.builder, s.loc, up, shift);
}

/// `x` of ONNX type `from` as ONNX type `to`.
static Value castScalar(ScalarBuilder &s, Value x, Type to) {
  if (to.isInteger(1)) { // bool: x != 0, a NaN is true
    if (x.getType().isInteger(1))
      return x;
    Value isZero = s.equal(x, s.numberLike(x, 0));
    return arith::XOrIOp::create(s.builder, s.loc, isZero,
                                 s.numberLike(isZero, 1));
  }
  Type target = getSignlessType(to);
  if (auto type = dyn_cast<FloatType>(target)) {
    if (ScalarBuilder::isFloat(x))
      return floatToFloat(s, x, type);
    if (s.isUnsigned || x.getType().isInteger(1))
      return arith::UIToFPOp::create(s.builder, s.loc, type, x);
    return arith::SIToFPOp::create(s.builder, s.loc, type, x);
  }
  unsigned bits = to.getIntOrFloatBitWidth();
  auto type = cast<IntegerType>(target);
  if (ScalarBuilder::isFloat(x))
    return floatToInt(s, x, type, to.isUnsignedInteger(), bits);
  return wrapToWidth(s, intToInt(s, x, type), bits, to.isUnsignedInteger());
}

static LogicalResult lowerCast(NodeLowering &node) {
  Type from = node.onnxInputElementType(0), to = node.onnxOutputElementType();
  if (from == to)
    return node.replaceWith(node.input(0));
  FailureOr<Value> result =
      makeElementwise(node, node.outputType(), node.input(0),
                      [&](OpBuilder &builder, ValueRange x) {
                        ScalarBuilder s(builder, node.loc, node.isUnsigned(0));
                        return castScalar(s, x[0], to);
                      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

void setun::onnx::registerCast(HandlerTable &table) {
  table["Cast"] = lowerCast;
  table["CastLike"] = lowerCast;
}
