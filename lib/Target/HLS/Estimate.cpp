//===- Estimate.cpp - What a design will take -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Estimate.h"
#include "Project.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace setun::hls {

int64_t getTypeBits(StringRef type) {
  if (type == "float")
    return 32;
  if (type == "double")
    return 64;
  if (type == "setun_hls::bipolar" || type == "bool")
    return 1;
  // ap_int<4>, ap_uint<4>, int32_t
  StringRef digits = type.drop_until(isDigit).take_while(isDigit);
  int64_t bits = 0;
  return digits.getAsInteger(10, bits) ? 32 : bits;
}

void addPart(Stage &stage, StringRef name, const FpgaCost &cost) {
  if (cost == FpgaCost())
    return;
  auto part = find_if(stage.parts,
                      [&](const HlsPart &part) { return part.name == name; });
  if (part == stage.parts.end())
    stage.parts.push_back({name.str(), cost});
  else
    part->cost += cost;
}

void estimateProduct(Stage &stage, const fpga::MatrixVectorUnit &unit) {
  addPart(stage, "products", fpga::products(unit));
  addPart(stage, "sums", fpga::sums(unit));
  addPart(stage, "weights", fpga::weights(unit));
  addPart(stage, "row", fpga::rowBuffer(unit));
  stage.depth += 2 + fpga::getTreeDepth(unit.simd);
  stage.tail = (unit.outputs / unit.pe - 1) * unit.getSteps();
}

void estimateNetwork(Stage &stage, const AdderNetwork &network) {
  int64_t tables = network.countTables();
  // Assumed: a register behind each.
  addPart(stage, "network", {tables, tables});
  std::vector<int64_t> depths(network.inputs, 0);
  auto get = [&](AdderNetwork::Operand operand) {
    return operand.wire == AdderNetwork::Operand::none ? 0
                                                       : depths[operand.wire];
  };
  for (const AdderNetwork::Adder &adder : network.adders)
    depths.push_back(std::max(get(adder.lhs), get(adder.rhs)) + 1);
  int64_t depth = 0;
  for (const AdderNetwork::Output &output : network.outputs)
    depth = std::max(depth, get(output.value));
  stage.depth += depth;
}

void estimateFloatProduct(Stage &stage, int64_t terms, int64_t outputs) {
  using fpga::FloatOperator;
  addPart(stage, "products", fpga::floatOperator(FloatOperator::Multiply));
  addPart(stage, "sums",
          fpga::floatOperator(FloatOperator::Add) + fpga::ram(outputs, 32));
  addPart(stage, "weights", fpga::rom(terms * outputs, 32));
  addPart(stage, "row", fpga::ram(terms, 32));
  stage.depth += fpga::getFloatLatency(FloatOperator::Multiply) +
                 fpga::getFloatLatency(FloatOperator::Add);
}

void estimateFloatSum(Stage &stage, int64_t rows, int64_t weights) {
  using fpga::FloatOperator;
  // One for the next term, fifteen for the halves.
  constexpr int64_t lanes = 16;
  addPart(stage, "sums", lanes * fpga::floatOperator(FloatOperator::Add));
  addPart(stage, "lanes", fpga::ram(rows, lanes * 32));
  stage.depth += 5 * fpga::getFloatLatency(FloatOperator::Add);
  if (weights == 0)
    return;
  addPart(stage, "products", fpga::floatOperator(FloatOperator::Multiply));
  addPart(stage, "weights", fpga::rom(weights, 32));
  stage.depth += fpga::getFloatLatency(FloatOperator::Multiply);
}

void estimateSelection(Stage &stage, StringRef type, int64_t kept) {
  int64_t bits = getTypeBits(type);
  FpgaCost compare = type == "float"
                         ? fpga::floatOperator(fpga::FloatOperator::Compare)
                         : fpga::comparison(bits, /*isConstant=*/false);
  // An element and its place are kept, moved on, or replaced.
  constexpr int64_t placeBits = 32;
  addPart(stage, "comparison", kept * compare);
  addPart(stage, "kept", kept * FpgaCost{bits + placeBits, bits + placeBits});
}

void estimatePool(Stage &stage, bool isMax, StringRef type, int64_t channels,
                  int64_t lanes) {
  using fpga::FloatOperator;
  int64_t bits = getTypeBits(type);
  FpgaCost combine = fpga::adder(bits);
  // The sum of a channel waits for its last addition.
  if (type == "float" && !isMax)
    stage.cycles *= fpga::getSumInterval(channels / lanes);
  if (type == "float")
    combine = fpga::floatOperator(isMax ? FloatOperator::Compare
                                        : FloatOperator::Add);
  else if (isMax)
    combine = fpga::comparison(bits, /*isConstant=*/false) + FpgaCost{bits};
  addPart(stage, "windows", lanes * combine);
  addPart(stage, "states", fpga::ram(channels / lanes, lanes * bits));
}

