// Operators that ONNX itself defines by a function of others (Attention, Mish)
// are replaced by that function where nothing further on knows them by name.
#include "ImportSteps.h"

#include "dialects/Onnx/Onnx.h"
#include "onnx/defs/function.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;

/// All expansions of a model may bring this many nodes.
constexpr int64_t kMaxNodes = 200'000;

class OperatorExpander {
public:
  OperatorExpander(::onnx::ModelProto &model, ImportContext &context)
      : model(model), context(context) {}

  FailureOr<bool> run();

private:
  void collect(const ::onnx::GraphProto &graph);
  const ::onnx::OpSchema *getDefinition(const ::onnx::NodeProto &node) const;
  FailureOr<bool> getBody(const ::onnx::NodeProto &node,
                          ::onnx::FunctionProto &body);
  void importOpsets(const ::onnx::FunctionProto &body);
  LogicalResult expand(::onnx::GraphProto &graph);
  LogicalResult expand(::onnx::NodeProto &node, Nodes &nodes);

  ::onnx::ModelProto &model;
  ImportContext &context;
  std::map<std::string, int> versions;
  /// Types of all values that have one, and all names in use.
  llvm::StringMap<::onnx::TypeProto> types;
  llvm::StringSet<> used;
  bool changed = false;
};

/// Puts the body of a function in the place of a call: formal names become
/// actual ones, the others get the call's name in front.
class BodyRenamer {
public:
  BodyRenamer(const ::onnx::NodeProto &call, const ::onnx::OpSchema &schema,
              llvm::StringSet<> &used)
      : call(call), schema(schema), used(used) {}

  void bind(const ::onnx::FunctionProto &body);
  void rewrite(Nodes &nodes, const std::string &prefix);

private:
  std::string makeUnique(StringRef name);
  void rename(std::string &name);
  void define(StringRef name);
  void bindAttributes(::onnx::NodeProto &node);
  void rewrite(::onnx::GraphProto &graph, const std::string &prefix);

  const ::onnx::NodeProto &call;
  const ::onnx::OpSchema &schema;
  llvm::StringSet<> &used;
  llvm::StringMap<std::string> names;
};

} // namespace

//===----------------------------------------------------------------------===//
// Names and attributes of a body
//===----------------------------------------------------------------------===//

std::string BodyRenamer::makeUnique(StringRef name) {
  std::string base = call.name() + "/" + name.str(), unique = base;
  for (int i = 2; !used.insert(unique).second; ++i)
    unique = base + "_" + std::to_string(i);
  return unique;
}

/// Values of the body in the order of their definitions; what is not defined
/// in it comes from the graphs around the call and keeps its name.
void BodyRenamer::rename(std::string &name) {
  auto it = names.find(name);
  if (it != names.end())
    name = it->second;
}

void BodyRenamer::define(StringRef name) {
  if (!name.empty() && !names.count(name))
    names[name] = makeUnique(name);
}

void BodyRenamer::bind(const ::onnx::FunctionProto &body) {
  // An input that is not given is no input of the body's nodes either; an
  // output that nobody wants still has to be computed under some name.
  for (int i = 0; i < body.input_size(); ++i)
    names[body.input(i)] = i < call.input_size() ? call.input(i) : "";
  for (int i = 0; i < body.output_size(); ++i) {
    bool isWanted = i < call.output_size() && !call.output(i).empty();
    names[body.output(i)] =
        isWanted ? call.output(i) : makeUnique(body.output(i));
  }
}

/// `@alpha` becomes the call's attribute, or the operator's default; an
/// attribute that neither gives is left out.
void BodyRenamer::bindAttributes(::onnx::NodeProto &node) {
  auto *attributes = node.mutable_attribute();
  for (auto it = attributes->begin(); it != attributes->end();) {
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

void BodyRenamer::rewrite(Nodes &nodes, const std::string &prefix) {
  for (auto [index, node] : llvm::enumerate(nodes)) {
    std::string name = node.name().empty()
                           ? node.op_type() + "_" + std::to_string(index)
                           : node.name();
    node.set_name(prefix + "/" + name);
    bindAttributes(node);
    for (std::string &input : *node.mutable_input())
      rename(input);
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g())
        rewrite(*attr.mutable_g(), node.name());
    for (std::string &output : *node.mutable_output()) {
      define(output);
      rename(output);
    }
  }
}

void BodyRenamer::rewrite(::onnx::GraphProto &graph,
                          const std::string &prefix) {
  for (::onnx::ValueInfoProto &input : *graph.mutable_input()) {
    define(input.name());
    rename(*input.mutable_name());
  }
  for (::onnx::TensorProto &tensor : *graph.mutable_initializer()) {
    define(tensor.name());
    rename(*tensor.mutable_name());
  }
  rewrite(*graph.mutable_node(), prefix);
  for (::onnx::ValueInfoProto &output : *graph.mutable_output())
    rename(*output.mutable_name());
  graph.clear_value_info();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

void OperatorExpander::collect(const ::onnx::GraphProto &graph) {
  for (auto *infos : {&graph.value_info(), &graph.output(), &graph.input()})
    for (const ::onnx::ValueInfoProto &info : *infos) {
      used.insert(info.name());
      if (info.type().value_case() != ::onnx::TypeProto::VALUE_NOT_SET)
        types[info.name()] = info.type();
    }
  for (const ::onnx::TensorProto &tensor : graph.initializer()) {
    used.insert(tensor.name());
    auto *type = types[tensor.name()].mutable_tensor_type();
    type->set_elem_type(tensor.data_type());
    type->mutable_shape()->clear_dim();
    for (int64_t size : tensor.dims())
      type->mutable_shape()->add_dim()->set_dim_value(size);
  }
  for (const ::onnx::NodeProto &node : graph.node()) {
    used.insert(node.output().begin(), node.output().end());
    for (const ::onnx::AttributeProto &attr : node.attribute())
      if (attr.has_g())
        collect(attr.g());
  }
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
  BodyRenamer renamer(node, *getDefinition(node), used);
  renamer.bind(body);
  renamer.rewrite(*body.mutable_node(), node.name());
  for (::onnx::NodeProto &part : *body.mutable_node())
    nodes.Add(std::move(part));
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
  collect(model.graph());
  if (failed(expand(*model.mutable_graph())))
    return failure();
  return changed;
}

FailureOr<bool> importer::expandOperators(::onnx::ModelProto &model,
                                          ImportContext &context) {
  if (!context.options.isNative)
    return false;
  return OperatorExpander(model, context).run();
}
