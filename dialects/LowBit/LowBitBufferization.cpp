// How the kernel ops bufferize: operands become buffers, the destination buffer
// takes the result.
#include "dialects/LowBit/LowBit.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace setun::lowbit {
namespace {

/// Every kernel overwrites its whole destination, so the destination is never
/// read.
template <typename OpTy>
struct KernelBufferization
    : public DstBufferizableOpInterfaceExternalModel<KernelBufferization<OpTy>,
                                                     OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    SmallVector<Value> buffers;
    for (Value operand : op->getOperands()) {
      if (!isa<TensorType>(operand.getType())) {
        buffers.push_back(operand);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
    }
    OperationState newOp(op->getLoc(), op->getName(), buffers, TypeRange(),
                         op->getAttrs());
    for (Region &region : op->getRegions())
      newOp.addRegion()->takeBody(region);
    OpOperand *init =
        cast<DestinationStyleOpInterface>(op).getDpsInitOperand(0);
    Value destination = buffers[init->getOperandNumber()];
    rewriter.create(newOp);
    replaceOpWithBufferizedValues(rewriter, op, destination);
    return success();
  }
};

} // namespace

void registerBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LowBitDialect *) {
    AddSubOp::attachInterface<KernelBufferization<AddSubOp>>(*context);
    PackedMatmulOp::attachInterface<KernelBufferization<PackedMatmulOp>>(
        *context);
    Im2RowOp::attachInterface<KernelBufferization<Im2RowOp>>(*context);
    DepthwiseOp::attachInterface<KernelBufferization<DepthwiseOp>>(*context);
    FloatMatmulOp::attachInterface<KernelBufferization<FloatMatmulOp>>(
        *context);
    FloatSumOp::attachInterface<KernelBufferization<FloatSumOp>>(*context);
    FloatConvOp::attachInterface<KernelBufferization<FloatConvOp>>(*context);
    BlockMatmulOp::attachInterface<KernelBufferization<BlockMatmulOp>>(
        *context);
  });
}

} // namespace setun::lowbit
