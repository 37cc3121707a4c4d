//===- RoiPooling.cpp - One number for each part of a region --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MaxRoiPool and RoiAlign: regions of an image, given at run time, are divided
// into a fixed number of parts.
//===----------------------------------------------------------------------===//

#include "Sampling.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

/// A region may ask for as many samples as it has pixels; beyond this it is no
/// region of an image.
static constexpr double kMaxSamples = 4096;

/// Image [N, C, H, W], regions [R, columns], output [R, C, OH, OW] of floats.
static LogicalResult checkRegions(NodeLowering &node, int64_t columns) {
  RankedTensorType x = node.inputType(0), regions = node.inputType(1),
                   y = node.outputType();
  if (x.getRank() != 4 || y.getRank() != 4 || regions.getRank() != 2 ||
      regions.getDimSize(1) != columns ||
      y.getDimSize(0) != regions.getDimSize(0) ||
      y.getDimSize(1) != x.getDimSize(1) || x.getNumElements() == 0)
    return node.error("image [")
           << x.getShape() << "], regions [" << regions.getShape()
           << "] and output [" << y.getShape() << "] do not fit";
  if (!isa<FloatType>(x.getElementType()) ||
      regions.getElementType() != x.getElementType() ||
      y.getElementType() != x.getElementType())
    return node.error("expects floats of one type");
  return success();
}

/// Number `column` of region r.
static Value loadRegion(ScalarBuilder &s, Value regions, Value r,
                        int64_t column) {
  Value at[] = {r, makeIndex(s.builder, s.loc, column)};
  return tensor::ExtractOp::create(s.builder, s.loc, regions, at);
}

/// Two loops, rows outermost, that carry `inits` on.
static SmallVector<Value>
visitGrid(ScalarBuilder &s, ValueRange first, ValueRange end, ValueRange inits,
          llvm::function_ref<SmallVector<Value>(ScalarBuilder &, ValueRange at,
                                                ValueRange carried)>
              visit) {
  Value one = makeIndex(s.builder, s.loc, 1);
  Value steps[] = {one, one};
  scf::LoopNest nest = scf::buildLoopNest(
      s.builder, s.loc, first, end, steps, inits,
      [&](OpBuilder &inner, Location loc, ValueRange at, ValueRange carried) {
        ScalarBuilder t(inner, loc, /*isUnsigned=*/false);
        SmallVector<Value> next = visit(t, at, carried);
        return scf::ValueVector(next.begin(), next.end());
      });
  return SmallVector<Value>(nest.results);
}

//===----------------------------------------------------------------------===//
// MaxRoiPool
//===----------------------------------------------------------------------===//

/// Positions first .. end - 1 of part `part` of a region from `from` to `to`,
/// both rounded to elements and included.
static std::pair<Value, Value> makePart(ScalarBuilder &s, Value from, Value to,
                                        Value part, int64_t parts,
                                        int64_t size) {
  Value one = s.numberLike(from, 1);
  Value length = s.add(s.sub(to, from), one);
  length = s.select(s.greater(length, one), length, one);
  Value step = s.div(length, s.numberLike(from, parts));
  Value index = indexToFloat(s, part, from);
  Value first = s.unary<math::FloorOp>(s.mul(index, step));
  Value end = s.unary<math::CeilOp>(s.mul(s.add(index, one), step));
  // Between 0 and the size, both included.
  return {floatToPosition(s, s.add(first, from), size + 1),
          floatToPosition(s, s.add(end, from), size + 1)};
}

