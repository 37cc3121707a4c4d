// The search for a small add/sub network: which ways of sharing are tried, and
// under which budget.
#include "TermSums.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

using namespace llvm;

namespace setun {

void shareGroups(TermSums &system, int64_t width, WorkBudget &budget) {
  width = std::clamp<int64_t>(width, 1, std::max<int64_t>(system.inputs, 1));
  // The parts of each group, with the sign of their first term and the shift
  // of all factored out.
  std::vector<std::map<std::vector<int64_t>, int32_t>> parts(
      (system.inputs + width - 1) / width);
  std::vector<int32_t> rows(system.sums.size());
  for (auto [index, row] : llvm::enumerate(rows)) {
    row = index;
    TermSums::Sum terms = std::move(system.sums[index]);
    llvm::sort(terms, [](Term a, Term b) {
      return std::tie(a.value, a.shift) < std::tie(b.value, b.shift);
    });
    TermSums::Sum grouped;
    for (auto begin = terms.begin(); begin != terms.end();) {
      int64_t group = begin->value / width;
      auto end = std::find_if(begin, terms.end(), [&](Term term) {
        return term.value / width != group;
      });
      bool negative = begin->negative;
      int8_t shift = begin->shift;
      for (Term term : llvm::make_range(begin, end))
        shift = std::min(shift, term.shift);
      std::vector<int64_t> key;
      TermSums::Sum part;
      for (Term term : llvm::make_range(begin, end)) {
        part.push_back({term.value, term.negative != negative,
                        int8_t(term.shift - shift)});
        key.push_back((int64_t(term.value) << 8) + 2 * part.back().shift +
                      part.back().negative);
      }
      if (part.size() == 1) {
        grouped.push_back(*begin);
      } else {
        auto [entry, isNew] = parts[group].try_emplace(std::move(key), 0);
        if (isNew)
          entry->second = system.addSum(std::move(part));
        grouped.push_back({entry->second, negative, shift});
      }
      begin = end;
    }
    system.sums[index] = std::move(grouped);
  }
  for (const auto &group : parts) {
    std::vector<int32_t> indices;
    for (const auto &[key, value] : group)
      indices.push_back(value - system.inputs);
    sharePairs(system, indices, {}, budget);
  }
  sharePairs(system, rows, {}, budget);
}

namespace {

/// What all first attempts together may cost, and the most that one may: a
/// 784 x 192 matrix takes about two seconds.
constexpr WorkBudget totalBudget = 1000 * 1000 * 1000;
constexpr WorkBudget attemptBudget = totalBudget / 4;
/// What improving the best of them may cost, absolutely and in attempts.
constexpr WorkBudget refinementBudget = 1000 * 1000 * 1000;
constexpr WorkBudget refinementAttempts = 4000;

/// A way to share: on the matrix or its transposed form, in groups of inputs.
struct Attempt {
  bool transposed;
  int64_t width;
};

constexpr int64_t ungrouped = INT32_MAX;
/// Sums of sums have no groups of inputs.
constexpr int64_t allSums = 0;

/// Pairs over all inputs are best for sparse ternary matrices; in dense ones
/// nearly every part of a narrow group occurs and is worth to be built, up to
/// eight inputs in binary matrices. Most promising first.
constexpr Attempt attempts[] = {
    {true, ungrouped}, {false, ungrouped}, {true, 4}, {true, 8}, {true, 3},
    {false, 4},        {true, 5},          {true, 6}, {false, 3}};

class NetworkSearch {
public:
  NetworkSearch(const IntegerMatrix &matrix, AddSubOptions options)
      : matrix(matrix), plain(TermSums::fromMatrix(matrix)), best(plain),
        effort(std::clamp<int64_t>(options.effort, 0, 1000)) {
    adders = best.countAdders();
    if (options.maxDepth > 0)
      maxDepth = std::max<int64_t>(
          std::min<int64_t>(options.maxDepth, INT32_MAX), plain.getDepth());
  }

