// Loops of the product with scales in blocks, with its formula step by step.
#include "KernelLoops.h"
#include "LoopBuilder.h"

using namespace mlir;

namespace setun {
namespace {

/// One product: what its loops share.
class BlockMatmulLoops {
public:
  BlockMatmulLoops(LoopBuilder &at, lowbit::BlockMatmulOp op)
      : at(at), op(op), shape(op.getShape()) {
    Type i32 = at.b.getI32Type(), f32 = at.b.getF32Type();
    if (op.getFloats()) {
      sums = makeBuffer(kLanes, f32);
      return;
    }
    codes = makeBuffer(shape.inputs, i32);
    largest = makeBuffer(shape.getBlocks(), i32);
    scales = makeBuffer(shape.getBlocks(), f32);
    factors = makeBuffer(shape.getBlocks(), f32);
    sum = makeBuffer(1, i32);
  }

  void emitRow(ValueRange row) {
    if (op.getFloats())
      return at.loop(shape.outputs, [&](Value n) { emitFloats(row, n); });
    quantizeRow(row);
    at.loop(shape.outputs, [&](Value n) { emitOutput(row, n); });
  }

private:
  /// Partial sums of the fixed order of float sums.
  static constexpr int64_t kLanes = 16;

  Value makeBuffer(int64_t size, Type element) {
    return memref::AllocOp::create(at.b, at.loc,
                                   MemRefType::get(size, element));
  }
  Value f32(float value) {
    return arith::ConstantOp::create(at.b, at.loc, at.b.getF32FloatAttr(value));
  }
  Value asFloat(Value bits) {
    return arith::BitcastOp::create(at.b, at.loc, at.b.getF32Type(), bits);
  }
  Value asBits(Value number) {
    return arith::BitcastOp::create(at.b, at.loc, at.b.getI32Type(), number);
  }
  Value times(Value a, Value b) {
    return arith::MulFOp::create(at.b, at.loc, a, b);
  }
  Value divide(Value a, Value b) {
    return arith::DivFOp::create(at.b, at.loc, a, b);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, int64_t b) {
    return arith::CmpIOp::create(at.b, at.loc, predicate, a, at.i32(b));
  }
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(at.b, at.loc, condition, yes, no);
  }

  /// codes[k], and for each block its scale. A factor is 0 if all codes are.
  void quantizeRow(ValueRange row) {
    at.loop(shape.getBlocks(),
            [&](Value b) { at.store(at.i32(0), largest, b); });
    at.loop(shape.inputs, [&](Value k) {
      // Floats without a sign are in the order of their bits.
      Value bits = asBits(at.load(op.getInput(), append(row, k)));
      bits = arith::AndIOp::create(at.b, at.loc, bits, at.i32(INT32_MAX));
      Value block = at.divide(k, shape.block);
      Value most =
          arith::MaxSIOp::create(at.b, at.loc, bits, at.load(largest, block));
      at.store(most, largest, block);
    });
    at.loop(shape.getBlocks(), [&](Value b) {
      Value bits = at.load(largest, b), most = asFloat(bits);
      at.store(divide(most, f32(127)), scales, b);
      Value usable = arith::AndIOp::create(
          at.b, at.loc,
          compare(arith::CmpIPredicate::sge, bits, 0x0d800000),  // 2^-100
          compare(arith::CmpIPredicate::slt, bits, 0x7f800000)); // infinity
      at.store(select(usable, divide(f32(127), most), f32(0)), factors, b);
    });
    at.loop(shape.inputs, [&](Value k) {
      Value factor = at.load(factors, at.divide(k, shape.block));
      Value x = at.load(op.getInput(), append(row, k));
      // 1.5 * 2^23 leaves no place for a fraction.
      Value rounded = arith::AddFOp::create(at.b, at.loc, times(x, factor),
                                            f32(12582912.0f));
      Value code = arith::SubIOp::create(at.b, at.loc, asBits(rounded),
                                         at.i32(0x4b400000));
      Value isZero = compare(arith::CmpIPredicate::eq, asBits(factor), 0);
      at.store(select(isZero, at.i32(0), code), codes, k);
    });
  }

  /// Byte `offset` of the tile's block that `start` is the first byte of.
  Value loadByte(Value start, Value offset) {
    Value byte = at.load(op.getPacked(), at.add(start, offset));
    return arith::ExtUIOp::create(at.b, at.loc, at.b.getI32Type(), byte);
  }
  /// `count` bytes, the lowest first.
  Value loadBytes(Value start, Value offset, int64_t count) {
    Value word = loadByte(start, offset);
    for (int64_t i = 1; i < count; ++i) {
      Value byte = loadByte(start, at.add(offset, at.index(i)));
      byte = arith::ShLIOp::create(at.b, at.loc, byte, at.i32(8 * i));
      word = arith::OrIOp::create(at.b, at.loc, word, byte);
    }
    return word;
  }
  /// Where the 16 bits of an output stand, see BlockPacking.h.
  Value getHalf(Value lane) {
    return at.add(at.times(at.remainder(lane, 16), 4),
                  at.times(at.divide(lane, 16), 2));
  }

