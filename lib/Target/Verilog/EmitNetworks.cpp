//===- EmitNetworks.cpp - Add/sub networks as Verilog ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Target/Verilog/EmitNetworks.h"

#include "PopcountPrinter.h"

#include "setun/Support/NodeLocation.h"

using namespace mlir;

namespace setun {
namespace {

using Operand = AdderNetwork::Operand;

/// Prints one network. Wires are called x0, x1, .. and s0, s1, ..; a number
/// that is never negative has no sign bit.
class NetworkPrinter {
public:
  NetworkPrinter(const AdderNetwork &network, SourceWriter &writer)
      : network(network), writer(writer) {}

  /// `codeBits` is the room of each code in x.
  void print(StringRef name, unsigned codeBits);
  /// The same product as counts of bits, which `printer` has modules for.
  void printCounts(StringRef name, unsigned codeBits,
                   llvm::ArrayRef<BitCount> counts, PopcountPrinter &printer);

private:
  std::string getName(int32_t wire) const {
    return wire < network.inputs ? fmt::format("x{}", wire)
                                 : fmt::format("s{}", wire - network.inputs);
  }
  static std::string declare(StringRef kind, int64_t index, unsigned bits) {
    return fmt::format("wire [{}:0] {}{}", bits - 1, kind, index);
  }
  std::string extend(int32_t wire, unsigned first, unsigned bits) const;
  std::string extend(Operand operand, unsigned bits) const;
  /// Up to the wires of the inputs. `cost` says what the module is made of.
  void printHead(StringRef name, unsigned codeBits, StringRef cost);
  void printAdder(int64_t index);
  /// `value` has all bits of a sum.
  void printOutput(int64_t index, StringRef value, int64_t constant);

