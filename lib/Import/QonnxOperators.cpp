// The QONNX and FINN operators. Their tensors are all float, the integers are
// implied; every one keeps the shape of its input.
#include "OperatorRegistry.h"

#include "dialects/Onnx/Onnx.h"
#include "onnx/defs/shape_inference.h"
#include <algorithm>
#include <limits>

using namespace setun::importer;
using ::onnx::InferenceContext;
using ::onnx::TensorShapeProto;

/// Integers of attribute `name`, or `count` times 1 or 0.
static std::vector<int64_t> getInts(InferenceContext &context, const char *name,
                                    size_t count, int64_t otherwise) {
  std::vector<int64_t> values;
  if (!::onnx::getRepeatedAttribute(context, name, values) || values.empty())
    values.assign(count, otherwise);
  if (values.size() != count)
    fail_shape_inference("attribute ", name, " must have ", count, " numbers");
  return values;
}

/// A window moves over the dimensions between the first and the last one; the
/// channels come from the weights [outputs, window.., inputs] if there are any.
static void inferChannelsLastWindow(InferenceContext &context) {
  ::onnx::propagateElemTypeFromInputToOutput(context, 0, 0);
  if (!::onnx::hasInputShape(context, 0))
    return;
  TensorShapeProto shape = ::onnx::getInputShape(context, 0);
  if (shape.dim_size() < 3)
    fail_shape_inference("the input must have at least 3 dimensions");
  size_t rank = shape.dim_size() - 2;
  auto kernel = getInts(context, "kernel_shape", rank, 1);
  auto strides = getInts(context, "strides", rank, 1);
  auto dilations = getInts(context, "dilations", rank, 1);
  auto pads = getInts(context, "pads", 2 * rank, 0);
  constexpr int64_t limit = std::numeric_limits<int32_t>::max();
  for (size_t i = 0; i < rank; ++i) {
    auto *dim = shape.mutable_dim(static_cast<int>(i + 1));
    for (int64_t number : {kernel[i], strides[i], dilations[i]})
      if (number < 1 || number > limit)
        fail_shape_inference("the numbers of a window must be positive");
    if (std::min(pads[i], pads[i + rank]) < 0 ||
        std::max(pads[i], pads[i + rank]) > limit)
      fail_shape_inference("pads must not be negative");
    if (!dim->has_dim_value())
      continue;
    int64_t room = dim->dim_value() + pads[i] + pads[i + rank] -
                   (kernel[i] - 1) * dilations[i] - 1;
    if (room < 0)
      fail_shape_inference("the window is larger than its input");
    dim->set_dim_value(room / strides[i] + 1);
  }
  auto *channels = shape.mutable_dim(shape.dim_size() - 1);
  if (context.getNumInputs() > 1) {
    if (!::onnx::hasInputShape(context, 1))
      return;
    const TensorShapeProto &weights = ::onnx::getInputShape(context, 1);
    if (weights.dim_size() != shape.dim_size())
      fail_shape_inference("the weights must have the rank of the input");
    *channels = weights.dim(0);
  }
  *context.getOutputType(0)->mutable_tensor_type()->mutable_shape() = shape;
}

void setun::importer::addQonnxOperators(OperatorRegistry &registry) {
  struct Operator {
    const char *name;
    int sinceVersion;
    const char *inputs;
  };
  static const Operator operators[] = {
      // IntQuant is the newer name of Quant, same meaning.
      {"Quant", 1, "X scale zeropt bitwidth"},
      {"IntQuant", 1, "X scale zeropt bitwidth"},
      {"BipolarQuant", 1, "X scale"},
      {"Trunc", 1, "X scale zeropt in_bits out_bits"},
      {"Trunc", 2, "X scale zeropt in_bits out_scale out_bits"},
      {"FloatQuant", 1,
       "X scale exponent_bits mantissa_bits exponent_bias max_val"},
      {"MultiThreshold", 1, "v thresholds"},
  };
  for (const Operator &op : operators)
    registry.add(makeSchema(setun::onnx::kQonnxDomain, op.name, op.sinceVersion,
                            op.inputs, "Y", inferSameAsFirst));

  auto addChannelsLast = [&](const char *name, const char *inputs,
                             ::onnx::InferenceFunction infer) {
    registry.add(makeSchema(setun::onnx::kChannelsLastDomain, name, 1, inputs,
                            "Y", std::move(infer)));
  };
  addChannelsLast("Conv", "X W B?", inferChannelsLastWindow);
  addChannelsLast("MaxPool", "X", inferChannelsLastWindow);
  addChannelsLast("BatchNormalization", "X scale B mean var", inferSameAsFirst);
}
