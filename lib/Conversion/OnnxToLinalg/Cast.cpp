//===- Cast.cpp - Numbers of one type as another --------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cast, CastLike and BitCast. ONNX leaves a float outside the integer's range
// undefined; here it saturates and a NaN gives 0, on every target; below 8 bits
// it wraps, as its reference does. Integers wrap.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "SmallFloat.h"
#include "TensorBuilders.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace setun;
using namespace setun::onnx;

/// Float formats that are rounded to, and how.
struct Rounding {
  bool saturate;
  lowbit::RoundingMode mode;
};

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

/// `x` as ONNX type `to`, in the form in which tensors of `to` are stored.
static Value castScalar(ScalarBuilder &s, Value x, Type to, Rounding rounding) {
  if (to.isInteger(1)) { // bool: x != 0, a NaN is true
    if (x.getType().isInteger(1))
      return x;
    Value isZero = s.equal(x, s.numberLike(x, 0));
    return arith::XOrIOp::create(s.builder, s.loc, isZero,
                                 s.numberLike(isZero, 1));
  }
  if (lowbit::isSmallFloat(to)) {
    if (!x.getType().isF64()) // which is rounded once
      x = s.toFloat(x, s.builder.getF32Type());
    return makeEncodedScalar(s.builder, s.loc, x, cast<FloatType>(to),
                             rounding.saturate, rounding.mode);
  }
  if (auto type = dyn_cast<FloatType>(to))
    return s.toFloat(x, type);
  unsigned bits = to.getIntOrFloatBitWidth();
  auto type = cast<IntegerType>(getStorageType(to));
  bool toUnsigned = to.isUnsignedInteger();
  if (!ScalarBuilder::isFloat(x))
    return wrapToWidth(s, s.resize(x, type), bits, toUnsigned);
  if (bits == type.getWidth())
    return s.toInteger(x, type, toUnsigned);
  Value wide = s.toInteger(x, s.builder.getI32Type(), /*toUnsigned=*/false);
  return wrapToWidth(s, s.resize(wide, type), bits, toUnsigned);
}

/// What the attributes 'saturate' and 'round_mode' say; they are about 8-bit
/// floats only, the second about powers of two.
static FailureOr<Rounding> getRounding(NodeLowering &node, Type to) {
  using Mode = lowbit::RoundingMode;
  bool isByte = lowbit::isSmallFloat(to) && to.getIntOrFloatBitWidth() == 8;
  Rounding rounding = {isByte && node.node.getInt("saturate", 1) != 0,
                       Mode::HalfEven};
  if (!isa<Float8E8M0FNUType>(to))
    return rounding;
  StringRef mode = node.node.getString("round_mode", "up");
  std::optional<Mode> known = llvm::StringSwitch<std::optional<Mode>>(mode)
                                  .Case("up", Mode::Up)
                                  .Case("down", Mode::Down)
                                  .Case("nearest", Mode::HalfUp)
                                  .Default(std::nullopt);
  if (!known)
    return node.error("'round_mode' is '" + mode +
                      "'; accepted are 'up', 'down' and 'nearest'");
  rounding.mode = *known;
  return rounding;
}

static LogicalResult lowerCast(NodeLowering &node) {
  Type from = node.onnxInputElementType(0), to = node.onnxOutputElementType();
  RankedTensorType stored =
      node.outputType().clone(getStorageType(node.onnxOutputElementType()));
  if (from == to) {
    node.elements = Elements::Move;
    return node.replaceWith(node.input(0));
  }
  FailureOr<Rounding> rounding = getRounding(node, to);
  if (failed(rounding))
    return failure();
  FailureOr<Value> result = makeElementwise(
      node, stored, node.input(0), [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, node.isUnsigned(0));
        return castScalar(s, x[0], to, *rounding);
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

/// The same bits as another type of the same width.
static LogicalResult lowerBitCast(NodeLowering &node) {
  Type from = node.onnxInputElementType(0), to = node.onnxOutputElementType();
  auto getBits = [](Type type) {
    return type.isInteger(1) ? 8u : type.getIntOrFloatBitWidth();
  };
  if (getBits(from) != getBits(to))
    return node.error("from ")
           << from << " to " << to
           << "; accepted are types of the same number of bits";
  FailureOr<Value> result = makeElementwise(
      node, node.outputType(), node.input(0),
      [&](OpBuilder &builder, ValueRange x) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/true);
        Type stored = node.outputType().getElementType();
        if (to.isInteger(1))
          return castScalar(s, x[0], to, {});
        if (from.isInteger(1))
          return s.resize(x[0], cast<IntegerType>(stored));
        if (x[0].getType() != stored)
          return arith::BitcastOp::create(builder, node.loc, stored, x[0]);
        return wrapToWidth(s, x[0], getBits(to), !to.isSignedInteger());
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

void setun::onnx::registerCast(HandlerTable &table) {
  table["Cast"] = lowerCast;
  table["CastLike"] = lowerCast;
  table["BitCast"] = {lowerBitCast, 1, Elements::Move};
}
