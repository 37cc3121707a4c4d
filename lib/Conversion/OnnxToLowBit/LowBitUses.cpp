// Follows a value to the products that use it.
#include "LowBitUses.h"
#include "NodeMatchers.h"
#include "NumberFacts.h"
#include "WeightLevels.h"

using namespace mlir;

namespace setun {

/// Is `weights`, an operand of a product, made of codes or of few levels?
static bool isLowBit(Value weights, unsigned outputAxis) {
  if (!weights)
    return false;
  if (weights.getDefiningOp<lowbit::DequantizeOp>())
    return true;
  return findWeightLevels(weights, outputAxis).has_value();
}

/// A product of operand `index` of `node` with low-bit weights?
static bool isLowBitProduct(onnx::NodeOp node, unsigned index) {
  if (isNode(node, "MatMul"))
    return isLowBit(node.getInputOrNull(1 - index), 1);
  if (isNode(node, "Gemm") && index < 2)
    return isLowBit(node.getInputOrNull(1 - index),
                    node.getInt("transB", 0) != 0 ? 0 : 1);
  return isNode(node, "Conv") && index == 0 &&
         isLowBit(node.getInputOrNull(1), 0);
}

bool feedsProduct(Value value) {
  constexpr size_t maxVisited = 64;
  SmallVector<Value> worklist = {value};
  for (size_t i = 0; i < worklist.size() && i < maxVisited; ++i)
    for (OpOperand &use : worklist[i].getUses()) {
      auto node = dyn_cast<onnx::NodeOp>(use.getOwner());
      if (!node)
        continue;
      if (isLowBitProduct(node, use.getOperandNumber()))
        return true;
      Value other = node.getInputOrNull(1);
      bool isScaled = (isNode(node, "Mul") || isNode(node, "Div")) &&
                      use.getOperandNumber() == 0 && other && getScalar(other);
      if (node.getDomain().empty() &&
          (isScaled || isMovement(node.getOpType())))
        llvm::append_range(worklist, node.getResults());
    }
  return false;
}

} // namespace setun
