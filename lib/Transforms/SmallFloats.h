// Conversion between small floats and f32 or f64, as formulas.
#ifndef SETUN_TRANSFORMS_SMALLFLOATS_H
#define SETUN_TRANSFORMS_SMALLFLOATS_H

#include "ScalarFormula.h"
#include "dialects/LowBit/LowBit.h"

namespace setun {

/// The formula of `lowbit.decode_float` on the stored bits.
Scalar buildDecode(Scalar stored, mlir::FloatType format);

/// The formula of `lowbit.encode_float`.
Scalar buildEncode(Scalar x, mlir::FloatType format, bool saturate,
                   lowbit::RoundingMode rounding);

} // namespace setun

#endif // SETUN_TRANSFORMS_SMALLFLOATS_H
