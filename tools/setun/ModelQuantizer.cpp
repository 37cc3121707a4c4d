// Layers, activations, codes of both, and how far the result is from the model.
#include "ModelQuantizer.h"

#include "Diagnostics.h"
#include "Expectation.h"

#include "setun/Import/OnnxModel.h"
#include "setun/Support/FileSystem.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <map>

using namespace mlir;
using namespace setun::quantize;

namespace setun::driver {

std::unique_ptr<TensorRunner>
ModelQuantizer::compile(const ::onnx::ModelProto &proto,
                        ArrayRef<std::string> tensors) {
  return TensorRunner::create(proto, options.model, importOptions, tensors,
                              samples->getShapes());
}

llvm::Error ModelQuantizer::chooseLayers() {
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
        "there is nothing to quantise: accepted are Conv, ConvTranspose, Gemm "
        "and MatMul of the main graph with constant float32 weights" +
        reasons);
  }
  if (options.scheme != WeightScheme::Int8 && !options.allLayers)
    report.notes.push_back("the first and the last layer keep 8 bits; "
                           "--all-layers gives them fewer");
  for (auto [index, layer] : llvm::enumerate(found)) {
    QuantizedLayer &quantized = layers.emplace_back();
    bool isEdge = index == 0 || index + 1 == found.size();
    if (options.allLayers || !isEdge) {
      quantized.options.scheme = options.scheme;
      quantized.options.method = options.method;
      if (!layer.isConvolution())
        quantized.options.group = options.group;
    } else if (!layer.isConvolution() && options.scheme == WeightScheme::Int8) {
      quantized.options.group = options.group;
    }
    quantized.layer = std::move(layer);
  }
  shareOptions();
  return llvm::Error::success();
}

/// Weights of an edge keep their bits wherever they are used.
void ModelQuantizer::shareOptions() {
  for (const QuantizedLayer *edge : {&layers.front(), &layers.back()})
    for (QuantizedLayer &layer : layers)
      if (shareWeights(edge->layer, layer.layer))
        layer.options = edge->options;
}

