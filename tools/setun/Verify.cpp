// setun verify: compiles models with every backend and compares what they
// compute with the gold data beside them.
#include "CommandLine.h"
#include "Commands.h"
#include "Diagnostics.h"
#include "Expectation.h"
#include "Session.h"
#include "TestCases.h"

#include "setun/Pipelines/ModelRunner.h"
#include "setun/Support/NpyType.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>
#include <map>

using namespace mlir;

namespace setun::driver {

namespace {
enum class Verdict { Pass, Fail, Refused };

/// One line of the report, without the case's name.
struct Outcome {
  Verdict verdict;
  std::string text;
};

class ModelCompiler;

struct VerifyCommand : ModelOptions {
  std::vector<std::string> models;
  std::vector<std::string> backends = {"c", "llvm"};
  std::string compilerFlags;
  CRunnerOptions c;

  int run();

private:
  void verifyModel(StringRef argument);
  void verifyCase(StringRef name, StringRef folder, ModelCompiler &compiler,
                  const Expectation &expectation);
  Outcome judgeRefusal(Outcome refusal, const Expectation &expectation);
  void report(StringRef name, StringRef backend, const Outcome &outcome);
  void failAll(StringRef name, const std::string &reason);

  unsigned passed = 0, failed = 0, refused = 0;
  bool isRefusalFine = true;
};

/// A model compiled by one backend, or why it is not.
struct Compiled {
  std::unique_ptr<ModelRunner> runner;
  Outcome refusal = {Verdict::Fail, ""};
};

/// Compiles one model for the shapes of its test cases, each pair of shapes and
/// backend once.
class ModelCompiler {
public:
  ModelCompiler(const VerifyCommand &options, StringRef model)
      : options(options), model(model), context(makeContext()),
        diagnostics(context.get()) {}

  Compiled &get(StringRef backend, ArrayRef<NpyArray> inputs);

private:
  OwningOpRef<ModuleOp> compileToPacked(ArrayRef<NpyArray> inputs);
  Compiled compile(StringRef backend, ModuleOp packed);
  Compiled makeRefusal(llvm::Error error);

  const VerifyCommand &options;
  std::string model;
  std::unique_ptr<MLIRContext> context;
  DiagnosticCollector diagnostics;

