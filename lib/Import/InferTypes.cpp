// Types of all values by ONNX's shape inference, with data propagation, so that
// chains of Shape, Gather and Concat end in static shapes.
#include "ImportSteps.h"
#include "KnownValues.h"
#include "ShapeArithmetic.h"
#include "ShapeNumbers.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "onnx/shape_inference/implementation.h"
#include "setun/Support/NodeLocation.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

/// Removes the types that the exporter noted for values of operators that we
/// know, and the sizes of outputs: they are inferred again.
static void dropNotedTypes(::onnx::ModelProto &model,
                           const ImportContext &context) {
  std::map<std::string, int> versions;
  for (const ::onnx::OperatorSetIdProto &opset : model.opset_import())
    versions[opset.domain()] = static_cast<int>(opset.version());
  (void)forEachGraph(*model.mutable_graph(), [&](::onnx::GraphProto &graph) {
    llvm::StringSet<> unknown;
    for (const ::onnx::NodeProto &node : graph.node())
      if (!context.operators.GetSchema(node.op_type(), versions[node.domain()],
                                       node.domain()))
        unknown.insert(node.output().begin(), node.output().end());
    auto *values = graph.mutable_value_info();
    for (auto it = values->begin(); it != values->end();)
      it = unknown.contains(it->name()) ? it + 1 : values->erase(it);
    for (::onnx::ValueInfoProto &output : *graph.mutable_output())
      if (output.type().has_tensor_type() && !unknown.contains(output.name()))
        output.mutable_type()->mutable_tensor_type()->clear_shape();
    return success();
  });
}

namespace {

/// A complaint of the library, taken apart: "(op_type:Add, node name: Add_3):
/// text". Nested ones name the node of the subgraph last.
struct InferenceProblem {
  explicit InferenceProblem(StringRef message) {
    message = message.split('\n').first;
    constexpr StringLiteral start = "(op_type:", middle = ", node name: ",
                            end = "): ";
    for (size_t at; (at = message.find(start)) != StringRef::npos;) {
      StringRef rest = message.drop_front(at + start.size());
      auto [type, afterType] = rest.split(middle);
      auto [name, afterName] = afterType.split(end);
      if (afterName.empty())
        break;
      opType = type.str();
      nodeName = name.str();
      message = afterName;
    }
    text = cleaned(message);
  }

  Location location(const ImportContext &context) const {
    return nodeName.empty()
               ? context.file
               : getNodeLocation(context.context, nodeName, opType);
  }

  std::string opType, nodeName, text;
};

} // namespace

/// Notes small constants as known values. The library finds those of integers
/// by itself, but not those of a graph when it looks at a subgraph.
static void noteConstants(const ::onnx::GraphProto &graph,
                          ::onnx::shape_inference::DataValueMap &values) {
  auto note = [&](const std::string &name, const ::onnx::TensorProto &tensor) {
    bool isShape =
        tensor.dims_size() == 0 ||
        (tensor.dims_size() == 1 && tensor.dims(0) <= kMaxShapeElements);
    auto elements = !isShape                           ? std::nullopt
                    : isShapeFloat(tensor.data_type()) ? readFloats(tensor)
                                                       : readInts(tensor);
    if (!elements || elements->empty())
      return;
    ::onnx::TensorShapeProto value;
    for (int64_t element : *elements)
      value.add_dim()->set_dim_value(element);
    values[name] = std::move(value);
  };
  for (const ::onnx::TensorProto &tensor : graph.initializer())
    note(tensor.name(), tensor);
  for (const ::onnx::NodeProto &node : graph.node())
    for (const ::onnx::AttributeProto &attr : node.attribute())
      if (attr.has_g())
        noteConstants(attr.g(), values);
      else if (attr.has_t() && node.op_type() == "Constant" &&
               node.domain().empty() && node.output_size() == 1)
        note(node.output(0), attr.t());
}

/// Runs the inference once; nothing on success.
static std::optional<InferenceProblem>
runInference(::onnx::ModelProto &model, ImportContext &context,
             ::onnx::shape_inference::DataValueMap &values) {
  // Normalized models are of the newer form, in which initializers have types
  // of their own, whatever the file said.
  constexpr int64_t newForm = 4;
  int64_t version = model.ir_version();
  model.set_ir_version(std::max(version, newForm));
  llvm::scope_exit restore([&] { model.set_ir_version(version); });
  try {
    ::onnx::ShapeInferenceOptions options(/*check_type=*/true,
                                          /*strict_mode=*/1,
                                          /*data_prop=*/true);
    ::onnx::shape_inference::InferShapes(model, &context.operators, options,
                                         &values);
    return std::nullopt;
  } catch (const std::exception &exception) {
    return InferenceProblem(exception.what());
  }
}

/// Runs the inference as long as it tells which branches are taken: a problem
/// in another one is none.
static std::optional<InferenceProblem>
runInferenceOnTakenBranches(::onnx::ModelProto &model, ImportContext &context,
                            ::onnx::shape_inference::DataValueMap &values) {
  while (true) {
    values.clear();
    noteConstants(model.graph(), values);
    std::optional<InferenceProblem> problem =
        runInference(model, context, values);
    if (!takeKnownBranches(model, values))
      return problem;
  }
}

LogicalResult
importer::inferTypes(::onnx::ModelProto &model, ImportContext &context,
                     ::onnx::shape_inference::DataValueMap &values) {
  // Noted types were made for other sizes than the ones asked for.
  if (!context.options.dims.empty())
    dropNotedTypes(model, context);
  std::optional<InferenceProblem> problem =
      runInferenceOnTakenBranches(model, context, values);
  if (!problem)
    return success();

  // Exporters note wrong shapes now and then; the operators know better.
  dropNotedTypes(model, context);
  std::optional<InferenceProblem> second =
      runInferenceOnTakenBranches(model, context, values);
  if (!second) {
    std::string warning =
        "the model notes a shape that is wrong and is ignored: " +
        problem->text;
    if (context.isNew(warning))
      mlir::emitWarning(problem->location(context)) << warning;
    return success();
  }
  return mlir::emitError(second->location(context)) << second->text;
}
