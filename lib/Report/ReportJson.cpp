//===- ReportJson.cpp - What a model costs, as JSON -----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `setun inspect --json` prints it, the page of `setun report` holds it.
//===----------------------------------------------------------------------===//

#include "setun/Report/ModelReport.h"

#include "setun/Support/NodeLocation.h"

#include "llvm/Support/JSON.h"

#include <cmath>
#include <fmt/format.h>

using namespace mlir;

namespace setun {
namespace {

class JsonWriter {
public:
  JsonWriter(const ModelReport &report, raw_ostream &os)
      : report(report), json(os, /*IndentSize=*/1) {}

  void write();

private:
  void writeTotals();
  void writeKernel(const KernelEstimate &estimate);
  void writeLayer(size_t index);
  void writeStep(size_t index);
  void writeArena();
  void writeEnergyModel();
  void writeFpgaCost(const FpgaCost &cost);
  void writeHls(const HlsEstimate &hls);
  void writeScales(const ScaleFacts &scales);
  void writeEnergy(StringRef key, const Energy &energy);
  void writePicojoules(StringRef key, double picojoules);
  void writeNodes(Location location);
  /// JSON is UTF-8; names in a model may be anything.
  void writeText(StringRef key, StringRef bytes) {
    json.attribute(key, llvm::json::fixUTF8(bytes));
  }
  int64_t sumBytes(ArrayRef<size_t> buffers) const;

