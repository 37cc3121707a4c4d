// A constant matrix product as a network of two-operand additions and
// subtractions: plain data, its proof against the matrix, and the search for a
// small one.
#ifndef SETUN_LIB_TRANSFORMS_ADDSUBNETWORK_H
#define SETUN_LIB_TRANSFORMS_ADDSUBNETWORK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace setun {

/// A matrix [outputs][inputs] of the weights -1, 0, +1, row-major.
struct TernaryMatrix {
  int64_t outputs;
  int64_t inputs;
  llvm::ArrayRef<int8_t> codes;

  int8_t at(int64_t output, int64_t input) const {
    return codes[output * inputs + input];
  }
  int64_t countNonzeros() const;
  /// Additions and subtractions without any sharing: for each output one less
  /// than its nonzeros, and a negation where all of them are -1.
  int64_t countPlainAdders() const;
};

/// Values 0 .. inputs-1 are the inputs, value inputs+i is the result of node i.
/// A node reads only values before it.
struct AddSubNetwork {
  enum class Operation : uint8_t { Add, Subtract, Negate };
  struct Node {
    int32_t lhs;
    /// Unused by Negate.
    int32_t rhs;
    Operation operation;
  };
  /// The output that is constantly 0.
  static constexpr int32_t zero = -1;

  int64_t inputs = 0;
  std::vector<Node> nodes;
  /// Which value each output is, or `zero`.
  std::vector<int32_t> outputs;

  int64_t countAdders() const { return nodes.size(); }

  /// Evaluates every node on all unit vectors, that is, finds its coefficient
  /// of every input. The error names the first output that differs from its row
  /// of the matrix, or a value that inputs of at most `maxInput` could drive
  /// beyond `maxValue`.
  llvm::Error prove(const TernaryMatrix &matrix, int64_t maxInput,
                    int64_t maxValue) const;
};

/// Searches for a network with few adders: several ways to share common
/// subexpressions are tried, the smallest result is kept. Deterministic;
/// bounded by counted work, not by time.
AddSubNetwork buildAddSubNetwork(const TernaryMatrix &matrix);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_ADDSUBNETWORK_H
