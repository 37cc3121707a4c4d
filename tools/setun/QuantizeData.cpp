// Samples of calibration data, and models that give inner tensors.
#include "QuantizeData.h"

#include "Diagnostics.h"

#include "setun/Conversion/SupportedOperators.h"
#include "setun/Import/OnnxModel.h"
#include "setun/Support/NpyType.h"
#include "setun/Target/LLVM/Jit.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace setun::driver {

static llvm::Error error(const llvm::formatv_object_base &message) {
  return llvm::createStringError(message.str());
}

/// Brings an array into the form [samples, shape of the input...].
static llvm::Error addSampleDimension(NpyArray &array,
                                      const ModelInput &input) {
  ArrayRef<int64_t> wanted = input.type.getShape();
  auto fits = [&](ArrayRef<int64_t> shape) {
    return shape.size() == wanted.size() &&
           llvm::all_of(llvm::zip(shape, wanted), [](auto pair) {
             auto [have, want] = pair;
             return have == want || ShapedType::isDynamic(want);
           });
  };
  ArrayRef<int64_t> shape = array.shape;
  bool isOne = !wanted.empty() && !ShapedType::isDynamic(wanted[0]);
  if (isOne && fits(shape)) {
    array.shape.insert(array.shape.begin(), 1);
    return llvm::Error::success();
  }
  if (!shape.empty() && fits(shape.drop_front()))
    return llvm::Error::success();
  // [N, 28, 28] fits an input [1, 28, 28]: N samples.
  SmallVector<int64_t> single(shape.begin(), shape.end());
  if (!single.empty())
    single[0] = 1;
  if (fits(single)) {
    array.shape.insert(array.shape.begin() + 1, 1);
    return llvm::Error::success();
  }
  return error(llvm::formatv(
      "input '{0}' is {1}, but {2} is given; accepted is the shape of the "
      "input, or a dimension for samples before it",
      input.name,
      describeArray(getNpyType(input.type.getElementType()), wanted),
      describeArray(array.dtype, array.shape)));
}

llvm::Error SampleSet::append(NpyArray array, const ModelInput &input,
                              NpyArray &all) {
  std::string wanted =
      input.type ? getNpyType(input.type.getElementType()) : "";
  if (wanted.empty())
    return error(
        llvm::formatv("input '{0}' is no tensor of numbers", input.name));
  if (array.dtype != wanted)
    return error(llvm::formatv("input '{0}' has elements {1}, but {2} are "
                               "given",
                               input.name, wanted, array.dtype));
  if (llvm::Error failed = addSampleDimension(array, input))
    return failed;
  if (all.dtype.empty()) {
    all = std::move(array);
    return llvm::Error::success();
  }
  if (ArrayRef(all.shape).drop_front() != ArrayRef(array.shape).drop_front())
    return error(llvm::formatv("the files for input '{0}' have samples of "
                               "different shapes",
                               input.name));
  all.shape[0] += array.shape[0];
  llvm::append_range(all.data, array.data);
  return llvm::Error::success();
}

llvm::Expected<SampleSet> SampleSet::read(ArrayRef<std::string> files,
                                          ArrayRef<ModelInput> inputs) {
  SampleSet samples;
  samples.arrays.resize(inputs.size());
  for (StringRef text : files) {
    StringRef name, file;
    std::tie(name, file) = text.split('=');
    const ModelInput *input = nullptr;
    if (file.empty() || llvm::sys::fs::exists(text)) {
      file = text;
      if (inputs.size() != 1)
        return error(llvm::formatv("the model has {0} inputs: --data needs "
                                   "NAME= before '{1}'",
                                   inputs.size(), text));
      input = &inputs[0];
    } else {
      input = llvm::find_if(
          inputs, [&](const ModelInput &input) { return input.name == name; });
      if (input == inputs.end())
        return error(llvm::formatv("the model has no input '{0}'", name));
    }
    llvm::Expected<NpyArray> array = readNpy(file);
    if (!array)
      return array.takeError();
    if (llvm::Error failed = samples.append(
            std::move(*array), *input, samples.arrays[input - inputs.begin()]))
      return createStringError(file + ": " + toString(std::move(failed)));
  }
  for (auto [input, array] : llvm::zip(inputs, samples.arrays)) {
    if (array.dtype.empty())
      return error(
          llvm::formatv("there is no --data for input '{0}'", input.name));
    if (samples.count != 0 && array.shape[0] != samples.count)
      return error(llvm::formatv("{0} samples for input '{1}', but {2} for "
                                 "the first",
                                 array.shape[0], input.name, samples.count));
    samples.count = array.shape[0];
  }
  if (samples.count == 0)
    return error(llvm::formatv("--data has no samples"));
  return samples;
}

std::vector<NpyArray> SampleSet::getSample(int64_t index) const {
  std::vector<NpyArray> sample;
  for (const NpyArray &array : arrays) {
    NpyArray &part = sample.emplace_back();
    part.dtype = array.dtype;
    part.shape.assign(array.shape.begin() + 1, array.shape.end());
    size_t bytes = array.data.size() / count;
    auto first = array.data.begin() + index * bytes;
    part.data.assign(first, first + bytes);
  }
  return sample;
}

SmallVector<SmallVector<int64_t>> SampleSet::getShapes() const {
  SmallVector<SmallVector<int64_t>> shapes;
  for (const NpyArray &array : arrays)
    shapes.emplace_back(ArrayRef(array.shape).drop_front());
  return shapes;
}

std::unique_ptr<TensorRunner>
TensorRunner::create(const ::onnx::ModelProto &model, StringRef file,
                     ImportOptions options, ArrayRef<std::string> tensors,
                     ArrayRef<SmallVector<int64_t>> shapes) {
  auto runner = std::make_unique<TensorRunner>();
  runner->context = makeContext();
  DiagnosticPrinter printer(runner->context.get(), file,
                            /*printRemarks=*/false);
  options.isNative = isSupportedOperator;
  runner->wanted.assign(tensors.begin(), tensors.end());
  options.extraOutputs.assign(tensors.begin(), tensors.end());
  auto import = [&] {
    return importOnnxModel(model, file, runner->context.get(), options);
  };
  OwningOpRef<ModuleOp> module = import();
  if (!module)
    return nullptr;
  if (sizeOpenDimensions(getInputs(*module), shapes, options)) {
    module = import();
    if (!module)
      return nullptr;
  }
  CompileOptions compileOptions;
  compileOptions.lowerKernels = !JitModule::hasKernels();
  if (failed(runStages(*module, Stage::Onnx, Stage::Buffers, compileOptions)))
    return nullptr;
  auto jit = createJitRunner(*module);
  if (!jit) {
    printError(file, toString(jit.takeError()));
    return nullptr;
  }
  runner->runner = std::move(*jit);
  return runner;
}

llvm::Expected<llvm::StringMap<NpyArray>>
TensorRunner::run(ArrayRef<NpyArray> inputs) {
  auto outputs = runner->run(inputs);
  if (!outputs)
    return outputs.takeError();
  llvm::StringMap<NpyArray> tensors;
  for (auto [argument, output] :
       llvm::zip(runner->getArguments(EntryRole::Output), *outputs))
    tensors[argument->name] = std::move(output);
  for (const std::string &name : wanted)
    if (!tensors.contains(name))
      return error(llvm::formatv("there is no value for tensor '{0}'", name));
  return tensors;
}

ArrayRef<float> getFloats(const NpyArray &array) {
  return {reinterpret_cast<const float *>(array.data.data()),
          array.data.size() / sizeof(float)};
}

} // namespace setun::driver
