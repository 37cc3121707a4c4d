// Sums of signed values: from a matrix, transposed, and down to two-operand
// nodes.
#include "TermSums.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <map>
#include <queue>

using namespace llvm;

namespace setun {

/// number * value as terms.
static void appendMultiple(TermSums::Sum &sum, int32_t value, int64_t number) {
  for (SignedDigit digit : getSignedDigits(number))
    sum.push_back({value, digit.negative, int8_t(digit.shift)});
}

/// The output that a sum of these terms is.
static Term makeOutput(TermSums &system, TermSums::Sum sum) {
  if (sum.empty())
    return {AddSubNetwork::zero, false};
  if (sum.size() == 1)
    return sum.front();
  return {system.addSum(std::move(sum)), false};
}

TermSums TermSums::fromMatrix(const IntegerMatrix &matrix) {
  TermSums system;
  system.inputs = matrix.inputs;
  for (int64_t n = 0; n < matrix.outputs; ++n) {
    Sum row;
    for (int64_t k = 0; k < matrix.inputs; ++k)
      appendMultiple(row, k, matrix.at(n, k));
    system.outputs.push_back(makeOutput(system, std::move(row)));
  }
  return system;
}

namespace {

/// How a row is made: from a multiple of a row before it, or from 0.
struct RowStart {
  int64_t digits;
  int64_t from = -1;
  int64_t factor = 0;
};

/// row `to` - factor * row `from`, as far as it takes fewer digits than `most`.
int64_t countDigits(const IntegerMatrix &matrix, int64_t to, int64_t from,
                    int64_t factor, int64_t most) {
  int64_t digits = 0;
  for (int64_t k = 0; k < matrix.inputs && digits < most; ++k)
    digits += getSignedDigits(matrix.at(to, k) -
                              (from < 0 ? 0 : factor * matrix.at(from, k)))
                  .size();
  return digits;
}

} // namespace

TermSums TermSums::fromDifferences(const IntegerMatrix &matrix) {
  TermSums system;
  system.inputs = matrix.inputs;
  system.outputs.assign(matrix.outputs, {AddSubNetwork::zero, false});
  std::vector<RowStart> starts;
  for (int64_t n = 0; n < matrix.outputs; ++n)
    starts.push_back({countDigits(matrix, n, -1, 0, INT64_MAX)});
  std::vector<bool> done(matrix.outputs, false);
  // Prim's algorithm: always the row that is cheapest to make next.
  for (int64_t step = 0; step < matrix.outputs; ++step) {
    int64_t next = -1;
    for (int64_t n = 0; n < matrix.outputs; ++n)
      if (!done[n] && (next < 0 || starts[n].digits < starts[next].digits))
        next = n;
    done[next] = true;
    RowStart start = starts[next];
    Sum row;
    for (int64_t k = 0; k < matrix.inputs; ++k)
      appendMultiple(
          row, k,
          matrix.at(next, k) -
              (start.from < 0 ? 0 : start.factor * matrix.at(start.from, k)));
    if (start.from >= 0) {
      Term base = system.outputs[start.from];
      for (SignedDigit digit : getSignedDigits(start.factor))
        row.push_back(
            Term{base.value, digit.negative, int8_t(digit.shift)}.of(base));
    }
    system.outputs[next] = makeOutput(system, std::move(row));
    if (system.outputs[next].value == AddSubNetwork::zero)
      continue;
    for (int64_t n = 0; n < matrix.outputs; ++n)
      for (int64_t factor : {1, -1, 2, -2})
        if (!done[n]) {
          // One more for the base itself.
          int64_t digits =
              countDigits(matrix, n, next, factor, starts[n].digits) + 1;
          if (digits < starts[n].digits)
            starts[n] = {digits, next, factor};
        }
  }
  return system;
}

int64_t TermSums::countAdders() const {
  int64_t adders = 0;
  for (const Sum &sum : sums)
    adders += sum.size() - 1;
  return adders;
}

int32_t TermSums::addSum(Sum sum) {
  sums.push_back(std::move(sum));
  return inputs + sums.size() - 1;
}

std::vector<int32_t> TermSums::getTopologicalOrder() const {
  std::vector<int32_t> order;
  std::vector<bool> seen(sums.size(), false);
  // An own stack: chains of pairs can be deep.
  std::vector<std::pair<int32_t, size_t>> stack;
  for (size_t root = 0; root < sums.size(); ++root) {
    if (seen[root])
      continue;
    seen[root] = true;
    stack.push_back({int32_t(root), 0});
    while (!stack.empty()) {
      auto &[index, next] = stack.back();
      if (next == sums[index].size()) {
        order.push_back(index);
        stack.pop_back();
        continue;
      }
      int64_t operand = sums[index][next++].value - inputs;
      if (operand >= 0 && !seen[operand]) {
        seen[operand] = true;
        stack.push_back({int32_t(operand), 0});
      }
    }
  }
  return order;
}

/// The depth of a balanced tree over as many terms of each depth: two terms of
/// depth d make one of d + 1, one without partner waits.
static int32_t getTreeDepth(std::map<int32_t, int64_t> counts) {
  while (!counts.empty()) {
    auto [depth, count] = *counts.begin();
    if (counts.size() == 1 && count == 1)
      return depth;
    counts.erase(counts.begin());
    counts[depth + 1] += (count + 1) / 2;
  }
  return 0;
}

std::vector<int32_t> TermSums::getDepths() const {
  std::vector<int32_t> depths(inputs + sums.size(), 0);
  for (int32_t index : getTopologicalOrder()) {
    std::map<int32_t, int64_t> counts;
    for (Term term : sums[index])
      ++counts[depths[term.value]];
    depths[inputs + index] = getTreeDepth(std::move(counts));
  }
  return depths;
}

int32_t TermSums::getDepth() const {
  std::vector<int32_t> depths = getDepths();
  int32_t depth = 0;
  for (Term output : outputs)
    if (output.value != AddSubNetwork::zero)
      depth = std::max(depth, depths[output.value]);
  return depth;
}

//===-- Taking sums apart -------------------------------------------------===//

/// Adds up terms of the same value.
static void mergeTerms(TermSums::Sum &sum) {
  std::sort(sum.begin(), sum.end(), [](Term a, Term b) {
    return std::tie(a.value, a.shift) < std::tie(b.value, b.shift);
  });
  TermSums::Sum merged;
  for (auto begin = sum.begin(); begin != sum.end();) {
    auto end = std::find_if(begin, sum.end(), [&](Term term) {
      return term.value != begin->value;
    });
    if (end - begin == 1) {
      merged.push_back(*begin);
    } else {
      int64_t factor = 0;
      for (Term term : llvm::make_range(begin, end))
        factor += (term.negative ? -1 : 1) * (int64_t(1) << term.shift);
      appendMultiple(merged, begin->value, factor);
    }
    begin = end;
  }
  sum = std::move(merged);
}

TermSums TermSums::inlineSums(std::vector<bool> inlined) const {
  TermSums result;
  result.inputs = inputs;
  // What each value is in the result: terms of an inlined sum, or one term.
  std::vector<Sum> parts(inputs + sums.size());
  for (int32_t k = 0; k < inputs; ++k)
    parts[k] = {{k, false}};
  std::vector<bool> isOutput(sums.size(), false);
  for (Term output : outputs)
    if (output.value >= inputs)
      isOutput[output.value - inputs] = true;
  std::vector<bool> kept(inputs + sums.size(), true);
  for (int32_t index : getTopologicalOrder()) {
    Sum expanded;
    bool changed = false;
    for (Term term : sums[index]) {
      changed |= !kept[term.value];
      for (Term inner : parts[term.value])
        expanded.push_back(term.of(inner));
    }
    if (changed)
      mergeTerms(expanded);
    bool isAlias = expanded.size() < 2;
    kept[inputs + index] = !isAlias && (!inlined[index] || isOutput[index]);
    if (kept[inputs + index])
      expanded = {{result.addSum(std::move(expanded)), false}};
    parts[inputs + index] = std::move(expanded);
  }
  for (Term output : outputs) {
    if (output.value == AddSubNetwork::zero || parts[output.value].empty())
      result.outputs.push_back({AddSubNetwork::zero, false});
    else
      result.outputs.push_back(output.of(parts[output.value].front()));
  }
  return result;
}

TermSums TermSums::simplify() const {
  std::vector<int32_t> uses(inputs + sums.size(), 0);
  for (const Sum &sum : sums)
    for (Term term : sum)
      ++uses[term.value];
  std::vector<bool> inlined(sums.size());
  for (size_t index = 0; index < sums.size(); ++index)
    inlined[index] = uses[inputs + index] < 2;
  return inlineSums(std::move(inlined));
}

TermSums TermSums::transpose() const {
  TermSums result;
  result.inputs = outputs.size();
  // What the transposed value sums up, filled in by the users of a value.
  std::vector<Sum> uses(inputs + sums.size());
  for (auto [n, output] : llvm::enumerate(outputs))
    if (output.value != AddSubNetwork::zero)
      uses[output.value].push_back({int32_t(n), output.negative, output.shift});
  auto finish = [&](int32_t value) -> Term {
    if (uses[value].empty())
      return {AddSubNetwork::zero, false};
    if (uses[value].size() == 1)
      return uses[value].front();
    return {result.addSum(std::move(uses[value])), false};
  };
  std::vector<int32_t> order = getTopologicalOrder();
  for (int32_t index : llvm::reverse(order)) {
    Term transposed = finish(inputs + index);
    if (transposed.value == AddSubNetwork::zero)
      continue;
    for (Term term : sums[index])
      uses[term.value].push_back(term.of(transposed));
  }
  for (int32_t k = 0; k < inputs; ++k)
    result.outputs.push_back(finish(k));
  return result;
}

//===-- Two-operand nodes -------------------------------------------------===//

/// A sum that is only ever subtracted is negated itself: -(a - b) -> b - a.
static void avoidNegations(TermSums &system) {
  std::vector<int64_t> plus(system.sums.size(), 0), minus(plus);
  auto count = [&](Term term) {
    if (int64_t index = term.value - system.inputs; index >= 0)
      ++(term.negative ? minus : plus)[index];
  };
  for (Term output : system.outputs)
    count(output);
  std::vector<bool> flipped(system.sums.size(), false);
  // Users come first, so a sum's uses are final when it is decided.
  std::vector<int32_t> order = system.getTopologicalOrder();
  for (int32_t index : llvm::reverse(order)) {
    flipped[index] = minus[index] > 0 && plus[index] == 0;
    for (Term &term : system.sums[index]) {
      term = term.negatedIf(flipped[index]);
      count(term);
    }
  }
  auto follow = [&](Term &term) {
    if (int64_t index = term.value - system.inputs; index >= 0)
      term = term.negatedIf(flipped[index]);
  };
  for (TermSums::Sum &sum : system.sums)
    llvm::for_each(sum, follow);
  llvm::for_each(system.outputs, follow);
}

namespace {

/// Makes nodes of sums. A lowered value carries a sign, too: a sum of negative
/// terms only becomes the sum of the positive ones, to be subtracted.
class NodeBuilder {
public:
  explicit NodeBuilder(const TermSums &system) : system(system) {
    network.inputs = system.inputs;
    depths.assign(system.inputs, 0);
    lowered.reserve(system.inputs + system.sums.size());
    for (int32_t k = 0; k < system.inputs; ++k)
      lowered.push_back({k, false});
    lowered.resize(system.inputs + system.sums.size());
  }

