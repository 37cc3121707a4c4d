// Which elements a round of a loop touches, as ranges that are linear in the
// loop's variable: of row-major positions in each buffer, and of indices along
// each dimension. Where one of these is disjoint for different rounds, the
// rounds are independent.
#include "IndependentRounds.h"

#include "BufferMarks.h"
#include "dialects/LowBit/LowBit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;

namespace setun {
namespace {

/// A number between scale * i + low and scale * i + high, both included, in
/// round i.
struct Range {
  int64_t scale = 0, low = 0, high = 0;

  static Range constant(int64_t value) { return {0, value, value}; }
  bool isConstant() const { return scale == 0 && low == high; }
};

using MaybeRange = std::optional<Range>;

MaybeRange add(const MaybeRange &a, const MaybeRange &b) {
  if (!a || !b)
    return std::nullopt;
  auto scale = llvm::checkedAdd(a->scale, b->scale);
  auto low = llvm::checkedAdd(a->low, b->low);
  auto high = llvm::checkedAdd(a->high, b->high);
  if (!scale || !low || !high)
    return std::nullopt;
  return Range{*scale, *low, *high};
}

MaybeRange multiply(const MaybeRange &a, int64_t factor) {
  if (!a)
    return std::nullopt;
  auto scale = llvm::checkedMul(a->scale, factor);
  auto low = llvm::checkedMul(a->low, factor);
  auto high = llvm::checkedMul(a->high, factor);
  if (!scale || !low || !high)
    return std::nullopt;
  return Range{*scale, std::min(*low, *high), std::max(*low, *high)};
}

/// Part of a buffer: elements of `type` behind the first one at `offset`, which
/// has the indices `first` there; none of these if the part has other
/// dimensions than the buffer.
struct Part {
  Value base;
  MaybeRange offset;
  MemRefType type;
  SmallVector<MaybeRange> first;
};

/// Numbers that all accesses of a round have in one range.
struct Touched {
  /// False where some access may be anywhere.
  bool isKnown = true;
  MaybeRange range;

  void add(const MaybeRange &touched) {
    if (!touched || (range && range->scale != touched->scale)) {
      isKnown = false;
      return;
    }
    if (!range)
      range = *touched;
    range->low = std::min(range->low, touched->low);
    range->high = std::max(range->high, touched->high);
  }

  /// Is it another range for rounds that are `step` apart?
  bool isApart(int64_t step) const {
    if (!isKnown || !range)
      return false;
    auto apart = llvm::checkedMul(range->scale, step);
    return apart && range->high - range->low < *apart;
  }
};

/// What the rounds do to one buffer.
struct Accesses {
  bool isWritten = false;
  Touched positions;
  SmallVector<Touched> indices;
};

/// What one access touches: positions in the buffer, indices along each of its
/// dimensions if they are known.
struct Access {
  MaybeRange positions;
  SmallVector<MaybeRange> indices;
};

class RoundAnalysis {
public:
  explicit RoundAnalysis(scf::ForOp loop) : loop(loop) {}

  bool run();

private:
  bool visit(Operation *op);
  bool visitCall(func::CallOp call);
  MaybeRange getRange(Value value);
  MaybeRange getRange(OpFoldResult value);
  MaybeRange findRange(Value value);
  MaybeRange getInductionRange(scf::ForOp inner);
  MaybeRange computeRange(Operation *op);
  Part getPart(Value memref);
  MaybeRange getOffsetBehind(const Part &part, ArrayRef<OpFoldResult> indices);
  bool isOwnOfRound(Value base);
  bool touch(Value base, const Access &access, bool writes);
  bool touchElement(Value memref, ValueRange indices, bool writes);
  bool touchAll(Value memref, bool writes);

