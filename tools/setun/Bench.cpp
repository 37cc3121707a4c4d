// setun bench: how long a model takes, compiled by each backend and, if asked,
// in onnxruntime.
#include "CaseCompiler.h"
#include "CommandLine.h"
#include "Commands.h"
#include "OnnxruntimeProcess.h"
#include "TestCases.h"

#include "setun/Support/NpyType.h"
#include "setun/Support/Target.h"
#include "setun/Target/LLVM/Jit.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <fmt/format.h>
#include <unistd.h>

using namespace mlir;

namespace setun::driver {

namespace {
/// Something that runs the model: a backend or a peer.
struct Contestant {
  std::string name, about;
  std::function<llvm::Expected<double>(int64_t calls)> time;
  int64_t calls = 1;
  /// Seconds of one call, one for each repetition.
  std::vector<double> seconds;

  double getQuantile(double part) const {
    std::vector<double> sorted = seconds;
    llvm::sort(sorted);
    return sorted[size_t(part * double(sorted.size() - 1) + 0.5)];
  }
};

struct BenchCommand : BackendOptions {
  std::string model;
  std::string peer;
  bool showLayers = false;
  int64_t repetitions = 15;
  double seconds = 0.02;
  bool json = false;

  BenchCommand() {
    target = "native";
    compilerFlags = "-O3 -march=native";
  }
  llvm::Error run();

private:
  llvm::Error prepareInputs();
  llvm::Expected<std::pair<ModelRunner *, std::vector<NpyArray>>>
  compile(CaseCompiler &compiler, StringRef backend);
  llvm::Error addBackend(StringRef backend);
  llvm::Error addPeer();
  llvm::Error profile();
  llvm::Error race();
  void print() const;
  void printJson() const;

