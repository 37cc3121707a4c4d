//===- GridSample.cpp - Elements where a grid says ------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// GridSample with any number of spatial dimensions: the grid holds positions
// from -1 to 1, the last dimension of the image first.
//===----------------------------------------------------------------------===//

#include "Sampling.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace setun::onnx;

namespace {
/// Attributes of the node.
struct GridOptions {
  enum class Mode { Nearest, Linear, Cubic } mode;
  enum class Padding { Zeros, Border, Reflection } padding;
  bool alignCorners;
};
} // namespace

static FailureOr<GridOptions> readGridOptions(NodeLowering &node) {
  GridOptions options;
  // Since opset 20 the modes are called without `bi`.
  StringRef mode = node.node.getString("mode", "linear");
  if (mode == "nearest")
    options.mode = GridOptions::Mode::Nearest;
  else if (mode == "linear" || mode == "bilinear")
    options.mode = GridOptions::Mode::Linear;
  else if (mode == "cubic" || mode == "bicubic")
    options.mode = GridOptions::Mode::Cubic;
  else
    return node.error("mode '" + mode + "' is none of nearest, linear, cubic");
  StringRef padding = node.node.getString("padding_mode", "zeros");
  if (padding == "zeros")
    options.padding = GridOptions::Padding::Zeros;
  else if (padding == "border")
    options.padding = GridOptions::Padding::Border;
  else if (padding == "reflection")
    options.padding = GridOptions::Padding::Reflection;
  else
    return node.error("padding_mode '" + padding +
                      "' is none of zeros, border, reflection");
  options.alignCorners = node.node.getInt("align_corners", 0) != 0;
  return options;
}

/// x from -1 .. 1 in units of elements: the ends are the middles of the outer
/// elements, or their outer edges.
static Value denormalize(ScalarBuilder &s, Value x, int64_t size,
                         bool alignCorners) {
  Value one = s.numberLike(x, 1), two = s.numberLike(x, 2);
  Value fromStart = s.add(x, one);
  if (alignCorners)
    return s.mul(s.div(fromStart, two), s.numberLike(x, size - 1));
  return s.div(s.sub(s.mul(fromStart, s.numberLike(x, size)), one), two);
}

/// x mirrored at `low` and `high` until it lies between them.
static Value reflect(ScalarBuilder &s, Value x, double low, double high) {
  Value from = s.numberLike(x, low), to = s.numberLike(x, high);
  if (low == high)
    return from;
  Value range = s.numberLike(x, high - low);
  Value isBelow = s.less(x, from), isAbove = s.greater(x, to);
  Value distance = s.select(isBelow, s.sub(from, x), s.sub(x, to));
  Value turns = s.unary<math::FloorOp>(s.div(distance, range));
  Value rest = s.sub(distance, s.mul(turns, range));
  // An odd number of turns ends at the other side.
  Value half = s.mul(turns, s.numberLike(x, 0.5));
  Value isEven = s.equal(half, s.unary<math::FloorOp>(half));
  Value upward = s.select(isEven, isBelow, isAbove);
  Value inside = s.select(upward, s.add(from, rest), s.sub(to, rest));
  Value isOutside = arith::OrIOp::create(s.builder, s.loc, isBelow, isAbove);
  return s.select(isOutside, inside, x);
}

namespace {
/// The positions of one dimension.
class GridAxis {
public:
  GridAxis(const GridOptions &options, int64_t size)
      : options(options), size(size), low(options.alignCorners ? 0 : -0.5),
        high(static_cast<double>(size) - (options.alignCorners ? 1 : 0.5)) {}

  /// The elements that make up the position x, in units of elements.
  Taps makeTaps(ScalarBuilder &s, Value x) const {
    if (options.mode == GridOptions::Mode::Nearest)
      return {
          makeTapAt(s, moveInside(s, s.unary<math::RoundEvenOp>(x)), nullptr)};
    // With the cubic kernel each tap is moved inside, not the position.
    if (options.mode == GridOptions::Mode::Linear)
      x = moveInside(s, x);
    Value base = s.unary<math::FloorOp>(x), ratio = s.sub(x, base);
    Taps taps;
    if (options.mode == GridOptions::Mode::Linear) {
      Value rest = s.sub(s.numberLike(x, 1), ratio);
      taps.push_back(makeTapAt(s, base, rest));
      taps.push_back(makeTapAt(s, s.add(base, s.numberLike(x, 1)), ratio));
      return taps;
    }
    for (int offset = -1; offset <= 2; ++offset)
      taps.push_back(makeTapAt(s, s.add(base, s.numberLike(x, offset)),
                               makeCubicWeight(s, ratio, offset)));
    return taps;
  }

private:
  /// What the padding makes of a position outside.
  Value moveInside(ScalarBuilder &s, Value x) const {
    switch (options.padding) {
    case GridOptions::Padding::Zeros:
      return x;
    case GridOptions::Padding::Border:
      return clampFloat(s, x, 0, static_cast<double>(size - 1));
    case GridOptions::Padding::Reflection:
      return reflect(s, x, low, high);
    }
    llvm_unreachable("all paddings are listed");
  }

