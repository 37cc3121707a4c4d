//===- FloatQuant.cpp - Rounding to floats of few bits --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// FloatQuant of QONNX, as convert-onnx-to-lowbit leaves it: float32 in and out.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "llvm/ADT/StringSwitch.h"
#include <limits>

using namespace mlir;
using namespace setun::onnx;

namespace {

/// Rounds a float32 to a minifloat:
///
///     s = 2^max(floor(log2(|x| + tiny)) - m, 1 - bias - m)
///     q = clamp(s * round(x / s), -M, M)
struct Minifloat {
  ScalarBuilder &s;
  int64_t mantissa, smallestStep; // of 2
  float largest;
  StringRef rounding;
  bool saturates, hasInfinity;

  Value integer(int64_t value) {
    return arith::ConstantOp::create(s.builder, s.loc,
                                     s.builder.getI32IntegerAttr(value));
  }
  template <typename Op> Value binary(Value a, Value b) {
    return Op::create(s.builder, s.loc, a, b).getResult();
  }
  Value bitcast(Value x, Type type) {
    return arith::BitcastOp::create(s.builder, s.loc, type, x);
  }

  /// 2^k for k of -149 .. 128, 128 being infinity.
  Value powerOfTwo(Value k) {
    ScalarBuilder i(s.builder, s.loc, /*isUnsigned=*/false);
    Value normal = binary<arith::ShLIOp>(
        i.max(i.add(k, integer(127)), integer(0)), integer(23));
    if (smallestStep >= -126)
      return bitcast(normal, s.builder.getF32Type());
    Value shift = i.min(i.add(k, integer(149)), integer(22));
    Value subnormal = binary<arith::ShLIOp>(integer(1), shift);
    Value isNormal = i.less(integer(-127), k);
    return bitcast(i.select(isNormal, normal, subnormal),
                   s.builder.getF32Type());
  }

  /// The distance of neighbours at x.
  Value step(Value x) {
    ScalarBuilder i(s.builder, s.loc, /*isUnsigned=*/false);
    Value tiny = s.numberLike(x, std::numeric_limits<float>::min());
    Value magnitude = s.add(s.unary<math::AbsFOp>(x), tiny);
    Value exponent = binary<arith::ShRUIOp>(
        bitcast(magnitude, s.builder.getI32Type()), integer(23));
    return powerOfTwo(
        i.max(i.sub(exponent, integer(127 + mantissa)), integer(smallestStep)));
  }

  Value round(Value x) {
    auto symmetric = [&](Value magnitude) {
      return binary<math::CopySignOp>(magnitude, x);
    };
    auto abs = [&] { return s.unary<math::AbsFOp>(x); };
    Value half = s.numberLike(x, 0.5);
    if (rounding == "CEIL")
      return s.unary<math::CeilOp>(x);
    if (rounding == "FLOOR")
      return s.unary<math::FloorOp>(x);
    if (rounding == "UP")
      return symmetric(s.unary<math::CeilOp>(abs()));
    if (rounding == "DOWN")
      return symmetric(s.unary<math::FloorOp>(abs()));
    if (rounding == "HALF_UP")
      return symmetric(s.unary<math::FloorOp>(s.add(abs(), half)));
    if (rounding == "HALF_DOWN")
      return symmetric(s.unary<math::CeilOp>(s.sub(abs(), half)));
    return s.unary<math::RoundEvenOp>(x);
  }

  Value operator()(Value x) {
    Value step = this->step(x);
    Value q = s.mul(step, round(s.div(x, step)));
    Value high = s.numberLike(x, largest), low = s.numberLike(x, -largest);
    Value bounded = s.min(s.max(q, low), high);
    if (saturates)
      return bounded;
    double infinity = std::numeric_limits<double>::infinity();
    double beyond =
        hasInfinity ? infinity : std::numeric_limits<double>::quiet_NaN();
    bounded = s.select(s.less(high, q), s.numberLike(x, beyond), bounded);
    return s.select(s.less(q, low), s.numberLike(x, -beyond), bounded);
  }
};

} // namespace

/// The inputs are x, a scale of 1, the bits of exponent and mantissa, the bias
/// of the exponent and the largest value.
static LogicalResult lowerFloatQuant(NodeLowering &node) {
  SmallVector<double> numbers;
  for (unsigned i = 1; i < 6; ++i) {
    std::optional<ConstantData> data = node.constant(i);
    if (!data || data->size() != 1)
      return node.error("input " + Twine(i) + " must be one constant number");
    numbers.push_back(data->asDouble(0));
  }
  if (numbers[0] != 1.0 || !node.outputType().getElementType().isF32() ||
      node.inputType(0) != node.outputType())
    return node.error("must have been converted by convert-onnx-to-lowbit");
  std::string rounding = node.node.getString("rounding_mode", "ROUND").upper();
  auto body = [&](OpBuilder &builder, ValueRange x) -> Value {
    ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
    auto mantissa = static_cast<int64_t>(numbers[2]);
    Minifloat format{s,
                     mantissa,
                     1 - static_cast<int64_t>(numbers[3]) - mantissa,
                     static_cast<float>(numbers[4]),
                     rounding,
                     node.node.getInt("saturation", 1) != 0,
                     node.node.getInt("has_inf", 0) != 0};
    return format(x[0]);
  };
  FailureOr<Value> result =
      makeElementwise(node, node.outputType(), node.input(0), body);
  return failed(result) ? failure() : node.replaceWith(*result);
}

void setun::onnx::registerFloatQuant(HandlerTable &qonnx) {
  qonnx["FloatQuant"] = {lowerFloatQuant, 6};
}
