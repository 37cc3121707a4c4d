// Mends what real exporters leave out, so that later steps see one form:
// domains by one name, an opset for each of them, a name on every node.
#include "ImportSteps.h"
#include "MakeNode.h"

#include "dialects/Onnx/Onnx.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;

class Normalizer {
public:
  Normalizer(::onnx::ModelProto &model, ImportContext &context)
      : model(model), context(context) {}

  LogicalResult run();

private:
  LogicalResult checkVersions();
  void normalizeDomains(Nodes &nodes);
  std::string normalizeDomain(StringRef domain, StringRef opType) const;
  void dropShadowedFunctions();
  LogicalResult collectOpsets();
  void nameNodes(Nodes &nodes, const std::string &prefix);

  ::onnx::ModelProto &model;
  ImportContext &context;
  llvm::StringSet<> usedNames;
  llvm::StringSet<> usedDomains;
};

} // namespace

/// Names under which the QONNX and FINN operators appear.
static bool isQonnxDomain(StringRef domain) {
  return domain == "qonnx.custom_op.general" ||
         domain == "finn.custom_op.general" || domain == "onnx.brevitas" ||
         domain == setun::onnx::kQonnxDomain;
}

static bool isDefaultDomain(StringRef domain) {
  return domain.empty() || domain == "ai.onnx";
}

std::string Normalizer::normalizeDomain(StringRef domain,
                                        StringRef opType) const {
  // Older QONNX files keep Quant and its family in the default domain.
  if (isQonnxDomain(domain) ||
      (isDefaultDomain(domain) &&
       context.operators.isOwn(setun::onnx::kQonnxDomain, opType)))
    return setun::onnx::kQonnxDomain.str();
  return isDefaultDomain(domain) ? "" : domain.str();
}

/// Files of IR version 1 do not say of which kind an attribute is.
static void setAttributeType(::onnx::AttributeProto &attr) {
  using Attr = ::onnx::AttributeProto;
  if (attr.type() != Attr::UNDEFINED)
    return;
  attr.set_type(attr.has_f()          ? Attr::FLOAT
                : attr.has_i()        ? Attr::INT
                : attr.has_s()        ? Attr::STRING
                : attr.has_t()        ? Attr::TENSOR
                : attr.has_g()        ? Attr::GRAPH
                : attr.floats_size()  ? Attr::FLOATS
                : attr.ints_size()    ? Attr::INTS
                : attr.strings_size() ? Attr::STRINGS
                                      : Attr::UNDEFINED);
}

/// The default is 1, but the inference of ONNX takes 0 for it.
static void setOneSided(::onnx::NodeProto &node) {
  for (const ::onnx::AttributeProto &attr : node.attribute())
    if (attr.name() == "onesided")
      return;
  setInt(node, "onesided", 1);
}

void Normalizer::normalizeDomains(Nodes &nodes) {
  for (::onnx::NodeProto &node : nodes) {
    node.set_domain(normalizeDomain(node.domain(), node.op_type()));
    usedDomains.insert(node.domain());
    if (node.domain().empty() && node.op_type() == "STFT")
      setOneSided(node);
    for (::onnx::AttributeProto &attr : *node.mutable_attribute()) {
      setAttributeType(attr);
      if (attr.has_g())
        normalizeDomains(*attr.mutable_g()->mutable_node());
    }
  }
}

/// A model may bring a function for an operator that we know by name, as a
/// stand-in for tools that do not: the operator itself says more.
void Normalizer::dropShadowedFunctions() {
  auto *functions = model.mutable_functions();
  for (auto it = functions->begin(); it != functions->end();)
    if (context.operators.isOwn(normalizeDomain(it->domain(), it->name()),
                                it->name()))
      it = functions->erase(it);
    else
      ++it;
}

LogicalResult Normalizer::checkVersions() {
  if (!model.has_ir_version() || model.ir_version() < 1)
    return context.error() << "the model has no IR version";
  if (model.ir_version() > ::onnx::IR_VERSION)
    return context.error() << "the model has IR version " << model.ir_version()
                           << "; accepted is up to "
                           << static_cast<int>(::onnx::IR_VERSION);
  return success();
}

/// Before IR version 4 every initializer was an input, too, and later it can
/// give an input a default: compiled in, it is no input.
static void dropFilledInputs(::onnx::GraphProto &graph) {
  llvm::StringSet<> filled;
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    filled.insert(tensor.name());
  auto *inputs = graph.mutable_input();
  for (auto it = inputs->begin(); it != inputs->end();)
    it = filled.contains(it->name()) ? inputs->erase(it) : it + 1;
}

/// One import per domain, under its normal name; a domain that the file uses
/// without importing it counts as version 1, except ONNX's own.
LogicalResult Normalizer::collectOpsets() {
  std::map<std::string, int64_t> versions;
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import()) {
    if (opset.version() < 1 || opset.version() > 1000000)
      return context.error()
             << "opset version " << opset.version() << " of domain "
             << quoted(opset.domain()) << " is out of range";
    int64_t &version = versions[normalizeDomain(opset.domain(), "")];
    version = std::max(version, static_cast<int64_t>(opset.version()));
  }
  if (!versions.count("") && usedDomains.contains("")) {
    if (model.ir_version() >= 3)
      return context.error()
             << "the model does not say which opset of ONNX it uses";
    versions[""] = 1;
  }
  for (const auto &domain : usedDomains)
    versions.emplace(domain.first().str(), 1);

  int newest = ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance()
                   .Map()
                   .at("")
                   .second;
  if (versions.count("") && versions[""] > newest)
    mlir::emitWarning(context.file)
        << "opset " << versions[""] << " is newer than " << newest
        << ": operators are taken as they are there";

  model.clear_opset_import();
  for (const auto &[domain, version] : versions) {
    ::onnx::OperatorSetIdProto *opset = model.add_opset_import();
    opset->set_domain(domain);
    opset->set_version(version);
  }
  return success();
}

/// An unnamed node is called after its operator and its place in the graph.
void Normalizer::nameNodes(Nodes &nodes, const std::string &prefix) {
  for (auto [index, node] : llvm::enumerate(nodes)) {
    if (node.name().empty()) {
      std::string base = prefix + node.op_type() + "_" + std::to_string(index);
      std::string name = base;
      for (int i = 2; !usedNames.insert(name).second; ++i)
        name = base + "_" + std::to_string(i);
      node.set_name(name);
    }
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g())
        nameNodes(*attr.mutable_g()->mutable_node(),
                  node.name() + "/" + attr.name() + "/");
  }
}

LogicalResult Normalizer::run() {
  if (failed(checkVersions()))
    return failure();
  dropShadowedFunctions();
  ::onnx::GraphProto &graph = *model.mutable_graph();
  normalizeDomains(*graph.mutable_node());
  if (failed(collectOpsets()))
    return failure();

  (void)forEachGraph(graph, [&](::onnx::GraphProto &inner) {
    dropFilledInputs(inner);
    for (const ::onnx::NodeProto &node : inner.node())
      if (!node.name().empty())
        usedNames.insert(node.name());
    return success();
  });
  nameNodes(*graph.mutable_node(), "");

  for (::onnx::FunctionProto &function : *model.mutable_functions()) {
    normalizeDomains(*function.mutable_node());
    for (::onnx::OperatorSetIdProto &opset : *function.mutable_opset_import())
      opset.set_domain(normalizeDomain(opset.domain(), ""));
    nameNodes(*function.mutable_node(), function.name() + "/");
  }
  return success();
}

LogicalResult importer::normalizeModel(::onnx::ModelProto &model,
                                       ImportContext &context) {
  return Normalizer(model, context).run();
}
