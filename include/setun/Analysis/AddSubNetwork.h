// A constant matrix product as a network of two-operand additions and
// subtractions of shifted values: plain data, its proof against the matrix, and
// the search for a small one.
#ifndef SETUN_ANALYSIS_ADDSUBNETWORK_H
#define SETUN_ANALYSIS_ADDSUBNETWORK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace setun {

/// A signed power of two: +-2^shift.
struct SignedDigit {
  int32_t shift;
  bool negative;
};

/// The canonical signed digits of a number, lowest first: the fewest powers of
/// two that add up to it, no two of them neighbours. 7 = 8 - 1.
llvm::SmallVector<SignedDigit, 8> getSignedDigits(int64_t number);

/// A matrix [outputs][inputs] of weights of at most 8 bits, row-major.
struct IntegerMatrix {
  int64_t outputs;
  int64_t inputs;
  llvm::ArrayRef<int16_t> codes;

  int64_t at(int64_t output, int64_t input) const {
    return codes[output * inputs + input];
  }
  int64_t countNonzeros() const;
  /// Additions and subtractions without any sharing: for each output one less
  /// than its signed digits, and a negation where all of them are negative.
  int64_t countPlainAdders() const;
};

/// Values 0 .. inputs-1 are the inputs, value inputs+i is the result of node i.
/// A node reads only values before it.
struct AddSubNetwork {
  enum class Operation : uint8_t { Add, Subtract, Negate };
  /// (lhs << lhsShift) +- (rhs << rhsShift), or -lhs.
  struct Node {
    int32_t lhs;
    /// Unused by Negate.
    int32_t rhs;
    Operation operation;
    int8_t lhsShift = 0;
    int8_t rhsShift = 0;
  };
  /// The output that is constantly 0.
  static constexpr int32_t zero = -1;
  /// value << shift.
  struct Output {
    int32_t value = zero;
    int8_t shift = 0;
  };

  int64_t inputs = 0;
  std::vector<Node> nodes;
  std::vector<Output> outputs;

  int64_t countAdders() const { return nodes.size(); }
  int64_t countNegations() const;
  /// The most nodes one after another; shifts take no time.
  int64_t getDepth() const;

  /// Evaluates every node on all unit vectors, that is, finds its coefficient
  /// of every input. The error names the first output that differs from its row
  /// of the matrix, or a value, shifted or not, that inputs of at most
  /// `maxInput` could drive beyond `maxValue`.
  llvm::Error prove(const IntegerMatrix &matrix, int64_t maxInput,
                    int64_t maxValue) const;
};

struct AddSubOptions {
  /// The most nodes one after another, 0 for any number. Where the network
  /// without sharing is deeper, its depth.
  int64_t maxDepth = 0;
  /// How long a network is improved: a multiple of what is worth it in every
  /// compilation.
  int64_t effort = 1;
};

/// Searches for a network with few adders: several ways to share common
/// subexpressions are tried, the smallest result is improved by taking parts of
/// it apart and sharing again. Deterministic; bounded by counted work, not by
/// time.
AddSubNetwork buildAddSubNetwork(const IntegerMatrix &matrix,
                                 AddSubOptions options = {});

} // namespace setun

#endif // SETUN_ANALYSIS_ADDSUBNETWORK_H
