// Counts and the proof of add/sub networks.
#include "setun/Analysis/AddSubNetwork.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

#include <algorithm>
#include <cstdlib>

using namespace llvm;

namespace setun {

SmallVector<SignedDigit, 8> getSignedDigits(int64_t number) {
  SmallVector<SignedDigit, 8> digits;
  for (int32_t shift = 0; number != 0; number /= 2, ++shift) {
    if (number % 2 == 0)
      continue;
    // The digit that makes the rest divisible by 4.
    bool negative = (number & 3) == 3;
    digits.push_back({shift, negative});
    number += negative ? 1 : -1;
  }
  return digits;
}

int64_t IntegerMatrix::countNonzeros() const {
  return llvm::count_if(codes, [](int16_t code) { return code != 0; });
}

int64_t IntegerMatrix::countPlainAdders() const {
  int64_t adders = 0;
  for (int64_t n = 0; n < outputs; ++n) {
    int64_t plus = 0, minus = 0;
    for (int16_t code : codes.slice(n * inputs, inputs))
      for (SignedDigit digit : getSignedDigits(code))
        ++(digit.negative ? minus : plus);
    if (plus + minus > 0)
      adders += plus + minus - (plus > 0 ? 1 : 0);
  }
  return adders;
}

int64_t AddSubNetwork::countNegations() const {
  return llvm::count_if(nodes, [](const Node &node) {
    return node.operation == Operation::Negate;
  });
}

int64_t AddSubNetwork::getDepth() const {
  std::vector<int64_t> depths(inputs, 0);
  for (const Node &node : nodes)
    depths.push_back(node.operation == Operation::Negate
                         ? depths[node.lhs]
                         : std::max(depths[node.lhs], depths[node.rhs]) + 1);
  int64_t depth = 0;
  for (Output output : outputs)
    if (output.value != zero)
      depth = std::max(depth, depths[output.value]);
  return depth;
}

namespace {

/// The coefficient of one input in a value.
struct Coefficient {
  int64_t input;
  int64_t factor;
};

/// A value of the network as a sum over the inputs: the nonzero coefficients,
/// by rising input. It is what the value is on all unit vectors at once.
using LinearForm = std::vector<Coefficient>;

/// left * lhs + right * rhs.
LinearForm combine(int64_t left, const LinearForm &lhs, int64_t right,
                   const LinearForm &rhs) {
  LinearForm sum;
  sum.reserve(lhs.size() + rhs.size());
  auto a = lhs.begin(), b = rhs.begin();
  while (a != lhs.end() || b != rhs.end()) {
    bool takeA = b == rhs.end() || (a != lhs.end() && a->input <= b->input);
    bool takeB = a == lhs.end() || (b != rhs.end() && b->input <= a->input);
    Coefficient next{takeA ? a->input : b->input, 0};
    if (takeA)
      next.factor += left * a++->factor;
    if (takeB)
      next.factor += right * b++->factor;
    if (next.factor != 0)
      sum.push_back(next);
  }
  return sum;
}

/// The largest |value| for inputs of at most 1.
int64_t getMagnitude(const LinearForm &form) {
  int64_t magnitude = 0;
  for (Coefficient coefficient : form)
    magnitude += std::abs(coefficient.factor);
  return magnitude;
}

/// The linear forms of all values, each dropped after its last reader.
class FormTable {
public:
  explicit FormTable(const AddSubNetwork &network)
      : forms(network.inputs + network.nodes.size()), uses(forms.size(), 0) {
    for (int64_t k = 0; k < network.inputs; ++k)
      forms[k] = {{k, 1}};
    for (const AddSubNetwork::Node &node : network.nodes) {
      ++uses[node.lhs];
      if (node.operation != AddSubNetwork::Operation::Negate)
        ++uses[node.rhs];
    }
    for (AddSubNetwork::Output output : network.outputs)
      if (output.value != AddSubNetwork::zero)
        ++uses[output.value];
  }

