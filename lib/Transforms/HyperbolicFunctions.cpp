// sinh, cosh, tanh and their inverse functions: f64, tanh also f32.
#include "FloatFunctions.h"

using namespace mlir;

namespace setun {

static const double kLn2 = 0.6931471805599453;
/// From here on the smaller one of e^x and e^-x, and the 1 in x^2 + 1, are
/// rounded away.
static constexpr double kLarge = 40, kHuge = 0x1p28;

/// e^x / 2 for x >= kLarge: infinite only where that is.
static Scalar halfExp(Scalar x) {
  Scalar root = exp(x * 0.5);
  return root * 0.5 * root;
}

/// (e^x - e^-x) / 2; near 0 x + x^3 * P(x^2), a fit for |x| <= 1.
Scalar buildSinh(Scalar x) {
  Scalar magnitude = abs(x);
  Scalar z = x * x;
  Scalar near =
      x + x * z *
              polynomial(z, {0.16666666666666666, 0.008333333333333299,
                             0.00019841269841324515, 2.7557319191232623e-06,
                             2.5052117727472324e-08, 1.6057676570221876e-10,
                             7.74628863217349e-13});
  Scalar e = exp(magnitude);
  Scalar far =
      select(magnitude < kLarge, (e - 1 / e) * 0.5, halfExp(magnitude));
  return select(magnitude < 1, near, copySign(far, x));
}

/// (e^x + e^-x) / 2
Scalar buildCosh(Scalar x) {
  Scalar magnitude = abs(x);
  Scalar e = exp(magnitude);
  return select(magnitude < kLarge, (e + 1 / e) * 0.5, halfExp(magnitude));
}

/// 1 - 2 / (e^2x + 1); near 0 x + x^3 * P(x^2).
Scalar buildTanh(Scalar x) {
  bool isDouble = x.getType().isF64();
  double bound = isDouble ? 0.625 : 0.8;
  SmallVector<double> coefficients =
      isDouble
          ? SmallVector<double>{-0.33333333333333315,    0.13333333333329855,
                                -0.053968253966115196,   0.02186948847012568,
                                -0.008863234333096026,   0.003592114187468074,
                                -0.0014557270710391587,  0.0005894562667188797,
                                -0.00023702343804836396, 9.157782518723127e-05,
                                -3.0205677919449993e-05, 6.050133099220853e-06}
          : SmallVector<double>{-0.333333,   0.13332266,   -0.053855486,
                                0.021312717, -0.007423177, 0.0015918537};
  Scalar magnitude = abs(x);
  Scalar z = x * x;
  Scalar near = x + x * z * polynomial(z, coefficients);
  Scalar far = 1 - 2 / (exp(magnitude * 2) + 1);
  return copySign(select(magnitude < bound, near, far), x); // also that of 0
}

/// log(x + sqrt(x^2 + 1)) = log1p(x + x^2 / (1 + sqrt(x^2 + 1))) for x >= 0.
Scalar buildAsinh(Scalar x) {
  Scalar a = abs(x);
  Scalar square = a * a;
  Scalar value = log1p(a + square / (sqrt(square + 1) + 1));
  value = select(a < kHuge, value, log(a) + kLn2);
  return copySign(value, x);
}

/// log(x + sqrt(x^2 - 1)) = log1p(t + sqrt(2 t + t^2)) with t = x - 1.
Scalar buildAcosh(Scalar x) {
  Scalar t = x - 1;
  Scalar value = log1p(t + sqrt(t * 2 + t * t));
  value = select(x < kHuge, value, log(x) + kLn2);
  double nan = std::numeric_limits<double>::quiet_NaN();
  return select(x >= 1, value, x.number(nan));
}

/// log((1 + x) / (1 - x)) / 2 = log1p(2 x / (1 - x)) / 2 for x >= 0.
Scalar buildAtanh(Scalar x) {
  Scalar a = abs(x);
  return copySign(log1p(a * 2 / (1 - a)) * 0.5, x);
}

} // namespace setun
