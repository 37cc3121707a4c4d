// Biases: what quantisation changed on average, and codes beside the sums.
#include "Rewriter.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace llvm;

namespace setun::quantize {

using Tensor = ::onnx::TensorProto;

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

/// Rounds the bias to steps of the sums it is added to, scale_x * scale_w, as
/// int32. Empty where sums are floats or might overflow.
std::string Rewriter::addIntegerBias(const QuantizedLayer &quantized,
                                     const std::string &name,
                                     ArrayRef<float> values) {
  const ProductLayer &layer = quantized.layer;
  const QuantizedMatrix &matrix = quantized.weights;
  const ActivationQuantizer *input = plan.find(layer.input);
  if (!input || format != Format::Qdq || quantized.options.group != 0)
    return "";
  const double most =
      INT32_MAX - 255.0 * 128 * static_cast<double>(layer.columns);
  std::vector<int32_t> codes;
  std::vector<float> scales;
  for (auto [value, scale] : zip_equal(values, matrix.scales)) {
    scales.push_back(input->scale * scale);
    double code = std::nearbyint(value / static_cast<double>(scales.back()));
    if (!std::isnormal(scales.back()) || !(std::abs(code) <= most))
      return "";
    codes.push_back(static_cast<int32_t>(code));
  }
  Tensor tensor = makeIntegers(name + "_quantized", codes);
  std::string code = addInitializer(std::move(tensor));
  std::string scale = addInitializer(makeFloats(
      name + "_scale", {static_cast<int64_t>(scales.size())}, scales));
  std::string result = unique(name + "_dequantized");
  ::onnx::NodeProto node =
      makeNode("DequantizeLinear", unique(layer.name + "/DequantizeBias"),
               {code, scale}, result);
  setInt(node, "axis", 0);
  append(std::move(node));
  return result;
}

/// The bias of Conv or Gemm, if the node has a constant one or none. False if
/// there is a change and no place for it.
bool Rewriter::rewriteOwnBias(const QuantizedLayer &quantized,
                              ::onnx::NodeProto &node, bool changes) {
  const ProductLayer &layer = quantized.layer;
  if (layer.opType == "MatMul")
    return !changes;
  bool hasBias = node.input_size() > 2 && !node.input(2).empty();
  if (!hasBias && !changes)
    return true;
  std::string name = hasBias ? node.input(2) : layer.weight + "_bias";
  std::vector<float> values(layer.rows, 0);
  if (hasBias) {
    auto constant = constants.find(name);
    if (constant == constants.end() ||
        !isPerChannel(*constant->second, layer.rows, 0))
      return !changes;
    std::optional<std::vector<float>> own = readFloats(*constant->second);
    if (!own)
      return !changes;
    for (auto [value, number] : zip_equal(values, *own))
      value = number * layer.beta;
  }
  for (auto [value, change] : zip(values, quantized.biasChange))
    value += changes ? change : 0;
  std::string bias = addIntegerBias(quantized, name, values);
  if (bias.empty() && !changes)
    return true;
  if (bias.empty())
    bias = addInitializer(
        makeFloats(hasBias ? name + "_corrected" : name, {layer.rows}, values));
  while (node.input_size() < 3)
    node.add_input("");
  node.set_input(2, bias);
  removeAttribute(node, "beta");
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

void Rewriter::rewriteBias(QuantizedLayer &quantized, ::onnx::NodeProto &node) {
  bool changes =
      any_of(quantized.biasChange, [](float change) { return change != 0; }) &&
      !correctFollowingAdd(quantized);
  if (!rewriteOwnBias(quantized, node, changes))
    addBias(quantized, node);
}

} // namespace setun::quantize
