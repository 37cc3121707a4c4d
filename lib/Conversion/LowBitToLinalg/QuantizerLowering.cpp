// Plain lowering of quantize, dequantize and dynamic_quantize: the formulas of
// LowBit.td, op by op.
#include "LoweringPatterns.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace setun {
namespace {

Value createFloat(OpBuilder &builder, Location loc, float value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getF32FloatAttr(value));
}

/// round(v) to a whole float.
Value createRound(OpBuilder &b, Location loc, lowbit::RoundingMode mode,
                  Value v) {
  using lowbit::RoundingMode;
  switch (mode) {
  case RoundingMode::HalfEven:
    return math::RoundEvenOp::create(b, loc, v);
  case RoundingMode::HalfUp: // ties away from zero
    return math::RoundOp::create(b, loc, v);
  case RoundingMode::Ceil:
    return math::CeilOp::create(b, loc, v);
  case RoundingMode::Floor:
    return math::FloorOp::create(b, loc, v);
  case RoundingMode::Down:
    return math::TruncOp::create(b, loc, v);
  case RoundingMode::Up: {
    Value up = math::CeilOp::create(b, loc, math::AbsFOp::create(b, loc, v));
    return math::CopySignOp::create(b, loc, up, v);
  }
  case RoundingMode::HalfDown: {
    // a - trunc(a) is exact; more than a half goes up, a half stays.
    Value a = math::AbsFOp::create(b, loc, v);
    Value whole = math::FloorOp::create(b, loc, a);
    Value up = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                     arith::SubFOp::create(b, loc, a, whole),
                                     createFloat(b, loc, 0.5f));
    Value rounded = arith::SelectOp::create(
        b, loc, up,
        arith::AddFOp::create(b, loc, whole, createFloat(b, loc, 1.0f)), whole);
    return math::CopySignOp::create(b, loc, rounded, v);
  }
  }
  llvm_unreachable("all rounding modes are handled");
}

/// The integer next to `v`, |v| <= 2^22, ties to even: a float of 1.5 * 2^23
/// has no fraction, so adding that rounds, and the integer is the lower bits of
/// the sum. Two operations on vectors of any processor.
Value createNearestInteger(OpBuilder &b, Location loc, Value v) {
  constexpr uint32_t shift = 0x4b400000; // the bits of 1.5 * 2^23
  Value sum =
      arith::AddFOp::create(b, loc, v, createFloat(b, loc, 12582912.0f));
  Value bits = arith::BitcastOp::create(b, loc, b.getI32Type(), sum);
  Value bias = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(shift));
  return arith::SubIOp::create(b, loc, bits, bias);
}

/// clamp(v, lo, hi); a NaN gives lo.
Value createClamp(OpBuilder &b, Location loc, Value v, Value low, Value high) {
  // Ordered comparisons: a NaN is not >= lo.
  Value above =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, v, low);
  Value bounded = arith::SelectOp::create(b, loc, above, v, low);
  Value below =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLE, bounded, high);
  return arith::SelectOp::create(b, loc, below, bounded, high);
}

/// clamp(round(v) + z, lo, hi) as a stored code, ties to even, for a whole zero
/// point z of at most 16 bits: round(clamp(v, lo - z, hi - z)) + z.
Value createShiftedCode(OpBuilder &b, Location loc, Value v, Value zeroPoint,
                        lowbit::CodeRange range, Type storage) {
  auto createBound = [&](int64_t bound) -> Value {
    return arith::SubFOp::create(b, loc, createFloat(b, loc, float(bound)),
                                 zeroPoint);
  };
  Value bounded =
      createClamp(b, loc, v, createBound(range.min), createBound(range.max));
  Value shift = arith::FPToSIOp::create(b, loc, b.getI32Type(), zeroPoint);
  Value code = arith::AddIOp::create(
      b, loc, createNearestInteger(b, loc, bounded), shift);
  return arith::TruncIOp::create(b, loc, storage, code);
}

