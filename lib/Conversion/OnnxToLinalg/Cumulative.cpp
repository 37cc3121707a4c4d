//===- Cumulative.cpp - Sums and products of everything so far ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CumSum, CumProd: one loop along the axis that carries the value so far, from
// +0 or 1 on, element by element. So floats have one order; integers wrap.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

/// The axis that input 1 says.
static FailureOr<int64_t> readAxis(NodeLowering &node) {
  FailureOr<SmallVector<int64_t>> axis = node.constantInts(1, "axis");
  if (failed(axis))
    return failure();
  if (axis->size() != 1)
    return node.error("the axis must be one number");
  return node.normalizeAxis(axis->front(), node.inputType(0).getRank());
}

/// The scalar `value` in another type of floats, or as it is.
static Value castFloat(ScalarBuilder &s, Value value, Type type) {
  return isa<FloatType>(type) ? s.cast(value, type) : value;
}

/// out[i] = in[0] + ... + in[i]; without in[i] if it is exclusive, from the
/// other end if it is reverse.
template <bool isSum> static LogicalResult lowerCumulative(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  Type element = type.getElementType();
  FailureOr<int64_t> axis = readAxis(node);
  if (failed(axis))
    return failure();
  if (node.outputType() != type || element.isInteger(1))
    return node.error("expects numbers and an output of the input's type");
  bool isExclusive = node.node.getInt("exclusive", 0) != 0;
  bool isReverse = node.node.getInt("reverse", 0) != 0;
  Type carried = getSumType(node, element);
  int64_t size = type.getDimSize(*axis);
  Value source = node.input(0);
  SmallVector<int64_t> others(type.getShape());
  others[*axis] = 1;

  return node.replaceWith(makeUpdates(
      node, others, makeEmpty(node, type),
      [&](OpBuilder &builder, ValueRange at, Value whole) -> Value {
        Location loc = node.loc;
        Value start = arith::ConstantOp::create(
            builder, loc, getNumber(carried, isSum ? 0 : 1));
        auto loop = scf::ForOp::create(
            builder, loc, makeIndex(builder, loc, 0),
            makeIndex(builder, loc, size), makeIndex(builder, loc, 1),
            ValueRange{whole, start},
            [&](OpBuilder &inner, Location, Value step, ValueRange state) {
              ScalarBuilder s(inner, loc, node.isUnsigned(0));
              SmallVector<Value> here(at);
              here[*axis] = isReverse
                                ? s.sub(makeIndex(inner, loc, size - 1), step)
                                : step;
              Value x = castFloat(
                  s, tensor::ExtractOp::create(inner, loc, source, here),
                  carried);
              Value next = isSum ? s.add(state[1], x) : s.mul(state[1], x);
              Value result =
                  castFloat(s, isExclusive ? state[1] : next, element);
              Value written =
                  tensor::InsertOp::create(inner, loc, result, state[0], here);
              scf::YieldOp::create(inner, loc, ValueRange{written, next});
            });
        return loop.getResult(0);
      }));
}

void setun::onnx::registerCumulative(HandlerTable &table) {
  table["CumSum"] = {lowerCumulative</*isSum=*/true>, 2};
  table["CumProd"] = {lowerCumulative</*isSum=*/false>, 2};
}