  AddSubNetwork build() {
    for (int32_t index : system.getTopologicalOrder())
      lowered[system.inputs + index] = lower(system.sums[index]);
    for (Term output : system.outputs)
      network.outputs.push_back(lowerOutput(output));
    return std::move(network);
  }

private:
  int32_t addNode(AddSubNetwork::Node node) {
    network.nodes.push_back(node);
    depths.push_back(std::max(depths[node.lhs], depths[node.rhs]) + 1);
    return depths.size() - 1;
  }

  /// a + b, a - b, b - a, or -(a + b) for two negative terms. What both are
  /// shifted by, the result is.
  Term combine(Term a, Term b) {
    using Operation = AddSubNetwork::Operation;
    bool same = a.negative == b.negative;
    if (same ? a.value > b.value : a.negative)
      std::swap(a, b);
    int8_t shift = std::min(a.shift, b.shift);
    int32_t node =
        addNode({a.value, b.value, same ? Operation::Add : Operation::Subtract,
                 int8_t(a.shift - shift), int8_t(b.shift - shift)});
    return {node, a.negative, shift};
  }

  /// Always adds the two shallowest terms; the result is as shallow as
  /// possible.
  Term lower(const TermSums::Sum &sum) {
    struct Item {
      int32_t depth;
      int32_t order;
      Term term;
      bool operator>(const Item &other) const {
        return std::tie(depth, order) > std::tie(other.depth, other.order);
      }
    };
    std::priority_queue<Item, std::vector<Item>, std::greater<Item>> queue;
    int32_t order = 0;
    auto push = [&](Term term) {
      queue.push({depths[term.value], order++, term});
    };
    for (Term term : sum)
      push(term.of(lowered[term.value]));
    while (queue.size() > 1) {
      Term first = queue.top().term;
      queue.pop();
      Term second = queue.top().term;
      queue.pop();
      push(combine(first, second));
    }
    return queue.top().term;
  }