/// Are all zero points known, whole, and of at most 16 bits?
bool isWholeZeroPoint(Value zeroPoint) {
  DenseFPElementsAttr numbers;
  return zeroPoint && matchPattern(zeroPoint, m_Constant(&numbers)) &&
         llvm::all_of(numbers.getValues<llvm::APFloat>(),
                      [](const llvm::APFloat &number) {
                        return number.isInteger() &&
                               std::abs(number.convertToFloat()) <= 65535;
                      });
}

/// round(clamp(v, lo, hi)) as a stored code; a NaN gives lo. No mode: v is
/// whole already.
Value createCode(OpBuilder &b, Location loc, Value v,
                 std::optional<lowbit::RoundingMode> mode,
                 lowbit::CodeRange range, Type storage) {
  Value low = createFloat(b, loc, float(range.min));
  Value high = createFloat(b, loc, float(range.max));
  Value bounded = createClamp(b, loc, v, low, high);
  Value wide;
  if (mode == lowbit::RoundingMode::HalfEven) {
    wide = createNearestInteger(b, loc, bounded);
  } else {
    Value rounded = mode ? createRound(b, loc, *mode, bounded) : bounded;
    wide = arith::FPToSIOp::create(b, loc, b.getI32Type(), rounded);
  }
  return arith::TruncIOp::create(b, loc, storage, wide);
}

struct LowerQuantize : OpConversionPattern<lowbit::QuantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::QuantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type code = op.getType().getElementType();
    Type storage = getStoredType(rewriter, code);
    Location loc = op.getLoc();
    lowbit::CodeRange range = lowbit::getCodeRange(code, op.getNarrow());
    bool isWhole = isWholeZeroPoint(op.getZeroPoint());
    auto body = [&](OpBuilder &b, ValueRange in) -> Value {
      Value v = op.getByReciprocal()
                    ? Value(arith::MulFOp::create(b, loc, in[0], in[1]))
                    : Value(arith::DivFOp::create(b, loc, in[0], in[1]));
      std::optional<lowbit::RoundingMode> rounding = op.getRounding();
      if (op.getZeroPointLast()) {
        if (rounding == lowbit::RoundingMode::HalfEven && isWhole)
          return createShiftedCode(b, loc, v, in[2], range, storage);
        v = createRound(b, loc, *rounding, v);
        rounding.reset();
      }
      if (in.size() == 3)
        v = arith::AddFOp::create(b, loc, v, in[2]);
      if (isa<lowbit::BipolarType>(code))
        return createSign(b, loc,
                          arith::CmpFOp::create(b, loc,
                                                arith::CmpFPredicate::OGE, v,
                                                createFloat(b, loc, 0.0f)),
                          storage);
      return createCode(b, loc, v, rounding, range, storage);
    };
    rewriter.replaceOp(op,
                       createElementwise(rewriter, loc, op.getType().getShape(),
                                         storage, adaptor.getOperands(), body));
    return success();
  }
};

struct LowerDequantize : OpConversionPattern<lowbit::DequantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::DequantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type code = op.getInput().getType().getElementType();
    Location loc = op.getLoc();
    auto body = [&](OpBuilder &b, ValueRange in) -> Value {
      Value integer =
          lowbit::isCode(code) ? extendCode(b, loc, in[0], code, 32) : in[0];
      Value real = arith::SIToFPOp::create(b, loc, b.getF32Type(), integer);
      if (in.size() == 3)
        real = arith::SubFOp::create(b, loc, real, in[2]);
      return arith::MulFOp::create(b, loc, real, in[1]);
    };
    rewriter.replaceOp(op,
                       createElementwise(rewriter, loc, op.getType().getShape(),
                                         rewriter.getF32Type(),
                                         adaptor.getOperands(), body));
    return success();
  }
};

