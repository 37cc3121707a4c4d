//===- DeformConvolution.cpp - Windows whose taps are moved ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// DeformConv: every tap of every window reads at a position of its own, between
// elements. One row of outputs at a time, the taps of the row are gathered and
// then multiplied with the weights.
//===----------------------------------------------------------------------===//

#include "Convolution.h"
#include "Sampling.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

namespace {
/// Inputs as the loops want them.
struct DeformConvolution {
  ConvolutionShape shape;
  int64_t offsetGroups;
  Value image;   ///< [N, C, H, W]
  Value offsets; ///< [N, offset groups, kh, kw, 2, OH, OW]
  Value mask;    ///< [N, offset groups, kh, kw, OH, OW], or null
};
} // namespace

/// Input `index` with shape [N, groups * count, OH, OW] as [N, groups, kh, kw,
/// more..., OH, OW].
static FailureOr<Value> splitTaps(NodeLowering &node, unsigned index,
                                  int64_t groups, const Window &window,
                                  ArrayRef<int64_t> more) {
  RankedTensorType type = node.inputType(index), y = node.outputType();
  int64_t count = window.kernel[0] * window.kernel[1] * groups;
  SmallVector<int64_t> shape = {y.getDimSize(0), groups, window.kernel[0],
                                window.kernel[1]};
  for (int64_t size : more) {
    count *= size;
    shape.push_back(size);
  }
  shape.append({y.getDimSize(2), y.getDimSize(3)});
  SmallVector<int64_t> expected = {y.getDimSize(0), count, y.getDimSize(2),
                                   y.getDimSize(3)};
  if (type.getShape() != ArrayRef(expected) ||
      type.getElementType() != y.getElementType())
    return node.error("input " + Twine(index) + " must have the shape [")
           << expected << "] and the type of the output";
  return makeReshape(node, node.input(index), shape);
}

static FailureOr<DeformConvolution> readDeform(NodeLowering &node) {
  if (failed(checkConvolutionTypes(node)))
    return failure();
  RankedTensorType x = node.inputType(0);
  if (x.getRank() != 4)
    return node.error("supported are images of two dimensions only");
  FailureOr<ConvolutionShape> shape = readConvolution(node, 0, 1);
  if (failed(shape))
    return failure();
  int64_t offsetGroups = node.node.getInt("offset_group", 1);
  if (offsetGroups < 1 || x.getDimSize(1) % offsetGroups != 0)
    return node.error("the " + Twine(x.getDimSize(1)) +
                      " channels cannot be divided into " +
                      Twine(offsetGroups) + " offset groups");
  DeformConvolution deform{*shape, offsetGroups, nullptr, nullptr, nullptr};
  FailureOr<Value> offsets =
      splitTaps(node, 2, offsetGroups, shape->window, {2});
  if (failed(offsets))
    return failure();
  deform.offsets = *offsets;
  if (node.has(4)) {
    FailureOr<Value> mask = splitTaps(node, 4, offsetGroups, shape->window, {});
    if (failed(mask))
      return failure();
    deform.mask = *mask;
  }
  return deform;
}

/// What channel c, tap (kh, kw) of output (n, oh, ow) reads.
static Value makeSample(ScalarBuilder &s, const DeformConvolution &deform,
                        Value n, Value oh, Value ow, Value c, ValueRange tap) {
  const Window &window = deform.shape.window;
  auto type = cast<RankedTensorType>(deform.image.getType());
  int64_t perGroup = type.getDimSize(1) / deform.offsetGroups;
  Value group = arith::DivUIOp::create(s.builder, s.loc, c,
                                       makeIndex(s.builder, s.loc, perGroup));
  SmallVector<Taps> dims;
  for (unsigned dim = 0; dim < 2; ++dim) {
    SmallVector<Value> at = {
        n, group, tap[0], tap[1], makeIndex(s.builder, s.loc, dim), oh, ow};
    Value offset =
        s.cast(tensor::ExtractOp::create(s.builder, s.loc, deform.offsets, at),
               type.getElementType());
    Value o = dim == 0 ? oh : ow;
    Value first = s.sub(s.mul(o, s.numberLike(o, window.strides[dim])),
                        s.numberLike(o, window.before[dim]));
    Value regular =
        s.add(first, s.mul(tap[dim], s.numberLike(o, window.dilations[dim])));
    Value x = s.add(indexToFloat(s, regular, offset), offset);
    dims.push_back(makeLinearTaps(s, x, type.getDimSize(dim + 2)));
  }
  Value sample = interpolate(s, deform.image, {n, c}, dims);
  if (!deform.mask)
    return sample;
  SmallVector<Value> at = {n, group, tap[0], tap[1], oh, ow};
  Value factor = tensor::ExtractOp::create(s.builder, s.loc, deform.mask, at);
  return s.mul(sample, s.cast(factor, type.getElementType()));
}