void estimateDynamicQuantize(Stage &stage, int64_t k, bool byReciprocal) {
  using fpga::FloatOperator;
  auto get = [](FloatOperator op) { return fpga::floatOperator(op); };
  addPart(stage, "row", fpga::ram(k, 32));
  // The largest magnitude is an integer's maximum.
  addPart(stage, "largest",
          fpga::comparison(31, /*isConstant=*/false) + FpgaCost{31, 31});
  addPart(stage, "scale",
          2 * get(FloatOperator::Divide) + get(FloatOperator::Compare) +
              int64_t(byReciprocal) * get(FloatOperator::Multiply));
  addPart(stage, "steps",
          get(FloatOperator::Multiply) + 2 * get(FloatOperator::Compare) +
              get(FloatOperator::Add));
  stage.depth += 2 * fpga::getFloatLatency(FloatOperator::Divide) +
                 2 * fpga::getFloatLatency(FloatOperator::Multiply) +
                 fpga::getFloatLatency(FloatOperator::Add) + 3;
}

/// Loops and their state machine; a handshake for each port.
static FpgaCost estimateControl(const Stage &stage) {
  int64_t ports = stage.inputs.size() + stage.outputs.size();
  return fpga::counter(std::max<int64_t>(stage.cycles, 1)) +
         ports * FpgaCost{2, 1} + FpgaCost{8, 6};
}

/// Where frames cross the border. Registers of a stream on both sides of its
/// handshake; the master of a memory is an assumption.
static FpgaCost estimateBorder(int64_t bits, bool isStream) {
  int64_t word = 8;
  while (word < bits)
    word *= 2;
  if (isStream)
    return {word + 8, 2 * word + 8};
  return {700 + word, 900 + 2 * word, 2};
}

void completeEstimate(Design &design, bool bordersAreStreams) {
  for (auto &stage : design.stages) {
    addPart(*stage, "control", estimateControl(*stage));
    for (const Stage::Port &port : stage->outputs)
      addPart(*stage, "streams",
              fpga::fifo(port.stream->depth,
                         port.stream->lanes * getTypeBits(port.stream->type)));
    if (!stage->border.empty()) {
      const Stage::Port &port =
          stage->inputs.empty() ? stage->outputs[0] : stage->inputs[0];
      addPart(
          *stage, "border",
          estimateBorder(getTypeBits(port.stream->type), bordersAreStreams));
    }
  }
}

namespace {
/// When beats of a stream come, in clock cycles.
struct Arrival {
  int64_t first = 0, last = 0;
};
} // namespace

/// A stage starts once its inputs have begun; it gives its first beat after as
/// many as it has to see, and its last neither before its loops are through nor
/// before it has dealt with the last input.
static int64_t estimateLatency(const Design &design) {
  DenseMap<const Stream *, Arrival> arrivals;
  int64_t latency = 0;
  for (const auto &stage : design.stages) {
    int64_t start = 0, first = 0, last = 0;
    for (auto [i, port] : enumerate(stage->inputs)) {
      Arrival arrival = arrivals.lookup(port.stream);
      start = std::max(start, arrival.first);
      last = std::max(last, arrival.last + stage->tail);
      int64_t beats = std::max<int64_t>(port.stream->getBeats(), 1);
      // What it has to see takes as long as it takes to come.
      int64_t seen = i == 0 ? std::min(stage->delay / port.lanes, beats) : 0;
      first = std::max(first, arrival.first + (arrival.last - arrival.first) *
                                                  seen / beats);
    }
    Arrival result;
    result.first = std::max(first, start) + stage->depth;
    result.last = std::max(last, start + stage->cycles) + stage->depth;
    for (const Stage::Port &port : stage->outputs)
      arrivals[port.stream] = result;
    latency = std::max(latency, result.last);
  }
  return latency;
}

HlsEstimate collectEstimate(const Design &design) {
  HlsEstimate estimate;
  for (const auto &stage : design.stages) {
    HlsStage facts{stage->name,  stage->comment,  stage->pe,
                   stage->simd,  stage->rows,     stage->outputsOfRow,
                   stage->group, stage->cycles,   {},
                   stage->parts, stage->isNetwork};
    for (const HlsPart &part : stage->parts)
      facts.cost += part.cost;
    estimate.total += facts.cost;
    estimate.interval = std::max(estimate.interval, stage->cycles);
    estimate.stages.push_back(std::move(facts));
  }
  estimate.latency = estimateLatency(design);
  return estimate;
}

} // namespace setun::hls