  AddSubNetwork::Output lowerOutput(Term output) {
    if (output.value == AddSubNetwork::zero)
      return {};
    Term term = output.of(lowered[output.value]);
    if (!term.negative)
      return {term.value, term.shift};
    auto [entry, isNew] = negated.try_emplace(term.value, 0);
    if (isNew)
      entry->second =
          addNode({term.value, term.value, AddSubNetwork::Operation::Negate});
    return {entry->second, term.shift};
  }

  const TermSums &system;
  AddSubNetwork network;
  std::vector<int32_t> depths;
  /// The value, with its sign, that holds an input or a sum.
  std::vector<Term> lowered;
  /// Negations made for outputs.
  DenseMap<int32_t, int32_t> negated;
};

} // namespace

/// The same network with its nodes in the order in which a walk from output to
/// output first needs them; nodes that no output needs are dropped.
static AddSubNetwork sortByFirstUse(const AddSubNetwork &network) {
  AddSubNetwork sorted;
  sorted.inputs = network.inputs;
  std::vector<int32_t> renamed(network.inputs + network.nodes.size(), -1);
  for (int32_t k = 0; k < network.inputs; ++k)
    renamed[k] = k;
  std::vector<int32_t> stack;
  for (AddSubNetwork::Output output : network.outputs) {
    if (output.value != AddSubNetwork::zero)
      stack.push_back(output.value);
    while (!stack.empty()) {
      int32_t value = stack.back();
      if (renamed[value] >= 0) {
        stack.pop_back();
        continue;
      }
      AddSubNetwork::Node node = network.nodes[value - network.inputs];
      bool lhsDone = renamed[node.lhs] >= 0, rhsDone = renamed[node.rhs] >= 0;
      if (lhsDone && rhsDone) {
        renamed[value] = sorted.inputs + sorted.nodes.size();
        node.lhs = renamed[node.lhs];
        node.rhs = renamed[node.rhs];
        sorted.nodes.push_back(node);
        stack.pop_back();
        continue;
      }
      if (!rhsDone)
        stack.push_back(node.rhs);
      if (!lhsDone)
        stack.push_back(node.lhs);
    }
    if (output.value != AddSubNetwork::zero)
      output.value = renamed[output.value];
    sorted.outputs.push_back(output);
  }
  return sorted;
}

AddSubNetwork TermSums::toNetwork() const {
  TermSums system = *this;
  avoidNegations(system);
  return sortByFirstUse(NodeBuilder(system).build());
}

} // namespace setun
