//===- Softmax.cpp - Rows as shares of one --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Along one axis (opset 13), before that over all dimensions from the axis on:
//   Softmax     exp(x - max) / sum(exp(x - max))
//   LogSoftmax  (x - max) - log(sum(exp(x - max)))
//   Hardmax     1 at the first maximum, 0 elsewhere
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

using namespace mlir;
using namespace setun::onnx;

namespace {
/// The rows of a [..., K] tensor.
struct Rows {
  Value values;
  RankedTensorType type;
  /// The shape of one number a row.
  SmallVector<int64_t> keptShape;
};
using RowFunction = FailureOr<Value> (*)(NodeLowering &, const Rows &);
} // namespace

static Value makeRowMaximum(NodeLowering &node, const Rows &rows) {
  TypedAttr lowest =
      getLowest(rows.type.getElementType(), /*isUnsigned=*/false);
  Value max = makeFold(node, rows.values, lowest,
                       [&](OpBuilder &builder, Value value, Value best) {
                         ScalarBuilder s(builder, node.loc, false);
                         return s.max(best, value);
                       });
  return makeReshape(node, max, rows.keptShape);
}

/// Elementwise on floats; the operands broadcast to the rows.
static FailureOr<Value>
map(NodeLowering &node, RankedTensorType type, ValueRange inputs,
    llvm::function_ref<Value(ScalarBuilder &, ValueRange)> function) {
  return makeElementwise(node, type, inputs,
                         [&](OpBuilder &builder, ValueRange x) {
                           ScalarBuilder s(builder, node.loc, false);
                           return function(s, x);
                         });
}

/// x - max, from which exp cannot overflow.
static FailureOr<Value> makeShifted(NodeLowering &node, const Rows &rows) {
  return map(node, rows.type, {rows.values, makeRowMaximum(node, rows)},
             [](ScalarBuilder &s, ValueRange x) { return s.sub(x[0], x[1]); });
}

static FailureOr<Value> makeExp(NodeLowering &node, const Rows &rows,
                                Value shifted) {
  return map(node, rows.type, shifted, [](ScalarBuilder &s, ValueRange x) {
    return s.unary<math::ExpOp>(x[0]);
  });
}

static FailureOr<Value> makeSoftmax(NodeLowering &node, const Rows &rows) {
  FailureOr<Value> powers =
      map(node, rows.type, {rows.values, makeRowMaximum(node, rows)},
          [](ScalarBuilder &s, ValueRange x) {
            return s.unary<math::ExpOp>(s.sub(x[0], x[1]));
          });
  if (failed(powers))
    return failure();
  Value sum = makeReshape(node, makeSum(node, *powers), rows.keptShape);
  return map(node, rows.type, {*powers, sum},
             [](ScalarBuilder &s, ValueRange x) {
               return s.div(x[0], s.cast(x[1], x[0].getType()));
             });
}

static FailureOr<Value> makeLogSoftmax(NodeLowering &node, const Rows &rows) {
  FailureOr<Value> shifted = makeShifted(node, rows);
  if (failed(shifted))
    return failure();
  FailureOr<Value> powers = makeExp(node, rows, *shifted);
  if (failed(powers))
    return failure();
  Value sum = makeReshape(node, makeSum(node, *powers), rows.keptShape);
  FailureOr<Value> logarithm = map(
      node, rows.type.clone(rows.keptShape), sum,
      [&](ScalarBuilder &s, ValueRange x) {
        return s.unary<math::LogOp>(s.cast(x[0], rows.type.getElementType()));
      });
  if (failed(logarithm))
    return failure();
  return map(node, rows.type, {*shifted, *logarithm},
             [](ScalarBuilder &s, ValueRange x) { return s.sub(x[0], x[1]); });
}

/// The first position k with x[k] = max is the least of the positions that are
/// left when all others count as K.
static FailureOr<Value> makeHardmax(NodeLowering &node, const Rows &rows) {
  int64_t last = rows.type.getRank() - 1, size = rows.type.getDimSize(last);
  IntegerType i64 = node.builder.getI64Type();
  auto getPosition = [&](ScalarBuilder &s) -> Value {
    Value index = linalg::IndexOp::create(s.builder, s.loc, last);
    return arith::IndexCastOp::create(s.builder, s.loc, i64, index);
  };
  FailureOr<Value> candidates =
      map(node, RankedTensorType::get(rows.type.getShape(), i64),
          {rows.values, makeRowMaximum(node, rows)},
          [&](ScalarBuilder &s, ValueRange x) {
            Value position = getPosition(s);
            return s.select(s.equal(x[0], x[1]), position,
                            s.numberLike(position, size));
          });
  if (failed(candidates))
    return failure();
  Value first = makeFold(node, *candidates, getNumber(i64, size),
                         [&](OpBuilder &builder, Value value, Value best) {
                           ScalarBuilder s(builder, node.loc, false);
                           return s.min(best, value);
                         });
  Type element = rows.type.getElementType();
  return map(node, rows.type, makeReshape(node, first, rows.keptShape),
             [&](ScalarBuilder &s, ValueRange x) {
               Value one = arith::ConstantOp::create(s.builder, s.loc,
                                                     getNumber(element, 1));
               return s.select(s.equal(x[0], getPosition(s)), one,
                               s.numberLike(one, 0));
             });
}

/// `function` on rows along 'axis', brought to the end and back.
template <RowFunction function>
static LogicalResult lowerRows(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  if (!isa<FloatType>(type.getElementType()))
    return node.error("only floats are supported, not ")
           << node.onnxInputElementType(0);
  bool flattens = node.opset() != 0 && node.opset() < 13;
  FailureOr<int64_t> axis = node.normalizeAxis(
      node.node.getInt("axis", flattens ? 1 : -1), type.getRank());
  if (failed(axis))
    return failure();
  auto apply = [&](Value values) {
    Rows rows{values, cast<RankedTensorType>(values.getType()), {}};
    llvm::append_range(rows.keptShape, rows.type.getShape());
    rows.keptShape.back() = 1;
    return function(node, rows);
  };

  if (flattens) {
    int64_t rows = 1, columns = 1;
    for (auto [dim, size] : llvm::enumerate(type.getShape()))
      (static_cast<int64_t>(dim) < *axis ? rows : columns) *= size;
    FailureOr<Value> result =
        apply(makeReshape(node, node.input(0), {rows, columns}));
    if (failed(result))
      return failure();
    return node.replaceWith(makeReshape(node, *result, type.getShape()));
  }

  auto permutation = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  std::swap(permutation[*axis], permutation.back()); // its own inverse
  FailureOr<Value> result =
      apply(makeTranspose(node, node.input(0), permutation));
  if (failed(result))
    return failure();
  return node.replaceWith(makeTranspose(node, *result, permutation));
}

void setun::onnx::registerSoftmax(HandlerTable &table) {
  table["Softmax"] = lowerRows<makeSoftmax>;
  table["LogSoftmax"] = lowerRows<makeLogSoftmax>;
  table["Hardmax"] = lowerRows<makeHardmax>;
}
