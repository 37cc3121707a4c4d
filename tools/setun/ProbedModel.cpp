// A copy of a model that gives values from inside as well.
#include "ProbedModel.h"

#include "QuantizeData.h"
#include "TestCases.h"

#include "setun/Target/LLVM/Jit.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;

namespace setun::driver {

llvm::Expected<std::vector<Sample>> readSamples(ArrayRef<std::string> data,
                                                ArrayRef<ModelInput> inputs) {
  std::vector<Sample> samples;
  std::vector<std::string> files;
  for (const std::string &path : data) {
    if (!llvm::sys::fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> folders = findTestCases(path);
    if (folders.empty())
      return llvm::createStringError("--data: '" + path +
                                     "' has no folders test_data_set_*");
    for (const std::string &folder : folders) {
      llvm::Expected<TestCase> test = readTestCase(folder);
      if (!test)
        return test.takeError();
      samples.push_back(std::move(test->inputs));
    }
  }
  if (files.empty())
    return samples;
  llvm::Expected<SampleSet> arrays = SampleSet::read(files, inputs);
  if (!arrays)
    return arrays.takeError();
  for (int64_t i = 0; i < arrays->size(); ++i)
    samples.push_back(arrays->getSample(i));
  return samples;
}

/// Adds `value` to the results of @main.
static void addResult(func::FuncOp main, StringRef name, Value value) {
  Builder builder(main.getContext());
  unsigned index = main.getNumResults();
  auto named = builder.getDictionaryAttr(
      builder.getNamedAttr("onnx.name", builder.getStringAttr(name)));
  if (failed(main.insertResult(index, value.getType(), named)))
    return;
  Operation *end = main.getBody().front().getTerminator();
  end->insertOperands(index, value);
}

std::unique_ptr<ProbedModel>
ProbedModel::create(ModuleOp imported, CompileOptions options, Choose choose) {
  options.inputFormats.clear();
  options.outputFormat.clear();
  options.quantizedIo = false;
  options.weightsInFile = false;
  options.threads = 1;
  options.verifyEachNumerics = false;
  // Kernels that take no search; all give the same numbers.
  options.target = nullptr;
  options.kernel = KernelChoice::Packed;
  options.noMultiplication = false;
  options.hasCopies = true;
  options.lowerKernels = !JitModule::hasKernels();
  OwningOpRef<ModuleOp> module = imported.clone();
  if (failed(runStages(*module, Stage::Onnx, Stage::LowBit, options)))
    return nullptr;
  auto model = std::make_unique<ProbedModel>();
  auto main = module->lookupSymbol<func::FuncOp>("main");
  for (auto &[name, value] : choose(*module)) {
    model->names.push_back(name);
    addResult(main, "probe_" + std::to_string(model->names.size()), value);
  }
  if (failed(runStages(*module, Stage::LowBit, Stage::Buffers, options)))
    return nullptr;
  llvm::Expected<std::unique_ptr<ModelRunner>> runner =
      createJitRunner(*module);
  if (!runner) {
    imported.emitError() << llvm::toString(runner.takeError());
    return nullptr;
  }
  model->runner = std::move(*runner);
  return model;
}

} // namespace setun::driver
