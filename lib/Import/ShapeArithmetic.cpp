// One small function per operator of shape arithmetic, and the table of them.
// Values travel flat; their shape is that of the type.
#include "ShapeArithmetic.h"
#include "ShapeNumbers.h"

#include "onnx/defs/shape_inference.h"
#include "onnx/defs/tensor_proto_util.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

using namespace setun;
using namespace setun::importer;
using Context = ::onnx::DataPropagationContext;
using Tensor = ::onnx::TensorProto;

/// Elements of a tensor, row-major; nothing for those that are not known.
using Values = llvm::SmallVector<std::optional<int64_t>, 8>;

//===----------------------------------------------------------------------===//
// Reading and writing
//===----------------------------------------------------------------------===//

/// Shape of input `index`, if it is known.
static std::optional<llvm::SmallVector<int64_t>> getShape(Context &context,
                                                          size_t index) {
  const ::onnx::TypeProto *type =
      index < context.getNumInputs() ? context.getInputType(index) : nullptr;
  if (!type || !type->tensor_type().has_shape())
    return std::nullopt;
  llvm::SmallVector<int64_t> shape;
  for (const auto &dim : type->tensor_type().shape().dim()) {
    if (!dim.has_dim_value())
      return std::nullopt;
    shape.push_back(dim.dim_value());
  }
  return shape;
}

static int32_t getElementType(Context &context, size_t index) {
  const ::onnx::TypeProto *type =
      index < context.getNumInputs() ? context.getInputType(index) : nullptr;
  return type ? type->tensor_type().elem_type() : Tensor::UNDEFINED;
}

/// The elements of input `index`, of any type whose values are known.
static std::optional<Values> getElements(Context &context, size_t index) {
  auto shape = getShape(context, index);
  if (!shape)
    return std::nullopt;
  int64_t size = std::accumulate(shape->begin(), shape->end(), int64_t(1),
                                 std::multiplies<int64_t>());
  int32_t type = getElementType(context, index);
  if (!isShapeInteger(type) && !(isShapeFloat(type) && size <= kMaxShapeFloats))
    return std::nullopt;
  const ::onnx::TensorShapeProto *data = context.getInputData(index);
  if (!data || data->dim_size() != size)
    return std::nullopt;
  Values values;
  for (const auto &dim : data->dim())
    values.push_back(dim.has_dim_value() ? std::optional(dim.dim_value())
                                         : std::nullopt);
  return values;
}

/// The elements of an input of integers or booleans.
static std::optional<Values> getValues(Context &context, size_t index) {
  return isShapeInteger(getElementType(context, index))
             ? getElements(context, index)
             : std::nullopt;
}

/// The elements of a vector.
static std::optional<Values> getVector(Context &context, size_t index) {
  auto shape = getShape(context, index);
  return shape && shape->size() == 1 ? getElements(context, index)
                                     : std::nullopt;
}

/// Input `index` if it is one known number.
static std::optional<int64_t> getScalar(Context &context, size_t index) {
  std::optional<Values> values = getValues(context, index);
  return values && values->size() == 1 ? values->front() : std::nullopt;
}

static void setValues(Context &context, const Values &values,
                      size_t output = 0) {
  if (values.empty() || values.size() > kMaxShapeElements)
    return;
  ::onnx::TensorShapeProto data;
  for (std::optional<int64_t> value : values) {
    auto *dim = data.add_dim();
    if (value)
      dim->set_dim_value(*value);
  }
  context.addOutputData(output, std::move(data));
}

static void copyFirstInput(Context &context) {
  if (std::optional<Values> values = getElements(context, 0))
    setValues(context, *values);
}

//===----------------------------------------------------------------------===//
// Elementwise operators
//===----------------------------------------------------------------------===//

using Number = std::optional<int64_t>;