  LinearForm evaluate(const AddSubNetwork::Node &node) {
    using Operation = AddSubNetwork::Operation;
    LinearForm result;
    if (node.operation == Operation::Negate)
      result = combine(-1, forms[node.lhs], 0, {});
    else
      result = combine(int64_t(1) << node.lhsShift, forms[node.lhs],
                       (node.operation == Operation::Add ? 1 : -1) *
                           (int64_t(1) << node.rhsShift),
                       forms[node.rhs]);
    release(node.lhs);
    if (node.operation != AddSubNetwork::Operation::Negate)
      release(node.rhs);
    return result;
  }

  void set(int64_t value, LinearForm form) { forms[value] = std::move(form); }
  const LinearForm &get(int32_t value) const { return forms[value]; }

private:
  void release(int32_t value) {
    if (--uses[value] == 0)
      forms[value] = {};
  }

  std::vector<LinearForm> forms;
  std::vector<int64_t> uses;
};

} // namespace

/// Every operand stands before its node, so that evaluation is well-defined.
static Error checkOrder(const AddSubNetwork &network) {
  int64_t known = network.inputs;
  for (const AddSubNetwork::Node &node : network.nodes) {
    bool isBinary = node.operation != AddSubNetwork::Operation::Negate;
    if (node.lhs < 0 || node.lhs >= known ||
        (isBinary && (node.rhs < 0 || node.rhs >= known)))
      return createStringError("node " + Twine(known - network.inputs) +
                               " reads a value that does not exist yet");
    ++known;
  }
  for (AddSubNetwork::Output output : network.outputs)
    if (output.value != AddSubNetwork::zero &&
        (output.value < 0 || output.value >= known))
      return createStringError("an output is no value of the network");
  return Error::success();
}

/// The error that a value can become too large, when `magnitude` << `shift` is.
static Error checkMagnitude(int64_t value, int64_t magnitude, int64_t shift,
                            int64_t limit, int64_t maxInput, int64_t maxValue) {
  if (shift < 0 || shift > 31)
    return createStringError("value " + Twine(value) +
                             " of the network is shifted by " + Twine(shift) +
                             ", expected 0 to 31");
  // Both factors are below 2^31.
  if (int64_t shifted = magnitude << shift; shifted > limit)
    return createStringError("value " + Twine(value) +
                             " of the network can reach " + Twine(shifted) +
                             " times the largest input, " + Twine(maxInput) +
                             "; the accumulator holds " + Twine(maxValue));
  return Error::success();
}

Error AddSubNetwork::prove(const IntegerMatrix &matrix, int64_t maxInput,
                           int64_t maxValue) const {
  if (inputs != matrix.inputs || int64_t(outputs.size()) != matrix.outputs)
    return createStringError("the network has another shape than the matrix");
  if (Error error = checkOrder(*this))
    return error;

  // Factors cannot overflow: every magnitude is checked before the next node.
  int64_t limit =
      std::min<int64_t>(maxValue / std::max<int64_t>(maxInput, 1), INT32_MAX);
  FormTable forms(*this);
  auto check = [&](int32_t value, int64_t shift) {
    return checkMagnitude(value, getMagnitude(forms.get(value)), shift, limit,
                          maxInput, maxValue);
  };
  for (auto [i, node] : llvm::enumerate(nodes)) {
    if (node.operation != Operation::Negate) {
      if (Error error = check(node.lhs, node.lhsShift))
        return error;
      if (Error error = check(node.rhs, node.rhsShift))
        return error;
    }
    forms.set(inputs + i, forms.evaluate(node));
    if (Error error = check(inputs + i, 0))
      return error;
  }

  for (auto [n, output] : llvm::enumerate(outputs)) {
    std::vector<int64_t> factors(inputs, 0);
    if (output.value != zero) {
      if (Error error = check(output.value, output.shift))
        return error;
      for (Coefficient coefficient : forms.get(output.value))
        factors[coefficient.input] = coefficient.factor << output.shift;
    }
    for (int64_t k = 0; k < inputs; ++k)
      if (factors[k] != matrix.at(n, k))
        return createStringError("output " + Twine(n) + " has coefficient " +
                                 Twine(factors[k]) + " for input " + Twine(k) +
                                 ", expected " + Twine(matrix.at(n, k)));
  }
  return Error::success();
}

} // namespace setun
