// Renaming of copied bodies.
#include "CopyBody.h"

#include "llvm/ADT/STLExtras.h"

using namespace setun::importer;

//===----------------------------------------------------------------------===//
// UsedNames
//===----------------------------------------------------------------------===//

void UsedNames::collect(const ::onnx::GraphProto &graph) {
  for (auto *infos : {&graph.input(), &graph.output()})
    for (const ::onnx::ValueInfoProto &info : *infos)
      used.insert(info.name());
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    used.insert(tensor.name());
  for (const ::onnx::NodeProto &node : graph.node()) {
    used.insert(node.output().begin(), node.output().end());
    for (const ::onnx::AttributeProto &attr : node.attribute())
      if (attr.has_g())
        collect(attr.g());
  }
}

std::string UsedNames::makeUnique(const std::string &name) {
  std::string unique = name;
  for (int i = 2; !used.insert(unique).second; ++i)
    unique = name + "_" + std::to_string(i);
  return unique;
}

//===----------------------------------------------------------------------===//
// BodyCopier
//===----------------------------------------------------------------------===//

void BodyCopier::bindToNew(const std::string &formal) {
  names[formal] = used.makeUnique(prefix + "/" + formal);
}

std::string BodyCopier::getName(const std::string &name) const {
  auto it = names.find(name);
  return it == names.end() ? name : it->second;
}

void BodyCopier::define(std::string &name) {
  if (name.empty())
    return;
  if (!names.count(name))
    bindToNew(name);
  name = names[name];
}

void BodyCopier::rename(::onnx::NodeProto &node, size_t index,
                        const std::string &path) {
  std::string name = node.name().empty()
                         ? node.op_type() + "_" + std::to_string(index)
                         : node.name();
  llvm::StringRef rest = name;
  bool isKnown = !origin.empty() && rest.consume_front(origin);
  node.set_name((isKnown ? prefix : path) + "/" + rest.str());
  for (std::string &input : *node.mutable_input())
    input = getName(input);
  for (::onnx::AttributeProto &attr : *node.mutable_attribute())
    if (attr.has_g())
      rename(*attr.mutable_g(), node.name());
  for (std::string &output : *node.mutable_output())
    define(output);
}

void BodyCopier::rename(::onnx::GraphProto &graph, const std::string &path) {
  for (::onnx::ValueInfoProto &input : *graph.mutable_input())
    define(*input.mutable_name());
  for (::onnx::TensorProto &tensor : *graph.mutable_initializer())
    define(*tensor.mutable_name());
  for (auto [index, node] : llvm::enumerate(*graph.mutable_node()))
    rename(node, index, path);
  for (::onnx::ValueInfoProto &output : *graph.mutable_output())
    output.set_name(getName(output.name()));
  // The types are inferred again.
  graph.clear_value_info();
}

void BodyCopier::moveTo(Nodes &target, Nodes &&nodes) {
  for (auto [index, node] : llvm::enumerate(nodes)) {
    rename(node, index, prefix);
    target.Add(std::move(node));
  }
}
