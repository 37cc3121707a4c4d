//===- WeightMatrix.h - The constant weights of a product -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_WEIGHTMATRIX_H
#define SETUN_ANALYSIS_WEIGHTMATRIX_H

#include "dialects/LowBit/LowBit.h"

#include <optional>

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

/// The codes of a constant of at most 8 signed bits, row-major, not copied.
llvm::ArrayRef<int8_t> readCodes(lowbit::ConstantOp weights);

/// How many powers of two a number is the sum and difference of, at least.
int64_t countSignedDigits(int64_t number);

/// The same of all codes of a constant: additions that a product with these
/// weights takes without sharing, but for one in each output.
int64_t countSignedDigits(lowbit::ConstantOp weights);

/// A code whose products need no multiplication.
bool isTernaryOrBipolar(mlir::Type code);

} // namespace setun

#endif // SETUN_ANALYSIS_WEIGHTMATRIX_H
