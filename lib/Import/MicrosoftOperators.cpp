// Operators that onnxruntime's quantisers and exporters write in the domain
// com.microsoft: one row of the table each, with the function that infers the
// type of the output.
#include "OperatorRegistry.h"

#include "dialects/Onnx/Onnx.h"
#include "onnx/defs/math/utils.h"
#include "onnx/defs/shape_inference.h"

using namespace setun::importer;
using ::onnx::InferenceContext;
using ::onnx::TensorShapeProto;

static TensorShapeProto &outputShape(InferenceContext &context) {
  return *context.getOutputType(0)->mutable_tensor_type()->mutable_shape();
}

/// The output has the element type of input `index`, or float without one.
static void takeElementType(InferenceContext &context, size_t index,
                            int32_t otherwise) {
  if (context.hasInput(index))
    ::onnx::propagateElemTypeFromInputToOutput(context, index, 0);
  else
    ::onnx::updateOutputElemType(context, 0, otherwise);
}

/// Elementwise with broadcasting of inputs `first` and `second`.
template <int first, int second>
static void inferBroadcast(InferenceContext &context) {
  takeElementType(context, first, ::onnx::TensorProto::UNDEFINED);
  if (::onnx::hasInputShape(context, first) &&
      ::onnx::hasInputShape(context, second))
    ::onnx::bidirectionalBroadcastShapeInference(
        ::onnx::getInputShape(context, first),
        ::onnx::getInputShape(context, second), outputShape(context));
}

/// QLinearWhere: condition, x and y are inputs 0, 1 and 4.
static void inferQLinearWhere(InferenceContext &context) {
  takeElementType(context, 1, ::onnx::TensorProto::UNDEFINED);
  std::vector<const TensorShapeProto *> shapes;
  for (size_t index : {0, 1, 4}) {
    if (!::onnx::hasInputShape(context, index))
      return;
    shapes.push_back(&::onnx::getInputShape(context, index));
  }
  ::onnx::multidirectionalBroadcastShapeInference(shapes, outputShape(context));
}

/// numpy's matmul of inputs 0 and 1; the type comes from input `type`.
template <int type> static void inferMatMul(InferenceContext &context) {
  takeElementType(context, type, ::onnx::TensorProto::UNDEFINED);
  ::onnx::defs::math::utils::MatMulShapeInference(context, 0, 1);
}

/// A times a packed matrix [N, K], transposed unless transB = 0 says otherwise.
static void inferPackedMatMul(InferenceContext &context) {
  takeElementType(context, 0, ::onnx::TensorProto::UNDEFINED);
  int64_t outputs = ::onnx::getRequiredAttributeInt(context, "N");
  int64_t inputs = ::onnx::getRequiredAttributeInt(context, "K");
  bool transposed = ::onnx::getAttribute(context, "transB", int64_t(1)) != 0;
  if (!transposed)
    std::swap(outputs, inputs);
  if (!::onnx::hasInputShape(context, 0))
    return;
  TensorShapeProto shape = ::onnx::getInputShape(context, 0);
  if (shape.dim_size() == 0)
    fail_shape_inference("A must have at least one dimension");
  auto *last = shape.mutable_dim(shape.dim_size() - 1);
  if (last->has_dim_value() && last->dim_value() != inputs)
    fail_shape_inference("A has ", last->dim_value(), " columns, but ",
                         transposed ? "K" : "N", " is ", inputs);
  last->set_dim_value(outputs);
  outputShape(context) = shape;
}

/// QGemm: the zero point of Y, input 8, decides between integers and float.
static void inferQGemm(InferenceContext &context) {
  takeElementType(context, 8, ::onnx::TensorProto::FLOAT);
  if (!::onnx::hasInputShape(context, 0) || !::onnx::hasInputShape(context, 3))
    return;
  const TensorShapeProto &a = ::onnx::getInputShape(context, 0);
  const TensorShapeProto &b = ::onnx::getInputShape(context, 3);
  if (a.dim_size() != 2 || b.dim_size() != 2)
    fail_shape_inference("A and B must be matrices");
  bool transA = ::onnx::getAttribute(context, "transA", int64_t(0)) != 0;
  bool transB = ::onnx::getAttribute(context, "transB", int64_t(0)) != 0;
  TensorShapeProto shape;
  *shape.add_dim() = a.dim(transA ? 1 : 0);
  *shape.add_dim() = b.dim(transB ? 0 : 1);
  outputShape(context) = shape;
}

static void refuseChannelsLast(InferenceContext &context) {
  if (::onnx::getAttribute(context, "channels_last", int64_t(0)) != 0)
    fail_shape_inference("channels_last is not supported, only NCHW is");
}

static void inferAveragePool(InferenceContext &context) {
  refuseChannelsLast(context);
  takeElementType(context, 0, ::onnx::TensorProto::UNDEFINED);
  ::onnx::convPoolShapeInference(context, /*use_dilation=*/false,
                                 /*require_kernel_shape=*/true, 0, 1);
}

static void inferGlobalAveragePool(InferenceContext &context) {
  refuseChannelsLast(context);
  ::onnx::globalPoolTypeShapeInference(context);
}

