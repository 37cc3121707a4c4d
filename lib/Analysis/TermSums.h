// Sums of signed values, the form in which common subexpressions are shared
// before a network of two-operand nodes is made of them.
#ifndef SETUN_LIB_ANALYSIS_TERMSUMS_H
#define SETUN_LIB_ANALYSIS_TERMSUMS_H

#include "setun/Analysis/AddSubNetwork.h"

namespace setun {

/// A value times +-2^shift.
struct Term {
  int32_t value;
  bool negative;
  int8_t shift = 0;

  Term negatedIf(bool condition) const {
    return {value, negative != condition, shift};
  }
  /// The same multiple of another multiple.
  Term of(Term inner) const {
    return {inner.value, inner.negative != negative,
            int8_t(inner.shift + shift)};
  }
};

/// Value i < inputs is an input, value inputs+i is sums[i]. Sums may be listed
/// in any order; none depends on itself.
struct TermSums {
  using Sum = llvm::SmallVector<Term, 4>;

  int64_t inputs = 0;
  std::vector<Sum> sums;
  /// Each output, or AddSubNetwork::zero as its value.
  std::vector<Term> outputs;

  /// One sum per row of the matrix that has more than one signed digit.
  static TermSums fromMatrix(const IntegerMatrix &matrix);

  /// As above, but a row may start from a multiple of another row where their
  /// difference has fewer digits: the edges of a minimum spanning tree over
  /// rows and 0.
  static TermSums fromDifferences(const IntegerMatrix &matrix);

  /// Additions that the sums take; negations of outputs are not in it.
  int64_t countAdders() const;

  /// Appends a sum and returns its value.
  int32_t addSum(Sum sum);

  /// The indices of all sums, operands before their users.
  std::vector<int32_t> getTopologicalOrder() const;

  /// Depth of every value in two-operand nodes, sums as balanced trees.
  std::vector<int32_t> getDepths() const;
  int32_t getDepth() const;

  /// Puts the terms of the given sums into their users and drops them. Terms of
  /// the same value are added up.
  TermSums inlineSums(std::vector<bool> inlined) const;

  /// Without sums that are not used, used by one sum only, or have one term.
  TermSums simplify() const;

  /// The sums that compute the transposed matrix: every value becomes the sum
  /// of its uses, every use turns round. Additions change by inputs - outputs
  /// only, so sharing in the transposed form is as good as here.
  TermSums transpose() const;

  /// Two-operand nodes, sums as balanced trees, in an order that keeps a value
  /// near its first use.
  AddSubNetwork toNetwork() const;
};

/// Work that a search may still do, in machine words touched. Counted, not
/// timed, so that the result is the same everywhere.
using WorkBudget = int64_t;

struct SharingOptions {
  /// The most nodes one after another that sharing may lead to, or 0.
  int32_t maxDepth = 0;
  /// Ties: the pair that was found last for 0, else random.
  uint64_t seed = 0;
};

/// Replaces the most frequent pair a + b * 2^s or a - b * 2^s within the given
/// sums by a new sum, again and again, until no pair occurs twice or the budget
/// is spent.
void sharePairs(TermSums &system, llvm::ArrayRef<int32_t> sumIndices,
                SharingOptions options, WorkBudget &budget);
/// Within all sums.
void sharePairs(TermSums &system, SharingOptions options, WorkBudget &budget);

/// Cuts the inputs into groups of `width` and replaces, in all sums, what they
/// take from one group by one value; equal parts up to sign are made once.
/// Shares pairs within the parts of each group, then between the sums.
void shareGroups(TermSums &system, int64_t width, WorkBudget &budget);

} // namespace setun

#endif // SETUN_LIB_ANALYSIS_TERMSUMS_H