  TermSums run() {
    shareFromScratch();
    refine();
    return std::move(best);
  }

private:
  void shareFromScratch();
  void refine();
  /// Keeps it if it is no worse.
  bool offer(TermSums system);
  /// The best, each sum taken apart with this probability out of 1024.
  TermSums takeApart(uint64_t probability);
  uint64_t getRandom() {
    // splitmix64
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  const IntegerMatrix &matrix;
  TermSums plain;
  TermSums best;
  int64_t adders;
  int64_t effort;
  int32_t maxDepth = 0;
  /// What the cheaper of the first attempts took.
  WorkBudget attemptCost = attemptBudget;
  uint64_t state = 1;
};

bool NetworkSearch::offer(TermSums system) {
  int64_t count = system.countAdders();
  if (count > adders || (maxDepth && system.getDepth() > maxDepth))
    return false;
  adders = count;
  best = std::move(system);
  return true;
}

void NetworkSearch::shareFromScratch() {
  WorkBudget left = totalBudget;
  auto attempt = [&](TermSums system, bool transposed, int64_t width) {
    WorkBudget given = std::min(left, attemptBudget), budget = given;
    if (transposed)
      system = system.transpose();
    if (width == allSums)
      sharePairs(system, {transposed ? 0 : maxDepth}, budget);
    else
      shareGroups(system, width, budget);
    left -= given - budget;
    attemptCost = std::min(attemptCost, given - budget);
    if (transposed)
      system = system.simplify().transpose();
    offer(system.simplify());
  };
  if (maxDepth)
    attempt(plain, /*transposed=*/false, allSums);
  for (Attempt each : attempts)
    attempt(plain, each.transposed, each.width);
  // A tree over the rows reads the matrix once for each pair of them.
  int64_t side = matrix.outputs;
  if (side * side * matrix.inputs * 16 > left / 8)
    return;
  left -= side * side * matrix.inputs * 16;
  TermSums differences = TermSums::fromDifferences(matrix);
  if (differences.countAdders() < plain.countAdders())
    for (bool transposed : {false, true})
      attempt(differences.simplify(), transposed, allSums);
}

TermSums NetworkSearch::takeApart(uint64_t probability) {
  std::vector<bool> inlined(best.sums.size());
  for (size_t index = 0; index < inlined.size(); ++index)
    inlined[index] = getRandom() % 1024 < probability;
  return best.inlineSums(std::move(inlined));
}

/// Takes a random part of the sums apart and shares what results anew, pairs of
/// terms or, in the transposed form, of uses. Equally good results are taken,
/// too, so that the search does not stand still. Small parts improve a good
/// network more often than large ones.
void NetworkSearch::refine() {
  WorkBudget left =
      effort * std::min(refinementBudget, refinementAttempts * attemptCost);
  constexpr uint64_t probabilities[] = {16, 32, 64, 128, 256};
  while (left > 0) {
    TermSums system =
        takeApart(probabilities[getRandom() % std::size(probabilities)]);
    bool transposed = getRandom() % 2;
    // A sum with one user only would be the same use twice there.
    if (transposed)
      system = system.simplify().transpose();
    WorkBudget budget = left;
    SharingOptions options;
    options.maxDepth = transposed ? 0 : maxDepth;
    options.seed = getRandom() | 1;
    sharePairs(system, options, budget);
    // Copying and sorting, too.
    left = budget - 200 * (system.inputs + int64_t(system.sums.size()));
    if (transposed)
      system = system.simplify().transpose();
    if (system.countAdders() <= adders)
      offer(system.simplify());
  }
}

} // namespace

AddSubNetwork buildAddSubNetwork(const IntegerMatrix &matrix,
                                 AddSubOptions options) {
  return NetworkSearch(matrix, options).run().toNetwork();
}

} // namespace setun