/// Row [M, OW] of the output: sum over c, kh, kw of weight * sample.
static Value makeRow(NodeLowering &node, const DeformConvolution &deform,
                     Value weights, Value n, Value oh) {
  const Window &window = deform.shape.window;
  auto x = cast<RankedTensorType>(deform.image.getType());
  RankedTensorType y = node.outputType();
  int64_t groups = deform.shape.groups, columns = y.getDimSize(3);
  auto samplesType = RankedTensorType::get(
      {x.getDimSize(1), window.kernel[0], window.kernel[1], columns},
      x.getElementType());
  Value samples = makeFromIndices(
      node, samplesType, [&](OpBuilder &builder, ValueRange at) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        return makeSample(s, deform, n, oh, at[3], at[0], at.slice(1, 2));
      });
  samples = splitGroups(node, samples, 0, groups);
  // Loops: g, m; c, kh, kw; ow.
  MLIRContext *context = x.getContext();
  auto loop = [&](unsigned index) { return getAffineDimExpr(index, context); };
  SmallVector<utils::IteratorType> loops(6, utils::IteratorType::parallel);
  for (unsigned i : {2, 3, 4})
    loops[i] = utils::IteratorType::reduction;
  auto type = RankedTensorType::get({groups, y.getDimSize(1) / groups, columns},
                                    x.getElementType());
  Value sums = makeMultiplyAdd(node, samples, weights, type,
                               {{loop(0), loop(2), loop(3), loop(4), loop(5)},
                                {loop(0), loop(1), loop(2), loop(3), loop(4)},
                                {loop(0), loop(1), loop(5)}},
                               loops);
  return makeReshape(node, sums, {y.getDimSize(1), columns});
}

static LogicalResult lowerDeformConv(NodeLowering &node) {
  FailureOr<DeformConvolution> deform = readDeform(node);
  if (failed(deform))
    return failure();
  return replaceBySums(node, /*bias=*/3, [&](Value x, Value w) {
    deform->image = x;
    Value weights = splitGroups(node, w, 0, deform->shape.groups);
    RankedTensorType type = node.outputType().clone(getElementTypeOrSelf(x));
    return makeUpdates(
        node, {type.getDimSize(0), type.getDimSize(2)}, makeEmpty(node, type),
        [&](OpBuilder &builder, ValueRange at, Value result) -> Value {
          OpBuilder::InsertionGuard guard(node.builder);
          node.builder.restoreInsertionPoint(builder.saveInsertionPoint());
          Value row = makeRow(node, *deform, weights, at[0], at[1]);
          Builder &attributes = node.builder;
          auto index = [&](int64_t value) -> OpFoldResult {
            return attributes.getIndexAttr(value);
          };
          return tensor::InsertSliceOp::create(
              node.builder, node.loc, row, result,
              {at[0], index(0), at[1], index(0)},
              {index(1), index(type.getDimSize(1)), index(1),
               index(type.getDimSize(3))},
              {index(1), index(1), index(1), index(1)});
        });
  });
}

void setun::onnx::registerDeformConvolution(HandlerTable &table) {
  table["DeformConv"] = {lowerDeformConv, 3};
}