static Number add(int64_t a, int64_t b) {
  int64_t result;
  return llvm::AddOverflow(a, b, result) ? Number() : Number(result);
}
static Number subtract(int64_t a, int64_t b) {
  int64_t result;
  return llvm::SubOverflow(a, b, result) ? Number() : Number(result);
}
static Number multiply(int64_t a, int64_t b) {
  int64_t result;
  return llvm::MulOverflow(a, b, result) ? Number() : Number(result);
}
/// Runtimes differ in how they round negative quotients.
static Number divide(int64_t a, int64_t b) {
  return a >= 0 && b > 0 ? Number(a / b) : Number();
}
static Number remainder(int64_t a, int64_t b) {
  return a >= 0 && b > 0 ? Number(a % b) : Number();
}
static Number minimum(int64_t a, int64_t b) { return std::min(a, b); }
static Number maximum(int64_t a, int64_t b) { return std::max(a, b); }
static Number isEqual(int64_t a, int64_t b) { return a == b; }
static Number isLess(int64_t a, int64_t b) { return a < b; }
static Number isGreater(int64_t a, int64_t b) { return a > b; }

static double addFloats(double a, double b) { return a + b; }
static double subtractFloats(double a, double b) { return a - b; }
static double multiplyFloats(double a, double b) { return a * b; }
static double divideFloats(double a, double b) { return a / b; }
static double minimumFloat(double a, double b) { return std::min(a, b); }
static double maximumFloat(double a, double b) { return std::max(a, b); }
static bool areFloatsEqual(double a, double b) { return a == b; }
static bool isFloatLess(double a, double b) { return a < b; }
static bool isFloatGreater(double a, double b) { return a > b; }

template <Number (*compute)(int64_t, int64_t)>
static Number applyIfKnown(Number a, Number b) {
  return a && b ? compute(*a, *b) : Number();
}

/// The same for floats of a type, by a function to a float or to a truth value.
/// A NaN is not known.
template <auto compute>
static Number applyToFloats(Number a, Number b, int32_t type) {
  if constexpr (std::is_same_v<decltype(compute), std::nullptr_t>) {
    return std::nullopt;
  } else {
    if (!a || !b)
      return std::nullopt;
    auto result = compute(decodeFloat(*a), decodeFloat(*b));
    if constexpr (std::is_same_v<decltype(result), bool>)
      return result;
    else
      return std::isnan(result) ? Number()
                                : encodeFloat(roundToType(result, type));
  }
}

/// All inputs from left to right, with broadcasting of single elements.
template <Number (*compute)(int64_t, int64_t), auto computeFloats = nullptr>
static void foldElementwise(Context &context) {
  std::optional<Values> result = getElements(context, 0);
  int32_t type = getElementType(context, 0);
  for (size_t i = 1; i < context.getNumInputs(); ++i) {
    std::optional<Values> next = getElements(context, i);
    if (!result || !next || getElementType(context, i) != type)
      return;
    if (result->size() == 1)
      result->assign(next->size(), result->front());
    if (next->size() == 1)
      next->assign(result->size(), next->front());
    if (next->size() != result->size())
      return;
    for (auto [left, right] : llvm::zip(*result, *next))
      left = isShapeFloat(type)
                 ? applyToFloats<computeFloats>(left, right, type)
                 : applyIfKnown<compute>(left, right);
  }
  if (result)
    setValues(context, *result);
}

template <double (*compute)(double)> static double ofFirst(double x, double) {
  return compute(x);
}

/// Each element of an input of floats.
template <double (*compute)(double)> static void mapFloats(Context &context) {
  std::optional<Values> values = getElements(context, 0);
  int32_t type = getElementType(context, 0);
  if (!values || !isShapeFloat(type))
    return;
  for (Number &value : *values)
    value = applyToFloats<ofFirst<compute>>(value, value, type);
  setValues(context, *values);
}

static double relu(double x) { return x > 0 ? x : 0; }
static double negative(double x) { return -x; }

