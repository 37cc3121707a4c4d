//===- IntegerFolding.cpp - Shape arithmetic at compile time --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An interpreter of the few operators that shapes are computed with, on lists
// of integers. One small function per operator; what it does not understand it
// leaves alone.
//===----------------------------------------------------------------------===//

#include "IntegerFolding.h"

#include "dialects/Onnx/ConstantData.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;
using setun::onnx::ConstantData;
using setun::onnx::NodeOp;

/// What is larger is no shape.
static constexpr int64_t kMaxElements = 1024;

namespace {
/// A constant: row-major values. Booleans are 0 and 1.
struct Integers {
  SmallVector<int64_t> shape;
  SmallVector<int64_t> values;
};

/// The result of an operator: nothing if it is not understood. The shape of the
/// result is the node's own, unless a function says otherwise.
using Result = std::optional<SmallVector<int64_t>>;
using Function = Result (*)(NodeOp, ArrayRef<Integers>);
} // namespace

static bool isShapeType(RankedTensorType type) {
  Type element = type.getElementType();
  return type.hasStaticShape() && type.getNumElements() <= kMaxElements &&
         (element.isSignlessInteger(64) || element.isSignlessInteger(32) ||
          element.isSignlessInteger(1));
}

static std::optional<Integers> readInput(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !isShapeType(type))
    return std::nullopt;
  std::optional<ConstantData> data = setun::onnx::getConstantData(value);
  if (!data)
    return std::nullopt;
  Integers result{SmallVector<int64_t>(type.getShape()), {}};
  for (int64_t i = 0; i < data->size(); ++i)
    result.values.push_back(data->asInt(i));
  return result;
}

static ArrayRef<int64_t> outputShape(NodeOp node) {
  return cast<RankedTensorType>(node.getOutputs()[0].getType()).getShape();
}

static std::optional<int64_t> normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return std::nullopt;
  return axis < 0 ? axis + rank : axis;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

/// Position in `shape`, broadcast, of element `position` of `resultShape`.
static int64_t broadcastPosition(int64_t position,
                                 ArrayRef<int64_t> resultShape,
                                 ArrayRef<int64_t> shape) {
  int64_t result = 0, stride = 1;
  for (size_t back = 0; back < resultShape.size(); ++back) {
    int64_t size = resultShape[resultShape.size() - 1 - back];
    int64_t index = position % size;
    position /= size;
    if (back >= shape.size())
      continue;
    int64_t own = shape[shape.size() - 1 - back];
    result += (own == 1 ? 0 : index) * stride;
    stride *= own;
  }
  return result;
}

/// Does `shape` broadcast to `resultShape`?
static bool broadcasts(ArrayRef<int64_t> shape, ArrayRef<int64_t> resultShape) {
  if (shape.size() > resultShape.size())
    return false;
  for (auto [own, wanted] :
       llvm::zip(llvm::reverse(shape), llvm::reverse(resultShape)))
    if (own != wanted && own != 1)
      return false;
  return true;
}

using Scalar = std::optional<int64_t> (*)(ArrayRef<int64_t>);

