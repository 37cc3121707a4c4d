// Plain lowering of the step functions threshold, requantize and lookup: the
// formulas of LowBitStepOps.td, one loop nest each.
#include "LoweringPatterns.h"
#include "dialects/Onnx/ConstantData.h"

using namespace mlir;

namespace setun {
namespace {

/// A constant that broadcasts to `shape` with `numbers` along `axis`, one of
/// them for all if they are equal.
Value createChannelNumbers(OpBuilder &b, Location loc, ArrayRef<int64_t> shape,
                           int64_t axis, ArrayRef<int64_t> numbers,
                           Type element) {
  if (llvm::all_equal(numbers))
    numbers = numbers.take_front();
  return createBias(b, loc, numbers, RankedTensorType::get(shape, element),
                    axis);
}

//===----------------------------------------------------------------------===//
// threshold
//===----------------------------------------------------------------------===//

/// What the lowerings of a threshold share.
struct Thresholds {
  lowbit::ThresholdOp op;
  Value input;
  Value table;
  Type storage;

  Location getLoc() { return op.getLoc(); }
  ArrayRef<int64_t> getShape() { return op.getType().getShape(); }
  int64_t getRows() { return op.getThresholds().getType().getDimSize(0); }
  int64_t getCount() { return op.getThresholds().getType().getDimSize(1); }
  bool isFloat() { return op.getInput().getType().getElementType().isF32(); }
  bool isFalling(int64_t row) {
    return op.getFalling() && (*op.getFalling())[row];
  }
  bool isMixed() {
    return op.getFalling() && !llvm::all_equal(*op.getFalling());
  }

  /// Per row 1 where it falls.
  Value createFalling(OpBuilder &b) {
    SmallVector<int64_t> falling;
    for (int64_t row = 0; row < getRows(); ++row)
      falling.push_back(isFalling(row) ? -1 : 0); // i1 has a sign
    return createChannelNumbers(b, getLoc(), getShape(), op.getAxis(), falling,
                                b.getI1Type());
  }

  Value compare(OpBuilder &b, Value x, Value threshold, bool falling) {
    if (isFloat())
      return arith::CmpFOp::create(b, getLoc(),
                                   falling ? arith::CmpFPredicate::OLT
                                           : arith::CmpFPredicate::OGE,
                                   x, threshold);
    return arith::CmpIOp::create(b, getLoc(),
                                 falling ? arith::CmpIPredicate::slt
                                         : arith::CmpIPredicate::sge,
                                 x, threshold);
  }

  /// Does `x` count at `threshold`? `falling` is null unless rows differ.
  Value createReached(OpBuilder &b, Value x, Value threshold, Value falling) {
    if (!falling)
      return compare(b, x, threshold, isFalling(0));
    return arith::SelectOp::create(b, getLoc(), falling,
                                   compare(b, x, threshold, true),
                                   compare(b, x, threshold, false));
  }

  /// The stored code for a count.
  Value createResult(OpBuilder &b, Value count) {
    Location loc = getLoc();
    if (isa<lowbit::BipolarType>(op.getType().getElementType())) {
      Value none = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(0));
      Value any =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, count, none);
      return createSign(b, loc, any, storage);
    }
    Value first = arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(op.getFirstCode()));
    return arith::TruncIOp::create(b, loc, storage,
                                   arith::AddIOp::create(b, loc, count, first));
  }
};

/// Few thresholds: all comparisons in the body of one loop nest.
Value createComparisons(OpBuilder &builder, Thresholds &t) {
  MLIRContext *context = builder.getContext();
  unsigned rank = t.getShape().size();
  AffineExpr row = t.getRows() == 1 ? getAffineConstantExpr(0, context)
                                    : getAffineDimExpr(t.op.getAxis(), context);
  SmallVector<Value> inputs{t.input};
  SmallVector<AffineMap> maps{builder.getMultiDimIdentityMap(rank)};
  for (int64_t j = 0; j < t.getCount(); ++j) {
    inputs.push_back(t.table);
    maps.push_back(AffineMap::get(
        rank, 0, {row, getAffineConstantExpr(j, context)}, context));
  }
  if (t.isMixed()) {
    inputs.push_back(t.createFalling(builder));
    maps.push_back(getBroadcastMap(
        context, cast<RankedTensorType>(inputs.back().getType()).getShape(),
        t.getShape()));
  }
  maps.push_back(builder.getMultiDimIdentityMap(rank));
  Value empty =
      tensor::EmptyOp::create(builder, t.getLoc(), t.getShape(), t.storage);
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, t.getLoc(), empty.getType(), inputs, empty, maps, loops,
             [&](OpBuilder &b, Location loc, ValueRange in) {
               Value falling = t.isMixed() ? in[1 + t.getCount()] : Value();
               Value count;
               for (Value threshold : in.slice(1, t.getCount())) {
                 Value one = arith::ExtUIOp::create(
                     b, loc, b.getI32Type(),
                     t.createReached(b, in[0], threshold, falling));
                 count =
                     count
                         ? arith::AddIOp::create(b, loc, count, one).getResult()
                         : one;
               }
               linalg::YieldOp::create(b, loc, t.createResult(b, count));
             })
      .getResult(0);
}

