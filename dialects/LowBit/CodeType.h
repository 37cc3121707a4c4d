// The code types: which integers a low-bit element type holds and how it is
// stored.
#ifndef SETUN_DIALECTS_LOWBIT_CODETYPE_H
#define SETUN_DIALECTS_LOWBIT_CODETYPE_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/iterator.h"

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

/// What is known of some codes; min > max if there are none.
struct CodeSet {
  int64_t min = INT64_MAX, max = INT64_MIN;
  bool hasZero = false;

  void insert(int64_t code) {
    min = std::min(min, code);
    max = std::max(max, code);
    hasZero |= code == 0;
  }
};

/// The codes of an unpacked constant, read where they are stored: constants of
/// big models are not copied to look at them.
class CodeArray {
public:
  CodeArray(llvm::ArrayRef<char> bytes, mlir::Type code);

  int64_t size() const { return count; }
  int64_t operator[](int64_t i) const {
    if (isWide) {
      const unsigned char *at = data + 2 * i;
      uint16_t word = uint16_t(at[0] | at[1] << 8);
      return isUnsigned ? int64_t(word) : int64_t(int16_t(word));
    }
    return isUnsigned ? int64_t(data[i]) : int64_t(int8_t(data[i]));
  }
  CodeArray slice(int64_t first, int64_t length) const;
  CodeSet getSet() const;

  class Iterator
      : public llvm::iterator_facade_base<Iterator, std::forward_iterator_tag,
                                          int64_t, std::ptrdiff_t,
                                          const int64_t *, int64_t> {
  public:
    Iterator(const CodeArray &codes, int64_t at) : codes(&codes), at(at) {}
    bool operator==(const Iterator &other) const { return at == other.at; }
    int64_t operator*() const { return (*codes)[at]; }
    Iterator &operator++() {
      ++at;
      return *this;
    }

  private:
    const CodeArray *codes;
    int64_t at;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, count}; }

private:
  const unsigned char *data;
  int64_t count;
  bool isWide, isUnsigned;
};

/// The smallest type that holds all codes: bipolar, ternary, or the narrowest
/// siN or uiN. Null if 16 bits are not enough.
mlir::Type getNarrowestCode(mlir::MLIRContext *context, const CodeSet &codes);
mlir::Type getNarrowestCode(mlir::MLIRContext *context,
                            llvm::ArrayRef<int64_t> codes);

} // namespace setun::lowbit

#endif // SETUN_DIALECTS_LOWBIT_CODETYPE_H
