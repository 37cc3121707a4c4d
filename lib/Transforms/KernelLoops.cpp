// Loops of the packed product and of the float kernels.
#include "KernelLoops.h"
#include "LoopBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace setun {

Value decodeFp4(LoopBuilder &at, Value bits) {
  auto bitAnd = [&](Value value, int64_t mask) -> Value {
    return arith::AndIOp::create(at.b, at.loc, value, at.i32(mask));
  };
  auto select = [&](int64_t bit, Value yes, Value no) -> Value {
    Value isSet = arith::CmpIOp::create(at.b, at.loc, arith::CmpIPredicate::ne,
                                        bitAnd(bits, bit), at.i32(0));
    return arith::SelectOp::create(at.b, at.loc, isSet, yes, no);
  };
  // Of 0 .. 7 the lower ones are codes, 4 .. 7 have 2 + bit 0, shifted by
  // 1 + bit 1.
  Value size = bitAnd(bits, 7), odd = at.add(bitAnd(bits, 1), at.i32(2));
  Value large =
      arith::ShLIOp::create(at.b, at.loc, odd, select(2, at.i32(2), at.i32(1)));
  Value code = select(4, large, size);
  Value negative = arith::SubIOp::create(at.b, at.loc, at.i32(0), code);
  return select(8, negative, code);
}

namespace {

constexpr int64_t kLanes = 16;

/// Partial sums of the fixed order; at the start of the function, outside of
/// all loops.
Value createLanes(OpBuilder &b, Operation *op) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(
      &op->getParentOfType<func::FuncOp>().getBody().front());
  return memref::AllocaOp::create(b, op->getLoc(),
                                  MemRefType::get({kLanes}, b.getF32Type()));
}

/// sum_k term(k) in the fixed order: lane i adds k = i mod 16 in rising k from
/// +0, then halves 8, 4, 2, 1.
Value createOrderedSum(LoopBuilder &at, Value lanes, int64_t terms,
                       llvm::function_ref<Value(Value)> term) {
  auto accumulate = [&](Value lane, Value summand) {
    Value sum =
        arith::AddFOp::create(at.b, at.loc, at.load(lanes, lane), summand);
    at.store(sum, lanes, lane);
  };
  Value zero =
      arith::ConstantOp::create(at.b, at.loc, at.b.getF32FloatAttr(0.0f));
  at.loop(kLanes, [&](Value lane) { at.store(zero, lanes, lane); });
  int64_t blocks = terms / kLanes;
  at.loop(blocks, [&](Value block) {
    at.loop(kLanes, [&](Value lane) {
      accumulate(lane, term(at.add(at.times(block, kLanes), lane)));
    });
  });
  at.loop(terms % kLanes, [&](Value lane) {
    accumulate(lane, term(at.add(lane, at.index(blocks * kLanes))));
  });
  for (int64_t half = kLanes / 2; half >= 1; half /= 2)
    at.loop(half, [&](Value lane) {
      accumulate(lane, at.load(lanes, at.add(lane, at.index(half))));
    });
  return at.load(lanes, at.index(0));
}

/// for (i = 0, sum = first; i < count; ++i) sum = next(i, sum)
Value accumulate(LoopBuilder &at, int64_t count, Value first,
                 llvm::function_ref<Value(Value, Value)> next) {
  auto loop = scf::ForOp::create(at.b, at.loc, at.index(0), at.index(count),
                                 at.index(1), first);
  OpBuilder::InsertionGuard guard(at.b);
  at.b.setInsertionPointToStart(loop.getBody());
  Value sum = next(loop.getInductionVar(), loop.getRegionIterArg(0));
  scf::YieldOp::create(at.b, at.loc, sum);
  return loop.getResult(0);
}

/// A byte of weights, shifted down by `shift` bits.
Value loadPackedByte(LoopBuilder &at, Value packed, Value byte, Value shift) {
  Value loaded = at.load(packed, byte);
  Value wide = arith::ExtUIOp::create(at.b, at.loc, at.b.getI32Type(), loaded);
  Value amount =
      arith::IndexCastOp::create(at.b, at.loc, at.b.getI32Type(), shift);
  return arith::ShRUIOp::create(at.b, at.loc, wide, amount);
}

Value testBit(LoopBuilder &at, Value word, int64_t bit) {
  Value masked = arith::AndIOp::create(at.b, at.loc, word, at.i32(bit));
  return arith::CmpIOp::create(at.b, at.loc, arith::CmpIPredicate::ne, masked,
                               at.i32(0));
}

