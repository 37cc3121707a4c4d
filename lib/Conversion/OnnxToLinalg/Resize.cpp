//===- Resize.cpp - Images of another size --------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Resize and Upsample with constant scales or sizes. Nearest is a lookup by
// tables; linear and cubic go axis by axis, each output a weighted sum of some
// inputs, in rising order. Integers are computed in f32 and rounded to even.
//===----------------------------------------------------------------------===//

#include "IndexBuilders.h"
#include "Quantization.h"
#include "ResizeTables.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace setun::onnx;

/// Sums of up to so many taps are written out.
static constexpr int64_t kMaxUnrolledTaps = 4;

//===----------------------------------------------------------------------===//
// What the node asks for
//===----------------------------------------------------------------------===//

static FailureOr<ResizeOptions> readOptions(NodeLowering &node) {
  // Before opset 11 there is one way to compute positions.
  bool isOld = node.opset() < 11 || node.node.getOpType() == "Upsample";
  ResizeOptions options;
  options.mode = node.node.getString("mode", "nearest");
  options.transform =
      isOld
          ? "asymmetric"
          : node.node.getString("coordinate_transformation_mode", "half_pixel");
  options.nearest =
      isOld ? "simple"
            : node.node.getString("nearest_mode", "round_prefer_floor");
  options.cubicA = node.node.getFloat("cubic_coeff_a", -0.75f);
  options.excludeOutside = node.node.getInt("exclude_outside", 0) != 0;
  options.antialias = node.node.getInt("antialias", 0) != 0;
  // The first versions said bilinear.
  if (options.mode == "bilinear")
    options.mode = "linear";
  if (!llvm::is_contained({"nearest", "linear", "cubic"}, options.mode))
    return node.error("mode '" + options.mode +
                      "' is none of nearest, linear, cubic");
  if (!llvm::is_contained({"half_pixel", "half_pixel_symmetric",
                           "pytorch_half_pixel", "align_corners", "asymmetric",
                           "tf_crop_and_resize", "tf_half_pixel_for_nn"},
                          options.transform))
    return node.error("coordinate_transformation_mode '" + options.transform +
                      "' is not known");
  if (!llvm::is_contained({"simple", "round_prefer_floor", "round_prefer_ceil",
                           "floor", "ceil"},
                          options.nearest))
    return node.error("nearest_mode '" + options.nearest + "' is not known");
  if (options.antialias && options.mode == "nearest")
    return node.error("antialias goes with linear and cubic only");
  return options;
}

/// The axes that scales, sizes and roi speak of.
static FailureOr<SmallVector<int64_t>> readAxes(NodeLowering &node,
                                                int64_t rank) {
  std::optional<ArrayRef<int64_t>> given = node.node.getInts("axes");
  if (!given)
    return llvm::to_vector(llvm::seq<int64_t>(0, rank));
  SmallVector<int64_t> axes;
  for (int64_t axis : *given) {
    FailureOr<int64_t> normalized = node.normalizeAxis(axis, rank);
    if (failed(normalized))
      return failure();
    if (llvm::is_contained(axes, *normalized))
      return node.error("axis " + Twine(*normalized) + " stands twice in axes");
    axes.push_back(*normalized);
  }
  return axes;
}

/// The numbers of constant float input `index`, `count` of them.
static FailureOr<SmallVector<double>>
readFloats(NodeLowering &node, unsigned index, StringRef what, size_t count) {
  std::optional<ConstantData> data = node.constant(index);
  if (!data || !isa<FloatType>(data->getElementType()) ||
      data->size() != int64_t(count))
    return node.error("input " + Twine(index) + " (" + what +
                      ") must be a constant of " + Twine(count) + " floats");
  SmallVector<double> values;
  for (size_t i = 0; i < count; ++i)
    values.push_back(data->asDouble(i));
  return values;
}

/// Is input `index` there, and not the empty tensor that stands for none?
static bool isGiven(NodeLowering &node, unsigned index) {
  return node.has(index) && node.inputType(index).getNumElements() > 0;
}

