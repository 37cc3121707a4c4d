//===- Determinant.cpp - Det by elimination -------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gaussian elimination of each matrix, the largest element of the column as
// pivot (of equal ones the first): the product of the pivots, from the first to
// the last, with the sign of the exchanges.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

namespace {

/// Writes the elimination of one n x n matrix.
class Elimination {
public:
  Elimination(Location loc, int64_t size) : loc(loc), size(size) {}

  /// The determinant of `matrix`.
  Value run(OpBuilder &builder, Value matrix);

private:
  using Body =
      llvm::function_ref<SmallVector<Value>(OpBuilder &, Value, ValueRange)>;
  /// The values after a loop from `first` to before the size.
  ValueRange loop(OpBuilder &builder, Value first, ValueRange start, Body body);
  Value get(OpBuilder &builder, Value matrix, Value row, Value column) {
    return tensor::ExtractOp::create(builder, loc, matrix,
                                     ValueRange{row, column});
  }
  Value set(OpBuilder &builder, Value matrix, Value row, Value column,
            Value value) {
    return tensor::InsertOp::create(builder, loc, value, matrix,
                                    ValueRange{row, column});
  }
  Value findPivot(OpBuilder &builder, Value matrix, Value column);
  Value exchangeRows(OpBuilder &builder, Value matrix, Value a, Value b);
  Value eliminate(OpBuilder &builder, Value matrix, Value column, Value pivot);

  Location loc;
  int64_t size;
};

} // namespace

ValueRange Elimination::loop(OpBuilder &builder, Value first, ValueRange start,
                             Body body) {
  return scf::ForOp::create(
             builder, loc, first, makeIndex(builder, loc, size),
             makeIndex(builder, loc, 1), start,
             [&](OpBuilder &inner, Location, Value i, ValueRange state) {
               scf::YieldOp::create(inner, loc, body(inner, i, state));
             })
      .getResults();
}

/// The row from `column` on with the largest magnitude in it.
Value Elimination::findPivot(OpBuilder &builder, Value matrix, Value column) {
  ScalarBuilder s(builder, loc, /*isUnsigned=*/false);
  Value start = s.unary<math::AbsFOp>(get(builder, matrix, column, column));
  return loop(builder, column, {column, start},
              [&](OpBuilder &b, Value row, ValueRange best) {
                ScalarBuilder t(b, loc, /*isUnsigned=*/false);
                Value x = t.unary<math::AbsFOp>(get(b, matrix, row, column));
                Value isLarger = t.greater(x, best[1]);
                return SmallVector<Value>{t.select(isLarger, row, best[0]),
                                          t.select(isLarger, x, best[1])};
              })[0];
}

Value Elimination::exchangeRows(OpBuilder &builder, Value matrix, Value a,
                                Value b) {
  return loop(builder, makeIndex(builder, loc, 0), matrix,
              [&](OpBuilder &inner, Value column, ValueRange state) {
                Value fromA = get(inner, state[0], a, column);
                Value fromB = get(inner, state[0], b, column);
                Value half = set(inner, state[0], a, column, fromB);
                return SmallVector<Value>{set(inner, half, b, column, fromA)};
              })[0];
}

/// row -= row[column] / pivot * pivot row, for all rows below. Without a pivot
/// there is nothing left to eliminate.
Value Elimination::eliminate(OpBuilder &builder, Value matrix, Value column,
                             Value pivot) {
  Value below =
      arith::AddIOp::create(builder, loc, column, makeIndex(builder, loc, 1));
  return loop(
      builder, below, matrix, [&](OpBuilder &b, Value row, ValueRange rows) {
        ScalarBuilder s(b, loc, /*isUnsigned=*/false);
        Value zero = s.numberLike(pivot, 0);
        Value quotient = s.div(get(b, rows[0], row, column), pivot);
        Value factor = s.select(s.equal(pivot, zero), zero, quotient);
        Value done = loop(
            b, below, rows[0], [&](OpBuilder &c, Value k, ValueRange state) {
              ScalarBuilder t(c, loc, /*isUnsigned=*/false);
              Value product = t.mul(factor, get(c, state[0], column, k));
              Value rest = t.sub(get(c, state[0], row, k), product);
              return SmallVector<Value>{set(c, state[0], row, k, rest)};
            })[0];
        return SmallVector<Value>{done};
      })[0];
}

Value Elimination::run(OpBuilder &builder, Value matrix) {
  Type element = getElementTypeOrSelf(matrix.getType());
  Value one = arith::ConstantOp::create(builder, loc, getNumber(element, 1));
  return loop(builder, makeIndex(builder, loc, 0), {matrix, one},
              [&](OpBuilder &b, Value column, ValueRange state) {
                ScalarBuilder s(b, loc, /*isUnsigned=*/false);
                Value row = findPivot(b, state[0], column);
                Value pivot = get(b, state[0], row, column);
                Value rows = exchangeRows(b, state[0], column, row);
                Value factor =
                    s.select(s.equal(row, column), pivot, s.neg(pivot));
                return SmallVector<Value>{eliminate(b, rows, column, pivot),
                                          s.mul(state[1], factor)};
              })[1];
}

static LogicalResult lowerDet(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  int64_t rank = type.getRank();
  if (rank < 2 || !isa<FloatType>(type.getElementType()) ||
      type.getDimSize(rank - 1) != type.getDimSize(rank - 2) ||
      node.outputType().getShape() != type.getShape().drop_back(2))
    return node.error("expects square matrices of floats");
  int64_t size = type.getShape().back();
  auto matrixType = RankedTensorType::get({size, size}, type.getElementType());
  Value matrices = node.input(0);
  return node.replaceWith(makeUpdates(
      node, type.getShape().drop_back(2), makeEmpty(node, node.outputType()),
      [&](OpBuilder &builder, ValueRange at, Value whole) -> Value {
        SmallVector<OpFoldResult> offsets(at.begin(), at.end());
        offsets.append(2, builder.getIndexAttr(0));
        SmallVector<OpFoldResult> sizes(rank, builder.getIndexAttr(1));
        sizes[rank - 1] = sizes[rank - 2] = builder.getIndexAttr(size);
        SmallVector<OpFoldResult> steps(rank, builder.getIndexAttr(1));
        Value matrix = tensor::ExtractSliceOp::create(
            builder, node.loc, matrixType, matrices, offsets, sizes, steps);
        Value result = Elimination(node.loc, size).run(builder, matrix);
        return tensor::InsertOp::create(builder, node.loc, result, whole, at);
      }));
}

void setun::onnx::registerDeterminant(HandlerTable &table) {
  table["Det"] = lowerDet;
}
