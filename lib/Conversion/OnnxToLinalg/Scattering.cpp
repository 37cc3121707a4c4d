//===- Scattering.cpp - Elements written where indices say ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ScatterElements, ScatterND, TensorScatter: the data, with the updates written
// into it one after the other in row-major order. So of two updates of one
// element the later one wins, and float reductions have one order. An index
// that comes from outside is clamped into the tensor.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

namespace {
/// What becomes of an element and its update.
using Reduction = Value (*)(ScalarBuilder &, Value element, Value update);
} // namespace

/// Attribute `reduction`; null replaces the element.
static FailureOr<Reduction> getReduction(NodeLowering &node) {
  StringRef name = node.node.getString("reduction", "none");
  if (name == "none") {
    node.elements = Elements::Move;
    return Reduction(nullptr);
  }
  if (node.inputType(0).getElementType().isInteger(1))
    return node.error("reduction '" + name + "' of booleans is not supported");
  using S = ScalarBuilder;
  if (name == "add")
    return Reduction([](S &s, Value a, Value b) { return s.add(a, b); });
  if (name == "mul")
    return Reduction([](S &s, Value a, Value b) { return s.mul(a, b); });
  if (name == "max")
    return Reduction([](S &s, Value a, Value b) { return s.max(a, b); });
  if (name == "min")
    return Reduction([](S &s, Value a, Value b) { return s.min(a, b); });
  return node.error("reduction '" + name +
                    "' is not one of none, add, mul, max, min");
}

static Value extract(NodeLowering &node, OpBuilder &builder, Value tensor,
                     ValueRange at) {
  return tensor::ExtractOp::create(builder, node.loc, tensor, at);
}

/// Writes update number `from` to the place `to` of `result`.
static Value writeUpdate(NodeLowering &node, OpBuilder &builder, Value updates,
                         ValueRange from, Value result, ValueRange to,
                         Reduction reduce) {
  Value value = extract(node, builder, updates, from);
  if (reduce) {
    ScalarBuilder s(builder, node.loc, node.isUnsigned(0));
    value = reduce(s, extract(node, builder, result, to), value);
  }
  return tensor::InsertOp::create(builder, node.loc, value, result, to);
}

static LogicalResult checkScatter(NodeLowering &node, unsigned updates) {
  if (node.outputType() != node.inputType(0) ||
      node.inputType(updates).getElementType() !=
          node.inputType(0).getElementType())
    return node.error("data, updates and output differ in type");
  return success();
}

/// result[i..., with indices[i...] on the axis] = updates[i...]
static LogicalResult lowerScatterElements(NodeLowering &node) {
  RankedTensorType data = node.inputType(0), indices = node.inputType(1);
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 0), data.getRank());
  FailureOr<Reduction> reduce = getReduction(node);
  if (failed(axis) || failed(reduce) || failed(checkScatter(node, 2)))
    return failure();
  if (indices.getShape() != node.inputType(2).getShape() ||
      indices.getRank() != data.getRank())
    return node.error("the indices do not fit data and updates");
  int64_t size = data.getDimSize(*axis);
  if (failed(checkConstantIndices(node, 1, size, *axis)))
    return failure();
  if (indices.getNumElements() == 0)
    return node.replaceWith(node.input(0));
  for (int64_t dim = 0; dim < data.getRank(); ++dim)
    if (size == 0 ||
        (dim != *axis && indices.getDimSize(dim) > data.getDimSize(dim)))
      return node.error("the indices are larger than the data");
  Value positions = node.input(1), updates = node.input(2);
  return node.replaceWith(makeUpdates(
      node, indices.getShape(), node.input(0),
      [&](OpBuilder &builder, ValueRange at, Value result) {
        SmallVector<Value> to(at);
        Value index = extract(node, builder, positions, at);
        to[*axis] = clampIndex(builder, node.loc, index, size);
        return writeUpdate(node, builder, updates, at, result, to, *reduce);
      }));
}

