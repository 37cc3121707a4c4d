//===- Convolution.cpp - Sums over windows and channels -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conv with any number of spatial dimensions. Each output is one sum over
// channels and taps in the order of its weights: lowbit.float_conv for f32,
// plain loops for all else.
//===----------------------------------------------------------------------===//

#include "Convolution.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "dialects/LowBit/LowBit.h"

using namespace mlir;
using namespace setun;
using namespace setun::onnx;

FailureOr<ConvolutionShape> setun::onnx::readConvolution(NodeLowering &node,
                                                         unsigned input,
                                                         unsigned weights) {
  RankedTensorType x = node.inputType(input), w = node.inputType(weights),
                   y = node.outputType();
  if (x.getRank() < 3 || w.getRank() != x.getRank() ||
      y.getRank() != x.getRank())
    return node.error("expects an input and weights of one rank, 3 or more");
  ArrayRef<int64_t> kernel = w.getShape().drop_front(2);
  std::optional<ArrayRef<int64_t>> given = node.node.getInts("kernel_shape");
  if (given && !given->empty() && *given != kernel)
    return node.error("kernel_shape [")
           << *given << "] differs from that of the weights [" << kernel << "]";
  FailureOr<Window> window = readWindow(node, x.getShape().drop_front(2),
                                        kernel, y.getShape().drop_front(2));
  if (failed(window))
    return failure();
  int64_t groups = node.node.getInt("group", 1);
  if (groups < 1 || w.getDimSize(0) % groups != 0 ||
      x.getDimSize(1) / groups != w.getDimSize(1) ||
      x.getDimSize(1) % groups != 0)
    return node.error("weights [")
           << w.getShape() << "] in " << groups << " groups do not fit the "
           << x.getDimSize(1) << " channels of the input";
  if (y.getDimSize(0) != x.getDimSize(0) || y.getDimSize(1) != w.getDimSize(0))
    return node.error("the output does not fit the inputs");
  SmallVector<int64_t> padded(x.getShape());
  for (unsigned dim = 0; dim < window->rank(); ++dim)
    padded[2 + dim] += window->before[dim] + window->after[dim];
  if (failed(checkBuffer(node, padded)))
    return failure();
  return ConvolutionShape{*window, groups};
}

Value setun::onnx::splitGroups(NodeLowering &node, Value tensor, unsigned dim,
                               int64_t groups) {
  ArrayRef<int64_t> from = cast<RankedTensorType>(tensor.getType()).getShape();
  SmallVector<int64_t> shape(from.take_front(dim));
  shape.append({groups, from[dim] / groups});
  llvm::append_range(shape, from.drop_front(dim + 1));
  return makeReshape(node, tensor, shape);
}

Value setun::onnx::makeMultiplyAdd(NodeLowering &node, Value x, Value w,
                                   RankedTensorType type,
                                   ArrayRef<SmallVector<AffineExpr>> indices,
                                   ArrayRef<utils::IteratorType> loops) {
  MLIRContext *context = type.getContext();
  SmallVector<AffineMap> maps;
  for (ArrayRef<AffineExpr> position : indices)
    maps.push_back(AffineMap::get(loops.size(), 0, position, context));
  return linalg::GenericOp::create(
             node.builder, node.loc, type, ValueRange{x, w},
             makeFilled(node, type, getNumber(type.getElementType(), 0)), maps,
             loops,
             [](OpBuilder &builder, Location loc, ValueRange x) {
               ScalarBuilder s(builder, loc, false);
               linalg::YieldOp::create(builder, loc,
                                       s.add(x[2], s.mul(x[0], x[1])));
             })
      .getResult(0);
}

Value setun::onnx::makeConvolution(NodeLowering &node, Value x, Value w,
                                   const ConvolutionShape &shape) {
  const Window &window = shape.window;
  unsigned rank = window.rank();
  RankedTensorType output = node.outputType();
  Type element = cast<RankedTensorType>(x.getType()).getElementType();
  int64_t outputs = output.getDimSize(1);
  x = makePadded(node, x, window.before, window.after, getNumber(element, 0));
  x = splitGroups(node, x, 1, shape.groups);
  w = splitGroups(node, w, 0, shape.groups);

  // Loops: n, g, m, all outputs but the innermost; c, k; the innermost outputs,
  // so that one weight meets a row.
  MLIRContext *context = output.getContext();
  unsigned numLoops = 4 + 2 * rank, lastOutput = numLoops - 1;
  auto loop = [&](unsigned index) { return getAffineDimExpr(index, context); };
  auto outputLoop = [&](unsigned dim) {
    return loop(dim + 1 < rank ? 3 + dim : lastOutput);
  };
  AffineExpr c = loop(2 + rank);
  SmallVector<AffineExpr> inX = {loop(0), loop(1), c};
  SmallVector<AffineExpr> inW = {loop(1), loop(2), c};
  SmallVector<AffineExpr> inY = {loop(0), loop(1), loop(2)};
  for (unsigned dim = 0; dim < rank; ++dim) {
    AffineExpr k = loop(3 + rank + dim);
    inX.push_back(outputLoop(dim) * window.strides[dim] +
                  k * window.dilations[dim]);
    inW.push_back(k);
    inY.push_back(outputLoop(dim));
  }
  SmallVector<utils::IteratorType> loops(numLoops,
                                         utils::IteratorType::parallel);
  for (unsigned i = 2 + rank; i < lastOutput; ++i)
    loops[i] = utils::IteratorType::reduction;

  SmallVector<int64_t> grouped = {output.getDimSize(0), shape.groups,
                                  outputs / shape.groups};
  llvm::append_range(grouped, output.getShape().drop_front(2));
  auto sumType = RankedTensorType::get(grouped, element);
  Value sum = makeMultiplyAdd(node, x, w, sumType, {inX, inW, inY}, loops);
  return makeReshape(node, sum, output.getShape());
}