  const AdderNetwork &network;
  SourceWriter &writer;
};

/// Bits `first` and up of a wire, in two's complement or without a sign, as
/// `bits` bits. All arithmetic is modulo the width of the result, so no number
/// needs a sign; yosys would turn sums of signed numbers into carry-save
/// adders, which take twice the lookup tables.
std::string NetworkPrinter::extend(int32_t wire, unsigned first,
                                   unsigned bits) const {
  WireFormat format = network.getFormat(wire);
  std::string name = getName(wire);
  auto fill = [&](unsigned count) {
    if (!format.isSigned)
      return fmt::format("{}'b0", count);
    std::string sign = fmt::format("{}[{}]", name, format.bits - 1);
    return count == 1 ? sign : fmt::format("{{{}{{{}}}}}", count, sign);
  };
  if (first >= format.bits)
    return fill(bits);
  unsigned rest = format.bits - first, taken = std::min(bits, rest);
  std::string part = taken < format.bits ? name + getSlice(first, taken) : name;
  return bits <= rest ? part
                      : fmt::format("{{{}, {}}}", fill(bits - rest), part);
}

/// The same of a shifted wire from bit 0.
std::string NetworkPrinter::extend(Operand operand, unsigned bits) const {
  unsigned shift = operand.shift;
  if (shift == 0)
    return extend(operand.wire, 0, bits);
  if (shift >= bits)
    return fmt::format("{}'b0", bits);
  return fmt::format("{{{}, {}'b0}}", extend(operand.wire, 0, bits - shift),
                     shift);
}

void NetworkPrinter::printAdder(int64_t index) {
  const AdderNetwork::Adder &adder = network.adders[index];
  unsigned bits = WireFormat::of(adder.range).bits;
  unsigned copied = std::min(adder.countCopiedBits(), bits);
  char sign = adder.isSubtraction ? '-' : '+';
  if (adder.lhs.wire == Operand::none) {
    writer.linef("  {} = -{};", declare("s", index, bits),
                 extend(adder.rhs, bits));
    return;
  }
  if (copied == 0) {
    writer.linef("  {} = {} {} {};", declare("s", index, bits),
                 extend(adder.lhs, bits), sign, extend(adder.rhs, bits));
    return;
  }
  // The side without a shift gives the lower bits as they are.
  bool leftIsLow = adder.lhs.shift == 0;
  int32_t low = leftIsLow ? adder.lhs.wire : adder.rhs.wire;
  int32_t other = leftIsLow ? adder.rhs.wire : adder.lhs.wire;
  std::string lowBits = extend(low, 0, copied);
  if (bits == copied) {
    writer.linef("  {} = {};", declare("s", index, bits), lowBits);
    return;
  }
  unsigned rest = bits - copied;
  std::string high = extend(other, 0, rest);
  if (adder.countAddedBits(network) > 0) {
    std::string left = extend(low, copied, rest), right = high;
    if (!leftIsLow)
      std::swap(left, right);
    writer.linef("  {} = {} {} {};", declare("h", index, rest), left, sign,
                 right);
    high = fmt::format("h{}", index);
  }
  writer.linef("  {} = {{{}, {}}};", declare("s", index, bits), high, lowBits);
}

void NetworkPrinter::printOutput(int64_t index, StringRef value,
                                 int64_t constant) {
  unsigned bits = network.getOutputFormat().bits;
  uint64_t mask = bits < 64 ? (uint64_t(1) << bits) - 1 : ~uint64_t(0);
  std::string number = fmt::format("{}'d{}", bits, constant & mask);
  std::string sum = value.empty()   ? number
                    : constant == 0 ? value.str()
                                    : fmt::format("{} + {}", value, number);
  writer.linef("  assign y{} = {};", getSlice(index * bits, bits), sum);
}

void NetworkPrinter::printHead(StringRef name, unsigned codeBits,
                               StringRef cost) {
  WireFormat outputs = network.getOutputFormat();
  writer.comment(fmt::format(
      "{} codes of {} bits in x, {} sums of {} bits ({}) in y, the first in "
      "the lowest bits; a bipolar code -1 is the bit 0. {}",
      network.inputs, codeBits, network.outputs.size(), outputs.bits,
      outputs.isSigned ? "two's complement" : "no sign", cost));
  writer.linef("module {} (", name);
  writer.linef("  input wire [{}:0] x,", network.inputs * codeBits - 1);
  writer.linef("  output wire [{}:0] y",
               network.outputs.size() * outputs.bits - 1);
  writer.line(");");
  WireFormat input = WireFormat::of(network.inputRange);
  unsigned used = std::min(input.bits, codeBits);
  for (int64_t i = 0; i < network.inputs; ++i)
    writer.linef("  {} = x{};", declare("x", i, used),
                 getSlice(i * codeBits, used));
}

void NetworkPrinter::print(StringRef name, unsigned codeBits) {
  printHead(name, codeBits,
            fmt::format("{} additions, {} tables.", network.adders.size(),
                        network.countTables()));
  for (size_t i = 0; i < network.adders.size(); ++i)
    printAdder(i);
  unsigned bits = network.getOutputFormat().bits;
  for (auto [i, output] : llvm::enumerate(network.outputs))
    printOutput(
        i, output.value.wire == Operand::none ? "" : extend(output.value, bits),
        output.constant);
  writer.line("endmodule");
}

void NetworkPrinter::printCounts(StringRef name, unsigned codeBits,
                                 llvm::ArrayRef<BitCount> counts,
                                 PopcountPrinter &printer) {
  unsigned bits = network.getOutputFormat().bits;
  printHead(name, codeBits,
            fmt::format("Counts of bits, {} tables.",
                        countTables(counts, network.getOutputFormat())));
  for (auto [i, count] : llvm::enumerate(counts)) {
    std::string value;
    if (!count.bits.empty()) {
      std::string wire = fmt::format("c{}", i);
      printer.printCount(wire, count);
      unsigned wireBits = llvm::bit_width(count.bits.size());
      value = count.shift >= bits ? fmt::format("{}'b0", bits)
                                  : padWire(wire, wireBits, bits - count.shift);
      if (count.shift > 0 && count.shift < bits)
        value = fmt::format("{{{}, {}'b0}}", value, count.shift);
    }
    printOutput(i, value, count.constant);
  }
  writer.line("endmodule");
}

/// The counts of bits that stand for a network; nothing where it stays one.
static std::optional<std::vector<BitCount>>
chooseBitCounts(const AdderNetwork &network, BitProducts choice) {
  if (choice == BitProducts::Networks)
    return std::nullopt;
  std::optional<std::vector<BitCount>> counts = getBitCounts(network);
  if (counts && choice == BitProducts::Smaller &&
      countTables(*counts, network.getOutputFormat()) >= network.countTables())
    return std::nullopt;
  return counts;
}

} // namespace

llvm::FailureOr<std::string>
emitVerilogNetworks(ModuleOp module, const VerilogOptions &options) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  SourceWriter writer(stream);
  writer.comment(fmt::format("Generated by setun {} -- do not edit. Products "
                             "with constant weights as additions and counts "
                             "of bits, Verilog-2001, combinational.",
                             escapeForComment(options.version)));
  NameScope names;
  PopcountPrinter popcounts(names, options.name, writer);
  bool hasNetworks = false;
  module.walk([&](Operation *operation) {
    auto network = dyn_cast<lowbit::AddSubOp>(operation);
    if (!network) {
      if (isa<lowbit::PackedMatmulOp, lowbit::MatmulOp>(operation))
        operation->emitRemark("this product is no network of additions");
      return;
    }
    SmallVector<NodeName> nodes = getNodeNames(network.getLoc());
    std::string node = nodes.empty() ? "layer" : nodes.front().name;
    auto type = cast<ShapedType>(network.getInput().getType());
    unsigned codeBits = lowbit::getCodeBits(type.getElementType());
    AdderNetwork adders = getAdderNetwork(network);
    std::optional<std::vector<BitCount>> counts =
        chooseBitCounts(adders, options.bitProducts);
    std::string name = names.unique(options.name + "_" + makeIdentifier(node));
    if (counts)
      popcounts.printTrees(*counts);
    writer.blank();
    if (!nodes.empty())
      writer.comment(describeNodes(network.getLoc()));
    NetworkPrinter printer(adders, writer);
    if (counts)
      printer.printCounts(name, codeBits, *counts, popcounts);
    else
      printer.print(name, codeBits);
    hasNetworks = true;
  });
  if (!hasNetworks)
    return module.emitError(
        "no product is a network of additions; "
        "--kernel=addsub makes networks of all that can be");
  return text;
}

} // namespace setun