Value select(LoopBuilder &at, Value condition, Value yes, Value no) {
  return arith::SelectOp::create(at.b, at.loc, condition, yes, no);
}

/// The product of one row of weights with inputs that `load` reads; the layouts
/// are those of Support/BitPacking.h.
struct PackedRow {
  using Load = llvm::function_ref<Value(Value k)>;

  LoopBuilder &at;
  Value packed, start;
  int64_t inputs;
  Load load;

  Value subtract(Value lhs, Value rhs) {
    return arith::SubIOp::create(at.b, at.loc, lhs, rhs, LoopBuilder::kExact);
  }

  /// Input k is bit k % 8 of byte k / 8.
  Value sumBits() {
    return accumulate(at, inputs, at.i32(0), [&](Value k, Value sum) -> Value {
      Value x = load(k);
      Value byte = at.divide(k, 8), bit = at.remainder(k, 8);
      Value word = loadPackedByte(at, packed, at.add(start, byte), bit);
      Value condition = testBit(at, word, 1), plus = at.add(sum, x);
      return select(at, condition, plus, subtract(sum, x));
    });
  }

  /// Input p + 32 * g is bits 2 (g % 4) and 2 (g % 4) + 1 of byte
  /// p + 32 * (g / 4). The inner loop reads both in order, so that LLVM
  /// vectorises it.
  Value addTernaryGroup(Value group, int64_t count, Value first) {
    Value bytes = at.add(start, at.times(at.divide(group, 4), 32));
    Value shift = at.times(at.remainder(group, 4), 2);
    Value firstInput = at.times(group, 32);
    return accumulate(at, count, first, [&](Value p, Value sum) -> Value {
      Value x = load(at.add(firstInput, p)), zero = at.i32(0);
      Value word = loadPackedByte(at, packed, at.add(bytes, p), shift);
      Value plus = select(at, testBit(at, word, 1), x, zero);
      Value minus = select(at, testBit(at, word, 2), x, zero);
      return subtract(at.add(sum, plus), minus);
    });
  }

  Value sumTernaryPairs() {
    Value sum = accumulate(at, inputs / 32, at.i32(0), [&](Value g, Value sum) {
      return addTernaryGroup(g, 32, sum);
    });
    return inputs % 32 == 0
               ? sum
               : addTernaryGroup(at.index(inputs / 32), inputs % 32, sum);
  }

  /// Adds what digits of `count` bytes, those that stand for `power`, make of
  /// as many inputs.
  Value addTrits(Value bytes, int64_t power, Value firstInput, int64_t count,
                 Value first) {
    return accumulate(at, count, first, [&](Value p, Value sum) -> Value {
      Value x = load(at.add(firstInput, p));
      Value byte = loadPackedByte(at, packed, at.add(bytes, p), at.index(0));
      Value lowest = arith::DivUIOp::create(at.b, at.loc, byte, at.i32(power));
      Value digit = arith::RemUIOp::create(at.b, at.loc, lowest, at.i32(3));
      Value weight = subtract(digit, at.i32(1));
      return at.add(sum, arith::MulIOp::create(at.b, at.loc, weight, x,
                                               LoopBuilder::kExact));
    });
  }

  /// A block of inputs in some bytes: input p + j * bytes is digit j of byte p.
  Value addTritBlock(Value firstByte, int64_t bytes, Value firstInput,
                     int64_t count, Value sum) {
    int64_t power = 1;
    for (int64_t k = 0; k < count; k += bytes, power *= 3)
      sum = addTrits(firstByte, power, at.add(firstInput, at.index(k)),
                     std::min(bytes, count - k), sum);
    return sum;
  }

  /// Blocks of 160 inputs in 32 bytes, then one of the rest.
  Value sumTrits() {
    int64_t blocks = inputs / 160, rest = inputs % 160;
    Value sum = accumulate(at, blocks, at.i32(0), [&](Value b, Value sum) {
      return addTritBlock(at.add(start, at.times(b, 32)), 32, at.times(b, 160),
                          160, sum);
    });
    return rest == 0 ? sum
                     : addTritBlock(at.add(start, at.index(blocks * 32)),
                                    llvm::divideCeil(rest, 5),
                                    at.index(blocks * 160), rest, sum);
  }