  std::vector<std::string> names;
  std::vector<NpyArray> inputs;
  std::string inputsFrom;
  std::unique_ptr<CaseCompiler> cases;
  OnnxruntimeProcess onnxruntime;
  std::vector<Contestant> contestants;
  /// Seconds of one call of the C.
  std::vector<LayerTime> layers;
};
} // namespace

/// The inputs of the first recorded case, else made-up ones.
llvm::Error BenchCommand::prepareInputs() {
  llvm::Expected<ImportOptions> options = getImportOptions();
  if (!options)
    return options.takeError();
  cases = std::make_unique<CaseCompiler>(*options, getCompileOptions(),
                                         getCRunnerOptions(), model);
  std::unique_ptr<MLIRContext> context = makeContext();
  DiagnosticCollector diagnostics(context.get());
  OwningOpRef<ModuleOp> module = loadModel(model, context.get(), *options);
  if (!module)
    return llvm::createStringError(diagnostics.takeFirstError());
  for (const ModelInput &input : getInputs(*module))
    names.push_back(input.name);

  for (const std::string &path : findTestCases(getModelFolder(model))) {
    llvm::Expected<TestCase> read = readTestCase(path);
    if (!read)
      return read.takeError();
    if (read->inputs.size() != names.size())
      continue;
    inputs = std::move(read->inputs);
    inputsFrom = llvm::sys::path::filename(path);
    return llvm::Error::success();
  }
  inputsFrom = "made up";
  for (const ModelInput &input : getInputs(*module)) {
    if (!input.type || !input.type.hasStaticShape())
      return llvm::createStringError(
          "input '" + input.name +
          "' has no static shape and no recorded "
          "case beside the model says one; give open dimensions a size with "
          "--dim");
    Type element = input.type.getElementType();
    // Integers are stored without a sign.
    Type storage =
        isa<IntegerType>(element)
            ? IntegerType::get(context.get(), element.getIntOrFloatBitWidth())
            : element;
    inputs.push_back(makeSample(element, storage, input.type.getShape()));
  }
  return llvm::Error::success();
}

/// The model compiled by a backend, and the inputs that it still has.
llvm::Expected<std::pair<ModelRunner *, std::vector<NpyArray>>>
BenchCommand::compile(CaseCompiler &compiler, StringRef backend) {
  Variant &variant = compiler.getVariant(inputs);
  Compiled &compiled = compiler.getCompiled(variant, backend);
  if (!compiled.runner)
    return llvm::createStringError(compiled.refusal.text);
  std::vector<NpyArray> given;
  for (unsigned index : variant.inputs)
    given.push_back(inputs[index]);
  return std::make_pair(compiled.runner.get(), std::move(given));
}

llvm::Error BenchCommand::addBackend(StringRef backend) {
  auto compiled = compile(*cases, backend);
  if (!compiled)
    return compiled.takeError();
  Contestant contestant;
  contestant.name = backend.str();
  contestant.about =
      backend == "c" ? compiler + " " + compilerFlags : "in this process";
  contestant.time = [runner = compiled->first,
                     given = std::move(compiled->second)](int64_t calls) {
    return runner->time(given, calls);
  };
  contestants.push_back(std::move(contestant));
  return llvm::Error::success();
}

static std::string describeThreads(int64_t threads) {
  return threads == 1 ? "1 thread" : std::to_string(threads) + " threads";
}

llvm::Error BenchCommand::addPeer() {
  if (llvm::Error error =
          onnxruntime.start(python, model, names, inputs, threads))
    return error;
  Contestant contestant;
  contestant.name = "onnxruntime";
  contestant.about = onnxruntime.getVersion() + ", " + describeThreads(threads);
  contestant.time = [this](int64_t calls) { return onnxruntime.time(calls); };
  contestants.push_back(std::move(contestant));
  return llvm::Error::success();
}

/// One repetition of each after the other, so that all see the same machine.
llvm::Error BenchCommand::race() {
  for (Contestant &contestant : contestants) {
    llvm::Expected<double> once = contestant.time(1);
    if (!once)
      return once.takeError();
    contestant.calls = std::max<int64_t>(
        1, static_cast<int64_t>(seconds / std::max(*once, 1e-9)));
  }
  for (int64_t i = 0; i < repetitions; ++i)
    for (Contestant &contestant : contestants) {
      llvm::Expected<double> took = contestant.time(contestant.calls);
      if (!took)
        return took.takeError();
      contestant.seconds.push_back(*took);
    }
  return llvm::Error::success();
}

/// The C once more, with a clock at the border of each layer.
llvm::Error BenchCommand::profile() {
  CRunnerOptions measuring = getCRunnerOptions();
  measuring.profile = true;
  llvm::Expected<ImportOptions> options = getImportOptions();
  if (!options)
    return options.takeError();
  CaseCompiler compiler(*options, getCompileOptions(), measuring, model);
  auto compiled = compile(compiler, "c");
  if (!compiled)
    return compiled.takeError();
  int64_t calls = contestants.front().calls;
  auto &[runner, given] = *compiled;
  llvm::Expected<double> took = runner->time(given, calls);
  if (!took)
    return took.takeError();
  layers = runner->getLayerTimes();
  // One call went before those that were counted.
  for (LayerTime &layer : layers)
    layer.seconds /= double(calls + 1);
  return llvm::Error::success();
}

/// What stands behind the colon in the first such line of a file of the system.
static std::string readLine(StringRef path, StringRef key) {
  auto buffer = llvm::MemoryBuffer::getFileAsStream(path);
  if (!buffer)
    return "unknown";
  for (StringRef line : llvm::split((*buffer)->getBuffer(), '\n'))
    if (line.consume_front(key))
      return line.ltrim("\t :").str();
  return "unknown";
}

static std::string describeMachine() {
  return readLine("/proc/cpuinfo", "model name");
}

static int64_t getPageBytes() { return ::sysconf(_SC_PAGESIZE); }

static double toMicroseconds(double seconds) { return 1e6 * seconds; }

void BenchCommand::print() const {
  llvm::outs() << fmt::format("{}, inputs: {}\n{}; pages of {} bytes; target "
                              "{}; {} repetitions, {}\n\n",
                              model, inputsFrom, describeMachine(),
                              getPageBytes(), findTarget(target)->name.str(),
                              repetitions, describeThreads(threads));
  llvm::outs() << fmt::format("{:<12} {:>10} {:>10} {:>8} {:>8}  {}\n", "",
                              "median us", "least us", "spread", "calls", "");
  for (const Contestant &contestant : contestants) {
    double median = contestant.getQuantile(0.5);
    llvm::outs() << fmt::format(
        "{:<12} {:>10.3f} {:>10.3f} {:>7.1f}% {:>8}  {}\n", contestant.name,
        toMicroseconds(median), toMicroseconds(contestant.getQuantile(0)),
        100 * (contestant.getQuantile(0.9) - contestant.getQuantile(0.1)) /
            median,
        contestant.calls, contestant.about);
  }
  const Contestant &last = contestants.back();
  if (!peer.empty())
    for (const Contestant &contestant : llvm::drop_end(contestants))
      llvm::outs() << fmt::format(
          "{} takes {:.2f} times as long as {}\n", last.name,
          last.getQuantile(0.5) / contestant.getQuantile(0.5), contestant.name);
  if (layers.empty())
    return;
  llvm::outs() << "\nlayers of the C, with a clock between them\n";
  for (const LayerTime &layer : layers)
    llvm::outs() << fmt::format("{:>10.3f} us  {}\n",
                                toMicroseconds(layer.seconds), layer.name);
}

void BenchCommand::printJson() const {
  llvm::json::OStream json(llvm::outs(), 1);
  auto round = [](double seconds) {
    return std::round(1e4 * toMicroseconds(seconds)) / 1e4;
  };
  json.object([&] {
    json.attribute("model", llvm::sys::path::filename(model));
    json.attribute("inputs", inputsFrom);
    json.attribute("cpu", describeMachine());
    json.attribute("page_bytes", getPageBytes());
    json.attribute("target", findTarget(target)->name);
    json.attribute("threads", threads);
    json.attribute("repetitions", repetitions);
    json.attributeArray("results", [&] {
      for (const Contestant &contestant : contestants)
        json.object([&] {
          json.attribute("name", contestant.name);
          json.attribute("about", contestant.about);
          json.attribute("calls", contestant.calls);
          json.attribute("median_us", round(contestant.getQuantile(0.5)));
          json.attribute("least_us", round(contestant.getQuantile(0)));
          json.attribute("tenth_us", round(contestant.getQuantile(0.1)));
          json.attribute("nine_tenths_us", round(contestant.getQuantile(0.9)));
        });
    });
    if (!layers.empty())
      json.attributeArray("layers", [&] {
        for (const LayerTime &layer : layers)
          json.object([&] {
            json.attribute("name", layer.name);
            json.attribute("us", round(layer.seconds));
          });
      });
  });
  llvm::outs() << "\n";
}

llvm::Error BenchCommand::run() {
  if (llvm::Error error = prepareInputs())
    return error;
  for (const std::string &backend : backends)
    if (llvm::Error error = addBackend(backend))
      return error;
  if (!peer.empty())
    if (llvm::Error error = addPeer())
      return error;
  if (llvm::Error error = race())
    return error;
  if (showLayers)
    if (llvm::Error error = profile())
      return error;
  json ? printJson() : print();
  return llvm::Error::success();
}

void addBenchCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<BenchCommand>();
  CLI::App *command =
      app.add_subcommand("bench", "Time a compiled model on this machine");
  command
      ->add_option("model", options->model,
                   "The ONNX file; inputs are those of the first "
                   "test_data_set_* folder beside it, else made up")
      ->required();
  addChoice<std::string>(*command, "--against", options->peer,
                         "Also run the model here, in turns",
                         {{"onnxruntime", "onnxruntime"}});
  command
      ->add_option("--repetitions", options->repetitions,
                   "How often each is measured (default: 15)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000));
  command
      ->add_option("--seconds", options->seconds,
                   "How long each measurement takes (default: 0.02)")
      ->type_name("S")
      ->check(CLI::Range(0.0, 3600.0));
  command->add_flag("--layers", options->showLayers,
                    "Also time the layers of the C");
  command->add_flag("--json", options->json, "Print JSON instead of a table");
  options->addTo(*command);
  command->callback([options, &action] {
    action = [options] {
      if (llvm::Error error = options->run()) {
        printError(options->model, llvm::toString(std::move(error)));
        return int(WrongModel);
      }
      return int(Success);
    };
  });
}

} // namespace setun::driver
