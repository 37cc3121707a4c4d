// A part of a kernel op is the same op on parts of its buffers: rows, outputs,
// products of a batch, samples or groups. No sum is ever split, so that the
// numbers stay the same.
#include "KernelParts.h"

#include "LoopBuilder.h"
#include "dialects/LowBit/LowBit.h"
#include "setun/Support/BitPacking.h"

#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun {

WorkParts WorkParts::divide(int64_t total, int64_t most) {
  WorkParts parts;
  parts.each = llvm::divideCeil(total, std::max<int64_t>(most, 1));
  parts.count = parts.each == 0 ? 1 : llvm::divideCeil(total, parts.each);
  parts.last = total - (parts.count - 1) * parts.each;
  return parts;
}

scf::ParallelOp createParallelLoop(RewriterBase &rewriter, Location loc,
                                   int64_t parts,
                                   llvm::function_ref<void(Value part)> body) {
  LoopBuilder at{rewriter, loc};
  Value first = at.index(0), end = at.index(parts), step = at.index(1);
  return scf::ParallelOp::create(
      rewriter, loc, ValueRange(first), ValueRange(end), ValueRange(step),
      [&](OpBuilder &, Location, ValueRange indices) { body(indices[0]); });
}

namespace {

/// What splits one op.
class KernelSplitter {
public:
  KernelSplitter(RewriterBase &rewriter, Operation *kernel, int64_t threads)
      : rewriter(rewriter), kernel(kernel), threads(threads),
        at{rewriter, kernel->getLoc()} {}

  bool split(lowbit::PackedMatmulOp op);
  bool split(lowbit::FloatMatmulOp op);
  bool split(lowbit::FloatSumOp op);
  bool split(lowbit::FloatConvOp op);

private:
  /// Makes part number `part`, of `size` units behind the first `start`.
  using MakePart =
      llvm::function_ref<void(Value part, Value start, int64_t size)>;

  bool splitInto(const WorkParts &parts, MakePart makePart);
  bool splitRows(lowbit::PackedMatmulOp op, int64_t rows);
  bool splitOutputs(lowbit::PackedMatmulOp op, int64_t rows, int64_t outputs);
  bool splitLeading(unsigned dims, ArrayRef<OpOperand *> operands);
  bool splitChannels(lowbit::FloatConvOp op);
  Value collapse(Value buffer, unsigned leading);
  Value slice(Value buffer, unsigned dim, Value start, int64_t size);
  Operation *clone(ArrayRef<std::pair<OpOperand *, Value>> replaced);