/// Constant rows of integers that do not descend.
bool isSorted(lowbit::ThresholdOp op) {
  std::optional<onnx::ConstantData> data =
      onnx::getConstantData(op.getThresholds());
  if (!data || !data->getElementType().isInteger())
    return false;
  int64_t count = data->getType().getDimSize(1);
  for (int64_t i = 1; i < data->size(); ++i)
    if (i % count != 0 && data->asInt(i) < data->asInt(i - 1))
      return false;
  return true;
}

/// A long table of constants takes half of the memory where 16 bits hold them.
Value narrowTable(OpBuilder &builder, Thresholds &t) {
  std::optional<onnx::ConstantData> data =
      onnx::getConstantData(t.op.getThresholds());
  auto type = cast<RankedTensorType>(t.table.getType());
  if (!data || type.getElementTypeBitWidth() <= 16)
    return t.table;
  SmallVector<int16_t> values;
  for (int64_t i = 0; i < data->size(); ++i) {
    if (!llvm::isInt<16>(data->asInt(i)))
      return t.table;
    values.push_back(static_cast<int16_t>(data->asInt(i)));
  }
  auto narrow = RankedTensorType::get(type.getShape(), builder.getI16Type());
  return arith::ConstantOp::create(
      builder, t.op.getThresholds().getLoc(), narrow,
      DenseElementsAttr::get(narrow, ArrayRef<int16_t>(values)));
}

/// Many sorted thresholds: a binary search. `count` grows by falling powers of
/// two as long as the threshold before it is reached; an index past the end is
/// clamped, and then does not count.
Value createSearch(OpBuilder &builder, Thresholds &t) {
  Location loc = t.getLoc();
  SmallVector<Value> inputs{t.input};
  if (t.isMixed())
    inputs.push_back(t.createFalling(builder));
  int64_t n = t.getCount();
  Value table = narrowTable(builder, t);
  return createElementwise(
      builder, loc, t.getShape(), t.storage, inputs,
      [&](OpBuilder &b, ValueRange in) -> Value {
        auto index = [&](int64_t number) -> Value {
          return arith::ConstantIndexOp::create(b, loc, number);
        };
        Value row = t.getRows() == 1
                        ? index(0)
                        : linalg::IndexOp::create(b, loc, t.op.getAxis());
        Value count = index(0);
        for (int64_t step = int64_t(llvm::bit_floor(uint64_t(n))); step > 0;
             step /= 2) {
          Value next = arith::AddIOp::create(b, loc, count, index(step));
          Value inside = arith::CmpIOp::create(
              b, loc, arith::CmpIPredicate::ule, next, index(n));
          Value at = arith::SubIOp::create(
              b, loc, arith::SelectOp::create(b, loc, inside, next, index(n)),
              index(1));
          Value threshold =
              tensor::ExtractOp::create(b, loc, table, ValueRange{row, at});
          if (table != t.table)
            threshold = arith::ExtSIOp::create(
                b, loc, getElementTypeOrSelf(t.table.getType()), threshold);
          Value reached = arith::AndIOp::create(
              b, loc, inside, t.compare(b, in[0], threshold, false));
          count = arith::SelectOp::create(b, loc, reached, next, count);
        }
        Value rising =
            arith::IndexCastOp::create(b, loc, b.getI32Type(), count);
        Value all = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(n));
        Value below = arith::SubIOp::create(b, loc, all, rising);
        if (t.isMixed())
          return t.createResult(
              b, arith::SelectOp::create(b, loc, in[1], below, rising));
        return t.createResult(b, t.isFalling(0) ? below : rising);
      });
}

