//===- AdderNetwork.cpp - An add/sub network as wires and adders ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Analysis/AdderNetwork.h"

#include "setun/Analysis/ValueBounds.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun {

using lowbit::CodeRange;

/// Of a lookup table.
static constexpr unsigned tableInputs = 6;

WireFormat WireFormat::of(CodeRange range) {
  if (range.min >= 0)
    return {unsigned(std::max(1, llvm::bit_width(uint64_t(range.max)))), false};
  // -2^n takes as many bits as 2^n - 1.
  uint64_t magnitude = std::max(~range.min, std::max<int64_t>(range.max, 0));
  return {1 + unsigned(llvm::bit_width(magnitude)), true};
}

/// a + b and a - (b << s) leave the lower bits of the side that is not shifted;
/// (a << s) - b does not, its carries begin at the lowest bit.
unsigned AdderNetwork::Adder::countCopiedBits() const {
  if (lhs.wire == Operand::none)
    return 0;
  return isSubtraction ? rhs.shift : std::max(lhs.shift, rhs.shift);
}

/// Above the longer operand both are their signs, which need no table of their
/// own: the one below has the same inputs.
unsigned
AdderNetwork::Adder::countAddedBits(const AdderNetwork &network) const {
  unsigned bits = WireFormat::of(range).bits, copied = countCopiedBits();
  if (lhs.wire == Operand::none)
    return bits;
  WireFormat low = network.getFormat(lhs.shift == 0 ? lhs.wire : rhs.wire);
  bool apart = !isSubtraction && !low.isSigned && low.bits <= copied;
  unsigned overlap = std::max(network.getFormat(lhs.wire).bits + lhs.shift,
                              network.getFormat(rhs.wire).bits + rhs.shift);
  bits = std::min(bits, overlap);
  return apart || bits <= copied ? 0 : bits - copied;
}

WireFormat AdderNetwork::getOutputFormat() const {
  CodeRange all{0, 0};
  for (const Output &output : outputs)
    all = {std::min(all.min, output.range.min),
           std::max(all.max, output.range.max)};
  return WireFormat::of(all);
}

int64_t countConstantTables(int64_t constant, unsigned shift, unsigned bits) {
  if (constant == 0 || shift > 0)
    return 0;
  return bits - std::min<unsigned>(llvm::countr_zero(uint64_t(constant)), bits);
}

/// The wires that depend on few enough inputs for one table a bit.
static std::vector<bool> findTableWires(const AdderNetwork &network) {
  size_t limit = tableInputs / WireFormat::of(network.inputRange).bits;
  std::vector<SmallVector<int32_t, tableInputs>> inputs;
  std::vector<bool> result;
  for (int32_t i = 0; i < network.inputs; ++i)
    inputs.push_back({i});
  result.assign(network.inputs, limit > 0);
  for (const AdderNetwork::Adder &adder : network.adders) {
    SmallVector<int32_t, tableInputs> found;
    bool isSmall = true;
    for (int32_t wire : {adder.lhs.wire, adder.rhs.wire}) {
      if (wire == AdderNetwork::Operand::none)
        continue;
      isSmall &= result[wire];
      if (isSmall)
        for (int32_t input : inputs[wire])
          if (!llvm::is_contained(found, input))
            found.push_back(input);
    }
    isSmall &= found.size() <= limit;
    inputs.push_back(isSmall ? found : SmallVector<int32_t, tableInputs>());
    result.push_back(isSmall);
  }
  return result;
}

int64_t AdderNetwork::countTables() const {
  std::vector<bool> isTable = findTableWires(*this);
  std::vector<bool> isRead(isTable.size());
  int64_t bits = 0;
  auto read = [&](int32_t wire) {
    if (wire != Operand::none)
      isRead[wire] = true;
  };
  for (const Output &output : outputs) {
    read(output.value.wire);
    if (output.value.wire != Operand::none)
      bits += countConstantTables(output.constant, output.value.shift,
                                  WireFormat::of(output.range).bits);
  }
  // What only tables read is inside of them.
  for (size_t i = adders.size(); i-- > 0;) {
    const Adder &adder = adders[i];
    unsigned width = WireFormat::of(adder.range).bits;
    if (!isTable[inputs + i]) {
      bits += adder.countAddedBits(*this);
      read(adder.lhs.wire);
      read(adder.rhs.wire);
    } else if (isRead[inputs + i]) {
      bits += width - std::min(width, adder.countCopiedBits());
    }
  }
  return bits;
}

