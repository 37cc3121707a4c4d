// Plain lowering of what walks over images with a window: the image is copied
// into a padded one, then loops read it.
#include "LoweringPatterns.h"

using namespace mlir;

namespace setun {
namespace {

/// `low` and `high` elements of `code` around the stored codes.
Value createPadded(OpBuilder &builder, Location loc, Value codes,
                   ArrayRef<int64_t> low, ArrayRef<int64_t> high,
                   int64_t code) {
  auto type = cast<RankedTensorType>(codes.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> offsets, sizes, steps;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    offsets.push_back(builder.getIndexAttr(low[dim]));
    sizes.push_back(builder.getIndexAttr(shape[dim]));
    steps.push_back(builder.getIndexAttr(1));
    shape[dim] += low[dim] + high[dim];
  }
  Value empty =
      tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  Value constant = arith::ConstantOp::create(
      builder, loc, builder.getIntegerAttr(type.getElementType(), code));
  Value filled =
      linalg::FillOp::create(builder, loc, constant, empty).getResult(0);
  return tensor::InsertSliceOp::create(builder, loc, codes, filled, offsets,
                                       sizes, steps);
}

/// An image [N, C, inputs..] with `code` around it, as the window says; or
/// [N, inputs.., C].
Value createPadded(OpBuilder &builder, Location loc, Value image,
                   lowbit::WindowAttr window, int64_t code,
                   bool channelsLast = false) {
  if (!window.isPadded())
    return image;
  unsigned rank = window.getRank(), first = channelsLast ? 1 : 2;
  SmallVector<int64_t> low(rank + 2, 0), high(rank + 2, 0);
  for (unsigned dim = 0; dim < rank; ++dim) {
    low[first + dim] = window.getBegin(dim);
    high[first + dim] = window.getEnd(dim);
  }
  return createPadded(builder, loc, image, low, high, code);
}

/// p * stride + q * dilation for each spatial dimension; the loops of p begin
/// at `firstOutput`, those of q at `firstPosition`.
void appendPositions(SmallVectorImpl<AffineExpr> &indices,
                     lowbit::WindowAttr window, unsigned firstOutput,
                     unsigned firstPosition) {
  MLIRContext *context = window.getContext();
  for (unsigned dim = 0; dim < window.getRank(); ++dim)
    indices.push_back(getAffineDimExpr(firstOutput + dim, context) *
                          window.getStrides()[dim] +
                      getAffineDimExpr(firstPosition + dim, context) *
                          window.getDilations()[dim]);
}

/// [.., size, ..] -> [.., groups, size / groups, ..]
Value regroup(OpBuilder &builder, Location loc, Value value, unsigned dim,
              int64_t groups) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] /= groups;
  shape.insert(shape.begin() + dim, groups);
  SmallVector<ReassociationIndices> indices;
  for (int64_t i = 0, next = 0; i < type.getRank(); ++i) {
    indices.push_back({next++});
    if (i == int64_t(dim))
      indices.back().push_back(next++);
  }
  return tensor::ExpandShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), value,
      indices);
}