/// Any thresholds: a loop over them.
Value createLoop(OpBuilder &builder, Thresholds &t) {
  Location loc = t.getLoc();
  MLIRContext *context = builder.getContext();
  unsigned rank = t.getShape().size();
  // Loops: the elements, then the thresholds of the element's channel.
  AffineExpr channel = t.getRows() == 1
                           ? getAffineConstantExpr(0, context)
                           : getAffineDimExpr(t.op.getAxis(), context);
  AffineMap elements =
      AffineMap::getMultiDimIdentityMap(rank + 1, context).dropResult(rank);
  SmallVector<Value> inputs{t.input, t.table};
  SmallVector<AffineMap> maps{
      elements,
      AffineMap::get(rank + 1, 0, {channel, getAffineDimExpr(rank, context)},
                     context)};
  if (t.isMixed()) {
    inputs.push_back(t.createFalling(builder));
    AffineMap map = getBroadcastMap(
        context, cast<RankedTensorType>(inputs.back().getType()).getShape(),
        t.getShape());
    maps.push_back(AffineMap::get(rank + 1, 0, map.getResults(), context));
  }
  maps.push_back(elements);
  SmallVector<utils::IteratorType> loops(rank + 1,
                                         utils::IteratorType::parallel);
  loops.back() = utils::IteratorType::reduction;
  Value empty =
      tensor::EmptyOp::create(builder, loc, t.getShape(), builder.getI32Type());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value init = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  Value count =
      linalg::GenericOp::create(
          builder, loc, init.getType(), inputs, init, maps, loops,
          [&](OpBuilder &b, Location, ValueRange in) {
            Value falling = t.isMixed() ? in[2] : Value();
            Value one = arith::ExtUIOp::create(
                b, loc, b.getI32Type(),
                t.createReached(b, in[0], in[1], falling));
            linalg::YieldOp::create(
                b, loc, Value(arith::AddIOp::create(b, loc, in.back(), one)));
          })
          .getResult(0);
  return createElementwise(
      builder, loc, t.getShape(), t.storage, count,
      [&](OpBuilder &b, ValueRange in) { return t.createResult(b, in[0]); });
}

struct LowerThreshold : OpConversionPattern<lowbit::ThresholdOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::ThresholdOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Thresholds thresholds{
        op, adaptor.getInput(), adaptor.getThresholds(),
        getStoredType(rewriter, op.getType().getElementType())};
    constexpr int64_t few = 16;
    rewriter.replaceOp(op, thresholds.getCount() <= few
                               ? createComparisons(rewriter, thresholds)
                           : isSorted(op) ? createSearch(rewriter, thresholds)
                                          : createLoop(rewriter, thresholds));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// requantize, lookup
//===----------------------------------------------------------------------===//

/// The loop of a requantize: its operands, and how they are read.
class RequantizeLoop {
public:
  RequantizeLoop(lowbit::RequantizeOp op, ValueRange inputs,
                 ConversionPatternRewriter &rewriter)
      : op(op), builder(rewriter), shape(op.getType().getShape()),
        integer(rewriter.getIntegerType(op.getWidth())) {
    for (Value input : inputs)
      add(input);
    for (unsigned i = 0; i < inputs.size(); ++i)
      addNumbers(op.getMultipliersOf(i));
    addNumbers(op.getAddends());
    if (Value exceptions = op.getExceptions())
      addColumns(exceptions);
  }

  Value create(Type storage) {
    Location loc = op.getLoc();
    maps.push_back(builder.getMultiDimIdentityMap(shape.size()));
    Value empty = tensor::EmptyOp::create(builder, loc, shape, storage);
    SmallVector<utils::IteratorType> loops(shape.size(),
                                           utils::IteratorType::parallel);
    return linalg::GenericOp::create(
               builder, loc, empty.getType(), operands, empty, maps, loops,
               [&](OpBuilder &b, Location, ValueRange in) {
                 Value code = createException(b, in, createStep(b, in));
                 if (storage != integer)
                   code = arith::TruncIOp::create(b, loc, storage, code);
                 linalg::YieldOp::create(b, loc, code);
               })
        .getResult(0);
  }

private:
  void add(Value operand) {
    operands.push_back(operand);
    maps.push_back(getBroadcastMap(
        builder.getContext(),
        cast<RankedTensorType>(operand.getType()).getShape(), shape));
  }
  void addNumbers(ArrayRef<int64_t> numbers) {
    add(createChannelNumbers(builder, op.getLoc(), shape, op.getAxis(), numbers,
                             integer));
  }
  /// One operand for each column of the table.
  void addColumns(Value table) {
    MLIRContext *context = builder.getContext();
    auto type = cast<RankedTensorType>(table.getType());
    AffineExpr row = type.getDimSize(0) == 1
                         ? getAffineConstantExpr(0, context)
                         : getAffineDimExpr(op.getAxis(), context);
    for (int64_t j = 0; j < type.getDimSize(1); ++j) {
      operands.push_back(table);
      maps.push_back(AffineMap::get(
          shape.size(), 0, {row, getAffineConstantExpr(j, context)}, context));
    }
  }
  Value number(OpBuilder &b, int64_t value) {
    return arith::ConstantOp::create(b, op.getLoc(),
                                     b.getIntegerAttr(integer, value));
  }

