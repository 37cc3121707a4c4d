//===- PopcountPrinter.cpp - Trees of counters as Verilog -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PopcountPrinter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace setun {

/// Bit `bit` of the number of ones in each of 0 .. 63.
static uint64_t makeTable(unsigned bit) {
  uint64_t table = 0;
  for (unsigned i = 0; i < 64; ++i)
    table |= uint64_t((llvm::popcount(i) >> bit) & 1) << i;
  return table;
}

/// `{c, b, a}`: Verilog has the highest bit first.
static std::string concatenate(std::vector<std::string> parts) {
  std::reverse(parts.begin(), parts.end());
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string getSlice(int64_t first, int64_t count) {
  return count == 1 ? fmt::format("[{}]", first)
                    : fmt::format("[{}:{}]", first + count - 1, first);
}

std::string padWire(llvm::StringRef wire, unsigned wireBits, unsigned bits) {
  if (bits == wireBits)
    return wire.str();
  return bits < wireBits ? fmt::format("{}{}", wire, getSlice(0, bits))
                         : fmt::format("{{{}'b0, {}}}", bits - wireBits, wire);
}

void PopcountPrinter::printTree(const PopcountTree &tree,
                                llvm::StringRef name) {
  auto getName = [&](int32_t wire) {
    return wire < tree.inputs ? fmt::format("b[{}]", wire)
                              : fmt::format("w{}", wire - tree.inputs);
  };
  unsigned bits = tree.getOutputBits();
  writer.blank();
  writer.comment(fmt::format("How many of {} bits are set.", tree.inputs));
  writer.linef("module {} (", name);
  writer.linef("  input wire [{}:0] b,", tree.inputs - 1);
  writer.linef("  output wire [{}:0] y", bits - 1);
  writer.line(");");
  for (unsigned bit = 0; bit < 3 && !tree.counters.empty(); ++bit)
    writer.linef("  localparam [63:0] BIT{} = 64'h{:016x};", bit,
                 makeTable(bit));
  for (auto [i, counter] : llvm::enumerate(tree.counters)) {
    std::vector<std::string> wires;
    for (int32_t wire : counter.inputs)
      wires.push_back(getName(wire));
    if (wires.size() < 6)
      wires.push_back(fmt::format("{}'b0", 6 - wires.size()));
    writer.linef("  wire [5:0] g{} = {};", i, concatenate(wires));
    for (unsigned bit = 0; bit < counter.outputs; ++bit)
      writer.linef("  wire {} = BIT{}[g{}];", getName(counter.first + bit), bit,
                   i);
  }
  printSum(tree, getName);
  writer.line("endmodule");
}

/// What counters leave: columns of one wire are bits of the result.
void PopcountPrinter::printSum(
    const PopcountTree &tree,
    llvm::function_ref<std::string(int32_t)> getName) {
  size_t first = tree.getFirstAddedColumn();
  std::vector<std::string> result, rows[2];
  for (auto [k, column] : llvm::enumerate(tree.columns)) {
    if (k < first) {
      result.push_back(getName(column.front()));
      continue;
    }
    rows[0].push_back(getName(column.front()));
    rows[1].push_back(column.size() < 2 ? "1'b0" : getName(column.back()));
  }
  if (!rows[0].empty()) {
    unsigned width = tree.getOutputBits() - first;
    for (std::vector<std::string> &row : rows)
      if (row.size() < width)
        row.push_back(fmt::format("{}'b0", width - row.size()));
    writer.linef("  wire [{}:0] sum = {} + {};", width - 1,
                 concatenate(rows[0]), concatenate(rows[1]));
    result.push_back("sum");
  }
  writer.linef("  assign y = {};", concatenate(result));
}

void PopcountPrinter::printTrees(llvm::ArrayRef<BitCount> counts) {
  for (const BitCount &count : counts) {
    size_t bits = count.bits.size();
    if (bits == 0 || modules.count(bits))
      continue;
    PopcountTree tree = PopcountTree::build(bits);
    Module module{names.unique(fmt::format("{}_count{}", prefix, bits)),
                  tree.getOutputBits()};
    printTree(tree, module.name);
    modules.emplace(bits, std::move(module));
  }
}

void PopcountPrinter::printCount(llvm::StringRef name, const BitCount &count) {
  const Module &module = modules.at(count.bits.size());
  std::vector<std::string> bits;
  for (BitCount::Bit bit : count.bits)
    bits.push_back(fmt::format("{}x{}", bit.isInverted ? "~" : "", bit.input));
  writer.linef("  wire [{}:0] {};", module.outputBits - 1, name);
  writer.linef("  {} {}_tree (.b({}), .y({}));", module.name, name,
               concatenate(bits), name);
}

} // namespace setun
