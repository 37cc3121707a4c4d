// setun quantize: a float model gets low-bit weights and 8-bit activations,
// without training.
#include "CommandLine.h"
#include "Commands.h"
#include "Diagnostics.h"
#include "Expectation.h"
#include "QuantizeData.h"
#include "QuantizeReport.h"

#include "setun/Import/OnnxModel.h"
#include "setun/Quantize/GraphRewriter.h"
#include "setun/Support/FileSystem.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace setun::quantize;

namespace setun::driver {

namespace {
struct QuantizeCommand : ModelOptions {
  std::string model, output, labelFile;
  std::vector<std::string> dataFiles;
  WeightScheme scheme = WeightScheme::Int8;
  ScaleMethod method = ScaleMethod::Fit;
  int64_t group = 0;
  bool quantizeActivations = true, allLayers = false, correctBias = true;
  Calibration calibration = Calibration::MinMax;
  double percentile = 99.99;
  Format format = Format::Qdq;

  llvm::Error run();

private:
  llvm::Error readModel();
  llvm::Error readSamples();
  llvm::Error replaceComputedWeights();
  llvm::Error lift();
  llvm::Error checkLifted(const ::onnx::ModelProto &before);
  llvm::Error chooseLayers();
  llvm::Error chooseActivations();
  llvm::Error quantizeWeights();
  llvm::Error compare(const ::onnx::ModelProto &quantized);
  llvm::Error write(const ::onnx::ModelProto &quantized);

  std::unique_ptr<TensorRunner> compile(const ::onnx::ModelProto &proto,
                                        ArrayRef<std::string> tensors);
  /// Runs all samples; `visit` sees the tensors of each.
  llvm::Error forEachSample(TensorRunner &runner, StringRef phase,
                            llvm::function_ref<llvm::Error(
                                int64_t, const llvm::StringMap<NpyArray> &)>
                                visit);
  std::vector<std::string> getLayerInputs() const;