  Value loadCode(Value start, Value lane, Value i) {
    int64_t perLine = 32 / shape.bits;
    Value place = at.remainder(i, perLine);
    Value offset =
        at.add(at.times(at.divide(i, perLine), BlockShape::lineBytes),
               at.add(at.times(lane, 4), at.remainder(i, 4)));
    Value byte = loadByte(start, offset);
    if (shape.bits == 8)
      return arith::XOrIOp::create(at.b, at.loc, byte, at.i32(0x80));
    Value shift =
        arith::IndexCastOp::create(at.b, at.loc, at.b.getI32Type(),
                                   at.times(at.divide(place, 4), shape.bits));
    byte = arith::ShRUIOp::create(at.b, at.loc, byte, shift);
    Value code = arith::AndIOp::create(at.b, at.loc, byte,
                                       at.i32((1 << shape.bits) - 1));
    return op.getFp4() ? decodeFp4(at, code) : code;
  }

  Value loadZeroPoint(Value start, Value lane) {
    if (!shape.hasZeroPoints)
      return at.i32(*op.getZeroPoint());
    return loadBytes(start,
                     at.add(at.index(shape.getCodeBytes()), getHalf(lane)), 2);
  }

  Value loadScale(Value start, Value lane) {
    Value first = at.index(shape.getBlockBytes() - shape.getScaleBytes());
    if (shape.scaleBits == 32)
      return asFloat(loadBytes(start, at.add(first, at.times(lane, 4)), 4));
    Value bits = loadBytes(start, at.add(first, getHalf(lane)), 2);
    // Shifted into place the exponent of a float16 is too small by 112.
    bits = arith::ShLIOp::create(at.b, at.loc, bits, at.i32(16));
    bits = arith::ShRSIOp::create(at.b, at.loc, bits, at.i32(3));
    bits =
        arith::AndIOp::create(at.b, at.loc, bits, at.i32(int32_t(0x8fffe000)));
    return times(asFloat(bits), f32(0x1p112f));
  }

  /// One output from floats.
  void emitFloats(ValueRange row, Value n) {
    Value lane = at.remainder(n, BlockShape::tileOutputs);
    Value tile =
        at.times(at.divide(n, BlockShape::tileOutputs), shape.getTileBytes());
    at.loop(kLanes, [&](Value i) { at.store(f32(0), sums, i); });
    at.loop(shape.inputs, [&](Value k) {
      Value start = at.add(
          tile, at.times(at.divide(k, shape.block), shape.getBlockBytes()));
      Value code = arith::SubIOp::create(
          at.b, at.loc, loadCode(start, lane, at.remainder(k, shape.block)),
          loadZeroPoint(start, lane));
      Value weight =
          times(arith::SIToFPOp::create(at.b, at.loc, at.b.getF32Type(), code),
                loadScale(start, lane));
      Value term = times(at.load(op.getInput(), append(row, k)), weight);
      addTo(sums, at.remainder(k, kLanes), term);
    });
    for (int64_t half = kLanes / 2; half > 0; half /= 2)
      at.loop(half, [&](Value i) {
        addTo(sums, i, at.load(sums, at.add(i, at.index(half))));
      });
    at.store(at.load(sums, at.index(0)), op.getInit(), append(row, n));
  }

  void addTo(Value buffer, ValueRange indices, Value term) {
    Value sum =
        arith::AddFOp::create(at.b, at.loc, at.load(buffer, indices), term);
    at.store(sum, buffer, indices);
  }

  void emitOutput(ValueRange row, Value n) {
    SmallVector<Value> output = append(row, n);
    at.store(f32(0), op.getInit(), output);
    Value lane = at.remainder(n, BlockShape::tileOutputs);
    Value tile =
        at.times(at.divide(n, BlockShape::tileOutputs), shape.getTileBytes());
    at.loop(shape.getBlocks(), [&](Value b) {
      Value start = at.add(tile, at.times(b, shape.getBlockBytes()));
      Value zeroPoint = loadZeroPoint(start, lane);
      Value first = at.times(b, shape.block);
      Value rest = arith::SubIOp::create(at.b, at.loc, at.index(shape.inputs),
                                         first, LoopBuilder::kExact);
      Value count =
          arith::MinSIOp::create(at.b, at.loc, rest, at.index(shape.block));
      Value zero = at.index(0);
      at.store(at.i32(0), sum, zero);
      at.loop(zero, count, [&](Value i) {
        Value weight = arith::SubIOp::create(
            at.b, at.loc, loadCode(start, lane, i), zeroPoint);
        Value product = at.multiply(weight, at.load(codes, at.add(first, i)));
        at.store(at.add(at.load(sum, zero), product), sum, zero);
      });
      Value exact = arith::SIToFPOp::create(at.b, at.loc, at.b.getF32Type(),
                                            at.load(sum, zero));
      Value term =
          times(exact, times(at.load(scales, b), loadScale(start, lane)));
      addTo(op.getInit(), output, term);
    });
  }

  LoopBuilder &at;
  lowbit::BlockMatmulOp op;
  BlockShape shape;
  /// Of the row at hand; `largest` are the bits of floats.
  Value codes, largest, scales, factors, sum;
  /// Lanes of a sum of floats.
  Value sums;
};

} // namespace

void lowerToLoops(IRRewriter &rewriter, lowbit::BlockMatmulOp op) {
  LoopBuilder at{rewriter, op.getLoc()};
  BlockMatmulLoops loops(at, op);
  at.loops(getShape(op.getInit()).drop_back(), {},
           [&](ValueRange row) { loops.emitRow(row); });
  rewriter.eraseOp(op);
}

} // namespace setun
