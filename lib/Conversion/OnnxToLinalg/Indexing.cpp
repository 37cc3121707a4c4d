//===- Indexing.cpp - Elements picked or repeated by index ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gather, Expand and Tile. An index that comes from outside is clamped into the
// tensor: no model and no input can read beside it.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

/// A signed index as a position in a dimension of `size`: negative ones count
/// from the end, what is outside moves to the nearest element.
static Value clampIndex(OpBuilder &builder, Location loc, Value index,
                        int64_t size) {
  ScalarBuilder s(builder, loc, /*isUnsigned=*/false);
  if (!index.getType().isInteger(64))
    index = arith::ExtSIOp::create(builder, loc, builder.getI64Type(), index);
  Value zero = s.numberLike(index, 0);
  Value fromEnd = s.add(index, s.numberLike(index, size));
  index = s.select(s.less(index, zero), fromEnd, index);
  index = s.min(s.max(index, zero), s.numberLike(index, size - 1));
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                    index);
}

/// out[before..., i..., after...] = data[before..., indices[i...], after...]
static LogicalResult lowerGather(NodeLowering &node) {
  RankedTensorType data = node.inputType(0), indices = node.inputType(1);
  RankedTensorType type = node.outputType();
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 0), data.getRank());
  if (failed(axis))
    return failure();
  int64_t size = data.getDimSize(*axis);
  if (std::optional<ConstantData> constant = node.constant(1))
    for (int64_t i = 0; i < constant->size(); ++i)
      if (constant->asInt(i) < -size || constant->asInt(i) >= size)
        return node.error("index " + Twine(constant->asInt(i)) +
                          " is out of range for axis " + Twine(*axis) +
                          " of size " + Twine(size));
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

static LogicalResult lowerExpand(NodeLowering &node) {
  if (node.inputType(0) == node.outputType())
    return node.replaceWith(node.input(0));
  FailureOr<Value> result =
      makeElementwise(node, node.outputType(), node.input(0),
                      [](OpBuilder &, ValueRange x) { return x[0]; });
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
  FailureOr<Value> result = makeElementwise(
      node, type.clone(repeated), makeReshape(node, node.input(0), apart),
      [](OpBuilder &, ValueRange x) { return x[0]; });
  if (failed(result))
    return failure();
  return replaceByReshaped(node, *result);
}

void setun::onnx::registerIndexing(HandlerTable &table) {
  table["Gather"] = {lowerGather, 2};
  table["Expand"] = lowerExpand;
  table["Tile"] = lowerTile;
}
