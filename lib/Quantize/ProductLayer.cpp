// Finds the products with constant weights.
#include "setun/Quantize/ProductLayer.h"

#include "ProtoHelpers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace llvm;

namespace setun::quantize {

static bool isProduct(const ::onnx::NodeProto &node) {
  static const StringSet<> products = {"Conv", "Gemm", "MatMul"};
  return node.domain().empty() && products.contains(node.op_type()) &&
         node.input_size() >= 2 && node.output_size() == 1;
}

/// Other operators that multiply with weights.
static bool isOtherProduct(const ::onnx::NodeProto &node) {
  static const StringSet<> others = {"ConvTranspose", "DeformConv", "Einsum",
                                     "GRU",           "LSTM",       "RNN"};
  return node.domain().empty() && others.contains(node.op_type());
}

static bool isQuantizer(const ::onnx::NodeProto &node) {
  return node.domain().empty() && node.op_type() == "DequantizeLinear" &&
         node.output_size() == 1;
}

/// Same values in every run, if the inputs are constants?
static bool isPure(const ::onnx::NodeProto &node) {
  static const StringSet<> random = {
      "Bernoulli",     "Multinomial",       "RandomNormal", "RandomNormalLike",
      "RandomUniform", "RandomUniformLike", "Dropout"};
  return node.domain().empty() && !random.contains(node.op_type()) &&
         none_of(node.attribute(), [](const ::onnx::AttributeProto &attribute) {
           return attribute.has_g() || attribute.graphs_size() > 0;
         });
}

/// Initializers, and what nodes make of them and of other constants.
static StringSet<> findConstants(const ::onnx::GraphProto &graph) {
  StringSet<> constants;
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    constants.insert(tensor.name());
  for (const ::onnx::NodeProto &node : graph.node())
    if (isPure(node) && all_of(node.input(), [&](const std::string &input) {
          return input.empty() || constants.contains(input);
        }))
      for (const std::string &output : node.output())
        constants.insert(output);
  return constants;
}

std::vector<std::string> findComputedWeights(const ::onnx::GraphProto &graph) {
  StringSet<> constants = findConstants(graph), seen;
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    seen.insert(tensor.name());
  // What is quantised already must not be taken for float weights.
  for (const ::onnx::NodeProto &node : graph.node())
    if (isQuantizer(node))
      seen.insert(node.output(0));
  std::vector<std::string> computed;
  for (const ::onnx::NodeProto &node : graph.node())
    if (isProduct(node) && constants.contains(node.input(1)) &&
        !constants.contains(node.input(0)) && seen.insert(node.input(1)).second)
      computed.push_back(node.input(1));
  return computed;
}

static std::vector<int64_t> getInts(const ::onnx::NodeProto &node,
                                    StringRef name,
                                    std::vector<int64_t> otherwise) {
  const ::onnx::AttributeProto *attribute = findAttribute(node, name);
  if (!attribute)
    return otherwise;
  return {attribute->ints().begin(), attribute->ints().end()};
}

/// False if attributes do not belong together, which inference refuses first.
static bool readWindow(const ::onnx::NodeProto &node, ProductLayer &layer) {
  size_t spatial = layer.weightShape.size() - 2;
  std::vector<int64_t> ones(spatial, 1), zeros(2 * spatial, 0);
  Window &window = layer.window;
  window.kernel.assign(layer.weightShape.begin() + 2, layer.weightShape.end());
  window.strides = getInts(node, "strides", ones);
  window.dilations = getInts(node, "dilations", ones);
  std::vector<int64_t> pads = getInts(node, "pads", zeros);
  if (const ::onnx::AttributeProto *autoPad = findAttribute(node, "auto_pad"))
    window.autoPad = autoPad->s();
  layer.groups = getInt(node, "group", 1);
  auto isPositive = [](int64_t value) { return value > 0; };
  if (window.strides.size() != spatial || window.dilations.size() != spatial ||
      pads.size() != 2 * spatial || layer.groups < 1 ||
      layer.rows % layer.groups != 0 || !all_of(window.strides, isPositive) ||
      !all_of(window.dilations, isPositive))
    return false;
  window.padsBegin.assign(pads.begin(), pads.begin() + spatial);
  window.padsEnd.assign(pads.begin() + spatial, pads.end());
  return true;
}

/// The matrix of a tensor whose first axis, or last of two, has the channels.
static void setMatrix(ProductLayer &layer, std::vector<float> values) {
  layer.rows = layer.weightShape[layer.channelAxis];
  layer.columns = static_cast<int64_t>(values.size()) / layer.rows;
  layer.weights = std::move(values);
  if (layer.channelAxis == 0)
    return;
  std::vector<float> matrix(layer.weights.size());
  for (int64_t column = 0; column < layer.columns; ++column)
    for (int64_t row = 0; row < layer.rows; ++row)
      matrix[row * layer.columns + column] =
          layer.weights[column * layer.rows + row];
  layer.weights = std::move(matrix);
}

/// Fills in the layer, or says why it stays float.
static std::string
readLayer(const ::onnx::NodeProto &node,
          const StringMap<const ::onnx::TensorProto *> &known,
          ProductLayer &layer) {
  auto weight = known.find(node.input(1));
  if (weight == known.end())
    return known.contains(node.input(0)) && node.op_type() != "Conv"
               ? "its weights are the left operand; accepted is the right one"
               : "its weights are no constants";
  const ::onnx::TensorProto &tensor = *weight->second;
  if (tensor.data_type() != ::onnx::TensorProto::FLOAT)
    return "its weights are not float32";
  std::optional<std::vector<float>> values = readFloats(tensor);
  if (!values || values->empty())
    return "its weights are empty";
  if (!all_of(*values, [](float value) { return std::isfinite(value); }))
    return "its weights are not all finite";
  layer.weightShape.assign(tensor.dims().begin(), tensor.dims().end());
  bool isConv = node.op_type() == "Conv";
  if (isConv ? layer.weightShape.size() < 3 : layer.weightShape.size() != 2)
    return isConv ? "its window has no axes"
                  : "its weights are no matrix: accepted are two dimensions";
  layer.name = node.name();
  layer.opType = node.op_type();
  layer.input = node.input(0);
  layer.weight = node.input(1);
  layer.output = node.output(0);
  layer.channelAxis = isConv || getInt(node, "transB", 0) ? 0 : 1;
  layer.transposedInput = getInt(node, "transA", 0) != 0;
  layer.alpha = getFloat(node, "alpha", 1);
  layer.beta = getFloat(node, "beta", 1);
  setMatrix(layer, std::move(*values));
  if (isConv && !readWindow(node, layer))
    return "its attributes do not belong together";
  return "";
}

std::vector<ProductLayer> findLayers(const ::onnx::GraphProto &graph,
                                     std::vector<FloatLayer> &left) {
  StringMap<const ::onnx::TensorProto *> initializers;
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    initializers[tensor.name()] = &tensor;
  StringSet<> constants = findConstants(graph);
  std::vector<ProductLayer> layers;
  for (auto [index, node] : enumerate(graph.node())) {
    if (isOtherProduct(node))
      left.push_back(
          {node.name(), node.op_type(), "accepted are Conv, Gemm and MatMul"});
    if (!isProduct(node) || (constants.contains(node.input(0)) &&
                             constants.contains(node.input(1))))
      continue;
    ProductLayer layer;
    layer.nodeIndex = static_cast<int>(index);
    std::string reason = readLayer(node, initializers, layer);
    // Other computed weights have been replaced by their values.
    if (!initializers.contains(node.input(1)) &&
        constants.contains(node.input(1)))
      reason = "its weights are quantised already";
    if (reason.empty())
      layers.push_back(std::move(layer));
    else
      left.push_back({node.name(), node.op_type(), reason});
  }
  return layers;
}

} // namespace setun::quantize
