// The search for a small add/sub network: which ways of sharing are tried, and
// under which budget.
#include "TermSums.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace llvm;

namespace setun {

void shareGroups(TermSums &system, int64_t width, WorkBudget &budget) {
  width = std::clamp<int64_t>(width, 1, std::max<int64_t>(system.inputs, 1));
  // The parts of each group, with the sign of their first term factored out.
  std::vector<std::map<std::vector<int64_t>, int32_t>> parts(
      (system.inputs + width - 1) / width);
  std::vector<int32_t> rows(system.sums.size());
  for (auto [index, row] : llvm::enumerate(rows)) {
    row = index;
    TermSums::Sum terms = std::move(system.sums[index]);
    llvm::sort(terms, [](Term a, Term b) { return a.value < b.value; });
    TermSums::Sum grouped;
    for (auto begin = terms.begin(); begin != terms.end();) {
      int64_t group = begin->value / width;
      auto end = std::find_if(begin, terms.end(), [&](Term term) {
        return term.value / width != group;
      });
      bool negative = begin->negative;
      std::vector<int64_t> key;
      TermSums::Sum part;
      for (Term term : llvm::make_range(begin, end)) {
        part.push_back(term.negatedIf(negative));
        key.push_back(2 * int64_t(term.value) + part.back().negative);
      }
      if (part.size() == 1) {
        grouped.push_back(*begin);
      } else {
        auto [entry, isNew] = parts[group].try_emplace(std::move(key), 0);
        if (isNew)
          entry->second = system.addSum(std::move(part));
        grouped.push_back({entry->second, negative});
      }
      begin = end;
    }
    system.sums[index] = std::move(grouped);
  }
  for (const auto &group : parts) {
    std::vector<int32_t> indices;
    for (const auto &[key, value] : group)
      indices.push_back(value - system.inputs);
    sharePairs(system, indices, budget);
  }
  sharePairs(system, rows, budget);
}

/// What all attempts together may cost, and the most that one may: a 784 x 192
/// matrix takes about two seconds.
static constexpr WorkBudget totalBudget = 1000 * 1000 * 1000;
static constexpr WorkBudget attemptBudget = totalBudget / 4;

namespace {

/// A way to share: on the matrix or its transposed form, in groups of inputs.
struct Attempt {
  bool transposed;
  int64_t width;
};

constexpr int64_t ungrouped = INT32_MAX;

/// Pairs over all inputs are best for sparse ternary matrices; in dense ones
/// nearly every part of a narrow group occurs and is worth to be built, up to
/// eight inputs in binary matrices. Most promising first.
constexpr Attempt attempts[] = {
    {true, ungrouped}, {false, ungrouped}, {true, 4}, {true, 8}, {true, 3},
    {false, 4},        {true, 5},          {true, 6}, {false, 3}};

} // namespace

AddSubNetwork buildAddSubNetwork(const TernaryMatrix &matrix) {
  TermSums direct = TermSums::fromMatrix(matrix);
  TermSums transposed = direct.transpose();
  TermSums best = direct;
  WorkBudget left = totalBudget;
  for (Attempt attempt : attempts) {
    TermSums system = attempt.transposed ? transposed : direct;
    WorkBudget given = std::min(left, attemptBudget), budget = given;
    shareGroups(system, attempt.width, budget);
    left -= given - budget;
    if (attempt.transposed)
      system = system.transpose();
    if (system.countAdders() < best.countAdders())
      best = std::move(system);
  }
  return best.toNetwork();
}

} // namespace setun
