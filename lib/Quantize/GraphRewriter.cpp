// Puts quantisers of weights and activations in front of the products.
#include "setun/Quantize/GraphRewriter.h"

#include "ProtoHelpers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <algorithm>

using namespace llvm;

namespace setun::quantize {

using Tensor = ::onnx::TensorProto;

static const char *const kQonnxDomain = "qonnx.custom_op.general";

namespace {
class Rewriter {
public:
  Rewriter(::onnx::ModelProto &model, MutableArrayRef<QuantizedLayer> layers,
           Format format);
  void run();

private:
  void rewriteLayer(QuantizedLayer &layer, ::onnx::NodeProto &node);
  std::string quantizeInput(const std::string &input,
                            const ActivationQuantizer &quantizer);
  std::string addWeights(const QuantizedLayer &layer);
  std::string addQonnxWeights(const QuantizedLayer &layer);

  void correctBias(QuantizedLayer &layer, ::onnx::NodeProto &node);
  bool correctOwnBias(const QuantizedLayer &layer, ::onnx::NodeProto &node);
  bool correctFollowingAdd(QuantizedLayer &layer);
  void addBias(const QuantizedLayer &layer, ::onnx::NodeProto &node);

  std::string addInitializer(Tensor tensor);
  std::string addFloat(const std::string &name, float value);
  void append(::onnx::NodeProto node);
  std::string unique(const std::string &base);
  void dropUnused();
  void setVersions();

