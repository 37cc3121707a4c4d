//===- Selection.cpp - Which elements are the largest ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ArgMax, ArgMin and TopK. Equal elements are told apart by their index, so the
// answer never depends on an order of evaluation.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

/// TopK compares all pairs: beyond this size it would be the slowest part of
/// any model.
static constexpr int64_t kMaxTopKSize = 8192;

/// `permutation` that brings `axis` to the end.
static SmallVector<int64_t> moveToEnd(int64_t axis, int64_t rank) {
  SmallVector<int64_t> permutation;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != axis)
      permutation.push_back(dim);
  permutation.push_back(axis);
  return permutation;
}

static Value indexAsI64(OpBuilder &builder, Location loc, int64_t dim) {
  Value index = linalg::IndexOp::create(builder, loc, dim);
  return arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
}

//===----------------------------------------------------------------------===//
// ArgMax, ArgMin
//===----------------------------------------------------------------------===//

/// Index of the extreme element of each row of [..., K]: keep the best so far
/// and replace it by a better one, or an equal one if the last is wanted.
static Value makeArgExtremum(NodeLowering &node, Value input, bool isMax,
                             bool takeLast) {
  auto type = cast<RankedTensorType>(input.getType());
  Type element = type.getElementType();
  bool isUnsigned = node.isUnsigned(0);
  int64_t rank = type.getRank();
  auto bestType = RankedTensorType::get(type.getShape().drop_back(), element);
  RankedTensorType indexType = bestType.clone(node.builder.getI64Type());
  SmallVector<Value> inits = {
      makeFilled(node, bestType,
                 isMax ? getLowest(element, isUnsigned)
                       : getHighest(element, isUnsigned)),
      makeFilled(node, indexType, getNumber(indexType.getElementType(), 0))};
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops.back() = utils::IteratorType::reduction;
  AffineMap all = node.builder.getMultiDimIdentityMap(rank);
  AffineMap kept = all.dropResult(rank - 1);
  auto generic = linalg::GenericOp::create(
      node.builder, node.loc, TypeRange{bestType, indexType}, input, inits,
      ArrayRef<AffineMap>{all, kept, kept}, loops,
      [&](OpBuilder &builder, Location loc, ValueRange x) {
        ScalarBuilder s(builder, loc, isUnsigned);
        Value low = isMax ? x[1] : x[0], high = isMax ? x[0] : x[1];
        Value better = takeLast ? s.lessEqual(low, high) : s.less(low, high);
        Value here = indexAsI64(builder, loc, rank - 1);
        linalg::YieldOp::create(builder, loc,
                                ValueRange{s.select(better, x[0], x[1]),
                                           s.select(better, here, x[2])});
      });
  return generic.getResult(1);
}

template <bool isMax> static LogicalResult lowerArg(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", 0), type.getRank());
  if (failed(axis))
    return failure();
  Value moved =
      makeTranspose(node, node.input(0), moveToEnd(*axis, type.getRank()));
  Value index = makeArgExtremum(node, moved, isMax,
                                node.node.getInt("select_last_index", 0) != 0);
  return replaceByReshaped(node, index);
}

//===----------------------------------------------------------------------===//
// TopK
//===----------------------------------------------------------------------===//

/// rank[..., i] = number of j that come before i: a better element, or an equal
/// one with a lower index.
static Value makeRanks(NodeLowering &node, Value input, bool largest) {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t lead = type.getRank() - 1;
  RankedTensorType rankType = type.clone(node.builder.getI64Type());
  MLIRContext *context = type.getContext();
  // Loops: leading dimensions, i, j.
  AffineMap atI =
      AffineMap::getMultiDimIdentityMap(lead + 2, context).dropResult(lead + 1);
  AffineMap atJ =
      AffineMap::getMultiDimIdentityMap(lead + 2, context).dropResult(lead);
  SmallVector<utils::IteratorType> loops(lead + 2,
                                         utils::IteratorType::parallel);
  loops.back() = utils::IteratorType::reduction;
  return linalg::GenericOp::create(
             node.builder, node.loc, rankType, ValueRange{input, input},
             makeFilled(node, rankType,
                        getNumber(rankType.getElementType(), 0)),
             ArrayRef<AffineMap>{atI, atJ, atI}, loops,
             [&](OpBuilder &builder, Location loc, ValueRange x) {
               ScalarBuilder s(builder, loc, node.isUnsigned(0));
               Value better =
                   largest ? s.greater(x[1], x[0]) : s.less(x[1], x[0]);
               Value i = linalg::IndexOp::create(builder, loc, lead);
               Value j = linalg::IndexOp::create(builder, loc, lead + 1);
               Value earlier = arith::CmpIOp::create(
                   builder, loc, arith::CmpIPredicate::ult, j, i);
               Value tie = arith::AndIOp::create(builder, loc,
                                                 s.equal(x[1], x[0]), earlier);
               Value before = arith::OrIOp::create(builder, loc, better, tie);
               Value one = arith::ExtUIOp::create(builder, loc,
                                                  builder.getI64Type(), before);
               linalg::YieldOp::create(builder, loc, s.add(x[2], one));
             })
      .getResult(0);
}

