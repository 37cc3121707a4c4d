// Integer arithmetic on the bits of floats. A magnitude, the bits without the
// sign, is exponent << fraction | fraction, in the small format as in f32 and
// f64, and magnitudes are ordered like the numbers.
#include "SmallFloats.h"

using namespace mlir;

namespace setun {
namespace {

/// The parts of a format, and the magnitudes with a meaning of their own.
struct Format {
  int width, fraction, exponent, bias;
  /// The greatest finite magnitude, what an overflow gives, and what a NaN
  /// gives: -0 in a format without NaN.
  uint64_t largest, overflow, nan;
  bool hasInfinity, hasNaN;
  /// NaN is "-0", and there is no other -0.
  bool nanIsNegativeZero;

  explicit Format(FloatType type) {
    const llvm::fltSemantics &semantics = type.getFloatSemantics();
    width = static_cast<int>(type.getWidth());
    fraction = static_cast<int>(APFloat::semanticsPrecision(semantics)) - 1;
    exponent = width - 1 - fraction;
    // The smallest normal number has exponent 1.
    bias = 1 - APFloat::semanticsMinExponent(semantics);
    uint64_t mask = (uint64_t(1) << (width - 1)) - 1;
    auto magnitude = [&](const APFloat &value) {
      return value.bitcastToAPInt().getZExtValue() & mask;
    };
    largest = magnitude(APFloat::getLargest(semantics));
    hasInfinity = APFloat::semanticsHasInf(semantics);
    hasNaN = APFloat::semanticsHasNaN(semantics);
    nanIsNegativeZero = isa<Float8E4M3FNUZType, Float8E5M2FNUZType>(type);
    nan = nanIsNegativeZero || !hasNaN ? uint64_t(1) << (width - 1)
                                       : magnitude(APFloat::getNaN(semantics));
    overflow = hasInfinity ? magnitude(APFloat::getInf(semantics))
               : hasNaN    ? nan
                           : largest;
  }
};

/// The layout of f32 or f64.
struct Wide {
  int width, fraction, bias;
  explicit Wide(Type type)
      : width(static_cast<int>(type.getIntOrFloatBitWidth())),
        fraction(width == 32 ? 23 : 52), bias(width == 32 ? 127 : 1023) {}