/// The elements of input 0 folded to one number.
template <Number (*compute)(int64_t, int64_t)>
static void reduce(Context &context) {
  std::optional<Values> values = getVector(context, 0);
  if (!values || values->empty() ||
      !isShapeInteger(getElementType(context, 0)) ||
      context.getAttribute("noop_with_empty_axes"))
    return;
  Number result = values->front();
  for (Number value : llvm::drop_begin(*values))
    result = applyIfKnown<compute>(result, value);
  setValues(context, {result});
}

/// Input 0, each element against one number.
template <Number (*compute)(int64_t, int64_t)>
static void compareFirstInput(Context &context, int64_t number) {
  std::optional<Values> values = getValues(context, 0);
  if (!values)
    return;
  for (Number &value : *values)
    value = applyIfKnown<compute>(value, number);
  setValues(context, *values);
}

static void negate(Context &context) {
  if (isShapeFloat(getElementType(context, 0)))
    return mapFloats<negative>(context);
  std::optional<Values> values = getValues(context, 0);
  if (!values)
    return;
  for (Number &value : *values)
    value = applyIfKnown<subtract>(0, value);
  setValues(context, *values);
}

static void select(Context &context) {
  std::optional<Values> inputs[3];
  size_t size = 1;
  for (int i = 0; i < 3; ++i) {
    inputs[i] = i == 0 ? getValues(context, i) : getElements(context, i);
    if (!inputs[i])
      return;
    size = std::max(size, inputs[i]->size());
  }
  for (std::optional<Values> &input : inputs) {
    if (input->size() == 1)
      input->assign(size, input->front());
    if (input->size() != size)
      return;
  }
  Values result;
  for (auto [condition, yes, no] :
       llvm::zip(*inputs[0], *inputs[1], *inputs[2]))
    result.push_back(!condition ? Number() : *condition ? yes : no);
  setValues(context, result);
}

static void castTo(Context &context, int32_t type) {
  std::optional<Values> values = getElements(context, 0);
  if (!values)
    return;
  for (Number &value : *values)
    if (value)
      value = castNumber(*value, getElementType(context, 0), type);
  setValues(context, *values);
}

static void castValues(Context &context) {
  if (const ::onnx::AttributeProto *to = context.getAttribute("to"))
    castTo(context, static_cast<int32_t>(to->i()));
}

static void castLike(Context &context) {
  castTo(context, getElementType(context, 1));
}

static void invert(Context &context) { compareFirstInput<isEqual>(context, 0); }

//===----------------------------------------------------------------------===//
// Operators that move elements
//===----------------------------------------------------------------------===//

static void transpose(Context &context) {
  std::optional<Values> values = getElements(context, 0);
  if (!values)
    return;
  llvm::SmallVector<int64_t> shape = *getShape(context, 0);
  int64_t rank = shape.size();
  llvm::SmallVector<int64_t> order(rank), strides(rank, 1);
  std::iota(order.rbegin(), order.rend(), 0);
  if (const ::onnx::AttributeProto *perm = context.getAttribute("perm"))
    order.assign(perm->ints().begin(), perm->ints().end());
  if (static_cast<int64_t>(order.size()) != rank ||
      llvm::any_of(order, [&](int64_t i) { return i < 0 || i >= rank; }))
    return;
  for (int64_t i = rank - 1; i > 0; --i)
    strides[i - 1] = strides[i] * shape[i];

  Values result;
  llvm::SmallVector<int64_t> position(rank, 0);
  for (size_t count = values->size(); count > 0; --count) {
    int64_t offset = 0;
    for (int64_t i = 0; i < rank; ++i)
      offset += position[i] * strides[order[i]];
    result.push_back((*values)[offset]);
    for (int64_t i = rank - 1; i >= 0; --i) {
      if (++position[i] < shape[order[i]])
        break;
      position[i] = 0;
    }
  }
  setValues(context, result);
}

