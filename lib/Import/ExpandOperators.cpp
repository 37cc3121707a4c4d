// Operators that ONNX itself defines by a function of others (Attention, Mish)
// are replaced by that function where nothing further on knows them by name.
#include "CopyBody.h"
#include "ImportSteps.h"

#include "dialects/Onnx/Onnx.h"
#include "onnx/defs/function.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

/// All expansions of a model may bring this many nodes.
constexpr int64_t kMaxNodes = 200'000;

class OperatorExpander {
public:
  OperatorExpander(::onnx::ModelProto &model, ImportContext &context)
      : model(model), context(context), used(model.graph()) {}

  FailureOr<bool> run();

private:
  void collectTypes(const ::onnx::GraphProto &graph);
  const ::onnx::OpSchema *getDefinition(const ::onnx::NodeProto &node) const;
  FailureOr<bool> getBody(const ::onnx::NodeProto &node,
                          ::onnx::FunctionProto &body);
  void importOpsets(const ::onnx::FunctionProto &body);
  LogicalResult expand(::onnx::GraphProto &graph);
  LogicalResult expand(::onnx::NodeProto &node, Nodes &nodes);

  ::onnx::ModelProto &model;
  ImportContext &context;
  std::map<std::string, int> versions;
  UsedNames used;
  /// Types of all values that have one.
  llvm::StringMap<::onnx::TypeProto> types;
  bool changed = false;
};

} // namespace

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// `@alpha` becomes the call's attribute, or the operator's default; an
/// attribute that neither gives is left out.
static void bindAttributes(Nodes &nodes, const ::onnx::NodeProto &call,
                           const ::onnx::OpSchema &schema) {
  for (::onnx::NodeProto &node : nodes) {
    auto *attributes = node.mutable_attribute();
    for (auto it = attributes->begin(); it != attributes->end();) {
      if (it->has_g())
        bindAttributes(*it->mutable_g()->mutable_node(), call, schema);
      if (it->ref_attr_name().empty()) {
        ++it;
        continue;
      }
      std::string name = it->name(), wanted = it->ref_attr_name();
      auto given = llvm::find_if(call.attribute(), [&](const auto &attr) {
        return attr.name() == wanted;
      });
      auto declared = schema.attributes().find(wanted);
      if (given != call.attribute().end()) {
        *it = *given;
      } else if (declared != schema.attributes().end() &&
                 declared->second.default_value.has_name()) {
        *it = declared->second.default_value;
      } else {
        it = attributes->erase(it);
        continue;
      }
      it->set_name(name);
      ++it;
    }
  }
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

void OperatorExpander::collectTypes(const ::onnx::GraphProto &graph) {
  for (auto *infos : {&graph.value_info(), &graph.output(), &graph.input()})
    for (const ::onnx::ValueInfoProto &info : *infos)
      if (info.type().value_case() != ::onnx::TypeProto::VALUE_NOT_SET)
        types[info.name()] = info.type();
  for (const ::onnx::TensorProto &tensor : graph.initializer()) {
    auto *type = types[tensor.name()].mutable_tensor_type();
    type->set_elem_type(tensor.data_type());
    type->mutable_shape()->clear_dim();
    for (int64_t size : tensor.dims())
      type->mutable_shape()->add_dim()->set_dim_value(size);
  }
  for (const ::onnx::NodeProto &node : graph.node())
    for (const ::onnx::AttributeProto &attr : node.attribute())
      if (attr.has_g())
        collectTypes(attr.g());
}

/// The schema of an operator that has to be expanded, or null.
const ::onnx::OpSchema *
OperatorExpander::getDefinition(const ::onnx::NodeProto &node) const {
  auto version = versions.find(node.domain());
  if (version == versions.end() ||
      context.options.isNative(node.domain(), node.op_type()))
    return nullptr;
  const ::onnx::OpSchema *schema = context.operators.GetSchema(
      node.op_type(), version->second, node.domain());
  return schema && (schema->HasFunction() ||
                    schema->HasContextDependentFunction())
             ? schema
             : nullptr;
}

/// The function as the model's opset has it; false if there is none for this
/// node.
FailureOr<bool> OperatorExpander::getBody(const ::onnx::NodeProto &node,
                                          ::onnx::FunctionProto &body) {
  const ::onnx::OpSchema *schema = getDefinition(node);
  if (!schema)
    return false;
  int version = versions.at(node.domain());
  if (const ::onnx::FunctionProto *function =
          schema->HasFunction() ? schema->GetFunction(version) : nullptr) {
    body = *function;
    return true;
  }
  if (!schema->HasContextDependentFunction() ||
      schema->context_dependent_function_opset_versions().front() > version)
    return false;
  std::vector<::onnx::TypeProto> inputTypes;
  for (const std::string &input : node.input())
    inputTypes.push_back(types.lookup(input));
  bool isBuilt = false;
  if (failed(callOnnx(context.locationOf(node), [&] {
        ::onnx::FunctionBodyBuildContextImpl inputs(node, inputTypes);
        isBuilt = schema->BuildContextDependentFunction(inputs, body, version);
      })))
    return failure();
  return isBuilt;
}

/// A body may use operators of a domain that the model has not needed so far.
void OperatorExpander::importOpsets(const ::onnx::FunctionProto &body) {
  auto add = [&](const std::string &domain, int64_t version) {
    if (!versions.emplace(domain, static_cast<int>(version)).second)
      return;
    ::onnx::OperatorSetIdProto *opset = model.add_opset_import();
    opset->set_domain(domain);
    opset->set_version(version);
  };
  for (const ::onnx::OperatorSetIdProto &opset : body.opset_import())
    add(opset.domain(), opset.version());
  int newest = ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance()
                   .Map()
                   .at("")
                   .second;
  add("", newest);
}

LogicalResult OperatorExpander::expand(::onnx::NodeProto &node, Nodes &nodes) {
  ::onnx::FunctionProto body;
  FailureOr<bool> hasBody = getBody(node, body);
  if (failed(hasBody))
    return failure();
  if (!*hasBody) {
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g() && failed(expand(*attr.mutable_g())))
        return failure();
    nodes.Add(std::move(node));
    return success();
  }
  context.numExpanded += body.node_size();
  if (context.numExpanded > kMaxNodes)
    return context.error(node) << "expands the model's operators to more than "
                               << kMaxNodes << " nodes";
  changed = true;
  importOpsets(body);
  bindAttributes(*body.mutable_node(), node, *getDefinition(node));
  BodyCopier copier(node.name(), used);
  // An input that is not given is none of the body's nodes either; an output
  // that nobody wants still has to be computed under some name.
  for (int i = 0; i < body.input_size(); ++i)
    copier.bind(body.input(i), i < node.input_size() ? node.input(i) : "");
  for (int i = 0; i < body.output_size(); ++i)
    if (i < node.output_size() && !node.output(i).empty())
      copier.bind(body.output(i), node.output(i));
    else
      copier.bindToNew(body.output(i));
  copier.moveTo(nodes, std::move(*body.mutable_node()));
  return success();
}

LogicalResult OperatorExpander::expand(::onnx::GraphProto &graph) {
  Nodes nodes;
  for (::onnx::NodeProto &node : *graph.mutable_node())
    if (failed(expand(node, nodes)))
      return failure();
  graph.mutable_node()->Swap(&nodes);
  return success();
}

FailureOr<bool> OperatorExpander::run() {
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    versions[opset.domain()] = static_cast<int>(opset.version());
  collectTypes(model.graph());
  if (failed(expand(*model.mutable_graph())))
    return failure();
  return changed;
}

FailureOr<bool> importer::expandOperators(::onnx::ModelProto &model,
                                          ImportContext &context) {
  return OperatorExpander(model, context).run();
}
