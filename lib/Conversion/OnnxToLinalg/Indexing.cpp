//===- Indexing.cpp - Elements picked or repeated by index ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gather, GatherElements, GatherND, Expand and Tile. An index that comes from
// outside is clamped into the tensor.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

/// out[before..., i..., after...] = data[before..., indices[i...], after...]
static LogicalResult lowerGather(NodeLowering &node) {
  RankedTensorType data = node.inputType(0), indices = node.inputType(1);
  RankedTensorType type = node.outputType();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 0), data.getRank());
  if (failed(axis))
    return failure();
  int64_t size = data.getDimSize(*axis);
  if (failed(checkConstantIndices(node, 1, size, *axis)))
    return failure();
  if (type.getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, type));
  if (size == 0 || type.getRank() != data.getRank() + indices.getRank() - 1)
    return node.error("the output does not fit data and indices");

  // The indices are an operand of the loops, the data is read at run time.
  MLIRContext *context = type.getContext();
  SmallVector<AffineExpr> indexDims;
  for (int64_t i = 0; i < indices.getRank(); ++i)
    indexDims.push_back(getAffineDimExpr(*axis + i, context));
  SmallVector<AffineMap> maps = {
      AffineMap::get(type.getRank(), 0, indexDims, context),
      AffineMap::getMultiDimIdentityMap(type.getRank(), context)};
  SmallVector<utils::IteratorType> loops(type.getRank(),
                                         utils::IteratorType::parallel);
  Value source = node.input(0);
  auto body = [&](OpBuilder &builder, Location loc, ValueRange x) {
    SmallVector<Value> at;
    for (int64_t dim = 0; dim < data.getRank(); ++dim) {
      int64_t loop = dim < *axis ? dim : dim + indices.getRank() - 1;
      at.push_back(
          dim == *axis
              ? clampIndex(builder, loc, x[0], size)
              : linalg::IndexOp::create(builder, loc, loop).getResult());
    }
    Value element = tensor::ExtractOp::create(builder, loc, source, at);
    linalg::YieldOp::create(builder, loc, element);
  };
  return node.replaceWith(
      linalg::GenericOp::create(node.builder, node.loc, type, node.input(1),
                                makeEmpty(node, type), maps, loops, body)
          .getResult(0));
}

/// out[i...] = data[i..., with indices[i...] on the axis]
static LogicalResult lowerGatherElements(NodeLowering &node) {
  RankedTensorType data = node.inputType(0), indices = node.inputType(1);
  RankedTensorType type = node.outputType();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 0), data.getRank());
  if (failed(axis))
    return failure();
  int64_t size = data.getDimSize(*axis);
  if (indices.getShape() != type.getShape() ||
      indices.getRank() != data.getRank())
    return node.error("the indices do not fit data and output");
  if (failed(checkConstantIndices(node, 1, size, *axis)))
    return failure();
  if (type.getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, type));
  for (int64_t dim = 0; dim < data.getRank(); ++dim)
    if (size == 0 ||
        (dim != *axis && indices.getDimSize(dim) > data.getDimSize(dim)))
      return node.error("the indices are larger than the data");
  Value source = node.input(0);
  FailureOr<Value> result = makeElementwise(
      node, type, node.input(1),
      [&](OpBuilder &builder, ValueRange x) -> Value {
        SmallVector<Value> at =
            loopIndices(builder, node.loc, 0, data.getRank());
        at[*axis] = clampIndex(builder, node.loc, x[0], size);
        return tensor::ExtractOp::create(builder, node.loc, source, at);
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

/// out[batch..., i..., after...] = data[batch..., indices[batch..., i...],
/// after...], where the last dimension of the indices holds whole positions.
static LogicalResult lowerGatherND(NodeLowering &node) {
  RankedTensorType data = node.inputType(0), indices = node.inputType(1);
  RankedTensorType type = node.outputType();
  int64_t batch = node.node.getInt("batch_dims", 0);
  int64_t rank = indices.getRank() - 1;
  if (rank < 0 || batch < 0 || batch > rank || batch > data.getRank())
    return node.error("batch_dims = " + Twine(batch) +
                      " does not fit data and indices");
  int64_t depth = indices.getShape().back();
  if (batch + depth > data.getRank())
    return node.error("the indices have " + Twine(depth) +
                      " coordinates, more than the data");
  SmallVector<int64_t> shape(indices.getShape().drop_back());
  llvm::append_range(shape, data.getShape().drop_front(batch + depth));
  if (type.getShape() != ArrayRef(shape) ||
      data.getShape().take_front(batch) != indices.getShape().take_front(batch))
    return node.error("the output does not fit data and indices");
  if (type.getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, type));
  if (data.getNumElements() == 0)
    return node.error("the data is empty");
  Value source = node.input(0), positions = node.input(1);
  return node.replaceWith(makeFromIndices(
      node, type, [&](OpBuilder &builder, ValueRange loops) -> Value {
        SmallVector<Value> at(loops.take_front(batch));
        for (int64_t i = 0; i < depth; ++i) {
          SmallVector<Value> where(loops.take_front(rank));
          where.push_back(makeIndex(builder, node.loc, i));
          Value index =
              tensor::ExtractOp::create(builder, node.loc, positions, where);
          at.push_back(
              clampIndex(builder, node.loc, index, data.getDimSize(batch + i)));
        }
        llvm::append_range(at, loops.drop_front(rank));
        return tensor::ExtractOp::create(builder, node.loc, source, at);
      }));
}

static LogicalResult lowerExpand(NodeLowering &node) {
  FailureOr<Value> result =
      makeBroadcast(node, node.input(0), node.outputType().getShape());
  return failed(result) ? failure() : node.replaceWith(*result);
}

/// [a, b] tiled r and s times is [1, a, 1, b] broadcast to [r, a, s, b].
static LogicalResult lowerTile(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  if (type.getRank() != node.outputType().getRank())
    return node.error("the output does not fit the input");
  if (node.outputType().getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, node.outputType()));
  SmallVector<int64_t> apart, repeated;
  for (auto [size, total] :
       llvm::zip(type.getShape(), node.outputType().getShape())) {
    if (size == 0 || total % size != 0)
      return node.error("the output does not fit the input");
    apart.append({1, size});
    repeated.append({total / size, size});
  }
  FailureOr<Value> result =
      makeBroadcast(node, makeReshape(node, node.input(0), apart), repeated);
  if (failed(result))
    return failure();
  return replaceByReshaped(node, *result);
}

void setun::onnx::registerIndexing(HandlerTable &table) {
  table["Gather"] = {lowerGather, 2, Elements::Move};
  table["GatherElements"] = {lowerGatherElements, 2, Elements::Move};
  table["GatherND"] = {lowerGatherND, 2, Elements::Move};
  table["Expand"] = {lowerExpand, 1, Elements::Move};
  table["Tile"] = {lowerTile, 1, Elements::Move};
}
