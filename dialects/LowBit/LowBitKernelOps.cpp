// Verifiers and memory effects of the kernel ops, which exist on tensors and on
// buffers.
#include "dialects/LowBit/LowBit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace setun::lowbit {

/// Tensor form: one result of the destination's type. Memref form: no result,
/// no tensor operand.
static LogicalResult verifyForm(Operation *op, Type init,
                                StringRef constraint) {
  bool onTensors = isa<RankedTensorType>(init);
  for (Type type : op->getOperandTypes())
    if (!type.isIndex() && isa<RankedTensorType>(type) != onTensors)
      return op->emitOpError() << constraint << " mixes tensors and memrefs";
  if (onTensors ? op->getResultTypes() != TypeRange(init)
                : op->getNumResults() != 0)
    return op->emitOpError() << constraint
                             << " needs one result of the destination's type "
                                "on tensors, none on memrefs";
  return success();
}

Value getScratch(Operation *op) {
  return TypeSwitch<Operation *, Value>(op)
      .Case<FloatConvOp, BlockMatmulOp>(
          [](auto kernel) { return kernel.getScratch(); })
      .Default(Value());
}

bool needsScratch(Operation *op) {
  auto product = dyn_cast<BlockMatmulOp>(op);
  return isa<FloatConvOp>(op) || (product && !product.getFloats());
}

/// The op reads its inputs and overwrites its destination; on tensors it is
/// pure.
static void
addKernelEffects(DestinationStyleOpInterface op,
                 SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else if (operand.get() == getScratch(op))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

#define SETUN_KERNEL_EFFECTS(OpName)                                           \
  void OpName::getEffects(                                                     \
      SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {               \
    addKernelEffects(*this, effects);                                          \
  }
SETUN_KERNEL_EFFECTS(AddSubOp)
SETUN_KERNEL_EFFECTS(PackedMatmulOp)
SETUN_KERNEL_EFFECTS(Im2RowOp)
SETUN_KERNEL_EFFECTS(DepthwiseOp)
SETUN_KERNEL_EFFECTS(FloatMatmulOp)
SETUN_KERNEL_EFFECTS(FloatSumOp)
SETUN_KERNEL_EFFECTS(FloatConvOp)
SETUN_KERNEL_EFFECTS(BlockMatmulOp)
#undef SETUN_KERNEL_EFFECTS

static bool sameLeading(ShapedType a, ShapedType b) {
  return a.getRank() >= 1 && a.getRank() == b.getRank() &&
         a.getShape().drop_back() == b.getShape().drop_back();
}

/// Is `part` [.., size], a part of [sizes.., size] if it has an offset along
/// each of `sizes`?
static bool isPartOf(ShapedType part, ArrayRef<int64_t> whole, size_t offsets) {
  if (!part.hasStaticShape() || part.getRank() != int64_t(whole.size()) ||
      part.getShape().back() != whole.back())
    return false;
  for (auto [size, all] : llvm::zip(part.getShape(), whole))
    if (offsets == 0 ? size != all : size > all)
      return false;
  return true;
}

LogicalResult AddSubOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto init = cast<ShapedType>(getInit().getType());
  if (!input.hasRank() || !sameLeading(input, init))
    return emitOpError() << "(c1) needs [.., K] and [.., N], got " << input
                         << " and " << init;
  Block &block = getBody().front();
  auto yield = cast<YieldOp>(block.getTerminator());
  Type accumulator = init.getElementType();
  auto isAccumulator = [&](Type type) { return type == accumulator; };
  if (int64_t(block.getNumArguments()) != input.getShape().back() ||
      int64_t(yield.getNumOperands()) != init.getShape().back() ||
      !llvm::all_of(block.getArgumentTypes(), isAccumulator) ||
      !llvm::all_of(yield.getOperandTypes(), isAccumulator))
    return emitOpError() << "(c2) the region needs " << input.getShape().back()
                         << " arguments and " << init.getShape().back()
                         << " outputs of " << accumulator;
  for (Operation &op : block.without_terminator()) {
    if (!isa<arith::AddIOp, arith::SubIOp, arith::ShLIOp, arith::ConstantOp>(
            op))
      return (emitOpError()
              << "(c3) a network holds only additions, subtractions and shifts")
                 .attachNote(op.getLoc())
             << "found " << op.getName();
    auto shift = dyn_cast<arith::ShLIOp>(op);
    if (shift && !shift.getRhs().getDefiningOp<arith::ConstantOp>())
      return emitOpError("(c3) shifts must be by a constant");
  }
  bool onCodes = isCode(input.getElementType());
  if (!onCodes && !input.getElementType().isInteger(8))
    return emitOpError() << "(c4) input must hold codes or i8, got " << input;
  if (onCodes == getActivation().has_value() ||
      (!onCodes && !isCode(*getActivation())))
    return emitOpError("(c4) the code type `activation` goes with i8 storage, "
                       "and only with it");
  if (onCodes) {
    if (getResultTypes() != TypeRange(init))
      return emitOpError("(c5) needs one result of the destination's type");
    return success();
  }
  return verifyForm(*this, init, "(c5)");
}

LogicalResult PackedMatmulOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto packed = cast<ShapedType>(getPacked().getType());
  auto init = cast<ShapedType>(getInit().getType());
  if (!sameLeading(input, init))
    return emitOpError() << "(c1) needs [.., K] and [.., N], got " << input
                         << " and " << init;
  PackedLayout layout = *parsePackedLayout(getLayout().getName());
  int64_t bytes =
      getPackedBytes(layout, init.getShape().back(), input.getShape().back());
  if (packed.getRank() != 1 || packed.getDimSize(0) != bytes)
    return emitOpError() << "(c2) layout " << getLayout().getName() << " needs "
                         << bytes << " bytes, got " << packed;
  if (!isCode(getActivation()) || getCodeBits(getActivation()) > 8)
    return emitOpError("(c3) activation must be a code of at most 8 bits");
  if (!isCode(getWeight()))
    return emitOpError("(c3) weight must be a code type");
  if (!canHold(getLayout(), getWeight()))
    return emitOpError() << "(c3) layout " << getLayout().getName()
                         << " cannot hold " << getWeight();
  if (layout == PackedLayout::BitTiles &&
      !isa<BipolarType, TernaryType>(getActivation()) &&
      !getActivation().isUnsignedInteger(1))
    return emitOpError() << "(c3) layout bit_tiles multiplies codes of -1, 0 "
                            "and +1, got "
                         << getActivation();
  return verifyForm(*this, init, "(c4)");
}

