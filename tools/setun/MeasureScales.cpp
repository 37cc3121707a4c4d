// How far fixed point and static scales are from the model's own floats.
#include "MeasureScales.h"

#include "CalibrateScales.h"
#include "Expectation.h"
#include "ProbedModel.h"
#include "TestCases.h"

#include "setun/Support/NodeLocation.h"

#include <cmath>
#include <limits>
#include <map>

using namespace mlir;

namespace setun::driver {

/// The codes that quantisers give, by the node and the type; without those that
/// have the same name.
static SmallVector<std::pair<std::string, Value>> findCodes(ModuleOp module) {
  std::map<std::string, SmallVector<Value>> found;
  module.walk([&](Operation *op) {
    if (!isa<lowbit::QuantizeOp, lowbit::DynamicQuantizeOp, lowbit::ThresholdOp,
             lowbit::RequantizeOp, lowbit::LookupOp>(op))
      return;
    Value codes = op->getResult(0);
    Type element = getElementTypeOrSelf(codes.getType());
    SmallVector<NodeName> nodes = getNodeNames(op->getLoc());
    if (!lowbit::isCode(element) || nodes.empty())
      return;
    std::string key = nodes.front().name + " ";
    llvm::raw_string_ostream(key) << codes.getType();
    found[key].push_back(codes);
  });
  SmallVector<std::pair<std::string, Value>> codes;
  for (auto &[name, values] : found)
    if (values.size() == 1)
      codes.push_back({name, values.front()});
  return codes;
}

/// How far two elements are from each other. Infinities and NaNs are equal or
/// infinitely far.
static double getDifference(double got, double want) {
  if (got == want || (std::isnan(got) && std::isnan(want)))
    return 0;
  double difference = std::fabs(got - want);
  return std::isnan(difference) ? std::numeric_limits<double>::infinity()
                                : difference;
}

static void compareOutputs(const NpyArray &got, const NpyArray &want,
                           ScaleFacts &errors) {
  bool isFloat = StringRef(want.dtype).starts_with("float");
  int64_t size = want.size();
  for (int64_t i = 0; i < size; ++i) {
    double difference = getDifference(getElement(got, i), getElement(want, i));
    errors.largestError = std::max(errors.largestError, difference);
    errors.codes += !isFloat && difference != 0;
  }
  if (!isFloat) {
    errors.allCodes += size;
    return;
  }
  // A row of scores, not of an image.
  int64_t row = want.shape.size() == 2 ? want.shape.back() : 1;
  for (int64_t first = 0; row > 1 && first < size; first += row) {
    ++errors.rows;
    errors.classes += getArgmax(got, first, row) != getArgmax(want, first, row);
  }
}

static void compareCodes(const NpyArray &got, const NpyArray &want,
                         ScaleFacts &errors) {
  errors.allCodes += want.size();
  for (int64_t i = 0, e = want.size(); i < e; ++i)
    errors.codes += getElement(got, i) != getElement(want, i);
}

/// The recorded inputs in `folder` that the model takes. Nobody has asked for
/// these: others are left out.
static std::vector<Sample> readFitting(StringRef folder,
                                       const ProbedModel &runner) {
  std::vector<Sample> samples;
  for (const std::string &path : findTestCases(folder)) {
    llvm::Expected<TestCase> test = readTestCase(path);
    if (!test)
      llvm::consumeError(test.takeError());
    else if (llvm::Error error = runner.checkInputs(test->inputs))
      llvm::consumeError(std::move(error));
    else
      samples.push_back(std::move(test->inputs));
  }
  return samples;
}

/// Those that were asked for, or that lie beside the model, or random ones.
static llvm::Expected<std::vector<Sample>>
chooseSamples(ModuleOp imported, StringRef model, const CompileOptions &options,
              const ProbedModel &runner, bool &isRandom) {
  if (!options.data.empty())
    return readSamples(options.data, getInputs(imported));
  std::vector<Sample> samples = readFitting(getModelFolder(model), runner);
  if (!samples.empty())
    return samples;
  isRandom = true;
  constexpr unsigned few = 16;
  for (unsigned i = 0; i < few; ++i) {
    Sample &sample = samples.emplace_back();
    for (const EntryArgument *input : runner.getInputs())
      sample.push_back(makeSample(input->elementType, input->storageType,
                                  input->shape, /*seed=*/i));
  }
  return samples;
}

llvm::FailureOr<ScaleFacts> measureScales(ModuleOp imported, StringRef model,
                                          CompileOptions &options) {
  ScaleFacts errors;
  if (options.staticScales) {
    auto scales = calibrateScales(imported, options);
    if (failed(scales))
      return failure();
    errors.staticScales = std::move(*scales);
  }
  // What is said of the copies is said of the module again.
  ScopedDiagnosticHandler silence(
      imported.getContext(), [](Diagnostic &diagnostic) {
        return success(diagnostic.getSeverity() != DiagnosticSeverity::Error);
      });
  CompileOptions exact = options;
  exact.fixScales = false;
  exact.staticScales = false;
  std::unique_ptr<ProbedModel> fixed =
      ProbedModel::create(imported, options, findCodes);
  std::unique_ptr<ProbedModel> floats =
      fixed ? ProbedModel::create(imported, exact, findCodes) : nullptr;
  if (!floats)
    return failure();
  llvm::Expected<std::vector<Sample>> samples =
      chooseSamples(imported, model, options, *floats, errors.isRandom);
  if (!samples)
    return imported.emitError() << llvm::toString(samples.takeError());
  ArrayRef<std::string> fixedNames = fixed->getNames();
  ArrayRef<std::string> floatNames = floats->getNames();
  for (const Sample &sample : *samples) {
    auto got = fixed->run(sample);
    if (!got)
      return imported.emitError() << llvm::toString(got.takeError());
    auto want = floats->run(sample);
    if (!want)
      return imported.emitError() << llvm::toString(want.takeError());
    ++errors.samples;
    size_t outputs = want->size() - floatNames.size();
    for (size_t i = 0; i < outputs; ++i)
      compareOutputs((*got)[i], (*want)[i], errors);
    for (auto [i, name] : llvm::enumerate(floatNames))
      if (auto at = llvm::find(fixedNames, name); at != fixedNames.end())
        compareCodes((*got)[outputs + (at - fixedNames.begin())],
                     (*want)[outputs + i], errors);
  }
  return errors;
}

} // namespace setun::driver
