// exp, log, powers and erf. Coefficients are minimax fits; the comments give
// what they approximate, and where.
#include "FloatFunctions.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace setun {

static const double kInfinity = std::numeric_limits<double>::infinity();
static const double kNaN = std::numeric_limits<double>::quiet_NaN();

//===----------------------------------------------------------------------===//
// exp
//===----------------------------------------------------------------------===//

/// 2^(biased - 1024) of an integer from 2 to 2047.
static Scalar makePowerOfTwo(Scalar biased) {
  return ((biased - 1) << 52).asFloat();
}

/// e^(x + low) of f64, where low is far below x. x = n * ln 2 + r with
/// |r| <= ln 2 / 2; e^r by a polynomial; 2^n as a product of two powers, so
/// that results below the normal numbers are rounded once and those above
/// become infinite.
static Scalar expOfSum(Scalar x, std::optional<Scalar> low = std::nullopt) {
  // Beyond, the result is infinite or 0. A comparison with NaN is false.
  Scalar c =
      select(x > 712, x.number(712), select(x < -750, x.number(-750), x));
  // Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits.
  Scalar magic = x.number(6755399441055744.0);
  Scalar shifted = c * 1.4426950408889634 + magic;
  Scalar n = shifted - magic;
  // ln 2 in two parts: n times the first is exact.
  Scalar r = (c - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
  if (low)
    r = r + *low;
  // (e^r - 1 - r) / r^2
  Scalar p = polynomial(r, {0.5, 0.1666666666666667, 0.041666666666666685,
                            0.008333333333326082, 0.0013888888888874294,
                            0.0001984126987500567, 2.4801587347587177e-05,
                            2.7557255166245233e-06, 2.7557252673292366e-07,
                            2.5105314116534945e-08, 2.092167017912071e-09});
  Scalar y = 1 + (r + r * r * p);
  Scalar sum = (shifted.asBits() - magic.asBits()) + 2048;
  Scalar first = sum >> 1;
  return y * makePowerOfTwo(first) * makePowerOfTwo(sum - first);
}

Scalar buildExp(Scalar x) { return expOfSum(x); }

//===----------------------------------------------------------------------===//
// log
//===----------------------------------------------------------------------===//

namespace {
/// What log needs to know of f32 or f64.
struct Logarithm {
  unsigned fraction;
  /// The smallest normal number, and the exponent to scale smaller ones by.
  double smallest, scale;
  uint64_t sqrtHalfBits;
  /// ln 2 in two parts: an exponent times the first is exact.
  double high, low;
  /// (log((1 + s) / (1 - s)) - 2 s) / s^3 as a polynomial in s^2, for
  /// |s| <= 0.172.
  SmallVector<double> coefficients;
};
} // namespace

static Logarithm getLogarithm(bool isDouble) {
  if (isDouble)
    return {52,
            0x1p-1022,
            54,
            0x3fe6a09e667f3bcd,
            0x1.62e42fee00000p-1,
            0x1.a39ef35793c76p-33,
            {0.666666666666667, 0.3999999999989789, 0.2857142862665141,
             0.22222211031749325, 0.18182896207631685, 0.15331497764506818,
             0.1461909699201228}};
  return {23,
          0x1p-126,
          25,
          0x3f3504f3,
          0x1.62e300p-1,
          0x1.2fefa2p-17,
          {0.6666667, 0.40000123, 0.285507, 0.23333418}};
}

/// x = 2^k * (1 + f) with 1 + f from sqrt(1/2) to sqrt(2). With s = f / (2 + f)
/// log(1 + f) = f - (f^2/2 - s * (f^2/2 + s^2 * P(s^2))), which keeps the first
/// term exact.
Scalar buildLog(Scalar x) {
  Logarithm l = getLogarithm(x.getType().isF64());
  // Subnormal numbers become normal ones.
  Scalar isSmall = x < l.smallest;
  Scalar normal = select(isSmall, x * std::ldexp(1.0, int(l.scale)), x);
  Scalar bits = normal.asBits();
  Scalar k = shiftRightSigned(bits - l.sqrtHalfBits, l.fraction);
  Scalar f = (bits - (k << l.fraction)).asFloat() - 1;
  Scalar exponent = k.toFloat(x.getType());
  exponent = select(isSmall, exponent - l.scale, exponent);

  Scalar s = f / (f + 2);
  Scalar z = s * s;
  Scalar half = f * f * 0.5;
  Scalar correction = s * (half + z * polynomial(z, l.coefficients));
  Scalar sum =
      exponent * l.high + (f - (half - (correction + exponent * l.low)));
  Scalar special = select(x == 0, x.number(-kInfinity), x.number(kNaN));
  return select(x > 0, select(x < kInfinity, sum, x), special);
}

/// log(1 + x). With w = 1 + x rounded, log(1 + x) = log(w) + (x - (w - 1)) / w
/// but for an error far below.
Scalar buildLog1p(Scalar x) {
  Scalar w = x + 1;
  Scalar logarithm = log(w);
  Scalar corrected = logarithm + (x - (w - 1)) / w;
  Scalar isOrdinary = abs(logarithm) < kInfinity;
  return select(w == 1, x, select(isOrdinary, corrected, logarithm));
}

//===----------------------------------------------------------------------===//
// Powers
//===----------------------------------------------------------------------===//

namespace {
/// An unevaluated sum of two floats with twice the precision of one.
struct Pair {
  Scalar high, low;
};
} // namespace

/// a + b, for |a| >= |b| or a = 0.
static Pair fastSum(Scalar a, Scalar b) {
  Scalar sum = a + b;
  return {sum, b - (sum - a)};
}

static Pair exactSum(Scalar a, Scalar b) {
  Scalar sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

/// The 26 leading bits and the rest, for |x| up to 2^996.
static Pair splitHalves(Scalar x) {
  Scalar scaled = x * 134217729.0;
  Scalar high = scaled - (scaled - x);
  return {high, x - high};
}

static Pair exactProduct(Scalar a, Scalar b) {
  Scalar product = a * b;
  Pair u = splitHalves(a), v = splitHalves(b);
  Scalar error =
      ((u.high * v.high - product) + u.high * v.low + u.low * v.high) +
      u.low * v.low;
  return {product, error};
}

static Pair multiply(Pair a, Pair b) {
  Pair product = exactProduct(a.high, b.high);
  return fastSum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

/// log(x) of a finite positive f64, as a sum of two. As in buildLog, with
/// log(1 + f) = 2 s + 2/3 s^3 + s^5 * P(s^2), the first two terms exactly
/// enough.
static Pair buildExactLog(Scalar x) {
  Logarithm l = getLogarithm(/*isDouble=*/true);
  Scalar isSmall = x < l.smallest;
  Scalar normal = select(isSmall, x * std::ldexp(1.0, int(l.scale)), x);
  Scalar bits = normal.asBits();
  Scalar k = shiftRightSigned(bits - l.sqrtHalfBits, l.fraction);
  Scalar m = (bits - (k << l.fraction)).asFloat();
  Scalar exponent = k.toFloat(x.getType());
  exponent = select(isSmall, exponent - l.scale, exponent);

  // s = f / (m + 1), with what the two roundings lose.
  Scalar f = m - 1, sum = m + 1;
  Scalar lost = m - (sum - 1);
  Scalar quotient = f / sum;
  Pair product = exactProduct(quotient, sum);
  Scalar rest = ((f - product.high) - product.low) - quotient * lost;
  Pair s = fastSum(quotient, rest / sum);

  Pair square = multiply(s, s);
  Pair cube = multiply(square, s);
  Pair third = {x.number(0x1.5555555555555p-1),
                x.number(0x1.5555555555555p-55)};
  Pair second = multiply(cube, third);
  Scalar tail =
      cube.high * square.high *
      polynomial(square.high, ArrayRef<double>(l.coefficients).drop_front());
  // k * ln 2, whose first part is exact, and the terms from the largest on.
  Pair whole = exactSum(exponent * l.high, s.high * 2);
  Pair some = exactSum(whole.high, second.high);
  Scalar low =
      whole.low + some.low + s.low * 2 + second.low + tail + exponent * l.low;
  return fastSum(some.high, low);
}

/// x^y = exp(y * log(x)) of f64, with the special cases of IEEE 754's pow. The
/// logarithm and the product have twice the precision, so that a power that is
/// a float comes out as that.
Scalar buildPow(Scalar x, Scalar y) {
  Scalar magnitude = abs(x);
  Scalar isFinite = magnitude < kInfinity;
  Scalar hasLog = isFinite & (magnitude > 0);
  Pair logarithm = buildExactLog(select(hasLog, magnitude, x.number(1)));
  Scalar limit = select(magnitude == 0, x.number(-kInfinity), magnitude);
  Scalar leading = y * select(hasLog, logarithm.high, limit);
  // Beyond 750 the power is 0 or infinite, whatever the rest.
  Scalar isOrdinary = abs(leading) < 750;
  Pair product = exactProduct(y, logarithm.high);
  Scalar rest = product.low + y * logarithm.low;
  Scalar power =
      expOfSum(leading, select(hasLog & isOrdinary, rest, x.number(0)));
  power = select(magnitude == 1, x.number(1), power); // also for infinite y
  Scalar half = y * 0.5;
  Scalar isInteger = floor(y) == y, isEven = floor(half) == half;
  // An odd power keeps the sign, also that of -0.
  Scalar signedPower = select(isEven, power, copySign(power, x));
  Scalar other = select(isFinite & (x < 0), x.number(kNaN), power);
  Scalar result = select(isInteger, signedPower, other);
  result = select(y == y, result, y);
  return select(y == 0, x.number(1), select(x == 1, x, result));
}

/// Multiplies the squares x, x^2, x^4, ... that the bits of y ask for.
Scalar buildIntegerPow(Scalar x, Scalar y) {
  ImplicitLocOpBuilder &b = x.getBuilder();
  unsigned width = y.getType().getIntOrFloatBitWidth();
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value bits = arith::ConstantIndexOp::create(b, width);
  auto loop = scf::ForOp::create(
      b, zero, bits, one, ValueRange{x.bits(1), x, y},
      [&](OpBuilder &nested, Location loc, Value, ValueRange values) {
        ImplicitLocOpBuilder inner(loc, nested);
        Scalar product(inner, values[0]), square(inner, values[1]),
            rest(inner, values[2]);
        Scalar isSet = (rest & 1) == 1;
        Scalar next = select(isSet, product * square, product);
        scf::YieldOp::create(inner,
                             ValueRange{next, square * square, rest >> 1});
      });
  Scalar power = x.make(loop.getResult(0));
  // 1 / x^n is an integer for 1 and -1 only.
  Scalar isOdd = (y & 1) == 1;
  Scalar ofMinusOne = select(isOdd, x, x.bits(1));
  Scalar inverse = select(x == 1, x, select(x == -1, ofMinusOne, x.bits(0)));
  Scalar isNegative =
      y.make(arith::CmpIOp::create(b, arith::CmpIPredicate::slt, y, y.bits(0)));
  return select(isNegative, inverse, power);
}

//===----------------------------------------------------------------------===//
// erf
//===----------------------------------------------------------------------===//

namespace {
/// erf(x) = x + x * P(x^2) up to `bound`, 1 - exp(-Q(|x|)) from there on.
struct ErrorFunction {
  double bound, largest;
  SmallVector<double> nearZero, exponent;
};
} // namespace

static ErrorFunction getErrorFunction(bool isDouble) {
  if (isDouble)
    return {
        1,
        5.95,
        {0.1283791670955126, -0.3761263890318375, 0.11283791670954882,
         -0.02686617064507736, 0.005223977624823154, -0.0008548326981106241,
         0.00012055331120754248, -1.4925595466262047e-05,
         1.6461003376288496e-06, -1.6350340180567236e-07,
         1.4659939232623681e-08, -1.1373404067812813e-09,
         5.957986180414765e-11},
        {5.132325544366219e-07, 1.1283739917975837, 0.6366440547083404,
         0.10270229089159985, -0.018988044146649296, -0.0004135335817541829,
         0.0019189424233986892, -0.0007730404272280622, 0.00013655246659594473,
         1.9524692264764113e-05, -2.25336145884918e-05, 8.579012461353693e-06,
         -2.114855161776683e-06, 3.6957539408311026e-07, -4.593451877701771e-08,
         3.89013125328799e-09, -2.020408504132125e-10, 4.865271076533894e-12}};
  return {0.9,
          3.95,
          {0.12837915, -0.3761253, 0.11282224, -0.026781727, 0.005015861,
           -0.00061092706},
          {0.00017753284, 1.1277494, 0.63706005, 0.10403708, -0.022276947,
           0.0030555702, -0.00019717768}};
}

Scalar buildErf(Scalar x) {
  ErrorFunction e = getErrorFunction(x.getType().isF64());
  Scalar magnitude = abs(x);
  Scalar nearZero = x + x * polynomial(x * x, e.nearZero);
  Scalar t = select(magnitude > e.largest, x.number(e.largest), magnitude);
  Scalar far = 1 - exp(-polynomial(t, e.exponent));
  return select(magnitude < e.bound, nearZero, copySign(far, x));
}

} // namespace setun
