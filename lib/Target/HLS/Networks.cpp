//===- Networks.cpp - Products as networks of additions -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Networks.h"

#include "setun/Support/SourceWriter.h"

#include "llvm/ADT/DenseSet.h"

using namespace llvm;

namespace setun::hls {

using Operand = AdderNetwork::Operand;

//===----------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------===//

static std::optional<std::vector<int16_t>>
readMatrix(const NetworkSource &source) {
  std::vector<int16_t> codes;
  for (int64_t n = 0; n < source.outputs; ++n)
    for (int64_t k = 0; k < source.inputs; ++k) {
      int64_t weight = source.weight(n, k);
      if (!isInt<8>(weight))
        return std::nullopt;
      codes.push_back(static_cast<int16_t>(weight));
    }
  return codes;
}

std::optional<int64_t> countPlainAdditions(const NetworkSource &source) {
  std::optional<std::vector<int16_t>> codes = readMatrix(source);
  if (!codes)
    return std::nullopt;
  return IntegerMatrix{source.outputs, source.inputs, *codes}
      .countPlainAdders();
}

std::optional<AdderNetwork> searchNetwork(const NetworkSource &source,
                                          std::string &reason) {
  std::optional<std::vector<int16_t>> codes = readMatrix(source);
  if (!codes) {
    reason = "its weights have more than 8 bits";
    return std::nullopt;
  }
  IntegerMatrix matrix{source.outputs, source.inputs, *codes};
  if (int64_t additions = matrix.countPlainAdders();
      additions > maxNetworkAdditions) {
    reason = fmt::format("it takes {} additions, and at most {} are printed",
                         additions, maxNetworkAdditions);
    return std::nullopt;
  }
  AddSubNetwork network = buildAddSubNetwork(matrix);
  int64_t largest = std::max<int64_t>(1, source.range.magnitude());
  if (Error error = network.prove(matrix, largest, INT64_MAX / 4)) {
    reason = toString(std::move(error));
    return std::nullopt;
  }
  return makeAdderNetwork(network, source.range, source.isBipolar, source.bias);
}

//===----------------------------------------------------------------------===//
// C++
//===----------------------------------------------------------------------===//

static std::string getName(const AdderNetwork &network, int32_t wire) {
  return wire < network.inputs ? fmt::format("x{}", wire)
                               : fmt::format("s{}", wire - network.inputs);
}

/// `setun_hls::uwire<5> `
static std::string getType(WireFormat format) {
  return fmt::format("setun_hls::{}wire<{}>", format.isSigned ? "s" : "u",
                     format.bits);
}

/// wire * 2^shift in the bits of what it is added to.
static std::string printOperand(const AdderNetwork &network, Operand operand,
                                unsigned bits) {
  std::string name = getName(network, operand.wire);
  return operand.shift == 0 ? name
                            : fmt::format("setun_hls::shift_up<{}, {}>({})",
                                          bits, operand.shift, name);
}

static std::string printOutput(const AdderNetwork &network,
                               const AdderNetwork::Output &output,
                               unsigned sumBits) {
  if (output.value.wire == Operand::none)
    return std::to_string(output.constant);
  std::string text = printOperand(network, output.value, sumBits);
  if (output.constant == 0)
    return text;
  return fmt::format("{} {} {}", text, output.constant < 0 ? "-" : "+",
                     output.constant < 0 ? -output.constant : output.constant);
}

std::string printNetwork(const AdderNetwork &network, StringRef name,
                         StringRef code, unsigned sumBits) {
  DenseSet<int32_t> read;
  for (const AdderNetwork::Adder &adder : network.adders) {
    read.insert(adder.lhs.wire);
    read.insert(adder.rhs.wire);
  }
  for (const AdderNetwork::Output &output : network.outputs)
    read.insert(output.value.wire);
  bool readsInputs = llvm::any_of(
      read, [&](int32_t wire) { return wire >= 0 && wire < network.inputs; });

  std::string text;
  raw_string_ostream os(text);
  SourceWriter writer(os);
  writer.linef("// {} additions, about {} lookup tables.",
               network.adders.size(), network.countTables());
  writer.open(fmt::format("struct {} {{", name));
  writer.open(fmt::format("void operator()(const setun_hls::vec<{}, {}> &{}, "
                          "setun_hls::vec<ap_int<{}>, {}> &y) const {{",
                          code, network.inputs, readsInputs ? "x" : "", sumBits,
                          network.outputs.size()));
  writer.line("#pragma HLS INLINE");
  for (int32_t i = 0; i < network.inputs; ++i)
    if (read.contains(i))
      writer.linef("const {} x{} = setun_hls::get_wire(x[{}]);",
                   getType(WireFormat::of(network.inputRange)), i, i);
  for (auto [i, adder] : enumerate(network.adders)) {
    WireFormat format = WireFormat::of(adder.range);
    std::string lhs = adder.lhs.wire == Operand::none
                          ? ""
                          : printOperand(network, adder.lhs, format.bits) + " ";
    writer.linef("const {} s{} = {}{}{};", getType(format), i, lhs,
                 adder.isSubtraction ? (lhs.empty() ? "-" : "- ") : "+ ",
                 printOperand(network, adder.rhs, format.bits));
  }
  for (auto [n, output] : enumerate(network.outputs))
    writer.linef("y[{}] = {};", n, printOutput(network, output, sumBits));
  writer.close();
  writer.close("};");
  return text;
}

} // namespace setun::hls
