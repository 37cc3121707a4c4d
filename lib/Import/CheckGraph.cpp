// Is every graph well formed? Each name defined once and before its use, each
// tensor of a size that exists, each node as its operator wants it. ONNX's own
// checker is not run as a whole: it stops without saying where, opens side
// files by itself, and refuses what exporters really write. Its rules for
// nodes, the operator schemas, are.
#include "ImportSteps.h"
#include "TensorData.h"
#include "Types.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include <queue>

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

/// The names of a graph and of the graphs around it.
struct Scope {
  const Scope *outer;
  llvm::StringSet<> names;

  bool contains(StringRef name) const {
    return names.contains(name) || (outer && outer->contains(name));
  }
};

class GraphChecker {
public:
  GraphChecker(::onnx::ModelProto &model, ImportContext &context)
      : context(context) {
    for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
      versions[opset.domain()] = static_cast<int>(opset.version());
  }

  LogicalResult check(::onnx::GraphProto &graph, const Scope *outer);

private:
  LogicalResult checkInputs(::onnx::GraphProto &graph, Scope &scope);
  LogicalResult checkInitializers(::onnx::GraphProto &graph, Scope &scope);
  LogicalResult checkOutputs(const ::onnx::GraphProto &graph,
                             const Scope &scope, bool isMain);
  LogicalResult sortNodes(::onnx::GraphProto &graph, Scope &scope);
  LogicalResult reportCycle(const ::onnx::GraphProto &graph,
                            ArrayRef<llvm::SetVector<int>> predecessors,
                            ArrayRef<int> numMissing);
  LogicalResult checkNode(::onnx::NodeProto &node, const Scope &scope);
  LogicalResult checkAttribute(::onnx::NodeProto &node,
                               ::onnx::AttributeProto &attr,
                               const Scope &scope);
  void dropUselessAttributes(::onnx::NodeProto &node,
                             const ::onnx::OpSchema &schema);

  ImportContext &context;
  std::map<std::string, int> versions;
};

} // namespace

LogicalResult GraphChecker::checkInputs(::onnx::GraphProto &graph,
                                        Scope &scope) {
  for (const ::onnx::ValueInfoProto &input : graph.input()) {
    if (input.name().empty())
      return context.error() << "an input of the graph has no name";
    if (!scope.names.insert(input.name()).second)
      return context.error()
             << "input " << quoted(input.name()) << " is defined twice";
  }
  for (auto *values : {&graph.input(), &graph.output(), &graph.value_info()})
    for (const ::onnx::ValueInfoProto &value : *values)
      // A value that does not say its type gets one by inference.
      if (value.type().value_case() != ::onnx::TypeProto::VALUE_NOT_SET &&
          failed(convertType(value.type(), context.context, [&] {
            return context.error() << "value " << quoted(value.name()) << ' ';
          })))
        return failure();
  return success();
}

LogicalResult GraphChecker::checkInitializers(::onnx::GraphProto &graph,
                                              Scope &scope) {
  for (::onnx::TensorProto &tensor : *graph.mutable_initializer()) {
    auto emitError = [&] {
      return context.error() << "initializer " << quoted(tensor.name()) << ' ';
    };
    if (tensor.name().empty())
      return context.error() << "an initializer has no name";
    if (!scope.names.insert(tensor.name()).second)
      return emitError() << "is defined twice";
    if (failed(getTensorType(tensor, context, emitError)) ||
        failed(loadIfSmall(tensor, context, emitError)))
      return failure();
  }
  if (!graph.sparse_initializer().empty())
    return context.error() << "initializer "
                           << quoted(
                                  graph.sparse_initializer(0).values().name())
                           << " is sparse; accepted are dense ones";
  return success();
}

LogicalResult GraphChecker::checkOutputs(const ::onnx::GraphProto &graph,
                                         const Scope &scope, bool isMain) {
  if (isMain && graph.output().empty())
    return context.error() << "the model has no output";
  for (const ::onnx::ValueInfoProto &output : graph.output())
    if (!scope.contains(output.name()))
      return context.error() << "output " << quoted(output.name())
                             << " is not defined by any node";
  return success();
}

//===----------------------------------------------------------------------===//
// Order of nodes
//===----------------------------------------------------------------------===//

