//===- TransposedConvolution.cpp - Windows of the output that overlap -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ConvTranspose and Col2Im: input i and tap k add to the output at
// i * stride + k * dilation - before. The sums are taken in a tensor that has
// room for every tap; what lies in the pads is cut off.
//===----------------------------------------------------------------------===//

#include "Convolution.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

using namespace mlir;
using namespace setun::onnx;

/// Spatial sizes that hold all taps of `input` positions, and the output.
static SmallVector<int64_t> getRoom(const Window &window,
                                    ArrayRef<int64_t> input,
                                    ArrayRef<int64_t> output) {
  SmallVector<int64_t> room;
  for (unsigned dim = 0; dim < window.rank(); ++dim)
    room.push_back(
        std::max((input[dim] - 1) * window.strides[dim] + window.getExtent(dim),
                 window.before[dim] + output[dim]));
  return room;
}

/// The part of [N, M, room...] behind the pads before the output.
static Value cutPads(NodeLowering &node, Value sum, const Window &window) {
  ArrayRef<int64_t> shape = node.outputType().getShape();
  if (cast<RankedTensorType>(sum.getType()).getShape() == shape)
    return sum;
  SmallVector<int64_t> offsets = {0, 0}, steps(shape.size(), 1);
  llvm::append_range(offsets, window.before);
  return makeSlice(node, sum, offsets, shape, steps);
}

//===----------------------------------------------------------------------===//
// ConvTranspose
//===----------------------------------------------------------------------===//

/// Sets the pads: as given, or such that the output has the size that
/// `output_shape` or SAME asks for, the odd one at the end only for SAME_UPPER.
static LogicalResult readPads(NodeLowering &node, Window &window,
                              ArrayRef<int64_t> input,
                              ArrayRef<int64_t> padding,
                              ArrayRef<int64_t> output) {
  unsigned rank = window.rank();
  StringRef mode = node.node.getString("auto_pad", "NOTSET");
  if (!llvm::is_contained({"NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER"},
                          mode))
    return node.error("auto_pad '" + mode +
                      "' is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID");
  FailureOr<SmallVector<int64_t>> pads =
      readSpatial(node, "pads", 2 * rank, 0, 0);
  if (failed(pads))
    return failure();
  bool isSame = mode.starts_with("SAME");
  bool fitsOutput = isSame || node.node.getInts("output_shape");
  for (unsigned dim = 0; dim < rank; ++dim) {
    int64_t full = (input[dim] - 1) * window.strides[dim] +
                   window.getExtent(dim) + padding[dim];
    int64_t before = (*pads)[dim], after = (*pads)[rank + dim];
    if (mode == "VALID")
      before = after = 0;
    if (fitsOutput) {
      int64_t total = std::max<int64_t>(0, full - output[dim]);
      before = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      after = total - before;
    } else if (output[dim] != full - before - after) {
      return node.error("spatial dimension " + Twine(dim) + " becomes " +
                        Twine(full - before - after) +
                        ", but the output is declared with size " +
                        Twine(output[dim]));
    }
    window.before[dim] = before;
    window.after[dim] = after;
  }
  return success();
}

/// Input [N, C, in...], weights [C, M / groups, k...], output [N, M, out...].
static FailureOr<ConvolutionShape> readTransposed(NodeLowering &node) {
  RankedTensorType x = node.inputType(0), w = node.inputType(1),
                   y = node.outputType();
  if (x.getRank() < 3 || w.getRank() != x.getRank() ||
      y.getRank() != x.getRank())
    return node.error("expects an input and weights of one rank, 3 or more");
  unsigned rank = x.getRank() - 2;
  int64_t groups = node.node.getInt("group", 1);
  if (groups < 1 || w.getDimSize(0) != x.getDimSize(1) ||
      x.getDimSize(1) % groups != 0)
    return node.error("weights [")
           << w.getShape() << "] in " << groups << " groups do not fit the "
           << x.getDimSize(1) << " channels of the input";
  if (y.getDimSize(0) != x.getDimSize(0) || y.getDimSize(1) % groups != 0 ||
      y.getDimSize(1) / groups != w.getDimSize(1))
    return node.error("the output does not fit the inputs");
  FailureOr<Window> window =
      readStridesAndDilations(node, w.getShape().drop_front(2));
  FailureOr<SmallVector<int64_t>> padding =
      readSpatial(node, "output_padding", rank, 0, 0);
  if (failed(window) || failed(padding) ||
      failed(readPads(node, *window, x.getShape().drop_front(2), *padding,
                      y.getShape().drop_front(2))))
    return failure();
  SmallVector<int64_t> room = {y.getDimSize(0), y.getDimSize(1)};
  llvm::append_range(room, getRoom(*window, x.getShape().drop_front(2),
                                   y.getShape().drop_front(2)));
  if (failed(checkBuffer(node, room)))
    return failure();
  return ConvolutionShape{*window, groups};
}

