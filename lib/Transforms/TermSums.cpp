// Sums of signed values: from a matrix, transposed, and down to two-operand
// nodes.
#include "TermSums.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <queue>

using namespace llvm;

namespace setun {

TermSums TermSums::fromMatrix(const TernaryMatrix &matrix) {
  TermSums system;
  system.inputs = matrix.inputs;
  for (int64_t n = 0; n < matrix.outputs; ++n) {
    Sum row;
    for (int64_t k = 0; k < matrix.inputs; ++k)
      if (int8_t code = matrix.at(n, k))
        row.push_back({int32_t(k), code < 0});
    if (row.empty())
      system.outputs.push_back({AddSubNetwork::zero, false});
    else if (row.size() == 1)
      system.outputs.push_back(row.front());
    else
      system.outputs.push_back({system.addSum(std::move(row)), false});
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

TermSums TermSums::transpose() const {
  TermSums result;
  result.inputs = outputs.size();
  // What the transposed value sums up, filled in by the users of a value.
  std::vector<Sum> uses(inputs + sums.size());
  for (auto [n, output] : llvm::enumerate(outputs))
    if (output.value != AddSubNetwork::zero)
      uses[output.value].push_back({int32_t(n), output.negative});
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
      uses[term.value].push_back(transposed.negatedIf(term.negative));
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
  int32_t addNode(int32_t lhs, int32_t rhs,
                  AddSubNetwork::Operation operation) {
    network.nodes.push_back({lhs, rhs, operation});
    depths.push_back(std::max(depths[lhs], depths[rhs]) + 1);
    return depths.size() - 1;
  }

  /// a + b, a - b, b - a, or -(a + b) for two negative terms.
  Term combine(Term a, Term b) {
    using Operation = AddSubNetwork::Operation;
    if (a.negative == b.negative && a.value > b.value)
      std::swap(a, b);
    if (a.negative == b.negative)
      return {addNode(a.value, b.value, Operation::Add), a.negative};
    if (a.negative)
      std::swap(a, b);
    return {addNode(a.value, b.value, Operation::Subtract), false};
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
      push(lowered[term.value].negatedIf(term.negative));
    while (queue.size() > 1) {
      Term first = queue.top().term;
      queue.pop();
      Term second = queue.top().term;
      queue.pop();
      push(combine(first, second));
    }
    return queue.top().term;
  }

  int32_t lowerOutput(Term output) {
    if (output.value == AddSubNetwork::zero)
      return AddSubNetwork::zero;
    Term term = lowered[output.value].negatedIf(output.negative);
    if (!term.negative)
      return term.value;
    auto [entry, isNew] = negated.try_emplace(term.value, 0);
    if (isNew)
      entry->second =
          addNode(term.value, term.value, AddSubNetwork::Operation::Negate);
    return entry->second;
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
  for (int32_t output : network.outputs) {
    if (output != AddSubNetwork::zero)
      stack.push_back(output);
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
        sorted.nodes.push_back(
            {renamed[node.lhs], renamed[node.rhs], node.operation});
        stack.pop_back();
        continue;
      }
      if (!rhsDone)
        stack.push_back(node.rhs);
      if (!lhsDone)
        stack.push_back(node.lhs);
    }
    sorted.outputs.push_back(output == AddSubNetwork::zero ? output
                                                           : renamed[output]);
  }
  return sorted;
}

AddSubNetwork TermSums::toNetwork() const {
  TermSums system = *this;
  avoidNegations(system);
  return sortByFirstUse(NodeBuilder(system).build());
}

} // namespace setun
