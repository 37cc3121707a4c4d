// setun inspect: what each layer of a model costs after compilation, and what
// stayed float.
#include "Commands.h"
#include "Diagnostics.h"
#include "Session.h"

#include "setun/Analysis/LayerFacts.h"
#include "setun/Support/NodeLocation.h"
#include "setun/Support/NpyType.h"
#include "setun/Target/LLVM/EntrySignature.h"

#include "llvm/Support/JSON.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

using namespace mlir;

namespace setun::driver {

namespace {
/// Everything that is printed, in either form.
struct Report {
  /// Owns the locations of the layers.
  std::unique_ptr<MLIRContext> context;
  std::string model;
  int64_t opset = 0;
  int64_t arenaBytes = 0;
  int64_t arenaLowerBound = 0;
  std::vector<LayerFacts> layers;
  ModelTotals totals;
};

struct InspectCommand : ModelOptions {
  std::string model;
  bool json = false;

  int run();

private:
  llvm::FailureOr<Report> inspect();
};
} // namespace

/// The arena's size is its type; its lower bound was written down by the pass
/// that planned it.
static void readArena(ModuleOp buffers, Report &report) {
  auto signature = EntrySignature::read(buffers);
  if (!signature)
    return llvm::consumeError(signature.takeError());
  for (const EntryArgument &argument : signature->arguments)
    if (argument.role == EntryRole::Arena)
      report.arenaBytes = argument.bytes;
  if (auto bound =
          buffers->getAttrOfType<IntegerAttr>("setun.arena_lower_bound"))
    report.arenaLowerBound = bound.getInt();
}

llvm::FailureOr<Report> InspectCommand::inspect() {
  std::unique_ptr<MLIRContext> context = makeContext();
  DiagnosticPrinter printer(context.get(), model, printRemarks);
  llvm::Expected<ImportOptions> importOptions = getImportOptions();
  if (!importOptions) {
    printError(model, llvm::toString(importOptions.takeError()));
    return failure();
  }
  OwningOpRef<ModuleOp> module =
      loadModel(model, context.get(), *importOptions);
  if (!module)
    return failure();

  Report report;
  if (auto about = (*module)->getAttrOfType<DictionaryAttr>("setun.model")) {
    if (auto file = about.getAs<StringAttr>("file"))
      report.model = file.str();
    if (auto opset = about.getAs<IntegerAttr>("opset"))
      report.opset = opset.getInt();
  }
  CompileOptions options = getCompileOptions();
  if (failed(runStages(*module, Stage::Onnx, Stage::Selected, options)))
    return failure();
  std::vector<LayerFacts> selected = collectLayerFacts(*module);
  if (failed(runStages(*module, Stage::Selected, Stage::Packed, options)))
    return failure();
  report.layers = collectLayerFacts(*module);
  addFactsBeforeNetworks(report.layers, selected);
  report.totals = sumLayerFacts(report.layers);
  if (failed(runStages(*module, Stage::Packed, Stage::Buffers, options)))
    return failure();
  readArena(*module, report);
  report.context = std::move(context);
  return report;
}

static void printJson(const Report &report, raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/1);
  // JSON is UTF-8; names in a model may be anything.
  auto text = [](StringRef bytes) { return llvm::json::fixUTF8(bytes); };
  const ModelTotals &totals = report.totals;
  json.object([&] {
    json.attribute("model", text(report.model));
    json.attribute("opset", report.opset);
    json.attribute("arena_bytes", report.arenaBytes);
    json.attribute("arena_lower_bound", report.arenaLowerBound);
    json.attribute("weight_bytes", totals.weightBytes);
    json.attributeObject("totals", [&] {
      json.attribute("macs", totals.macs);
      json.attribute("multiplications", totals.multiplications);
      json.attribute("scale_multiplications", totals.scaleMultiplications);
      json.attribute("additions", totals.additions);
      json.attribute("additions_before_sharing", totals.additionsBefore);
      json.attribute("weights", totals.weights);
      json.attribute("weight_bytes", totals.weightBytes);
      json.attribute("weight_bytes_float32", totals.floatWeightBytes);
    });
    json.attributeArray("layers", [&] {
      for (const LayerFacts &layer : report.layers)
        json.object([&] {
          json.attribute("name", text(layer.name));
          json.attribute("op", text(layer.op));
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
          json.attribute("weight_bytes", layer.weightBytes);
          if (layer.weightLevels)
            json.attribute("weight_levels", layer.weightLevels);
          if (!layer.whyFloat.empty())
            json.attribute("why_float", text(layer.whyFloat));
          json.attributeArray("nodes", [&] {
            for (const NodeName &node : getNodeNames(layer.location))
              json.value(text(node.name));
          });
        });
    });
  });
  os << "\n";
}

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

static std::vector<std::string> makeRow(const LayerFacts &layer) {
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
                                              : number(layer.weightBytes)};
}

/// What keeps layers from being smaller.
static void printNotes(const Report &report, raw_ostream &os) {
  for (const LayerFacts &layer : report.layers) {
    std::string note =
        layer.whyFloat.empty() ? describeWideWeights(layer) : layer.whyFloat;
    if (!note.empty())
      os << "  " << shorten(layer.name) << ": " << escapeForTerminal(note)
         << "\n";
  }
}

static void printTable(const Report &report, raw_ostream &os) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "op", "kernel", "result", "bits in/weights/out", "MACs", "mul",
       "add", "bytes"}};
  std::string floats;
  for (const LayerFacts &layer : report.layers) {
    rows.push_back(makeRow(layer));
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
  os << fmt::format("arena:     {} bytes (at least {})\n", report.arenaBytes,
                    report.arenaLowerBound);
  os << "float:     "
     << (floats.empty() ? "no product" : "the products " + floats) << "\n";
  printNotes(report, os);
}

int InspectCommand::run() {
  llvm::FailureOr<Report> report = inspect();
  if (failed(report))
    return WrongModel;
  if (json)
    printJson(*report, llvm::outs());
  else
    printTable(*report, llvm::outs());
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
  options->addTo(*command);
  command->callback(
      [options, &action] { action = [options] { return options->run(); }; });
}

} // namespace setun::driver