llvm::Error ModelQuantizer::forEachSample(
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

/// The first pass over the data: ranges of the tensors of each group.
llvm::Error ModelQuantizer::chooseActivations() {
  if (!samples || !options.quantizeActivations)
    return llvm::Error::success();
  SmallVector<int> products;
  for (const QuantizedLayer &layer : layers)
    products.push_back(layer.layer.nodeIndex);
  plan = planActivations(proto->graph(), products, options.quantizeOutputs);
  noteOthers();
  std::vector<std::string> names;
  for (const std::vector<std::string> &group : plan.groups)
    llvm::append_range(names, group);
  auto runner = compile(*proto, names);
  if (!runner)
    return refused();
  std::vector<RangeObserver> observers(plan.groups.size());
  llvm::StringSet<> infinite;
  if (llvm::Error failed =
          forEachSample(*runner, "ranges of activations",
                        [&](int64_t, const llvm::StringMap<NpyArray> &tensors) {
                          for (const std::string &name : names) {
                            RangeObserver &observer =
                                observers[plan.groupOf[name]];
                            bool wasFinite = observer.isFinite();
                            observer.add(getFloats(tensors.at(name)));
                            if (wasFinite && !observer.isFinite())
                              infinite.insert(name);
                          }
                          return llvm::Error::success();
                        }))
    return failed;
  for (const ::onnx::NodeProto &node : proto->graph().node())
    for (const std::string &input : node.input())
      if (infinite.contains(input))
        return makeError(llvm::formatv(
            "node '{0}' ({1}): its input '{2}' has values that are not finite "
            "on the data; --activations=float leaves it as it is",
            node.name(), node.op_type(), input));
  for (const RangeObserver &observer : observers)
    plan.quantizers.push_back(
        observer.choose(options.calibration, options.percentile));
  alignSums(plan);
  return llvm::Error::success();
}

/// Says what reads codes besides the layers.
void ModelQuantizer::noteOthers() {
  std::map<std::string, int> counts;
  for (int index : plan.readers) {
    const ::onnx::NodeProto &node = proto->graph().node(index);
    bool isLayer = llvm::any_of(layers, [&](const QuantizedLayer &layer) {
      return layer.layer.nodeIndex == index;
    });
    if (!isLayer && llvm::any_of(node.input(), [&](const std::string &input) {
          return plan.groupOf.contains(input);
        }))
      ++counts[node.op_type()];
  }
  std::string text;
  for (const auto &[type, count] : counts)
    text += llvm::formatv("{0}{1} {2}", text.empty() ? "" : ", ", count, type);
  if (!text.empty())
    report.notes.push_back("codes also go through " + text);
}

/// The second pass: moments of the layers' inputs.
llvm::Expected<std::vector<InputMoments>> ModelQuantizer::getMoments() {
  std::vector<InputMoments> moments;
  std::vector<std::string> names;
  for (const QuantizedLayer &layer : layers) {
    moments.emplace_back(layer.layer,
                         layer.options.scheme != WeightScheme::Int8);
    if (!llvm::is_contained(names, layer.layer.input))
      names.push_back(layer.layer.input);
  }
  auto runner = compile(*proto, names);
  if (!runner)
    return refused();
  if (llvm::Error failed = forEachSample(
          *runner, "moments of activations",
          [&](int64_t, const llvm::StringMap<NpyArray> &tensors) {
            for (auto [layer, moment] : llvm::zip(layers, moments)) {
              const NpyArray &array = tensors.at(layer.layer.input);
              moment.add(layer.layer, {getFloats(array), array.shape},
                         plan.find(layer.layer.input),
                         moment.most / samples->size() + 1);
            }
            return llvm::Error::success();
          }))
    return std::move(failed);
  for (InputMoments &moment : moments)
    moment.finish();
  return moments;
}

/// Weights that suit their inputs; of shared ones, those of all their layers.
llvm::Error ModelQuantizer::quantizeLayers() {
  std::vector<InputMoments> moments;
  if (samples) {
    auto known = getMoments();
    if (!known)
      return known.takeError();
    moments = std::move(*known);
  }
  Progress progress("weights", static_cast<int64_t>(layers.size()), "layers");
  for (size_t i = 0; i < layers.size(); ++i) {
    QuantizedLayer &layer = layers[i];
    if (layer.weights.codes.empty()) {
      InputMoments *moment = samples ? &moments[i] : nullptr;
      SmallVector<QuantizedLayer *> sharing = {&layer};
      for (size_t k = i + 1; k < layers.size(); ++k)
        if (shareWeights(layer.layer, layers[k].layer)) {
          sharing.push_back(&layers[k]);
          if (moment)
            moment->addProducts(moments[k]);
        }
      QuantizedMatrix weights = quantizeWeights(layer, moment);
      for (QuantizedLayer *each : sharing)
        each->weights = weights;
    }
    if (samples && options.correctBias)
      layer.biasChange = getBiasChange(layer, moments[i]);
    progress.step();
  }
  return llvm::Error::success();
}

/// The third pass: both models side by side.
llvm::Error ModelQuantizer::compare(const ::onnx::ModelProto &quantized) {
  bool isPacked = options.format == Format::Qdq && getOpset(quantized) >= 21;
  std::vector<std::string> names;
  for (const QuantizedLayer &layer : layers) {
    report.layers.push_back(
        describeLayer(layer, plan.find(layer.layer.input), isPacked));
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
llvm::Error ModelQuantizer::write(const ::onnx::ModelProto &quantized) {
  auto context = makeContext();
  DiagnosticPrinter printer(context.get(), options.output,
                            options.printRemarks);
  if (!importOnnxModel(quantized, options.output, context.get(), importOptions))
    return refused();
  std::string bytes;
  if (!quantized.SerializeToString(&bytes))
    return makeError(llvm::formatv("the quantised model has more than 2 GiB"));
  return writeFileAtomically(options.output, bytes);
}

llvm::Error ModelQuantizer::run() {
  // Before the work of minutes, not after it.
  StringRef folder = llvm::sys::path::parent_path(options.output);
  if (!folder.empty() && !llvm::sys::fs::is_directory(folder))
    return makeError(llvm::formatv("{0}: no folder for the output", folder));
  for (auto step :
       {&ModelQuantizer::readModel, &ModelQuantizer::readSamples,
        &ModelQuantizer::replaceComputedWeights, &ModelQuantizer::lift,
        &ModelQuantizer::chooseLayers, &ModelQuantizer::chooseActivations,
        &ModelQuantizer::quantizeLayers})
    if (llvm::Error failed = (this->*step)())
      return failed;
  ::onnx::ModelProto quantized = *proto;
  rewriteModel(quantized, layers, plan, options.format);
  if (llvm::Error failed = compare(quantized))
    return failed;
  if (llvm::Error failed = write(quantized))
    return failed;
  llvm::outs() << report.print();
  return llvm::Error::success();
}

} // namespace setun::driver