/// The sums of all taps, [N, M, room...], in the order of c, then k.
static Value makeTransposedSums(NodeLowering &node, Value x, Value w,
                                const ConvolutionShape &shape) {
  const Window &window = shape.window;
  unsigned rank = window.rank();
  auto xType = cast<RankedTensorType>(x.getType());
  RankedTensorType output = node.outputType();
  x = splitGroups(node, x, 1, shape.groups);
  w = splitGroups(node, w, 0, shape.groups);

  // Loops: n, g, m; c, k; the input positions, so that one weight meets a row.
  MLIRContext *context = output.getContext();
  unsigned numLoops = 4 + 2 * rank;
  auto loop = [&](unsigned index) { return getAffineDimExpr(index, context); };
  SmallVector<AffineExpr> inX = {loop(0), loop(1), loop(3)};
  SmallVector<AffineExpr> inW = {loop(1), loop(3), loop(2)};
  SmallVector<AffineExpr> inY = {loop(0), loop(1), loop(2)};
  for (unsigned dim = 0; dim < rank; ++dim) {
    AffineExpr k = loop(4 + dim), i = loop(4 + rank + dim);
    inX.push_back(i);
    inW.push_back(k);
    inY.push_back(i * window.strides[dim] + k * window.dilations[dim]);
  }
  SmallVector<utils::IteratorType> loops(numLoops,
                                         utils::IteratorType::reduction);
  std::fill_n(loops.begin(), 3, utils::IteratorType::parallel);
  SmallVector<int64_t> room = getRoom(window, xType.getShape().drop_front(2),
                                      output.getShape().drop_front(2));
  SmallVector<int64_t> grouped = {output.getDimSize(0), shape.groups,
                                  output.getDimSize(1) / shape.groups};
  llvm::append_range(grouped, room);
  auto sumType = RankedTensorType::get(grouped, xType.getElementType());
  Value sum = makeMultiplyAdd(node, x, w, sumType, {inX, inW, inY}, loops);
  SmallVector<int64_t> joined = {output.getDimSize(0), output.getDimSize(1)};
  llvm::append_range(joined, room);
  return makeReshape(node, sum, joined);
}

static LogicalResult lowerConvTranspose(NodeLowering &node) {
  if (failed(checkConvolutionTypes(node)))
    return failure();
  FailureOr<ConvolutionShape> shape = readTransposed(node);
  if (failed(shape))
    return failure();
  return replaceBySums(node, /*bias=*/2, [&](Value x, Value w) {
    return cutPads(node, makeTransposedSums(node, x, w, *shape), shape->window);
  });
}

//===----------------------------------------------------------------------===//
// Col2Im
//===----------------------------------------------------------------------===//

namespace {
/// Input [N, C * taps, positions]: column `position` holds a block of the
/// image [N, C, image...].
struct Columns {
  Window window;                  ///< that would make them out of the image
  SmallVector<int64_t> shape;     ///< [N, C, block..., positions...]
  SmallVector<int64_t> positions; ///< how often the block fits
};
} // namespace