  scf::ForOp loop;
  llvm::DenseMap<Value, MaybeRange> ranges;
  llvm::MapVector<Value, Accesses> buffers;
};

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

MaybeRange RoundAnalysis::getRange(OpFoldResult value) {
  if (std::optional<int64_t> number = getConstantIntValue(value))
    return Range::constant(*number);
  return getRange(cast<Value>(value));
}

/// From the first value of an inner loop's variable to the last one.
MaybeRange RoundAnalysis::getInductionRange(scf::ForOp inner) {
  MaybeRange first = getRange(inner.getLowerBound());
  MaybeRange end = getRange(inner.getUpperBound());
  if (!first || !end || first->scale != end->scale)
    return std::nullopt;
  int64_t last = end->high - 1;
  std::optional<int64_t> step = getConstantIntValue(inner.getStep());
  if (first->isConstant() && end->isConstant() && step && *step > 0 &&
      last > first->low)
    last -= (last - first->low) % *step;
  return Range{first->scale, first->low, std::max(first->low, last)};
}

MaybeRange RoundAnalysis::getRange(Value value) {
  auto known = ranges.find(value);
  if (known != ranges.end())
    return known->second;
  MaybeRange range = findRange(value);
  ranges.insert({value, range});
  return range;
}

MaybeRange RoundAnalysis::findRange(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return Range::constant(constant.getSExtValue());
  if (value == loop.getInductionVar())
    return Range{1, 0, 0};
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto inner = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (inner && argument == inner.getInductionVar() && loop->isAncestor(inner))
      return getInductionRange(inner);
    return std::nullopt;
  }
  return computeRange(value.getDefiningOp());
}

MaybeRange RoundAnalysis::computeRange(Operation *op) {
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op))
    return std::nullopt;
  MaybeRange lhs = getRange(op->getOperand(0));
  MaybeRange rhs = getRange(op->getOperand(1));
  if (isa<arith::AddIOp>(op))
    return add(lhs, rhs);
  if (isa<arith::SubIOp>(op))
    return add(lhs, multiply(rhs, -1));
  if (lhs && lhs->isConstant())
    return multiply(rhs, lhs->low);
  if (rhs && rhs->isConstant())
    return multiply(lhs, rhs->low);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

MaybeRange RoundAnalysis::getOffsetBehind(const Part &part,
                                          ArrayRef<OpFoldResult> indices) {
  SmallVector<int64_t> strides;
  int64_t ignored;
  if (failed(part.type.getStridesAndOffset(strides, ignored)) ||
      strides.size() != indices.size())
    return std::nullopt;
  MaybeRange sum = part.offset;
  for (auto [index, stride] : llvm::zip(indices, strides)) {
    if (stride == ShapedType::kDynamic)
      return std::nullopt;
    sum = add(sum, multiply(getRange(index), stride));
  }
  return sum;
}

Part RoundAnalysis::getPart(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  Operation *op = memref.getDefiningOp();
  if (auto subview = dyn_cast_or_null<memref::SubViewOp>(op)) {
    Part source = getPart(subview.getSource());
    Part part{source.base,
              getOffsetBehind(source, subview.getMixedOffsets()),
              type,
              {}};
    bool hasUnitSteps =
        llvm::all_of(subview.getMixedStrides(), [](OpFoldResult step) {
          return getConstantIntValue(step) == 1;
        });
    if (hasUnitSteps && subview.getDroppedDims().none())
      for (auto [first, offset] :
           llvm::zip(source.first, subview.getMixedOffsets()))
        part.first.push_back(add(first, getRange(offset)));
    return part;
  }
  if (isa_and_nonnull<memref::CollapseShapeOp, memref::ExpandShapeOp,
                      memref::CastOp>(op)) {
    Part source = getPart(op->getOperand(0));
    return {source.base, source.offset, type, {}};
  }
  if (auto view = dyn_cast_or_null<ViewLikeOpInterface>(op))
    return {getPart(view.getViewSource()).base, std::nullopt, type, {}};
  return {memref, Range(), type,
          SmallVector<MaybeRange>(type.getRank(), Range())};
}

bool RoundAnalysis::isOwnOfRound(Value base) {
  Operation *op = base.getDefiningOp();
  return op && (loop->isProperAncestor(op) || op->hasAttr(kInLoopAttr));
}

bool RoundAnalysis::touch(Value base, const Access &access, bool writes) {
  if (isOwnOfRound(base))
    return true;
  if (writes && base.getDefiningOp<memref::GetGlobalOp>())
    return false;
  Accesses &accesses = buffers[base];
  accesses.isWritten |= writes;
  accesses.positions.add(access.positions);
  accesses.indices.resize(cast<MemRefType>(base.getType()).getRank());
  for (auto [dim, touched] : llvm::enumerate(accesses.indices))
    touched.add(dim < access.indices.size() ? access.indices[dim]
                                            : std::nullopt);
  return true;
}