  Value sumBytes() {
    return accumulate(at, inputs, at.i32(0), [&](Value k, Value sum) -> Value {
      Value x = load(k);
      Value weight = arith::ExtSIOp::create(at.b, at.loc, at.b.getI32Type(),
                                            at.load(packed, at.add(start, k)));
      Value product =
          arith::MulIOp::create(at.b, at.loc, weight, x, LoopBuilder::kExact);
      return at.add(sum, product);
    });
  }

  /// Input k is bit k % 8 of byte k % 32 / 8 of its line's 4 for the output.
  Value sumBitTiles(Value lineStep) {
    return accumulate(at, inputs, at.i32(0), [&](Value k, Value sum) -> Value {
      Value x = load(k);
      Value line = at.multiply(at.divide(k, 32), lineStep);
      Value byte =
          at.add(at.add(start, line), at.divide(at.remainder(k, 32), 8));
      Value word = loadPackedByte(at, packed, byte, at.remainder(k, 8));
      return select(at, testBit(at, word, 1), at.add(sum, x), subtract(sum, x));
    });
  }

  /// The weight of input k in `int3_tiles`: with p = k % 32 / 4, the lower two
  /// bits stand at 4 (p % 2) + p / 2 % 2 * 2 in line p / 4 of three, the upper
  /// one at 4 (p % 2) + p / 2 in the last of them.
  Value loadThreeBits(Value k, Value lineStep) {
    Value third = at.times(at.divide(k, 32), 3);
    Value p = at.divide(at.remainder(k, 32), 4);
    Value half = at.times(at.remainder(p, 2), 4), pair = at.divide(p, 2);
    Value first = at.add(start, at.remainder(k, 4));
    Value lowerByte =
        at.add(first, at.multiply(at.add(third, at.divide(p, 4)), lineStep));
    Value upperByte =
        at.add(first, at.multiply(at.add(third, at.index(2)), lineStep));
    Value lower =
        loadPackedByte(at, packed, lowerByte,
                       at.add(half, at.times(at.remainder(pair, 2), 2)));
    Value upper = loadPackedByte(at, packed, upperByte, at.add(half, pair));
    lower = arith::AndIOp::create(at.b, at.loc, lower, at.i32(3));
    Value top = select(at, testBit(at, upper, 1), at.i32(0), at.i32(-4));
    return at.add(lower, top);
  }

  /// Input k is in byte k % 4 of its line's 4 for the output, at
  /// k % perLine / 4 from below; `lineStep` bytes lie between two lines.
  Value sumTiles(const TileShape &shape, Value lineStep) {
    return accumulate(at, inputs, at.i32(0), [&](Value k, Value sum) -> Value {
      Value x = load(k);
      Value line = at.multiply(at.divide(k, shape.perLine), lineStep);
      Value byte = at.add(at.add(start, line), at.remainder(k, 4));
      Value weight;
      if (shape.bits == 8) {
        weight = arith::ExtSIOp::create(at.b, at.loc, at.b.getI32Type(),
                                        at.load(packed, byte));
      } else if (shape.bits == 3) {
        weight = loadThreeBits(k, lineStep);
      } else {
        Value place = at.divide(at.remainder(k, shape.perLine), 4);
        Value word =
            loadPackedByte(at, packed, byte, at.times(place, shape.bits));
        Value code = arith::AndIOp::create(at.b, at.loc, word,
                                           at.i32((1 << shape.bits) - 1));
        weight = shape.bias ? subtract(code, at.i32(shape.bias))
                            : decodeFp4(at, code);
      }
      return at.add(sum, arith::MulIOp::create(at.b, at.loc, weight, x,
                                               LoopBuilder::kExact));
    });
  }

  Value sum(PackedLayout layout) {
    switch (layout) {
    case PackedLayout::Bits:
      return sumBits();
    case PackedLayout::TernaryPairs:
      return sumTernaryPairs();
    case PackedLayout::Trits:
      return sumTrits();
    case PackedLayout::Bytes:
      return sumBytes();
    case PackedLayout::BitTiles:
    case PackedLayout::TernaryTiles:
    case PackedLayout::NibbleTiles:
    case PackedLayout::ByteTiles:
    case PackedLayout::Int2Tiles:
    case PackedLayout::Int3Tiles:
    case PackedLayout::Fp4Tiles:
      break;
    }
    llvm_unreachable("all layouts are handled");
  }
};

/// Where the weights of one output start in a tiled matrix, and how many bytes
/// its lines are apart.
struct TilePlace {
  Value start, lineStep;
};

