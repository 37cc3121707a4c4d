//===- RowNormalization.cpp - Elements scaled by their neighbours ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// InstanceNormalization, LpNormalization: a row (an image of one channel, or
// what lies along an axis) is divided by what its own elements say.
//===----------------------------------------------------------------------===//

#include "ScalarBuilder.h"
#include "TensorBuilders.h"

using namespace mlir;
using namespace setun::onnx;

using RowFunction = llvm::function_ref<Value(ScalarBuilder &, ValueRange)>;

static FailureOr<Value> map(NodeLowering &node, RankedTensorType type,
                            ValueRange inputs, RowFunction function) {
  return makeElementwise(node, type, inputs,
                         [&](OpBuilder &builder, ValueRange x) {
                           ScalarBuilder s(builder, node.loc, false);
                           return function(s, x);
                         });
}

/// The sum over the last dimension, which stays with size 1, divided by
/// `divisor` and rounded to the type of the elements.
static FailureOr<Value> makeKeptSum(NodeLowering &node, Value input,
                                    int64_t divisor = 1) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = 1;
  Value sum = makeReshape(node, makeSum(node, input), shape);
  return map(node, type.clone(shape), sum, [&](ScalarBuilder &s, ValueRange x) {
    Value value =
        divisor == 1 ? x[0] : s.div(x[0], s.numberLike(x[0], divisor));
    return s.cast(value, type.getElementType());
  });
}

/// scale * (x - mean) / sqrt(variance + epsilon) + bias, mean and variance
/// those of each image and channel.
static LogicalResult lowerInstanceNormalization(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  Type element = type.getElementType();
  if (type.getRank() < 3 || !isa<FloatType>(element) ||
      node.outputType() != type)
    return node.error("expects a float input of rank 3 or more");
  int64_t channels = type.getDimSize(1);
  for (unsigned i : {1, 2})
    if (node.inputType(i) != RankedTensorType::get({channels}, element))
      return node.error("input " + Twine(i) +
                        " must hold one number for each of the " +
                        Twine(channels) + " channels");
  float epsilon = node.node.getFloat("epsilon", 1e-5f);
  int64_t images = type.getDimSize(0) * channels;
  int64_t size = type.getNumElements() / std::max<int64_t>(images, 1);
  auto rows =
      RankedTensorType::get({type.getDimSize(0), channels, size}, element);
  Value x = makeReshape(node, node.input(0), rows.getShape());
  FailureOr<Value> mean = makeKeptSum(node, x, size);
  if (failed(mean))
    return failure();
  auto centered =
      map(node, rows, {x, *mean},
          [](ScalarBuilder &s, ValueRange v) { return s.sub(v[0], v[1]); });
  if (failed(centered))
    return failure();
  auto squares = map(node, rows, *centered, [](ScalarBuilder &s, ValueRange v) {
    return s.mul(v[0], v[0]);
  });
  if (failed(squares))
    return failure();
  FailureOr<Value> variance = makeKeptSum(node, *squares, size);
  if (failed(variance))
    return failure();
  Value scale = makeReshape(node, node.input(1), {channels, 1});
  Value bias = makeReshape(node, node.input(2), {channels, 1});
  auto result = map(node, rows, {*centered, *variance, scale, bias},
                    [&](ScalarBuilder &s, ValueRange v) {
                      Value deviation = s.unary<math::SqrtOp>(
                          s.add(v[1], s.numberLike(v[1], epsilon)));
                      return s.add(s.div(s.mul(v[2], v[0]), deviation), v[3]);
                    });
  return failed(result) ? failure() : replaceByReshaped(node, *result);
}

/// x / (sum |x|^p)^(1/p) along the axis, 0 where the norm is 0.
static LogicalResult lowerLpNormalization(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  Type element = type.getElementType();
  if (!isa<FloatType>(element) || node.outputType() != type)
    return node.error("expects floats");
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", -1), type.getRank());
  if (failed(axis))
    return failure();
  int64_t p = node.node.getInt("p", 2);
  if (p != 1 && p != 2)
    return node.error("p must be 1 or 2, not " + Twine(p));

  SmallVector<int64_t> order, kept(type.getShape());
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (dim != *axis)
      order.push_back(dim);
  order.push_back(*axis);
  kept[*axis] = 1;
  Value moved = makeTranspose(node, node.input(0), order);
  auto powers =
      map(node, cast<RankedTensorType>(moved.getType()), moved,
          [&](ScalarBuilder &s, ValueRange x) {
            return p == 1 ? s.unary<math::AbsFOp>(x[0]) : s.mul(x[0], x[0]);
          });
  if (failed(powers))
    return failure();
  Value sum = makeReshape(node, makeSum(node, *powers), kept);
  auto norm =
      map(node, type.clone(kept), sum, [&](ScalarBuilder &s, ValueRange x) {
        Value root = p == 1 ? x[0] : s.unary<math::SqrtOp>(x[0]);
        return s.cast(root, element);
      });
  if (failed(norm))
    return failure();
  auto result = map(
      node, type, {node.input(0), *norm}, [](ScalarBuilder &s, ValueRange x) {
        Value zero = s.numberLike(x[0], 0);
        return s.select(s.equal(x[1], zero), zero, s.div(x[0], x[1]));
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

void setun::onnx::registerRowNormalization(HandlerTable &table) {
  table["InstanceNormalization"] = {lowerInstanceNormalization, 3};
  table["LpNormalization"] = lowerLpNormalization;
}