/// Puts each element of rank r < k, and its index, at place r.
static std::pair<Value, Value> pickByRank(NodeLowering &node, Value input,
                                          Value ranks, int64_t k) {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t lead = type.getRank() - 1;
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = k;
  auto valueType = RankedTensorType::get(shape, type.getElementType());
  RankedTensorType indexType = valueType.clone(node.builder.getI64Type());
  MLIRContext *context = type.getContext();
  // Loops: leading dimensions, r, i.
  AffineMap atR =
      AffineMap::getMultiDimIdentityMap(lead + 2, context).dropResult(lead + 1);
  AffineMap atI =
      AffineMap::getMultiDimIdentityMap(lead + 2, context).dropResult(lead);
  SmallVector<utils::IteratorType> loops(lead + 2,
                                         utils::IteratorType::parallel);
  loops.back() = utils::IteratorType::reduction;
  SmallVector<Value> inits = {
      makeFilled(node, valueType, getNumber(type.getElementType(), 0)),
      makeFilled(node, indexType, getNumber(indexType.getElementType(), 0))};
  auto generic = linalg::GenericOp::create(
      node.builder, node.loc, TypeRange{valueType, indexType},
      ValueRange{input, ranks}, inits, ArrayRef<AffineMap>{atI, atI, atR, atR},
      loops, [&](OpBuilder &builder, Location loc, ValueRange x) {
        ScalarBuilder s(builder, loc, false);
        Value isHere = s.equal(x[1], indexAsI64(builder, loc, lead));
        Value i = indexAsI64(builder, loc, lead + 1);
        linalg::YieldOp::create(builder, loc,
                                ValueRange{s.select(isHere, x[0], x[2]),
                                           s.select(isHere, i, x[3])});
      });
  return {generic.getResult(0), generic.getResult(1)};
}

static LogicalResult lowerTopK(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", -1), type.getRank());
  if (failed(axis))
    return failure();
  if (node.node.getOutputs().size() != 2 ||
      node.outputType().getRank() != type.getRank())
    return node.error("expects two outputs of the input's rank");
  int64_t size = type.getDimSize(*axis);
  int64_t k = node.outputType().getDimSize(*axis);
  if (k > size)
    return node.error("k = " + Twine(k) + " is more than the " + Twine(size) +
                      " elements of axis " + Twine(*axis));
  if (size > kMaxTopKSize)
    return node.error("axis " + Twine(*axis) + " has " + Twine(size) +
                      " elements; supported are up to " + Twine(kMaxTopKSize));
  // Before opset 11 there is only the largest, sorted. An unsorted answer may
  // be in any order, so also in this one.
  bool largest = node.node.getInt("largest", 1) != 0;
  SmallVector<int64_t> permutation = moveToEnd(*axis, type.getRank());
  Value moved = makeTranspose(node, node.input(0), permutation);
  auto [values, indices] =
      pickByRank(node, moved, makeRanks(node, moved, largest), k);
  SmallVector<int64_t> inverse = invertPermutationVector(permutation);
  return node.replaceWith({makeTranspose(node, values, inverse),
                           makeTranspose(node, indices, inverse)});
}

void setun::onnx::registerSelection(HandlerTable &table) {
  table["ArgMax"] = lowerArg</*isMax=*/true>;
  table["ArgMin"] = lowerArg</*isMax=*/false>;
  table["TopK"] = lowerTopK;
}