template <Scalar scalar, unsigned numInputs>
static Result elementwise(NodeOp node, ArrayRef<Integers> inputs) {
  ArrayRef<int64_t> shape = outputShape(node);
  if (inputs.size() != numInputs)
    return std::nullopt;
  for (const Integers &input : inputs)
    if (!broadcasts(input.shape, shape))
      return std::nullopt;
  SmallVector<int64_t> values;
  int64_t count = ShapedType::getNumElements(shape);
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<int64_t, 3> x;
    for (const Integers &input : inputs)
      x.push_back(input.values[broadcastPosition(i, shape, input.shape)]);
    std::optional<int64_t> value = scalar(x);
    if (!value)
      return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

// Sums and products wrap, as they do at run time.
static int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }
static std::optional<int64_t> add(ArrayRef<int64_t> x) {
  return wrap(static_cast<uint64_t>(x[0]) + static_cast<uint64_t>(x[1]));
}
static std::optional<int64_t> sub(ArrayRef<int64_t> x) {
  return wrap(static_cast<uint64_t>(x[0]) - static_cast<uint64_t>(x[1]));
}
static std::optional<int64_t> mul(ArrayRef<int64_t> x) {
  return wrap(static_cast<uint64_t>(x[0]) * static_cast<uint64_t>(x[1]));
}
static std::optional<int64_t> div(ArrayRef<int64_t> x) {
  if (x[1] == 0 || x[1] == -1)
    return std::nullopt;
  return x[0] / x[1];
}
/// The sign of the result is the divisor's.
static std::optional<int64_t> mod(ArrayRef<int64_t> x) {
  if (x[1] == 0 || x[1] == -1)
    return std::nullopt;
  int64_t rest = x[0] % x[1];
  return rest != 0 && (rest < 0) != (x[1] < 0) ? rest + x[1] : rest;
}
static std::optional<int64_t> neg(ArrayRef<int64_t> x) {
  return wrap(-static_cast<uint64_t>(x[0]));
}
static std::optional<int64_t> max(ArrayRef<int64_t> x) {
  return std::max(x[0], x[1]);
}
static std::optional<int64_t> min(ArrayRef<int64_t> x) {
  return std::min(x[0], x[1]);
}
static std::optional<int64_t> equal(ArrayRef<int64_t> x) {
  return x[0] == x[1];
}
static std::optional<int64_t> greater(ArrayRef<int64_t> x) {
  return x[0] > x[1];
}
static std::optional<int64_t> less(ArrayRef<int64_t> x) { return x[0] < x[1]; }
static std::optional<int64_t> logicNot(ArrayRef<int64_t> x) { return !x[0]; }
static std::optional<int64_t> where(ArrayRef<int64_t> x) {
  return x[0] ? x[1] : x[2];
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

/// Reshape, Squeeze, Unsqueeze, Flatten, Identity: the values stay.
static Result keep(NodeOp node, ArrayRef<Integers> inputs) {
  return inputs.front().values;
}

/// Between the integer types; the caller wraps to the result's.
static Result castInteger(NodeOp node, ArrayRef<Integers> inputs) {
  SmallVector<int64_t> values = inputs.front().values;
  auto type = cast<RankedTensorType>(node.getOutputs()[0].getType());
  if (type.getElementType().isInteger(1))
    for (int64_t &value : values)
      value = value != 0;
  return values;
}

static Result concat(NodeOp node, ArrayRef<Integers> inputs) {
  int64_t rank = inputs.front().shape.size();
  std::optional<int64_t> axis = normalizeAxis(node.getInt("axis", 0), rank);
  if (!axis)
    return std::nullopt;
  int64_t outer = 1;
  for (int64_t size : ArrayRef(inputs.front().shape).take_front(*axis))
    outer *= size;
  SmallVector<int64_t> values;
  for (int64_t i = 0; i < outer; ++i)
    for (const Integers &input : inputs) {
      if (input.values.size() % std::max<int64_t>(outer, 1) != 0)
        return std::nullopt;
      size_t run = input.values.size() / outer;
      llvm::append_range(values, ArrayRef(input.values).slice(i * run, run));
    }
  return values;
}

static Result gather(NodeOp node, ArrayRef<Integers> inputs) {
  if (inputs.size() != 2)
    return std::nullopt;
  const Integers &data = inputs[0], &indices = inputs[1];
  std::optional<int64_t> axis =
      normalizeAxis(node.getInt("axis", 0), data.shape.size());
  if (!axis)
    return std::nullopt;
  int64_t size = data.shape[*axis], inner = 1, outer = 1;
  for (auto [dim, extent] : llvm::enumerate(data.shape)) {
    if (static_cast<int64_t>(dim) < *axis)
      outer *= extent;
    if (static_cast<int64_t>(dim) > *axis)
      inner *= extent;
  }
  SmallVector<int64_t> values;
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t index : indices.values) {
      std::optional<int64_t> at = normalizeAxis(index, size);
      if (!at)
        return std::nullopt;
      llvm::append_range(
          values, ArrayRef(data.values).slice((i * size + *at) * inner, inner));
    }
  return values;
}

/// Of lists only: shapes have one dimension.
static Result slice(NodeOp node, ArrayRef<Integers> inputs) {
  const Integers &data = inputs.front();
  if (data.shape.size() != 1)
    return std::nullopt;
  int64_t size = data.shape[0];
  auto number = [&](StringRef name, unsigned index,
                    int64_t otherwise) -> std::optional<int64_t> {
    if (std::optional<ArrayRef<int64_t>> given = node.getInts(name))
      return given->size() == 1 ? std::optional(given->front()) : std::nullopt;
    if (index >= inputs.size())
      return otherwise;
    const Integers &input = inputs[index];
    return input.values.size() == 1 ? std::optional(input.values[0])
                                    : std::nullopt;
  };
  std::optional<int64_t> start = number("starts", 1, 0);
  std::optional<int64_t> end = number("ends", 2, size);
  std::optional<int64_t> axis = number("axes", 3, 0);
  std::optional<int64_t> step = number("steps", 4, 1);
  if (!start || !end || !axis || !step || !normalizeAxis(*axis, 1) ||
      *step == 0 || *step <= -kMaxElements || *step >= 2 * kMaxElements)
    return std::nullopt;
  auto place = [&](int64_t at, int64_t low, int64_t high) {
    return std::clamp(at < 0 ? std::max(at, -size - 1) + size : at, low, high);
  };
  SmallVector<int64_t> values;
  if (*step > 0)
    for (int64_t i = place(*start, 0, size), e = place(*end, 0, size); i < e;
         i += *step)
      values.push_back(data.values[i]);
  else
    for (int64_t i = place(*start, -1, size - 1), e = place(*end, -1, size - 1);
         i > e; i += *step)
      values.push_back(data.values[i]);
  return values;
}

