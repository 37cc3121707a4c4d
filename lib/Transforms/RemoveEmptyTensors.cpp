// Tensors without elements are legal in ONNX, but a memref of shape 2x0x4 has
// no strides, and C has no empty arrays. Nothing is ever read from one, so that
// every use becomes a fresh `tensor.empty`, and what sums or pads one becomes
// its start value.
#include "dialects/LowBit/LowBit.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_REMOVEEMPTYTENSORS
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Of a type that is computed with; casts tell what others are stored as.
bool isEmpty(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() || tensor.getNumElements() != 0)
    return false;
  Type element = tensor.getElementType();
  return element.isSignlessIntOrIndex() || element.isF32() || element.isF64();
}

Value makeZeros(OpBuilder &builder, Location loc, Value init) {
  Type element = getElementTypeOrSelf(init.getType());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));
  return linalg::FillOp::create(builder, loc, zero, init).getResult(0);
}

/// The value of an op that goes through no element; null for any other op.
Value getStartValue(Operation *op, OpBuilder &builder) {
  Location loc = op->getLoc();
  // No iteration changes the initial value.
  if (auto loop = dyn_cast<linalg::LinalgOp>(op))
    return op->getNumResults() == 1 &&
                   llvm::is_contained(loop.getStaticLoopRanges(), 0)
               ? loop.getDpsInits().front()
               : nullptr;
  // A sum of nothing is zero.
  if (auto sum = dyn_cast<lowbit::FloatSumOp>(op))
    return op->getNumResults() == 1 && isEmpty(sum.getInput().getType())
               ? makeZeros(builder, loc, sum.getInit())
               : nullptr;
  if (auto product = dyn_cast<lowbit::FloatMatmulOp>(op))
    return op->getNumResults() == 1 && isEmpty(product.getLhs().getType())
               ? makeZeros(builder, loc, product.getInit())
               : nullptr;
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return isEmpty(insert.getSource().getType()) ? insert.getDest() : nullptr;
  auto pad = dyn_cast<tensor::PadOp>(op);
  Value padding = pad && isEmpty(pad.getSource().getType()) &&
                          pad.getResultType().hasStaticShape()
                      ? pad.getConstantPaddingValue()
                      : nullptr;
  if (!padding)
    return nullptr;
  Value init =
      tensor::EmptyOp::create(builder, loc, pad.getResultType().getShape(),
                              pad.getResultType().getElementType());
  return linalg::FillOp::create(builder, loc, padding, init).getResult(0);
}

/// Gives uses of `value` a tensor that nobody has computed.
void replaceByEmpty(OpBuilder &builder, Value value) {
  if (!isEmpty(value.getType()) || value.use_empty() ||
      value.getDefiningOp<tensor::EmptyOp>())
    return;
  auto type = cast<RankedTensorType>(value.getType());
  value.replaceAllUsesWith(tensor::EmptyOp::create(
      builder, value.getLoc(), type.getShape(), type.getElementType()));
}

struct RemoveEmptyTensorsPass
    : public impl::RemoveEmptyTensorsBase<RemoveEmptyTensorsPass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
    for (BlockArgument argument : function.getArguments())
      replaceByEmpty(builder, argument);
    SmallVector<Operation *> ops;
    function.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      builder.setInsertionPoint(op);
      if (Value start = getStartValue(op, builder))
        op->getResult(0).replaceAllUsesWith(start);
      if (isMemoryEffectFree(op))
        for (Value result : op->getResults())
          replaceByEmpty(builder, result);
      if (isOpTriviallyDead(op))
        op->erase();
    }
  }
};

} // namespace
} // namespace setun
