// Why is a product still float? After recognition this asks the matchers once
// more, and writes what came nearest into `setun.why_float` of the node, for
// `setun inspect` and `--require`. It changes nothing that is computed.
#include "NodeMatchers.h"
#include "NumberFacts.h"
#include "Patterns.h"
#include "WeightLevels.h"
#include "setun/Analysis/LayerFacts.h"
#include "setun/Support/NodeLocation.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>
#include <fmt/format.h>

using namespace mlir;

namespace setun {
namespace {

/// Nodes between a quantiser and its product that are looked through.
constexpr unsigned kMaxSteps = 16;

/// Weights whose levels are counted; what has many has many among these.
constexpr int64_t kMaxCounted = 1 << 20;

/// `it comes from node 'Relu_3' (Relu)`
std::string describeSource(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    std::string name;
    if (auto named = dyn_cast<NameLoc>(argument.getLoc()))
      name = " '" + named.getName().str() + "'";
    return "it is input" + name;
  }
  std::string nodes = describeNodes(value.getLoc());
  return "it comes from " +
         (nodes.empty() ? value.getDefiningOp()->getName().getStringRef().str()
                        : nodes);
}

bool isScaling(StringRef opType) {
  return llvm::StringSwitch<bool>(opType)
      .Cases({"Mul", "Div", "Add", "Sub", "Cast", "Identity"}, true)
      .Case("Relu", true)
      .Default(false);
}

bool isRounding(StringRef opType) {
  return llvm::StringSwitch<bool>(opType)
      .Cases({"Round", "Floor", "Ceil", "Sign", "QuantizeLinear"}, true)
      .Default(false);
}

bool isClip(StringRef opType) {
  return opType == "Clip" || opType == "Min" || opType == "Max";
}

/// What stands between a product and where its operand comes from.
struct Trace {
  /// The first value that is no scaling, clipping or movement.
  Value source;
  onnx::NodeOp rounding;
  onnx::NodeOp clip;
};

Trace traceUp(Value value) {
  Trace trace;
  for (unsigned step = 0; step < kMaxSteps; ++step) {
    trace.source = value;
    auto node = value.getDefiningOp<onnx::NodeOp>();
    if (!node || !node.getDomain().empty() || node.getInputs().empty())
      return trace;
    StringRef opType = node.getOpType();
    if (isClip(opType)) {
      trace.clip = node;
    } else if (isRounding(opType)) {
      trace.rounding = node;
    } else if (!isScaling(opType) && !isMovement(opType)) {
      return trace;
    }
    // Only a Clip right before it still belongs to a Round.
    if (trace.rounding && (trace.clip || !isRounding(opType)))
      return trace;
    // Of two operands the one that is computed.
    Value next = node.getInputOrNull(0);
    if (node.getInputs().size() > 1 && next && onnx::getConstantData(next))
      next = node.getInputOrNull(1);
    if (!next)
      return trace;
    value = next;
  }
  return trace;
}

// The reasons of one side of a product continue a sentence that begins with
// "activation" or "weights".

/// Codes that no exact product takes.
std::string explainCodes(lowbit::DequantizeOp dequantize) {
  auto type = dequantize.getInput().getType();
  std::string text;
  llvm::raw_string_ostream stream(text);
  Type element = type.getElementType();
  if (!lowbit::isCode(element)) {
    stream << ": sums of an earlier product, not quantised again";
    return text;
  }
  stream << ": codes of type " << element;
  auto scale = cast<RankedTensorType>(dequantize.getScale().getType());
  if (!scale.hasStaticShape() || scale.getNumElements() != 1)
    stream << " with several scales";
  if (dequantize.getZeroPoint())
    stream << (getScalar(dequantize.getZeroPoint())
                   ? " with a zero point"
                   : " with several zero points");
  return text;
}

/// The quantiser that came nearest.
std::string explainChain(Value value, Trace trace) {
  if (!trace.rounding && trace.clip)
    return " is float: clipped by " + describeNodes(trace.clip.getLoc()) +
           ", but not rounded";
  if (!trace.rounding)
    return " is float: no quantiser before it; " + describeSource(value);
  std::string rounded =
      ": rounded by " + describeNodes(trace.rounding.getLoc()) + ", ";
  if (trace.rounding.getOpType() == "Sign")
    return rounded + "which gives 0 for 0: three values";
  if (trace.rounding.getOpType() == "QuantizeLinear")
    return rounded + "but not dequantised with the same scale";
  if (!trace.clip)
    return rounded + "but not clipped";
  std::optional<BoundedValue> clip = matchClip(trace.clip.getResult(0));
  if (!clip)
    return rounded + "but the bounds of " + describeNodes(trace.clip.getLoc()) +
           " are not constant";
  std::string bounds =
      fmt::format("but its Clip bounds {}..{}", clip->min, clip->max);
  if (clip->min != std::floor(clip->min) || clip->max != std::floor(clip->max))
    return rounded + bounds + " are not whole";
  if (!getCodeOfRange(trace.rounding.getContext(), clip->min, clip->max))
    return rounded + bounds + " are not the range of a code";
  return rounded + "but not scaled back by the scale that it was divided by";
}

std::string explainActivation(Value value) {
  if (auto dequantize = value.getDefiningOp<lowbit::DequantizeOp>())
    return explainCodes(dequantize);
  if (onnx::getConstantData(value))
    return " is a float constant";
  Trace trace = traceUp(value);
  if (!trace.rounding && !trace.clip)
    if (auto dequantize = trace.source.getDefiningOp<lowbit::DequantizeOp>();
        dequantize && trace.source != value)
      return explainCodes(dequantize) + ", changed afterwards by " +
             describeNodes(value.getLoc());
  return explainChain(value, trace);
}

/// How many values there are, and how many would fall together.
std::string explainLevels(const onnx::ConstantData &weights) {
  constexpr double nearby = 1e-7;
  std::vector<double> values;
  int64_t counted = std::min<int64_t>(weights.size(), kMaxCounted);
  values.reserve(counted);
  for (int64_t i = 0; i < counted; ++i)
    values.push_back(weights.asDouble(i));
  if (llvm::any_of(values, [](double v) { return !std::isfinite(v); }))
    return ": not all are finite numbers";
  llvm::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  int64_t close = 0;
  for (size_t i = 1; i < values.size(); ++i)
    close += values[i] - values[i - 1] <= nearby * std::fabs(values[i]);
  std::string text =
      fmt::format(": {}{} levels", counted < weights.size() ? "more than " : "",
                  values.size());
  if (close)
    text += fmt::format(", {} within 1e-7 of the next", close);
  return text + (values.size() <= 256 ? ", no multiples of one step" : "");
}

/// Empty if nothing is wrong with them.
std::string explainWeights(Value value, unsigned outputAxis) {
  if (auto dequantize = value.getDefiningOp<lowbit::DequantizeOp>())
    return explainCodes(dequantize);
  std::optional<onnx::ConstantData> data = onnx::getConstantData(value);
  if (!data)
    return " are computed at run time; " + describeSource(value);
  if (data->size() == 0 || findWeightLevels(value, outputAxis))
    return "";
  if (findWeightLevels(*data, outputAxis))
    return ": few levels, but detection is off (--no-detect)";
  return explainLevels(*data);
}

/// Does the operand of a product consist of codes that products take?
bool isPlainCodes(Value value) {
  auto dequantize = value.getDefiningOp<lowbit::DequantizeOp>();
  return dequantize && !dequantize.getZeroPoint() &&
         lowbit::isCode(dequantize.getInput().getType().getElementType()) &&
         getScalar(dequantize.getScale());
}

std::string explain(onnx::NodeOp node) {
  Value input = node.getInputOrNull(0), weights = node.getInputOrNull(1);
  if (!input || !weights)
    return "";
  Type element = getElementTypeOrSelf(node.getResult(0).getType());
  if (!element.isF32()) {
    std::string text;
    llvm::raw_string_ostream(text)
        << "computes in " << element << "; low-bit products are scaled in f32";
    return text;
  }
  bool outputsLast = node.getOpType() == "MatMul" ||
                     (node.getOpType() == "Gemm" && !node.getInt("transB", 0));
  std::string reasons;
  auto add = [&](StringRef side, const std::string &reason) {
    if (!reason.empty())
      reasons += (reasons.empty() ? "" : "; ") + side.str() + reason;
  };
  if (!isPlainCodes(input))
    add("activation", explainActivation(input));
  if (!isPlainCodes(weights))
    add("weights", explainWeights(weights, outputsLast ? 1 : 0));
  if (reasons.empty())
    return "both sides are codes, but there is no exact product for this form "
           "of " +
           node.getOpType().str();
  return reasons;
}

} // namespace

void explainFloats(ModuleOp module) {
  module.walk([&](onnx::NodeOp node) {
    bool isProduct = llvm::StringSwitch<bool>(node.getOpType())
                         .Cases({"MatMul", "Gemm", "Conv"}, true)
                         .Default(false);
    if (!isProduct || !node.getDomain().empty() ||
        !isa<FloatType>(getElementTypeOrSelf(node.getResult(0).getType())))
      return;
    std::string reason = explain(node);
    if (!reason.empty())
      node->setAttr(kWhyFloatAttr, StringAttr::get(node.getContext(), reason));
  });
}

} // namespace setun