LogicalResult Im2RowOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto init = cast<ShapedType>(getInit().getType());
  WindowAttr window = getWindow();
  if (!input.hasStaticShape() || input.getRank() != window.getRank() + 2 ||
      input.getElementType() != init.getElementType())
    return emitOpError() << "(c1) needs [N, C, inputs..] with "
                         << window.getRank()
                         << " spatial dimensions and rows of its elements, got "
                         << input << " and " << init;
  std::optional<SmallVector<int64_t>> rows =
      window.getPatchShape(getImageShape(input, getChannelsLast()));
  if (!rows || !isPartOf(init, *rows, getOffsets().size()))
    return emitOpError() << "(c2) rows of " << input << " do not have type "
                         << init;
  if (!getOffsets().empty() &&
      int64_t(getOffsets().size()) != init.getRank() - 1)
    return emitOpError() << "(c3) needs " << init.getRank() - 1
                         << " offsets or none, got " << getOffsets().size();
  return verifyForm(*this, init, "(c4)");
}

LogicalResult DepthwiseOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto weights = cast<ShapedType>(getWeights().getType());
  auto init = cast<ShapedType>(getInit().getType());
  WindowAttr window = getWindow();
  if (!input.hasStaticShape() || input.getRank() != window.getRank() + 2 ||
      !weights.hasStaticShape() ||
      weights.getShape() !=
          ArrayRef<int64_t>{window.getPositions(), input.getShape().back()})
    return emitOpError() << "(c1) needs [N, inputs.., C] with "
                         << window.getRank()
                         << " spatial dimensions and weights ["
                         << window.getPositions() << ", C], got " << input
                         << " and " << weights;
  SmallVector<int64_t> image = getImageShape(input, /*channelsLast=*/true);
  std::optional<SmallVector<int64_t>> sums =
      window.getOutputShape(image, image[1]);
  if (sums)
    std::rotate(sums->begin() + 1, sums->begin() + 2, sums->end());
  if (!sums || !isPartOf(init, *sums, getOffsets().size()))
    return emitOpError() << "(c2) sums of " << input << " do not have type "
                         << init;
  if (!getOffsets().empty() &&
      int64_t(getOffsets().size()) != init.getRank() - 1)
    return emitOpError() << "(c3) needs " << init.getRank() - 1
                         << " offsets or none, got " << getOffsets().size();
  bool onCodes = isCode(input.getElementType());
  if (!onCodes && !(input.getElementType().isInteger(8) &&
                    weights.getElementType().isInteger(8)))
    return emitOpError() << "(c4) input and weights must hold codes or i8, got "
                         << input << " and " << weights;
  if (onCodes == getActivation().has_value() ||
      (!onCodes && (!isCode(*getActivation()) || getBias())))
    return emitOpError("(c6) the code type `activation` goes with i8 storage, "
                       "and only with it, a bias with codes");
  Type code = onCodes ? input.getElementType() : *getActivation();
  if (getCodeBits(code) > 8 || !isZeroPointOf(code, getPadding()))
    return emitOpError() << "(c4) codes " << code
                         << " of at most 8 bits must leave room for padding "
                         << int64_t(getPadding());
  Type weight = weights.getElementType();
  if (onCodes && (!isCode(weight) || getCodeBits(weight) > 8 ||
                  weight.isUnsignedInteger(8) ||
                  getLayout(cast<RankedTensorType>(weights))))
    return emitOpError() << "(c4) weights " << weights
                         << " are not unpacked values of a signed byte";
  if (window.getPositions() > UINT16_MAX)
    return emitOpError() << "(c5) a window of " << window.getPositions()
                         << " positions is larger than " << UINT16_MAX;
  if (getBias() && int64_t(getBias()->size()) != init.getShape().back())
    return emitOpError() << "(c6) needs a bias of " << init.getShape().back()
                         << " numbers, got " << getBias()->size();
  if (onCodes)
    return getResultTypes() == TypeRange(init)
               ? success()
               : emitOpError("(c7) needs one result of the destination's type");
  return verifyForm(*this, init, "(c7)");
}

