// setun inspect: what each layer of a model costs after compilation, and what
// stayed float.
#include "Commands.h"
#include "Diagnostics.h"
#include "HlsTable.h"
#include "InspectModel.h"

#include "setun/Support/NpyType.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

using namespace mlir;

namespace setun::driver {

namespace {
struct InspectCommand : ModelOptions {
  std::string model;
  bool json = false;
  bool explain = false;
  InspectHlsOptions hls;

  int run();
};
} // namespace

/// Rows of text in columns as wide as they need to be.
static void printColumns(ArrayRef<std::vector<std::string>> rows,
                         raw_ostream &os) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto &row : rows)
    for (auto [width, cell] : llvm::zip(widths, row))
      width = std::max(width, cell.size());
  for (const auto &row : rows) {
    std::string line;
    for (auto [column, cell] : llvm::enumerate(row)) {
      // Words stand left, numbers right.
      bool isNumber = column >= 4;
      line += isNumber ? fmt::format("{:>{}}", cell, widths[column])
                       : fmt::format("{:<{}}", cell, widths[column]);
      line += "  ";
    }
    os << StringRef(line).rtrim() << "\n";
  }
}

static std::string shorten(std::string name) {
  name = escapeForTerminal(name);
  constexpr size_t limit = 32;
  return name.size() <= limit ? name
                              : "..." + name.substr(name.size() - limit + 3);
}

/// Picojoules in a unit that leaves few digits before the point.
static std::string printEnergy(double picojoules) {
  static constexpr const char *units[] = {"pJ", "nJ", "uJ", "mJ", "J"};
  size_t unit = 0;
  for (; picojoules >= 1000 && unit + 1 < std::size(units); ++unit)
    picojoules /= 1000;
  return fmt::format("{:.3g} {}", picojoules, units[unit]);
}

static std::vector<std::string> makeRow(const LayerFacts &layer,
                                        double picojoules) {
  auto number = [](int64_t value) {
    return value ? std::to_string(value) : std::string("-");
  };
  std::string additions = number(layer.additions);
  if (layer.additions != layer.additionsBefore)
    additions += " of " + std::to_string(layer.additionsBefore);
  return {shorten(layer.name),
          layer.op,
          layer.kernel,
          describeArray(layer.outputType, layer.outputShape),
          fmt::format("{}/{}/{}", number(layer.inputBits),
                      number(layer.weightBits), number(layer.outputBits)),
          number(layer.macs),
          number(layer.multiplications),
          additions,
          layer.weights && !layer.weightBytes ? "in code"
                                              : number(layer.weightBytes),
          printEnergy(picojoules)};
}

/// What keeps layers from being smaller.
static void printNotes(const ModelReport &report, raw_ostream &os) {
  for (const LayerFacts &layer : report.layers) {
    std::string note =
        layer.whyFloat.empty() ? describeWideWeights(layer) : layer.whyFloat;
    if (!note.empty())
      os << "  " << shorten(layer.name) << ": " << escapeForTerminal(note)
         << "\n";
  }
}

static void printTable(const ModelReport &report, raw_ostream &os) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "op", "kernel", "result", "bits in/weights/out", "MACs", "mul",
       "add", "bytes", "energy"}};
  std::string floats;
  for (auto [layer, energy] : llvm::zip(report.layers, report.energy.layers)) {
    rows.push_back(makeRow(layer, energy));
    if (layer.kernel == "float")
      floats += (floats.empty() ? "" : ", ") + shorten(layer.name);
  }
  const ModelTotals &totals = report.totals;
  os << escapeForTerminal(report.model) << ", opset " << report.opset << "\n\n";
  printColumns(rows, os);
  os << "\n";
  os << fmt::format("products:  {} MACs as {} multiplications and {} additions",
                    totals.macs, totals.multiplications, totals.additions);
  if (totals.additions != totals.additionsBefore)
    os << fmt::format(" ({} without sharing)", totals.additionsBefore);
  os << "\n";
  os << fmt::format("scales:    {} multiplications\n",
                    totals.scaleMultiplications);
  os << fmt::format("weights:   {} in {} bytes ({} bytes as float32)\n",
                    totals.weights, totals.weightBytes,
                    totals.floatWeightBytes);
  os << fmt::format("arena:     {} bytes (at least {})\n",
                    report.memory.arenaBytes, report.memory.arenaLowerBound);
  auto total = [&](NumberFormat format) {
    return printEnergy(report.energy[format].total.getTotal());
  };
  os << fmt::format("energy:    {} modelled; {} in int8, {} in float32\n",
                    total(NumberFormat::Compiled), total(NumberFormat::Int8),
                    total(NumberFormat::Float32));
  os << "float:     "
     << (floats.empty() ? "no product" : "the products " + floats) << "\n";
  if (report.scales) {
    os << "changed:   " << report.scales->describe() << "\n";
    for (const StaticScaleFacts &scale : report.scales->staticScales)
      os << "  " << escapeForTerminal(scale.describe()) << "\n";
  }
  printNotes(report, os);
}

/// Why each product has its kernel.
static void printKernels(const ModelReport &report, raw_ostream &os) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "kernel", "", "method", report.costUnit, "bytes", "cost"}};
  std::string objections;
  for (const LayerFacts &layer : report.layers)
    for (const KernelEstimate &estimate : layer.kernels) {
      std::string kernel = lowbit::stringifyKernelKind(estimate.kernel).str();
      if (!estimate.objection.empty()) {
        objections +=
            fmt::format("  {}: not {}: {}\n", shorten(layer.name), kernel,
                        escapeForTerminal(estimate.objection));
        continue;
      }
      rows.push_back({shorten(layer.name), kernel,
                      kernel == layer.kernel ? "chosen" : "", estimate.method,
                      fmt::format("{:.0f}", estimate.time),
                      fmt::format("{:.0f}", estimate.bytes),
                      fmt::format("{:.0f}", estimate.cost)});
    }
  os << "\nkernels for " << report.target
     << ", as the cost model sees them; without --kernel the least cost is "
        "chosen\n\n";
  printColumns(rows, os);
  os << objections;
}

int InspectCommand::run() {
  llvm::FailureOr<InspectedModel> inspected =
      inspectModel(model, *this, hls.get());
  if (failed(inspected))
    return WrongModel;
  if (json) {
    writeReportJson(inspected->report, llvm::outs());
    llvm::outs() << "\n";
  } else {
    printTable(inspected->report, llvm::outs());
    if (explain)
      printKernels(inspected->report, llvm::outs());
    if (const auto &design = inspected->report.hls) {
      llvm::outs() << "\nas a design for an FPGA\n\n";
      printHlsTable(*design, /*allStages=*/true, llvm::outs());
    }
  }
  return Success;
}

void addInspectCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<InspectCommand>();
  CLI::App *command =
      app.add_subcommand("inspect", "Show what each layer of a model costs");
  command
      ->add_option("model", options->model,
                   "The ONNX file, or a .mlir file in stage onnx or lowbit")
      ->required();
  command->add_flag("--json", options->json, "Print JSON instead of a table");
  command->add_flag("--explain", options->explain,
                    "Also print what each kernel would cost for each product, "
                    "and which one was chosen");
  options->hls.addTo(*command);
  options->addTo(*command);
  command->callback([options, command, &action] {
    options->hls.check(*command);
    action = [options] { return options->run(); };
  });
}

} // namespace setun::driver