  RewriterBase &rewriter;
  Operation *kernel;
  int64_t threads;
  LoopBuilder at;
};

MemRefType getType(Value buffer) { return cast<MemRefType>(buffer.getType()); }

/// The product of the first `dims` extents.
int64_t getLeading(Value buffer, unsigned dims) {
  return ShapedType::getNumElements(
      getType(buffer).getShape().take_front(dims));
}

//===----------------------------------------------------------------------===//
// Parts of buffers
//===----------------------------------------------------------------------===//

/// Makes one dimension of the `leading` first ones.
Value KernelSplitter::collapse(Value buffer, unsigned leading) {
  unsigned rank = getType(buffer).getRank();
  SmallVector<ReassociationIndices> groups;
  for (unsigned dim = 0; dim < rank; ++dim) {
    if (dim == 0 || dim >= leading)
      groups.emplace_back();
    groups.back().push_back(dim);
  }
  if (groups.size() == rank)
    return buffer;
  return memref::CollapseShapeOp::create(rewriter, at.loc, buffer, groups);
}

/// Elements `start` to `start + size` along `dim`, all along the others.
Value KernelSplitter::slice(Value buffer, unsigned dim, Value start,
                            int64_t size) {
  MemRefType type = getType(buffer);
  SmallVector<OpFoldResult> offsets(type.getRank(), rewriter.getIndexAttr(0));
  SmallVector<OpFoldResult> steps(type.getRank(), rewriter.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes;
  for (int64_t extent : type.getShape())
    sizes.push_back(rewriter.getIndexAttr(extent));
  offsets[dim] = start;
  sizes[dim] = rewriter.getIndexAttr(size);
  return memref::SubViewOp::create(rewriter, at.loc, buffer, offsets, sizes,
                                   steps);
}

/// The kernel on other buffers.
Operation *
KernelSplitter::clone(ArrayRef<std::pair<OpOperand *, Value>> replaced) {
  Operation *part = rewriter.clone(*kernel);
  for (auto [operand, value] : replaced)
    part->setOperand(operand->getOperandNumber(), value);
  return part;
}

/// A parallel loop; sizes are constants, so the last part may have a branch of
/// its own.
bool KernelSplitter::splitInto(const WorkParts &parts, MakePart makePart) {
  if (parts.count < 2)
    return false;
  createParallelLoop(rewriter, at.loc, parts.count, [&](Value part) {
    Value start = at.times(part, parts.each);
    if (parts.last == parts.each)
      return makePart(part, start, parts.each);
    Value isLast =
        arith::CmpIOp::create(rewriter, at.loc, arith::CmpIPredicate::eq, part,
                              at.index(parts.count - 1));
    auto branch =
        scf::IfOp::create(rewriter, at.loc, isLast, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(branch.thenBlock());
    makePart(part, start, parts.last);
    rewriter.setInsertionPointToStart(branch.elseBlock());
    makePart(part, start, parts.each);
  });
  rewriter.eraseOp(kernel);
  return true;
}

/// Splits the first dimension of `operands`, which is made of the first `dims`
/// ones of each.
bool KernelSplitter::splitLeading(unsigned dims,
                                  ArrayRef<OpOperand *> operands) {
  auto parts = WorkParts::divide(getLeading(operands[0]->get(), dims), threads);
  return splitInto(parts, [&](Value part, Value start, int64_t size) {
    SmallVector<std::pair<OpOperand *, Value>> replaced;
    for (OpOperand *operand : operands)
      replaced.push_back(
          {operand, slice(collapse(operand->get(), dims), 0, start, size)});
    clone(replaced);
  });
}

//===----------------------------------------------------------------------===//
// Packed weights
//===----------------------------------------------------------------------===//

bool KernelSplitter::splitRows(lowbit::PackedMatmulOp op, int64_t rows) {
  unsigned leading = getType(op.getInit()).getRank() - 1;
  return splitLeading(leading, {&op.getInputMutable(), &op.getInitMutable()});
}

/// Outputs of a group of tiles stay together; their weights are one stream.
/// Sums of several rows have gaps between them, and go through a buffer.
bool KernelSplitter::splitOutputs(lowbit::PackedMatmulOp op, int64_t rows,
                                  int64_t outputs) {
  auto layout = parsePackedLayout(op.getLayout().getName());
  if (!layout)
    return false;
  int64_t inputs = getType(op.getInput()).getShape().back();
  int64_t unit = getTileShape(*layout)
                     ? TileShape::blockOutputs * TileShape::groupBlocks
                     : 1;
  int64_t unitBytes = getPackedBytes(*layout, unit, inputs);
  auto units = WorkParts::divide(llvm::divideCeil(outputs, unit), threads);
  WorkParts parts{units.count, units.each * unit,
                  outputs - (units.count - 1) * units.each * unit};
  return splitInto(parts, [&](Value part, Value start, int64_t size) {
    unsigned leading = getType(op.getInit()).getRank() - 1;
    Value input = collapse(op.getInput(), leading);
    Value sums = slice(collapse(op.getInit(), leading), std::min(leading, 1u),
                       start, size);
    Value firstByte = at.times(part, units.each * unitBytes);
    Value packed = slice(op.getPacked(), 0, firstByte,
                         getPackedBytes(*layout, size, inputs));
    Value init = sums;
    if (rows > 1)
      init = memref::AllocOp::create(
          rewriter, at.loc,
          MemRefType::get({rows, size}, rewriter.getI32Type()));
    clone({{&op.getInputMutable(), input},
           {&op.getPackedMutable(), packed},
           {&op.getInitMutable(), init}});
    if (rows > 1)
      memref::CopyOp::create(rewriter, at.loc, init, sums);
  });
}

/// A few rows are read faster than the weights, which each part of the rows
/// would read again.
bool KernelSplitter::split(lowbit::PackedMatmulOp op) {
  constexpr int64_t manyRows = 16;
  unsigned rank = getType(op.getInit()).getRank();
  int64_t outputs = getType(op.getInit()).getShape().back();
  int64_t rows = getLeading(op.getInit(), rank - 1);
  if (rows >= manyRows * threads)
    return splitRows(op, rows);
  return splitOutputs(op, rows, outputs) || (rows > 1 && splitRows(op, rows));
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

/// Rows, or products of a batch. One row stays whole: the columns of its right
/// side lie apart.
bool KernelSplitter::split(lowbit::FloatMatmulOp op) {
  unsigned rank = getType(op.getInit()).getRank();
  OpOperand *lhs = &op.getLhsMutable(), *init = &op.getInitMutable();
  if (getType(op.getRhs()).getRank() == 2)
    return splitLeading(rank - 1, {lhs, init});
  return rank > 2 && splitLeading(rank - 2, {lhs, &op.getRhsMutable(), init});
}

bool KernelSplitter::split(lowbit::FloatSumOp op) {
  unsigned rank = getType(op.getInit()).getRank();
  return rank > 0 &&
         splitLeading(rank, {&op.getInputMutable(), &op.getInitMutable()});
}

/// Outputs of one sample, which all read the whole image.
bool KernelSplitter::splitChannels(lowbit::FloatConvOp op) {
  // The kernel works on 4 outputs at a time.
  constexpr int64_t unit = 4;
  int64_t outputs = getType(op.getWeights()).getDimSize(0);
  auto units = WorkParts::divide(llvm::divideCeil(outputs, unit), threads);
  WorkParts parts{units.count, units.each * unit,
                  outputs - (units.count - 1) * units.each * unit};
  return splitInto(parts, [&](Value part, Value start, int64_t size) {
    auto conv = cast<lowbit::FloatConvOp>(clone(
        {{&op.getWeightsMutable(), slice(op.getWeights(), 0, start, size)},
         {&op.getInitMutable(), slice(op.getInit(), 1, start, size)}}));
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(conv);
    if (op.getBias())
      conv.getBiasMutable().assign(slice(op.getBias(), 0, start, size));
    if (op.getScratch())
      conv.getScratchMutable().assign(
          memref::AllocOp::create(rewriter, at.loc, getType(op.getScratch())));
  });
}

bool KernelSplitter::split(lowbit::FloatConvOp op) {
  int64_t samples = getType(op.getInput()).getDimSize(0);
  if (samples == 1)
    return op.getGroups() == 1 && splitChannels(op);
  auto parts = WorkParts::divide(samples, threads);
  return splitInto(parts, [&](Value part, Value start, int64_t size) {
    auto conv = cast<lowbit::FloatConvOp>(
        clone({{&op.getInputMutable(), slice(op.getInput(), 0, start, size)},
               {&op.getInitMutable(), slice(op.getInit(), 0, start, size)}}));
    if (!op.getScratch())
      return;
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(conv);
    conv.getScratchMutable().assign(
        memref::AllocOp::create(rewriter, at.loc, getType(op.getScratch())));
  });
}

} // namespace

bool splitKernel(RewriterBase &rewriter, Operation *kernel, int64_t threads) {
  bool hasWholeBuffers = llvm::all_of(kernel->getOperands(), [](Value operand) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    return type && type.hasStaticShape() && type.getLayout().isIdentity();
  });
  if (!hasWholeBuffers)
    return false;
  rewriter.setInsertionPoint(kernel);
  KernelSplitter splitter(rewriter, kernel, threads);
  return TypeSwitch<Operation *, bool>(kernel)
      .Case<lowbit::PackedMatmulOp, lowbit::FloatMatmulOp, lowbit::FloatSumOp,
            lowbit::FloatConvOp>([&](auto op) { return splitter.split(op); })
      .Default(false);
}

} // namespace setun