struct LowerDynamicQuantize : OpConversionPattern<lowbit::DynamicQuantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::DynamicQuantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = op.getInput().getType();
    Value absmax = createAbsmax(rewriter, loc, adaptor.getInput(), type);

    // a = limit / t, or (1 / t) * limit: in the order that the graph has.
    auto factor = [&](OpBuilder &b, ValueRange in) -> Value {
      Value absmax = arith::BitcastOp::create(b, loc, b.getF32Type(), in[0]);
      Value t = arith::MaximumFOp::create(
          b, loc, absmax,
          createFloat(b, loc, op.getEpsilon().convertToFloat()));
      Value limit = createFloat(b, loc, float(op.getLimit()));
      if (!op.getReciprocal())
        return arith::DivFOp::create(b, loc, limit, t);
      Value inverse =
          arith::DivFOp::create(b, loc, createFloat(b, loc, 1.0f), t);
      return arith::MulFOp::create(b, loc, inverse, limit);
    };
    Value a = createElementwise(rewriter, loc, type.getShape().drop_back(),
                                rewriter.getF32Type(), absmax, factor);
    auto scaleType = op.getScales().getType();
    Value scales = createElementwise(
        rewriter, loc, type.getShape().drop_back(), rewriter.getF32Type(), a,
        [&](OpBuilder &b, ValueRange in) -> Value {
          return arith::DivFOp::create(b, loc, createFloat(b, loc, 1.0f),
                                       in[0]);
        });
    Value aRows = addUnitDimension(rewriter, loc, a, scaleType);

    Type code = op.getCodes().getType().getElementType();
    Type storage = getStoredType(rewriter, code);
    int64_t limit = op.getLimit();
    lowbit::CodeRange range{op.getNarrow() ? -limit : -limit - 1, limit};
    Value codes = createElementwise(
        rewriter, loc, type.getShape(), storage, {adaptor.getInput(), aRows},
        [&](OpBuilder &b, ValueRange in) -> Value {
          return createCode(b, loc, arith::MulFOp::create(b, loc, in[0], in[1]),
                            lowbit::RoundingMode::HalfEven, range, storage);
        });
    rewriter.replaceOp(
        op, {codes, addUnitDimension(rewriter, loc, scales, scaleType)});
    return success();
  }

  /// [..] -> [.., 1].
  static Value addUnitDimension(OpBuilder &b, Location loc, Value value,
                                RankedTensorType type) {
    SmallVector<ReassociationIndices> groups;
    for (int64_t i = 0; i + 1 < type.getRank(); ++i)
      groups.push_back({i});
    if (!groups.empty())
      groups.back().push_back(type.getRank() - 1);
    return tensor::ExpandShapeOp::create(b, loc, type, value, groups);
  }

  /// The bits of max |x| along the last dimension. Floats without a sign are in
  /// the order of their bits, NaN above all others, and a maximum of integers
  /// may be taken in any order.
  static Value createAbsmax(OpBuilder &builder, Location loc, Value input,
                            RankedTensorType type) {
    int64_t rank = type.getRank();
    auto createInteger = [&](OpBuilder &b, int32_t value) -> Value {
      return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
    };
    Value empty = tensor::EmptyOp::create(
        builder, loc, type.getShape().drop_back(), builder.getI32Type());
    Value zero =
        linalg::FillOp::create(builder, loc, createInteger(builder, 0), empty)
            .getResult(0);
    AffineMap all = builder.getMultiDimIdentityMap(rank);
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    loops.back() = utils::IteratorType::reduction;
    return linalg::GenericOp::create(
               builder, loc, zero.getType(), input, zero,
               ArrayRef<AffineMap>{all, all.dropResult(rank - 1)}, loops,
               [&](OpBuilder &b, Location, ValueRange in) {
                 Value bits =
                     arith::BitcastOp::create(b, loc, b.getI32Type(), in[0]);
                 Value magnitude = arith::AndIOp::create(
                     b, loc, bits, createInteger(b, 0x7fffffff));
                 Value max = arith::MaxSIOp::create(b, loc, magnitude, in[1]);
                 linalg::YieldOp::create(b, loc, max);
               })
        .getResult(0);
  }
};

} // namespace

void populateQuantizerLowering(const StorageTypeConverter &converter,
                               RewritePatternSet &patterns) {
  patterns.add<LowerQuantize, LowerDequantize, LowerDynamicQuantize>(
      converter, patterns.getContext());
}

} // namespace setun
