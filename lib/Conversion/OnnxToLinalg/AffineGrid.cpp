//===- AffineGrid.cpp - The positions that GridSample looks at ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AffineGrid: every position of an image, from -1 to 1, moved by a matrix. The
// positions are tables; the matrix may come at run time.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "ScalarBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

/// Positions of a dimension: -1 and 1 are the middles of the outer elements,
/// (2 i - (size - 1)) / (size - 1), or their outer edges, (2 i + 1 - size) /
/// size.
static SmallVector<double> getPositions(int64_t size, bool alignCorners) {
  if (size == 1 && alignCorners)
    return {-1};
  SmallVector<double> positions;
  int64_t range = alignCorners ? size - 1 : size;
  for (int64_t i = 0; i < size; ++i)
    positions.push_back(static_cast<double>(2 * i + 1 - size) /
                        static_cast<double>(range));
  return positions;
}

/// grid[n, i..., j] = theta[n, j, 0] * x + theta[n, j, 1] * y + ... +
/// theta[n, j, rank], x being the position in the last dimension.
static LogicalResult lowerAffineGrid(NodeLowering &node) {
  RankedTensorType theta = node.inputType(0), grid = node.outputType();
  int64_t rank = grid.getRank() - 2;
  if (rank < 1 || !isa<FloatType>(theta.getElementType()) ||
      theta.getElementType() != grid.getElementType() ||
      theta.getShape() !=
          ArrayRef<int64_t>({grid.getDimSize(0), rank, rank + 1}) ||
      grid.getDimSize(rank + 1) != rank)
    return node.error("the matrices [")
           << theta.getShape() << "] do not fit the grid [" << grid.getShape()
           << "]";
  bool alignCorners = node.node.getInt("align_corners", 0) != 0;
  SmallVector<Value> tables;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (failed(checkTableSize(node, grid.getDimSize(dim + 1))))
      return failure();
    tables.push_back(makeFloatTable(
        node, grid.getElementType(),
        getPositions(grid.getDimSize(dim + 1), alignCorners), "positions"));
  }
  Value matrices = node.input(0);
  return node.replaceWith(
      makeFromIndices(node, grid, [&](OpBuilder &builder, ValueRange at) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        auto factor = [&](int64_t column) -> Value {
          Value from[] = {at[0], at.back(),
                          makeIndex(builder, node.loc, column)};
          return tensor::ExtractOp::create(builder, node.loc, matrices, from);
        };
        Value sum;
        for (int64_t column = 0; column < rank; ++column) {
          int64_t dim = rank - 1 - column;
          Value position = tensor::ExtractOp::create(builder, node.loc,
                                                     tables[dim], at[dim + 1]);
          Value term = s.mul(factor(column), position);
          sum = sum ? s.add(sum, term) : term;
        }
        return s.add(sum, factor(rank));
      }));
}

void setun::onnx::registerAffineGrid(HandlerTable &table) {
  table["AffineGrid"] = {lowerAffineGrid, 2};
}
