// Greedy two-term common-subexpression elimination: the core of the search for
// small add/sub networks.
//
// For each value two bit sets over the sums say where it is added and where it
// is subtracted. How often a pair occurs is then a few word operations, so no
// table of counts has to be kept up to date: a queue holds upper bounds (a
// count only falls after its pair appeared) and the count is taken again when a
// pair gets to the front.
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

class PairSharing {
public:
  PairSharing(TermSums &system, ArrayRef<int32_t> sumIndices,
              WorkBudget &budget);
  void run();

private:
  /// Two columns, added (or subtracted) together, or with opposite signs.
  struct Pair {
    int32_t a, b;
    bool opposite;
  };

  /// False if they would be too large.
  bool fillBitSets();
  int32_t addColumn(int32_t value);
  void setBit(int32_t column, int64_t row, bool negative);
  void clearBit(int32_t column, int64_t row);
  /// The rows with the pair, as bits of word `w`.
  uint64_t getMatches(const Pair &pair, size_t w) const;
  int64_t countMatches(const Pair &pair);
  void push(const Pair &pair, int64_t count);
  /// False if counting them is beyond the budget.
  bool pushInitialPairs();
  /// The same for sparse rows.
  void pushPairsOfRows();
  /// Counts the columns `< before` of a row beside one of that sign.
  void countBeside(const TermSums::Sum &terms, bool negative, int32_t before);
  /// Queues the pairs of `column` and the columns counted beside it.
  void pushTouched(int32_t column);
  void replace(const Pair &pair);
  /// Takes both columns of the pair out of the row, puts in the new one and
  /// counts what the new one now stands beside.
  void replaceInRow(const Pair &pair, int32_t newColumn, int64_t row);

  TermSums &system;
  ArrayRef<int32_t> sumIndices;
  WorkBudget &budget;
  /// The sums; their terms name columns, not values.
  std::vector<TermSums::Sum> rows;
  size_t words;
  /// Per column: the value, `words` words of plus bits and as many minus bits.
  std::vector<int32_t> values;
  std::vector<std::vector<uint64_t>> bits;
  /// Pairs by an upper bound of their count.
  std::vector<std::vector<Pair>> queue;
  /// Counts of the new column beside each other column, same and opposite sign.
  std::vector<std::pair<int32_t, int32_t>> beside;
  std::vector<int32_t> touched;
};

PairSharing::PairSharing(TermSums &system, ArrayRef<int32_t> sumIndices,
                         WorkBudget &budget)
    : system(system), sumIndices(sumIndices), budget(budget),
      words((sumIndices.size() + 63) / 64), queue(sumIndices.size() + 1) {
  DenseMap<int32_t, int32_t> columnOf;
  for (int32_t index : sumIndices) {
    rows.push_back(system.sums[index]);
    for (Term &term : rows.back()) {
      auto [entry, isNew] = columnOf.try_emplace(term.value, values.size());
      if (isNew)
        values.push_back(term.value);
      term.value = entry->second;
    }
  }
}

bool PairSharing::fillBitSets() {
  if (int64_t(values.size() * 2 * words) > maxBitWords)
    return false;
  bits.assign(values.size(), std::vector<uint64_t>(2 * words, 0));
  beside.assign(values.size(), {0, 0});
  for (auto [row, terms] : llvm::enumerate(rows))
    for (Term term : terms)
      setBit(term.value, row, term.negative);
  return true;
}

int32_t PairSharing::addColumn(int32_t value) {
  values.push_back(value);
  bits.emplace_back(2 * words, 0);
  beside.push_back({0, 0});
  // Sixteen times its size, which also bounds the memory of all of them.
  budget -= 32 * words;
  return values.size() - 1;
}

void PairSharing::setBit(int32_t column, int64_t row, bool negative) {
  bits[column][row / 64 + (negative ? words : 0)] |= uint64_t(1) << row % 64;
}

void PairSharing::clearBit(int32_t column, int64_t row) {
  uint64_t others = ~(uint64_t(1) << row % 64);
  bits[column][row / 64] &= others;
  bits[column][row / 64 + words] &= others;
}