/// Adds the names that `graph` takes from the graphs around it.
static void collectCaptures(const ::onnx::GraphProto &graph,
                            llvm::SetVector<StringRef> &captures);

/// Adds the names that `node` uses, those of its subgraphs included.
static void collectUses(const ::onnx::NodeProto &node,
                        llvm::SetVector<StringRef> &uses) {
  for (const std::string &input : node.input())
    if (!input.empty())
      uses.insert(input);
  for (const ::onnx::AttributeProto &attr : node.attribute())
    if (attr.has_g())
      collectCaptures(attr.g(), uses);
}

static void collectCaptures(const ::onnx::GraphProto &graph,
                            llvm::SetVector<StringRef> &captures) {
  llvm::StringSet<> own;
  for (const ::onnx::ValueInfoProto &input : graph.input())
    own.insert(input.name());
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    own.insert(tensor.name());
  llvm::SetVector<StringRef> uses;
  for (const ::onnx::NodeProto &node : graph.node()) {
    for (const std::string &output : node.output())
      own.insert(output);
    collectUses(node, uses);
  }
  for (const ::onnx::ValueInfoProto &output : graph.output())
    uses.insert(output.name());
  for (StringRef name : uses)
    if (!own.contains(name))
      captures.insert(name);
}

/// Follows the missing predecessors of a node that waits for one until it comes
/// back to where it was.
LogicalResult
GraphChecker::reportCycle(const ::onnx::GraphProto &graph,
                          ArrayRef<llvm::SetVector<int>> predecessors,
                          ArrayRef<int> numMissing) {
  int index = static_cast<int>(
      llvm::find_if(numMissing, [](int count) { return count > 0; }) -
      numMissing.begin());
  llvm::SetVector<int> path;
  while (path.insert(index))
    index = *llvm::find_if(predecessors[index],
                           [&](int i) { return numMissing[i] > 0; });
  std::vector<std::string> names;
  for (int i : path.getArrayRef().drop_front(
           llvm::find(path.getArrayRef(), index) - path.getArrayRef().begin()))
    names.push_back(quoted(graph.node(i).name()));
  constexpr size_t maxShown = 8;
  bool isLong = names.size() > maxShown;
  names.resize(std::min(names.size(), maxShown));
  return context.error(graph.node(index))
         << "takes part in a cycle: " << llvm::join(names, " needs ")
         << (isLong ? " needs ..." : " needs " + names.front());
}

/// Puts every node after those it depends on, otherwise in the file's order;
/// ONNX asks for sorted nodes, but not every tool writes them so.
LogicalResult GraphChecker::sortNodes(::onnx::GraphProto &graph, Scope &scope) {
  auto &nodes = *graph.mutable_node();
  llvm::StringMap<int> producers;
  for (int i = 0; i < nodes.size(); ++i)
    for (const std::string &output : nodes[i].output()) {
      if (output.empty())
        continue;
      if (scope.names.contains(output))
        return context.error(nodes[i])
               << "defines " << quoted(output)
               << ", which is an input or an initializer already";
      auto [it, isNew] = producers.try_emplace(output, i);
      if (!isNew)
        return context.error(nodes[i])
               << "defines " << quoted(output) << ", which node "
               << quoted(nodes[it->second].name()) << " defines already";
    }

  std::vector<llvm::SetVector<int>> predecessors(nodes.size());
  std::vector<std::vector<int>> successors(nodes.size());
  std::vector<int> numMissing(nodes.size());
  for (int i = 0; i < nodes.size(); ++i) {
    llvm::SetVector<StringRef> uses;
    collectUses(nodes[i], uses);
    for (StringRef name : uses) {
      auto it = producers.find(name);
      if (it != producers.end())
        predecessors[i].insert(it->second);
      else if (!scope.contains(name))
        return context.error(nodes[i])
               << "uses " << quoted(name)
               << ", which is no input, initializer or output of a node";
    }
    numMissing[i] = static_cast<int>(predecessors[i].size());
    for (int predecessor : predecessors[i])
      successors[predecessor].push_back(i);
  }

  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < nodes.size(); ++i)
    if (numMissing[i] == 0)
      ready.push(i);
  std::vector<int> order;
  while (!ready.empty()) {
    int next = ready.top();
    ready.pop();
    order.push_back(next);
    for (int successor : successors[next])
      if (--numMissing[successor] == 0)
        ready.push(successor);
  }
  if (order.size() != successors.size())
    return reportCycle(graph, predecessors, numMissing);

  for (const auto &producer : producers)
    scope.names.insert(producer.first());
  if (llvm::is_sorted(order))
    return success();
  google::protobuf::RepeatedPtrField<::onnx::NodeProto> sorted;
  for (int index : order)
    sorted.Add(std::move(nodes[index]));
  nodes.Swap(&sorted);
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// An empty string in place of a number: some tool had nothing to say.
static bool isEmptyString(const ::onnx::AttributeProto &attr,
                          const ::onnx::OpSchema::Attribute &expected) {
  using Attr = ::onnx::AttributeProto;
  return attr.type() == Attr::STRING && attr.s().empty() &&
         attr.ref_attr_name().empty() && expected.type != Attr::STRING &&
         !expected.required;
}