LogicalResult FloatMatmulOp::verify() {
  auto lhs = cast<ShapedType>(getLhs().getType());
  auto rhs = cast<ShapedType>(getRhs().getType());
  auto init = cast<ShapedType>(getInit().getType());
  bool fits = lhs.getRank() >= 2 && rhs.getRank() >= 2 &&
              sameLeading(lhs, init) &&
              (rhs.getRank() == 2 ||
               (rhs.getRank() == lhs.getRank() &&
                rhs.getShape().drop_back(2) == lhs.getShape().drop_back(2))) &&
              lhs.getShape().back() == rhs.getShape().drop_back().back() &&
              init.getShape().back() == rhs.getShape().back();
  if (!fits)
    return emitOpError()
           << "(c1) needs [.., M, K] x [.., K, N] -> [.., M, N], got " << lhs
           << " x " << rhs << " -> " << init;
  return verifyForm(*this, init, "(c2)");
}

LogicalResult FloatSumOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto init = cast<ShapedType>(getInit().getType());
  if (input.getRank() < 1 || input.getShape().drop_back() != init.getShape())
    return emitOpError() << "(c1) needs [.., K] -> [..], got " << input
                         << " -> " << init;
  return verifyForm(*this, init, "(c2)");
}

int64_t FloatConvOp::getScratchRows() {
  auto weights = cast<ShapedType>(getWeights().getType());
  return std::min<int64_t>(
      64, ShapedType::getNumElements(weights.getShape().drop_front()));
}