/// The largest element of each part, 0 for an empty one. A region is [image,
/// x1, y1, x2, y2].
static LogicalResult lowerMaxRoiPool(NodeLowering &node) {
  if (failed(checkRegions(node, 5)))
    return failure();
  RankedTensorType x = node.inputType(0), y = node.outputType();
  Value image = node.input(0), regions = node.input(1);
  double scale = node.node.getFloat("spatial_scale", 1.0f);
  return node.replaceWith(
      makeFromIndices(node, y, [&](OpBuilder &builder, ValueRange at) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        auto corner = [&](int64_t column) {
          Value value = loadRegion(s, regions, at[0], column);
          return s.unary<math::RoundOp>(
              s.mul(value, s.numberLike(value, scale)));
        };
        auto [top, bottom] = makePart(s, corner(2), corner(4), at[2],
                                      y.getDimSize(2), x.getDimSize(2));
        auto [left, right] = makePart(s, corner(1), corner(3), at[3],
                                      y.getDimSize(3), x.getDimSize(3));
        Value n = floatToPosition(s, loadRegion(s, regions, at[0], 0),
                                  x.getDimSize(0));
        Value lowest = arith::ConstantOp::create(
            builder, node.loc, getLowest(x.getElementType(), false));
        Value largest = visitGrid(
            s, {top, left}, {bottom, right}, lowest,
            [&](ScalarBuilder &t, ValueRange position,
                ValueRange best) -> SmallVector<Value> {
              Value from[] = {n, at[1], position[0], position[1]};
              Value value =
                  tensor::ExtractOp::create(t.builder, t.loc, image, from);
              return {t.select(t.greater(value, best[0]), value, best[0])};
            })[0];
        Value hasRows = s.less(top, bottom), hasColumns = s.less(left, right);
        Value isEmpty =
            arith::AndIOp::create(builder, node.loc, hasRows, hasColumns);
        return s.select(isEmpty, largest, s.numberLike(largest, 0));
      }));
}

//===----------------------------------------------------------------------===//
// RoiAlign
//===----------------------------------------------------------------------===//

namespace {
/// One dimension of a region and its parts.
struct AlignedAxis {
  Value start, step; ///< of the parts, in elements
  Value samples;     ///< in each part, as a float
  Value count;       ///< the same as an index
};

struct AlignOptions {
  bool isMax, halfPixel;
  int64_t samplingRatio;
  double scale;
};
} // namespace

static AlignedAxis makeAlignedAxis(ScalarBuilder &s,
                                   const AlignOptions &options, Value from,
                                   Value to, int64_t parts) {
  auto number = [&](double value) { return s.numberLike(from, value); };
  AlignedAxis axis;
  double shift = options.halfPixel ? 0.5 : 0.0;
  axis.start = s.sub(s.mul(from, number(options.scale)), number(shift));
  Value end = s.sub(s.mul(to, number(options.scale)), number(shift));
  Value length = s.sub(end, axis.start);
  if (!options.halfPixel)
    length = s.select(s.greater(length, number(1)), length, number(1));
  axis.step = s.div(length, number(static_cast<double>(parts)));
  axis.samples =
      options.samplingRatio > 0
          ? number(static_cast<double>(options.samplingRatio))
          : clampFloat(s, s.unary<math::CeilOp>(axis.step), 0, kMaxSamples);
  axis.count = options.samplingRatio > 0
                   ? makeIndex(s.builder, s.loc, options.samplingRatio)
                   : floatToPosition(s, axis.samples, int64_t(kMaxSamples) + 1);
  return axis;
}

/// The two elements around sample `i` of part `part`. Positions up to one
/// element outside count as the border, those beyond as 0.
static Taps makeAlignedTaps(ScalarBuilder &s, const AlignedAxis &axis,
                            Value part, Value i, int64_t size) {
  auto number = [&](double value) { return s.numberLike(axis.start, value); };
  Value inPart = s.div(
      s.mul(s.add(indexToFloat(s, i, axis.start), number(0.5)), axis.step),
      axis.samples);
  Value x = s.add(
      s.add(axis.start, s.mul(indexToFloat(s, part, axis.start), axis.step)),
      inPart);
  double last = static_cast<double>(size - 1);
  Value inside =
      arith::AndIOp::create(s.builder, s.loc, s.greaterEqual(x, number(-1)),
                            s.lessEqual(x, number(static_cast<double>(size))));
  x = clampFloat(s, x, 0, last);
  Value low = s.unary<math::FloorOp>(x), ratio = s.sub(x, low);
  Value rest = s.sub(number(1), ratio);
  return {{floatToPosition(s, low, size), rest, inside},
          {floatToPosition(s, s.add(low, number(1)), size), ratio, inside}};
}

/// The four elements around a sample times their weights.
static SmallVector<Value> makeWeighted(ScalarBuilder &s, Value image, Value n,
                                       Value c, const Taps &rows,
                                       const Taps &columns) {
  SmallVector<Value> terms;
  for (const Tap &row : rows)
    for (const Tap &column : columns) {
      Value from[] = {n, c, row.position, column.position};
      Value element = tensor::ExtractOp::create(s.builder, s.loc, image, from);
      Value inside =
          arith::AndIOp::create(s.builder, s.loc, row.inside, column.inside);
      Value weight = s.mul(row.weight, column.weight);
      weight = s.select(inside, weight, s.numberLike(weight, 0));
      terms.push_back(s.mul(weight, element));
    }
  return terms;
}

