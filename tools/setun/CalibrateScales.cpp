// Static scales instead of those that each row finds at run time.
#include "CalibrateScales.h"

#include "ProbedModel.h"
#include "QuantizeData.h"

#include "setun/Support/NodeLocation.h"
#include "setun/Transforms/Passes.h"

#include <cmath>

using namespace mlir;

namespace setun::driver {

namespace {
/// The largest magnitudes of the rows of one tensor.
class RowMaxima {
public:
  explicit RowMaxima(int64_t row) : row(row) {}

  void add(ArrayRef<float> values) {
    for (; !values.empty(); values = values.drop_front(row)) {
      float largest = 0;
      for (float x : values.take_front(row)) {
        largest = std::max(largest, std::fabs(x));
        finite &= std::isfinite(x);
      }
      least = rows == 0 ? largest : std::min(least, largest);
      most = std::max(most, largest);
      ++rows;
    }
  }

  int64_t row, rows = 0;
  float least = 0, most = 0;
  bool finite = true;
};
} // namespace

llvm::FailureOr<std::vector<StaticScaleFacts>>
calibrateScales(ModuleOp imported, CompileOptions &options) {
  llvm::Expected<std::vector<Sample>> samples =
      readSamples(options.data, getInputs(imported));
  if (!samples)
    return imported.emitError() << llvm::toString(samples.takeError());
  CompileOptions observed = options;
  observed.fixScales = false;
  observed.scaleMaxima.clear();
  SmallVector<RowMaxima> maxima;
  SmallVector<std::pair<std::string, Value>> probes;
  auto model = ProbedModel::create(imported, observed, [&](ModuleOp module) {
    SmallVector<std::pair<int64_t, lowbit::DynamicQuantizeOp>> ops;
    module.walk([&](lowbit::DynamicQuantizeOp op) {
      if (auto number = op->getAttrOfType<IntegerAttr>(kStaticScaleAttr))
        ops.push_back({number.getInt(), op});
    });
    llvm::sort(ops, llvm::less_first());
    for (auto [number, op] : ops) {
      maxima.push_back(RowMaxima(op.getInput().getType().getShape().back()));
      std::string node = describeNodes(op.getLoc());
      probes.push_back({node.empty() ? "a quantiser" : node, op.getInput()});
    }
    return probes;
  });
  if (!model)
    return failure();
  if (maxima.empty())
    return imported.emitError()
           << "--static-scales: there is no scale that is found at run time";
  for (const Sample &sample : *samples) {
    llvm::Expected<std::vector<NpyArray>> outputs = model->run(sample);
    if (!outputs)
      return imported.emitError()
             << "--data: " << llvm::toString(outputs.takeError());
    size_t first = outputs->size() - maxima.size();
    for (auto [i, rows] : llvm::enumerate(maxima))
      rows.add(getFloats((*outputs)[first + i]));
  }
  std::vector<StaticScaleFacts> facts;
  for (auto [rows, name] : llvm::zip(maxima, model->getNames())) {
    if (!rows.finite)
      return imported.emitError() << name
                                  << ": values that are not finite on "
                                     "--data give no static scale";
    options.scaleMaxima.push_back(rows.most);
    facts.push_back({name, rows.most, rows.least, int64_t(samples->size())});
  }
  return facts;
}

} // namespace setun::driver