bool RoundAnalysis::touchElement(Value memref, ValueRange indices,
                                 bool writes) {
  Part part = getPart(memref);
  Access access{getOffsetBehind(part, getAsOpFoldResult(indices)), {}};
  for (auto [first, index] : llvm::zip(part.first, indices))
    access.indices.push_back(add(first, getRange(index)));
  return touch(part.base, access, writes);
}

/// Every element from the first to the last.
bool RoundAnalysis::touchAll(Value memref, bool writes) {
  Part part = getPart(memref);
  SmallVector<int64_t> strides;
  int64_t ignored;
  Access access;
  if (part.type.hasStaticShape() &&
      succeeded(part.type.getStridesAndOffset(strides, ignored)) &&
      !llvm::is_contained(strides, ShapedType::kDynamic)) {
    Range behind;
    for (auto [extent, stride] : llvm::zip(part.type.getShape(), strides))
      behind.high += std::max<int64_t>(extent - 1, 0) * stride;
    access.positions = add(part.offset, behind);
    for (auto [first, extent] : llvm::zip(part.first, part.type.getShape()))
      access.indices.push_back(
          add(first, Range{0, 0, std::max<int64_t>(extent - 1, 0)}));
  }
  return touch(part.base, access, writes);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Does the function only load from this argument?
bool isOnlyLoaded(BlockArgument argument) {
  return llvm::all_of(argument.getUsers(), [](Operation *user) {
    return isa<memref::LoadOp>(user);
  });
}

bool RoundAnalysis::visitCall(func::CallOp call) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
  if (!callee || callee.isExternal())
    return false;
  for (auto [operand, argument] :
       llvm::zip(call.getOperands(), callee.getArguments()))
    if (isa<MemRefType>(operand.getType()) &&
        !touchAll(operand, !isOnlyLoaded(argument)))
      return false;
  return true;
}

bool RoundAnalysis::visit(Operation *op) {
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return touchElement(load.getMemRef(), load.getIndices(), false);
  if (auto store = dyn_cast<memref::StoreOp>(op))
    return touchElement(store.getMemRef(), store.getIndices(), true);
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return touchAll(copy.getSource(), false) &&
           touchAll(copy.getTarget(), true);
  if (auto call = dyn_cast<func::CallOp>(op))
    return visitCall(call);
  if (isa<lowbit::LowBitDialect>(op->getDialect())) {
    auto kernel = dyn_cast<DestinationStyleOpInterface>(op);
    if (!kernel)
      return false;
    // A kernel may work in a buffer that is not its result.
    Value scratch;
    if (auto conv = dyn_cast<lowbit::FloatConvOp>(op))
      scratch = conv.getScratch();
    else if (auto product = dyn_cast<lowbit::BlockMatmulOp>(op))
      scratch = product.getScratch();
    for (OpOperand &operand : op->getOpOperands()) {
      if (isa<MemRefType>(operand.get().getType()) &&
          !touchAll(operand.get(),
                    operand.get() == scratch || kernel.isDpsInit(&operand)))
        return false;
    }
    return true;
  }
  return isa<memref::AllocOp, memref::AllocaOp, memref::DeallocOp, scf::ForOp,
             scf::IfOp, scf::WhileOp, scf::YieldOp, scf::ConditionOp>(op) ||
         isMemoryEffectFree(op);
}

bool RoundAnalysis::run() {
  std::optional<int64_t> step = getConstantIntValue(loop.getStep());
  if (!step || *step <= 0 || loop.getNumResults() > 0)
    return false;
  WalkResult result = loop.getBody()->walk([&](Operation *op) {
    return visit(op) ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return false;
  return llvm::all_of(buffers, [&](const auto &entry) {
    const Accesses &accesses = entry.second;
    return !accesses.isWritten || accesses.positions.isApart(*step) ||
           llvm::any_of(accesses.indices, [&](const Touched &touched) {
             return touched.isApart(*step);
           });
  });
}

} // namespace

bool hasIndependentRounds(scf::ForOp loop) { return RoundAnalysis(loop).run(); }

} // namespace setun
