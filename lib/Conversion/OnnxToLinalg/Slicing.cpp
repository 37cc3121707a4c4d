//===- Slicing.cpp - Parts of tensors, and tensors from parts -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Slice, Split and Concat with positions that are known at compile time.
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

/// Few parts are written into the whole where they are made. Bufferization
/// takes time with the fourth power of such a chain, so many are copied.
static constexpr size_t kMaxInserts = 16;

FailureOr<Value> setun::onnx::makeConcat(NodeLowering &node, ValueRange parts) {
  RankedTensorType type = node.outputType();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 0), type.getRank());
  if (failed(axis))
    return failure();
  SmallVector<int64_t> offsets(type.getRank(), 0);
  bool isShort = parts.size() <= kMaxInserts;
  Value whole = isShort ? makeEmpty(node, type) : Value();
  for (auto [i, value] : llvm::enumerate(parts)) {
    auto part = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> expected(type.getShape());
    if (part.getRank() == type.getRank())
      expected[*axis] = part.getDimSize(*axis);
    if (part.getShape() != ArrayRef(expected) ||
        offsets[*axis] + expected[*axis] > type.getDimSize(*axis) ||
        part.getElementType() != type.getElementType())
      return node.error("part " + Twine(i) + " does not fit the output");
    if (isShort && part.getNumElements() > 0)
      whole = makeInsert(node, value, whole, offsets);
    offsets[*axis] += part.getDimSize(*axis);
  }
  if (offsets[*axis] != type.getDimSize(*axis))
    return node.error("the inputs do not add up to the output");
  if (!isShort)
    whole =
        tensor::ConcatOp::create(node.builder, node.loc, type, *axis, parts);
  return whole;
}

static LogicalResult lowerConcat(NodeLowering &node) {
  SmallVector<Value> parts;
  for (unsigned i = 0; i < node.numInputs(); ++i) {
    if (!node.has(i))
      return node.error("input " + Twine(i) + " is missing");
    parts.push_back(node.input(i));
  }
  FailureOr<Value> whole = makeConcat(node, parts);
  return failed(whole) ? failure() : node.replaceWith(*whole);
}

void setun::onnx::registerSlicing(HandlerTable &table) {
  table["Slice"] = {lowerSlice, 1, Elements::Move};
  table["Split"] = {lowerSplit, 1, Elements::Move};
  table["Concat"] = {lowerConcat, 1, Elements::Move};
}
