// A part of a kernel op is the same op on parts of its buffers: rows, outputs,
// products of a batch, samples or groups. No sum is ever split, so that the
// numbers stay the same.
#include "KernelParts.h"

#include "LoopBuilder.h"
#include "dialects/LowBit/LowBit.h"
#include "setun/Support/BitPacking.h"
#include "setun/Support/BlockPacking.h"

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
  bool split(lowbit::BlockMatmulOp op);
  bool split(lowbit::FloatMatmulOp op);
  bool split(lowbit::FloatSumOp op);
  bool split(lowbit::FloatConvOp op);

private:
  /// Makes part number `part`, of `size` units behind the first `start`.
  using MakePart =
      llvm::function_ref<void(Value part, Value start, int64_t size)>;

  bool splitInto(const WorkParts &parts, MakePart makePart);
  template <typename Product>
  bool splitOutputs(Product op, int64_t unit,
                    llvm::function_ref<int64_t(int64_t)> getBytes);
  template <typename Product>
  bool splitProduct(Product op, int64_t unit,
                    llvm::function_ref<int64_t(int64_t)> getBytes);
  bool splitLeading(unsigned dims, ArrayRef<OpOperand *> operands);
  bool splitColumns(lowbit::FloatMatmulOp op);
  bool splitChannels(lowbit::FloatConvOp op);
  Value collapse(Value buffer, unsigned leading);
  Value slice(Value buffer, unsigned dim, Value start, int64_t size);
  void giveScratch(Operation *part);
  Operation *clone(ArrayRef<std::pair<OpOperand *, Value>> replaced);

  RewriterBase &rewriter;
  Operation *kernel;
  int64_t threads;
  LoopBuilder at;
};

/// Parts of a multiple of `unit` outputs each, but for the last one.
WorkParts divideOutputs(int64_t outputs, int64_t unit, int64_t threads) {
  auto units = WorkParts::divide(llvm::divideCeil(outputs, unit), threads);
  int64_t each = units.each * unit;
  return {units.count, each, outputs - (units.count - 1) * each};
}

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

/// Each part works in a buffer of its own.
void KernelSplitter::giveScratch(Operation *part) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(part);
  auto allocate = [&](MemRefType type) {
    return memref::AllocOp::create(rewriter, at.loc, type).getResult();
  };
  if (auto conv = dyn_cast<lowbit::FloatConvOp>(part)) {
    if (conv.getScratch())
      conv.getScratchMutable().assign(allocate(getType(conv.getScratch())));
  } else if (auto product = dyn_cast<lowbit::BlockMatmulOp>(part)) {
    if (product.getScratch())
      product.getScratchMutable().assign(allocate(
          MemRefType::get({product.getScratchBytes()}, rewriter.getI8Type())));
  }
}

