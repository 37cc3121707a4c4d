// Greedy two-term common-subexpression elimination: the core of the search for
// small add/sub networks.
//
// For each value and each shift two bit sets over the sums say where it is
// added and where it is subtracted. How often a pair occurs is then a few word
// operations, so no table of counts has to be kept up to date: a queue holds
// upper bounds (a count only falls after its pair appeared) and the count is
// taken again when a pair gets to the front.
#include "TermSums.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace llvm;

namespace setun {
namespace {

/// What else a look at a pair costs, in words.
constexpr WorkBudget overhead = 6;
/// The most words of bit sets: 256 MiB.
constexpr int64_t maxBitWords = int64_t(1) << 25;
/// Deeper networks are not limited.
constexpr int32_t maxLimit = 60;

class PairSharing {
public:
  PairSharing(TermSums &system, ArrayRef<int32_t> sumIndices,
              SharingOptions options, WorkBudget &budget);
  void run();

private:
  /// a + b * 2^shift, or a - b * 2^shift; `shift` may be negative. a == b only
  /// with a positive shift.
  struct Pair {
    int32_t a, b;
    int32_t shift;
    bool opposite;
  };
  /// Where a pair stands: a at this shift of the row.
  struct Match {
    int32_t row;
    int32_t shift;
  };

  /// False if they would be too large.
  bool fillBitSets();
  void limitDepths();
  /// Lets sums become deeper where their users have space, at random.
  void spreadSpace();
  int32_t addColumn(int32_t value, int32_t depth);
  uint64_t *getBits(int32_t column, int32_t shift, bool negative) {
    return &bits[(int64_t(column) * 2 * shifts + 2 * shift + negative) * words];
  }
  void flipBit(int32_t column, int64_t row, Term term) {
    getBits(column, term.shift, term.negative)[row / 64] ^= uint64_t(1)
                                                            << row % 64;
  }
  /// A linear congruential generator; its high bits are good enough here.
  uint64_t getRandom() {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return random >> 33;
  }
  /// How much fuller the rows get with the pair, see `space`.
  int64_t getGrowth(const Pair &pair) const;
  /// The matches of one word of rows at one shift, not looking at depths.
  uint64_t getMatches(const Pair &pair, int32_t shift, size_t w);
  template <typename Function>
  void forEachWord(const Pair &pair, Function function);
  int64_t countMatches(const Pair &pair);
  /// As many as were counted.
  std::vector<Match> findMatches(const Pair &pair);
  void push(const Pair &pair, int64_t count);
  Pair pop(int64_t count);
  /// False if counting them is beyond the budget.
  bool pushInitialPairs();
  /// The same for sparse rows.
  void pushPairsOfRows();
  /// Counts the columns <= `last` of a row beside one of that sign and shift.
  void countBeside(const TermSums::Sum &terms, Term of, int32_t last);
  /// Queues the pairs of `column` and the columns counted beside it.
  void pushTouched(int32_t column);
  void replace(const Pair &pair);
  /// Takes one match of the pair out of the row, puts in the new column and
  /// counts what that now stands beside.
  void replaceInRow(const Pair &pair, int32_t newColumn, Match match);