  /// The element at the whole number x.
  Tap makeTapAt(ScalarBuilder &s, Value x, Value weight) const {
    if (options.padding == GridOptions::Padding::Zeros)
      return makeTap(s, x, size, weight);
    // Cut off toward zero: reflection ends between elements.
    return {floatToPosition(s, moveInside(s, x), size), weight, nullptr};
  }

  /// The cubic convolution kernel, a = -0.75, of the element at `offset` from
  /// the one before the position.
  static Value makeCubicWeight(ScalarBuilder &s, Value ratio, int offset) {
    Value one = s.numberLike(ratio, 1);
    auto number = [&](double value) { return s.numberLike(ratio, value); };
    constexpr double a = -0.75;
    Value x = offset <= 0 ? ratio : s.sub(one, ratio);
    if (offset == 0 || offset == 1) {
      // ((a + 2) x - (a + 3)) x x + 1
      Value inner = s.sub(s.mul(number(a + 2), x), number(a + 3));
      return s.add(s.mul(s.mul(inner, x), x), one);
    }
    // ((a x - 5 a) x + 8 a) x - 4 a, one further away
    x = s.add(x, one);
    Value inner = s.sub(s.mul(number(a), x), number(5 * a));
    inner = s.add(s.mul(inner, x), number(8 * a));
    return s.sub(s.mul(inner, x), number(4 * a));
  }

  const GridOptions &options;
  int64_t size;
  double low, high;
};
} // namespace

static LogicalResult checkGrid(NodeLowering &node) {
  RankedTensorType x = node.inputType(0), grid = node.inputType(1),
                   y = node.outputType();
  int64_t rank = x.getRank() - 2;
  bool fits =
      rank >= 1 && grid.getRank() == rank + 2 && y.getRank() == rank + 2 &&
      grid.getDimSize(rank + 1) == rank &&
      grid.getDimSize(0) == x.getDimSize(0) &&
      y.getShape().take_front(2) == x.getShape().take_front(2) &&
      y.getShape().drop_front(2) == grid.getShape().drop_front(1).drop_back() &&
      y.getElementType() == x.getElementType();
  if (!fits)
    return node.error("image [")
           << x.getShape() << "], grid [" << grid.getShape() << "] and output ["
           << y.getShape() << "] do not fit";
  if (!isa<FloatType>(x.getElementType()) ||
      !isa<FloatType>(grid.getElementType()))
    return node.error("expects floats");
  if (x.getNumElements() == 0)
    return node.error("the image must not be empty");
  return success();
}

static LogicalResult lowerGridSample(NodeLowering &node) {
  FailureOr<GridOptions> options = readGridOptions(node);
  if (failed(options) || failed(checkGrid(node)))
    return failure();
  RankedTensorType type = node.inputType(0);
  int64_t rank = type.getRank() - 2;
  Value image = node.input(0), grid = node.input(1);
  return node.replaceWith(makeFromIndices(
      node, node.outputType(), [&](OpBuilder &builder, ValueRange at) -> Value {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        SmallVector<Taps> dims;
        for (int64_t dim = 0; dim < rank; ++dim) {
          SmallVector<Value> inGrid = {at[0]};
          llvm::append_range(inGrid, at.drop_front(2));
          inGrid.push_back(makeIndex(builder, node.loc, rank - 1 - dim));
          Value x =
              s.cast(tensor::ExtractOp::create(builder, node.loc, grid, inGrid),
                     type.getElementType());
          int64_t size = type.getDimSize(dim + 2);
          x = denormalize(s, x, size, options->alignCorners);
          dims.push_back(GridAxis(*options, size).makeTaps(s, x));
        }
        return interpolate(s, image, at.take_front(2), dims);
      }));
}

void setun::onnx::registerGridSample(HandlerTable &table) {
  table["GridSample"] = {lowerGridSample, 2};
}