/// scale = size / input; a policy other than `stretch` takes the least or the
/// greatest scale for all axes, and round(scale * input) as size.
static LogicalResult setSizes(NodeLowering &node, ArrayRef<int64_t> axes,
                              unsigned index,
                              MutableArrayRef<ResizeAxis> result) {
  FailureOr<SmallVector<int64_t>> sizes = node.constantInts(index, "sizes");
  if (failed(sizes))
    return failure();
  if (sizes->size() != axes.size())
    return node.error("expects one size for each of " + Twine(axes.size()) +
                      " axes");
  StringRef policy = node.node.getString("keep_aspect_ratio_policy", "stretch");
  SmallVector<double> scales;
  for (auto [axis, size] : llvm::zip(axes, *sizes)) {
    if (size < 0)
      return node.error("the size of axis " + Twine(axis) + " is negative");
    scales.push_back(static_cast<double>(size) /
                     static_cast<double>(result[axis].input));
  }
  if (policy == "not_larger" || policy == "not_smaller") {
    double scale = policy == "not_larger" ? *llvm::min_element(scales)
                                          : *llvm::max_element(scales);
    std::fill(scales.begin(), scales.end(), scale);
  } else if (policy != "stretch") {
    return node.error("keep_aspect_ratio_policy '" + policy +
                      "' is none of stretch, not_larger, not_smaller");
  }
  for (auto [axis, scale, size] : llvm::zip(axes, scales, *sizes)) {
    result[axis].scale = scale;
    result[axis].output =
        policy == "stretch"
            ? size
            : static_cast<int64_t>(
                  scale * static_cast<double>(result[axis].input) + 0.5);
  }
  return success();
}

/// size = floor(input * scale)
static void setScales(ArrayRef<int64_t> axes, ArrayRef<double> scales,
                      MutableArrayRef<ResizeAxis> result) {
  for (auto [axis, scale] : llvm::zip(axes, scales)) {
    result[axis].scale = scale;
    double size = std::floor(static_cast<double>(result[axis].input) * scale);
    bool fits = size >= 0 && size < 1e15; // false for a NaN
    result[axis].output = fits ? static_cast<int64_t>(size) : -1;
  }
}

/// Scales are attribute `scales` of the first Upsample, input 1 before opset
/// 11, input 2 since; sizes are input 3.
static LogicalResult readScales(NodeLowering &node, ArrayRef<int64_t> axes,
                                MutableArrayRef<ResizeAxis> result) {
  if (std::optional<ArrayRef<float>> scales = node.node.getFloats("scales")) {
    if (scales->size() != axes.size())
      return node.error("expects one scale for each of " + Twine(axes.size()) +
                        " axes");
    setScales(axes, SmallVector<double>(scales->begin(), scales->end()),
              result);
    return success();
  }
  bool isOld = node.opset() < 11 || node.node.getOpType() == "Upsample";
  if (!isOld && isGiven(node, 3))
    return setSizes(node, axes, 3, result);
  unsigned index = isOld ? 1 : 2;
  if (!isGiven(node, index))
    return node.error("neither scales nor sizes are given");
  FailureOr<SmallVector<double>> scales =
      readFloats(node, index, "scales", axes.size());
  if (failed(scales))
    return failure();
  setScales(axes, *scales, result);
  return success();
}

