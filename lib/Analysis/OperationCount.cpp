//===- OperationCount.cpp - The arithmetic of layers without products -----===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations for each element of the result, by operator. Rough where an
// operator's cost depends on values; these layers are a small part of a model.
//===----------------------------------------------------------------------===//

#include "OperationCount.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun {

/// Of what a function such as Exp or Tanh takes: a polynomial of this degree.
static constexpr int64_t kDegree = 8;

static int64_t getElements(Type type) {
  auto tensor = dyn_cast_or_null<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() ? tensor.getNumElements() : 0;
}

static OperationCount forEach(int64_t elements, OperationCount each) {
  return {elements * each.multiplications, elements * each.additions};
}

/// For each element of the result; nothing for operators that move values and
/// for those in countNode.
static OperationCount countPerElement(StringRef opType) {
  constexpr OperationCount addition = {0, 1}, multiplication = {1, 0};
  constexpr OperationCount both = {1, 1}, function = {kDegree, kDegree};
  return llvm::StringSwitch<OperationCount>(opType)
      .Cases({"Add", "Sub", "Sum", "Max", "Min", "Mean"}, addition)
      .Cases({"Relu", "Abs", "Neg", "Sign", "Where", "Cast"}, addition)
      .Cases({"Floor", "Ceil", "Round", "Not", "And", "Or", "Xor"}, addition)
      .Cases({"Equal", "Less", "LessOrEqual", "Greater"}, addition)
      .Cases({"GreaterOrEqual", "BitShift", "ThresholdedRelu"}, addition)
      .Case("Clip", {0, 2})
      .Cases({"Mul", "Div", "Reciprocal", "Mod"}, multiplication)
      .Cases({"BatchNormalization", "PRelu", "LeakyRelu"}, both)
      .Cases({"QuantizeLinear", "DequantizeLinear"}, both)
      .Cases({"HardSigmoid", "HardSwish"}, {2, 3})
      .Cases({"LayerNormalization", "InstanceNormalization"}, {3, 4})
      .Cases({"GroupNormalization", "LpNormalization"}, {3, 4})
      .Cases({"RMSNormalization", "Resize", "LRN"}, {3, 3})
      .Cases({"Exp", "Log", "Sqrt", "Pow", "Sigmoid", "Tanh"}, function)
      .Cases({"Erf", "Gelu", "Softplus", "Elu", "Selu", "Celu"}, function)
      .Cases({"Softmax", "LogSoftmax", "Mish", "Swish"}, function)
      .Cases({"Sin", "Cos", "Tan", "Atan", "Asin", "Acos"}, function)
      .Cases({"Sinh", "Cosh", "Asinh", "Acosh", "Atanh"}, function)
      .Default({0, 0});
}

/// LSTM, GRU, RNN: every step multiplies all weights with inputs and state.
static OperationCount countRecurrence(onnx::NodeOp op) {
  auto input = dyn_cast<RankedTensorType>(op.getInputs()[0].getType());
  if (!input || input.getRank() != 3 || op.getInputs().size() < 3)
    return {};
  int64_t rows = getElements(input) / std::max<int64_t>(input.getDimSize(2), 1);
  int64_t weights = getElements(op.getInputs()[1].getType()) +
                    getElements(op.getInputs()[2].getType());
  return forEach(rows * weights, {1, 1});
}

static OperationCount countNode(onnx::NodeOp op) {
  StringRef opType = op.getOpType();
  if (op.getInputs().empty() || op->getNumResults() == 0)
    return {};
  int64_t inputs = getElements(op.getInputs()[0].getType());
  int64_t results = getElements(op->getResult(0).getType());
  if (opType == "LSTM" || opType == "GRU" || opType == "RNN")
    return countRecurrence(op);
  // Reductions read each element once.
  if (opType.starts_with("Reduce") || opType.starts_with("Global") ||
      opType.starts_with("Arg") || opType == "CumSum")
    return {0, inputs};
  if (opType == "MaxPool" || opType == "AveragePool" || opType == "LpPool") {
    int64_t window = 1;
    if (auto sizes = op.getInts("kernel_shape"))
      for (int64_t size : *sizes)
        window *= std::max<int64_t>(size, 1);
    return {0, results * window};
  }
  return forEach(results, countPerElement(opType));
}

int64_t countComparisons(lowbit::ThresholdOp op) {
  auto thresholds = op.getThresholds().getType();
  int64_t count = thresholds.getDimSize(1);
  // Many integers are searched by halves.
  constexpr int64_t few = 16;
  return count <= few || !thresholds.getElementType().isInteger()
             ? count
             : llvm::Log2_64(static_cast<uint64_t>(count)) + 1;
}

OperationCount countOperations(Operation *op) {
  int64_t results =
      op->getNumResults() ? getElements(op->getResult(0).getType()) : 0;
  return TypeSwitch<Operation *, OperationCount>(op)
      .Case([&](onnx::NodeOp node) { return countNode(node); })
      // Scale and round; the zero point is an addition, too.
      .Case<lowbit::QuantizeOp, lowbit::DequantizeOp>(
          [&](auto) { return forEach(results, {1, 1}); })
      // Besides, the largest of all.
      .Case([&](lowbit::DynamicQuantizeOp) { return forEach(results, {1, 2}); })
      .Case([&](lowbit::ThresholdOp threshold) {
        return forEach(results, {0, countComparisons(threshold)});
      })
      .Case([&](lowbit::RequantizeOp requantize) {
        int64_t inputs = requantize.getInputs().size();
        return forEach(results, {inputs, inputs});
      })
      .Case<lowbit::PoolOp, lowbit::SumPoolOp>([&](auto pool) {
        return forEach(results, {0, pool.getWindow().getPositions()});
      })
      .Default({});
}

} // namespace setun