/// acc[n, g, o, p..] = bias; acc[n, g, o, p..] += (x[n, g, c, p * stride + q *
/// dilation..] - a) * w[g, o, c, q..], x padded.
struct LowerConv : OpConversionPattern<lowbit::ConvOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::ConvOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (lowbit::getLayout(op.getRhs().getType()))
      return rewriter.notifyMatchFailure(op, "packed weights have a kernel");
    Location loc = op.getLoc();
    lowbit::WindowAttr window = op.getWindow();
    RankedTensorType type = op.getType();
    int64_t groups = op.getGroups();
    Value image = createPadded(rewriter, loc, adaptor.getLhs(), window,
                               op.getPaddingCode());
    Value sums = createAccumulator(rewriter, loc, type, op.getBias(), 1);
    Value grouped = regroup(rewriter, loc, sums, 1, groups);
    lowbit::ShiftedCode lhs{op.getLhs().getType().getElementType(),
                            int64_t(op.getLhsZeroPoint())};
    lowbit::ShiftedCode rhs{op.getRhs().getType().getElementType()};
    SmallVector<utils::IteratorType> loops;
    SmallVector<AffineMap> maps = createMaps(window, loops);
    auto product = linalg::GenericOp::create(
        rewriter, loc, grouped.getType(),
        ValueRange{regroup(rewriter, loc, image, 1, groups),
                   regroup(rewriter, loc, adaptor.getRhs(), 0, groups)},
        grouped, maps, loops, [&](OpBuilder &b, Location, ValueRange in) {
          yieldProductSum(b, loc, in, lhs, rhs);
        });
    SmallVector<ReassociationIndices> back =
        grouped.getDefiningOp<tensor::ExpandShapeOp>()
            .getReassociationIndices();
    rewriter.replaceOpWithNewOp<tensor::CollapseShapeOp>(
        op, type, product.getResult(0), back);
    return success();
  }

  /// Loops n, g, o, p.., c, q..; maps of image, weights and sums.
  static SmallVector<AffineMap>
  createMaps(lowbit::WindowAttr window,
             SmallVectorImpl<utils::IteratorType> &loops) {
    MLIRContext *context = window.getContext();
    unsigned rank = window.getRank(), parallel = rank + 3;
    loops.assign(parallel, utils::IteratorType::parallel);
    loops.append(rank + 1, utils::IteratorType::reduction);
    auto dim = [&](unsigned i) { return getAffineDimExpr(i, context); };
    SmallVector<AffineExpr> image = {dim(0), dim(1), dim(parallel)};
    appendPositions(image, window, 3, parallel + 1);
    SmallVector<AffineExpr> weights = {dim(1), dim(2), dim(parallel)};
    SmallVector<AffineExpr> sums = {dim(0), dim(1), dim(2)};
    for (unsigned i = 0; i < rank; ++i) {
      weights.push_back(dim(parallel + 1 + i));
      sums.push_back(dim(3 + i));
    }
    return {AffineMap::get(loops.size(), 0, image, context),
            AffineMap::get(loops.size(), 0, weights, context),
            AffineMap::get(loops.size(), 0, sums, context)};
  }
};

struct LowerPad : OpConversionPattern<lowbit::PadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::PadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op,
                       createPadded(rewriter, op.getLoc(), adaptor.getInput(),
                                    op.getLow(), op.getHigh(), op.getCode()));
    return success();
  }
};

/// patches(x) -> im2row on bytes, into a fresh destination.
struct LowerPatches : OpConversionPattern<lowbit::PatchesOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::PatchesOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    Value empty = tensor::EmptyOp::create(
        rewriter, op.getLoc(), type.getShape(), type.getElementType());
    rewriter.replaceOpWithNewOp<lowbit::Im2RowOp>(
        op, TypeRange(type), adaptor.getInput(), empty, ValueRange(),
        op.getWindow(), op.getPadding(), op.getChannelsLast());
    return success();
  }
};

/// A depthwise convolution of codes becomes the same on their bytes.
struct LowerDepthwise : OpConversionPattern<lowbit::DepthwiseOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::DepthwiseOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type code =
        cast<RankedTensorType>(op.getInput().getType()).getElementType();
    if (!lowbit::isCode(code))
      return rewriter.notifyMatchFailure(op, "already on storage");
    Value sums =
        lowbit::DepthwiseOp::create(
            rewriter, op.getLoc(), op.getResultTypes(), adaptor.getInput(),
            adaptor.getWeights(), adaptor.getInit(), adaptor.getOffsets(),
            op.getWindow(), op.getPadding(), /*bias=*/DenseI64ArrayAttr(),
            TypeAttr::get(code))
            .getResult(0);
    rewriter.replaceOp(op, addBias(rewriter, op.getLoc(), sums, op.getBias()));
    return success();
  }
};

