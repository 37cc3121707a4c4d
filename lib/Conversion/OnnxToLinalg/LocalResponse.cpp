//===- LocalResponse.cpp - Channels divided by their neighbours -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LRN: y = x / (bias + alpha / size * sum of x^2)^beta, the sum over `size`
// channels around the own one, those outside left out, in rising order.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace setun::onnx;

/// Sum of the squares of channels c - before .. c + after at one place.
static Value sumSquares(OpBuilder &builder, Location loc, Value input,
                        ValueRange at, int64_t before, int64_t after,
                        Type sumType) {
  int64_t channels = cast<RankedTensorType>(input.getType()).getDimSize(1);
  ScalarBuilder s(builder, loc, /*isUnsigned=*/false);
  Value first = s.max(s.sub(at[1], makeIndex(builder, loc, before)),
                      makeIndex(builder, loc, 0));
  Value end = s.min(s.add(at[1], makeIndex(builder, loc, after + 1)),
                    makeIndex(builder, loc, channels));
  Value zero = arith::ConstantOp::create(builder, loc, getNumber(sumType, 0));
  auto loop = scf::ForOp::create(
      builder, loc, first, end, makeIndex(builder, loc, 1), zero,
      [&](OpBuilder &inner, Location, Value channel, ValueRange sums) {
        SmallVector<Value> there(at);
        there[1] = channel;
        ScalarBuilder t(inner, loc, /*isUnsigned=*/false);
        Value x = t.cast(tensor::ExtractOp::create(inner, loc, input, there),
                         sumType);
        scf::YieldOp::create(inner, loc, t.add(sums[0], t.mul(x, x)));
      });
  return loop.getResult(0);
}

static LogicalResult lowerLRN(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  Type element = type.getElementType();
  int64_t size = node.node.getInt("size", 0);
  if (type.getRank() < 3 || !isa<FloatType>(element) ||
      node.outputType() != type)
    return node.error("expects a float input of rank 3 or more");
  if (size < 1)
    return node.error("size must be at least 1, not " + Twine(size));
  if (!(std::abs(node.node.getFloat("beta", 0.75f)) <= 16))
    return node.error("beta must lie between -16 and 16");
  size = std::min(size, 2 * type.getDimSize(1) + 1);
  float alpha = node.node.getFloat("alpha", 1e-4f);
  float beta = node.node.getFloat("beta", 0.75f);
  float bias = node.node.getFloat("bias", 1.0f);
  APFloat factor(alpha);
  factor.divide(APFloat(static_cast<float>(node.node.getInt("size", 0))),
                APFloat::rmNearestTiesToEven);
  Type sumType = getSumType(node, element);
  Value input = node.input(0);
  return node.replaceWith(makeFromIndices(
      node, type, [&](OpBuilder &builder, ValueRange at) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value sum = sumSquares(builder, node.loc, input, at, (size - 1) / 2,
                               size / 2, sumType);
        Value base =
            s.add(s.numberLike(sum, bias),
                  s.mul(s.numberLike(sum, factor.convertToFloat()), sum));
        Value x = tensor::ExtractOp::create(builder, node.loc, input, at);
        return s.cast(s.div(s.cast(x, sumType), s.power(base, beta)), element);
      }));
}

void setun::onnx::registerLocalResponse(HandlerTable &table) {
  table["LRN"] = lowerLRN;
}
