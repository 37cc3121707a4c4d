// Collects the facts of a model at the stages that know them.
#include "InspectModel.h"
#include "Diagnostics.h"

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

llvm::FailureOr<InspectedModel> inspectModel(const std::string &path,
                                             const ModelOptions &options) {
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
  if (failed(collectFacts(*module, options.getCompileOptions(), report)))
    return failure();
  return inspected;
}

} // namespace setun::driver
