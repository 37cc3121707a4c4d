// setun run: a model is compiled in this process and fed with .npy files.
#include "CommandLine.h"
#include "Commands.h"
#include "Diagnostics.h"
#include "Expectation.h"
#include "Session.h"

#include "setun/Pipelines/ModelRunner.h"
#include "setun/Support/FileSystem.h"
#include "setun/Support/Names.h"
#include "setun/Support/NpyType.h"
#include "setun/Target/LLVM/Jit.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

#include <fmt/format.h>

using namespace mlir;

namespace setun::driver {

namespace {
struct RunCommand : ModelOptions {
  std::string model;
  std::vector<std::string> inputFiles;
  std::vector<std::string> dumps;
  std::string outputFolder;
  std::string labelFile;
  bool batch = false;

  llvm::Error run();

private:
  llvm::Error readInputs(ArrayRef<ModelInput> inputs);
  llvm::Expected<std::unique_ptr<ModelRunner>> compile();
  llvm::Error splitSamples(ArrayRef<ModelInput> inputs);
  llvm::Expected<std::vector<NpyArray>> runSamples(ModelRunner &runner);
  llvm::Error writeOutputs(ModelRunner &runner,
                           ArrayRef<NpyArray> outputs) const;
  llvm::Expected<std::string> getAccuracy(const NpyArray &output) const;

