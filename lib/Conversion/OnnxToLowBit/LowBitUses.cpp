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

bool meetsIntegers(Value value) {
  // Values on the way to the sum, and behind it.
  constexpr size_t maxVisited = 64;
  SmallVector<std::pair<Value, bool>> worklist = {{value, false}};
  for (size_t i = 0; i < worklist.size() && i < maxVisited; ++i) {
    auto [current, isSum] = worklist[i];
    for (OpOperand &use : current.getUses()) {
      auto node = dyn_cast<onnx::NodeOp>(use.getOwner());
      if (isSum && isa<lowbit::QuantizeOp>(use.getOwner()))
        return true;
      if (!node || !node.getDomain().empty() || node.getNumResults() != 1)
        continue;
      StringRef name = node.getOpType();
      if (isSum && (name == "Floor" || name == "Round" || name == "Clip"))
        return true;
      bool adds = name == "Add" || name == "Sub";
      Value other = node.getInputOrNull(1 - use.getOperandNumber() % 2);
      bool scales =
          (adds || name == "Mul" || name == "Div") && other && getScalar(other);
      if (scales || name == "Cast" || name == "Relu")
        worklist.push_back({node.getResult(0), isSum});
      else if (adds && other && !onnx::getConstantData(other))
        worklist.push_back({node.getResult(0), true});
    }
  }
  return false;
}

bool feedsMean(Value value) {
  constexpr unsigned maxSteps = 4;
  for (unsigned i = 0; i < maxSteps && value.hasOneUse(); ++i) {
    auto node = dyn_cast<onnx::NodeOp>(*value.user_begin());
    if (!node || node.getNumResults() != 1)
      return false;
    if (isNode(node, "AveragePool") || isNode(node, "GlobalAveragePool"))
      return true;
    if (!node.getDomain().empty() || !isMovement(node.getOpType()))
      return false;
    value = node.getResult(0);
  }
  return false;
}

bool isRoundedSum(Value value) {
  auto node = value.getDefiningOp<onnx::NodeOp>();
  if (!node || (!isNode(node, "Floor") && !isNode(node, "Round")) ||
      llvm::all_of(value.getUsers(), llvm::IsaPred<lowbit::QuantizeOp>))
    return false; // or codes already
  constexpr unsigned maxSteps = 4;
  for (unsigned i = 0; i < maxSteps; ++i) {
    node = node.getInputs().empty()
               ? onnx::NodeOp()
               : node.getInputs()[0].getDefiningOp<onnx::NodeOp>();
    if (!node || !node.getDomain().empty())
      return false;
    Value other = node.getInputOrNull(1);
    if (node.getOpType() == "Add" || node.getOpType() == "Sub")
      return other && !onnx::getConstantData(other) &&
             !onnx::getConstantData(node.getInputs()[0]);
    bool isScaled = (node.getOpType() == "Mul" || node.getOpType() == "Div") &&
                    other && getScalar(other);
    if (!isScaled && node.getOpType() != "Cast")
      return false;
  }
  return false;
}

} // namespace setun
