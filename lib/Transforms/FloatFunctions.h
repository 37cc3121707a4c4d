// Functions of real numbers as sequences of IEEE operations. Those of f32 that
// networks use most stay in f32; the others are computed in f64 and rounded.
#ifndef SETUN_TRANSFORMS_FLOATFUNCTIONS_H
#define SETUN_TRANSFORMS_FLOATFUNCTIONS_H

#include "ScalarFormula.h"

namespace setun {

// ExponentialFunctions.cpp
Scalar buildExp(Scalar x);
Scalar buildLog(Scalar x);
Scalar buildLog1p(Scalar x);
Scalar buildPow(Scalar x, Scalar y);
Scalar buildErf(Scalar x);
/// x^y of integers, wrapping; 0 where a negative exponent gives no integer.
Scalar buildIntegerPow(Scalar x, Scalar y);

// TrigonometricFunctions.cpp
Scalar buildSin(Scalar x);
Scalar buildCos(Scalar x);
Scalar buildTan(Scalar x);
Scalar buildAsin(Scalar x);
Scalar buildAcos(Scalar x);
Scalar buildAtan(Scalar x);

// HyperbolicFunctions.cpp
Scalar buildSinh(Scalar x);
Scalar buildCosh(Scalar x);
Scalar buildTanh(Scalar x);
Scalar buildAsinh(Scalar x);
Scalar buildAcosh(Scalar x);
Scalar buildAtanh(Scalar x);

} // namespace setun

#endif // SETUN_TRANSFORMS_FLOATFUNCTIONS_H
