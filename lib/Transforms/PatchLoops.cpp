// Loops of im2row: the columns that a tile sees are copied, each once, channel
// by channel where channels are not last; patches are runs of columns.
#include "KernelLoops.h"
#include "LoopBuilder.h"

using namespace mlir;

namespace setun {
namespace {

/// Shorter runs are copied element by element.
constexpr int64_t kMinRun = 8;

/// Writes the loops of one im2row.
class PatchWriter {
public:
  PatchWriter(OpBuilder &b, lowbit::Im2RowOp op)
      : at{b, op.getLoc()}, op(op), window(op.getWindow()),
        image(lowbit::getImageShape(cast<MemRefType>(op.getInput().getType()),
                                    op.getChannelsLast())),
        rows(cast<MemRefType>(op.getInit().getType())),
        last(window.getRank() - 1),
        columnCodes(image[1] * window.getPositions() / window.getSize()[last]) {
  }

  void write();

private:
  /// Where columns are stored to: element `code` of column `number`.
  struct Columns {
    Value buffer;
    llvm::function_ref<SmallVector<Value>(Value number, Value code)> locate;
  };

  /// Columns 0 .. count - 1 of the row of patches at `place`, their distance
  /// `step` in the image.
  void writeColumns(ValueRange place, int64_t count, int64_t step,
                    Columns target);
  void writeColumn(ValueRange source, Value isInside, Value firstCode,
                   Value number, Columns target);
  /// Copies `count` elements of the last dimension, from these indices on.
  void copyRun(Value from, ValueRange source, Value to, ValueRange target,
               int64_t count);
  /// (place + offset) * stride + position * dilation - begin along `dim`.
  Value createSource(ValueRange place, unsigned dim, Value position);
  /// Whether that is within the image; null where it always is.
  Value createCheck(Value source, unsigned dim);
  /// Do the channels of the input lie side by side, if they are last?
  bool isContiguous() {
    SmallVector<int64_t> strides;
    int64_t offset;
    return succeeded(cast<MemRefType>(op.getInput().getType())
                         .getStridesAndOffset(strides, offset)) &&
           strides.back() == 1;
  }
  Value both(Value a, Value b) {
    return !a || !b ? (a ? a : b)
                    : Value(arith::AndIOp::create(at.b, at.loc, a, b));
  }