/// result[indices[i...], after...] = updates[i..., after...], where the last
/// dimension of the indices holds whole positions.
static LogicalResult lowerScatterND(NodeLowering &node) {
  RankedTensorType data = node.inputType(0), indices = node.inputType(1);
  FailureOr<Reduction> reduce = getReduction(node);
  if (failed(reduce) || failed(checkScatter(node, 2)))
    return failure();
  int64_t rank = indices.getRank() - 1;
  int64_t depth = rank < 0 ? 0 : indices.getShape().back();
  if (rank < 0 || depth > data.getRank())
    return node.error("the indices have " + Twine(depth) +
                      " coordinates, the data has rank " +
                      Twine(data.getRank()));
  SmallVector<int64_t> shape(indices.getShape().drop_back());
  llvm::append_range(shape, data.getShape().drop_front(depth));
  if (node.inputType(2).getShape() != ArrayRef(shape))
    return node.error("the updates have shape [")
           << node.inputType(2).getShape() << "] instead of [" << shape << "]";
  if (llvm::is_contained(shape, 0))
    return node.replaceWith(node.input(0));
  if (data.getNumElements() == 0)
    return node.error("the data is empty");
  Value positions = node.input(1), updates = node.input(2);
  return node.replaceWith(makeUpdates(
      node, shape, node.input(0),
      [&](OpBuilder &builder, ValueRange at, Value result) {
        SmallVector<Value> to;
        for (int64_t i = 0; i < depth; ++i) {
          SmallVector<Value> where(at.take_front(rank));
          where.push_back(makeIndex(builder, node.loc, i));
          Value index = extract(node, builder, positions, where);
          to.push_back(
              clampIndex(builder, node.loc, index, data.getDimSize(i)));
        }
        llvm::append_range(to, at.drop_front(rank));
        return writeUpdate(node, builder, updates, at, result, to, *reduce);
      }));
}

/// result[b, ..., start[b] + i, ...] = update[b, ..., i, ...], the position on
/// the axis taken modulo its size if the mode is circular.
static LogicalResult lowerTensorScatter(NodeLowering &node) {
  RankedTensorType data = node.inputType(0), update = node.inputType(1);
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", -2), data.getRank());
  if (failed(axis) || failed(checkScatter(node, 1)))
    return failure();
  StringRef mode = node.node.getString("mode", "linear");
  if (mode != "linear" && mode != "circular")
    return node.error("mode '" + mode + "' is not one of linear, circular");
  SmallVector<int64_t> expected(data.getShape());
  if (update.getRank() == data.getRank())
    expected[*axis] = update.getDimSize(*axis);
  int64_t size = data.getDimSize(*axis), count = expected[*axis];
  if (*axis == 0 || update.getShape() != ArrayRef(expected) || count > size)
    return node.error("the update does not fit the data");
  if (node.has(2) && (node.inputType(2).getRank() != 1 ||
                      node.inputType(2).getDimSize(0) != data.getDimSize(0)))
    return node.error("expects one write index per batch");
  if (update.getNumElements() == 0)
    return node.replaceWith(node.input(0));
  Value starts = node.has(2) ? node.input(2) : Value();
  Value updates = node.input(1);
  return node.replaceWith(makeUpdates(
      node, update.getShape(), node.input(0),
      [&](OpBuilder &builder, ValueRange at, Value result) {
        SmallVector<Value> to(at);
        if (starts) {
          // Positions that exist: 0..size-count, and all where they wrap.
          Value start = extract(node, builder, starts, at[0]);
          start = clampIndex(builder, node.loc, start,
                             mode == "circular" ? size : size - count + 1);
          Value sum =
              arith::AddIOp::create(builder, node.loc, start, to[*axis]);
          to[*axis] =
              mode == "linear"
                  ? sum
                  : arith::RemUIOp::create(builder, node.loc, sum,
                                           makeIndex(builder, node.loc, size))
                        .getResult();
        }
        return writeUpdate(node, builder, updates, at, result, to, nullptr);
      }));
}

void setun::onnx::registerScattering(HandlerTable &table) {
  table["Scatter"] = {lowerScatterElements, 3};
  table["ScatterElements"] = {lowerScatterElements, 3};
  table["ScatterND"] = {lowerScatterND, 3};
  table["TensorScatter"] = {lowerTensorScatter, 2, Elements::Move};
}