  /// Both backends start from one module in the "packed" stage.
  struct Variant {
    OwningOpRef<ModuleOp> packed;
    std::string refusal;
    std::map<std::string, Compiled, std::less<>> backends;
  };
  std::map<std::string, Variant> variants;
};
} // namespace

/// A refusal comes with a diagnostic; anything else went wrong on our side.
Compiled ModelCompiler::makeRefusal(llvm::Error error) {
  Compiled compiled;
  std::string message = toString(std::move(error));
  std::string diagnostic = diagnostics.takeFirstError();
  compiled.refusal = diagnostic.empty() ? Outcome{Verdict::Fail, message}
                                        : Outcome{Verdict::Refused, diagnostic};
  return compiled;
}

OwningOpRef<ModuleOp>
ModelCompiler::compileToPacked(ArrayRef<NpyArray> inputs) {
  ImportOptions importOptions;
  importOptions.dims = options.getDims();
  OwningOpRef<ModuleOp> module = loadModel(model, context.get(), importOptions);
  if (!module)
    return nullptr;
  SmallVector<SmallVector<int64_t>> shapes;
  for (const NpyArray &input : inputs)
    shapes.push_back(input.shape);
  module = importForShapes(model, context.get(), importOptions, shapes,
                           std::move(module));
  CompileOptions compileOptions;
  compileOptions.kernel = options.kernel;
  if (!module ||
      failed(runStages(*module, Stage::Onnx, Stage::Packed, compileOptions)))
    return nullptr;
  return module;
}

Compiled ModelCompiler::compile(StringRef backend, ModuleOp packed) {
  OwningOpRef<ModuleOp> module = packed.clone();
  CompileOptions compileOptions;
  compileOptions.kernel = options.kernel;
  compileOptions.lowerKernels = backend == "llvm";
  if (failed(runStages(*module, Stage::Packed, Stage::Buffers, compileOptions)))
    return makeRefusal(llvm::createStringError("cannot be compiled"));
  auto runner = backend == "c" ? createCRunner(*module, options.c)
                               : createJitRunner(*module);
  if (!runner)
    return makeRefusal(runner.takeError());
  Compiled compiled;
  compiled.runner = std::move(*runner);
  return compiled;
}

Compiled &ModelCompiler::get(StringRef backend, ArrayRef<NpyArray> inputs) {
  std::string shapes;
  for (const NpyArray &input : inputs)
    shapes += describeArray(input.dtype, input.shape) + ",";
  auto [entry, isNew] = variants.try_emplace(shapes);
  Variant &variant = entry->second;
  if (isNew) {
    variant.packed = compileToPacked(inputs);
    variant.refusal = diagnostics.takeFirstError();
  }
  auto known = variant.backends.find(backend);
  if (known != variant.backends.end())
    return known->second;
  Compiled compiled;
  if (variant.packed)
    compiled = compile(backend, *variant.packed);
  else
    compiled.refusal = {Verdict::Refused, variant.refusal};
  return variant.backends.emplace(backend.str(), std::move(compiled))
      .first->second;
}

static Outcome runCase(ModelRunner &runner, const TestCase &testCase,
                       const Expectation &expectation) {
  auto outputs = runner.run(testCase.inputs);
  if (!outputs)
    return {Verdict::Fail, toString(outputs.takeError())};
  if (outputs->size() != testCase.outputs.size())
    return {Verdict::Fail,
            llvm::formatv("{0} outputs instead of {1}", outputs->size(),
                          testCase.outputs.size())};
  double maxError = 0;
  auto arguments = runner.getArguments(EntryRole::Output);
  for (auto [got, want, argument] :
       llvm::zip(*outputs, testCase.outputs, arguments)) {
    Comparison comparison = compareArrays(got, want, expectation);
    if (!comparison.matches)
      return {Verdict::Fail, llvm::formatv("output '{0}': {1}", argument->name,
                                           comparison.reason)};
    maxError = std::max(maxError, comparison.maxError);
  }
  return {Verdict::Pass, fmt::format("max error {:.3g}", maxError)};
}

/// The model file of an argument, which may be the folder around it.
static std::string getModelPath(StringRef argument) {
  SmallString<128> path(argument);
  if (llvm::sys::fs::is_directory(path))
    llvm::sys::path::append(path, "model.onnx");
  return path.str().str();
}

void VerifyCommand::report(StringRef name, StringRef backend,
                           const Outcome &outcome) {
  static constexpr StringRef words[] = {"PASS", "FAIL", "REFUSED"};
  ++(outcome.verdict == Verdict::Pass   ? passed
     : outcome.verdict == Verdict::Fail ? failed
                                        : refused);
  std::string line = (words[static_cast<int>(outcome.verdict)] + " " + name +
                      " " + backend + " " + outcome.text)
                         .str();
  llvm::outs() << escapeForTerminal(line) << "\n";
  llvm::outs().flush();
}

void VerifyCommand::failAll(StringRef name, const std::string &reason) {
  for (const std::string &backend : backends)
    report(name, backend, {Verdict::Fail, reason});
}

/// Is it what expect.json wants?
Outcome VerifyCommand::judgeRefusal(Outcome refusal,
                                    const Expectation &expectation) {
  if (refusal.verdict != Verdict::Refused)
    return refusal;
  isRefusalFine &= expectation.refusal == Expectation::Refusal::Fine;
  if (expectation.refusal == Expectation::Refusal::Fails)
    return {Verdict::Fail, "refused: " + refusal.text};
  return refusal;
}

void VerifyCommand::verifyCase(StringRef name, StringRef folder,
                               ModelCompiler &compiler,
                               const Expectation &expectation) {
  llvm::Expected<TestCase> testCase = readTestCase(folder);
  std::string unreadable = testCase ? "" : toString(testCase.takeError());
  ArrayRef<NpyArray> inputs;
  if (unreadable.empty())
    inputs = testCase->inputs;
  for (const std::string &backend : backends) {
    // Types that no array has are types that no model can be compiled with:
    // the compiler's reason comes first.
    Compiled &compiled = compiler.get(backend, inputs);
    if (!compiled.runner)
      report(name, backend, judgeRefusal(compiled.refusal, expectation));
    else if (!unreadable.empty())
      report(name, backend, {Verdict::Fail, unreadable});
    else
      report(name, backend, runCase(*compiled.runner, *testCase, expectation));
  }
}

void VerifyCommand::verifyModel(StringRef argument) {
  while (argument.size() > 1 && argument.ends_with("/"))
    argument = argument.drop_back();
  std::string model = getModelPath(argument);
  StringRef folder = llvm::sys::path::parent_path(model);
  if (folder.empty())
    folder = ".";
  llvm::Expected<Expectation> expectation = readExpectation(folder);
  if (!expectation)
    return failAll(argument, toString(expectation.takeError()));
  std::vector<std::string> cases = findTestCases(folder);
  if (cases.empty())
    return failAll(argument, "no test_data_set_* beside " + model);

  ModelCompiler compiler(*this, model);
  for (const std::string &caseFolder : cases)
    verifyCase((argument + "/" + llvm::sys::path::filename(caseFolder)).str(),
               caseFolder, compiler, *expectation);
}

int VerifyCommand::run() {
  for (StringRef flag : llvm::split(StringRef(compilerFlags), ' '))
    if (!flag.empty())
      c.flags.push_back(flag.str());
  for (const std::string &model : models)
    verifyModel(model);
  llvm::outs() << llvm::formatv("{0} passed, {1} failed, {2} refused\n", passed,
                                failed, refused);
  return failed == 0 && isRefusalFine ? Success : WrongModel;
}

void addVerifyCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<VerifyCommand>();
  CLI::App *command = app.add_subcommand(
      "verify",
      "Compare compiled models with the test_data_set_* folders beside them");
  command
      ->add_option("models", options->models,
                   "ONNX files, or folders with a model.onnx")
      ->required();
  command
      ->add_option("--backend", options->backends,
                   "Which compiled form to run (default: c,llvm)")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"c", "llvm"}));
  command
      ->add_option("--cc", options->c.compiler,
                   "C compiler for backend c (default: cc)")
      ->type_name("PROGRAM");
  command
      ->add_option("--cflags", options->compilerFlags,
                   "Further flags for it, behind -std=c99 -O2")
      ->type_name("FLAGS");
  options->addTo(*command);
  command->footer(
      "Tolerances come from expect.json beside a model, else rtol 1e-3 and "
      "atol 1e-7 for floats;\nintegers are exact. A model that the compiler "
      "refuses is REFUSED, and FAIL if expect.json\nsays \"match\". Exit code "
      "1 after a FAIL, or a refusal that expect.json does not permit.");
  command->callback(
      [options, &action] { action = [options] { return options->run(); }; });
}

} // namespace setun::driver
