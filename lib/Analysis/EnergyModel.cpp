//===- EnergyModel.cpp - Estimated energy of a model ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constants stand once, in one table; all else is formulas on them.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/EnergyModel.h"

#include "setun/Support/NodeLocation.h"

#include "llvm/ADT/StringMap.h"

#include <optional>

using namespace mlir;

namespace setun {

const llvm::StringLiteral kEnergySource =
    "M. Horowitz, Computing's energy problem (and what we can do about it), "
    "ISSCC 2014";
const llvm::StringLiteral kEnergyTechnology = "45 nm, 0.9 V";

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

namespace {
enum Constant {
  IntegerAdd8,
  IntegerAdd32,
  IntegerMultiply8,
  IntegerMultiply32,
  FloatAdd16,
  FloatAdd32,
  FloatMultiply16,
  FloatMultiply32,
  Read8K,
  Read32K,
  Read1M,
  ReadDram
};
} // namespace

static constexpr EnergyConstant constants[] = {
    {"integer addition, 8 bits", 0.03},
    {"integer addition, 32 bits", 0.1},
    {"integer multiplication, 8 bits", 0.2},
    {"integer multiplication, 32 bits", 3.1},
    {"float addition, 16 bits", 0.4},
    {"float addition, 32 bits", 0.9},
    {"float multiplication, 16 bits", 1.1},
    {"float multiplication, 32 bits", 3.7},
    {"64 bits from SRAM of 8 KB", 10},
    {"64 bits from SRAM of 32 KB", 20},
    {"64 bits from SRAM of 1 MB", 100},
    // Published as 1.3 to 2.6 nJ.
    {"64 bits from DRAM, lower end", 1300}};

llvm::ArrayRef<EnergyConstant> getEnergyConstants() { return constants; }

static double get(Constant constant) { return constants[constant].picojoules; }

/// The line through (x0, y0) and (x1, y1); from the origin to the first point.
static double interpolate(double x, double x0, double y0, double x1,
                          double y1) {
  if (x <= x0)
    return y0 * x / x0;
  return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

double getIntegerAddEnergy(unsigned bits) {
  return interpolate(bits, 8, get(IntegerAdd8), 32, get(IntegerAdd32));
}

double getIntegerMultiplyEnergy(unsigned leftBits, unsigned rightBits) {
  return interpolate(double(leftBits) * rightBits, 8 * 8, get(IntegerMultiply8),
                     32 * 32, get(IntegerMultiply32));
}

double getFloatAddEnergy(unsigned bits) {
  if (bits <= 16)
    return get(FloatAdd16);
  return interpolate(bits, 16, get(FloatAdd16), 32, get(FloatAdd32));
}

double getFloatMultiplyEnergy(unsigned bits) {
  if (bits <= 16)
    return get(FloatMultiply16);
  return interpolate(double(bits) * bits, 16 * 16, get(FloatMultiply16),
                     32 * 32, get(FloatMultiply32));
}

const MemoryLevel &getMemoryLevel(int64_t bytes) {
  static const MemoryLevel levels[] = {
      {"8 KB SRAM", 8 << 10, get(Read8K) / 8},
      {"32 KB SRAM", 32 << 10, get(Read32K) / 8},
      {"1 MB SRAM", 1 << 20, get(Read1M) / 8},
      {"DRAM", -1, get(ReadDram) / 8}};
  for (const MemoryLevel &level : llvm::ArrayRef(levels).drop_back())
    if (bytes <= level.capacity)
      return level;
  return levels[std::size(levels) - 1];
}

//===----------------------------------------------------------------------===//
// One layer, one buffer
//===----------------------------------------------------------------------===//

Energy &Energy::operator+=(const Energy &other) {
  compute += other.compute;
  weights += other.weights;
  activations += other.activations;
  return *this;
}

static bool isQuantizer(const LayerFacts &layer) {
  return llvm::is_contained({"quantize", "dequantize", "dynamic_quantize",
                             "threshold", "requantize", "lookup"},
                            layer.op);
}

static double getCompiledEnergy(const LayerFacts &layer) {
  const OperationCount &count = layer.operations;
  if (!layer.isInteger) {
    // Codes on one side of a quantiser, floats on the other.
    unsigned bits = std::max(layer.inputBits, layer.outputBits);
    return count.multiplications * getFloatMultiplyEnergy(bits) +
           count.additions * getFloatAddEnergy(bits);
  }
  unsigned sumBits = layer.isProduct
                         ? layer.outputBits
                         : std::max(layer.inputBits, layer.outputBits);
  unsigned rightBits =
      layer.isProduct && layer.weightBits ? layer.weightBits : layer.inputBits;
  return count.multiplications *
             getIntegerMultiplyEnergy(layer.inputBits, rightBits) +
         count.additions * getIntegerAddEnergy(sumBits);
}

static int64_t getElements(ArrayRef<int64_t> shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= std::max<int64_t>(size, 0);
  return elements;
}

double getComputeEnergy(const LayerFacts &layer, NumberFormat format) {
  if (format == NumberFormat::Compiled)
    return getCompiledEnergy(layer);
  if (isQuantizer(layer))
    return 0;
  OperationCount count = layer.operations;
  if (layer.isProduct)
    count = {layer.macs, layer.macs};
  if (format == NumberFormat::Float32)
    return count.multiplications * getFloatMultiplyEnergy(32) +
           count.additions * getFloatAddEnergy(32);
  double energy =
      count.multiplications * getIntegerMultiplyEnergy(8, 8) +
      count.additions * getIntegerAddEnergy(layer.isProduct ? 32 : 8);
  if (layer.isProduct) // each sum is requantised
    energy += getElements(layer.outputShape) *
              (getIntegerMultiplyEnergy(32, 32) + getIntegerAddEnergy(32));
  return energy;
}

int64_t getWeightBytes(const LayerFacts &layer, NumberFormat format) {
  if (format == NumberFormat::Compiled)
    return layer.weightBytes;
  return layer.weights * (format == NumberFormat::Float32 ? 4 : 1);
}

int64_t getBufferBytes(const BufferFacts &buffer, NumberFormat format) {
  if (format == NumberFormat::Compiled || !buffer.isValue)
    return buffer.bytes;
  return buffer.elements * (format == NumberFormat::Float32 ? 4 : 1);
}

//===----------------------------------------------------------------------===//
// A model
//===----------------------------------------------------------------------===//

namespace {
/// Layers and steps are in the same order and share the names of ONNX nodes: a
/// layer belongs to the first step with one of its nodes that is not before the
/// step of the layer before it; a product, if possible, to a step that is
/// called after it, since the step before may prepare its input.
class StepFinder {
public:
  explicit StepFinder(const MemoryFacts &memory);

  /// Layers are asked for in order; -1 if there are no steps.
  int64_t find(const LayerFacts &layer);

private:
  using StepsOfName = llvm::StringMap<SmallVector<int64_t, 2>>;
  /// The first of the steps with `name` from the current one on.
  std::optional<int64_t> findNext(const StepsOfName &steps,
                                  StringRef name) const;

  StepsOfName withNode, calledAfter;
  int64_t current = -1;
};
} // namespace

StepFinder::StepFinder(const MemoryFacts &memory) {
  for (auto [index, step] : llvm::enumerate(memory.steps)) {
    calledAfter[step.name].push_back(index);
    for (const NodeName &node : getNodeNames(step.location))
      withNode[node.name].push_back(index);
    current = 0;
  }
}

std::optional<int64_t> StepFinder::findNext(const StepsOfName &steps,
                                            StringRef name) const {
  auto found = steps.find(name);
  if (found == steps.end())
    return std::nullopt;
  const int64_t *next = llvm::lower_bound(found->second, current);
  if (next == found->second.end())
    return std::nullopt;
  return *next;
}

int64_t StepFinder::find(const LayerFacts &layer) {
  std::optional<int64_t> best;
  if (layer.isProduct && !layer.name.empty())
    best = findNext(calledAfter, layer.name);
  if (!best)
    for (const NodeName &node : getNodeNames(layer.location))
      if (std::optional<int64_t> next = findNext(withNode, node.name))
        best = std::min(best.value_or(*next), *next);
  return current = best.value_or(current);
}

/// The most bytes of the arena that are alive at one step.
static int64_t getLiveBytes(const MemoryFacts &memory, NumberFormat format) {
  std::vector<int64_t> changes(memory.steps.size() + 1);
  for (const BufferFacts &buffer : memory.buffers) {
    if (buffer.offset < 0)
      continue;
    changes[buffer.firstStep] += getBufferBytes(buffer, format);
    changes[buffer.lastStep + 1] -= getBufferBytes(buffer, format);
  }
  int64_t alive = 0, most = 0;
  for (int64_t change : changes)
    most = std::max(most, alive += change);
  return most;
}

/// What a step moves between memory and arithmetic: inputs and outputs once,
/// scratch there and back.
static int64_t getTraffic(const StepFacts &step, const MemoryFacts &memory,
                          NumberFormat format) {
  int64_t bytes = 0;
  for (const auto *list : {&step.reads, &step.writes, &step.scratch})
    for (size_t buffer : *list)
      bytes += getBufferBytes(memory.buffers[buffer], format) *
               (list == &step.scratch ? 2 : 1);
  return bytes;
}

static FormatEnergy estimateFormat(ArrayRef<LayerFacts> layers,
                                   const MemoryFacts &memory,
                                   ArrayRef<int64_t> stepOfLayer,
                                   NumberFormat format) {
  FormatEnergy result;
  result.constantBytes = memory.constantBytes;
  for (const LayerFacts &layer : layers)
    result.constantBytes += getWeightBytes(layer, format) - layer.weightBytes;
  result.arenaBytes = format == NumberFormat::Compiled
                          ? memory.arenaBytes
                          : getLiveBytes(memory, format);
  result.weightMemory = &getMemoryLevel(result.constantBytes);
  result.activationMemory = &getMemoryLevel(result.arenaBytes);

  result.steps.resize(memory.steps.size());
  std::vector<int64_t> constants;
  for (const StepFacts &step : memory.steps)
    constants.push_back(step.constantBytes);
  for (auto [layer, step] : llvm::zip(layers, stepOfLayer)) {
    if (step < 0)
      continue;
    result.steps[step].compute += getComputeEnergy(layer, format);
    constants[step] += getWeightBytes(layer, format) - layer.weightBytes;
  }
  for (auto [index, step] : llvm::enumerate(memory.steps)) {
    Energy &energy = result.steps[index];
    energy.weights = std::max<int64_t>(constants[index], 0) *
                     result.weightMemory->picojoulesPerByte;
    energy.activations = getTraffic(step, memory, format) *
                         result.activationMemory->picojoulesPerByte;
    result.total += energy;
  }
  return result;
}

/// Divides the energy of the steps among their layers.
static std::vector<double> divideAmongLayers(ArrayRef<LayerFacts> layers,
                                             ArrayRef<int64_t> stepOfLayer,
                                             const FormatEnergy &compiled) {
  // The first layer of a step, or its first product.
  std::vector<int64_t> bearers(compiled.steps.size(), -1);
  for (auto [index, layer] : llvm::enumerate(layers)) {
    if (stepOfLayer[index] < 0)
      continue;
    int64_t &bearer = bearers[stepOfLayer[index]];
    if (bearer < 0 || (layer.isProduct && !layers[bearer].isProduct))
      bearer = index;
  }
  std::vector<double> energies;
  for (const LayerFacts &layer : layers)
    energies.push_back(getComputeEnergy(layer, NumberFormat::Compiled));
  for (auto [bearer, step] : llvm::zip(bearers, compiled.steps))
    if (bearer >= 0)
      energies[bearer] += step.weights + step.activations;
  return energies;
}

ModelEnergy estimateEnergy(ArrayRef<LayerFacts> layers,
                           const MemoryFacts &memory) {
  ModelEnergy energy;
  StepFinder finder(memory);
  for (const LayerFacts &layer : layers)
    energy.stepOfLayer.push_back(finder.find(layer));
  for (size_t i = 0; i < kNumberFormats; ++i)
    energy.formats[i] = estimateFormat(layers, memory, energy.stepOfLayer,
                                       static_cast<NumberFormat>(i));
  energy.layers = divideAmongLayers(layers, energy.stepOfLayer,
                                    energy[NumberFormat::Compiled]);
  return energy;
}

} // namespace setun
