// Plain lowering of products: loops that extend both codes and multiply. The
// oracle of every kernel.
#include "LoweringPatterns.h"

using namespace mlir;

namespace setun {
namespace {

/// acc[.., m, n] = bias[n]; acc[.., m, n] += (lhs[.., m, k] - a) * (rhs[.., n,
/// k] - b).
struct LowerMatmul : OpConversionPattern<lowbit::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::MatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    RankedTensorType rhsType = op.getRhs().getType();
    if (lowbit::getLayout(rhsType))
      return rewriter.notifyMatchFailure(op, "packed weights have a kernel");
    Location loc = op.getLoc();
    MLIRContext *context = op.getContext();
    RankedTensorType type = op.getType();
    unsigned rank = type.getRank();

    // Loops: leading dimensions, n, k.
    AffineExpr n = getAffineDimExpr(rank - 1, context);
    AffineExpr k = getAffineDimExpr(rank, context);
    SmallVector<AffineExpr> leading, right;
    for (unsigned i = 0; i + 1 < rank; ++i)
      leading.push_back(getAffineDimExpr(i, context));
    ArrayRef<int64_t> batch = rhsType.getShape().drop_back(2);
    for (auto [i, size] : llvm::enumerate(batch))
      right.push_back(size == 1 ? getAffineConstantExpr(0, context)
                                : leading[rank - 2 - batch.size() + i]);
    SmallVector<AffineExpr> left(leading), out(leading);
    left.push_back(k);
    right.append({n, k});
    out.push_back(n);
    SmallVector<AffineMap> maps = {AffineMap::get(rank + 1, 0, left, context),
                                   AffineMap::get(rank + 1, 0, right, context),
                                   AffineMap::get(rank + 1, 0, out, context)};
    SmallVector<utils::IteratorType> loops(rank + 1,
                                           utils::IteratorType::parallel);
    loops.back() = utils::IteratorType::reduction;

    Value init = createAccumulator(rewriter, loc, type, op.getBias(), rank - 1);
    lowbit::ShiftedCode lhs{op.getLhs().getType().getElementType(),
                            int64_t(op.getLhsZeroPoint())};
    lowbit::ShiftedCode rhs{rhsType.getElementType(),
                            int64_t(op.getRhsZeroPoint())};
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, init.getType(), ValueRange{adaptor.getLhs(), adaptor.getRhs()},
        init, maps, loops, [&](OpBuilder &b, Location, ValueRange in) {
          yieldProductSum(b, loc, in, lhs, rhs);
        });
    return success();
  }
};

/// An add/sub network on codes becomes the same network on their bytes.
struct LowerAddSub : OpConversionPattern<lowbit::AddSubOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::AddSubOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto input = cast<RankedTensorType>(op.getInput().getType());
    if (!lowbit::isCode(input.getElementType()))
      return rewriter.notifyMatchFailure(op, "already on storage");
    auto network = lowbit::AddSubOp::create(
        rewriter, op.getLoc(), op.getResultTypes(), adaptor.getInput(),
        adaptor.getInit(), TypeAttr::get(input.getElementType()));
    rewriter.inlineRegionBefore(op.getBody(), network.getBody(),
                                network.getBody().end());
    rewriter.replaceOp(op, network.getResults());
    return success();
  }
};

} // namespace

Value createAccumulator(OpBuilder &builder, Location loc, RankedTensorType type,
                        std::optional<ArrayRef<int64_t>> bias, int64_t axis) {
  if (!bias) {
    Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                          type.getElementType());
    Value zero = arith::ConstantOp::create(
        builder, loc, builder.getIntegerAttr(type.getElementType(), 0));
    return linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  }
  return createElementwise(
      builder, loc, type.getShape(), type.getElementType(),
      createBias(builder, loc, *bias, type, axis),
      [](OpBuilder &, ValueRange in) -> Value { return in[0]; });
}

Value createShifted(OpBuilder &b, Location loc, Value stored,
                    lowbit::ShiftedCode code, unsigned width) {
  Value extended = extendCode(b, loc, stored, code.code, width);
  if (code.zeroPoint == 0)
    return extended;
  Value zero = arith::ConstantOp::create(
      b, loc, b.getIntegerAttr(b.getIntegerType(width), code.zeroPoint));
  return arith::SubIOp::create(b, loc, extended, zero,
                               arith::IntegerOverflowFlags::nsw);
}

void yieldProductSum(OpBuilder &b, Location loc, ValueRange in,
                     lowbit::ShiftedCode lhs, lowbit::ShiftedCode rhs) {
  auto exact = arith::IntegerOverflowFlags::nsw;
  unsigned width = in[2].getType().getIntOrFloatBitWidth();
  Value product =
      arith::MulIOp::create(b, loc, createShifted(b, loc, in[0], lhs, width),
                            createShifted(b, loc, in[1], rhs, width), exact);
  Value sum = arith::AddIOp::create(b, loc, in[2], product, exact);
  linalg::YieldOp::create(b, loc, sum);
}

Value createBias(OpBuilder &builder, Location loc, ArrayRef<int64_t> bias,
                 RankedTensorType type, int64_t axis) {
  SmallVector<int64_t> shape(type.getRank() - axis, 1);
  shape.front() = bias.size();
  Type element = type.getElementType();
  SmallVector<APInt> numbers;
  for (int64_t number : bias)
    numbers.emplace_back(element.getIntOrFloatBitWidth(), number,
                         /*isSigned=*/true);
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(RankedTensorType::get(shape, element), numbers));
}

Value addBias(OpBuilder &builder, Location loc, Value sums,
              std::optional<ArrayRef<int64_t>> bias) {
  if (!bias)
    return sums;
  auto type = cast<RankedTensorType>(sums.getType());
  Value constant = createBias(builder, loc, *bias, type, type.getRank() - 1);
  return createElementwise(
      builder, loc, type.getShape(), type.getElementType(), {sums, constant},
      [&](OpBuilder &b, ValueRange in) -> Value {
        return arith::AddIOp::create(b, loc, in[0], in[1],
                                     arith::IntegerOverflowFlags::nsw);
      });
}

void populateProductLowering(const StorageTypeConverter &converter,
                             RewritePatternSet &patterns) {
  patterns.add<LowerMatmul, LowerAddSub>(converter, patterns.getContext());
}

} // namespace setun
