// Finds the products with constant weights.
#include "setun/Quantize/ProductLayer.h"

#include "ProtoHelpers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace llvm;

namespace setun::quantize {

static bool isProduct(const ::onnx::NodeProto &node) {
  static const StringSet<> products = {"Conv", "ConvTranspose", "Gemm",
                                       "MatMul"};
  return node.domain().empty() && products.contains(node.op_type()) &&
         node.input_size() >= 2 && node.output_size() == 1;
}

/// Other operators that multiply with weights.
static bool isOtherProduct(const ::onnx::NodeProto &node) {
  static const StringSet<> others = {"DeformConv", "Einsum", "GRU", "LSTM",
                                     "RNN"};
  return node.domain().empty() && others.contains(node.op_type());
}

/// Does a body of If, Loop or Scan multiply with weights?
static bool hasInnerProduct(const ::onnx::NodeProto &node) {
  auto hasProduct = [](const ::onnx::GraphProto &body) {
    return any_of(body.node(), [](const ::onnx::NodeProto &inner) {
      return isProduct(inner) || isOtherProduct(inner) ||
             hasInnerProduct(inner);
    });
  };
  return any_of(node.attribute(), [&](const ::onnx::AttributeProto &attribute) {
    return (attribute.has_g() && hasProduct(attribute.g())) ||
           any_of(attribute.graphs(), hasProduct);
  });
}

static bool isQuantizer(const ::onnx::NodeProto &node) {
  return node.domain().empty() && node.op_type() == "DequantizeLinear" &&
         node.output_size() == 1;
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
  window.transposed = node.op_type() == "ConvTranspose";
  window.outputPadding =
      getInts(node, "output_padding", std::vector<int64_t>(spatial, 0));
  window.kernel.assign(layer.weightShape.begin() + 2, layer.weightShape.end());
  window.strides = getInts(node, "strides", ones);
  window.dilations = getInts(node, "dilations", ones);
  std::vector<int64_t> pads = getInts(node, "pads", zeros);
  if (const ::onnx::AttributeProto *autoPad = findAttribute(node, "auto_pad"))
    window.autoPad = autoPad->s() == "NOTSET" ? "" : autoPad->s();
  if (findAttribute(node, "output_shape"))
    window.autoPad = "output_shape";
  layer.groups = getInt(node, "group", 1);
  auto isPositive = [](int64_t value) { return value > 0; };
  if (window.strides.size() != spatial || window.dilations.size() != spatial ||
      window.outputPadding.size() != spatial || pads.size() != 2 * spatial ||
      layer.groups < 1 || layer.rows % layer.groups != 0 ||
      !all_of(window.strides, isPositive) ||
      !all_of(window.dilations, isPositive))
    return false;
  window.padsBegin.assign(pads.begin(), pads.begin() + spatial);
  window.padsEnd.assign(pads.begin() + spatial, pads.end());
  return true;
}

/// The matrix of a tensor whose axis `channelAxis` has the channels.
static void setMatrix(ProductLayer &layer, const std::vector<float> &values) {
  layer.rows = layer.weightShape[layer.channelAxis];
  layer.columns = static_cast<int64_t>(values.size()) / layer.rows;
  layer.weights.resize(values.size());
  for (int64_t row = 0; row < layer.rows; ++row)
    for (int64_t column = 0; column < layer.columns; ++column)
      layer.weights[row * layer.columns + column] =
          values[layer.getTensorIndex(row, column)];
}

/// Fills in the layer, or says why it stays float.
static std::string
readLayer(const ::onnx::NodeProto &node,
          const StringMap<const ::onnx::TensorProto *> &known,
          ProductLayer &layer) {
  auto weight = known.find(node.input(1));
  if (weight == known.end())
    return known.contains(node.input(0)) &&
                   !StringRef(node.op_type()).starts_with("Conv")
               ? "its weights are the left operand; accepted is the right one"
               : "its weights are no constants";
  const ::onnx::TensorProto &tensor = *weight->second;
  if (tensor.data_type() != ::onnx::TensorProto::FLOAT)
    return "its weights are not float32";
  std::optional<std::vector<float>> values = readFloats(tensor);
  if (!values || values->empty())
    return "its weights are empty";
  layer.beta = getFloat(node, "beta", 1);
  // What Gemm multiplies its product with might as well stand in the weights.
  for (float &value : *values)
    value *= getFloat(node, "alpha", 1);
  if (!all_of(*values, [](float value) { return std::isfinite(value); }))
    return "its weights are not all finite";
  layer.weightShape.assign(tensor.dims().begin(), tensor.dims().end());
  bool isTransposed = node.op_type() == "ConvTranspose";
  bool isConv = isTransposed || node.op_type() == "Conv";
  if (isConv ? layer.weightShape.size() < 3 : layer.weightShape.size() != 2)
    return isConv ? "its window has no axes"
                  : "its weights are no matrix: accepted are two dimensions";
  layer.name = node.name();
  layer.opType = node.op_type();
  layer.input = node.input(0);
  layer.weight = node.input(1);
  layer.output = node.output(0);
  bool isRow = isConv ? !isTransposed : getInt(node, "transB", 0) != 0;
  layer.channelAxis = isRow ? 0 : 1;
  // Channels of all groups would have to share their scales.
  if (isTransposed && getInt(node, "group", 1) != 1)
    return "it has groups: accepted is a ConvTranspose without";
  layer.transposedInput = getInt(node, "transA", 0) != 0;
  setMatrix(layer, *values);
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
      left.push_back({node.name(), node.op_type(),
                      "accepted are Conv, ConvTranspose, Gemm and MatMul"});
    if (hasInnerProduct(node))
      left.push_back({node.name(), node.op_type(),
                      "layers are quantised in the main graph only"});
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