static Result reduceProd(NodeOp node, ArrayRef<Integers> inputs) {
  if (inputs.front().shape.size() > 1)
    return std::nullopt;
  uint64_t product = 1;
  for (int64_t value : inputs.front().values)
    product *= static_cast<uint64_t>(value);
  return SmallVector<int64_t>{wrap(product)};
}

static Result range(NodeOp node, ArrayRef<Integers> inputs) {
  if (inputs.size() != 3 || inputs[0].values.size() != 1 ||
      inputs[2].values.size() != 1)
    return std::nullopt;
  SmallVector<int64_t> values;
  uint64_t value = inputs[0].values[0];
  for (int64_t i = 0; i < ShapedType::getNumElements(outputShape(node)); ++i) {
    values.push_back(wrap(value));
    value += static_cast<uint64_t>(inputs[2].values[0]);
  }
  return values;
}

/// The shape of the result is static, so only the value is wanted.
static Result constantOfShape(NodeOp node, ArrayRef<Integers>) {
  int64_t value = 0;
  if (ElementsAttr attr = node.getTensor("value")) {
    std::optional<ConstantData> data = ConstantData::get(attr);
    if (!data || data->size() != 1)
      return std::nullopt;
    value = data->asInt(0);
  }
  return SmallVector<int64_t>(ShapedType::getNumElements(outputShape(node)),
                              value);
}

//===----------------------------------------------------------------------===//
// Operators of a static shape, whatever the input holds
//===----------------------------------------------------------------------===//

static Result foldShape(NodeOp node) {
  auto type = dyn_cast<RankedTensorType>(node.getInputs()[0].getType());
  if (!type)
    return std::nullopt;
  int64_t rank = type.getRank();
  auto bound = [&](StringRef name, int64_t otherwise) {
    int64_t value = node.getInt(name, otherwise);
    return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank);
  };
  int64_t start = bound("start", 0), end = std::max(start, bound("end", rank));
  ArrayRef<int64_t> sizes = type.getShape().slice(start, end - start);
  if (llvm::any_of(sizes, ShapedType::isDynamic))
    return std::nullopt;
  return SmallVector<int64_t>(sizes);
}

static Result foldSize(NodeOp node) {
  auto type = dyn_cast<RankedTensorType>(node.getInputs()[0].getType());
  if (!type || !type.hasStaticShape())
    return std::nullopt;
  return SmallVector<int64_t>{type.getNumElements()};
}

//===----------------------------------------------------------------------===//
// Table
//===----------------------------------------------------------------------===//

static const llvm::StringMap<Function> &getFunctions() {
  static const llvm::StringMap<Function> functions = {
      {"Add", elementwise<add, 2>},
      {"Sub", elementwise<sub, 2>},
      {"Mul", elementwise<mul, 2>},
      {"Div", elementwise<div, 2>},
      {"Mod", elementwise<mod, 2>},
      {"Neg", elementwise<neg, 1>},
      {"Max", elementwise<max, 2>},
      {"Min", elementwise<min, 2>},
      {"Equal", elementwise<equal, 2>},
      {"Greater", elementwise<greater, 2>},
      {"Less", elementwise<less, 2>},
      {"Not", elementwise<logicNot, 1>},
      {"Where", elementwise<where, 3>},
      {"Identity", keep},
      {"Reshape", keep},
      {"Flatten", keep},
      {"Squeeze", keep},
      {"Unsqueeze", keep},
      {"Cast", castInteger},
      {"Concat", concat},
      {"Gather", gather},
      {"Slice", slice},
      {"ReduceProd", reduceProd},
      {"Range", range},
      {"ConstantOfShape", constantOfShape}};
  return functions;
}

static Result foldValues(NodeOp node) {
  if (node.getOpType() == "Shape" && node.getInputs().size() == 1)
    return foldShape(node);
  if (node.getOpType() == "Size" && node.getInputs().size() == 1)
    return foldSize(node);
  auto function = getFunctions().find(node.getOpType());
  if (function == getFunctions().end() || node.getInputs().empty() ||
      (node.getOpType() == "Mod" && node.getInt("fmod", 0) != 0))
    return std::nullopt;
  SmallVector<Integers> inputs;
  for (Value input : node.getInputs()) {
    std::optional<Integers> value = readInput(input);
    if (!value)
      return std::nullopt;
    inputs.push_back(std::move(*value));
  }
  return function->second(node, inputs);
}

ElementsAttr setun::foldIntegerNode(NodeOp node) {
  if (!node.getDomain().empty() || node.getOutputs().size() != 1 ||
      node.getNumRegions() != 0)
    return nullptr;
  auto type = dyn_cast<RankedTensorType>(node.getOutputs()[0].getType());
  if (!type || !isShapeType(type))
    return nullptr;
  Result values = foldValues(node);
  if (!values || static_cast<int64_t>(values->size()) != type.getNumElements())
    return nullptr;
  unsigned width = type.getElementTypeBitWidth();
  SmallVector<APInt> elements;
  for (int64_t value : *values)
    elements.push_back(
        APInt(width, value, /*isSigned=*/true, /*implicitTrunc=*/true));
  return DenseElementsAttr::get(type, elements);
}