LogicalResult FloatConvOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto weights = cast<ShapedType>(getWeights().getType());
  auto init = cast<ShapedType>(getInit().getType());
  WindowAttr window = getWindow();
  int64_t groups = getGroups(), rank = window.getRank() + 2;
  bool fits = input.hasStaticShape() && weights.hasStaticShape() &&
              input.getRank() == rank && weights.getRank() == rank &&
              weights.getShape().drop_front(2) == window.getSize() &&
              groups >= 1 && weights.getDimSize(0) % groups == 0 &&
              input.getDimSize(1) % groups == 0 &&
              weights.getDimSize(1) == input.getDimSize(1) / groups;
  if (!fits)
    return emitOpError() << "(c1) needs [N, C, inputs..] and [M, C / groups, "
                         << window.getSize() << "], got " << input << " and "
                         << weights << " in " << groups << " groups";
  std::optional<SmallVector<int64_t>> shape =
      window.getOutputShape(input.getShape(), weights.getDimSize(0));
  if (!shape)
    return emitOpError() << "(c2) the window does not fit into " << input;
  if (init.getShape() != ArrayRef<int64_t>(*shape))
    return emitOpError() << "(c2) the result has shape [" << *shape
                         << "], not that of " << init;
  if (getBias() && cast<ShapedType>(getBias().getType()).getShape() !=
                       ArrayRef(weights.getDimSize(0)))
    return emitOpError() << "(c3) bias needs " << weights.getDimSize(0)
                         << " numbers, got " << getBias().getType();
  if (getScratch() && (!isa<MemRefType>(getScratch().getType()) ||
                       cast<ShapedType>(getScratch().getType()).getShape() !=
                           ArrayRef<int64_t>({getScratchRows(), 32})))
    return emitOpError() << "(c4) scratch needs a memref of "
                         << getScratchRows() << " x 32 numbers, got "
                         << getScratch().getType();
  return verifyForm(*this, init, "(c5)");
}

BlockShape BlockMatmulOp::getShape() {
  auto input = cast<ShapedType>(getInput().getType());
  auto init = cast<ShapedType>(getInit().getType());
  return {init.getShape().back(),        input.getShape().back(),
          int64_t(getBlock()),           int64_t(getBits()),
          getScales().isF16() ? 16 : 32, !getZeroPoint()};
}

int64_t BlockMatmulOp::getScratchBytes() {
  auto init = cast<ShapedType>(getInit().getType());
  int64_t rows = ShapedType::getNumElements(init.getShape().drop_back());
  return std::min(rows, BlockShape::maxWorkRows) * getShape().getWorkRowBytes();
}

LogicalResult BlockMatmulOp::verify() {
  auto input = cast<ShapedType>(getInput().getType());
  auto packed = cast<ShapedType>(getPacked().getType());
  auto init = cast<ShapedType>(getInit().getType());
  if (!input.hasStaticShape() || !sameLeading(input, init) ||
      input.getShape().back() == 0 || init.getShape().back() == 0)
    return emitOpError() << "(c1) needs [.., K] and [.., N], got " << input
                         << " and " << init;
  int64_t bits = getBits(), zeroPoint = getZeroPoint().value_or(0);
  if ((bits != 2 && bits != 4 && bits != 8) ||
      !BlockShape::isBlock(getBlock()) || zeroPoint < 0 ||
      zeroPoint >= 1 << bits)
    return emitOpError() << "(c2) needs 2, 4 or 8 bits, blocks of a power of "
                            "two of 16 .. 256 and a zero point of so many "
                            "bits, got "
                         << bits << ", " << getBlock() << " and " << zeroPoint;
  if (getFp4() && (bits != 4 || zeroPoint != 0 || !getZeroPoint()))
    return emitOpError("(c2) fp4 needs 4 bits and zero_point 0");
  if (!getScales().isF16() && !getScales().isF32())
    return emitOpError() << "(c3) scales are f16 or f32, not " << getScales();
  int64_t bytes = getShape().getBytes();
  if (packed.getRank() != 1 || packed.getDimSize(0) != bytes)
    return emitOpError() << "(c4) needs " << bytes << " packed bytes, got "
                         << packed;
  if (getScratch() && getFloats())
    return emitOpError("(c5) floats need no scratch");
  if (getScratch() && (!isa<MemRefType>(getScratch().getType()) ||
                       cast<ShapedType>(getScratch().getType()).getShape() !=
                           ArrayRef(getScratchBytes())))
    return emitOpError() << "(c5) scratch needs a memref of "
                         << getScratchBytes() << " bytes, got "
                         << getScratch().getType();
  return verifyForm(*this, init, "(c6)");
}

} // namespace setun::lowbit
