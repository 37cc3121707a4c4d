// Counts and the proof of add/sub networks.
#include "AddSubNetwork.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

#include <algorithm>
#include <cstdlib>

using namespace llvm;

namespace setun {

int64_t TernaryMatrix::countNonzeros() const {
  return llvm::count_if(codes, [](int8_t code) { return code != 0; });
}

int64_t TernaryMatrix::countPlainAdders() const {
  int64_t adders = 0;
  for (int64_t n = 0; n < outputs; ++n) {
    ArrayRef<int8_t> row = codes.slice(n * inputs, inputs);
    int64_t plus = llvm::count(row, 1), minus = llvm::count(row, -1);
    if (plus + minus > 0)
      adders += plus + minus - (plus > 0 ? 1 : 0);
  }
  return adders;
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

/// lhs + sign * rhs.
LinearForm combine(const LinearForm &lhs, const LinearForm &rhs, int64_t sign) {
  LinearForm sum;
  sum.reserve(lhs.size() + rhs.size());
  auto a = lhs.begin(), b = rhs.begin();
  while (a != lhs.end() || b != rhs.end()) {
    bool takeA = b == rhs.end() || (a != lhs.end() && a->input <= b->input);
    bool takeB = a == lhs.end() || (b != rhs.end() && b->input <= a->input);
    Coefficient next{takeA ? a->input : b->input, 0};
    if (takeA)
      next.factor += a++->factor;
    if (takeB)
      next.factor += sign * b++->factor;
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
    for (int32_t output : network.outputs)
      if (output != AddSubNetwork::zero)
        ++uses[output];
  }

  LinearForm evaluate(const AddSubNetwork::Node &node) {
    LinearForm result;
    switch (node.operation) {
    case AddSubNetwork::Operation::Add:
      result = combine(forms[node.lhs], forms[node.rhs], 1);
      break;
    case AddSubNetwork::Operation::Subtract:
      result = combine(forms[node.lhs], forms[node.rhs], -1);
      break;
    case AddSubNetwork::Operation::Negate:
      result = combine({}, forms[node.lhs], -1);
      break;
    }
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
  for (int32_t output : network.outputs)
    if (output != AddSubNetwork::zero && (output < 0 || output >= known))
      return createStringError("an output is no value of the network");
  return Error::success();
}

Error AddSubNetwork::prove(const TernaryMatrix &matrix, int64_t maxInput,
                           int64_t maxValue) const {
  if (inputs != matrix.inputs || int64_t(outputs.size()) != matrix.outputs)
    return createStringError("the network has another shape than the matrix");
  if (Error error = checkOrder(*this))
    return error;

  // Factors cannot overflow: every magnitude is checked before the next node.
  int64_t limit = std::min<int64_t>(maxValue / maxInput, INT32_MAX);
  FormTable forms(*this);
  for (auto [i, node] : llvm::enumerate(nodes)) {
    LinearForm form = forms.evaluate(node);
    if (int64_t magnitude = getMagnitude(form); magnitude > limit)
      return createStringError("value " + Twine(inputs + i) +
                               " of the network can reach " + Twine(magnitude) +
                               " times the largest input, " + Twine(maxInput) +
                               "; the accumulator holds " + Twine(maxValue));
    forms.set(inputs + i, std::move(form));
  }

  for (auto [n, output] : llvm::enumerate(outputs)) {
    std::vector<int64_t> factors(inputs, 0);
    if (output != zero)
      for (Coefficient coefficient : forms.get(output))
        factors[coefficient.input] = coefficient.factor;
    for (int64_t k = 0; k < inputs; ++k)
      if (factors[k] != matrix.at(n, k))
        return createStringError("output " + Twine(n) + " has coefficient " +
                                 Twine(factors[k]) + " for input " + Twine(k) +
                                 ", expected " + Twine(int(matrix.at(n, k))));
  }
  return Error::success();
}

} // namespace setun