/// ONNX's own operators say which attributes they have; what else there is was
/// left by a tool for itself.
void GraphChecker::dropUselessAttributes(::onnx::NodeProto &node,
                                         const ::onnx::OpSchema &schema) {
  auto *attributes = node.mutable_attribute();
  for (auto it = attributes->begin(); it != attributes->end();) {
    auto known = schema.attributes().find(it->name());
    bool isKnown = known != schema.attributes().end();
    if (isKnown && !isEmptyString(*it, known->second)) {
      ++it;
      continue;
    }
    std::string warning =
        "attribute " + quoted(it->name()) +
        (isKnown ? " is an empty string on operator "
                 : " is unknown to operator ") +
        quoted(node.op_type()) +
        (isKnown ? " and counts as left out" : " and is ignored");
    if (context.isNew(warning))
      mlir::emitWarning(context.locationOf(node)) << warning;
    it = attributes->erase(it);
  }
}

LogicalResult GraphChecker::checkAttribute(::onnx::NodeProto &node,
                                           ::onnx::AttributeProto &attr,
                                           const Scope &scope) {
  auto emitError = [&] {
    return context.error(node) << "attribute " << quoted(attr.name()) << ' ';
  };
  if (!attr.ref_attr_name().empty())
    return emitError() << "refers to " << quoted(attr.ref_attr_name())
                       << " of a function, but stands outside of one";
  if (attr.has_g())
    return check(*attr.mutable_g(), &scope);
  if (!attr.has_t())
    return success();
  if (failed(getTensorType(attr.t(), context, emitError)))
    return failure();
  return loadIfSmall(*attr.mutable_t(), context, emitError);
}

LogicalResult GraphChecker::checkNode(::onnx::NodeProto &node,
                                      const Scope &scope) {
  auto version = versions.find(node.domain());
  const ::onnx::OpSchema *schema =
      version == versions.end()
          ? nullptr
          : context.operators.GetSchema(node.op_type(), version->second,
                                        node.domain());
  if (node.op_type().empty())
    return context.error(node) << "has no operator type";
  if (!schema && node.domain().empty())
    return context.error(node)
           << "operator " << quoted(node.op_type())
           << " does not exist in opset "
           << (version == versions.end() ? 0 : version->second);
  if (schema) {
    if (!context.operators.isOwn(node.domain(), node.op_type()))
      dropUselessAttributes(node, *schema);
    if (failed(
            callOnnx(context.locationOf(node), [&] { schema->Verify(node); })))
      return failure();
  }
  for (::onnx::AttributeProto &attr : *node.mutable_attribute())
    if (failed(checkAttribute(node, attr, scope)))
      return failure();
  return success();
}

LogicalResult GraphChecker::check(::onnx::GraphProto &graph,
                                  const Scope *outer) {
  Scope scope{outer, {}};
  if (failed(checkInputs(graph, scope)) ||
      failed(checkInitializers(graph, scope)) ||
      failed(sortNodes(graph, scope)) ||
      failed(checkOutputs(graph, scope, /*isMain=*/!outer)))
    return failure();
  for (::onnx::NodeProto &node : *graph.mutable_node())
    if (failed(checkNode(node, scope)))
      return failure();
  return success();
}

LogicalResult importer::checkGraphs(::onnx::ModelProto &model,
                                    ImportContext &context) {
  return GraphChecker(model, context)
      .check(*model.mutable_graph(),
             /*outer=*/nullptr);
}
