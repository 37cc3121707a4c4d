// Reads a model for tools that change and write it: the first steps of the
// import, and all data from side files.
#include "setun/Import/OnnxModel.h"

#include "ImportSteps.h"
#include "TensorData.h"

#include "dialects/Onnx/Onnx.h"
#include "llvm/Support/Path.h"
#include <limits>

using namespace mlir;
using namespace setun;
using namespace setun::importer;

static LogicalResult loadTensor(::onnx::TensorProto &tensor,
                                ImportContext &context) {
  return loadIfSmall(
      tensor, context,
      [&] {
        return context.error() << "tensor " << quoted(tensor.name()) << ' ';
      },
      std::numeric_limits<int32_t>::max());
}

static LogicalResult loadTensors(::onnx::GraphProto &graph,
                                 ImportContext &context) {
  for (::onnx::TensorProto &tensor : *graph.mutable_initializer())
    if (failed(loadTensor(tensor, context)))
      return failure();
  for (::onnx::NodeProto &node : *graph.mutable_node())
    for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
      if (attribute.has_t() &&
          failed(loadTensor(*attribute.mutable_t(), context)))
        return failure();
  return success();
}

/// The importer's short name of QONNX's domain is not one for files.
static void restoreDomains(::onnx::ModelProto &model) {
  auto restore = [](auto &named) {
    if (named.domain() == setun::onnx::kQonnxDomain)
      named.set_domain("qonnx.custom_op.general");
  };
  for (::onnx::OperatorSetIdProto &opset : *model.mutable_opset_import())
    restore(opset);
  (void)forEachGraph(*model.mutable_graph(), [&](::onnx::GraphProto &graph) {
    for (::onnx::NodeProto &node : *graph.mutable_node())
      restore(node);
    return success();
  });
}

std::unique_ptr<::onnx::ModelProto> setun::readOnnxModel(StringRef path,
                                                         MLIRContext *context) {
  context->loadDialect<setun::onnx::OnnxDialect>();
  ImportOptions options;
  StringRef folder = llvm::sys::path::parent_path(path);
  ImportContext importContext(context, options, path,
                              folder.empty() ? "." : folder);
  std::string sha256;
  auto model = readModel(path, importContext, sha256);
  if (failed(model) || failed(normalizeModel(**model, importContext)) ||
      failed(inlineFunctions(**model, importContext)) ||
      failed(forEachGraph(*(*model)->mutable_graph(),
                          [&](::onnx::GraphProto &graph) {
                            return loadTensors(graph, importContext);
                          })))
    return nullptr;
  restoreDomains(**model);
  return std::move(*model);
}