uint64_t PairSharing::getMatches(const Pair &pair, size_t w) const {
  const uint64_t *a = bits[pair.a].data(), *b = bits[pair.b].data();
  uint64_t plus = pair.opposite ? b[w + words] : b[w];
  uint64_t minus = pair.opposite ? b[w] : b[w + words];
  return (a[w] & plus) | (a[w + words] & minus);
}

int64_t PairSharing::countMatches(const Pair &pair) {
  int64_t count = 0;
  for (size_t w = 0; w < words; ++w)
    count += llvm::popcount(getMatches(pair, w));
  budget -= words + overhead;
  return count;
}

void PairSharing::push(const Pair &pair, int64_t count) {
  if (count >= 2)
    queue[count].push_back(pair);
}

bool PairSharing::pushInitialPairs() {
  // Either the bit sets of all pairs are read, or the rows of each column.
  WorkBudget columns = values.size();
  WorkBudget bitCost = columns * columns * (WorkBudget(words) + overhead);
  WorkBudget rowCost = columns * columns / 64;
  for (const TermSums::Sum &terms : rows)
    rowCost += terms.size() * terms.size();
  if (std::min(bitCost, rowCost) > budget)
    return false;
  if (rowCost < bitCost)
    pushPairsOfRows();
  else
    for (int32_t a = 0; a < columns; ++a)
      for (int32_t b = a + 1; b < columns; ++b)
        for (bool opposite : {false, true})
          push({a, b, opposite}, countMatches({a, b, opposite}));
  return true;
}

void PairSharing::pushPairsOfRows() {
  std::vector<std::vector<std::pair<int32_t, bool>>> rowsOf(values.size());
  for (auto [row, terms] : llvm::enumerate(rows))
    for (Term term : terms)
      rowsOf[term.value].push_back({int32_t(row), term.negative});
  for (auto [column, entries] : llvm::enumerate(rowsOf)) {
    for (auto [row, negative] : entries)
      countBeside(rows[row], negative, /*before=*/column);
    pushTouched(column);
  }
}

void PairSharing::countBeside(const TermSums::Sum &terms, bool negative,
                              int32_t before) {
  for (Term term : terms) {
    if (term.value >= before)
      continue;
    auto &[same, opposite] = beside[term.value];
    if (same + opposite == 0)
      touched.push_back(term.value);
    ++(term.negative == negative ? same : opposite);
  }
  budget -= terms.size();
}

void PairSharing::pushTouched(int32_t column) {
  llvm::sort(touched);
  for (int32_t other : touched) {
    auto [same, opposite] = std::exchange(beside[other], {0, 0});
    push({other, column, false}, same);
    push({other, column, true}, opposite);
  }
  touched.clear();
}

void PairSharing::replaceInRow(const Pair &pair, int32_t newColumn,
                               int64_t row) {
  TermSums::Sum &terms = rows[row];
  bool negative =
      llvm::find_if(terms, [&](Term t) { return t.value == pair.a; })->negative;
  llvm::erase_if(terms, [&](Term term) {
    return term.value == pair.a || term.value == pair.b;
  });
  clearBit(pair.a, row);
  clearBit(pair.b, row);
  countBeside(terms, negative, /*before=*/newColumn);
  terms.push_back({newColumn, negative});
  setBit(newColumn, row, negative);
}

/// .. + a + b .. - a - b ..  ->  n = a + b;  .. + n .. - n ..
void PairSharing::replace(const Pair &pair) {
  int32_t sum =
      system.addSum({{values[pair.a], false}, {values[pair.b], pair.opposite}});
  int32_t column = addColumn(sum);
  for (size_t w = 0; w < words; ++w)
    for (uint64_t matches = getMatches(pair, w); matches;
         matches &= matches - 1)
      replaceInRow(pair, column, w * 64 + llvm::countr_zero(matches));
  pushTouched(column);
}

void PairSharing::run() {
  if (!fillBitSets() || !pushInitialPairs())
    return;
  for (int64_t bound = int64_t(queue.size()) - 1; bound >= 2 && budget > 0;) {
    if (queue[bound].empty()) {
      --bound;
      continue;
    }
    Pair pair = queue[bound].back();
    queue[bound].pop_back();
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
                WorkBudget &budget) {
  PairSharing(system, sumIndices, budget).run();
}

} // namespace setun
