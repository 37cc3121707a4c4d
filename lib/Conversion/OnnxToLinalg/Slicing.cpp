//===- Slicing.cpp - Parts of tensors, and tensors from parts -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Slice, Split, Concat and Pad with positions that are known at compile time.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {
/// result[i] = input[offset + i * step] in every dimension.
struct SliceRange {
  SmallVector<int64_t> offsets, sizes, steps;
};
} // namespace

/// Number of elements from `start` to before `end`, both already clamped.
static int64_t countSteps(int64_t start, int64_t end, int64_t step) {
  int64_t distance = step > 0 ? end - start : start - end;
  int64_t stride = std::abs(step);
  return distance <= 0 ? 0 : (distance - 1) / stride + 1;
}

static FailureOr<SliceRange> readSlice(NodeLowering &node) {
  ArrayRef<int64_t> shape = node.inputType(0).getShape();
  int64_t rank = shape.size();
  // starts, ends, axes, steps: attributes before opset 10, inputs since.
  SmallVector<std::optional<SmallVector<int64_t>>, 4> given;
  for (StringRef name : {"starts", "ends", "axes", "steps"}) {
    auto values = node.intsAttributeOrInput(name, given.size() + 1);
    if (failed(values))
      return failure();
    given.push_back(*values);
  }
  auto &starts = given[0], &ends = given[1], &axes = given[2],
       &steps = given[3];
  if (!starts || !ends || starts->size() != ends->size() ||
      (axes && axes->size() != starts->size()) ||
      (steps && steps->size() != starts->size()))
    return node.error("starts, ends, axes and steps need one number per axis");

  SliceRange range;
  range.offsets.assign(rank, 0);
  range.sizes.assign(shape.begin(), shape.end());
  range.steps.assign(rank, 1);
  for (size_t i = 0; i < starts->size(); ++i) {
    FailureOr<int64_t> axis =
        node.normalizeAxis(axes ? (*axes)[i] : static_cast<int64_t>(i), rank);
    if (failed(axis))
      return failure();
    int64_t size = shape[*axis], step = steps ? (*steps)[i] : 1;
    // Beyond any size a step takes the first element only.
    step = std::clamp<int64_t>(step, -size - 1, size + 1);
    if (step == 0)
      return node.error("step 0 on axis " + Twine(*axis));
    // Negative positions count from the end; then clamp to what exists.
    auto place = [&](int64_t at, int64_t low, int64_t high) {
      return std::clamp(at < 0 ? std::max(at, -size - 1) + size : at, low,
                        high);
    };
    int64_t start = step > 0 ? place((*starts)[i], 0, size)
                             : place((*starts)[i], -1, size - 1);
    int64_t end =
        step > 0 ? place((*ends)[i], 0, size) : place((*ends)[i], -1, size - 1);
    range.offsets[*axis] = start;
    range.steps[*axis] = step;
    range.sizes[*axis] = countSteps(start, end, step);
  }
  return range;
}

/// Slices with negative steps, as loads at computed indices.
static Value makeReversedSlice(NodeLowering &node, const SliceRange &range) {
  Value input = node.input(0);
  return *makeElementwise(
      node, node.outputType(), {},
      [&](OpBuilder &builder, ValueRange) -> Value {
        SmallVector<Value> indices;
        for (auto [dim, offset, step] :
             llvm::enumerate(range.offsets, range.steps)) {
          Value at = linalg::IndexOp::create(builder, node.loc, dim);
          auto index = [&](int64_t value) {
            return arith::ConstantIndexOp::create(builder, node.loc, value);
          };
          at = arith::MulIOp::create(builder, node.loc, at, index(step));
          indices.push_back(
              arith::AddIOp::create(builder, node.loc, at, index(offset)));
        }
        return tensor::ExtractOp::create(builder, node.loc, input, indices);
      });
}

static LogicalResult lowerSlice(NodeLowering &node) {
  FailureOr<SliceRange> range = readSlice(node);
  if (failed(range))
    return failure();
  if (node.outputType().getShape() != ArrayRef(range->sizes))
    return node.error("the slice has shape [")
           << range->sizes << "], but the output is declared as ["
           << node.outputType().getShape() << "]";
  if (node.outputType().getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, node.outputType()));
  if (llvm::all_of(range->steps, [](int64_t step) { return step > 0; }))
    return node.replaceWith(makeSlice(node, node.input(0), range->offsets,
                                      range->sizes, range->steps));
  return node.replaceWith(makeReversedSlice(node, *range));
}

//===----------------------------------------------------------------------===//
// Split and Concat
//===----------------------------------------------------------------------===//

