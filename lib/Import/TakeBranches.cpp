// An If whose condition follows from shapes is replaced by the branch that it
// takes. Exporters write many of them (`squeeze` of a dimension that may be 1),
// and the types of all that follows depend on the choice.
#include "ImportSteps.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

using ::onnx::shape_inference::DataValueMap;

/// The branch that `node` takes if it is an If of known condition, or null.
static ::onnx::GraphProto *getTakenBranch(::onnx::NodeProto &node,
                                          const DataValueMap &values) {
  if (node.op_type() != "If" || !node.domain().empty() ||
      node.input_size() != 1)
    return nullptr;
  auto it = values.find(node.input(0));
  if (it == values.end() || it->second.dim_size() != 1 ||
      !it->second.dim(0).has_dim_value())
    return nullptr;
  StringRef name =
      it->second.dim(0).dim_value() ? "then_branch" : "else_branch";
  for (::onnx::AttributeProto &attr : *node.mutable_attribute())
    if (attr.name() == name && attr.has_g() &&
        attr.g().output_size() == node.output_size())
      return attr.mutable_g();
  return nullptr;
}

template <typename Field> static void moveAll(Field &from, Field &to) {
  for (auto &item : from)
    to.Add(std::move(item));
}

/// Replaces nodes of `graph`, but not inside of what was put there.
static bool takeBranches(::onnx::GraphProto &graph,
                         const DataValueMap &values) {
  bool changed = false;
  google::protobuf::RepeatedPtrField<::onnx::NodeProto> nodes;
  for (::onnx::NodeProto &node : *graph.mutable_node()) {
    ::onnx::GraphProto *branch = getTakenBranch(node, values);
    if (!branch) {
      for (::onnx::AttributeProto &attr : *node.mutable_attribute())
        if (attr.has_g())
          changed |= takeBranches(*attr.mutable_g(), values);
      nodes.Add(std::move(node));
      continue;
    }
    changed = true;
    moveAll(*branch->mutable_initializer(), *graph.mutable_initializer());
    moveAll(*branch->mutable_value_info(), *graph.mutable_value_info());
    moveAll(*branch->mutable_node(), nodes);
    for (int i = 0; i < node.output_size(); ++i) {
      if (node.output(i).empty())
        continue;
      ::onnx::NodeProto *copy = nodes.Add();
      copy->set_name(node.name());
      copy->set_op_type("Identity");
      copy->add_input(branch->output(i).name());
      copy->add_output(node.output(i));
    }
  }
  graph.mutable_node()->Swap(&nodes);
  return changed;
}

bool importer::takeKnownBranches(::onnx::ModelProto &model,
                                 const DataValueMap &values) {
  return takeBranches(*model.mutable_graph(), values);
}