static FailureOr<SmallVector<ResizeAxis>>
readResize(NodeLowering &node, const ResizeOptions &options) {
  RankedTensorType type = node.inputType(0), output = node.outputType();
  if (output.getRank() != type.getRank() ||
      output.getElementType() != type.getElementType())
    return node.error("the output does not fit the input");
  FailureOr<SmallVector<int64_t>> axes = readAxes(node, type.getRank());
  if (failed(axes))
    return failure();
  SmallVector<ResizeAxis> result(type.getRank());
  for (auto [axis, size] : llvm::zip(result, type.getShape()))
    axis.input = axis.output = size;
  if (failed(readScales(node, *axes, result)))
    return failure();
  for (auto [dim, axis] : llvm::enumerate(result)) {
    if (!(axis.scale > 0) && axis.output != 0)
      return node.error("the scale of axis " + Twine(dim) +
                        " is not greater than 0");
    if (axis.output != output.getDimSize(dim))
      return node.error("axis " + Twine(dim) + " becomes " +
                        Twine(axis.output) +
                        ", but the output is declared with size " +
                        Twine(output.getDimSize(dim)));
  }
  if (options.transform == "tf_crop_and_resize") {
    FailureOr<SmallVector<double>> roi =
        readFloats(node, 1, "roi", 2 * axes->size());
    if (failed(roi))
      return failure();
    for (auto [i, axis] : llvm::enumerate(*axes)) {
      result[axis].roiStart = (*roi)[i];
      result[axis].roiEnd = (*roi)[axes->size() + i];
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Lookups and weighted sums
//===----------------------------------------------------------------------===//

static LogicalResult checkTables(NodeLowering &node,
                                 const ResizeOptions &options,
                                 ArrayRef<ResizeAxis> axes) {
  for (const ResizeAxis &axis : axes)
    if (!axis.isIdentity() &&
        failed(checkTableSize(node, axis.output *
                                        getResizeTaps(options, axis.scale))))
      return failure();
  return success();
}

static FailureOr<Value> resizeNearest(NodeLowering &node,
                                      const ResizeOptions &options,
                                      ArrayRef<ResizeAxis> axes) {
  SmallVector<PositionTable> tables;
  for (const ResizeAxis &axis : axes) {
    tables.emplace_back();
    if (!axis.isIdentity())
      llvm::append_range(tables.back(),
                         makeResizeTables(options, axis).positions);
  }
  return makeGathered(node, node.input(0), node.outputType().getShape(),
                      tables);
}

/// result[.., o, ..] = sum over t of weights[o, t] * x[.., positions[o, t], ..]
static Value resizeAxis(NodeLowering &node, Value x, int64_t dim,
                        const ResizeTables &tables) {
  auto type = cast<RankedTensorType>(x.getType());
  Type element = type.getElementType();
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = tables.positions.size() / tables.taps;
  Value positions = makePositionTable(node, tables.positions);
  Value weights = makeFloatTable(node, element, tables.weights, "weights");
  return makeFromIndices(
      node, RankedTensorType::get(shape, element),
      [&](OpBuilder &builder, ValueRange at) -> Value {
        Location loc = node.loc;
        ScalarBuilder s(builder, loc, /*isUnsigned=*/false);
        Value first = s.mul(at[dim], makeIndex(builder, loc, tables.taps));
        auto makeTerm = [&](OpBuilder &inner, Value tap) -> Value {
          ScalarBuilder t(inner, loc, /*isUnsigned=*/false);
          Value entry = t.add(first, tap);
          Value position =
              tensor::ExtractOp::create(inner, loc, positions, entry);
          SmallVector<Value> from(at);
          from[dim] = arith::IndexCastOp::create(
              inner, loc, inner.getIndexType(), position);
          Value weight = tensor::ExtractOp::create(inner, loc, weights, entry);
          return t.mul(weight, tensor::ExtractOp::create(inner, loc, x, from));
        };
        if (tables.taps <= kMaxUnrolledTaps) {
          Value sum = makeTerm(builder, makeIndex(builder, loc, 0));
          for (int64_t tap = 1; tap < tables.taps; ++tap)
            sum = s.add(sum, makeTerm(builder, makeIndex(builder, loc, tap)));
          return sum;
        }
        Value zero =
            arith::ConstantOp::create(builder, loc, getNumber(element, 0.0));
        return scf::ForOp::create(
                   builder, loc, makeIndex(builder, loc, 0),
                   makeIndex(builder, loc, tables.taps),
                   makeIndex(builder, loc, 1), zero,
                   [&](OpBuilder &inner, Location, Value tap, ValueRange sums) {
                     ScalarBuilder t(inner, loc, /*isUnsigned=*/false);
                     scf::YieldOp::create(inner, loc,
                                          t.add(sums[0], makeTerm(inner, tap)));
                   })
            .getResult(0);
      });
}

/// A float of the sum type, or the integers of the input as such.
static FailureOr<Value> makeNumbers(NodeLowering &node) {
  Type element = node.inputType(0).getElementType();
  if (isa<FloatType>(element))
    return makeFloatCast(node, node.input(0), getSumType(node, element));
  Type code = node.onnxInputElementType(0);
  if (!isCodeType(code))
    return node.error("mode '" + node.node.getString("mode", "nearest") +
                      "' is supported on floats and integers of up to 16 "
                      "bits, not on ")
           << code;
  Type f32 = node.builder.getF32Type();
  return makeElementwise(node, node.inputType(0).clone(f32), node.input(0),
                         [&](OpBuilder &builder, ValueRange x) -> Value {
                           ScalarBuilder s(builder, node.loc, false);
                           return arith::SIToFPOp::create(
                               builder, node.loc, f32,
                               makeWideCode(s, x[0], code));
                         });
}

/// Numbers as elements of the output: integers are rounded to even and
/// saturate.
static FailureOr<Value> makeElements(NodeLowering &node, Value numbers) {
  RankedTensorType type = node.outputType();
  if (isa<FloatType>(type.getElementType()))
    return makeFloatCast(node, numbers, type.getElementType());
  return makeElementwise(
      node, type, numbers, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, false);
        return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(x[0]), nullptr,
                                 node.onnxOutputElementType());
      });
}