  uint64_t signBit() const { return uint64_t(1) << (width - 1); }
  uint64_t infinity() const { return uint64_t(2 * bias + 1) << fraction; }
};

} // namespace

//===----------------------------------------------------------------------===//
// Decoding to f32
//===----------------------------------------------------------------------===//

/// f8E8M0FNU: 2^(stored - 127), 255 is NaN. The exponent of f32 has the same
/// bias, only 2^-127 is subnormal there.
static Scalar decodePower(Scalar stored) {
  Scalar code = stored.resize(32);
  Scalar power = select(code == 0, code.bits(0x00400000), code << 23);
  return select(code == 255, code.bits(0x7fc00000), power).asFloat();
}

Scalar buildDecode(Scalar stored, FloatType type) {
  if (isa<Float8E8M0FNUType>(type))
    return decodePower(stored);
  if (isa<BFloat16Type>(type)) // the upper half of an f32
    return (stored.resize(32) << 16).asFloat();

  Format format(type);
  Scalar code = stored.resize(32);
  Scalar magnitude = code & ((1u << (format.width - 1)) - 1);
  // A subnormal number is an integer times the smallest one.
  Scalar subnormal = magnitude.toFloat(magnitude.getBuilder().getF32Type()) *
                     std::ldexp(1.0, 1 - format.bias - format.fraction);
  int shift = 23 - format.fraction;
  Scalar normal = (magnitude << shift) + ((127 - format.bias) << 23);
  Scalar bits =
      select(magnitude < (1u << format.fraction), subnormal.asBits(), normal);
  if (format.hasInfinity)
    bits = select(magnitude >= format.overflow,
                  (magnitude << shift) | 0x7f800000, bits);
  else if (format.hasNaN && !format.nanIsNegativeZero)
    bits = select(magnitude == format.nan, bits.bits(0x7fc00000), bits);
  Scalar sign = (code >> (format.width - 1)) << 31;
  bits = bits | sign;
  if (format.nanIsNegativeZero)
    bits = select(code == format.nan, bits.bits(0x7fc00000), bits);
  return bits.asFloat();
}

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

/// magnitude / 2^shift, rounded to the nearest integer, ties to even.
static Scalar shiftHalfEven(Scalar magnitude, int shift) {
  Scalar isOdd = (magnitude >> shift) & 1;
  uint64_t belowHalf = (uint64_t(1) << (shift - 1)) - 1;
  return (magnitude + isOdd + belowHalf) >> shift;
}

/// f8E8M0FNU: the exponent of |x| as f32, which carries from the fraction.
static Scalar encodePower(Scalar x, bool saturate,
                          lowbit::RoundingMode rounding) {
  if (x.getType().isF64())
    x = x.make(arith::TruncFOp::create(x.getBuilder(),
                                       x.getBuilder().getF32Type(), x));
  Scalar magnitude = x.asBits() & 0x7fffffff;
  Scalar rounded = magnitude;
  if (rounding == lowbit::RoundingMode::Up)
    rounded = magnitude + 0x7fffff;
  else if (rounding ==
           lowbit::RoundingMode::HalfUp) // below 2^-126 ties go down
    rounded =
        magnitude + select(magnitude < 0x00800000, magnitude.bits(0x3fffff),
                           magnitude.bits(0x400000));
  Scalar code = rounded >> 23;
  if (saturate)
    code = select(code > 254, code.bits(254), code);
  return select(magnitude >= 0x7f800000, code.bits(255), code).resize(8);
}

/// bf16 of an f32: its upper half, rounded; a NaN stays one.
static Scalar encodeUpperHalf(Scalar x, const Format &format, bool saturate) {
  Scalar bits = x.asBits();
  Scalar sign = (bits >> 16) & 0x8000;
  Scalar magnitude = bits & 0x7fffffff;
  Scalar code = shiftHalfEven(magnitude, 16);
  if (saturate)
    code = select(code > format.largest, code.bits(format.largest), code);
  code = select(magnitude > 0x7f800000, code.bits(format.nan), code);
  return (code | sign).resize(16);
}

Scalar buildEncode(Scalar x, FloatType type, bool saturate,
                   lowbit::RoundingMode rounding) {
  if (isa<Float8E8M0FNUType>(type))
    return encodePower(x, saturate, rounding);
  Format format(type);
  if (isa<BFloat16Type>(type) && x.getType().isF32())
    return encodeUpperHalf(x, format, saturate);

  Wide wide(x.getType());
  Scalar bits = x.asBits();
  Scalar magnitude = bits & (wide.signBit() - 1);
  uint64_t rebias = uint64_t(wide.bias - format.bias) << wide.fraction;
  uint64_t smallestNormal = rebias + (uint64_t(1) << wide.fraction);
  // A normal number keeps its leading fraction bits under the new exponent;
  // rounding may carry into that.
  Scalar normal =
      shiftHalfEven(magnitude - rebias, wide.fraction - format.fraction);
  // Below, the code counts multiples of the smallest number. The sum with
  // 2^fraction times that rounds to one, and keeps it in the low bits.
  double unit =
      std::ldexp(1.0, 1 - format.bias - format.fraction + wide.fraction);
  Scalar magic = x.number(unit);
  Scalar subnormal = (magnitude.asFloat() + magic).asBits() - magic.asBits();
  Scalar code = select(magnitude < smallestNormal, subnormal, normal);
  uint64_t tooLarge = saturate ? format.largest : format.overflow;
  code = select(code > format.largest, code.bits(tooLarge), code);
  Scalar sign = (bits >> (wide.width - format.width)) &
                (uint64_t(1) << (format.width - 1));
  Scalar signedCode = code | sign;
  if (format.nanIsNegativeZero) // no sign for 0, and none for NaN
    signedCode = select(code == 0, code, signedCode);
  Scalar nan = code.bits(format.nan) | sign;
  Scalar result = select(magnitude > wide.infinity(), nan, signedCode);
  return result.resize(std::max(8, format.width));
}

} // namespace setun