LogicalResult setun::onnx::checkConvolutionTypes(NodeLowering &node) {
  RankedTensorType w = node.inputType(1);
  Type element = node.inputType(0).getElementType();
  if (!isa<FloatType>(element) || w.getElementType() != element ||
      node.outputType().getElementType() != element)
    return node.error("expects floats of one type, not ")
           << node.onnxInputElementType(0) << " and "
           << node.onnxInputElementType(1);
  return success();
}

/// Errors of replaceBySums.
static LogicalResult checkConvolutionOperands(NodeLowering &node,
                                              unsigned bias) {
  RankedTensorType x = node.inputType(0), w = node.inputType(1);
  int64_t outputs = node.outputType().getDimSize(1);
  if (node.has(bias) &&
      (node.inputType(bias).getShape() != ArrayRef(outputs) ||
       node.inputType(bias).getElementType() != x.getElementType()))
    return node.error("the bias must hold one number for each of the " +
                      Twine(outputs) + " outputs");
  if (x.getNumElements() == 0 || w.getNumElements() == 0)
    return node.error("input and weights must not be empty");
  return success();
}

LogicalResult
setun::onnx::replaceBySums(NodeLowering &node, unsigned bias,
                           llvm::function_ref<Value(Value, Value)> makeSums) {
  if (failed(checkConvolutionOperands(node, bias)))
    return failure();
  RankedTensorType type = node.outputType();
  Type element = type.getElementType();
  int64_t outputs = type.getDimSize(1);
  Type sumType = getSumType(node, element);
  Value sum =
      makeFloatCast(node,
                    makeSums(makeFloatCast(node, node.input(0), sumType),
                             makeFloatCast(node, node.input(1), sumType)),
                    element);
  if (!node.has(bias))
    return node.replaceWith(sum);
  SmallVector<int64_t> perChannel(type.getRank() - 1, 1);
  perChannel.front() = outputs;
  FailureOr<Value> result = makeElementwise(
      node, type, {sum, makeReshape(node, node.input(bias), perChannel)},
      [&](OpBuilder &builder, ValueRange x) {
        return ScalarBuilder(builder, node.loc, false).add(x[0], x[1]);
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

/// Can `lowbit.float_conv` compute it?
static bool isFloatConvolution(NodeLowering &node,
                               const ConvolutionShape &shape) {
  return node.inputType(0).getElementType().isF32() &&
         !node.options.reduceInF64 && shape.window.rank() <= 3;
}

static Value makeFloatConvolution(NodeLowering &node, Value x, Value w,
                                  Value bias, const ConvolutionShape &shape) {
  const Window &window = shape.window;
  SmallVector<int64_t> pads(window.before);
  llvm::append_range(pads, window.after);
  RankedTensorType type = node.outputType();
  auto attribute = lowbit::WindowAttr::get(
      type.getContext(), window.kernel, window.strides, window.dilations, pads);
  return lowbit::FloatConvOp::create(node.builder, node.loc, TypeRange(type), x,
                                     w, bias, /*scratch=*/Value(),
                                     makeEmpty(node, type), attribute,
                                     shape.groups)
      .getResult(0);
}

static LogicalResult lowerConv(NodeLowering &node) {
  if (failed(checkConvolutionTypes(node)))
    return failure();
  FailureOr<ConvolutionShape> shape = readConvolution(node, 0, 1);
  if (failed(shape))
    return failure();
  if (!isFloatConvolution(node, *shape))
    return replaceBySums(node, /*bias=*/2, [&](Value x, Value w) {
      return makeConvolution(node, x, w, *shape);
    });
  if (failed(checkConvolutionOperands(node, /*bias=*/2)))
    return failure();
  Value bias = node.has(2) ? node.input(2) : Value();
  return node.replaceWith(
      makeFloatConvolution(node, node.input(0), node.input(1), bias, *shape));
}

void setun::onnx::registerConvolution(HandlerTable &table) {
  table["Conv"] = {lowerConv, 2};
}