static int64_t getCoefficient(AdderNetwork::Operand operand,
                              ArrayRef<int64_t> coefficients) {
  return operand.wire == AdderNetwork::Operand::none
             ? 0
             : coefficients[operand.wire] << operand.shift;
}

void AdderNetwork::findCoefficients(int64_t input,
                                    std::vector<int64_t> &coefficients) const {
  coefficients.assign(inputs + adders.size(), 0);
  coefficients[input] = 1;
  for (auto [i, adder] : llvm::enumerate(adders)) {
    int64_t right = getCoefficient(adder.rhs, coefficients);
    coefficients[inputs + i] = getCoefficient(adder.lhs, coefficients) +
                               (adder.isSubtraction ? -right : right);
  }
}

std::vector<std::vector<int64_t>> AdderNetwork::getCoefficients() const {
  std::vector<std::vector<int64_t>> result(outputs.size(),
                                           std::vector<int64_t>(inputs));
  std::vector<int64_t> coefficients;
  for (int64_t input = 0; input < inputs; ++input) {
    findCoefficients(input, coefficients);
    for (auto [output, row] : llvm::zip_equal(outputs, result))
      row[input] = getCoefficient(output.value, coefficients);
  }
  return result;
}

void AdderNetwork::findRanges() {
  for (Adder &adder : adders)
    adder.range = {0, 0};
  std::vector<int64_t> coefficients;
  for (int64_t input = 0; input < inputs; ++input) {
    findCoefficients(input, coefficients);
    for (auto [i, adder] : llvm::enumerate(adders)) {
      int64_t sum = coefficients[inputs + i];
      adder.range.min += sum * (sum > 0 ? inputRange.min : inputRange.max);
      adder.range.max += sum * (sum > 0 ? inputRange.max : inputRange.min);
    }
  }
}

namespace {

/// Makes adders of sums as they come.
class NetworkBuilder {
protected:
  /// A value: what depends on inputs, and what does not.
  struct Term {
    AdderNetwork::Operand operand;
    int64_t constant = 0;
  };

  Term addTerms(Term lhs, Term rhs, bool subtract);
  AdderNetwork finish(ArrayRef<Term> outputs);

  AdderNetwork network;
};

/// Shifts that both sides have go to the result.
NetworkBuilder::Term NetworkBuilder::addTerms(Term lhs, Term rhs,
                                              bool subtract) {
  int64_t constant =
      subtract ? lhs.constant - rhs.constant : lhs.constant + rhs.constant;
  if (rhs.operand.wire == AdderNetwork::Operand::none)
    return {lhs.operand, constant};
  if (lhs.operand.wire == AdderNetwork::Operand::none && !subtract)
    return {rhs.operand, constant};
  bool negates = lhs.operand.wire == AdderNetwork::Operand::none;
  int32_t shift = negates ? rhs.operand.shift
                          : std::min(lhs.operand.shift, rhs.operand.shift);
  if (!negates)
    lhs.operand.shift -= shift;
  rhs.operand.shift -= shift;
  network.adders.push_back({lhs.operand, rhs.operand, subtract, {}});
  return {{int32_t(network.inputs + network.adders.size() - 1), shift},
          constant};
}

AdderNetwork NetworkBuilder::finish(ArrayRef<Term> outputs) {
  network.findRanges();
  // With x = 2 b - 1, a sum over x is twice the sum over b less the sum of the
  // coefficients, which is what all b = 1 make of it.
  std::vector<int64_t> ones(network.inputs + network.adders.size(), 1);
  auto get = [&](AdderNetwork::Operand operand) {
    return getCoefficient(operand, ones);
  };
  for (auto [i, adder] : llvm::enumerate(network.adders))
    ones[network.inputs + i] =
        get(adder.lhs) + (adder.isSubtraction ? -1 : 1) * get(adder.rhs);
  for (Term term : outputs) {
    AdderNetwork::Output output{term.operand, term.constant, {}};
    if (network.inputsAreBipolar && term.operand.wire >= 0) {
      output.constant -= get(output.value);
      ++output.value.shift;
    }
    CodeRange range = output.value.wire < 0
                          ? CodeRange{0, 0}
                          : network.getRange(output.value.wire);
    output.range = {(range.min << output.value.shift) + output.constant,
                    (range.max << output.value.shift) + output.constant};
    network.outputs.push_back(output);
  }
  return balanceAdders(network);
}

/// Reads the region of a `lowbit.addsub`.
class NetworkReader : NetworkBuilder {
public:
  explicit NetworkReader(lowbit::AddSubOp op) : op(op) {}