  /// Outlives the runner, whose signature has types of it.
  std::unique_ptr<MLIRContext> context;
  /// One array per input of the model, in order.
  std::vector<NpyArray> arrays;
  /// Runs of the model; 1 without --batch.
  int64_t samples = 1;
};
} // namespace

static llvm::Error error(const llvm::formatv_object_base &message) {
  return llvm::createStringError(message.str());
}

/// `FILE` or `NAME=FILE`; a file that exists needs no name in front.
static std::pair<StringRef, StringRef> splitInput(StringRef text) {
  auto [name, file] = text.split('=');
  if (file.empty() || llvm::sys::fs::exists(text))
    return {"", text};
  return {name, file};
}

/// Reads the files and gives each to the input of its name, those without to
/// the inputs that are left.
llvm::Error RunCommand::readInputs(ArrayRef<ModelInput> inputs) {
  if (inputs.size() != inputFiles.size())
    return error(llvm::formatv("the model has {0} inputs, but {1} files are "
                               "given with --input",
                               inputs.size(), inputFiles.size()));
  std::vector<StringRef> files(inputs.size());
  SmallVector<StringRef> unnamed;
  for (const std::string &text : inputFiles) {
    auto [name, file] = splitInput(text);
    if (name.empty()) {
      unnamed.push_back(file);
      continue;
    }
    size_t index = 0;
    while (index < inputs.size() && inputs[index].name != name)
      ++index;
    if (index == inputs.size())
      return error(llvm::formatv("the model has no input '{0}'", name));
    files[index] = file;
  }
  for (StringRef &file : files) {
    if (file.empty() && unnamed.empty())
      return error(llvm::formatv("two files are given for one input"));
    if (file.empty()) {
      file = unnamed.front();
      unnamed.erase(unnamed.begin());
    }
    llvm::Expected<NpyArray> array = readNpy(file);
    if (!array)
      return array.takeError();
    arrays.push_back(std::move(*array));
  }
  return llvm::Error::success();
}

/// With --batch, gives every array one leading dimension for the samples and
/// behind it the shape of the model's input.
llvm::Error RunCommand::splitSamples(ArrayRef<ModelInput> inputs) {
  for (auto [index, pair] : llvm::enumerate(llvm::zip(inputs, arrays))) {
    auto &[input, array] = pair;
    if (array.shape.empty())
      return error(llvm::formatv("--batch: input '{0}' has no leading "
                                 "dimension to go through",
                                 input.name));
    if (index > 0 && array.shape[0] != samples)
      return error(llvm::formatv("--batch: {0} samples for input '{1}', but "
                                 "{2} for the first",
                                 array.shape[0], input.name, samples));
    samples = array.shape[0];
    if (samples == 0)
      return error(
          llvm::formatv("--batch: input '{0}' has no samples", input.name));
    // [N, 28, 28] fits an input [1, 28, 28]: N samples.
    if (input.type &&
        input.type.getRank() == static_cast<int64_t>(array.shape.size()))
      array.shape.insert(array.shape.begin() + 1, 1);
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<ModelRunner>> RunCommand::compile() {
  context = makeContext();
  DiagnosticPrinter printer(context.get(), model, printRemarks);
  // The diagnostics say what is wrong.
  auto refused = [] { return llvm::createStringError(""); };

  llvm::Expected<ImportOptions> importOptions = getImportOptions();
  if (!importOptions)
    return importOptions.takeError();
  importOptions->allTensorsAsOutputs = llvm::is_contained(dumps, "all");
  if (!importOptions->allTensorsAsOutputs)
    importOptions->extraOutputs = dumps;
  OwningOpRef<ModuleOp> module =
      loadModel(model, context.get(), *importOptions);
  if (!module)
    return refused();
  SmallVector<ModelInput> inputs = getInputs(*module);
  if (llvm::Error failed = readInputs(inputs))
    return failed;
  if (batch)
    if (llvm::Error failed = splitSamples(inputs))
      return failed;

  SmallVector<SmallVector<int64_t>> shapes;
  for (const NpyArray &array : arrays)
    shapes.emplace_back(ArrayRef(array.shape).drop_front(batch ? 1 : 0));
  module = importForShapes(model, context.get(), *importOptions, shapes,
                           std::move(module));
  CompileOptions options = getCompileOptions();
  options.lowerKernels = !JitModule::hasKernels();
  if (!module ||
      failed(runStages(*module, Stage::Onnx, Stage::Buffers, options)))
    return refused();
  return createJitRunner(*module);
}

/// Joins the outputs of all samples along a leading dimension.
static void appendSample(NpyArray &all, NpyArray sample, int64_t samples) {
  if (all.dtype.empty()) {
    all.dtype = sample.dtype;
    all.shape = sample.shape;
    if (!all.shape.empty() && all.shape[0] == 1)
      all.shape[0] = samples;
    else
      all.shape.insert(all.shape.begin(), samples);
    all.data.reserve(sample.data.size() * samples);
  }
  llvm::append_range(all.data, sample.data);
}

llvm::Expected<std::vector<NpyArray>>
RunCommand::runSamples(ModelRunner &runner) {
  if (!batch)
    return runner.run(arrays);
  std::vector<NpyArray> all;
  for (int64_t i = 0; i < samples; ++i) {
    std::vector<NpyArray> sample;
    for (const NpyArray &array : arrays) {
      NpyArray &part = sample.emplace_back();
      part.dtype = array.dtype;
      part.shape.assign(array.shape.begin() + 1, array.shape.end());
      size_t bytes = array.data.size() / samples;
      auto first = array.data.begin() + i * bytes;
      part.data.assign(first, first + bytes);
    }
    llvm::Expected<std::vector<NpyArray>> outputs = runner.run(sample);
    if (!outputs)
      return outputs.takeError();
    all.resize(outputs->size());
    for (auto [target, output] : llvm::zip(all, *outputs))
      appendSample(target, std::move(output), samples);
  }
  return all;
}

/// The class that an output of one sample stands for.
static int64_t getClass(const NpyArray &outputs, int64_t sample,
                        int64_t elements) {
  bool isFloat = isNpyFloat(outputs.dtype);
  if (!isFloat && elements == 1)
    return static_cast<int64_t>(getElement(outputs, sample));
  return getArgmax(outputs, sample * elements, elements);
}

llvm::Expected<std::string>
RunCommand::getAccuracy(const NpyArray &output) const {
  if (labelFile.empty())
    return "";
  llvm::Expected<NpyArray> labels = readNpy(labelFile);
  if (!labels)
    return labels.takeError();
  if (labels->size() != samples || samples == 0)
    return error(llvm::formatv("--labels: {0} labels for {1} samples",
                               labels->size(), samples));
  int64_t right = 0;
  for (int64_t i = 0; i < samples; ++i)
    right += getClass(output, i, output.size() / samples) ==
             static_cast<int64_t>(getElement(*labels, i));
  return fmt::format("accuracy: {:.2f} % ({} of {})\n",
                     100.0 * static_cast<double>(right) /
                         static_cast<double>(samples),
                     right, samples);
}

/// `name float32[1x10]: 0.5 1 ...`
static std::string summarize(StringRef name, const NpyArray &array) {
  constexpr int64_t shown = 16;
  std::string line = escapeForTerminal(name) + " " +
                     describeArray(array.dtype, array.shape) + ":";
  for (int64_t i = 0; i < std::min(array.size(), shown); ++i)
    line += fmt::format(" {:.7g}", getElement(array, i));
  return line + (array.size() > shown ? " ...\n" : "\n");
}

/// Writes output_0.npy, output_1.npy, ... and dumped tensors under their names;
/// without a folder prints the first values.
llvm::Error RunCommand::writeOutputs(ModelRunner &runner,
                                     ArrayRef<NpyArray> outputs) const {
  auto arguments = runner.getArguments(EntryRole::Output);
  if (outputFolder.empty()) {
    for (auto [argument, output] : llvm::zip(arguments, outputs))
      llvm::outs() << summarize(argument->name, output);
    return llvm::Error::success();
  }
  auto directory = OutputDirectory::open(outputFolder);
  if (!directory)
    return directory.takeError();
  NameScope names;
  for (auto [index, output] : llvm::enumerate(outputs)) {
    std::string name = "output_" + std::to_string(index);
    if (!dumps.empty())
      name = names.unique(arguments[index]->name);
    llvm::Expected<std::string> bytes = serializeNpy(output);
    if (!bytes)
      return bytes.takeError();
    if (llvm::Error failed = directory->write(name + ".npy", *bytes))
      return failed;
  }
  return directory->commit();
}

llvm::Error RunCommand::run() {
  auto runner = compile();
  if (!runner)
    return runner.takeError();
  auto outputs = runSamples(**runner);
  if (!outputs)
    return outputs.takeError();
  if (outputs->empty())
    return error(llvm::formatv("the model has no outputs"));
  // All that can fail comes before the first file or line of output.
  llvm::Expected<std::string> accuracy = getAccuracy(outputs->front());
  if (!accuracy)
    return accuracy.takeError();
  if (labelFile.empty() || !outputFolder.empty())
    if (llvm::Error failed = writeOutputs(**runner, *outputs))
      return failed;
  llvm::outs() << *accuracy;
  return llvm::Error::success();
}

void addRunCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<RunCommand>();
  CLI::App *command = app.add_subcommand(
      "run", "Compile a model in this process and run it on .npy files");
  command
      ->add_option("model", options->model,
                   "The ONNX file, or a .mlir file in stage onnx or lowbit")
      ->required();
  addRepeated(*command, "--input", options->inputFiles,
              "Array for an input of the model, in order or by name")
      ->type_name("[NAME=]FILE.npy");
  command
      ->add_option("--output-dir", options->outputFolder,
                   "Write outputs as output_0.npy, ... instead of printing "
                   "their first values")
      ->type_name("DIR");
  command->add_flag("--batch", options->batch,
                    "Run once per entry of the arrays' leading dimension and "
                    "stack the outputs");
  command
      ->add_option("--labels", options->labelFile,
                   "With --batch: print how often the first output's largest "
                   "value, or its class number, is the label")
      ->type_name("FILE.npy");
  addRepeated(*command, "--dump", options->dumps,
              "Further outputs, by the name of a node or tensor; 'all' for "
              "every tensor. Files are then named after tensors")
      ->type_name("NAME|all");
  options->addTo(*command);
  options->addThreadsTo(*command);
  command->callback([options, &action] {
    if (!options->labelFile.empty() && !options->batch)
      throw CLI::ValidationError("--labels: needs --batch");
    action = [options]() -> int {
      llvm::Error failed = options->run();
      if (!failed)
        return Success;
      std::string message = toString(std::move(failed));
      if (!message.empty())
        printError(options->model, message);
      return WrongModel;
    };
  });
}

} // namespace setun::driver