/// The outputs' types say where to cut.
static LogicalResult lowerSplit(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 0), type.getRank());
  if (failed(axis))
    return failure();
  SmallVector<int64_t> offsets(type.getRank(), 0), steps(type.getRank(), 1);
  SmallVector<Value> parts;
  for (unsigned i = 0; i < node.node.getOutputs().size(); ++i) {
    RankedTensorType part = node.outputType(i);
    if (part.getRank() != type.getRank() ||
        offsets[*axis] + part.getDimSize(*axis) > type.getDimSize(*axis))
      return node.error("the outputs do not add up to the input");
    parts.push_back(
        makeSlice(node, node.input(0), offsets, part.getShape(), steps));
    offsets[*axis] += part.getDimSize(*axis);
  }
  return node.replaceWith(parts);
}

static LogicalResult lowerConcat(NodeLowering &node) {
  RankedTensorType type = node.outputType();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 0), type.getRank());
  if (failed(axis))
    return failure();
  SmallVector<int64_t> offsets(type.getRank(), 0);
  Value whole = makeEmpty(node, type);
  for (unsigned i = 0; i < node.numInputs(); ++i) {
    RankedTensorType part = node.inputType(i);
    SmallVector<int64_t> expected(type.getShape());
    if (part.getRank() == type.getRank())
      expected[*axis] = part.getDimSize(*axis);
    if (part.getShape() != ArrayRef(expected) ||
        offsets[*axis] + expected[*axis] > type.getDimSize(*axis) ||
        part.getElementType() != type.getElementType())
      return node.error("input " + Twine(i) + " does not fit the output");
    if (part.getNumElements() > 0)
      whole = makeInsert(node, node.input(i), whole, offsets);
    offsets[*axis] += part.getDimSize(*axis);
  }
  if (offsets[*axis] != type.getDimSize(*axis))
    return node.error("the inputs do not add up to the output");
  return node.replaceWith(whole);
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

/// The value around the input: attribute `value` before opset 11, input 2
/// since.
static FailureOr<TypedAttr> getPadValue(NodeLowering &node) {
  Type element = node.inputType(0).getElementType();
  if (!node.has(2))
    return getNumber(element, node.node.getFloat("value", 0.0f));
  std::optional<ConstantData> data = node.constant(2);
  if (!data || data->size() != 1)
    return node.error("the padding value must be a constant scalar");
  if (isa<FloatType>(element))
    return getNumber(element, data->asDouble(0));
  return TypedAttr(IntegerAttr::get(
      element, APInt(element.getIntOrFloatBitWidth(), data->asInt(0),
                     /*isSigned=*/true, /*implicitTrunc=*/true)));
}

static LogicalResult lowerPad(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  int64_t rank = type.getRank();
  if (node.outputType().getRank() != rank)
    return node.error("the output does not fit the input");
  if (node.node.getString("mode", "constant") != "constant")
    return node.error("only mode 'constant' is supported, not '" +
                      node.node.getString("mode", "") + "'");
  auto pads = node.intsAttributeOrInput("pads", 1);
  if (failed(pads))
    return failure();
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (node.has(3)) {
    FailureOr<SmallVector<int64_t>> given = node.constantInts(3, "axes");
    if (failed(given))
      return failure();
    axes = *given;
  }
  if (!*pads || (*pads)->size() != 2 * axes.size())
    return node.error("expects two pads for each of " + Twine(axes.size()) +
                      " axes");
  FailureOr<TypedAttr> value = getPadValue(node);
  if (failed(value))
    return failure();

  // A negative pad cuts off: what remains is put into the filled output.
  SmallVector<int64_t> from(rank, 0), to(rank, 0), sizes(type.getShape());
  for (auto [i, given] : llvm::enumerate(axes)) {
    FailureOr<int64_t> axis = node.normalizeAxis(given, rank);
    if (failed(axis))
      return failure();
    int64_t before = (**pads)[i], after = (**pads)[axes.size() + i];
    from[*axis] = std::max<int64_t>(0, -before);
    to[*axis] = std::max<int64_t>(0, before);
    sizes[*axis] -= from[*axis] + std::max<int64_t>(0, -after);
    if (sizes[*axis] < 0 ||
        node.outputType().getDimSize(*axis) !=
            to[*axis] + sizes[*axis] + std::max<int64_t>(0, after))
      return node.error("pads do not fit axis " + Twine(*axis));
  }
  Value filled = makeFilled(node, node.outputType(), *value);
  if (llvm::is_contained(sizes, 0))
    return node.replaceWith(filled);
  SmallVector<int64_t> steps(rank, 1);
  Value part = node.input(0);
  if (type.getShape() != ArrayRef(sizes))
    part = makeSlice(node, part, from, sizes, steps);
  return node.replaceWith(makeInsert(node, part, filled, to));
}

void setun::onnx::registerSlicing(HandlerTable &table) {
  table["Slice"] = {lowerSlice, 1, Elements::Move};
  table["Split"] = {lowerSplit, 1, Elements::Move};
  table["Concat"] = {lowerConcat, 1, Elements::Move};
  table["Pad"] = lowerPad;
}