/// The columns for `image` and `block`, unless the declared types say
/// otherwise.
static FailureOr<Columns> readColumns(NodeLowering &node,
                                      ArrayRef<int64_t> image,
                                      ArrayRef<int64_t> block) {
  RankedTensorType x = node.inputType(0), y = node.outputType();
  size_t rank = image.size();
  if (x.getRank() != 3 || y.getRank() != int64_t(rank) + 2 || rank == 0 ||
      block.size() != rank || y.getShape().drop_front(2) != image ||
      y.getDimSize(0) != x.getDimSize(0) ||
      y.getElementType() != x.getElementType())
    return node.error("the output does not fit the input, image_shape and "
                      "block_shape");
  FailureOr<Window> window = readStridesAndDilations(node, block);
  FailureOr<SmallVector<int64_t>> pads =
      readSpatial(node, "pads", 2 * rank, 0, 0);
  if (failed(window) || failed(pads))
    return failure();
  Columns columns{*window, {x.getDimSize(0), y.getDimSize(1)}, {}};
  llvm::append_range(columns.shape, block);
  for (size_t dim = 0; dim < rank; ++dim) {
    columns.window.before[dim] = (*pads)[dim];
    columns.window.after[dim] = (*pads)[rank + dim];
    int64_t slack = image[dim] + (*pads)[dim] + (*pads)[rank + dim] -
                    window->getExtent(dim);
    if (slack < 0)
      return node.error("the block does not fit into the image");
    columns.positions.push_back(slack / window->strides[dim] + 1);
  }
  llvm::append_range(columns.shape, columns.positions);
  SmallVector<int64_t> room(y.getShape().take_front(2));
  llvm::append_range(room, getRoom(columns.window, columns.positions, image));
  if (failed(checkBuffer(node, columns.shape)) ||
      failed(checkBuffer(node, room)))
    return failure();
  int64_t count = ShapedType::getNumElements(columns.positions);
  if (x.getNumElements() != ShapedType::getNumElements(columns.shape) ||
      x.getDimSize(2) != count)
    return node.error("the block fits " + Twine(count) +
                      " times, but the input has " + Twine(x.getDimSize(2)) +
                      " columns of " + Twine(x.getDimSize(1)) + " elements");
  return columns;
}

/// image[n, c, i * stride + k * dilation - before] is the sum of all
/// columns[n, c, k, i], k rising.
static LogicalResult lowerCol2Im(NodeLowering &node) {
  FailureOr<SmallVector<int64_t>> image = node.constantInts(1, "image_shape");
  FailureOr<SmallVector<int64_t>> block = node.constantInts(2, "block_shape");
  if (failed(image) || failed(block))
    return failure();
  FailureOr<Columns> columns = readColumns(node, *image, *block);
  if (failed(columns))
    return failure();
  RankedTensorType y = node.outputType();
  if (y.getNumElements() == 0)
    return node.replaceWith(makeEmpty(node, y));

  // Loops: n, c; k; positions.
  const Window &window = columns->window;
  MLIRContext *context = y.getContext();
  unsigned rank = window.rank(), numLoops = 2 + 2 * rank;
  auto loop = [&](unsigned index) { return getAffineDimExpr(index, context); };
  SmallVector<AffineExpr> inY = {loop(0), loop(1)};
  for (unsigned dim = 0; dim < rank; ++dim)
    inY.push_back(loop(2 + rank + dim) * window.strides[dim] +
                  loop(2 + dim) * window.dilations[dim]);
  SmallVector<utils::IteratorType> loops(numLoops,
                                         utils::IteratorType::reduction);
  std::fill_n(loops.begin(), 2, utils::IteratorType::parallel);
  SmallVector<int64_t> shape(y.getShape().take_front(2));
  llvm::append_range(shape, getRoom(window, columns->positions, *image));
  RankedTensorType sumType = y.clone(shape);
  Value sum = linalg::GenericOp::create(
                  node.builder, node.loc, sumType,
                  makeReshape(node, node.input(0), columns->shape),
                  makeFilled(node, sumType, getNumber(y.getElementType(), 0)),
                  ArrayRef<AffineMap>{
                      AffineMap::getMultiDimIdentityMap(numLoops, context),
                      AffineMap::get(numLoops, 0, inY, context)},
                  loops,
                  [](OpBuilder &builder, Location loc, ValueRange x) {
                    ScalarBuilder s(builder, loc, false);
                    linalg::YieldOp::create(builder, loc, s.add(x[1], x[0]));
                  })
                  .getResult(0);
  return node.replaceWith(cutPads(node, sum, window));
}

void setun::onnx::registerTransposedConvolution(HandlerTable &table) {
  table["ConvTranspose"] = {lowerConvTranspose, 2};
  table["Col2Im"] = {lowerCol2Im, 3};
}