static FailureOr<AlignOptions> readAlignOptions(NodeLowering &node) {
  AlignOptions options;
  StringRef mode = node.node.getString("mode", "avg");
  if (mode != "avg" && mode != "max")
    return node.error("mode '" + mode + "' is neither avg nor max");
  options.isMax = mode == "max";
  StringRef transform = node.node.getString(
      "coordinate_transformation_mode",
      node.opset() < 16 ? "output_half_pixel" : "half_pixel");
  if (transform != "half_pixel" && transform != "output_half_pixel")
    return node.error("coordinate_transformation_mode '" + transform +
                      "' is neither half_pixel nor output_half_pixel");
  options.halfPixel = transform == "half_pixel";
  options.samplingRatio = node.node.getInt("sampling_ratio", 0);
  if (options.samplingRatio > int64_t(kMaxSamples))
    return node.error("sampling_ratio " + Twine(options.samplingRatio) +
                      " is larger than " + Twine(int64_t(kMaxSamples)));
  options.scale = node.node.getFloat("spatial_scale", 1.0f);
  return options;
}

/// Mean of the samples of each part, or the largest of their weighted elements.
static LogicalResult lowerRoiAlign(NodeLowering &node) {
  FailureOr<AlignOptions> options = readAlignOptions(node);
  if (failed(options) || failed(checkRegions(node, 4)))
    return failure();
  RankedTensorType x = node.inputType(0), y = node.outputType();
  if (node.inputType(2).getShape() != ArrayRef(y.getDimSize(0)) ||
      !isa<IntegerType>(node.inputType(2).getElementType()))
    return node.error("batch_indices must be one integer for each region");
  Value image = node.input(0), regions = node.input(1), images = node.input(2);
  return node.replaceWith(
      makeFromIndices(node, y, [&](OpBuilder &builder, ValueRange at) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        auto corner = [&](int64_t column) {
          return loadRegion(s, regions, at[0], column);
        };
        Value n = clampIndex(
            builder, node.loc,
            tensor::ExtractOp::create(builder, node.loc, images, at[0]),
            x.getDimSize(0));
        AlignedAxis rows =
            makeAlignedAxis(s, *options, corner(1), corner(3), y.getDimSize(2));
        AlignedAxis columns =
            makeAlignedAxis(s, *options, corner(0), corner(2), y.getDimSize(3));
        Value zero = s.numberLike(rows.start, 0);
        Value init = zero;
        if (options->isMax)
          init = arith::ConstantOp::create(
              builder, node.loc, getLowest(x.getElementType(), false));
        Value start = makeIndex(builder, node.loc, 0);
        Value folded = visitGrid(
            s, {start, start}, {rows.count, columns.count}, init,
            [&](ScalarBuilder &t, ValueRange i,
                ValueRange carried) -> SmallVector<Value> {
              SmallVector<Value> terms = makeWeighted(
                  t, image, n, at[1],
                  makeAlignedTaps(t, rows, at[2], i[0], x.getDimSize(2)),
                  makeAlignedTaps(t, columns, at[3], i[1], x.getDimSize(3)));
              Value sample = terms[0];
              for (Value term : ArrayRef(terms).drop_front())
                sample = options->isMax
                             ? t.select(t.greater(term, sample), term, sample)
                             : t.add(sample, term);
              if (!options->isMax)
                return {t.add(carried[0], sample)};
              return {
                  t.select(t.greater(sample, carried[0]), sample, carried[0])};
            })[0];
        Value count = s.mul(rows.samples, columns.samples);
        Value isEmpty = s.equal(count, zero);
        if (options->isMax)
          return s.select(isEmpty, zero, folded);
        return s.div(folded, s.select(isEmpty, s.numberLike(count, 1), count));
      }));
}

void setun::onnx::registerRoiPooling(HandlerTable &table) {
  table["MaxRoiPool"] = {lowerMaxRoiPool, 2};
  table["RoiAlign"] = {lowerRoiAlign, 3};
}
