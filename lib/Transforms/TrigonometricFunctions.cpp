// sin, cos, tan and their inverse functions in f64. Coefficients are minimax
// fits; the comments give what they approximate, and where.
#include "FloatFunctions.h"

using namespace mlir;

namespace setun {

//===----------------------------------------------------------------------===//
// sin, cos, tan
//===----------------------------------------------------------------------===//

namespace {
/// x = quarters * pi/2 + rest with |rest| <= pi/4, a little more at its ends.
struct Angle {
  Scalar rest, quarters;
};
} // namespace

/// Good for |x| up to 2^40, and for f32 up to 2^50.
static Angle reduce(Scalar x) {
  // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits.
  Scalar magic = x.number(6755399441055744.0);
  Scalar shifted = x * 0.6366197723675814 + magic;
  Scalar n = shifted - magic;
  // n times the leading part of pi/2 as an exact sum of two floats: the halves
  // of the factors have 26 bits, so that their products are exact.
  double leading = 0x1.921fb54442d18p+0, leadingHigh = 0x1.921fb54p+0;
  double leadingLow = leading - leadingHigh, trailing = 0x1.1a62633145c07p-54;
  Scalar split = n * 134217729.0;
  Scalar high = split - (split - n), low = n - high;
  Scalar product = n * leading;
  Scalar error =
      ((high * leadingHigh - product) + high * leadingLow + low * leadingHigh) +
      low * leadingLow;
  return {((x - product) - error) - n * trailing, shifted.asBits() & 3};
}

/// sin(r) for |r| <= pi/4: r + r^3 * P(r^2).
static Scalar sinOfRest(Scalar r) {
  Scalar z = r * r;
  return r +
         r * z *
             polynomial(z, {-0.16666666666666666, 0.00833333333333094,
                            -0.0001984126983674298, 2.755731609430797e-06,
                            -2.5051130101805494e-08, 1.5918002281873061e-10});
}

/// cos(r) for |r| <= pi/4: 1 - r^2/2 + r^4 * P(r^2), where the rounding error
/// of 1 - r^2/2 is added to the rest.
static Scalar cosOfRest(Scalar r) {
  Scalar z = r * r;
  Scalar half = z * 0.5;
  Scalar leading = 1 - half;
  Scalar tail = z * z *
                polynomial(z, {0.041666666666666664, -0.001388888888888739,
                               2.4801587298755762e-05, -2.7557317266494944e-07,
                               2.0876145163581403e-09, -1.138255204095506e-11});
  return leading + (((1 - leading) - half) + tail);
}

static Scalar isSet(Scalar bits, uint64_t mask) {
  return (bits & mask) == mask;
}

Scalar buildSin(Scalar x) {
  Angle angle = reduce(x);
  Scalar value = select(isSet(angle.quarters, 1), cosOfRest(angle.rest),
                        sinOfRest(angle.rest));
  Scalar sine = select(isSet(angle.quarters, 2), -value, value);
  return select(x == 0, x, sine); // keeps the sign
}

Scalar buildCos(Scalar x) {
  Angle angle = reduce(x);
  Scalar value = select(isSet(angle.quarters, 1), -sinOfRest(angle.rest),
                        cosOfRest(angle.rest));
  return select(isSet(angle.quarters, 2), -value, value);
}

Scalar buildTan(Scalar x) {
  Angle angle = reduce(x);
  Scalar sine = sinOfRest(angle.rest), cosine = cosOfRest(angle.rest);
  Scalar isOdd = isSet(angle.quarters, 1);
  Scalar tangent = select(isOdd, -cosine, sine) / select(isOdd, sine, cosine);
  return select(x == 0, x, tangent);
}

//===----------------------------------------------------------------------===//
// Inverse functions
//===----------------------------------------------------------------------===//

static constexpr double kHalfPi = 0x1.921fb54442d18p+0;
/// pi/2 - kHalfPi.
static constexpr double kHalfPiLow = 0x1.1a62633145c07p-54;

/// asin(x) for |x| <= 1/2, given x^2: x + x^3 * P(x^2).
static Scalar asinNearZero(Scalar x, Scalar square) {
  return x +
         x * square *
             polynomial(square, {0.16666666666666666, 0.07500000000000133,
                                 0.04464285714251685, 0.030381944478637034,
                                 0.022372157300715192, 0.0173528204464006,
                                 0.013963711465630545, 0.011567265202464459,
                                 0.009615366466515285, 0.009355286887979394,
                                 0.0029118980694086646, 0.019873700955290195,
                                 -0.019687677446438602, 0.02988763119068603});
}

/// asin(x) = pi/2 - 2 asin(sqrt((1 - x) / 2)) for x > 1/2.
Scalar buildAsin(Scalar x) {
  Scalar magnitude = abs(x);
  Scalar isNear = magnitude <= 0.5;
  Scalar square = select(isNear, x * x, (1 - magnitude) * 0.5);
  Scalar root = select(isNear, magnitude, sqrt(square));
  Scalar angle = asinNearZero(root, square);
  Scalar far = kHalfPi - (angle * 2 - kHalfPiLow);
  return copySign(select(isNear, angle, far), x);
}

/// acos(x) = pi/2 - asin(x) near 0, 2 asin(sqrt((1 - x) / 2)) for x > 1/2, and
/// pi less that of -x for x < -1/2.
Scalar buildAcos(Scalar x) {
  Scalar magnitude = abs(x);
  Scalar isNear = magnitude <= 0.5;
  Scalar square = select(isNear, x * x, (1 - magnitude) * 0.5);
  Scalar root = select(isNear, x, sqrt(square));
  Scalar angle = asinNearZero(root, square);
  Scalar near = kHalfPi - (angle - kHalfPiLow);
  Scalar twice = angle * 2;
  Scalar far = select(x < 0, 2 * kHalfPi - (twice - 2 * kHalfPiLow), twice);
  return select(isNear, near, far);
}

/// atan(x) = pi/2 - atan(1/x) for x > 1; atan(t) = pi/4 + atan((t-1) / (t+1))
/// for t > tan(pi/8); there t + t^3 * P(t^2).
Scalar buildAtan(Scalar x) {
  Scalar magnitude = abs(x);
  Scalar isLarge = magnitude > 1;
  Scalar t = select(isLarge, 1 / magnitude, magnitude);
  Scalar isFar = t > 0.41421356237309503;
  Scalar u = select(isFar, (t - 1) / (t + 1), t);
  Scalar z = u * u;
  Scalar angle =
      u + u * z *
              polynomial(z, {-0.3333333333333333, 0.19999999999999815,
                             -0.14285714285662443, 0.11111111105392155,
                             -0.0909090876449632, 0.07692296673071082,
                             -0.06666429923060511, 0.0587898368310147,
                             -0.0523083567950526, 0.04553245204853489,
                             -0.034611000560559574, 0.016328506286643122});
  angle = select(isFar, kHalfPi / 2 + (angle + kHalfPiLow / 2), angle);
  angle = select(isLarge, kHalfPi - (angle - kHalfPiLow), angle);
  return copySign(angle, x);
}

} // namespace setun