/// The kernel on other buffers.
Operation *
KernelSplitter::clone(ArrayRef<std::pair<OpOperand *, Value>> replaced) {
  Operation *part = rewriter.clone(*kernel);
  for (auto [operand, value] : replaced)
    part->setOperand(operand->getOperandNumber(), value);
  giveScratch(part);
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

/// Outputs of a tile stay together; their weights are one stream, of getBytes()
/// for some outputs. Results of several rows have gaps between them, and go
/// through a buffer.
template <typename Product>
bool KernelSplitter::splitOutputs(
    Product op, int64_t unit, llvm::function_ref<int64_t(int64_t)> getBytes) {
  MemRefType type = getType(op.getInit());
  unsigned leading = type.getRank() - 1;
  int64_t outputs = type.getShape().back();
  int64_t rows = getLeading(op.getInit(), leading);
  WorkParts parts = divideOutputs(outputs, unit, threads);
  return splitInto(parts, [&](Value part, Value start, int64_t size) {
    Value input = collapse(op.getInput(), leading);
    Value results = slice(collapse(op.getInit(), leading),
                          std::min(leading, 1u), start, size);
    Value firstByte = at.times(part, getBytes(parts.each));
    Value packed = slice(op.getPacked(), 0, firstByte, getBytes(size));
    Value init = results;
    if (rows > 1)
      init = memref::AllocOp::create(
          rewriter, at.loc,
          MemRefType::get({rows, size}, type.getElementType()));
    clone({{&op.getInputMutable(), input},
           {&op.getPackedMutable(), packed},
           {&op.getInitMutable(), init}});
    if (rows > 1)
      memref::CopyOp::create(rewriter, at.loc, init, results);
  });
}

/// A few rows are read faster than the weights, which each part of the rows
/// would read again.
template <typename Product>
bool KernelSplitter::splitProduct(
    Product op, int64_t unit, llvm::function_ref<int64_t(int64_t)> getBytes) {
  constexpr int64_t manyRows = 16;
  unsigned leading = getType(op.getInit()).getRank() - 1;
  int64_t rows = getLeading(op.getInit(), leading);
  auto splitRows = [&] {
    return splitLeading(leading, {&op.getInputMutable(), &op.getInitMutable()});
  };
  if (rows >= manyRows * threads)
    return splitRows();
  return splitOutputs(op, unit, getBytes) || (rows > 1 && splitRows());
}

bool KernelSplitter::split(lowbit::PackedMatmulOp op) {
  auto layout = parsePackedLayout(op.getLayout().getName());
  if (!layout)
    return false;
  int64_t inputs = getType(op.getInput()).getShape().back();
  int64_t unit = getTileShape(*layout)
                     ? TileShape::blockOutputs * TileShape::groupBlocks
                     : 1;
  return splitProduct(op, unit, [&](int64_t outputs) {
    return getPackedBytes(*layout, outputs, inputs);
  });
}

bool KernelSplitter::split(lowbit::BlockMatmulOp op) {
  return splitProduct(op, BlockShape::tileOutputs, [&](int64_t outputs) {
    BlockShape shape = op.getShape();
    shape.outputs = outputs;
    return shape.getBytes();
  });
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

/// Columns of the right side, which a single row meets.
bool KernelSplitter::splitColumns(lowbit::FloatMatmulOp op) {
  // The kernel works on 32 columns at a time.
  constexpr int64_t unit = 32;
  MemRefType init = getType(op.getInit());
  WorkParts parts = divideOutputs(init.getShape().back(), unit, threads);
  return splitInto(parts, [&](Value, Value start, int64_t size) {
    clone({{&op.getRhsMutable(), slice(op.getRhs(), 1, start, size)},
           {&op.getInitMutable(),
            slice(op.getInit(), init.getRank() - 1, start, size)}});
  });
}

/// Rows, columns if there is one row, or products of a batch.
bool KernelSplitter::split(lowbit::FloatMatmulOp op) {
  unsigned rank = getType(op.getInit()).getRank();
  OpOperand *lhs = &op.getLhsMutable(), *init = &op.getInitMutable();
  if (getType(op.getRhs()).getRank() == 2)
    return getLeading(op.getInit(), rank - 1) == 1
               ? splitColumns(op)
               : splitLeading(rank - 1, {lhs, init});
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
  WorkParts parts =
      divideOutputs(getType(op.getWeights()).getDimSize(0), unit, threads);
  return splitInto(parts, [&](Value, Value start, int64_t size) {
    Value bias = op.getBias() ? slice(op.getBias(), 0, start, size) : Value();
    auto conv = cast<lowbit::FloatConvOp>(clone(
        {{&op.getWeightsMutable(), slice(op.getWeights(), 0, start, size)},
         {&op.getInitMutable(), slice(op.getInit(), 1, start, size)}}));
    if (bias)
      conv.getBiasMutable().assign(bias);
  });
}

bool KernelSplitter::split(lowbit::FloatConvOp op) {
  int64_t samples = getType(op.getInput()).getDimSize(0);
  if (samples == 1)
    return op.getGroups() == 1 && splitChannels(op);
  return splitLeading(1, {&op.getInputMutable(), &op.getInitMutable()});
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
      .Case<lowbit::PackedMatmulOp, lowbit::BlockMatmulOp,
            lowbit::FloatMatmulOp, lowbit::FloatSumOp, lowbit::FloatConvOp>(
          [&](auto op) { return splitter.split(op); })
      .Default(false);
}

} // namespace setun
