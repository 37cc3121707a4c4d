// Functions that the model defines itself (the dynamo exporter writes many) are
// replaced by their bodies. ONNX's inliner does the work; here it is made sure
// that it ends, stays small, and loses neither a default nor a call.
#include "ImportSteps.h"

#include "onnx/common/proto_util.h"
#include "onnx/inliner/inliner.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

using Nodes = google::protobuf::RepeatedPtrField<::onnx::NodeProto>;

/// Expanded, the calls of a model may take this many nodes and bytes.
constexpr uint64_t kMaxNodes = 1'000'000;
constexpr uint64_t kMaxBytes = uint64_t(1) << 28;

/// What a body or a graph grows to when all calls in it are expanded.
struct Size {
  uint64_t nodes = 0;
  uint64_t bytes = 0;
  bool isTooLarge() const { return nodes > kMaxNodes || bytes > kMaxBytes; }
};

class Inliner {
public:
  Inliner(::onnx::ModelProto &model, ImportContext &context)
      : model(model), context(context) {}

  LogicalResult run();

private:
  LogicalResult reconcileOpsets(::onnx::FunctionProto &function);
  LogicalResult hasSameOperators(const ::onnx::FunctionProto &function,
                                 const Nodes &nodes, const std::string &domain,
                                 int64_t functionVersion, int64_t modelVersion);
  LogicalResult measure(Nodes &nodes, Size &size);
  FailureOr<Size> measure(::onnx::FunctionProto &function);

  ::onnx::ModelProto &model;
  ImportContext &context;
  std::map<std::string, ::onnx::FunctionProto *> functions;
  /// Sizes of the functions seen so far; nothing while one is being measured.
  std::map<const ::onnx::FunctionProto *, std::optional<Size>> sizes;
};

} // namespace

LogicalResult Inliner::hasSameOperators(const ::onnx::FunctionProto &function,
                                        const Nodes &nodes,
                                        const std::string &domain,
                                        int64_t functionVersion,
                                        int64_t modelVersion) {
  for (const ::onnx::NodeProto &node : nodes) {
    if (node.domain() == domain) {
      auto *inFunction = context.operators.GetSchema(
          node.op_type(), static_cast<int>(functionVersion), domain);
      auto *inModel = context.operators.GetSchema(
          node.op_type(), static_cast<int>(modelVersion), domain);
      if (inFunction != inModel)
        return context.error()
               << "function " << quoted(function.name()) << " uses "
               << quoted(node.op_type()) << " of opset " << functionVersion
               << ", which differs from that of the model's opset "
               << modelVersion;
    }
    for (const ::onnx::AttributeProto &attr : node.attribute())
      if (attr.has_g() &&
          failed(hasSameOperators(function, attr.g().node(), domain,
                                  functionVersion, modelVersion)))
        return failure();
  }
  return success();
}

/// The bodies end up in the main graph, which knows one version per domain.
LogicalResult Inliner::reconcileOpsets(::onnx::FunctionProto &function) {
  for (::onnx::OperatorSetIdProto &opset : *function.mutable_opset_import()) {
    auto it = llvm::find_if(*model.mutable_opset_import(), [&](auto &other) {
      return other.domain() == opset.domain();
    });
    if (it == model.opset_import().end()) {
      *model.add_opset_import() = opset;
      continue;
    }
    if (it->version() == opset.version())
      continue;
    if (failed(hasSameOperators(function, function.node(), opset.domain(),
                                opset.version(), it->version())))
      return failure();
    opset.set_version(it->version());
  }
  return success();
}

/// Adds the nodes with all that their calls bring, and gives each call the
/// default values of its function: the inliner forgets them.
LogicalResult Inliner::measure(Nodes &nodes, Size &size) {
  for (::onnx::NodeProto &node : nodes) {
    ++size.nodes;
    size.bytes += node.ByteSizeLong();
    for (::onnx::AttributeProto &attr : *node.mutable_attribute())
      if (attr.has_g() &&
          failed(measure(*attr.mutable_g()->mutable_node(), size)))
        return failure();

    auto it = functions.find(::onnx::GetCalleeId(node));
    if (it == functions.end())
      continue;
    for (const ::onnx::AttributeProto &value : it->second->attribute_proto())
      if (llvm::none_of(node.attribute(), [&](auto &attr) {
            return attr.name() == value.name();
          }))
        *node.add_attribute() = value;
    FailureOr<Size> body = measure(*it->second);
    if (failed(body))
      return failure();
    size.nodes += body->nodes;
    size.bytes += body->bytes;
    if (size.isTooLarge())
      return context.error()
             << "the model's functions expand to more than " << kMaxNodes
             << " nodes or " << (kMaxBytes >> 20) << " MiB";
  }
  return success();
}

FailureOr<Size> Inliner::measure(::onnx::FunctionProto &function) {
  auto [it, isNew] = sizes.try_emplace(&function);
  if (!isNew) {
    if (!it->second)
      return context.error()
             << "function " << quoted(function.name()) << " calls itself";
    return *it->second;
  }
  if (sizes.size() > 10'000)
    return context.error() << "the model has more than 10000 functions";
  Size size;
  if (failed(measure(*function.mutable_node(), size)))
    return failure();
  sizes[&function] = size;
  return size;
}

LogicalResult Inliner::run() {
  if (model.functions().empty())
    return success();
  for (::onnx::FunctionProto &function : *model.mutable_functions()) {
    if (!functions.emplace(::onnx::GetFunctionImplId(function), &function)
             .second)
      return context.error()
             << "function " << quoted(function.name()) << " is defined twice";
    if (failed(reconcileOpsets(function)))
      return failure();
  }
  Size size;
  if (failed(measure(*model.mutable_graph()->mutable_node(), size)))
    return failure();
  return callOnnx(context.file,
                  [&] { ::onnx::inliner::InlineLocalFunctions(model); });
}

LogicalResult importer::inlineFunctions(::onnx::ModelProto &model,
                                        ImportContext &context) {
  return Inliner(model, context).run();
}