  ::onnx::ModelProto &model;
  ::onnx::GraphProto &graph;
  MutableArrayRef<QuantizedLayer> layers;
  Format format;
  StringSet<> names;
  StringMap<int> uses;
  /// Of the model's own initializers.
  StringMap<const Tensor *> constants;
  std::vector<::onnx::NodeProto> nodes;
  /// What replaces an activation.
  StringMap<std::string> quantized;
  /// A new constant operand for the node that reads a tensor.
  StringMap<std::pair<std::string, std::string>> newOperands;
};
} // namespace

Rewriter::Rewriter(::onnx::ModelProto &model,
                   MutableArrayRef<QuantizedLayer> layers, Format format)
    : model(model), graph(*model.mutable_graph()), layers(layers),
      format(format), uses(countUses(graph)) {
  for (const Tensor &tensor : graph.initializer()) {
    names.insert(tensor.name());
    constants[tensor.name()] = &tensor;
  }
  for (const ::onnx::ValueInfoProto &input : graph.input())
    names.insert(input.name());
  for (const ::onnx::NodeProto &node : graph.node()) {
    names.insert(node.name());
    for (const std::string &output : node.output())
      names.insert(output);
  }
  // What subgraphs name, and what they read from here.
  for (const auto &use : uses)
    names.insert(use.first());
}

std::string Rewriter::unique(const std::string &base) {
  std::string name = base;
  for (int i = 2; !names.insert(name).second; ++i)
    name = base + "_" + std::to_string(i);
  return name;
}

std::string Rewriter::addInitializer(Tensor tensor) {
  tensor.set_name(unique(tensor.name()));
  *graph.add_initializer() = std::move(tensor);
  return graph.initializer(graph.initializer_size() - 1).name();
}

std::string Rewriter::addFloat(const std::string &name, float value) {
  return addInitializer(makeFloats(name, {}, value));
}

void Rewriter::append(::onnx::NodeProto node) {
  nodes.push_back(std::move(node));
}

std::string Rewriter::quantizeInput(const std::string &input,
                                    const ActivationQuantizer &quantizer) {
  auto [entry, isNew] = quantized.try_emplace(input);
  if (!isNew)
    return entry->second;
  std::string scale = addFloat(input + "_scale", quantizer.scale);
  std::string result = unique(input + "_dequantized");
  entry->second = result;
  if (format == Format::Qonnx) {
    ::onnx::NodeProto quant =
        makeNode("Quant", unique(input + "/Quant"),
                 {input, scale,
                  addFloat(input + "_zero_point",
                           static_cast<float>(quantizer.zeroPoint)),
                  addFloat(input + "_bits", 8)},
                 result);
    quant.set_domain(kQonnxDomain);
    setInt(quant, "signed", quantizer.isSigned);
    setInt(quant, "narrow", 0);
    setString(quant, "rounding_mode", "ROUND");
    append(std::move(quant));
    return result;
  }
  std::string zeroPoint = addInitializer(makeCodes(
      input + "_zero_point", quantizer.isSigned ? Tensor::INT8 : Tensor::UINT8,
      {}, static_cast<int8_t>(quantizer.zeroPoint)));
  std::string codes = unique(input + "_quantized");
  append(makeNode("QuantizeLinear", unique(input + "/QuantizeLinear"),
                  {input, scale, zeroPoint}, codes));
  append(makeNode("DequantizeLinear", unique(input + "/DequantizeLinear"),
                  {codes, scale, zeroPoint}, result));
  return result;
}

/// The scales of a layer as its weights' tensor sees them: one, one for each
/// channel, or one for each channel and group.
namespace {
struct ScaleTensor {
  enum class Kind { One, Channels, Groups } kind;
  std::vector<int64_t> shape;
  std::vector<float> values;
};
} // namespace

static ScaleTensor getScales(const QuantizedLayer &quantized) {
  const ProductLayer &layer = quantized.layer;
  const QuantizedMatrix &matrix = quantized.weights;
  if (all_equal(matrix.scales))
    if (quantized.options.method == ScaleMethod::AbsMean)
      return {ScaleTensor::Kind::One, {}, {matrix.scales.front()}};
  int64_t perRow = static_cast<int64_t>(matrix.scales.size()) / layer.rows;
  if (quantized.options.group == 0)
    return {ScaleTensor::Kind::Channels, {layer.rows}, matrix.scales};
  if (layer.channelAxis == 0)
    return {ScaleTensor::Kind::Groups, {layer.rows, perRow}, matrix.scales};
  std::vector<float> transposed(matrix.scales.size());
  for (int64_t row = 0; row < layer.rows; ++row)
    for (int64_t group = 0; group < perRow; ++group)
      transposed[group * layer.rows + row] =
          matrix.scales[row * perRow + group];
  return {ScaleTensor::Kind::Groups, {perRow, layer.rows}, transposed};
}

std::string Rewriter::addWeights(const QuantizedLayer &quantized) {
  const ProductLayer &layer = quantized.layer;
  bool isPacked =
      quantized.options.scheme == WeightScheme::Int4 && getOpset(model) >= 21;
  std::string codes = addInitializer(makeCodes(
      layer.weight + "_quantized", isPacked ? Tensor::INT4 : Tensor::INT8,
      layer.weightShape, layer.toTensorOrder(quantized.weights.codes)));
  ScaleTensor scales = getScales(quantized);
  std::string scale = addInitializer(
      makeFloats(layer.weight + "_scale", scales.shape, scales.values));
  std::string result = unique(layer.weight + "_dequantized");
  ::onnx::NodeProto node =
      makeNode("DequantizeLinear", unique(layer.name + "/DequantizeWeights"),
               {codes, scale}, result);
  if (scales.kind == ScaleTensor::Kind::Channels)
    setInt(node, "axis", layer.channelAxis);
  if (scales.kind == ScaleTensor::Kind::Groups) {
    setInt(node, "axis", 1 - layer.channelAxis);
    setInt(node, "block_size", quantized.weights.group);
  }
  append(std::move(node));
  return result;
}

/// Quant makes codes of floats, here of ones that are codes times scales.
std::string Rewriter::addQonnxWeights(const QuantizedLayer &quantized) {
  const ProductLayer &layer = quantized.layer;
  WeightScheme scheme = quantized.options.scheme;
  std::string values = addInitializer(makeFloats(
      layer.weight + "_values", layer.weightShape,
      layer.toTensorOrder(quantized.weights.dequantize(layer.columns))));
  ScaleTensor scales = getScales(quantized);
  if (scales.kind == ScaleTensor::Kind::Channels) {
    scales.shape.assign(layer.weightShape.size(), 1);
    scales.shape[layer.channelAxis] = layer.rows;
  }
  std::string scale = addInitializer(
      makeFloats(layer.weight + "_scale", scales.shape, scales.values));
  std::string result = unique(layer.weight + "_dequantized");
  std::string name = unique(layer.name + "/QuantizeWeights");
  ::onnx::NodeProto node;
  if (scheme == WeightScheme::Binary) {
    node = makeNode("BipolarQuant", name, {values, scale}, result);
  } else {
    int bits = scheme == WeightScheme::Int8   ? 8
               : scheme == WeightScheme::Int4 ? 4
               : scheme == WeightScheme::Int3 ? 3
                                              : 2;
    node =
        makeNode("Quant", name,
                 {values, scale, addFloat(layer.weight + "_zero_point", 0),
                  addFloat(layer.weight + "_bits", static_cast<float>(bits))},
                 result);
    setInt(node, "signed", 1);
    setInt(node, "narrow",
           scheme == WeightScheme::Int8 || scheme == WeightScheme::Ternary);
    setString(node, "rounding_mode", "ROUND");
  }
  node.set_domain(kQonnxDomain);
  append(std::move(node));
  return result;
}

//===----------------------------------------------------------------------===//
// Bias
//===----------------------------------------------------------------------===//

/// Does a constant of this shape have one number for each channel? Those of a
/// Conv stand `behind` axes before the last one.
static bool isPerChannel(const Tensor &tensor, int64_t channels, int behind) {
  int axis = tensor.dims_size() - 1 - behind;
  if (axis < 0 || tensor.dims_size() > behind + 2)
    return false;
  for (int i = 0; i < tensor.dims_size(); ++i)
    if (tensor.dims(i) != (i == axis ? channels : 1))
      return false;
  return true;
}

/// `tensor` + change * factor, under a new name.
static Tensor makeCorrected(const Tensor &tensor, ArrayRef<float> change,
                            float factor) {
  std::vector<float> values = *readFloats(tensor);
  for (auto [value, difference] : zip(values, change))
    value += difference * factor;
  return makeFloats(tensor.name() + "_corrected",
                    ArrayRef(tensor.dims().data(), tensor.dims_size()), values);
}

/// The bias of Conv or Gemm, if the node has a constant one or none.
bool Rewriter::correctOwnBias(const QuantizedLayer &quantized,
                              ::onnx::NodeProto &node) {
  const ProductLayer &layer = quantized.layer;
  if (layer.opType == "MatMul")
    return false;
  if (node.input_size() < 3 || node.input(2).empty()) {
    while (node.input_size() < 3)
      node.add_input("");
    node.set_input(
        2, addInitializer(makeFloats(layer.weight + "_bias", {layer.rows},
                                     quantized.biasChange)));
    for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
      if (attribute.name() == "beta")
        attribute.set_f(1);
    return true;
  }
  auto constant = constants.find(node.input(2));
  if (constant == constants.end() || layer.beta == 0 ||
      !isPerChannel(*constant->second, layer.rows, 0) ||
      !readFloats(*constant->second))
    return false;
  node.set_input(
      2, addInitializer(makeCorrected(*constant->second, quantized.biasChange,
                                      1 / layer.beta)));
  return true;
}

/// The constant of an Add that alone reads the result.
bool Rewriter::correctFollowingAdd(QuantizedLayer &quantized) {
  const ProductLayer &layer = quantized.layer;
  if (uses.lookup(layer.output) != 1)
    return false;
  int behind = static_cast<int>(layer.window.kernel.size());
  for (const ::onnx::NodeProto &node : graph.node()) {
    if (node.op_type() != "Add" || !node.domain().empty() ||
        node.input_size() != 2 || node.output_size() != 1 ||
        !is_contained(node.input(), layer.output))
      continue;
    const std::string &other =
        node.input(node.input(0) == layer.output ? 1 : 0);
    auto constant = constants.find(other);
    if (constant == constants.end() ||
        !isPerChannel(*constant->second, layer.rows, behind) ||
        !readFloats(*constant->second))
      return false;
    newOperands[layer.output] = {
        other, addInitializer(
                   makeCorrected(*constant->second, quantized.biasChange, 1))};
    quantized.result = node.output(0);
    return true;
  }
  return false;
}

/// An Add of its own behind the product.
void Rewriter::addBias(const QuantizedLayer &quantized,
                       ::onnx::NodeProto &node) {
  const ProductLayer &layer = quantized.layer;
  std::vector<int64_t> shape(layer.window.kernel.size() + 1, 1);
  shape[0] = layer.rows;
  std::string bias = addInitializer(
      makeFloats(layer.weight + "_bias", shape, quantized.biasChange));
  node.set_output(0, unique(layer.output + "_product"));
  append(node);
  node = makeNode("Add", unique(layer.name + "/Bias"), {node.output(0), bias},
                  layer.output);
}

void Rewriter::correctBias(QuantizedLayer &quantized, ::onnx::NodeProto &node) {
  if (none_of(quantized.biasChange, [](float change) { return change != 0; }))
    return;
  if (!correctFollowingAdd(quantized) && !correctOwnBias(quantized, node))
    addBias(quantized, node);
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

void Rewriter::rewriteLayer(QuantizedLayer &layer, ::onnx::NodeProto &node) {
  layer.result = layer.layer.output;
  if (layer.activation)
    node.set_input(0, quantizeInput(layer.layer.input, *layer.activation));
  node.set_input(1, format == Format::Qonnx ? addQonnxWeights(layer)
                                            : addWeights(layer));
  correctBias(layer, node);
}

void Rewriter::run() {
  for (auto [index, original] : enumerate(graph.node())) {
    ::onnx::NodeProto node = original;
    for (const std::string &input : original.input()) {
      auto operand = newOperands.find(input);
      if (operand == newOperands.end())
        continue;
      for (std::string &name : *node.mutable_input())
        if (name == operand->second.first)
          name = operand->second.second;
    }
    for (QuantizedLayer &layer : layers)
      if (layer.layer.nodeIndex == static_cast<int>(index))
        rewriteLayer(layer, node);
    append(std::move(node));
  }
  graph.clear_node();
  for (::onnx::NodeProto &node : nodes)
    *graph.add_node() = std::move(node);
  dropUnused();
  setVersions();
}

/// Drops nodes that nobody reads, and then initializers.
void Rewriter::dropUnused() {
  for (bool changed = true; changed;) {
    StringMap<int> used = countUses(graph);
    auto *all = graph.mutable_node();
    changed = false;
    for (auto it = all->begin(); it != all->end();) {
      bool isUsed = any_of(it->output(), [&](const std::string &output) {
        return used.lookup(output) > 0;
      });
      changed |= !isUsed;
      it = isUsed ? it + 1 : all->erase(it);
    }
  }
  StringMap<int> used = countUses(graph);
  auto *tensors = graph.mutable_initializer();
  for (auto it = tensors->begin(); it != tensors->end();)
    it = used.lookup(it->name()) > 0 ? it + 1 : tensors->erase(it);
}

/// The IR version that came with the opset, and QONNX's domain.
void Rewriter::setVersions() {
  int64_t needed = getOpset(model) >= 21 ? 10 : 7;
  model.set_ir_version(std::max<int64_t>(model.ir_version(), needed));
  if (format != Format::Qonnx ||
      any_of(model.opset_import(), [](const ::onnx::OperatorSetIdProto &opset) {
        return opset.domain() == kQonnxDomain;
      }))
    return;
  ::onnx::OperatorSetIdProto &opset = *model.add_opset_import();
  opset.set_domain(kQonnxDomain);
  opset.set_version(1);
}

void rewriteModel(::onnx::ModelProto &model,
                  MutableArrayRef<QuantizedLayer> layers, Format format) {
  Rewriter(model, layers, format).run();
}

} // namespace setun::quantize
