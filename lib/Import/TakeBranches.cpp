// An If whose condition follows from shapes is replaced by the branch that it
// takes. Exporters write many of them (`squeeze` of a dimension that may be 1),
// and the types of all that follows depend on the choice. Where it follows from
// nothing, both branches are computed and the results selected.
#include "CopyBody.h"
#include "ImportSteps.h"
#include "KnownValues.h"
#include "MakeNode.h"

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

/// Moves what is in `branch` to the end of `nodes`, in the graph around it. No
/// other graph uses its names.
static void inlineBranch(::onnx::GraphProto &branch, ::onnx::GraphProto &graph,
                         Nodes &nodes) {
  moveAll(*branch.mutable_initializer(), *graph.mutable_initializer());
  moveAll(*branch.mutable_value_info(), *graph.mutable_value_info());
  moveAll(*branch.mutable_node(), nodes);
}

/// Replaces nodes of `graph`, but not inside of what was put there.
static bool takeBranches(::onnx::GraphProto &graph,
                         const DataValueMap &values) {
  bool changed = false;
  Nodes nodes;
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
    inlineBranch(*branch, graph, nodes);
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

//===----------------------------------------------------------------------===//
// Conditions of run time
//===----------------------------------------------------------------------===//

/// Are the outputs of both branches tensors of the same types?
static bool agree(const ::onnx::GraphProto &yes, const ::onnx::GraphProto &no,
                  const KnownValues &known) {
  for (auto [left, right] : llvm::zip_equal(yes.output(), no.output())) {
    const ::onnx::TypeProto *types[] = {known.getType(left.name()),
                                        known.getType(right.name())};
    auto shape = known.getShape(left.name());
    if (!types[0] || !types[1] || !shape ||
        shape != known.getShape(right.name()) ||
        types[0]->tensor_type().elem_type() !=
            types[1]->tensor_type().elem_type())
      return false;
  }
  return true;
}

namespace {

class BranchSelector {
public:
  BranchSelector(::onnx::ModelProto &model, const KnownValues &known)
      : known(known), used(model.graph()) {}

  bool select(::onnx::NodeProto &node, ::onnx::GraphProto &graph, Nodes &nodes);

private:
  const KnownValues &known;
  UsedNames used;
};

} // namespace

/// If(c) -> Where(c, then, else) after the nodes of both: no operator has
/// effects, or fails at run time.
bool BranchSelector::select(::onnx::NodeProto &node, ::onnx::GraphProto &graph,
                            Nodes &nodes) {
  ::onnx::GraphProto *yes = getGraph(node, "then_branch");
  ::onnx::GraphProto *no = getGraph(node, "else_branch");
  if (node.op_type() != "If" || !node.domain().empty() ||
      node.input_size() != 1 || !yes || !no ||
      yes->output_size() != node.output_size() ||
      no->output_size() != node.output_size() || !agree(*yes, *no, known))
    return false;
  auto shape = known.getShape(node.input(0));
  if (!shape || shape->size() > 1 ||
      (shape->size() == 1 && shape->front() != 1))
    return false;
  std::string condition = node.input(0);
  if (!shape->empty()) {
    // As a vector it would add a dimension to scalars.
    std::string scalar = used.makeUnique(node.name() + "/condition");
    std::string target = used.makeUnique(node.name() + "/scalar");
    nodes.Add(makeConstant(node.name(), target, makeInts({0}, {})));
    nodes.Add(makeNode("Reshape", node.name(), {condition, target}, {scalar}));
    condition = scalar;
  }
  inlineBranch(*yes, graph, nodes);
  inlineBranch(*no, graph, nodes);
  for (int i = 0; i < node.output_size(); ++i)
    if (!node.output(i).empty())
      nodes.Add(
          makeNode("Where", node.name(),
                   {condition, yes->output(i).name(), no->output(i).name()},
                   {node.output(i)}));
  return true;
}

bool importer::selectBranches(::onnx::ModelProto &model,
                              const KnownValues &known) {
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    if (opset.domain().empty() && opset.version() < 9)
      return false; // there is no Where
  BranchSelector selector(model, known);
  return replaceNodes(
      *model.mutable_graph(),
      [&](::onnx::NodeProto &node, ::onnx::GraphProto &graph, Nodes &nodes) {
        return selector.select(node, graph, nodes);
      });
}
