// Loops of the float convolution. The innermost one goes along a row of
// outputs, so that one weight meets a row of the image.
#include "KernelLoops.h"
#include "LoopBuilder.h"

using namespace mlir;

namespace setun {
namespace {

/// Ops on indices that may be negative on their way.
struct PositionBuilder {
  LoopBuilder &at;

  Value subtract(Value a, Value b) {
    return arith::SubIOp::create(at.b, at.loc, a, b, LoopBuilder::kExact);
  }
  Value least(Value a, Value b) {
    return arith::MinSIOp::create(at.b, at.loc, a, b);
  }
  Value greatest(Value a, Value b) {
    return arith::MaxSIOp::create(at.b, at.loc, a, b);
  }
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(at.b, at.loc, condition, yes, no);
  }
  /// 0 <= position < size
  Value isInside(Value position, int64_t size) {
    return arith::CmpIOp::create(at.b, at.loc, arith::CmpIPredicate::ult,
                                 position, at.index(size));
  }
  /// The first output from which on start + output * stride >= limit, at most
  /// `outputs`.
  Value firstAtLeast(int64_t limit, Value start, int64_t stride,
                     int64_t outputs) {
    Value distance = subtract(at.index(limit + stride - 1), start);
    Value steps = at.divide(greatest(distance, at.index(0)), stride);
    return least(steps, at.index(outputs));
  }
};

/// One convolution: what its loops share.
class FloatConvLoops {
public:
  FloatConvLoops(LoopBuilder &at, lowbit::FloatConvOp op)
      : at(at), positions{at}, op(op), window(op.getWindow()),
        image(getShape(op.getInput())), weights(getShape(op.getWeights())),
        last(window.getRank() - 1) {}

  /// Row `row` = [n, m, all outputs but the last dimension].
  void emitRow(ValueRange row) {
    Value zero = makeFloat(0.0f);
    int64_t columns = getShape(op.getInit()).back();
    at.loop(columns, [&](Value column) {
      at.store(zero, op.getInit(), append(row, column));
    });
    at.loops(weights.drop_front(), {},
             [&](ValueRange tap) { emitTap(row, tap); });
    if (!op.getBias())
      return;
    Value bias = at.load(op.getBias(), row[1]);
    at.loop(columns, [&](Value column) { accumulate(row, column, bias); });
  }

private:
  Value makeFloat(float value) {
    return arith::ConstantOp::create(at.b, at.loc, at.b.getF32FloatAttr(value));
  }

  void accumulate(ValueRange row, Value column, Value term) {
    SmallVector<Value> output = append(row, column);
    Value sum = arith::AddFOp::create(at.b, at.loc,
                                      at.load(op.getInit(), output), term);
    at.store(sum, op.getInit(), output);
  }

  /// Where a tap without regard to the output reads along dimension `dim`.
  Value getStart(ValueRange tap, unsigned dim) {
    Value offset = at.times(tap[dim + 1], window.getDilations()[dim]);
    return positions.subtract(offset, at.index(window.getBegin(dim)));
  }

  /// Tap [c, k...] of a row: the columns before the image, in it and behind it.
  void emitTap(ValueRange row, ValueRange tap) {
    int64_t columns = getShape(op.getInit()).back();
    int64_t perGroup = weights[0] / int64_t(op.getGroups());
    Value weight = at.load(op.getWeights(), append(row[1], tap));
    Value outside =
        arith::MulFOp::create(at.b, at.loc, weight, makeFloat(0.0f));
    SmallVector<Value> from = {
        row[0],
        at.add(at.times(at.divide(row[1], perGroup), weights[1]), tap[0])};
    Value start = getStart(tap, last);
    int64_t stride = window.getStrides()[last];
    Value first = positions.firstAtLeast(0, start, stride, columns);
    Value end = positions.greatest(
        first, positions.firstAtLeast(image.back(), start, stride, columns));
    for (unsigned dim = 0; dim < last; ++dim) {
      Value position = at.add(at.times(row[dim + 2], window.getStrides()[dim]),
                              getStart(tap, dim));
      // A line outside of the image has no column inside.
      Value inside = positions.isInside(position, image[dim + 2]);
      first = positions.select(inside, first, at.index(0));
      end = positions.select(inside, end, at.index(0));
      from.push_back(position);
    }
    at.loop(at.index(0), first,
            [&](Value column) { accumulate(row, column, outside); });
    at.loop(first, end, [&](Value column) {
      Value x = at.load(op.getInput(),
                        append(from, at.add(at.times(column, stride), start)));
      accumulate(row, column, arith::MulFOp::create(at.b, at.loc, weight, x));
    });
    at.loop(end, at.index(columns),
            [&](Value column) { accumulate(row, column, outside); });
  }

  LoopBuilder &at;
  PositionBuilder positions;
  lowbit::FloatConvOp op;
  lowbit::WindowAttr window;
  ArrayRef<int64_t> image, weights;
  unsigned last;
};

} // namespace

void lowerToLoops(IRRewriter &rewriter, lowbit::FloatConvOp op) {
  LoopBuilder at{rewriter, op.getLoc()};
  FloatConvLoops loops(at, op);
  at.loops(getShape(op.getInit()).drop_back(), {},
           [&](ValueRange row) { loops.emitRow(row); });
  rewriter.eraseOp(op);
}

} // namespace setun
