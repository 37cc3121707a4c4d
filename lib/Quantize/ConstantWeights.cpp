// Weights that nodes compute from constants: a model for their values alone,
// and the model with the values in it. The nodes are left to be dropped as
// dead.
#include "setun/Quantize/GraphRewriter.h"

#include "ProtoHelpers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace setun::quantize {

/// Keeps the nodes that `needed` asks for, and adds what those ask for.
static void keepNeededNodes(::onnx::GraphProto &graph, StringSet<> needed) {
  std::vector<::onnx::NodeProto> kept;
  for (const ::onnx::NodeProto &node : reverse(graph.node())) {
    if (none_of(node.output(), [&](const std::string &output) {
          return needed.contains(output);
        }))
      continue;
    for (const std::string &input : node.input())
      needed.insert(input);
    kept.push_back(node);
  }
  graph.clear_node();
  for (const ::onnx::NodeProto &node : reverse(kept))
    *graph.add_node() = node;
  auto *tensors = graph.mutable_initializer();
  for (auto it = tensors->begin(); it != tensors->end();)
    it = needed.contains(it->name()) ? it + 1 : tensors->erase(it);
}

::onnx::ModelProto makeConstantModel(const ::onnx::ModelProto &model,
                                     ArrayRef<std::string> tensors) {
  ::onnx::ModelProto constants = model;
  ::onnx::GraphProto &graph = *constants.mutable_graph();
  graph.clear_input();
  graph.clear_output();
  graph.clear_value_info();
  StringSet<> needed;
  for (const std::string &tensor : tensors) {
    needed.insert(tensor);
    ::onnx::ValueInfoProto &output = *graph.add_output();
    output.set_name(tensor);
    output.mutable_type()->mutable_tensor_type()->set_elem_type(
        ::onnx::TensorProto::FLOAT);
  }
  keepNeededNodes(graph, std::move(needed));
  return constants;
}

void replaceByConstants(::onnx::ModelProto &model,
                        ArrayRef<::onnx::TensorProto> tensors) {
  ::onnx::GraphProto &graph = *model.mutable_graph();
  StringSet<> replaced;
  for (const ::onnx::TensorProto &tensor : tensors)
    replaced.insert(tensor.name());
  for (::onnx::NodeProto &node : *graph.mutable_node())
    for (std::string &output : *node.mutable_output())
      if (replaced.contains(output))
        output += "_computed";
  for (const ::onnx::TensorProto &tensor : tensors)
    *graph.add_initializer() = tensor;
}

} // namespace setun::quantize
