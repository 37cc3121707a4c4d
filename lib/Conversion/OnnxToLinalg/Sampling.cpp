//===- Sampling.cpp - Values between the elements of a tensor -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Sampling.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

Value setun::onnx::clampFloat(ScalarBuilder &s, Value x, double low,
                              double high) {
  Value least = s.numberLike(x, low), most = s.numberLike(x, high);
  x = s.select(s.greaterEqual(x, least), x, least);
  return s.select(s.greater(x, most), most, x);
}

Value setun::onnx::floatToPosition(ScalarBuilder &s, Value x, int64_t size) {
  x = clampFloat(s, x, 0, static_cast<double>(size - 1));
  Value integer =
      arith::FPToSIOp::create(s.builder, s.loc, s.builder.getI64Type(), x);
  return arith::IndexCastOp::create(s.builder, s.loc, s.builder.getIndexType(),
                                    integer);
}

Value setun::onnx::indexToFloat(ScalarBuilder &s, Value index, Value like) {
  Value integer = arith::IndexCastOp::create(s.builder, s.loc,
                                             s.builder.getI64Type(), index);
  return arith::SIToFPOp::create(s.builder, s.loc, like.getType(), integer);
}

Tap setun::onnx::makeTap(ScalarBuilder &s, Value x, int64_t size,
                         Value weight) {
  Value notBefore = s.greaterEqual(x, s.numberLike(x, 0));
  Value notBehind = s.lessEqual(x, s.numberLike(x, size - 1));
  return {floatToPosition(s, x, size), weight,
          arith::AndIOp::create(s.builder, s.loc, notBefore, notBehind)};
}

Taps setun::onnx::makeLinearTaps(ScalarBuilder &s, Value x, int64_t size) {
  Value one = s.numberLike(x, 1), low = s.unary<math::FloorOp>(x);
  Value ratio = s.sub(x, low);
  return {makeTap(s, low, size, s.sub(one, ratio)),
          makeTap(s, s.add(low, one), size, ratio)};
}

Value setun::onnx::interpolate(ScalarBuilder &s, Value tensor,
                               ValueRange leading, ArrayRef<Taps> dims) {
  if (dims.empty())
    return tensor::ExtractOp::create(s.builder, s.loc, tensor, leading);
  Value sum;
  for (const Tap &tap : dims.front()) {
    SmallVector<Value> at(leading);
    at.push_back(tap.position);
    Value element = interpolate(s, tensor, at, dims.drop_front());
    if (tap.inside)
      element = s.select(tap.inside, element, s.numberLike(element, 0));
    if (tap.weight)
      element = s.mul(tap.weight, element);
    sum = sum ? s.add(sum, element) : element;
  }
  return sum;
}