  const ModelReport &report;
  llvm::json::OStream json;
};

} // namespace

/// What a format is called in keys; the compiled model has no name.
static StringRef getSuffix(NumberFormat format) {
  switch (format) {
  case NumberFormat::Compiled:
    return "";
  case NumberFormat::Float32:
    return "_float32";
  case NumberFormat::Int8:
    return "_int8";
  }
  return "";
}

static constexpr NumberFormat formats[kNumberFormats] = {
    NumberFormat::Compiled, NumberFormat::Float32, NumberFormat::Int8};

void JsonWriter::writePicojoules(StringRef key, double picojoules) {
  json.attributeBegin(key);
  json.rawValue(fmt::format("{}", std::round(picojoules * 1000) / 1000));
  json.attributeEnd();
}

void JsonWriter::writeEnergy(StringRef key, const Energy &energy) {
  json.attributeObject(key, [&] {
    writePicojoules("compute", energy.compute);
    writePicojoules("weights", energy.weights);
    writePicojoules("activations", energy.activations);
  });
}

void JsonWriter::writeNodes(Location location) {
  json.attributeArray("nodes", [&] {
    for (const NodeName &node : getNodeNames(location))
      json.value(llvm::json::fixUTF8(node.name));
  });
}

int64_t JsonWriter::sumBytes(ArrayRef<size_t> buffers) const {
  int64_t bytes = 0;
  for (size_t buffer : buffers)
    bytes += report.memory.buffers[buffer].bytes;
  return bytes;
}

void JsonWriter::writeTotals() {
  const ModelTotals &totals = report.totals;
  json.attribute("macs", totals.macs);
  json.attribute("multiplications", totals.multiplications);
  json.attribute("scale_multiplications", totals.scaleMultiplications);
  json.attribute("additions", totals.additions);
  json.attribute("additions_before_sharing", totals.additionsBefore);
  json.attribute("weights", totals.weights);
  json.attribute("weight_bytes", totals.weightBytes);
  json.attribute("weight_bytes_float32", totals.floatWeightBytes);
  json.attribute("constant_bytes", report.memory.constantBytes);
  for (NumberFormat format : formats)
    writePicojoules(("energy_pj" + getSuffix(format)).str(),
                    report.energy[format].total.getTotal());
}

void JsonWriter::writeKernel(const KernelEstimate &estimate) {
  json.attribute("kernel", lowbit::stringifyKernelKind(estimate.kernel));
  if (!estimate.objection.empty()) {
    writeText("objection", estimate.objection);
    return;
  }
  json.attribute("method", estimate.method);
  json.attributeObject("amounts", [&] {
    json.attribute("sums", estimate.amounts.sums);
    json.attribute("inputs", estimate.amounts.inputs);
    json.attribute("steps", estimate.amounts.steps);
    json.attribute("extra", estimate.amounts.extra);
  });
  json.attribute("time", estimate.time);
  json.attribute("bytes", estimate.bytes);
  json.attribute("cost", estimate.cost);
}

void JsonWriter::writeLayer(size_t index) {
  const LayerFacts &layer = report.layers[index];
  writeText("name", layer.name);
  writeText("op", layer.op);
  json.attribute("kernel", layer.kernel);
  json.attribute("domain", layer.isInteger ? "integer" : "float");
  json.attribute("shape", llvm::json::Array(layer.outputShape));
  json.attribute("input_bits", layer.inputBits);
  json.attribute("weight_bits", layer.weightBits);
  json.attribute("output_bits", layer.outputBits);
  json.attribute("macs", layer.macs);
  json.attribute("multiplications", layer.multiplications);
  json.attribute("additions", layer.additions);
  json.attribute("additions_before_sharing", layer.additionsBefore);
  if (!layer.isProduct)
    json.attribute("other_operations", layer.operations.multiplications +
                                           layer.operations.additions);
  json.attribute("weight_bytes", layer.weightBytes);
  json.attribute("weights", layer.weights);
  writePicojoules("energy_pj", report.energy.layers[index]);
  json.attribute("step", report.energy.stepOfLayer[index]);
  if (layer.accumulatorBits)
    json.attribute("accumulator_bits", layer.accumulatorBits);
  if (!layer.kernels.empty())
    json.attributeArray("kernels", [&] {
      for (const KernelEstimate &estimate : layer.kernels)
        json.object([&] { writeKernel(estimate); });
    });
  if (layer.weightLevels)
    json.attribute("weight_levels", layer.weightLevels);
  if (!layer.whyFloat.empty())
    writeText("why_float", layer.whyFloat);
  if (std::string note = describeWideWeights(layer); !note.empty())
    writeText("note", note);
  writeNodes(layer.location);
}

void JsonWriter::writeStep(size_t index) {
  const StepFacts &step = report.memory.steps[index];
  writeText("name", step.name);
  json.attribute("read_bytes", sumBytes(step.reads));
  json.attribute("written_bytes", sumBytes(step.writes));
  json.attribute("scratch_bytes", sumBytes(step.scratch));
  json.attribute("constant_bytes", step.constantBytes);
  for (NumberFormat format : formats)
    writeEnergy(("energy_pj" + getSuffix(format)).str(),
                report.energy[format].steps[index]);
  writeNodes(step.location);
}

void JsonWriter::writeArena() {
  json.attribute("bytes", report.memory.arenaBytes);
  json.attribute("lower_bound", report.memory.arenaLowerBound);
  json.attributeArray("buffers", [&] {
    for (const BufferFacts &buffer : report.memory.buffers)
      if (buffer.offset >= 0)
        json.object([&] {
          writeText("name", buffer.name);
          json.attribute("offset", buffer.offset);
          json.attribute("bytes", buffer.bytes);
          json.attribute("first_step", buffer.firstStep);
          json.attribute("last_step", buffer.lastStep);
        });
  });
}

void JsonWriter::writeEnergyModel() {
  json.attribute("source", kEnergySource);
  json.attribute("technology", kEnergyTechnology);
  json.attributeObject("constants_pj", [&] {
    for (const EnergyConstant &constant : getEnergyConstants())
      writePicojoules(constant.name, constant.picojoules);
  });
  for (NumberFormat format : formats) {
    const FormatEnergy &energy = report.energy[format];
    StringRef name = format == NumberFormat::Compiled
                         ? StringRef("compiled")
                         : getSuffix(format).drop_front();
    json.attributeObject(name, [&] {
      json.attribute("weight_bytes", energy.constantBytes);
      json.attribute("weight_memory", energy.weightMemory->name);
      json.attribute("activation_bytes", energy.arenaBytes);
      json.attribute("activation_memory", energy.activationMemory->name);
      writeEnergy("energy_pj", energy.total);
    });
  }
}

void JsonWriter::writeFpgaCost(const FpgaCost &cost) {
  json.attribute("lut", cost.luts);
  json.attribute("ff", cost.flipFlops);
  json.attribute("bram18", cost.blockRams);
  json.attribute("dsp", cost.dsps);
}

void JsonWriter::writeScales(const ScaleFacts &scales) {
  json.attribute("samples", scales.samples);
  json.attribute("random", scales.isRandom);
  // JSON has no infinity.
  json.attribute("largest_error", std::isfinite(scales.largestError)
                                      ? llvm::json::Value(scales.largestError)
                                      : llvm::json::Value(nullptr));
  json.attribute("changed_classes", scales.classes);
  json.attribute("rows", scales.rows);
  json.attribute("changed_codes", scales.codes);
  json.attribute("codes", scales.allCodes);
  json.attributeArray("static_scales", [&] {
    for (const StaticScaleFacts &scale : scales.staticScales)
      json.object([&] {
        writeText("node", scale.node);
        json.attribute("samples", scale.samples);
        json.attribute("largest_row", scale.largest);
        json.attribute("least_row", scale.least);
      });
  });
}

void JsonWriter::writeHls(const HlsEstimate &hls) {
  json.attribute("note", "estimated before synthesis, by no vendor's tool");
  writeText("part", hls.part);
  json.attribute("clock_ns", hls.clock);
  json.attribute("interval_cycles", hls.interval);
  json.attribute("latency_cycles", hls.latency);
  json.attributeObject("total", [&] { writeFpgaCost(hls.total); });
  if (const FpgaCost *device = findDevice(hls.part))
    json.attributeObject("device", [&] { writeFpgaCost(*device); });
  json.attributeArray("stages", [&] {
    for (const HlsStage &stage : hls.stages)
      json.object([&] {
        writeText("name", stage.name);
        writeText("comment", stage.comment);
        if (stage.pe > 0) {
          json.attribute("pe", stage.pe);
          json.attribute("simd", stage.simd);
        }
        json.attribute("cycles", stage.cycles);
        writeFpgaCost(stage.cost);
        json.attributeObject("parts", [&] {
          for (const HlsPart &part : stage.parts)
            json.attributeObject(part.name, [&] { writeFpgaCost(part.cost); });
        });
      });
  });
}

void JsonWriter::write() {
  json.object([&] {
    writeText("model", report.model);
    json.attribute("opset", report.opset);
    writeText("target", report.target);
    json.attribute("cost_unit", report.costUnit);
    json.attribute("arena_bytes", report.memory.arenaBytes);
    json.attribute("arena_lower_bound", report.memory.arenaLowerBound);
    json.attribute("weight_bytes", report.totals.weightBytes);
    json.attributeObject("totals", [&] { writeTotals(); });
    json.attributeArray("layers", [&] {
      for (size_t i = 0; i < report.layers.size(); ++i)
        json.object([&] { writeLayer(i); });
    });
    json.attributeArray("steps", [&] {
      for (size_t i = 0; i < report.memory.steps.size(); ++i)
        json.object([&] { writeStep(i); });
    });
    json.attributeObject("arena", [&] { writeArena(); });
    json.attributeObject("energy_model", [&] { writeEnergyModel(); });
    if (report.scales)
      json.attributeObject("scales", [&] { writeScales(*report.scales); });
    if (report.hls)
      json.attributeObject("hls", [&] { writeHls(*report.hls); });
  });
}

void writeReportJson(const ModelReport &report, raw_ostream &os) {
  JsonWriter(report, os).write();
}

} // namespace setun
