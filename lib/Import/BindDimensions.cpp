// `--dim batch=1` and `--dim x.0=1`: sizes for dimensions that the model leaves
// open. A named dimension gets its size wherever the name stands.
#include "ImportSteps.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

class DimensionBinder {
public:
  DimensionBinder(::onnx::ModelProto &model, ImportContext &context)
      : model(model), context(context) {}

  LogicalResult run();

private:
  LogicalResult bindInputs();
  void bindNames(::onnx::TypeProto &type);
  LogicalResult checkAllUsed();

  ::onnx::ModelProto &model;
  ImportContext &context;
  llvm::StringSet<> used;
};

} // namespace

static bool isOpen(const ::onnx::TensorShapeProto::Dimension &dim) {
  return !dim.has_dim_value() || dim.dim_value() < 0;
}

/// What the open dimension `axis` of `input` can be called.
static std::string axisName(const ::onnx::ValueInfoProto &input, int axis) {
  return input.name() + "." + std::to_string(axis);
}

LogicalResult DimensionBinder::bindInputs() {
  for (::onnx::ValueInfoProto &input :
       *model.mutable_graph()->mutable_input()) {
    if (!input.type().tensor_type().has_shape())
      continue;
    auto *shape = input.mutable_type()->mutable_tensor_type()->mutable_shape();
    for (auto [axis, dim] : llvm::enumerate(*shape->mutable_dim())) {
      std::string name = axisName(input, static_cast<int>(axis));
      auto it = context.options.dims.find(name);
      if (it == context.options.dims.end())
        continue;
      if (!isOpen(dim) && dim.dim_value() != it->second)
        return context.error()
               << "dimension " << quoted(name) << " is " << dim.dim_value()
               << " in the model, not " << it->second;
      used.insert(name);
      dim.set_dim_value(it->second);
    }
  }
  return success();
}

void DimensionBinder::bindNames(::onnx::TypeProto &type) {
  if (type.has_sequence_type())
    return bindNames(*type.mutable_sequence_type()->mutable_elem_type());
  if (type.has_optional_type())
    return bindNames(*type.mutable_optional_type()->mutable_elem_type());
  if (!type.has_tensor_type() || !type.tensor_type().has_shape())
    return;
  for (auto &dim :
       *type.mutable_tensor_type()->mutable_shape()->mutable_dim()) {
    auto it = dim.has_dim_param() ? context.options.dims.find(dim.dim_param())
                                  : context.options.dims.end();
    if (it != context.options.dims.end()) {
      used.insert(dim.dim_param());
      dim.set_dim_value(it->second);
    } else if (dim.has_dim_value() && dim.dim_value() < 0) {
      dim.clear_dim_value(); // -1 is how some exporters write "open"
    }
  }
}

LogicalResult DimensionBinder::checkAllUsed() {
  std::vector<std::string> unknown;
  for (const auto &dim : context.options.dims)
    if (!used.contains(dim.first()))
      unknown.push_back(quoted(dim.first()));
  if (unknown.empty())
    return success();
  llvm::sort(unknown);

  std::vector<std::string> open;
  for (const ::onnx::ValueInfoProto &input : model.graph().input())
    for (auto [axis, dim] :
         llvm::enumerate(input.type().tensor_type().shape().dim()))
      if (isOpen(dim))
        open.push_back(
            (dim.has_dim_param() ? quoted(dim.dim_param()) + " or " : "") +
            quoted(axisName(input, static_cast<int>(axis))));
  InFlightDiagnostic diagnostic = context.error() << "no input has a dimension "
                                                  << llvm::join(unknown, ", ");
  diagnostic.attachNote() << "open dimensions: "
                          << (open.empty() ? "none" : llvm::join(open, ", "));
  return diagnostic;
}

LogicalResult DimensionBinder::run() {
  for (const auto &dim : context.options.dims)
    if (dim.second < 1 || dim.second > kMaxDimension)
      return context.error()
             << "dimension " << quoted(dim.first()) << " cannot be "
             << dim.second << "; accepted is 1 to " << kMaxDimension;
  if (failed(bindInputs()))
    return failure();
  (void)forEachGraph(*model.mutable_graph(), [&](::onnx::GraphProto &graph) {
    for (auto *values : {graph.mutable_input(), graph.mutable_output(),
                         graph.mutable_value_info()})
      for (::onnx::ValueInfoProto &value : *values)
        if (value.has_type())
          bindNames(*value.mutable_type());
    return success();
  });
  return checkAllUsed();
}

LogicalResult importer::bindDimensions(::onnx::ModelProto &model,
                                       ImportContext &context) {
  return DimensionBinder(model, context).run();
}
