// Replaces products with constant weights by proven networks of additions,
// subtractions and shifts.
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "setun/Analysis/AddSubNetwork.h"
#include "setun/Analysis/WeightMatrix.h"
#include "setun/Transforms/Passes.h"

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_TERNARYTOADDSUB
#include "setun/Transforms/Passes.h.inc"

namespace {

/// Writes the network into the block of an addsub op; its outputs are added to
/// the bias, if there is one. Proof and verifier have shown that no node
/// overflows.
void createNodes(OpBuilder &builder, Location loc, Block &block,
                 const AddSubNetwork &network, Type accumulator,
                 ArrayRef<int64_t> bias) {
  builder.setInsertionPointToEnd(&block);
  DenseMap<int64_t, Value> constants;
  auto getConstant = [&](int64_t number) {
    Value &constant = constants[number];
    if (!constant) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&block);
      constant = arith::ConstantOp::create(
          builder, loc, builder.getIntegerAttr(accumulator, number));
    }
    return constant;
  };
  auto exact = arith::IntegerOverflowFlags::nsw;
  SmallVector<Value> values(block.getArguments());
  DenseMap<std::pair<int32_t, int32_t>, Value> shiftedValues;
  auto getShifted = [&](int32_t value, int32_t shift) {
    if (shift == 0)
      return values[value];
    Value &shifted = shiftedValues[{value, shift}];
    if (!shifted)
      shifted = arith::ShLIOp::create(builder, loc, values[value],
                                      getConstant(shift), exact);
    return shifted;
  };
  for (const AddSubNetwork::Node &node : network.nodes) {
    if (node.operation == AddSubNetwork::Operation::Negate) {
      values.push_back(arith::SubIOp::create(builder, loc, getConstant(0),
                                             values[node.lhs], exact));
      continue;
    }
    Value lhs = getShifted(node.lhs, node.lhsShift);
    Value rhs = getShifted(node.rhs, node.rhsShift);
    if (node.operation == AddSubNetwork::Operation::Add)
      values.push_back(arith::AddIOp::create(builder, loc, lhs, rhs, exact));
    else
      values.push_back(arith::SubIOp::create(builder, loc, lhs, rhs, exact));
  }
  SmallVector<Value> outputs;
  for (auto [n, output] : llvm::enumerate(network.outputs)) {
    int64_t offset = bias.empty() ? 0 : bias[n];
    if (output.value == AddSubNetwork::zero) {
      outputs.push_back(getConstant(offset));
      continue;
    }
    Value sum = getShifted(output.value, output.shift);
    if (offset != 0)
      sum =
          arith::AddIOp::create(builder, loc, sum, getConstant(offset), exact);
    outputs.push_back(sum);
  }
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
  createNodes(builder, loc, block, network, accumulator,
              op.getBias().value_or(ArrayRef<int64_t>()));
  op.getResult().replaceAllUsesWith(addSub.getResult(0));
  op.erase();
}

struct TernaryToAddSubPass
    : public impl::TernaryToAddSubBase<TernaryToAddSubPass> {
  using TernaryToAddSubBase::TernaryToAddSubBase;

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
    if (!weights || lowbit::getCodeBits(type.getElementType()) > 8) {
      op.emitRemark("no network: the weights are not constant codes of at most "
                    "8 bits");
      return success();
    }
    if (std::string objection = op.objectToKernels(); !objection.empty()) {
      op.emitRemark() << "no network: " << objection;
      return success();
    }
    if (!foldZeroPointIntoBias(op)) {
      op.emitRemark("no network: the zero point does not fit into the bias");
      return success();
    }
    lowbit::CodeArray wide = weights.getCodes();
    std::vector<int16_t> codes(wide.begin(), wide.end());
    IntegerMatrix matrix{type.getDimSize(0), type.getDimSize(1), codes};
    AddSubNetwork network = buildAddSubNetwork(matrix, {maxDepth, effort});

    Type activation = op.getLhs().getType().getElementType();
    int64_t maxInput = lowbit::getCodeRange(activation).magnitude();
    int64_t maxValue =
        op.getType().getElementType().isInteger(32) ? INT32_MAX : INT64_MAX;
    if (llvm::Error error = network.prove(matrix, maxInput, maxValue)) {
      std::string reason = llvm::toString(std::move(error));
      // Right for small inputs: what lies between can be larger than the sums.
      if (llvm::Error other = network.prove(matrix, 1, INT32_MAX)) {
        llvm::consumeError(std::move(other));
        return op.emitError() << "the add/sub network does not compute the "
                                 "product: "
                              << reason;
      }
      op.emitRemark() << "no network: " << reason;
      return success();
    }
    op.emitRemark() << "network of " << network.countAdders()
                    << " additions and subtractions, "
                    << matrix.countPlainAdders() << " without sharing; depth "
                    << network.getDepth();
    replaceByNetwork(op, network);
    if (weights->use_empty())
      weights->erase();
    return success();
  }
};

} // namespace
} // namespace setun
