// Loops of the depthwise convolution. The innermost one goes along the
// channels, which lie side by side.
#include "KernelLoops.h"
#include "LoopBuilder.h"

using namespace mlir;

namespace setun {
namespace {

/// One convolution: what its loops share.
class DepthwiseLoops {
public:
  DepthwiseLoops(LoopBuilder &at, lowbit::DepthwiseOp op)
      : at(at), op(op), window(op.getWindow()), image(getShape(op.getInput())) {
  }

  /// All channels at `place` = [n, outputs..].
  void emitPlace(ValueRange place) {
    at.loop(image.back(), [&](Value channel) {
      at.store(at.i32(0), op.getInit(), append(place, channel));
    });
    at.loops(window.getSize(), {},
             [&](ValueRange tap) { emitTap(place, tap); });
  }

private:
  Value getPlace(ValueRange place, unsigned dim) {
    return op.getOffsets().empty() ? place[dim]
                                   : at.add(place[dim], op.getOffsets()[dim]);
  }

  void emitTap(ValueRange place, ValueRange tap) {
    SmallVector<Value> from = {getPlace(place, 0)};
    Value position = at.index(0), isInside;
    for (unsigned dim = 0; dim < window.getRank(); ++dim) {
      Value start =
          at.times(getPlace(place, dim + 1), window.getStrides()[dim]);
      start = at.add(start, at.times(tap[dim], window.getDilations()[dim]));
      if (window.getBegin(dim) > 0)
        start = arith::SubIOp::create(at.b, at.loc, start,
                                      at.index(window.getBegin(dim)),
                                      LoopBuilder::kExact);
      from.push_back(start);
      position = at.add(at.times(position, window.getSize()[dim]), tap[dim]);
      if (window.getBegin(dim) == 0 && window.getEnd(dim) == 0)
        continue;
      // A place before the image is a number far behind it.
      Value inside =
          arith::CmpIOp::create(at.b, at.loc, arith::CmpIPredicate::ult, start,
                                at.index(image[dim + 1]));
      isInside = isInside
                     ? arith::AndIOp::create(at.b, at.loc, isInside, inside)
                     : inside;
    }
    auto addInside = [&] {
      addProducts(place, position, [&](Value channel) {
        Value code = at.load(op.getInput(), append(from, channel));
        return extend(code, lowbit::isUnsignedCode(*op.getActivation()));
      });
    };
    if (!isInside)
      return addInside();
    bool addsPadding = op.getPadding() != 0;
    auto choice = scf::IfOp::create(at.b, at.loc, isInside, addsPadding);
    OpBuilder::InsertionGuard guard(at.b);
    at.b.setInsertionPointToStart(choice.thenBlock());
    addInside();
    if (!addsPadding)
      return;
    at.b.setInsertionPointToStart(choice.elseBlock());
    addProducts(place, position,
                [&](Value) { return at.i32(int64_t(op.getPadding())); });
  }

  /// init[place, c] += weights[position, c] * load(c)
  void addProducts(ValueRange place, Value position,
                   llvm::function_ref<Value(Value)> load) {
    at.loop(image.back(), [&](Value channel) {
      SmallVector<Value> sum = append(place, channel);
      Value weight =
          extend(at.load(op.getWeights(), {position, channel}), false);
      Value product = arith::MulIOp::create(at.b, at.loc, weight, load(channel),
                                            LoopBuilder::kExact);
      at.store(at.add(at.load(op.getInit(), sum), product), op.getInit(), sum);
    });
  }

  Value extend(Value code, bool isUnsigned) {
    Type i32 = at.b.getI32Type();
    if (isUnsigned)
      return arith::ExtUIOp::create(at.b, at.loc, i32, code);
    return arith::ExtSIOp::create(at.b, at.loc, i32, code);
  }

  LoopBuilder &at;
  lowbit::DepthwiseOp op;
  lowbit::WindowAttr window;
  ArrayRef<int64_t> image;
};

} // namespace

void lowerToLoops(IRRewriter &rewriter, lowbit::DepthwiseOp op) {
  LoopBuilder at{rewriter, op.getLoc()};
  DepthwiseLoops loops(at, op);
  at.loops(getShape(op.getInit()).drop_back(), {},
           [&](ValueRange place) { loops.emitPlace(place); });
  rewriter.eraseOp(op);
}

} // namespace setun
