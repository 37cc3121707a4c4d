// The constant weights of a product.
#ifndef SETUN_LIB_TRANSFORMS_WEIGHTMATRIX_H
#define SETUN_LIB_TRANSFORMS_WEIGHTMATRIX_H

#include "dialects/LowBit/LowBit.h"

#include <optional>
#include <vector>

namespace setun {

/// The constant that holds the right side of a product code by code; null if it
/// is not constant or packed already. Its first dimension runs over outputs.
lowbit::ConstantOp getUnpackedWeights(lowbit::ProductOp op);

/// The bias that makes up for leaving out the zero point a of the left side:
/// bias[n] - a * sum_k rhs[n][k]. Nothing if the weights are not constant or a
/// sum could leave the accumulator then.
std::optional<llvm::SmallVector<int64_t>>
getBiasWithoutZeroPoint(lowbit::ProductOp op);

/// Moves the zero point of the left side into the bias, where kernels are blind
/// to it; false if that is not possible.
bool foldZeroPointIntoBias(lowbit::ProductOp op);

/// The codes of a constant of at most 8 signed bits, row-major.
std::vector<int8_t> readCodes(lowbit::ConstantOp weights);

int64_t countNonzeros(lowbit::ConstantOp weights);

/// Additions that the weights take without sharing: powers of two that they are
/// sums and differences of.
int64_t countSignedDigits(lowbit::ConstantOp weights);

/// A code whose products need no multiplication.
bool isTernaryOrBipolar(mlir::Type code);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_WEIGHTMATRIX_H
