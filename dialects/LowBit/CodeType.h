// The code types: which integers a low-bit element type holds and how it is
// stored.
#ifndef SETUN_DIALECTS_LOWBIT_CODETYPE_H
#define SETUN_DIALECTS_LOWBIT_CODETYPE_H

#include "mlir/IR/BuiltinTypes.h"

namespace setun::lowbit {

/// The smallest and largest integer of a set.
struct CodeRange {
  int64_t min;
  int64_t max;
  /// The largest absolute value, e.g. 128 for si8.
  int64_t magnitude() const { return max > -min ? max : -min; }
};

/// True for !lowbit.bipolar, !lowbit.ternary, siN and uiN with N = 1..16.
bool isCode(mlir::Type type);

/// The integers a code type holds; `narrow` drops the lowest of siN and the
/// highest of uiN.
CodeRange getCodeRange(mlir::Type code, bool narrow = false);

/// True if `value` is one of the code's integers (bipolar has no zero).
bool isCodeValue(mlir::Type code, int64_t value);

/// Bits of information per code: 1 for bipolar, 2 for ternary, N for siN and
/// uiN.
unsigned getCodeBits(mlir::Type code);

/// Bits of the signless integer that stores one unpacked code: 8 or 16.
unsigned getStorageBits(mlir::Type code);

/// True for the floats below 32 bits that `lowbit.decode_float` reads.
bool isSmallFloat(mlir::Type type);

/// True for uiN: its storage is extended with zeros.
bool isUnsignedCode(mlir::Type code);

/// True if the unpacked storage of the code could hold `zeroPoint`; the code
/// itself need not.
bool isZeroPointOf(mlir::Type code, int64_t zeroPoint);

/// One side of a product: codes, or `padding` in place of some, and what is
/// subtracted from each.
struct ShiftedCode {
  mlir::Type code;
  int64_t zeroPoint = 0;
  std::optional<int64_t> padding = std::nullopt;
  /// The largest |code - zeroPoint|.
  int64_t magnitude() const;
};

/// The largest |bias + sum| of `terms` products of an element of `lhs` and one
/// of `rhs`; INT64_MAX if it does not fit.
int64_t getProductBound(ShiftedCode lhs, ShiftedCode rhs, int64_t terms,
                        llvm::ArrayRef<int64_t> bias = {});

/// The smallest type that holds all of `codes`: bipolar, ternary, or the
/// narrowest siN or uiN. Null if 16 bits are not enough.
mlir::Type getNarrowestCode(mlir::MLIRContext *context,
                            llvm::ArrayRef<int64_t> codes);

} // namespace setun::lowbit

#endif // SETUN_DIALECTS_LOWBIT_CODETYPE_H
