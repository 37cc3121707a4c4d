// What setun quantize needs before it looks at layers: the model, checked and
// in an opset that can say what is written, and the samples.
#include "Diagnostics.h"
#include "ModelQuantizer.h"

#include "setun/Import/OnnxModel.h"

using namespace mlir;
using namespace setun::quantize;

namespace setun::driver {

/// Reads the model, and lets the importer check all of it.
llvm::Error ModelQuantizer::readModel() {
  context = makeContext();
  DiagnosticPrinter printer(context.get(), options.model, options.printRemarks);
  llvm::Expected<ImportOptions> read = options.getImportOptions();
  if (!read)
    return read.takeError();
  importOptions = std::move(*read);
  proto = readOnnxModel(options.model, context.get());
  if (!proto)
    return refused();
  OwningOpRef<ModuleOp> module =
      importOnnxModel(*proto, options.model, context.get(), importOptions);
  if (!module)
    return refused();
  inputs = getInputs(*module);
  return llvm::Error::success();
}

llvm::Error ModelQuantizer::readSamples() {
  if (options.dataFiles.empty())
    return llvm::Error::success();
  llvm::Expected<SampleSet> read = SampleSet::read(options.dataFiles, inputs);
  if (!read)
    return read.takeError();
  samples = std::move(*read);
  report.samples = samples->size();
  if (options.labelFile.empty())
    return llvm::Error::success();
  llvm::Expected<NpyArray> array = readNpy(options.labelFile);
  if (!array)
    return array.takeError();
  if (array->size() != samples->size())
    return makeError(llvm::formatv("--labels: {0} labels for {1} samples",
                                   array->size(), samples->size()));
  labels = std::move(*array);
  return llvm::Error::success();
}

/// Weights that nodes compute from constants become constants.
llvm::Error ModelQuantizer::replaceComputedWeights() {
  std::vector<std::string> names = findComputedWeights(proto->graph());
  if (names.empty())
    return llvm::Error::success();
  auto runner = TensorRunner::create(makeConstantModel(*proto, names),
                                     options.model, ImportOptions(), {}, {});
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
llvm::Error ModelQuantizer::checkLifted(const ::onnx::ModelProto &before) {
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
      return makeError(llvm::formatv(
          "ONNX's converter changes output '{0}' between opset {1} and {2}; "
          "--format=qonnx does not need it",
          output.name(), getOpset(before), getOpset(*proto)));
  }
  return llvm::Error::success();
}

/// Raises the opset to what the format needs; int4 can do without.
llvm::Error ModelQuantizer::lift() {
  int64_t before = getOpset(*proto);
  ::onnx::ModelProto original = *proto;
  if (options.format == Format::Qonnx)
    return llvm::Error::success();
  int needed =
      options.group > 0 || options.scheme == WeightScheme::Int4 ? 21 : 13;
  llvm::Error failed = liftOpset(*proto, needed);
  if (failed && options.group == 0 && needed == 21) {
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

} // namespace setun::driver
