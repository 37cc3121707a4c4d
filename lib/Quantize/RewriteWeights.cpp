// Codes and scales of weights, in front of their layer.
#include "Rewriter.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace setun::quantize {

using Tensor = ::onnx::TensorProto;

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
  node.set_domain(getQonnxDomain());
  append(std::move(node));
  return result;
}

/// Layers that share their weights share the codes.
std::string Rewriter::getWeights(const QuantizedLayer &layer) {
  for (const auto &[other, weights] : written)
    if (shareWeights(other->layer, layer.layer) &&
        other->weights.codes == layer.weights.codes &&
        other->weights.scales == layer.weights.scales &&
        other->options.scheme == layer.options.scheme)
      return weights;
  std::string weights =
      format == Format::Qonnx ? addQonnxWeights(layer) : addWeights(layer);
  written.emplace_back(&layer, weights);
  return weights;
}

} // namespace setun::quantize
