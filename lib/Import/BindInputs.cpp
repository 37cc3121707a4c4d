// `--bind axes=0,1` and `--bind axes=FILE`: a graph input becomes a constant.
// Most operators of shape need this where a model takes axes, pads or sizes
// from its caller: they decide types, which are static.
#include "ImportSteps.h"
#include "TensorData.h"
#include "Types.h"

#include "dialects/Onnx/ConstantData.h"
#include "setun/Support/NpyType.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace setun;
using namespace setun::importer;

namespace {

/// One input on its way to an initializer.
class InputBinder {
public:
  InputBinder(const ::onnx::ValueInfoProto &input, const InputBinding &binding,
              ImportContext &context)
      : input(input), binding(binding), context(context) {}

  FailureOr<::onnx::TensorProto> makeTensor();

private:
  InFlightDiagnostic error() const {
    return context.error() << "input " << quoted(input.name()) << ' ';
  }
  FailureOr<NpyArray> parseNumbers(Type element);
  LogicalResult appendNumber(StringRef number, Type element, NpyArray &array);
  LogicalResult checkShape(ArrayRef<int64_t> shape);

  const ::onnx::ValueInfoProto &input;
  const InputBinding &binding;
  ImportContext &context;
};

} // namespace

/// Appends one element, whose type has whole bytes.
LogicalResult InputBinder::appendNumber(StringRef number, Type element,
                                        NpyArray &array) {
  APInt bits;
  bool isGood = false;
  if (auto type = dyn_cast<FloatType>(element)) {
    APFloat value(type.getFloatSemantics());
    auto status = value.convertFromString(number, APFloat::rmNearestTiesToEven);
    if (status)
      isGood = !(*status & APFloat::opInvalidOp);
    else
      llvm::consumeError(status.takeError());
    bits = value.bitcastToAPInt();
  } else {
    unsigned width = element.getIntOrFloatBitWidth();
    bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
    bool isNegative = number.consume_front("-");
    // One more bit than the type has, so that a sign never turns up unasked.
    if (!number.getAsInteger(10, bits)) {
      bits = bits.zextOrTrunc(std::max(bits.getBitWidth(), 64u) + 1);
      if (isNegative)
        bits.negate();
      isGood = isUnsigned ? !bits.isNegative() && bits.isIntN(width)
                          : bits.isSignedIntN(width);
      bits = bits.trunc(std::max(width, 8u));
    }
  }
  if (!isGood)
    return error() << "cannot be bound to " << quoted(binding.numbers)
                   << ": accepted are values of its type, " << array.dtype;
  for (unsigned byte = 0; byte < bits.getBitWidth() / 8; ++byte)
    array.data.push_back(
        static_cast<char>(bits.extractBitsAsZExtValue(8, 8 * byte)));
  return success();
}

/// A list of numbers; one number for a scalar.
FailureOr<NpyArray> InputBinder::parseNumbers(Type element) {
  NpyArray array;
  array.dtype = getNpyType(element);
  StringRef text = StringRef(binding.numbers).trim();
  if (text.consume_front("["))
    text.consume_back("]");
  SmallVector<StringRef> numbers;
  if (!text.empty())
    text.split(numbers, ',');
  for (StringRef number : numbers)
    if (failed(appendNumber(number.trim(), element, array)))
      return failure();
  const auto &type = input.type().tensor_type();
  bool isScalar =
      numbers.size() == 1 && type.has_shape() && type.shape().dim().empty();
  if (!isScalar)
    array.shape.push_back(static_cast<int64_t>(numbers.size()));
  return array;
}

LogicalResult InputBinder::checkShape(ArrayRef<int64_t> shape) {
  const auto &type = input.type().tensor_type();
  if (!type.has_shape())
    return success();
  auto fits = [](const ::onnx::TensorShapeProto::Dimension &dim,
                 int64_t extent) {
    return !dim.has_dim_value() || dim.dim_value() < 0 ||
           dim.dim_value() == extent;
  };
  if (type.shape().dim_size() == static_cast<int>(shape.size()) &&
      llvm::all_of_zip(type.shape().dim(), shape, fits))
    return success();
  return error() << "cannot be bound to an array of shape ["
                 << llvm::join(llvm::map_range(shape,
                                               [](int64_t extent) {
                                                 return std::to_string(extent);
                                               }),
                               ", ")
                 << "]: the model says another one";
}

FailureOr<::onnx::TensorProto> InputBinder::makeTensor() {
  if (!input.type().has_tensor_type())
    return error() << "cannot be bound: it is no tensor";
  Type element =
      getElementType(context.context, input.type().tensor_type().elem_type());
  std::string dtype =
      element && element.isIntOrFloat() &&
              (element.isInteger(1) || element.getIntOrFloatBitWidth() >= 8)
          ? getNpyType(element)
          : "";
  if (dtype.empty())
    return error() << "cannot be bound: accepted are booleans, integers and "
                      "floats of whole bytes";
  FailureOr<NpyArray> array = binding.array
                                  ? FailureOr<NpyArray>(*binding.array)
                                  : parseNumbers(element);
  if (failed(array))
    return failure();
  if (array->dtype != dtype)
    return error() << "cannot be bound to " << array->dtype << ": it has "
                   << dtype;
  if (failed(checkShape(array->shape)))
    return failure();
  ::onnx::TensorProto tensor;
  tensor.set_name(input.name());
  tensor.set_data_type(input.type().tensor_type().elem_type());
  for (int64_t extent : array->shape)
    tensor.add_dims(extent);
  tensor.set_raw_data(array->data.data(), array->data.size());
  return tensor;
}

LogicalResult importer::bindInputs(::onnx::ModelProto &model,
                                   ImportContext &context) {
  ::onnx::GraphProto &graph = *model.mutable_graph();
  for (const InputBinding &binding : context.options.bindings) {
    auto input = llvm::find_if(*graph.mutable_input(), [&](const auto &input) {
      return input.name() == binding.name;
    });
    if (input == graph.mutable_input()->end())
      return context.error()
             << "the model has no input " << quoted(binding.name) << " to bind";
    FailureOr<::onnx::TensorProto> tensor =
        InputBinder(*input, binding, context).makeTensor();
    if (failed(tensor))
      return failure();
    *graph.add_initializer() = std::move(*tensor);
    graph.mutable_input()->erase(input);
  }
  return success();
}