/// Concatenation of inputs 2, 5, 8, ...: each comes with scale and zero point.
static void inferQLinearConcat(InferenceContext &context) {
  takeElementType(context, 2, ::onnx::TensorProto::UNDEFINED);
  size_t numInputs = context.getNumInputs();
  for (size_t i = 2; i < numInputs; i += 3)
    if (!::onnx::hasInputShape(context, i))
      return;
  TensorShapeProto shape = ::onnx::getInputShape(context, 2);
  int64_t rank = shape.dim_size();
  int64_t axis = ::onnx::getRequiredAttributeInt(context, "axis");
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    fail_shape_inference("axis is outside the rank of the inputs");
  for (size_t i = 5; i < numInputs; i += 3) {
    const TensorShapeProto &other = ::onnx::getInputShape(context, i);
    if (other.dim_size() != rank)
      fail_shape_inference("the inputs differ in rank");
    auto *dim = shape.mutable_dim(axis);
    if (dim->has_dim_value() && other.dim(axis).has_dim_value())
      dim->set_dim_value(dim->dim_value() + other.dim(axis).dim_value());
    else
      dim->Clear();
  }
  outputShape(context) = shape;
}

/// Rows of a table of packed codes: `data` with the gathered axis replaced by
/// the shape of `indices`. uint8 data holds 8/bits codes a byte along its last
/// axis.
static void inferGatherBlockQuantized(InferenceContext &context) {
  takeElementType(context, 2, ::onnx::TensorProto::UNDEFINED);
  if (!::onnx::hasInputShape(context, 0) || !::onnx::hasInputShape(context, 1))
    return;
  TensorShapeProto data = ::onnx::getInputShape(context, 0);
  int64_t rank = data.dim_size();
  int64_t axis = ::onnx::getAttribute(context, "gather_axis", int64_t(0));
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    fail_shape_inference("gather_axis is outside the rank of data");
  int64_t bits = ::onnx::getAttribute(context, "bits", int64_t(4));
  if (bits != 2 && bits != 4 && bits != 8)
    fail_shape_inference("bits must be 2, 4 or 8, not ", bits);
  auto *last = data.mutable_dim(static_cast<int>(rank - 1));
  if (::onnx::getTensorElementType(*context.getInputType(0)) ==
          ::onnx::TensorProto::UINT8 &&
      last->has_dim_value())
    last->set_dim_value(last->dim_value() * (8 / bits));
  TensorShapeProto shape;
  for (int i = 0; i < rank; ++i) {
    if (i != axis)
      *shape.add_dim() = data.dim(i);
    else
      shape.mutable_dim()->MergeFrom(::onnx::getInputShape(context, 1).dim());
  }
  outputShape(context) = shape;
}

/// x with the element type of the zero point, or uint8.
static void inferQuantize(InferenceContext &context) {
  takeElementType(context, 2, ::onnx::TensorProto::UINT8);
  if (::onnx::hasInputShape(context, 0))
    ::onnx::propagateShapeFromInputToOutput(context, 0, 0);
}

/// x with the element type of the scale.
static void inferDequantize(InferenceContext &context) {
  takeElementType(context, 1, ::onnx::TensorProto::FLOAT);
  if (::onnx::hasInputShape(context, 0))
    ::onnx::propagateShapeFromInputToOutput(context, 0, 0);
}

void setun::importer::addMicrosoftOperators(OperatorRegistry &registry) {
  struct Operator {
    const char *name;
    const char *inputs;
    void (*infer)(InferenceContext &);
  };
  static const Operator operators[] = {
      {"BiasGelu", "A B", inferBroadcast<0, 1>},
      {"DequantizeLinear", "x x_scale x_zero_point?", inferDequantize},
      {"DynamicQuantizeMatMul", "A B b_scale b_zero_point? bias?",
       inferMatMul<0>},
      {"FastGelu", "X bias?", inferSameAsFirst},
      {"GatherBlockQuantized", "data indices scales zero_points?",
       inferGatherBlockQuantized},
      {"Gelu", "X", inferSameAsFirst},
      {"MatMulBnb4", "A B absmax", inferPackedMatMul},
      {"MatMulIntegerToFloat",
       "A B a_scale b_scale a_zero_point? b_zero_point? bias?", inferMatMul<2>},
      {"MatMulNBits", "A B scales zero_points? g_idx? bias?",
       inferPackedMatMul},
      {"QGemm",
       "A a_scale a_zero_point B b_scale b_zero_point C? y_scale? "
       "y_zero_point?",
       inferQGemm},
      {"QLinearAdd",
       "A A_scale A_zero_point? B B_scale B_zero_point? C_scale C_zero_point?",
       inferBroadcast<0, 3>},
      {"QLinearAveragePool", "X x_scale x_zero_point? y_scale y_zero_point?",
       inferAveragePool},
      {"QLinearConcat", "Y_scale Y_zero_point inputs*", inferQLinearConcat},
      {"QLinearGlobalAveragePool",
       "X x_scale x_zero_point y_scale y_zero_point", inferGlobalAveragePool},
      {"QLinearLeakyRelu", "X X_scale X_zero_point? Y_scale Y_zero_point?",
       inferSameAsFirst},
      {"QLinearMul",
       "A A_scale A_zero_point? B B_scale B_zero_point? C_scale C_zero_point?",
       inferBroadcast<0, 3>},
      {"QLinearSigmoid", "X X_scale X_zero_point? Y_scale Y_zero_point?",
       inferSameAsFirst},
      {"QLinearSoftmax", "X X_scale x_zero_point? y_scale y_zero_point",
       inferSameAsFirst},
      {"QLinearWhere",
       "condition X x_scale x_zero_point Y y_scale y_zero_point z_scale "
       "z_zero_point",
       inferQLinearWhere},
      {"QuantizeLinear", "x y_scale y_zero_point?", inferQuantize},
      {"QuickGelu", "X", inferSameAsFirst},
  };
  for (const Operator &op : operators)
    registry.add(makeSchema(setun::onnx::kMicrosoftDomain, op.name,
                            /*sinceVersion=*/1, op.inputs, "Y", op.infer));
}
