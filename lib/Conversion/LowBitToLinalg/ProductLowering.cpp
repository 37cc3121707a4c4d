// Plain lowering of products: loops that extend both codes and multiply. The
// oracle of every kernel.
#include "LoweringPatterns.h"

using namespace mlir;

namespace setun {
namespace {

/// acc[.., n] += ext(lhs[.., k]) * ext(rhs[n, k]).
struct LowerMatmul : OpConversionPattern<lowbit::MatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::MatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (lowbit::getLayout(op.getRhs().getType()))
      return rewriter.notifyMatchFailure(op, "packed weights have a kernel");
    Location loc = op.getLoc();
    MLIRContext *context = op.getContext();
    RankedTensorType type = op.getType();
    unsigned rank = type.getRank();
    Type accumulator = type.getElementType();
    unsigned width = accumulator.getIntOrFloatBitWidth();

    // Loops: leading dimensions, n, k.
    AffineExpr n = getAffineDimExpr(rank - 1, context);
    AffineExpr k = getAffineDimExpr(rank, context);
    SmallVector<AffineExpr> leading;
    for (unsigned i = 0; i + 1 < rank; ++i)
      leading.push_back(getAffineDimExpr(i, context));
    SmallVector<AffineExpr> left(leading), out(leading);
    left.push_back(k);
    out.push_back(n);
    SmallVector<AffineMap> maps = {AffineMap::get(rank + 1, 0, left, context),
                                   AffineMap::get(rank + 1, 0, {n, k}, context),
                                   AffineMap::get(rank + 1, 0, out, context)};
    SmallVector<utils::IteratorType> loops(rank + 1,
                                           utils::IteratorType::parallel);
    loops.back() = utils::IteratorType::reduction;

    Value empty =
        tensor::EmptyOp::create(rewriter, loc, type.getShape(), accumulator);
    Value zero = arith::ConstantOp::create(
        rewriter, loc, rewriter.getIntegerAttr(accumulator, 0));
    Value init =
        linalg::FillOp::create(rewriter, loc, zero, empty).getResult(0);
    Type lhsCode = op.getLhs().getType().getElementType();
    Type rhsCode = op.getRhs().getType().getElementType();
    // The verifier proved that no sum overflows.
    auto exact = arith::IntegerOverflowFlags::nsw;
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, init.getType(), ValueRange{adaptor.getLhs(), adaptor.getRhs()},
        init, maps, loops, [&](OpBuilder &b, Location, ValueRange in) {
          Value product = arith::MulIOp::create(
              b, loc, extendCode(b, loc, in[0], lhsCode, width),
              extendCode(b, loc, in[1], rhsCode, width), exact);
          Value sum = arith::AddIOp::create(b, loc, in[2], product, exact);
          linalg::YieldOp::create(b, loc, sum);
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

void populateProductLowering(const StorageTypeConverter &converter,
                             RewritePatternSet &patterns) {
  patterns.add<LowerMatmul, LowerAddSub>(converter, patterns.getContext());
}

} // namespace setun