static void concat(Context &context) {
  Values result;
  for (size_t i = 0; i < context.getNumInputs(); ++i) {
    std::optional<Values> values = getVector(context, i);
    if (!values)
      return;
    llvm::append_range(result, *values);
  }
  setValues(context, result);
}

static void gather(Context &context) {
  std::optional<Values> data = getVector(context, 0);
  std::optional<Values> indices = getValues(context, 1);
  if (!data || !indices)
    return;
  int64_t size = data->size();
  Values result;
  for (Number index : *indices) {
    if (!index || *index < -size || *index >= size)
      return;
    result.push_back((*data)[*index < 0 ? *index + size : *index]);
  }
  setValues(context, result);
}

/// A number of Slice that opset 1 has as attribute `name`, later ones as input.
static Number getSliceNumber(Context &context, size_t input, const char *name,
                             int64_t otherwise) {
  if (const ::onnx::AttributeProto *attr = context.getAttribute(name))
    return attr->ints_size() == 1 ? Number(attr->ints(0)) : Number();
  if (input >= context.getNumInputs() || !context.getInputType(input))
    return otherwise;
  return getScalar(context, input);
}

/// Along one axis, as parts [outer][size][inner].
static void slice(Context &context) {
  std::optional<Values> data = getElements(context, 0);
  Number start = getSliceNumber(context, 1, "starts", 0);
  Number end = getSliceNumber(context, 2, "ends", 0);
  Number axis = getSliceNumber(context, 3, "axes", 0);
  Number step = getSliceNumber(context, 4, "steps", 1);
  if (!data || data->empty() || !start || !end || !axis || !step || *step == 0)
    return;
  llvm::SmallVector<int64_t> shape = *getShape(context, 0);
  int64_t rank = shape.size(), along = *axis < 0 ? *axis + rank : *axis;
  if (along < 0 || along >= rank)
    return;
  int64_t size = shape[along], inner = 1;
  for (int64_t i = along + 1; i < rank; ++i)
    inner *= shape[i];

  // Negative positions count from the end; then cut to what can be reached.
  bool isForward = *step > 0;
  auto place = [&](int64_t position, int64_t low, int64_t high) {
    return std::clamp(position < 0 ? position + size : position, low, high);
  };
  int64_t first = place(*start, 0, isForward ? size : size - 1);
  int64_t last = isForward ? place(*end, 0, size) : place(*end, -1, size - 1);
  int64_t stride = std::clamp<int64_t>(*step, -size - 1, size + 1);
  Values result;
  for (int64_t part = 0, e = data->size(); part < e; part += size * inner)
    for (int64_t i = first; isForward ? i < last : i > last; i += stride)
      result.append(data->begin() + part + i * inner,
                    data->begin() + part + (i + 1) * inner);
  setValues(context, result);
}

/// A vector of `count` equal numbers, if it is short.
static void setRepeated(Context &context, Number count, Number value) {
  if (count && *count >= 0 && *count <= kMaxShapeElements)
    setValues(context, Values(*count, value));
}

static void expand(Context &context) {
  std::optional<Values> values = getElements(context, 0);
  std::optional<Values> shape = getValues(context, 1);
  if (values && values->size() == 1 && shape && shape->size() == 1)
    setRepeated(context, shape->front(), values->front());
}

/// A vector in equal parts, or in those that attribute or input say.
static void split(Context &context) {
  std::optional<Values> values = getVector(context, 0);
  int64_t parts = static_cast<int64_t>(context.getNumOutputs());
  if (!values || parts == 0)
    return;
  int64_t size = values->size(), each = (size + parts - 1) / parts;
  Values sizes(parts, each);
  if (const ::onnx::AttributeProto *attr = context.getAttribute("split"))
    sizes.assign(attr->ints().begin(), attr->ints().end());
  else if (context.getNumInputs() > 1 && context.getInputType(1)) {
    std::optional<Values> given = getValues(context, 1);
    if (!given)
      return;
    sizes = *given;
  } else if (parts > 1)
    sizes.back() = size - each * (parts - 1);
  if (static_cast<int64_t>(sizes.size()) != parts)
    return;
  int64_t first = 0;
  for (int64_t part = 0; part < parts; ++part) {
    Number count = sizes[part];
    if (!count || *count < 0 || *count > size - first)
      return;
    setValues(context,
              Values(values->begin() + first, values->begin() + first + *count),
              part);
    first += *count;
  }
}