  /// clamp((sum_i inputs[i] * multipliers[i] + addend) >> shift)
  Value createStep(OpBuilder &b, ValueRange in) {
    Location loc = op.getLoc();
    auto exact = arith::IntegerOverflowFlags::nsw;
    unsigned count = op.getInputs().size();
    Value sum = in[2 * count];
    for (unsigned i = 0; i < count; ++i) {
      Type element = getElementTypeOrSelf(op.getInputs()[i].getType());
      Value x = in[i];
      if (lowbit::isCode(element))
        x = extendCode(b, loc, x, element, op.getWidth());
      else if (element != integer)
        x = arith::ExtSIOp::create(b, loc, integer, x);
      Value product = arith::MulIOp::create(b, loc, x, in[count + i], exact);
      sum = arith::AddIOp::create(b, loc, sum, product, exact);
    }
    Value v = createShift(b, sum);
    v = arith::MaxSIOp::create(b, loc, v, number(b, op.getLo()));
    return arith::MinSIOp::create(b, loc, v, number(b, op.getHi()));
  }

  /// sum / 2^shift as a whole number. Of t = sum + 2^(shift - 1) the lower bits
  /// are all zero at a tie; then the lowest bit of t >> shift is taken off.
  Value createShift(OpBuilder &b, Value sum) {
    Location loc = op.getLoc();
    int64_t shift = op.getShift();
    if (!op.getHalfEven() || shift == 0)
      return arith::ShRSIOp::create(b, loc, sum, number(b, shift));
    Value t =
        arith::AddIOp::create(b, loc, sum, number(b, int64_t(1) << (shift - 1)),
                              arith::IntegerOverflowFlags::nsw);
    Value v = arith::ShRSIOp::create(b, loc, t, number(b, shift));
    Value rest =
        arith::AndIOp::create(b, loc, t, number(b, (int64_t(1) << shift) - 1));
    Value isTie = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rest,
                                        number(b, 0));
    Value lowest = arith::AndIOp::create(
        b, loc, v, arith::ExtUIOp::create(b, loc, integer, isTie));
    return arith::SubIOp::create(b, loc, v, lowest);
  }

  Value createException(OpBuilder &b, ValueRange in, Value code) {
    Location loc = op.getLoc();
    unsigned first = 2 * op.getInputs().size() + 1;
    for (unsigned i = first; i + 1 < in.size(); ++i) {
      Value equal =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, in[0], in[i]);
      Value one = arith::ExtUIOp::create(b, loc, integer, equal);
      if (i - first < op.getRaised())
        code = arith::AddIOp::create(b, loc, code, one);
      else
        code = arith::SubIOp::create(b, loc, code, one);
    }
    return code;
  }

  lowbit::RequantizeOp op;
  OpBuilder &builder;
  ArrayRef<int64_t> shape;
  IntegerType integer;
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
};

struct LowerRequantize : OpConversionPattern<lowbit::RequantizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::RequantizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type element = op.getType().getElementType();
    Type storage =
        lowbit::isCode(element) ? getStoredType(rewriter, element) : element;
    RequantizeLoop loop(op, adaptor.getInputs(), rewriter);
    rewriter.replaceOp(op, loop.create(storage));
    return success();
  }
};

struct LowerLookup : OpConversionPattern<lowbit::LookupOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(lowbit::LookupOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type code = op.getInput().getType().getElementType();
    Type storage = getStoredType(rewriter, op.getType().getElementType());
    bool oneRow = op.getTable().getType().getDimSize(0) == 1;
    auto body = [&](OpBuilder &b, ValueRange in) -> Value {
      Value low = arith::ConstantOp::create(
          b, loc, b.getI32IntegerAttr(lowbit::getCodeRange(code).min));
      Value column = arith::SubIOp::create(
          b, loc, extendCode(b, loc, in[0], code, 32), low);
      column = arith::IndexCastOp::create(b, loc, b.getIndexType(), column);
      Value row = oneRow ? Value(arith::ConstantIndexOp::create(b, loc, 0))
                         : Value(linalg::IndexOp::create(b, loc, op.getAxis()));
      return tensor::ExtractOp::create(b, loc, adaptor.getTable(),
                                       ValueRange{row, column});
    };
    rewriter.replaceOp(op,
                       createElementwise(rewriter, loc, op.getType().getShape(),
                                         storage, adaptor.getInput(), body));
    return success();
  }
};

} // namespace

void populateStepLowering(const StorageTypeConverter &converter,
                          RewritePatternSet &patterns) {
  patterns.add<LowerThreshold, LowerRequantize, LowerLookup>(
      converter, patterns.getContext());
}

} // namespace setun
