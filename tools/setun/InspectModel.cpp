// Collects the facts of a model at the stages that know them.
#include "InspectModel.h"
#include "Diagnostics.h"
#include "MeasureScales.h"

#include <CLI/CLI.hpp>

using namespace mlir;

namespace setun::driver {

/// Layers as they are packed, with what networks have forgotten, and the memory
/// behind them.
static LogicalResult collectFacts(ModuleOp module,
                                  const CompileOptions &options,
                                  ModelReport &report) {
  if (failed(runStages(module, Stage::Onnx, Stage::Selected, options)))
    return failure();
  std::vector<LayerFacts> selected = collectLayerFacts(module);
  if (failed(runStages(module, Stage::Selected, Stage::Packed, options)))
    return failure();
  report.target = getTarget(module).name;
  report.costUnit = getCostUnit(getTarget(module));
  report.layers = collectLayerFacts(module);
  addFactsBeforeNetworks(report.layers, selected);
  report.totals = sumLayerFacts(report.layers);
  if (failed(runStages(module, Stage::Packed, Stage::Buffers, options)))
    return failure();
  report.memory = collectMemoryFacts(module);
  report.energy = estimateEnergy(report.layers, report.memory);
  return success();
}

/// What the model will take as an HLS design. It is imported for this alone:
/// the passes of either way drop constants that the other one needs.
static llvm::FailureOr<HlsEstimate> estimateHls(const std::string &path,
                                                const ModelOptions &options,
                                                const ImportOptions &import,
                                                const HlsOptions &hls) {
  llvm::Expected<HlsEmitOptions> emitOptions = hls.getEmitOptions(path);
  if (!emitOptions) {
    printError(path, llvm::toString(emitOptions.takeError()));
    return failure();
  }
  std::unique_ptr<MLIRContext> context = makeContext();
  DiagnosticPrinter printer(context.get(), path, /*printRemarks=*/false);
  OwningOpRef<ModuleOp> module = loadModel(path, context.get(), import);
  CompileOptions compileOptions = options.getCompileOptions();
  if (!module ||
      failed(runStages(*module, Stage::Onnx, Stage::LowBit, compileOptions)) ||
      failed(runHlsPasses(*module, compileOptions)))
    return failure();
  llvm::FailureOr<HlsProject> project = emitHls(*module, *emitOptions);
  if (failed(project))
    return failure();
  return std::move(project->estimate);
}

llvm::FailureOr<InspectedModel> inspectModel(const std::string &path,
                                             const ModelOptions &options,
                                             const HlsOptions *hls) {
  InspectedModel inspected{makeContext(), {}};
  MLIRContext *context = inspected.context.get();
  DiagnosticPrinter printer(context, path, options.printRemarks);
  llvm::Expected<ImportOptions> importOptions = options.getImportOptions();
  if (!importOptions) {
    printError(path, llvm::toString(importOptions.takeError()));
    return failure();
  }
  OwningOpRef<ModuleOp> module = loadModel(path, context, *importOptions);
  if (!module)
    return failure();
  ModelReport &report = inspected.report;
  if (auto about = (*module)->getAttrOfType<DictionaryAttr>("setun.model")) {
    if (auto file = about.getAs<StringAttr>("file"))
      report.model = file.str();
    if (auto opset = about.getAs<IntegerAttr>("opset"))
      report.opset = opset.getInt();
  }
  ModelOptions calibrated = options;
  if (options.fixScales || options.staticScales) {
    CompileOptions compileOptions = options.getCompileOptions();
    auto scales = measureScales(*module, path, compileOptions);
    if (failed(scales))
      return failure();
    calibrated.scaleMaxima = compileOptions.scaleMaxima;
    report.scales = std::move(*scales);
  }
  if (failed(collectFacts(*module, calibrated.getCompileOptions(), report)))
    return failure();
  if (hls) {
    auto estimate = estimateHls(path, calibrated, *importOptions, *hls);
    if (failed(estimate))
      return failure();
    report.hls = std::move(*estimate);
  }
  return inspected;
}

void InspectHlsOptions::addTo(CLI::App &command) {
  command.add_flag("--hls", isWanted,
                   "Also estimate what a design for an FPGA will take "
                   "(compile --emit=hls), before synthesis");
  HlsOptions::addTo(command);
}

void InspectHlsOptions::check(const CLI::App &command) const {
  checkUse(command, isWanted, "--hls");
}

} // namespace setun::driver