TilePlace findTile(LoopBuilder &at, const TileShape &shape, int64_t outputs,
                   int64_t inputs, Value output) {
  constexpr int64_t groupBlocks = TileShape::groupBlocks;
  int64_t blocks = llvm::divideCeil(outputs, TileShape::blockOutputs);
  int64_t lines = llvm::divideCeil(inputs, shape.perLine);
  Value block = at.divide(output, TileShape::blockOutputs);
  Value inGroup = at.remainder(block, groupBlocks);
  Value first = at.times(at.divide(block, groupBlocks), groupBlocks);
  // The last group may have fewer blocks.
  Value left = arith::SubIOp::create(at.b, at.loc, at.index(blocks), first,
                                     LoopBuilder::kExact);
  Value count =
      arith::MinUIOp::create(at.b, at.loc, left, at.index(groupBlocks));
  Value block0 = at.times(first, lines * shape.bytesPerBlock);
  Value line = at.add(block0, at.times(inGroup, TileShape::lineBytes));
  Value lane = at.remainder(output, TileShape::blockOutputs);
  return {at.add(line, at.times(lane, 4)),
          at.times(count, TileShape::lineBytes)};
}

} // namespace

void lowerToLoops(IRRewriter &rewriter, lowbit::PackedMatmulOp op) {
  LoopBuilder at{rewriter, op.getLoc()};
  PackedLayout layout = *parsePackedLayout(op.getLayout().getName());
  int64_t inputs = getShape(op.getInput()).back();
  std::optional<TileShape> shape = getTileShape(layout);
  int64_t outputs = getShape(op.getInit()).back();
  bool isUnsigned = lowbit::isUnsignedCode(op.getActivation());
  at.loops(getShape(op.getInit()), {}, [&](ValueRange out) {
    auto load = [&](Value k) -> Value {
      Value code = at.load(op.getInput(), append(out.drop_back(), k));
      Type i32 = rewriter.getI32Type();
      if (isUnsigned)
        return arith::ExtUIOp::create(rewriter, op.getLoc(), i32, code);
      return arith::ExtSIOp::create(rewriter, op.getLoc(), i32, code);
    };
    auto store = [&](Value start, llvm::function_ref<Value(PackedRow &)> sum) {
      PackedRow row{at, op.getPacked(), start, inputs, load};
      at.store(sum(row), op.getInit(), out);
    };
    if (!shape)
      return store(at.times(out.back(), getPackedRowBytes(layout, inputs)),
                   [&](PackedRow &row) { return row.sum(layout); });
    TilePlace place = findTile(at, *shape, outputs, inputs, out.back());
    store(place.start, [&](PackedRow &row) {
      return shape->bits == 1 ? row.sumBitTiles(place.lineStep)
                              : row.sumTiles(*shape, place.lineStep);
    });
  });
  rewriter.eraseOp(op);
}

void lowerToLoops(IRRewriter &rewriter, lowbit::FloatMatmulOp op) {
  LoopBuilder at{rewriter, op.getLoc()};
  Value lanes = createLanes(rewriter, op);
  int64_t terms = getShape(op.getLhs()).back();
  bool sharedRhs = getShape(op.getRhs()).size() == 2;
  at.loops(getShape(op.getInit()), {}, [&](ValueRange out) {
    ValueRange leading = out.drop_back(2);
    Value row = out.drop_back().back(), column = out.back();
    Value sum = createOrderedSum(at, lanes, terms, [&](Value k) -> Value {
      Value lhs = at.load(op.getLhs(), append(leading, {row, k}));
      Value rhs =
          at.load(op.getRhs(), sharedRhs ? append({}, {k, column})
                                         : append(leading, {k, column}));
      return arith::MulFOp::create(rewriter, op.getLoc(), lhs, rhs);
    });
    at.store(sum, op.getInit(), out);
  });
  rewriter.eraseOp(op);
}

void lowerToLoops(IRRewriter &rewriter, lowbit::FloatSumOp op) {
  LoopBuilder at{rewriter, op.getLoc()};
  Value lanes = createLanes(rewriter, op);
  int64_t terms = getShape(op.getInput()).back();
  at.loops(getShape(op.getInit()), {}, [&](ValueRange out) {
    Value sum = createOrderedSum(at, lanes, terms, [&](Value k) {
      return at.load(op.getInput(), append(out, k));
    });
    at.store(sum, op.getInit(), out);
  });
  rewriter.eraseOp(op);
}

} // namespace setun