static FailureOr<Value> resizeByWeights(NodeLowering &node,
                                        const ResizeOptions &options,
                                        ArrayRef<ResizeAxis> axes) {
  FailureOr<Value> x = makeNumbers(node);
  if (failed(x))
    return failure();
  // What shrinks most goes first; of equals, the last axis.
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, axes.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) {
    if (axes[a].scale != axes[b].scale)
      return axes[a].scale < axes[b].scale;
    return a > b;
  });
  for (int64_t dim : order)
    if (!axes[dim].isIdentity())
      x = resizeAxis(node, *x, dim, makeResizeTables(options, axes[dim]));
  return makeElements(node, *x);
}

/// What tf_crop_and_resize takes from outside of the input becomes the
/// extrapolation value.
static FailureOr<Value> replaceOutside(NodeLowering &node, Value resized,
                                       const ResizeOptions &options,
                                       ArrayRef<ResizeAxis> axes) {
  RankedTensorType type = node.outputType();
  double value = node.node.getFloat("extrapolation_value", 0.0f);
  for (auto [dim, axis] : llvm::enumerate(axes)) {
    std::vector<bool> outside = makeResizeTables(options, axis).outside;
    if (outside.empty())
      continue;
    SmallVector<bool> flags(outside.begin(), outside.end());
    SmallVector<int64_t> shape(type.getRank(), 1);
    shape[dim] = axis.output;
    auto maskType = RankedTensorType::get(shape, node.builder.getI1Type());
    Value mask = arith::ConstantOp::create(
        node.builder, node.loc, DenseElementsAttr::get(maskType, flags));
    FailureOr<Value> next = makeElementwise(
        node, type, {mask, resized}, [&](OpBuilder &builder, ValueRange x) {
          ScalarBuilder s(builder, node.loc, node.isUnsigned(0));
          return s.select(x[0], s.numberLike(x[1], value), x[1]);
        });
    if (failed(next))
      return failure();
    resized = *next;
  }
  return resized;
}

//===----------------------------------------------------------------------===//
// Handlers
//===----------------------------------------------------------------------===//

static LogicalResult lowerResize(NodeLowering &node) {
  FailureOr<ResizeOptions> options = readOptions(node);
  if (failed(options))
    return failure();
  FailureOr<SmallVector<ResizeAxis>> axes = readResize(node, *options);
  if (failed(axes) || failed(checkTables(node, *options, *axes)))
    return failure();
  if (node.inputType(0).getNumElements() == 0)
    return node.error("there is nothing to resize an empty tensor from");
  FailureOr<Value> resized = options->mode == "nearest"
                                 ? resizeNearest(node, *options, *axes)
                                 : resizeByWeights(node, *options, *axes);
  if (succeeded(resized))
    resized = replaceOutside(node, *resized, *options, *axes);
  return failed(resized) ? failure() : node.replaceWith(*resized);
}

void setun::onnx::registerResize(HandlerTable &table) {
  table["Resize"] = lowerResize;
  table["Upsample"] = lowerResize;
}
