//===- MaxUnpooling.cpp - The largest of windows put back -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MaxUnpool: zeros, and each element where the index of MaxPool says. An index
// beyond the output is moved into it.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "TensorBuilders.h"
#include "Window.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

/// The shape that MaxPool would have made the input from: the indices count in
/// it.
static FailureOr<SmallVector<int64_t>> getPooledShape(NodeLowering &node) {
  RankedTensorType x = node.inputType(0);
  if (x.getRank() < 3 || x.getNumElements() == 0 ||
      node.inputType(1) != x.clone(node.builder.getI64Type()))
    return node.error("expects a non-empty input of rank 3 or more and int64 "
                      "indices of its shape");
  std::optional<ArrayRef<int64_t>> kernel = node.node.getInts("kernel_shape");
  unsigned rank = x.getRank() - 2;
  if (!kernel || kernel->size() != rank)
    return node.error("attribute kernel_shape needs " + Twine(rank) +
                      " entries");
  FailureOr<Window> window = readStridesAndDilations(node, *kernel);
  FailureOr<SmallVector<int64_t>> pads =
      readSpatial(node, "pads", 2 * rank, 0, 0);
  if (failed(window) || failed(pads))
    return failure();
  SmallVector<int64_t> shape(x.getShape().take_front(2));
  for (unsigned dim = 0; dim < rank; ++dim)
    shape.push_back((x.getDimSize(dim + 2) - 1) * window->strides[dim] +
                    window->kernel[dim] - (*pads)[dim] - (*pads)[rank + dim]);
  return shape;
}

static LogicalResult lowerMaxUnpool(NodeLowering &node) {
  FailureOr<SmallVector<int64_t>> shape = getPooledShape(node);
  if (failed(shape))
    return failure();
  RankedTensorType x = node.inputType(0), y = node.outputType();
  if (y.getElementType() != x.getElementType() || y.getRank() != x.getRank())
    return node.error("the output does not fit the input");
  SmallVector<int64_t> before(x.getRank(), 0), after(x.getRank(), 0);
  for (int64_t dim = 0; dim < x.getRank(); ++dim) {
    after[dim] = y.getDimSize(dim) - (*shape)[dim];
    if ((*shape)[dim] < 1 || after[dim] < 0)
      return node.error(
          "dimension " + Twine(dim) + " becomes " + Twine((*shape)[dim]) +
          ", but the output is declared with size " + Twine(y.getDimSize(dim)));
  }
  int64_t count = ShapedType::getNumElements(*shape);
  TypedAttr zero = getNumber(x.getElementType(), 0);
  auto flatType = RankedTensorType::get({count}, x.getElementType());
  Value values = node.input(0), indices = node.input(1);
  Value flat = makeUpdates(
      node, x.getShape(), makeFilled(node, flatType, zero),
      [&](OpBuilder &builder, ValueRange at, Value tensor) -> Value {
        Value index = tensor::ExtractOp::create(builder, node.loc, indices, at);
        Value value = tensor::ExtractOp::create(builder, node.loc, values, at);
        return tensor::InsertOp::create(
            builder, node.loc, value, tensor,
            clampIndex(builder, node.loc, index, count));
      });
  return node.replaceWith(
      makePadded(node, makeReshape(node, flat, *shape), before, after, zero));
}

void setun::onnx::registerMaxUnpooling(HandlerTable &table) {
  table["MaxUnpool"] = {lowerMaxUnpool, 2};
}