  LoopBuilder at;
  lowbit::Im2RowOp op;
  lowbit::WindowAttr window;
  SmallVector<int64_t> image;
  MemRefType rows;
  unsigned last;
  /// Codes in one column of a patch.
  int64_t columnCodes;
};

void PatchWriter::copyRun(Value from, ValueRange source, Value to,
                          ValueRange target, int64_t count) {
  auto view = [&](Value buffer, ValueRange indices) -> Value {
    SmallVector<OpFoldResult> first(indices),
        sizes(indices.size(), at.b.getIndexAttr(1)), steps(sizes);
    sizes.back() = at.b.getIndexAttr(count);
    MemRefType type = memref::SubViewOp::inferRankReducedResultType(
        {count}, cast<MemRefType>(buffer.getType()), first, sizes, steps);
    return memref::SubViewOp::create(at.b, at.loc, type, buffer, first, sizes,
                                     steps);
  };
  memref::CopyOp::create(at.b, at.loc, view(from, source), view(to, target));
}

Value PatchWriter::createSource(ValueRange place, unsigned dim,
                                Value position) {
  Value output = place[dim + 1];
  if (!op.getOffsets().empty())
    output = at.add(output, op.getOffsets()[dim + 1]);
  Value start = at.times(output, window.getStrides()[dim]);
  if (position)
    start = at.add(start, at.times(position, window.getDilations()[dim]));
  if (window.getBegin(dim) == 0)
    return start;
  return arith::SubIOp::create(
      at.b, at.loc, start, at.index(window.getBegin(dim)), LoopBuilder::kExact);
}

Value PatchWriter::createCheck(Value source, unsigned dim) {
  if (window.getBegin(dim) == 0 && window.getEnd(dim) == 0)
    return nullptr;
  auto compare = [&](arith::CmpIPredicate predicate, int64_t bound) -> Value {
    return arith::CmpIOp::create(at.b, at.loc, predicate, source,
                                 at.index(bound));
  };
  return both(compare(arith::CmpIPredicate::sge, 0),
              compare(arith::CmpIPredicate::slt, image[dim + 2]));
}

/// One column: all channels at one place, or padding.
void PatchWriter::writeColumn(ValueRange source, Value isInside,
                              Value firstCode, Value number, Columns target) {
  int64_t channels = image[1];
  auto copy = [&] {
    if (op.getChannelsLast() && channels >= kMinRun && isContiguous())
      return copyRun(op.getInput(), append(source, at.index(0)), target.buffer,
                     target.locate(number, firstCode), channels);
    at.loop(channels, [&](Value c) {
      SmallVector<Value> indices(source);
      indices.insert(op.getChannelsLast() ? indices.end() : indices.begin() + 1,
                     c);
      at.store(at.load(op.getInput(), indices), target.buffer,
               target.locate(number, at.add(firstCode, c)));
    });
  };
  if (!isInside)
    return copy();
  auto choice = scf::IfOp::create(at.b, at.loc, isInside, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(at.b);
  at.b.setInsertionPointToStart(choice.thenBlock());
  copy();
  at.b.setInsertionPointToStart(choice.elseBlock());
  Value padding = arith::ConstantOp::create(
      at.b, at.loc,
      at.b.getIntegerAttr(rows.getElementType(), op.getPadding()));
  at.loop(channels, [&](Value c) {
    at.store(padding, target.buffer,
             target.locate(number, at.add(firstCode, c)));
  });
}

void PatchWriter::writeColumns(ValueRange place, int64_t count, int64_t step,
                               Columns target) {
  ArrayRef<int64_t> others = window.getSize().drop_back();
  at.loops(others, {}, [&](ValueRange positions) {
    Value image0 = place[0], isInside, index = at.index(0);
    if (!op.getOffsets().empty())
      image0 = at.add(image0, op.getOffsets()[0]);
    SmallVector<Value> source = {image0};
    for (auto [dim, position] : llvm::enumerate(positions)) {
      source.push_back(createSource(place, dim, position));
      isInside = both(isInside, createCheck(source.back(), dim));
      index = at.add(at.times(index, others[dim]), position);
    }
    Value firstCode = at.times(index, image[1]);
    // The first place of the tile; its columns follow each other.
    SmallVector<Value> first(place);
    first.push_back(at.index(0));
    Value start = createSource(first, last, Value());
    at.loop(count, [&](Value number) {
      Value column = at.add(start, at.times(number, step));
      SmallVector<Value> indices(source);
      indices.push_back(column);
      writeColumn(indices, both(isInside, createCheck(column, last)), firstCode,
                  number, target);
    });
  });
}

void PatchWriter::write() {
  ArrayRef<int64_t> shape = rows.getShape();
  int64_t places = shape[shape.size() - 2];
  int64_t size = window.getSize()[last], stride = window.getStrides()[last];
  int64_t dilation = window.getDilations()[last];
  auto init = [&](ValueRange place, Value row, Value code) {
    SmallVector<Value> indices(place);
    indices.append({row, code});
    return indices;
  };
  if (size == 1) {
    // A column is a patch.
    at.loops(shape.drop_back(2), {}, [&](ValueRange place) {
      auto locate = [&](Value number, Value code) {
        return init(place, number, code);
      };
      writeColumns(place, places, stride, {op.getInit(), locate});
    });
    return;
  }
  int64_t columns = (places - 1) * stride + (size - 1) * dilation + 1;
  Value strip = memref::AllocOp::create(
      at.b, at.loc,
      MemRefType::get({columns * columnCodes}, rows.getElementType()));
  at.loops(shape.drop_back(2), {}, [&](ValueRange place) {
    auto locate = [&](Value number, Value code) {
      return SmallVector<Value>{at.add(at.times(number, columnCodes), code)};
    };
    writeColumns(place, columns, /*step=*/1, {strip, locate});
    // Neighbouring columns of a patch are one run.
    int64_t runs = dilation == 1 ? 1 : size;
    at.loop(places, [&](Value row) {
      at.loop(runs, [&](Value run) {
        Value column = at.add(at.times(row, stride), at.times(run, dilation));
        copyRun(strip, at.times(column, columnCodes), op.getInit(),
                init(place, row, at.times(run, columnCodes)),
                size / runs * columnCodes);
      });
    });
  });
}

} // namespace

void lowerToLoops(IRRewriter &rewriter, lowbit::Im2RowOp op) {
  PatchWriter(rewriter, op).write();
  rewriter.eraseOp(op);
}

} // namespace setun
