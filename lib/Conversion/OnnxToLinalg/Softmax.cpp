//===- Softmax.cpp - Exponentials that add up to one ----------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// y = exp(x - max) / sum(exp(x - max)) along one axis (opset 13), before that
// over all dimensions from the axis on.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

using namespace mlir;
using namespace setun::onnx;

/// Softmax of the rows of a [..., K] tensor, or its logarithm
/// (x - max) - log(sum exp(x - max)).
static FailureOr<Value> makeSoftmax(NodeLowering &node, Value input,
                                    bool isLog) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> keptShape(type.getShape());
  keptShape.back() = 1;
  Value max = makeFold(node, input,
                       getLowest(type.getElementType(), /*isUnsigned=*/false),
                       [&](OpBuilder &builder, Value value, Value best) {
                         ScalarBuilder s(builder, node.loc, false);
                         return s.max(best, value);
                       });
  max = makeReshape(node, max, keptShape);
  FailureOr<Value> powers = makeElementwise(
      node, type, {input, max}, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, false);
        return s.unary<math::ExpOp>(s.sub(x[0], x[1]));
      });
  if (failed(powers))
    return failure();
  Value sum = makeReshape(node, makeSum(node, *powers), keptShape);
  SmallVector<Value> inputs = {isLog ? input : *powers, sum};
  if (isLog)
    inputs.push_back(max);
  return makeElementwise(
      node, type, inputs, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, false);
        Value total = x[1];
        if (total.getType() != x[0].getType())
          total =
              arith::TruncFOp::create(builder, node.loc, x[0].getType(), total);
        if (isLog)
          return s.sub(s.sub(x[0], x[2]), s.unary<math::LogOp>(total));
        return s.div(x[0], total);
      });
}

template <bool isLog> static LogicalResult lowerSoftmax(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  if (!isa<FloatType>(type.getElementType()))
    return node.error("expects floats, not ") << node.onnxInputElementType(0);
  bool flattens = node.opset() != 0 && node.opset() < 13;
  FailureOr<int64_t> axis = node.normalizeAxis(
      node.node.getInt("axis", flattens ? 1 : -1), type.getRank());
  if (failed(axis))
    return failure();

  if (flattens) {
    int64_t rows = 1, columns = 1;
    for (auto [dim, size] : llvm::enumerate(type.getShape()))
      (static_cast<int64_t>(dim) < *axis ? rows : columns) *= size;
    FailureOr<Value> result = makeSoftmax(
        node, makeReshape(node, node.input(0), {rows, columns}), isLog);
    if (failed(result))
      return failure();
    return node.replaceWith(makeReshape(node, *result, type.getShape()));
  }

  auto permutation = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  std::swap(permutation[*axis], permutation.back()); // its own inverse
  FailureOr<Value> result =
      makeSoftmax(node, makeTranspose(node, node.input(0), permutation), isLog);
  if (failed(result))
    return failure();
  return node.replaceWith(makeTranspose(node, *result, permutation));
}

void setun::onnx::registerSoftmax(HandlerTable &table) {
  table["Softmax"] = lowerSoftmax</*isLog=*/false>;
  table["LogSoftmax"] = lowerSoftmax</*isLog=*/true>;
}