  AdderNetwork read();

private:
  void readInputs();
  void readOp(Operation &operation);

  lowbit::AddSubOp op;
  DenseMap<Value, Term> terms;
};

void NetworkReader::readInputs() {
  Block &block = op.getBody().front();
  auto type = cast<ShapedType>(op.getInput().getType());
  network.inputs = block.getNumArguments();
  network.inputsAreBipolar = isa<lowbit::BipolarType>(type.getElementType());
  network.inputRange = network.inputsAreBipolar
                           ? CodeRange{0, 1}
                           : getValueBounds(op.getInput()).getHull();
  for (BlockArgument argument : block.getArguments())
    terms[argument] = {{int32_t(argument.getArgNumber())}};
}

void NetworkReader::readOp(Operation &operation) {
  auto get = [&](unsigned i) { return terms.lookup(operation.getOperand(i)); };
  Term &result = terms[operation.getResult(0)];
  APInt number;
  if (matchPattern(&operation, m_ConstantInt(&number))) {
    result.constant = number.getSExtValue();
  } else if (isa<arith::ShLIOp>(operation)) {
    int64_t shift = get(1).constant;
    Term term = get(0);
    term.operand.shift += shift;
    term.constant <<= shift;
    terms[operation.getResult(0)] = term;
  } else {
    Term sum = addTerms(get(0), get(1), isa<arith::SubIOp>(operation));
    terms[operation.getResult(0)] = sum;
  }
}

AdderNetwork NetworkReader::read() {
  readInputs();
  Block &block = op.getBody().front();
  for (Operation &operation : block.without_terminator())
    readOp(operation);
  SmallVector<Term> outputs;
  for (Value value : block.getTerminator()->getOperands())
    outputs.push_back(terms.lookup(value));
  return finish(outputs);
}

/// Takes a network that was searched for.
class NetworkConverter : NetworkBuilder {
public:
  AdderNetwork convert(const AddSubNetwork &from, CodeRange inputRange,
                       bool isBipolar, ArrayRef<int64_t> constants);
};

AdderNetwork NetworkConverter::convert(const AddSubNetwork &from,
                                       CodeRange inputRange, bool isBipolar,
                                       ArrayRef<int64_t> constants) {
  network.inputs = from.inputs;
  network.inputsAreBipolar = isBipolar;
  network.inputRange = isBipolar ? CodeRange{0, 1} : inputRange;
  std::vector<Term> terms;
  for (int64_t i = 0; i < from.inputs; ++i)
    terms.push_back({{int32_t(i)}});
  auto get = [&](int32_t value, int32_t shift) {
    Term term = terms[value];
    term.operand.shift += shift;
    return term;
  };
  using Operation = AddSubNetwork::Operation;
  for (const AddSubNetwork::Node &node : from.nodes)
    terms.push_back(node.operation == Operation::Negate
                        ? addTerms({}, get(node.lhs, 0), true)
                        : addTerms(get(node.lhs, node.lhsShift),
                                   get(node.rhs, node.rhsShift),
                                   node.operation == Operation::Subtract));
  SmallVector<Term> outputs;
  for (auto [n, output] : llvm::enumerate(from.outputs)) {
    Term term = output.value == AddSubNetwork::zero
                    ? Term()
                    : get(output.value, output.shift);
    term.constant += constants[n];
    outputs.push_back(term);
  }
  return finish(outputs);
}

} // namespace

AdderNetwork getAdderNetwork(lowbit::AddSubOp op) {
  return NetworkReader(op).read();
}

AdderNetwork makeAdderNetwork(const AddSubNetwork &network,
                              CodeRange inputRange, bool inputsAreBipolar,
                              ArrayRef<int64_t> constants) {
  return NetworkConverter().convert(network, inputRange, inputsAreBipolar,
                                    constants);
}

} // namespace setun
