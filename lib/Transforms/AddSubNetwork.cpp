// Counts and the proof of add/sub networks.
#include "AddSubNetwork.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

#include <algorithm>
#include <array>

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

/// Far above every accumulator, yet two of them add without overflow.
static constexpr int64_t saturated = INT64_MAX / 4;

std::vector<int64_t> AddSubNetwork::getMagnitudes() const {
  std::vector<int64_t> magnitudes(inputs, 1);
  magnitudes.reserve(inputs + nodes.size());
  for (const Node &node : nodes) {
    int64_t sum = magnitudes[node.lhs];
    if (node.operation != Operation::Negate)
      sum += magnitudes[node.rhs];
    magnitudes.push_back(std::min(sum, saturated));
  }
  return magnitudes;
}

namespace {

/// Unit vectors that are evaluated at a time: one cache line of coefficients.
constexpr int64_t laneCount = 16;
/// The coefficients of one value for `laneCount` inputs. Unsigned, so that a
/// wrong network wraps instead of overflowing; the magnitudes rule that out.
using Lanes = std::array<uint32_t, laneCount>;

void evaluate(const AddSubNetwork &network, std::vector<Lanes> &values) {
  for (auto [i, node] : llvm::enumerate(network.nodes)) {
    const Lanes &lhs = values[node.lhs];
    Lanes &result = values[network.inputs + i];
    switch (node.operation) {
    case AddSubNetwork::Operation::Add:
      for (int64_t lane = 0; lane < laneCount; ++lane)
        result[lane] = lhs[lane] + values[node.rhs][lane];
      break;
    case AddSubNetwork::Operation::Subtract:
      for (int64_t lane = 0; lane < laneCount; ++lane)
        result[lane] = lhs[lane] - values[node.rhs][lane];
      break;
    case AddSubNetwork::Operation::Negate:
      for (int64_t lane = 0; lane < laneCount; ++lane)
        result[lane] = -lhs[lane];
      break;
    }
  }
}

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
  // Widths come first: within them no coefficient can wrap below.
  for (auto [value, magnitude] : llvm::enumerate(getMagnitudes()))
    if (magnitude > std::min<int64_t>(maxValue / maxInput, INT32_MAX))
      return createStringError("value " + Twine(value) +
                               " of the network can reach " + Twine(magnitude) +
                               " times the largest input, " + Twine(maxInput) +
                               "; the accumulator holds " + Twine(maxValue));

  std::vector<Lanes> values(inputs + nodes.size(), Lanes{});
  for (int64_t first = 0; first < inputs; first += laneCount) {
    int64_t lanes = std::min(laneCount, inputs - first);
    for (int64_t k = 0; k < inputs; ++k)
      values[k].fill(0);
    for (int64_t lane = 0; lane < lanes; ++lane)
      values[first + lane][lane] = 1;
    evaluate(*this, values);
    for (auto [n, output] : llvm::enumerate(outputs))
      for (int64_t lane = 0; lane < lanes; ++lane) {
        int32_t got = output == zero ? 0 : int32_t(values[output][lane]);
        int32_t expected = matrix.at(n, first + lane);
        if (got != expected)
          return createStringError("output " + Twine(n) + " has coefficient " +
                                   Twine(got) + " for input " +
                                   Twine(first + lane) + ", expected " +
                                   Twine(expected));
      }
  }
  return Error::success();
}

} // namespace setun