static void constantOfShape(Context &context) {
  const ::onnx::AttributeProto *value = context.getAttribute("value");
  if (!value || (value->t().data_type() != Tensor::INT64 &&
                 value->t().data_type() != Tensor::INT32))
    return;
  Number fill;
  if (value->t().data_type() == Tensor::INT64) {
    auto data = ::onnx::ParseData<int64_t>(&value->t());
    fill = data.size() == 1 ? Number(data[0]) : Number();
  } else {
    auto data = ::onnx::ParseData<int32_t>(&value->t());
    fill = data.size() == 1 ? Number(data[0]) : Number();
  }
  setRepeated(context, getScalar(context, 0), fill);
}

static void range(Context &context) {
  Number start = getScalar(context, 0), limit = getScalar(context, 1),
         delta = getScalar(context, 2);
  if (!start || !limit || !delta || *delta == 0)
    return;
  Values result;
  for (Number next = start;
       next && (*delta > 0 ? *next < *limit : *next > *limit);
       next = add(*next, *delta)) {
    if (result.size() == kMaxShapeElements)
      return;
    result.push_back(next);
  }
  setValues(context, result);
}

::onnx::DataPropagationFunction
importer::getShapeArithmetic(llvm::StringRef opType) {
  using Function = void (*)(Context &);
  return llvm::StringSwitch<Function>(opType)
      .Case("Add", foldElementwise<add, addFloats>)
      .Case("And", foldElementwise<minimum>)
      .Case("Cast", castValues)
      .Case("CastLike", castLike)
      .Case("Ceil", mapFloats<std::ceil>)
      .Case("Concat", concat)
      .Case("ConstantOfShape", constantOfShape)
      .Case("Div", foldElementwise<divide, divideFloats>)
      .Case("Equal", foldElementwise<isEqual, areFloatsEqual>)
      .Case("Expand", expand)
      .Case("Floor", mapFloats<std::floor>)
      .Case("Gather", gather)
      .Case("Greater", foldElementwise<isGreater, isFloatGreater>)
      .Case("Identity", copyFirstInput)
      .Case("Less", foldElementwise<isLess, isFloatLess>)
      .Case("Max", foldElementwise<maximum, maximumFloat>)
      .Case("Min", foldElementwise<minimum, minimumFloat>)
      .Case("Mod", foldElementwise<remainder>)
      .Case("Mul", foldElementwise<multiply, multiplyFloats>)
      .Case("Neg", negate)
      .Case("Not", invert)
      .Case("Or", foldElementwise<maximum>)
      .Case("Range", range)
      .Case("ReduceMax", reduce<maximum>)
      .Case("ReduceMin", reduce<minimum>)
      .Case("ReduceProd", reduce<multiply>)
      .Case("ReduceSum", reduce<add>)
      .Case("Relu", mapFloats<relu>)
      .Case("Reshape", copyFirstInput)
      .Case("Round", mapFloats<std::nearbyint>)
      .Case("Slice", slice)
      .Case("Split", split)
      .Case("Sqrt", mapFloats<std::sqrt>)
      .Case("Squeeze", copyFirstInput)
      .Case("Sub", foldElementwise<subtract, subtractFloats>)
      .Case("Transpose", transpose)
      .Case("Unsqueeze", copyFirstInput)
      .Case("Where", select)
      .Default(nullptr);
}
