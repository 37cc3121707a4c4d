// Replaces ternary products by proven networks of additions and subtractions.
#include "AddSubNetwork.h"
#include "WeightMatrix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_TERNARYTOADDSUB
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Writes the network into the block of an addsub op. The proof has shown that
/// no node overflows.
void createNodes(OpBuilder &builder, Location loc, Block &block,
                 const AddSubNetwork &network, Type accumulator) {
  builder.setInsertionPointToEnd(&block);
  Value zero;
  auto getZero = [&]() {
    if (!zero) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&block);
      zero = arith::ConstantOp::create(builder, loc,
                                       builder.getIntegerAttr(accumulator, 0));
    }
    return zero;
  };
  auto exact = arith::IntegerOverflowFlags::nsw;
  SmallVector<Value> values(block.getArguments());
  for (const AddSubNetwork::Node &node : network.nodes) {
    Value lhs = values[node.lhs];
    switch (node.operation) {
    case AddSubNetwork::Operation::Add:
      values.push_back(
          arith::AddIOp::create(builder, loc, lhs, values[node.rhs], exact));
      break;
    case AddSubNetwork::Operation::Subtract:
      values.push_back(
          arith::SubIOp::create(builder, loc, lhs, values[node.rhs], exact));
      break;
    case AddSubNetwork::Operation::Negate:
      values.push_back(
          arith::SubIOp::create(builder, loc, getZero(), lhs, exact));
      break;
    }
  }
  SmallVector<Value> outputs;
  for (int32_t output : network.outputs)
    outputs.push_back(output == AddSubNetwork::zero ? getZero()
                                                    : values[output]);
  lowbit::YieldOp::create(builder, loc, outputs);
}

/// matmul(x, constant w) -> addsub(x) into a fresh destination.
void replaceByNetwork(lowbit::MatmulOp op, const AddSubNetwork &network) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  RankedTensorType type = op.getType();
  Type accumulator = type.getElementType();
  Value empty =
      tensor::EmptyOp::create(builder, loc, type.getShape(), accumulator);
  auto addSub = lowbit::AddSubOp::create(builder, loc, TypeRange(type),
                                         op.getLhs(), empty, TypeAttr());
  Block &block = addSub.getBody().emplaceBlock();
  block.addArguments(SmallVector<Type>(network.inputs, accumulator),
                     SmallVector<Location>(network.inputs, loc));
  createNodes(builder, loc, block, network, accumulator);
  op.getResult().replaceAllUsesWith(addSub.getResult(0));
  op.erase();
}

struct TernaryToAddSubPass
    : public impl::TernaryToAddSubBase<TernaryToAddSubPass> {
  void runOnOperation() override {
    SmallVector<lowbit::MatmulOp> products;
    getOperation().walk([&](lowbit::MatmulOp op) {
      if (op.getKernel() == lowbit::KernelKind::AddSub)
        products.push_back(op);
    });
    for (lowbit::MatmulOp op : products)
      if (failed(convert(op)))
        return signalPassFailure();
  }

  LogicalResult convert(lowbit::MatmulOp op) {
    lowbit::ConstantOp weights = getUnpackedWeights(op);
    RankedTensorType type = op.getRhs().getType();
    if (!weights || !isTernaryOrBipolar(type.getElementType())) {
      op.emitRemark("no network: the weights are not constant ternary or "
                    "bipolar codes");
      return success();
    }
    std::vector<int8_t> codes = readCodes(weights);
    TernaryMatrix matrix{type.getDimSize(0), type.getDimSize(1), codes};
    AddSubNetwork network = buildAddSubNetwork(matrix);

    Type activation = op.getLhs().getType().getElementType();
    int64_t maxValue =
        op.getType().getElementType().isInteger(32) ? INT32_MAX : INT64_MAX;
    if (llvm::Error error = network.prove(
            matrix, lowbit::getCodeRange(activation).magnitude(), maxValue))
      return op.emitError() << "the add/sub network does not compute the "
                               "product: "
                            << llvm::toString(std::move(error));
    op.emitRemark() << "network of " << network.countAdders()
                    << " additions and subtractions, "
                    << matrix.countPlainAdders() << " without sharing";
    replaceByNetwork(op, network);
    if (weights->use_empty())
      weights->erase();
    return success();
  }
};

} // namespace
} // namespace setun
