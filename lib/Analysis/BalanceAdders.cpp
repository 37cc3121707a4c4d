//===- BalanceAdders.cpp - Narrow numbers are added first -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// x0 + x1 + x2 + x3 takes the fewest full adders as (x0 + x1) + (x2 + x3): in a
// chain every sum is as wide as all before it. The networks are searched for
// few additions, and leave the order of what is read once to chance.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/AdderNetwork.h"

#include <queue>

namespace setun {
namespace {

using lowbit::CodeRange;
using Operand = AdderNetwork::Operand;

/// One number of a sum.
struct Term {
  Operand operand;
  bool isNegative;
  /// The bit above the highest of the shifted number; the narrowest come first.
  unsigned end;
  /// Which came first, so that the order is the same everywhere.
  size_t number;

  bool operator<(const Term &other) const {
    return std::pair(end, number) > std::pair(other.end, other.number);
  }
};

class Balancer {
public:
  explicit Balancer(const AdderNetwork &old) : old(old), uses(countUses(old)) {
    result.inputRange = old.inputRange;
    result.inputs = old.inputs;
    result.inputsAreBipolar = old.inputsAreBipolar;
  }

  AdderNetwork run();

private:
  static std::vector<unsigned> countUses(const AdderNetwork &network);
  /// True for a sum that is a number of one other sum only.
  bool isInside(int32_t wire) const {
    return wire >= old.inputs && uses[wire] == 1 && !isOutput[wire] &&
           old.adders[wire - old.inputs].lhs.wire != Operand::none;
  }
  void collect(Operand operand, bool isNegative,
               std::vector<std::pair<Operand, bool>> &terms) const;
  Term makeTerm(Operand operand, bool isNegative);
  Term add(Term lhs, Term rhs);

  const AdderNetwork &old;
  std::vector<unsigned> uses;
  std::vector<bool> isOutput;
  AdderNetwork result;
  /// How many were made.
  size_t terms = 0;
};

std::vector<unsigned> Balancer::countUses(const AdderNetwork &network) {
  std::vector<unsigned> uses(network.inputs + network.adders.size());
  for (const AdderNetwork::Adder &adder : network.adders) {
    bool isNegation = adder.lhs.wire == Operand::none;
    // What is negated is no number of a sum.
    uses[adder.rhs.wire] += isNegation ? 2 : 1;
    if (!isNegation)
      ++uses[adder.lhs.wire];
  }
  return uses;
}

/// The numbers that a sum is made of.
void Balancer::collect(Operand operand, bool isNegative,
                       std::vector<std::pair<Operand, bool>> &found) const {
  std::vector<std::pair<Operand, bool>> open = {{operand, isNegative}};
  while (!open.empty()) {
    auto [next, negative] = open.back();
    open.pop_back();
    if (!isInside(next.wire)) {
      found.push_back({next, negative});
      continue;
    }
    AdderNetwork::Adder adder = old.adders[next.wire - old.inputs];
    adder.lhs.shift += next.shift;
    adder.rhs.shift += next.shift;
    open.push_back({adder.rhs, negative != adder.isSubtraction});
    open.push_back({adder.lhs, negative});
  }
}

Term Balancer::makeTerm(Operand operand, bool isNegative) {
  unsigned end = result.getFormat(operand.wire).bits + operand.shift;
  return {operand, isNegative, end, terms++};
}

/// Two negative numbers make a negative one, so a sum with a positive number
/// ends positive.
Term Balancer::add(Term lhs, Term rhs) {
  bool subtract = lhs.isNegative != rhs.isNegative;
  if (subtract && lhs.isNegative)
    std::swap(lhs, rhs);
  int32_t shift = std::min(lhs.operand.shift, rhs.operand.shift);
  lhs.operand.shift -= shift;
  rhs.operand.shift -= shift;
  auto getRange = [&](Operand operand) {
    CodeRange range = result.getRange(operand.wire);
    return CodeRange{range.min << operand.shift, range.max << operand.shift};
  };
  CodeRange left = getRange(lhs.operand), right = getRange(rhs.operand);
  CodeRange range = subtract
                        ? CodeRange{left.min - right.max, left.max - right.min}
                        : CodeRange{left.min + right.min, left.max + right.max};
  result.adders.push_back({lhs.operand, rhs.operand, subtract, range});
  int32_t wire = result.inputs + result.adders.size() - 1;
  return makeTerm({wire, shift}, lhs.isNegative && !subtract);
}

AdderNetwork Balancer::run() {
  isOutput.resize(uses.size());
  for (const AdderNetwork::Output &output : old.outputs)
    if (output.value.wire != Operand::none)
      isOutput[output.value.wire] = true;
  std::vector<Operand> newOf(uses.size());
  for (int64_t i = 0; i < old.inputs; ++i)
    newOf[i] = {int32_t(i)};
  auto translate = [&](Operand operand) {
    Operand found = newOf[operand.wire];
    found.shift += operand.shift;
    return found;
  };
  for (size_t i = 0; i < old.adders.size(); ++i) {
    int32_t wire = old.inputs + i;
    const AdderNetwork::Adder &adder = old.adders[i];
    if (isInside(wire))
      continue;
    if (adder.lhs.wire == Operand::none) {
      Operand negated = translate(adder.rhs);
      result.adders.push_back({{}, {negated.wire}, true, adder.range});
      newOf[wire] = {int32_t(result.inputs + result.adders.size() - 1),
                     negated.shift};
      continue;
    }
    std::vector<std::pair<Operand, bool>> found;
    collect(adder.lhs, false, found);
    collect(adder.rhs, adder.isSubtraction, found);
    std::priority_queue<Term> open;
    for (auto [operand, isNegative] : found)
      open.push(makeTerm(translate(operand), isNegative));
    while (open.size() > 1) {
      Term first = open.top();
      open.pop();
      Term second = open.top();
      open.pop();
      open.push(add(first, second));
    }
    newOf[wire] = open.top().operand;
  }
  for (AdderNetwork::Output output : old.outputs) {
    if (output.value.wire != Operand::none)
      output.value = translate(output.value);
    result.outputs.push_back(output);
  }
  result.findRanges();
  return std::move(result);
}

} // namespace

AdderNetwork balanceAdders(const AdderNetwork &network) {
  AdderNetwork balanced = Balancer(network).run();
  return balanced.countTables() < network.countTables() ? balanced : network;
}

} // namespace setun
