// Puts quantisers of weights and activations in front of what reads them.
#include "Rewriter.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace llvm;

namespace setun::quantize {

using Tensor = ::onnx::TensorProto;

Rewriter::Rewriter(::onnx::ModelProto &model,
                   MutableArrayRef<QuantizedLayer> layers,
                   const ActivationPlan &plan, Format format)
    : model(model), graph(*model.mutable_graph()), layers(layers), plan(plan),
      format(format), uses(countUses(graph)), scales(plan.groups.size()),
      zeroPoints(plan.groups.size()) {
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

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

/// Tensors of one group share them, named for the first.
std::string Rewriter::addScale(int group) {
  if (scales[group].empty())
    scales[group] = addFloat(plan.groups[group].front() + "_scale",
                             plan.quantizers[group].scale);
  return scales[group];
}

std::string Rewriter::addZeroPoint(int group) {
  if (!zeroPoints[group].empty())
    return zeroPoints[group];
  const ActivationQuantizer &quantizer = plan.quantizers[group];
  std::string name = plan.groups[group].front() + "_zero_point";
  zeroPoints[group] =
      format == Format::Qonnx
          ? addFloat(name, static_cast<float>(quantizer.zeroPoint))
          : addInitializer(makeCodes(
                name, quantizer.isSigned ? Tensor::INT8 : Tensor::UINT8, {},
                static_cast<int8_t>(quantizer.zeroPoint)));
  return zeroPoints[group];
}

std::string Rewriter::addQonnxQuantizer(const std::string &input, int group) {
  std::string result = unique(input + "_dequantized");
  ::onnx::NodeProto quant =
      makeNode("Quant", unique(input + "/Quant"),
               {input, addScale(group), addZeroPoint(group),
                addFloat(input + "_bits", 8)},
               result);
  quant.set_domain(getQonnxDomain());
  setInt(quant, "signed", plan.quantizers[group].isSigned);
  setInt(quant, "narrow", 0);
  setString(quant, "rounding_mode", "ROUND");
  append(std::move(quant));
  return result;
}

std::string Rewriter::addOnnxQuantizer(const std::string &input, int group) {
  std::string codes = unique(input + "_quantized");
  std::string result = unique(input + "_dequantized");
  std::string scale = addScale(group), zeroPoint = addZeroPoint(group);
  append(makeNode("QuantizeLinear", unique(input + "/QuantizeLinear"),
                  {input, scale, zeroPoint}, codes));
  append(makeNode("DequantizeLinear", unique(input + "/DequantizeLinear"),
                  {codes, scale, zeroPoint}, result));
  return result;
}

/// What a reader of codes reads instead of `input`.
std::string Rewriter::quantizeInput(const std::string &input) {
  auto group = plan.groupOf.find(input);
  if (group == plan.groupOf.end())
    return input;
  auto [entry, isNew] = quantized.try_emplace(input);
  if (isNew)
    entry->second = format == Format::Qonnx
                        ? addQonnxQuantizer(input, group->second)
                        : addOnnxQuantizer(input, group->second);
  return entry->second;
}

/// The values behind the quantiser take the name of the output.
void Rewriter::quantizeOutputs() {
  for (const std::string &output : plan.outputs) {
    std::string dequantized = quantizeInput(output);
    std::string exact = unique(output + "_float");
    auto rename = [&](std::string &name) {
      if (name == output)
        name = exact;
      else if (name == dequantized)
        name = output;
    };
    for (::onnx::NodeProto &node : nodes) {
      for_each(*node.mutable_input(), rename);
      for_each(*node.mutable_output(), rename);
    }
  }
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

void Rewriter::rewriteLayer(QuantizedLayer &layer, ::onnx::NodeProto &node) {
  layer.result = layer.layer.output;
  node.set_input(1, getWeights(layer));
  // The weights have it.
  removeAttribute(node, "alpha");
  if (layer.layer.transposedInput && plan.find(layer.layer.input)) {
    // Integer products take rows of codes.
    std::string rows = unique(node.input(0) + "_transposed");
    append(makeNode("Transpose", unique(node.name() + "/Transpose"),
                    node.input(0), rows));
    node.set_input(0, rows);
    removeAttribute(node, "transA");
  }
  rewriteBias(layer, node);
}

void Rewriter::rewriteNode(int index, ::onnx::NodeProto node) {
  for (const std::string &input : graph.node(index).input()) {
    auto operand = newOperands.find(input);
    if (operand == newOperands.end())
      continue;
    for (std::string &name : *node.mutable_input())
      if (name == operand->second.first)
        name = operand->second.second;
  }
  if (plan.readers.count(index))
    for (std::string &name : *node.mutable_input())
      name = quantizeInput(name);
  for (QuantizedLayer &layer : layers)
    if (layer.layer.nodeIndex == index)
      rewriteLayer(layer, node);
  append(std::move(node));
}

void Rewriter::run() {
  for (auto [index, node] : enumerate(graph.node()))
    rewriteNode(static_cast<int>(index), node);
  quantizeOutputs();
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
        return opset.domain() == getQonnxDomain();
      }))
    return;
  ::onnx::OperatorSetIdProto &opset = *model.add_opset_import();
  opset.set_domain(getQonnxDomain());
  opset.set_version(1);
}

void rewriteModel(::onnx::ModelProto &model,
                  MutableArrayRef<QuantizedLayer> layers,
                  const ActivationPlan &plan, Format format) {
  Rewriter(model, layers, plan, format).run();
}

} // namespace setun::quantize