  /// Outlives the inputs, which have types of it.
  std::unique_ptr<MLIRContext> context;
  ImportOptions importOptions;
  std::unique_ptr<::onnx::ModelProto> proto;
  SmallVector<ModelInput> inputs;
  std::optional<SampleSet> samples;
  std::optional<NpyArray> labels;
  std::vector<QuantizedLayer> layers;
  QuantizeReport report;
};
} // namespace

static llvm::Error error(const llvm::formatv_object_base &message) {
  return llvm::createStringError(message.str());
}

/// What follows a diagnostic that has said what is wrong.
static llvm::Error refused() { return llvm::createStringError(""); }

/// Reads the model, and lets the importer check all of it.
llvm::Error QuantizeCommand::readModel() {
  context = makeContext();
  DiagnosticPrinter printer(context.get(), model, printRemarks);
  llvm::Expected<ImportOptions> options = getImportOptions();
  if (!options)
    return options.takeError();
  importOptions = std::move(*options);
  proto = readOnnxModel(model, context.get());
  if (!proto)
    return refused();
  OwningOpRef<ModuleOp> module =
      importOnnxModel(*proto, model, context.get(), importOptions);
  if (!module)
    return refused();
  inputs = getInputs(*module);
  return llvm::Error::success();
}

llvm::Error QuantizeCommand::readSamples() {
  if (dataFiles.empty())
    return llvm::Error::success();
  llvm::Expected<SampleSet> read = SampleSet::read(dataFiles, inputs);
  if (!read)
    return read.takeError();
  samples = std::move(*read);
  report.samples = samples->size();
  if (labelFile.empty())
    return llvm::Error::success();
  llvm::Expected<NpyArray> array = readNpy(labelFile);
  if (!array)
    return array.takeError();
  if (array->size() != samples->size())
    return error(llvm::formatv("--labels: {0} labels for {1} samples",
                               array->size(), samples->size()));
  labels = std::move(*array);
  return llvm::Error::success();
}

std::unique_ptr<TensorRunner>
QuantizeCommand::compile(const ::onnx::ModelProto &proto,
                         ArrayRef<std::string> tensors) {
  return TensorRunner::create(proto, model, importOptions, tensors,
                              samples->getShapes());
}

/// Weights that nodes compute from constants become constants.
llvm::Error QuantizeCommand::replaceComputedWeights() {
  std::vector<std::string> names = findComputedWeights(proto->graph());
  if (names.empty())
    return llvm::Error::success();
  auto runner = TensorRunner::create(makeConstantModel(*proto, names), model,
                                     ImportOptions(), {}, {});
  if (!runner)
    return refused();
  auto values = runner->run({});
  if (!values)
    return values.takeError();
  std::vector<::onnx::TensorProto> tensors;
  for (const std::string &name : names) {
    const NpyArray &array = (*values)[name];
    ::onnx::TensorProto &tensor = tensors.emplace_back();
    tensor.set_name(name);
    tensor.set_data_type(::onnx::TensorProto::FLOAT);
    for (int64_t extent : array.shape)
      tensor.add_dims(extent);
    tensor.set_raw_data(array.data.data(), array.data.size());
  }
  replaceByConstants(*proto, tensors);
  return llvm::Error::success();
}

/// The converter knows every operator, but not every use of it: a sample tells
/// whether the lifted model is the same one.
llvm::Error QuantizeCommand::checkLifted(const ::onnx::ModelProto &before) {
  if (!samples)
    return llvm::Error::success();
  auto old = compile(before, {}), lifted = compile(*proto, {});
  if (!old || !lifted)
    return refused();
  auto want = old->run(samples->getSample(0));
  if (!want)
    return want.takeError();
  auto got = lifted->run(samples->getSample(0));
  if (!got)
    return got.takeError();
  for (const ::onnx::ValueInfoProto &output : before.graph().output()) {
    const NpyArray &a = (*want)[output.name()], &b = (*got)[output.name()];
    ErrorSum difference;
    bool isSame = a.dtype == b.dtype && a.shape == b.shape;
    if (isSame && a.dtype == "float32")
      difference.add(getFloats(a), getFloats(b));
    if (!isSame || difference.getRelative() > 1e-4)
      return error(llvm::formatv(
          "ONNX's converter changes output '{0}' between opset {1} and {2}; "
          "--format=qonnx does not need it",
          output.name(), getOpset(before), getOpset(*proto)));
  }
  return llvm::Error::success();
}

/// Raises the opset to what the format needs; int4 can do without.
llvm::Error QuantizeCommand::lift() {
  int64_t before = getOpset(*proto);
  ::onnx::ModelProto original = *proto;
  if (format == Format::Qonnx)
    return llvm::Error::success();
  int needed = group > 0 || scheme == WeightScheme::Int4 ? 21 : 13;
  llvm::Error failed = liftOpset(*proto, needed);
  if (failed && group == 0 && needed == 21) {
    report.notes.push_back(toString(std::move(failed)) +
                           "; int4 weights are stored as int8");
    failed = liftOpset(*proto, 13);
  }
  if (failed)
    return llvm::createStringError(toString(std::move(failed)) +
                                   "; --format=qonnx does not need it");
  if (getOpset(*proto) == before)
    return llvm::Error::success();
  report.notes.push_back(
      llvm::formatv("lifted from opset {0} to {1}", before, getOpset(*proto)));
  return checkLifted(original);
}

llvm::Error QuantizeCommand::chooseLayers() {
  std::vector<ProductLayer> found = findLayers(proto->graph(), report.left);
  if (found.empty()) {
    std::string reasons;
    constexpr size_t most = 3;
    for (const FloatLayer &layer : ArrayRef(report.left).take_front(most))
      reasons +=
          "; node '" + layer.name + "' (" + layer.opType + "): " + layer.reason;
    if (report.left.size() > most)
      reasons += "; ...";
    return llvm::createStringError(
        "there is nothing to quantise: accepted are Conv, Gemm and MatMul of "
        "the main graph with constant float32 weights" +
        reasons);
  }
  if (scheme != WeightScheme::Int8 && !allLayers)
    report.notes.push_back("the first and the last layer keep 8 bits; "
                           "--all-layers gives them fewer");
  for (auto [index, layer] : llvm::enumerate(found)) {
    QuantizedLayer &quantized = layers.emplace_back();
    bool isEdge = index == 0 || index + 1 == found.size();
    if (allLayers || !isEdge) {
      quantized.options.scheme = scheme;
      quantized.options.method = method;
      if (!layer.isConvolution())
        quantized.options.group = group;
    } else if (!layer.isConvolution() && scheme == WeightScheme::Int8) {
      quantized.options.group = group;
    }
    quantized.layer = std::move(layer);
  }
  return llvm::Error::success();
}

llvm::Error QuantizeCommand::forEachSample(
    TensorRunner &runner, StringRef phase,
    llvm::function_ref<llvm::Error(int64_t, const llvm::StringMap<NpyArray> &)>
        visit) {
  Progress progress(phase, samples->size(), "samples");
  for (int64_t i = 0; i < samples->size(); ++i) {
    auto tensors = runner.run(samples->getSample(i));
    if (!tensors)
      return tensors.takeError();
    if (llvm::Error failed = visit(i, *tensors))
      return failed;
    progress.step();
  }
  return llvm::Error::success();
}

std::vector<std::string> QuantizeCommand::getLayerInputs() const {
  std::vector<std::string> names;
  for (const QuantizedLayer &layer : layers)
    if (!llvm::is_contained(names, layer.layer.input))
      names.push_back(layer.layer.input);
  return names;
}

/// The first pass over the data: ranges of the layers' inputs.
llvm::Error QuantizeCommand::chooseActivations() {
  if (!samples || !quantizeActivations)
    return llvm::Error::success();
  std::vector<std::string> names = getLayerInputs();
  auto runner = compile(*proto, names);
  if (!runner)
    return refused();
  llvm::StringMap<RangeObserver> observers;
  if (llvm::Error failed =
          forEachSample(*runner, "ranges of activations",
                        [&](int64_t, const llvm::StringMap<NpyArray> &tensors) {
                          for (const std::string &name : names)
                            observers[name].add(getFloats(tensors.at(name)));
                          return llvm::Error::success();
                        }))
    return failed;
  for (QuantizedLayer &layer : layers) {
    const RangeObserver &observer = observers[layer.layer.input];
    if (!observer.isFinite())
      return error(llvm::formatv(
          "node '{0}' ({1}): its input '{2}' has values that are not finite on "
          "the data; --activations=float leaves it as it is",
          layer.layer.name, layer.layer.opType, layer.layer.input));
    layer.activation = observer.choose(calibration, percentile);
  }
  return llvm::Error::success();
}

/// E[w x] - E[w' x'] for each channel, w' and x' quantised.
static std::vector<float> getBiasChange(const QuantizedLayer &quantized,
                                        const InputMoments &moments) {
  const ProductLayer &layer = quantized.layer;
  std::vector<float> rounded = quantized.weights.dequantize(layer.columns);
  std::vector<float> change;
  int64_t perGroup = layer.rows / layer.groups;
  for (int64_t row = 0; row < layer.rows; ++row) {
    double sum = 0;
    for (int64_t k = 0; k < layer.columns; ++k) {
      int64_t weight = row * layer.columns + k;
      int64_t mean = row / perGroup * layer.columns + k;
      sum += layer.weights[weight] * moments.floatMeans[mean] -
             rounded[weight] * moments.quantizedMeans[mean];
    }
    change.push_back(static_cast<float>(layer.alpha * sum));
  }
  return change;
}

/// The groups of a convolution see different inputs.
static QuantizedMatrix quantizeGroups(const QuantizedLayer &quantized,
                                      const InputMoments *moments) {
  const ProductLayer &layer = quantized.layer;
  int64_t size = static_cast<int64_t>(layer.weights.size()) / layer.groups;
  bool hasProducts = moments && !moments->products.empty();
  // One scale for all weights is one for all groups, too.
  bool whole = quantized.options.method == ScaleMethod::AbsMean || !hasProducts;
  QuantizedMatrix all;
  for (int64_t group = 0; group < (whole ? 1 : layer.groups); ++group) {
    ArrayRef<float> weights = layer.weights;
    QuantizedMatrix part =
        quantizeMatrix(whole ? weights : weights.slice(group * size, size),
                       layer.columns, quantized.options,
                       hasProducts && (!whole || layer.groups == 1)
                           ? ArrayRef<double>(moments->products[group])
                           : ArrayRef<double>());
    all.group = part.group;
    llvm::append_range(all.codes, part.codes);
    llvm::append_range(all.scales, part.scales);
  }
  return all;
}

/// The second pass: moments of the layers' inputs, and weights that suit them.
llvm::Error QuantizeCommand::quantizeWeights() {
  std::vector<InputMoments> moments;
  if (samples) {
    for (const QuantizedLayer &layer : layers)
      moments.emplace_back(layer.layer,
                           layer.options.scheme != WeightScheme::Int8);
    auto runner = compile(*proto, getLayerInputs());
    if (!runner)
      return refused();
    if (llvm::Error failed = forEachSample(
            *runner, "moments of activations",
            [&](int64_t, const llvm::StringMap<NpyArray> &tensors) {
              for (auto [layer, moment] : llvm::zip(layers, moments)) {
                const NpyArray &array = tensors.at(layer.layer.input);
                moment.add(layer.layer, {getFloats(array), array.shape},
                           layer.activation ? &*layer.activation : nullptr,
                           moment.most / samples->size() + 1);
              }
              return llvm::Error::success();
            }))
      return failed;
  }
  Progress progress("weights", static_cast<int64_t>(layers.size()), "layers");
  for (auto [index, layer] : llvm::enumerate(layers)) {
    if (samples)
      moments[index].finish();
    layer.weights = quantizeGroups(layer, samples ? &moments[index] : nullptr);
    if (samples && correctBias)
      layer.biasChange = getBiasChange(layer, moments[index]);
    progress.step();
  }
  return llvm::Error::success();
}

/// The third pass: both models side by side.
llvm::Error QuantizeCommand::compare(const ::onnx::ModelProto &quantized) {
  bool isPacked = format == Format::Qdq && getOpset(quantized) >= 21;
  std::vector<std::string> names;
  for (const QuantizedLayer &layer : layers) {
    report.layers.push_back(describeLayer(layer, isPacked));
    names.push_back(layer.result);
  }
  if (!samples)
    return llvm::Error::success();
  for (const ::onnx::ValueInfoProto &output : quantized.graph().output())
    report.outputs.emplace_back().name = output.name();
  auto exact = compile(*proto, names), rounded = compile(quantized, names);
  if (!exact || !rounded)
    return refused();
  auto addErrors = [&](int64_t sample,
                       const llvm::StringMap<NpyArray> &floats) -> llvm::Error {
    auto results = rounded->run(samples->getSample(sample));
    if (!results)
      return results.takeError();
    auto add = [&](ReportRow &row, const std::string &name) {
      const NpyArray &want = floats.at(name), &got = results->at(name);
      if (want.dtype == "float32" && got.shape == want.shape)
        row.resultError.add(getFloats(want), getFloats(got));
    };
    for (auto [row, name] : llvm::zip(report.layers, names))
      add(row, name);
    for (ReportRow &row : report.outputs)
      add(row, row.name);
    if (!labels || report.outputs.empty())
      return llvm::Error::success();
    auto label = static_cast<int64_t>(getElement(*labels, sample));
    report.floatAccuracy.add(floats.at(report.outputs[0].name), label);
    report.quantizedAccuracy.add(results->at(report.outputs[0].name), label);
    return llvm::Error::success();
  };
  return forEachSample(*exact, "comparison of both models", addErrors);
}

/// What is written can be read: the importer sees it before the file is there.
llvm::Error QuantizeCommand::write(const ::onnx::ModelProto &quantized) {
  auto context = makeContext();
  DiagnosticPrinter printer(context.get(), output, printRemarks);
  if (!importOnnxModel(quantized, output, context.get(), importOptions))
    return refused();
  std::string bytes;
  if (!quantized.SerializeToString(&bytes))
    return error(llvm::formatv("the quantised model has more than 2 GiB"));
  return writeFileAtomically(output, bytes);
}

llvm::Error QuantizeCommand::run() {
  // Before the work of minutes, not after it.
  StringRef folder = llvm::sys::path::parent_path(output);
  if (!folder.empty() && !llvm::sys::fs::is_directory(folder))
    return error(llvm::formatv("{0}: no folder for the output", folder));
  for (auto step :
       {&QuantizeCommand::readModel, &QuantizeCommand::readSamples,
        &QuantizeCommand::replaceComputedWeights, &QuantizeCommand::lift,
        &QuantizeCommand::chooseLayers, &QuantizeCommand::chooseActivations,
        &QuantizeCommand::quantizeWeights})
    if (llvm::Error failed = (this->*step)())
      return failed;
  ::onnx::ModelProto quantized = *proto;
  rewriteModel(quantized, layers, format);
  if (llvm::Error failed = compare(quantized))
    return failed;
  if (llvm::Error failed = write(quantized))
    return failed;
  llvm::outs() << report.print();
  return llvm::Error::success();
}

static void addWeightOptions(CLI::App &command, QuantizeCommand &options) {
  addChoice<WeightScheme>(command, "--weights", options.scheme,
                          "Codes of the weights (default: int8)",
                          {{"int8", WeightScheme::Int8},
                           {"int4", WeightScheme::Int4},
                           {"int3", WeightScheme::Int3},
                           {"int2", WeightScheme::Int2},
                           {"ternary", WeightScheme::Ternary},
                           {"binary", WeightScheme::Binary}});
  addChoice<ScaleMethod>(
      command, "--scales", options.method,
      "fit (default): one scale per channel, with the least "
      "error; absmean: one, the mean magnitude of all "
      "weights, for ternary and binary",
      {{"fit", ScaleMethod::Fit}, {"absmean", ScaleMethod::AbsMean}});
  command
      .add_option("--group", options.group,
                  "One scale for so many weights of a channel of Gemm and "
                  "MatMul, instead of for all")
      ->type_name("N")
      ->check(CLI::Range(int64_t(1), int64_t(1) << 30).description(""));
  command.add_flag("--all-layers", options.allLayers,
                   "Also the first and the last layer get fewer than 8 bits");
}

static void addActivationOptions(CLI::App &command, QuantizeCommand &options) {
  addChoice<bool>(command, "--activations", options.quantizeActivations,
                  "Inputs of the layers (default: int8, which needs --data)",
                  {{"int8", true}, {"float", false}});
  addChoice<Calibration>(
      command, "--calibration", options.calibration,
      "How the range of an activation is chosen (default: minmax)",
      {{"minmax", Calibration::MinMax},
       {"percentile", Calibration::Percentile},
       {"mse", Calibration::Mse}});
  command
      .add_option("--percentile", options.percentile,
                  "With --calibration=percentile: so many percent of the "
                  "values lie below the end of the range (default: 99.99)")
      ->type_name("P")
      ->check(CLI::Range(50.0, 100.0).description(""));
  addRepeated(command, "--data", options.dataFiles,
              "Samples for an input of the model")
      ->type_name("[NAME=]FILE.npy");
  command
      .add_option("--labels", options.labelFile,
                  "Classes of the samples: print the accuracy of both models")
      ->type_name("FILE.npy");
  command.add_flag("!--no-bias-correction", options.correctBias,
                   "Leave biases as they are, whatever the mean error is");
}

/// What contradicts itself, as a message about the option.
static std::string checkUsage(const QuantizeCommand &options) {
  bool isSign = options.scheme == WeightScheme::Ternary ||
                options.scheme == WeightScheme::Binary;
  if (options.quantizeActivations && options.dataFiles.empty())
    return "--data: needed for --activations=int8; --activations=float "
           "quantises the weights alone";
  if (!options.labelFile.empty() && options.dataFiles.empty())
    return "--labels: needs --data";
  if (options.method == ScaleMethod::AbsMean && !isSign)
    return "--scales: absmean is for --weights=ternary and --weights=binary";
  if (options.method == ScaleMethod::AbsMean && options.group > 0)
    return "--group: has one scale for each group, --scales=absmean has one "
           "for all";
  if (options.group > 0 && options.format == Format::Qonnx)
    return "--group: needs --format=qdq";
  return "";
}

void addQuantizeCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<QuantizeCommand>();
  CLI::App *command = app.add_subcommand(
      "quantize", "Quantise a float model after training, into ONNX");
  command->add_option("model", options->model, "The ONNX file")->required();
  command->add_option("-o,--output", options->output, "The quantised model")
      ->type_name("OUT.onnx")
      ->required();
  addWeightOptions(*command, *options);
  addActivationOptions(*command, *options);
  addChoice<Format>(
      *command, "--format", options->format,
      "qdq (default): QuantizeLinear and DequantizeLinear; qonnx: Quant",
      {{"qdq", Format::Qdq}, {"qonnx", Format::Qonnx}});
  options->addInputOptionsTo(*command);
  command->callback([options, &action] {
    if (std::string wrong = checkUsage(*options); !wrong.empty())
      throw CLI::ValidationError(wrong);
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
