// setun verify: compiles models with every backend and compares what they
// compute with the gold data beside them.
#include "CaseCompiler.h"
#include "CommandLine.h"
#include "Commands.h"
#include "Diagnostics.h"
#include "Expectation.h"
#include "PerNode.h"
#include "TestCases.h"

#include "dialects/Onnx/Onnx.h"
#include "setun/Support/NodeLocation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <cstdlib>
#include <fmt/format.h>

using namespace mlir;

namespace setun::driver {

namespace {
struct VerifyCommand : BackendOptions {
  std::vector<std::string> models;
  /// Compares single tensors with onnxruntime or this folder, if not empty.
  std::string perNode;

  int run();

private:
  void verifyNodes(StringRef argument, StringRef model,
                   ArrayRef<std::string> cases,
                   const ImportOptions &importOptions,
                   const Expectation &expectation);
  void verifyModel(StringRef argument);
  void verifyCase(StringRef name, StringRef folder, CaseCompiler &compiler,
                  const Expectation &expectation);
  Outcome judgeRefusal(Outcome refusal, const Expectation &expectation);
  void report(StringRef name, StringRef backend, const Outcome &outcome);
  void failAll(StringRef name, const std::string &reason);

  unsigned passed = 0, failed = 0, refused = 0;
  bool isRefusalFine = true;
};

} // namespace

static Outcome runCase(ModelRunner &runner, const Variant &variant,
                       const TestCase &testCase,
                       const Expectation &expectation) {
  std::vector<NpyArray> inputs;
  for (unsigned index : variant.inputs)
    inputs.push_back(testCase.inputs[index]);
  auto outputs = runner.run(inputs);
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
  std::string text = fmt::format("max error {:.3g}", maxError);
  if (!variant.bound.empty())
    text += "; bound: " + llvm::join(variant.bound, ", ");
  return {Verdict::Pass, text};
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
                               CaseCompiler &compiler,
                               const Expectation &expectation) {
  llvm::Expected<TestCase> testCase = readTestCase(folder);
  std::string unreadable = testCase ? "" : toString(testCase.takeError());
  ArrayRef<NpyArray> inputs;
  if (unreadable.empty())
    inputs = testCase->inputs;
  Variant &variant = compiler.getVariant(inputs);
  for (const std::string &backend : backends) {
    // Types that no array has are types that no model can be compiled with:
    // the compiler's reason comes first.
    Compiled &compiled = compiler.getCompiled(variant, backend);
    if (!compiled.runner)
      report(name, backend, judgeRefusal(compiled.refusal, expectation));
    else if (!unreadable.empty())
      report(name, backend, {Verdict::Fail, unreadable});
    else
      report(name, backend,
             runCase(*compiled.runner, variant, *testCase, expectation));
  }
}

void VerifyCommand::verifyModel(StringRef argument) {
  while (argument.size() > 1 && argument.ends_with("/"))
    argument = argument.drop_back();
  std::string model = getModelPath(argument);
  if (!llvm::sys::fs::exists(model))
    return failAll(argument, "there is no file " + model);
  StringRef folder = getModelFolder(model);
  llvm::Expected<Expectation> expectation = readExpectation(folder);
  if (!expectation)
    return failAll(argument, toString(expectation.takeError()));
  llvm::Expected<ImportOptions> importOptions = getImportOptions();
  if (!importOptions)
    return failAll(argument, toString(importOptions.takeError()));
  std::vector<std::string> cases = findTestCases(folder);
  if (!perNode.empty())
    return verifyNodes(argument, model, cases, *importOptions, *expectation);
  if (cases.empty())
    return failAll(argument, "no test_data_set_* beside " + model);

  CaseCompiler compiler(*importOptions, getCompileOptions(),
                        getCRunnerOptions(), model, getSimulation());
  for (const std::string &caseFolder : cases)
    verifyCase((argument + "/" + llvm::sys::path::filename(caseFolder)).str(),
               caseFolder, compiler, *expectation);
}

//===----------------------------------------------------------------------===//
// Single nodes
//===----------------------------------------------------------------------===//

/// The names of the inputs, and what the nodes make, in the order of the graph.
static bool readTensors(StringRef model, ImportOptions options,
                        std::vector<std::string> &inputs,
                        std::vector<NodeTensor> &tensors) {
  std::unique_ptr<MLIRContext> context = makeContext();
  options.allTensorsAsOutputs = true;
  OwningOpRef<ModuleOp> module = loadModel(model, context.get(), options);
  if (!module)
    return false;
  for (const ModelInput &input : getInputs(*module))
    inputs.push_back(input.name);
  auto main = module->lookupSymbol<func::FuncOp>("main");
  llvm::DenseMap<Value, StringRef> nameOf;
  for (auto [i, value] :
       llvm::enumerate(main.front().getTerminator()->getOperands()))
    if (auto name = main.getResultAttrOfType<StringAttr>(i, "onnx.name"))
      nameOf.insert({value, name.getValue()});
  for (auto node : main.front().getOps<onnx::NodeOp>())
    for (Value output : node.getOutputs())
      if (auto name = nameOf.find(output); name != nameOf.end())
        tensors.push_back({getNodeNames(node.getLoc()).empty()
                               ? std::string()
                               : getNodeNames(node.getLoc()).front().name,
                           node.getOpType().str(), name->second.str()});
  return true;
}

/// Prints a line for each tensor up to the first that differs, and says what
/// that is.
static Outcome compareTensors(ModelRunner &runner, ArrayRef<NpyArray> inputs,
                              ArrayRef<NodeTensor> tensors,
                              const Reference &reference,
                              const Expectation &expectation) {
  auto outputs = runner.run(inputs);
  if (!outputs)
    return {Verdict::Fail, toString(outputs.takeError())};
  llvm::StringMap<const NpyArray *> valueOf;
  for (auto [argument, output] :
       llvm::zip(runner.getArguments(EntryRole::Output), *outputs))
    valueOf[argument->name] = &output;
  unsigned compared = 0, without = 0;
  for (const NodeTensor &tensor : tensors) {
    auto got = valueOf.find(tensor.name);
    auto want = reference.find(tensor.name);
    std::string what = tensor.node + " " + tensor.opType + " " + tensor.name;
    if (got == valueOf.end() || want == reference.end()) {
      ++without;
      llvm::outs() << escapeForTerminal("NO-REFERENCE " + what) << "\n";
      continue;
    }
    ++compared;
    Comparison comparison =
        compareArrays(*got->second, want->second, expectation);
    std::string text = comparison.matches ? fmt::format("max error {:.3g}",
                                                        comparison.maxError)
                                          : comparison.reason;
    llvm::outs() << escapeForTerminal(
                        (comparison.matches ? "WITHIN " : "OUTSIDE ") + what +
                        " " + text)
                 << "\n";
    if (!comparison.matches)
      return {Verdict::Fail,
              llvm::formatv("the first that differs is node '{0}' ({1}), "
                            "tensor '{2}': {3}",
                            tensor.node, tensor.opType, tensor.name, text)};
  }
  if (compared == 0)
    return {Verdict::Fail, "the reference has none of the model's tensors"};
  return {Verdict::Pass,
          llvm::formatv("{0} tensors within tolerance, {1} without reference",
                        compared, without)};
}

void VerifyCommand::verifyNodes(StringRef argument, StringRef model,
                                ArrayRef<std::string> cases,
                                const ImportOptions &importOptions,
                                const Expectation &expectation) {
  std::vector<std::string> inputNames;
  std::vector<NodeTensor> tensors;
  if (!readTensors(model, importOptions, inputNames, tensors))
    return failAll(argument, "refused");
  std::vector<std::string> names = inputNames;
  for (const NodeTensor &tensor : tensors)
    names.push_back(tensor.name);

  Reference reference;
  bool isFolder = perNode != "onnxruntime";
  if (isFolder) {
    llvm::Expected<Reference> read = readReference(perNode, names);
    if (!read)
      return failAll(argument, toString(read.takeError()));
    reference = std::move(*read);
  }
  bool hasInputs = llvm::all_of(inputNames, [&](const std::string &name) {
    return reference.contains(name);
  });
  std::vector<std::string> folders(cases);
  if (hasInputs)
    folders = {perNode};
  else if (isFolder)
    folders.resize(std::min<size_t>(folders.size(), 1));
  if (folders.empty())
    return failAll(argument, "no test_data_set_* beside " + model.str() +
                                 ", nor the inputs in the folder");

  Expectation noClasses = expectation;
  noClasses.argmax = false; // that is for the model's outputs
  ImportOptions everyTensor = importOptions;
  everyTensor.allTensorsAsOutputs = true;
  CaseCompiler compiler(everyTensor, getCompileOptions(), getCRunnerOptions(),
                        model, getSimulation());
  for (const std::string &folder : folders) {
    std::string name =
        (argument + "/" + llvm::sys::path::filename(folder)).str();
    TestCase testCase;
    if (hasInputs) {
      for (const std::string &input : inputNames)
        testCase.inputs.push_back(reference.lookup(input));
    } else {
      llvm::Expected<TestCase> read = readTestCase(folder);
      if (!read) {
        failAll(name, toString(read.takeError()));
        continue;
      }
      testCase = std::move(*read);
    }
    if (!isFolder) {
      llvm::Expected<Reference> made =
          runOnnxruntime(python, model, inputNames, testCase.inputs, names);
      if (!made) {
        failAll(name, toString(made.takeError()));
        continue;
      }
      reference = std::move(*made);
    }
    Variant &variant = compiler.getVariant(testCase.inputs);
    std::vector<NpyArray> inputs;
    for (unsigned index : variant.inputs)
      inputs.push_back(testCase.inputs[index]);
    for (const std::string &backend : backends) {
      Compiled &compiled = compiler.getCompiled(variant, backend);
      report(name, backend,
             compiled.runner ? compareTensors(*compiled.runner, inputs, tensors,
                                              reference, noClasses)
                             : judgeRefusal(compiled.refusal, expectation));
    }
  }
}

int VerifyCommand::run() {
  // Only the numbers count: threads of OpenMP need not wait awake.
  ::setenv("OMP_WAIT_POLICY", "passive", /*overwrite=*/0);
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
      ->add_flag("--per-node{onnxruntime}", options->perNode,
                 "Compare every tensor of the graph with onnxruntime's, or "
                 "with the .npy files of a folder (--per-node=DIR), up to the "
                 "first that differs")
      ->type_name("[=DIR]");
  options->addTo(*command);
  options->addSimulationTo(*command);
  command->footer(
      "Tolerances come from expect.json beside a model, else rtol 1e-3 and "
      "atol 1e-7 for floats;\nintegers are exact. A model that the compiler "
      "refuses is REFUSED, and FAIL if expect.json\nsays \"match\". Exit code "
      "1 after a FAIL, or a refusal that expect.json does not permit.");
  command->callback([options, &action] {
    if (std::string missing = options->findApTypes(); !missing.empty())
      throw CLI::ValidationError(missing);
    action = [options] { return options->run(); };
  });
}

} // namespace setun::driver