/// Loops of a pool and maps of image, window and result: n, c, p.., q.., or n,
/// p.., q.., c with channels last, so that neighbours are taken in at once.
SmallVector<AffineMap>
createPoolMaps(lowbit::WindowAttr window, bool channelsLast,
               SmallVectorImpl<utils::IteratorType> &loops) {
  MLIRContext *context = window.getContext();
  unsigned rank = window.getRank(), loopCount = 2 * rank + 2;
  unsigned channel = channelsLast ? loopCount - 1 : 1;
  unsigned output = channelsLast ? 1 : 2, position = output + rank;
  loops.assign(loopCount, utils::IteratorType::parallel);
  SmallVector<AffineExpr> image = {getAffineDimExpr(0, context)}, result(image),
                          positions;
  appendPositions(image, window, output, position);
  for (unsigned dim = 0; dim < rank; ++dim) {
    loops[position + dim] = utils::IteratorType::reduction;
    result.push_back(getAffineDimExpr(output + dim, context));
    positions.push_back(getAffineDimExpr(position + dim, context));
  }
  for (SmallVector<AffineExpr> *indices : {&image, &result})
    indices->insert(channelsLast ? indices->end() : indices->begin() + 1,
                    getAffineDimExpr(channel, context));
  return AffineMap::inferFromExprList(
      ArrayRef<ArrayRef<AffineExpr>>{image, positions, result}, context);
}

/// result[n, c, p..] = combine(result, x[n, c, p * stride + q * dilation..]), x
/// padded with `padding`, from `first` on.
template <typename Op>
Value createPool(ConversionPatternRewriter &rewriter, Op op, Value input,
                 int64_t padding, int64_t first, RankedTensorType type,
                 function_ref<Value(OpBuilder &, Value, Value)> combine) {
  Location loc = op.getLoc();
  lowbit::WindowAttr window = op.getWindow();
  Value image =
      createPadded(rewriter, loc, input, window, padding, op.getChannelsLast());
  Type element = type.getElementType();
  Value empty =
      tensor::EmptyOp::create(rewriter, loc, type.getShape(), element);
  Value number = arith::ConstantOp::create(
      rewriter, loc, rewriter.getIntegerAttr(element, first));
  Value init =
      linalg::FillOp::create(rewriter, loc, number, empty).getResult(0);
  // Only the shape of the window: what the positions are, the image's map says.
  Value shape = tensor::EmptyOp::create(
      rewriter, loc, window.getSize(),
      cast<RankedTensorType>(image.getType()).getElementType());
  SmallVector<utils::IteratorType> loops;
  SmallVector<AffineMap> maps =
      createPoolMaps(window, op.getChannelsLast(), loops);
  return linalg::GenericOp::create(
             rewriter, loc, type, ValueRange{image, shape}, init, maps, loops,
             [&](OpBuilder &b, Location, ValueRange in) {
               linalg::YieldOp::create(b, loc, combine(b, in[0], in[2]));
             })
      .getResult(0);
}

/// The largest code, from the smallest there is on.
struct LowerPool : OpConversionPattern<lowbit::PoolOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::PoolOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    Type code = op.getType().getElementType();
    int64_t lowest = lowbit::getCodeRange(code).min;
    bool isUnsigned = lowbit::isUnsignedCode(code);
    auto combine = [&](OpBuilder &b, Value x, Value largest) -> Value {
      if (isUnsigned)
        return arith::MaxUIOp::create(b, op.getLoc(), x, largest);
      return arith::MaxSIOp::create(b, op.getLoc(), x, largest);
    };
    rewriter.replaceOp(op, createPool(rewriter, op, adaptor.getInput(), lowest,
                                      lowest, type, combine));
    return success();
  }
};

/// The sum of codes less their zero point, which is what padding holds.
struct LowerSumPool : OpConversionPattern<lowbit::SumPoolOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::SumPoolOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = op.getType();
    int64_t zero = op.getZeroPoint();
    lowbit::ShiftedCode code{op.getInput().getType().getElementType(), zero};
    unsigned width = type.getElementTypeBitWidth();
    auto combine = [&](OpBuilder &b, Value x, Value sum) -> Value {
      return arith::AddIOp::create(
          b, op.getLoc(), sum, createShifted(b, op.getLoc(), x, code, width),
          arith::IntegerOverflowFlags::nsw);
    };
    rewriter.replaceOp(op, createPool(rewriter, op, adaptor.getInput(), zero, 0,
                                      type, combine));
    return success();
  }
};

} // namespace

void populateWindowLowering(const StorageTypeConverter &converter,
                            RewritePatternSet &patterns) {
  patterns.add<LowerConv, LowerPad, LowerPatches, LowerDepthwise, LowerPool,
               LowerSumPool>(converter, patterns.getContext());
}

} // namespace setun
