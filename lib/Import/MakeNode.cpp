// Construction of protobuf nodes.
#include "MakeNode.h"

#include "llvm/ADT/StringRef.h"

using namespace setun::importer;
using llvm::ArrayRef;
using llvm::StringRef;

bool setun::importer::replaceNodes(
    ::onnx::GraphProto &graph,
    llvm::function_ref<bool(::onnx::NodeProto &, ::onnx::GraphProto &, Nodes &)>
        replace) {
  bool changed = false;
  Nodes nodes;
  for (::onnx::NodeProto &node : *graph.mutable_node()) {
    if (replace(node, graph, nodes)) {
      changed = true;
      continue;
    }
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g())
        changed |= replaceNodes(*attr.mutable_g(), replace);
    nodes.Add(std::move(node));
  }
  graph.mutable_node()->Swap(&nodes);
  return changed;
}

::onnx::NodeProto setun::importer::makeNode(const std::string &opType,
                                            const std::string &name,
                                            ArrayRef<std::string> inputs,
                                            ArrayRef<std::string> outputs) {
  ::onnx::NodeProto node;
  node.set_op_type(opType);
  node.set_name(name);
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const std::string &output : outputs)
    node.add_output(output);
  return node;
}

void setun::importer::setInt(::onnx::NodeProto &node,
                             const std::string &attribute, int64_t value) {
  ::onnx::AttributeProto *attr = node.add_attribute();
  attr->set_name(attribute);
  attr->set_type(::onnx::AttributeProto::INT);
  attr->set_i(value);
}

void setun::importer::setInts(::onnx::NodeProto &node,
                              const std::string &attribute,
                              ArrayRef<int64_t> values) {
  ::onnx::AttributeProto *attr = node.add_attribute();
  attr->set_name(attribute);
  attr->set_type(::onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attr->add_ints(value);
}

static const ::onnx::AttributeProto *find(const ::onnx::NodeProto &node,
                                          StringRef name) {
  for (const ::onnx::AttributeProto &attr : node.attribute())
    if (attr.name() == name)
      return &attr;
  return nullptr;
}

int64_t setun::importer::getInt(const ::onnx::NodeProto &node,
                                StringRef attribute, int64_t otherwise) {
  const ::onnx::AttributeProto *attr = find(node, attribute);
  return attr ? attr->i() : otherwise;
}

ArrayRef<int64_t> setun::importer::getInts(const ::onnx::NodeProto &node,
                                           StringRef attribute) {
  const ::onnx::AttributeProto *attr = find(node, attribute);
  if (!attr)
    return {};
  return ArrayRef<int64_t>(attr->ints().data(), attr->ints_size());
}

::onnx::GraphProto *setun::importer::getGraph(::onnx::NodeProto &node,
                                              StringRef attribute) {
  for (::onnx::AttributeProto &attr : *node.mutable_attribute())
    if (attr.name() == attribute && attr.has_g())
      return attr.mutable_g();
  return nullptr;
}

::onnx::NodeProto setun::importer::makeConstant(const std::string &name,
                                                const std::string &output,
                                                ::onnx::TensorProto tensor) {
  ::onnx::NodeProto node = makeNode("Constant", name, {}, {output});
  ::onnx::AttributeProto *attr = node.add_attribute();
  attr->set_name("value");
  attr->set_type(::onnx::AttributeProto::TENSOR);
  *attr->mutable_t() = std::move(tensor);
  return node;
}

::onnx::TensorProto setun::importer::makeInts(ArrayRef<int64_t> shape,
                                              ArrayRef<int64_t> values) {
  ::onnx::TensorProto tensor;
  tensor.set_data_type(::onnx::TensorProto::INT64);
  for (int64_t size : shape)
    tensor.add_dims(size);
  for (int64_t value : values)
    tensor.add_int64_data(value);
  return tensor;
}

::onnx::TensorProto setun::importer::makeBool(bool value) {
  ::onnx::TensorProto tensor;
  tensor.set_data_type(::onnx::TensorProto::BOOL);
  tensor.add_int32_data(value);
  return tensor;
}
