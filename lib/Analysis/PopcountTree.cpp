//===- PopcountTree.cpp - Counting bits with lookup tables ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Six bits become three for three tables: a table for each bit that goes. No
// other counter is as good, and the addition at the end is just as good, so six
// are taken as long as there are six.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/PopcountTree.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <deque>
#include <map>
#include <set>

using namespace llvm;

namespace setun {

/// How many of `height` wires the next counter takes; 0 once the addition can
/// have what is left.
static size_t chooseCounter(size_t height) {
  return height > 2 ? std::min<size_t>(height, 6) : 0;
}

PopcountTree PopcountTree::build(int64_t inputs) {
  PopcountTree tree;
  tree.inputs = inputs;
  // A queue each, so that what came last is counted last: the tree stays flat.
  std::vector<std::deque<int32_t>> open(tree.getOutputBits());
  for (int64_t i = 0; i < inputs; ++i)
    open[0].push_back(i);
  int32_t wires = inputs;
  for (size_t column = 0; column < open.size(); ++column) {
    std::deque<int32_t> &queue = open[column];
    while (size_t taken = chooseCounter(queue.size())) {
      // No number of bits has a one above the result.
      unsigned outputs =
          std::min<size_t>(llvm::bit_width(taken), open.size() - column);
      Counter counter{{queue.begin(), queue.begin() + taken}, wires, outputs};
      queue.erase(queue.begin(), queue.begin() + taken);
      for (unsigned i = 0; i < outputs; ++i)
        open[column + i].push_back(wires++);
      tree.counters.push_back(std::move(counter));
    }
    if (!queue.empty())
      tree.columns.emplace_back(queue.begin(), queue.end());
  }
  return tree;
}

unsigned PopcountTree::getOutputBits() const {
  return llvm::bit_width(uint64_t(inputs));
}

size_t PopcountTree::getFirstAddedColumn() const {
  auto first =
      llvm::find_if(columns, [](auto &wires) { return wires.size() > 1; });
  return first - columns.begin();
}

int64_t PopcountTree::countTables() const {
  int64_t tables = columns.size() - getFirstAddedColumn();
  for (const Counter &counter : counters)
    tables += counter.outputs;
  return tables;
}

/// Nothing if magnitudes differ or are no power of two.
static std::optional<BitCount> getBitCount(ArrayRef<int64_t> coefficients) {
  BitCount count;
  int64_t magnitude = 0;
  for (auto [input, coefficient] : llvm::enumerate(coefficients)) {
    if (coefficient == 0)
      continue;
    if (magnitude != 0 && std::abs(coefficient) != magnitude)
      return std::nullopt;
    magnitude = std::abs(coefficient);
    count.bits.push_back({int32_t(input), coefficient < 0});
    count.constant += std::min<int64_t>(coefficient, 0);
  }
  if (magnitude != 0 && !llvm::isPowerOf2_64(magnitude))
    return std::nullopt;
  count.shift = magnitude == 0 ? 0 : llvm::Log2_64(magnitude);
  return count;
}

std::optional<std::vector<BitCount>> getBitCounts(const AdderNetwork &network) {
  if (network.inputRange.min < 0 || network.inputRange.max > 1)
    return std::nullopt;
  std::vector<BitCount> counts;
  for (auto [coefficients, output] :
       llvm::zip_equal(network.getCoefficients(), network.outputs)) {
    std::optional<BitCount> count = getBitCount(coefficients);
    if (!count)
      return std::nullopt;
    count->constant += output.constant;
    counts.push_back(std::move(*count));
  }
  return counts;
}

/// What counters need not make, since one before has it. The lowest bit of a
/// count stays the same but for its sign when bits are inverted.
class SharedCounters {
public:
  int64_t countTables(const PopcountTree &tree, const BitCount &count) {
    int64_t tables = 0;
    for (const PopcountTree::Counter &counter : tree.counters)
      if (counter.inputs.back() < tree.inputs)
        tables += countTables(counter, count);
    return tables;
  }

private:
  int64_t countTables(const PopcountTree::Counter &counter,
                      const BitCount &count) {
    SmallVector<int32_t> inputs, signs;
    for (int32_t wire : counter.inputs) {
      BitCount::Bit bit = count.bits[wire];
      inputs.push_back(bit.input);
      signs.push_back(bit.isInverted ? ~bit.input : bit.input);
    }
    bool hasParity = !parities.insert(inputs).second;
    bool hasAll = !groups.insert(signs).second;
    return hasAll ? counter.outputs : hasParity;
  }

  std::set<SmallVector<int32_t>> parities, groups;
};

int64_t countTables(ArrayRef<BitCount> counts, WireFormat sums) {
  int64_t tables = 0;
  std::map<size_t, PopcountTree> trees;
  SharedCounters shared;
  for (const BitCount &count : counts) {
    size_t size = count.bits.size();
    if (size == 0)
      continue;
    auto [tree, isNew] = trees.try_emplace(size);
    if (isNew)
      tree->second = PopcountTree::build(size);
    tables += tree->second.countTables();
    tables -= shared.countTables(tree->second, count);
    tables += countConstantTables(count.constant, count.shift, sums.bits);
  }
  return tables + tables / 4;
}

} // namespace setun