  TermSums &system;
  ArrayRef<int32_t> sumIndices;
  SharingOptions options;
  WorkBudget &budget;
  /// The sums; their terms name columns, not values.
  std::vector<TermSums::Sum> rows;
  size_t words;
  /// One more than the largest shift.
  int32_t shifts = 1;
  /// Per column: the value, and for each shift `words` words of plus bits and
  /// as many minus bits.
  std::vector<int32_t> values;
  std::vector<uint64_t> bits;
  /// With a limit, 2^limit - sum 2^depth of each row: a balanced tree stays
  /// within the limit as long as this is not negative.
  std::vector<int64_t> space;
  std::vector<int32_t> depths;
  /// Rows that were matched, with what they will lose, during one count.
  DenseMap<int32_t, int64_t> taken;
  /// For pairs of a column with itself: second digits of matches.
  std::vector<uint64_t> second;
  /// Pairs by an upper bound of their count.
  std::vector<std::vector<Pair>> queue;
  /// Counts of the new column beside each other column, by shift and sign.
  std::vector<int32_t> beside;
  std::vector<int64_t> touched;
  uint64_t random;
};

PairSharing::PairSharing(TermSums &system, ArrayRef<int32_t> sumIndices,
                         SharingOptions options, WorkBudget &budget)
    : system(system), sumIndices(sumIndices), options(options), budget(budget),
      words((sumIndices.size() + 63) / 64), random(options.seed) {
  std::vector<int32_t> columnOf(system.inputs + system.sums.size(), -1);
  for (int32_t index : sumIndices) {
    rows.push_back(system.sums[index]);
    for (Term &term : rows.back()) {
      int32_t &column = columnOf[term.value];
      if (column < 0) {
        column = values.size();
        values.push_back(term.value);
      }
      term.value = column;
      shifts = std::max(shifts, term.shift + 1);
    }
  }
  // A pair can stand in a row once at each shift.
  queue.resize(sumIndices.size() * shifts + 1);
}

bool PairSharing::fillBitSets() {
  size_t size = 2 * words * shifts;
  if (int64_t(values.size() * size) > maxBitWords)
    return false;
  budget -= values.size() * size;
  bits.assign(values.size() * size, 0);
  beside.assign(values.size() * 4 * shifts, 0);
  for (auto [row, terms] : llvm::enumerate(rows))
    for (Term term : terms)
      flipBit(term.value, row, term);
  return true;
}

/// Rows that are outputs only may become as deep as the limit, others keep the
/// depth that their users rely on.
void PairSharing::limitDepths() {
  std::vector<int32_t> depthOf = system.getDepths();
  std::vector<bool> isUsed(depthOf.size(), false);
  for (const TermSums::Sum &sum : system.sums)
    for (Term term : sum)
      isUsed[term.value] = true;
  for (int32_t value : values)
    depths.push_back(depthOf[value]);
  for (auto [row, index] : llvm::enumerate(sumIndices)) {
    int32_t value = system.inputs + index;
    int32_t limit = isUsed[value] ? depthOf[value] : options.maxDepth;
    space.push_back(int64_t(1) << std::min(limit, maxLimit));
    for (Term term : rows[row])
      space.back() -= int64_t(1) << std::min(depths[term.value], maxLimit);
  }
}

void PairSharing::spreadSpace() {
  std::vector<std::vector<int32_t>> usersOf(values.size());
  for (auto [row, terms] : llvm::enumerate(rows))
    for (Term term : terms)
      usersOf[term.value].push_back(row);
  std::vector<int32_t> columnOf(system.sums.size(), -1);
  for (auto [column, value] : llvm::enumerate(values))
    if (value >= system.inputs)
      columnOf[value - system.inputs] = column;
  // Users first: then their space is final.
  std::vector<int32_t> order = system.getTopologicalOrder();
  for (int32_t index : llvm::reverse(order)) {
    int32_t column = columnOf[index];
    if (column < 0 || depths[column] >= maxLimit)
      continue;
    int64_t growth = int64_t(1) << depths[column];
    bool fits = getRandom() % 2;
    taken.clear();
    for (int32_t row : usersOf[column])
      fits &= (taken[row] += growth) <= space[row];
    if (!fits)
      continue;
    for (int32_t row : usersOf[column])
      space[row] -= growth;
    ++depths[column];
    // Rows are the sums in their order here.
    space[index] += growth;
  }
}

int32_t PairSharing::addColumn(int32_t value, int32_t depth) {
  values.push_back(value);
  if (options.maxDepth)
    depths.push_back(depth);
  bits.resize(bits.size() + 2 * words * shifts, 0);
  beside.resize(beside.size() + 4 * shifts, 0);
  // Sixteen times its size, which also bounds the memory of all of them.
  budget -= 32 * words * shifts;
  return values.size() - 1;
}

int64_t PairSharing::getGrowth(const Pair &pair) const {
  if (!options.maxDepth)
    return 0;
  int32_t a = std::min(depths[pair.a], maxLimit);
  int32_t b = std::min(depths[pair.b], maxLimit);
  return (int64_t(2) << std::max(a, b)) - (int64_t(1) << a) - (int64_t(1) << b);
}

uint64_t PairSharing::getMatches(const Pair &pair, int32_t shift, size_t w) {
  int32_t other = shift + pair.shift;
  uint64_t matches = (getBits(pair.a, shift, false)[w] &
                      getBits(pair.b, other, pair.opposite)[w]) |
                     (getBits(pair.a, shift, true)[w] &
                      getBits(pair.b, other, !pair.opposite)[w]);
  if (pair.a != pair.b)
    return matches;
  // A digit that was taken as the second of a pair cannot be the first of
  // another. From low to high, this takes as many pairs as possible.
  matches &= ~second[shift * words + w];
  second[other * words + w] |= matches;
  return matches;
}

/// Calls `function(matches, shift, w)`.
template <typename Function>
void PairSharing::forEachWord(const Pair &pair, Function function) {
  if (pair.a == pair.b)
    second.assign(words * shifts, 0);
  int32_t begin = std::max(0, -pair.shift);
  int32_t end = std::min(shifts, shifts - pair.shift);
  for (int32_t shift = begin; shift < end; ++shift)
    for (size_t w = 0; w < words; ++w)
      if (uint64_t matches = getMatches(pair, shift, w))
        function(matches, shift, w);
  budget -= std::max(end - begin, 1) * words + overhead;
}

int64_t PairSharing::countMatches(const Pair &pair) {
  if (getGrowth(pair) != 0)
    return findMatches(pair).size();
  int64_t count = 0;
  forEachWord(pair, [&](uint64_t matches, int32_t, size_t) {
    count += llvm::popcount(matches);
  });
  return count;
}

std::vector<PairSharing::Match> PairSharing::findMatches(const Pair &pair) {
  std::vector<Match> found;
  int64_t growth = getGrowth(pair);
  taken.clear();
  forEachWord(pair, [&](uint64_t matches, int32_t shift, size_t w) {
    for (; matches; matches &= matches - 1) {
      int32_t row = w * 64 + llvm::countr_zero(matches);
      if (growth != 0) {
        int64_t &loss = taken[row];
        if (loss + growth > space[row])
          continue;
        loss += growth;
      }
      found.push_back({row, shift});
    }
  });
  return found;
}

void PairSharing::push(const Pair &pair, int64_t count) {
  if (count >= 2)
    queue[count].push_back(pair);
}

PairSharing::Pair PairSharing::pop(int64_t count) {
  std::vector<Pair> &pairs = queue[count];
  if (options.seed != 0) {
    std::swap(pairs[getRandom() % pairs.size()], pairs.back());
  }
  Pair pair = pairs.back();
  pairs.pop_back();
  return pair;
}

bool PairSharing::pushInitialPairs() {
  // Either the bit sets of all pairs are read, or the rows of each column.
  WorkBudget columns = values.size();
  WorkBudget bitCost = columns * columns * shifts * 2 *
                       (WorkBudget(words) * (shifts + 1) / 2 + overhead);
  WorkBudget rowCost = columns;
  for (const TermSums::Sum &terms : rows)
    rowCost += 2 * terms.size() * terms.size();
  if (std::min(bitCost, rowCost) > budget)
    return false;
  if (rowCost < bitCost) {
    pushPairsOfRows();
    return true;
  }
  for (int32_t a = 0; a < columns; ++a)
    for (int32_t b = a; b < columns; ++b)
      for (int32_t shift = a == b ? 1 : 1 - shifts; shift < shifts; ++shift)
        for (bool opposite : {false, true}) {
          Pair pair{a, b, shift, opposite};
          push(pair, countMatches(pair));
        }
  return true;
}

void PairSharing::pushPairsOfRows() {
  // All terms by column: a counting sort.
  std::vector<int32_t> ends(values.size() + 1, 0);
  for (const TermSums::Sum &terms : rows)
    for (Term term : terms)
      ++ends[term.value + 1];
  for (size_t column = 0; column < values.size(); ++column)
    ends[column + 1] += ends[column];
  std::vector<std::pair<int32_t, Term>> entries(ends.back());
  std::vector<int32_t> next = ends;
  for (auto [row, terms] : llvm::enumerate(rows))
    for (Term term : terms)
      entries[next[term.value]++] = {int32_t(row), term};
  for (size_t column = 0; column < values.size(); ++column) {
    for (int32_t i = ends[column]; i < ends[column + 1]; ++i)
      countBeside(rows[entries[i].first], entries[i].second, /*last=*/column);
    pushTouched(column);
  }
}

/// The counts stand under the pair {other, of.value}; where both are the same
/// column, every pair is seen from its higher digit only.
void PairSharing::countBeside(const TermSums::Sum &terms, Term of,
                              int32_t last) {
  for (Term term : terms) {
    if (term.value > last)
      continue;
    int32_t shift = of.shift - term.shift;
    if (term.value == of.value && shift <= 0)
      continue;
    int64_t place = int64_t(term.value) * 4 * shifts + 2 * (shift + shifts) +
                    (term.negative != of.negative);
    if (beside[place]++ == 0)
      touched.push_back(place);
  }
  budget -= terms.size();
}

void PairSharing::pushTouched(int32_t column) {
  llvm::sort(touched);
  for (int64_t place : touched) {
    int32_t shift = place % (4 * shifts) / 2 - shifts;
    push({int32_t(place / (4 * shifts)), column, shift, place % 2 != 0},
         std::exchange(beside[place], 0));
  }
  budget -= touched.size() * overhead;
  touched.clear();
}

void PairSharing::replaceInRow(const Pair &pair, int32_t newColumn,
                               Match match) {
  TermSums::Sum &terms = rows[match.row];
  auto take = [&](int32_t column, int32_t shift) {
    auto found = llvm::find_if(terms, [&](Term term) {
      return term.value == column && term.shift == shift;
    });
    Term term = *found;
    terms.erase(found);
    flipBit(column, match.row, term);
    return term;
  };
  Term a = take(pair.a, match.shift);
  Term b = take(pair.b, match.shift + pair.shift);
  Term sum{newColumn, a.negative, std::min(a.shift, b.shift)};
  countBeside(terms, sum, /*last=*/newColumn);
  terms.push_back(sum);
  flipBit(newColumn, match.row, sum);
  if (options.maxDepth)
    space[match.row] -= getGrowth(pair);
}

/// .. + a + b .. - a - b ..  ->  n = a + b;  .. + n .. - n ..
void PairSharing::replace(const Pair &pair) {
  int8_t left = std::max(0, -pair.shift), right = std::max(0, pair.shift);
  int32_t sum = system.addSum(
      {{values[pair.a], false, left}, {values[pair.b], pair.opposite, right}});
  std::vector<Match> matches = findMatches(pair);
  int32_t depth =
      options.maxDepth ? std::max(depths[pair.a], depths[pair.b]) + 1 : 0;
  int32_t column = addColumn(sum, depth);
  for (Match match : matches)
    replaceInRow(pair, column, match);
  pushTouched(column);
}

void PairSharing::run() {
  if (!fillBitSets())
    return;
  if (options.maxDepth)
    limitDepths();
  if (options.maxDepth && options.seed != 0 &&
      sumIndices.size() == system.sums.size())
    spreadSpace();
  if (!pushInitialPairs())
    return;
  for (int64_t bound = int64_t(queue.size()) - 1; bound >= 2 && budget > 0;) {
    if (queue[bound].empty()) {
      --bound;
      continue;
    }
    Pair pair = pop(bound);
    int64_t count = countMatches(pair);
    if (count == bound)
      replace(pair);
    else
      push(pair, count);
  }
  for (auto [row, index] : llvm::enumerate(sumIndices)) {
    for (Term &term : rows[row])
      term.value = values[term.value];
    system.sums[index] = std::move(rows[row]);
  }
}

} // namespace

void sharePairs(TermSums &system, ArrayRef<int32_t> sumIndices,
                SharingOptions options, WorkBudget &budget) {
  PairSharing(system, sumIndices, options, budget).run();
}

void sharePairs(TermSums &system, SharingOptions options, WorkBudget &budget) {
  std::vector<int32_t> all(system.sums.size());
  for (auto [index, sum] : llvm::enumerate(all))
    sum = index;
  sharePairs(system, all, options, budget);
}

} // namespace setun
