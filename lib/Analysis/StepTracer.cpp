//===- StepTracer.cpp - Reads a step function off the graph ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Walks from the codes back to the integers. Every value on the way has the
// elements of the codes in the same order; constants are broadcast to them.
//===----------------------------------------------------------------------===//

#include "setun/Analysis/StepFunction.h"

#include "dialects/Onnx/ConstantData.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <tuple>

using namespace mlir;

namespace setun {

using Kind = StepOperation::Kind;

/// Builds the operations of a function; each register is a number of them.
class StepTracer {
public:
  StepTracer(StepFunction &function, bool composes, MLIRContext *context)
      : function(function), composes(composes), f32(Float32Type::get(context)) {
  }

  /// The register of `codes`, the result of a quantiser.
  std::optional<unsigned> traceQuantiser(Value codes);

  /// The register of a number that elementwise nodes pass on.
  std::optional<unsigned> trace(Value value);

  std::string why;

private:
  using Register = std::optional<unsigned>;

  Register traceCodes(Value codes);
  Register traceOperand(Value operand, RankedTensorType result);
  Register traceConstant(const onnx::ConstantData &data,
                         RankedTensorType result);
  Register traceQuantize(lowbit::QuantizeOp op);
  Register traceThreshold(lowbit::ThresholdOp op);
  Register traceDequantize(lowbit::DequantizeOp op);
  Register traceNode(onnx::NodeOp node);
  Register traceClip(onnx::NodeOp node, RankedTensorType type);
  Register traceFold(onnx::NodeOp node, Kind kind, RankedTensorType type);
  Register traceCast(onnx::NodeOp node, RankedTensorType type);

  Register fail(const Twine &reason) {
    if (why.empty())
      why = reason.str();
    return std::nullopt;
  }
  unsigned add(StepOperation operation) {
    function.operations.push_back(std::move(operation));
    return function.operations.size() - 1;
  }
  unsigned add(Kind kind, Type type, unsigned lhs, unsigned rhs = 0) {
    return add(StepOperation{kind, type, lhs, rhs});
  }
  unsigned addConstant(Type type, double number) {
    function.constants.push_back({{number, int64_t(number)}});
    return add(Kind::Constant, type, function.constants.size() - 1);
  }

  StepFunction &function;
  bool composes;
  /// Values that were traced already.
  DenseMap<Value, unsigned> registers;
  Type f32;
};

static RankedTensorType getStaticType(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getNumElements() > 0
             ? type
             : RankedTensorType();
}

/// Real numbers that the function can compute with, and integers of at most 64
/// bits.
static bool isNumber(Type type) {
  return type.isF32() || type.isF64() ||
         (type.isInteger() && type.getIntOrFloatBitWidth() > 1 &&
          type.getIntOrFloatBitWidth() <= 64 && !type.isUnsignedInteger(64));
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

std::optional<unsigned>
StepTracer::traceConstant(const onnx::ConstantData &data,
                          RankedTensorType result) {
  RankedTensorType type = data.getType();
  if (!isNumber(type.getElementType()))
    return fail("a constant has elements of another type than f32, f64 or "
                "integers");
  bool same = isUniform(data);
  std::optional<ChannelDimension> channels =
      same ? ChannelDimension() : ChannelDimension::ofBroadcast(type, result);
  if (!channels)
    return fail("a constant differs along two dimensions");
  if (!same) {
    if (function.channels.size != 1 && function.channels != *channels)
      return fail("constants differ along different dimensions");
    function.channels = *channels;
  }
  std::vector<StepFunction::Number> numbers;
  for (int64_t i = 0, e = same ? 1 : data.size(); i < e; ++i) {
    StepFunction::Number number;
    if (type.getElementType().isInteger())
      number.integer = data.asInt(i);
    else
      number.real = data.asDouble(i);
    numbers.push_back(number);
  }
  function.constants.push_back(std::move(numbers));
  return add(Kind::Constant, type.getElementType(),
             function.constants.size() - 1);
}

std::optional<unsigned> StepTracer::traceOperand(Value operand,
                                                 RankedTensorType result) {
  if (std::optional<onnx::ConstantData> data = onnx::getConstantData(operand)) {
    if (data->size() == 0 || data->getType().getRank() > result.getRank())
      return fail("a constant is not broadcast to what it meets");
    return traceConstant(*data, result);
  }
  RankedTensorType type = getStaticType(operand);
  if (!type || type.getNumElements() != result.getNumElements())
    return fail("a value is broadcast");
  return trace(operand);
}

//===----------------------------------------------------------------------===//
// Ops of the dialect
//===----------------------------------------------------------------------===//

std::optional<unsigned> StepTracer::traceQuantize(lowbit::QuantizeOp op) {
  RankedTensorType type = op.getInput().getType();
  Register x = traceOperand(op.getInput(), type);
  Register scale = x ? traceOperand(op.getScale(), type) : x;
  Register zero = scale && op.getZeroPoint()
                      ? traceOperand(op.getZeroPoint(), type)
                      : scale;
  if (!zero)
    return std::nullopt;
  Type code = op.getType().getElementType();
  auto round = [&](unsigned value) {
    StepOperation operation{Kind::Round, f32, value};
    operation.rounding = op.getRounding();
    return add(operation);
  };
  unsigned v =
      add(op.getByReciprocal() ? Kind::Mul : Kind::Div, f32, *x, *scale);
  if (op.getZeroPointLast())
    v = round(v);
  if (op.getZeroPoint())
    v = add(Kind::Add, f32, v, *zero);
  if (isa<lowbit::BipolarType>(code))
    return add(Kind::Sign, IntegerType::get(code.getContext(), 32), v);
  StepOperation saturate{Kind::Saturate,
                         IntegerType::get(code.getContext(), 32)};
  saturate.range = lowbit::getCodeRange(code, op.getNarrow());
  if (!op.getZeroPointLast()) {
    v = add(Kind::Max, f32, v, addConstant(f32, saturate.range.min));
    v = add(Kind::Min, f32, v, addConstant(f32, saturate.range.max));
    v = round(v);
  }
  saturate.lhs = v;
  return add(saturate);
}

std::optional<unsigned> StepTracer::traceThreshold(lowbit::ThresholdOp op) {
  RankedTensorType type = op.getInput().getType();
  auto data = onnx::getConstantData(op.getThresholds());
  constexpr int64_t many = 1 << 20;
  if (!data || data->size() > many)
    return fail("thresholds are not constant, or too many");
  Register x = trace(op.getInput());
  if (!x)
    return x;
  int64_t rows = data->getType().getDimSize(0),
          count = data->getType().getDimSize(1);
  if (rows != 1) {
    ChannelDimension channels{rows, 1};
    for (int64_t dim = op.getAxis() + 1; dim < type.getRank(); ++dim)
      channels.stride *= type.getDimSize(dim);
    if (function.channels.size != 1 && function.channels != channels)
      return fail("constants differ along different dimensions");
    function.channels = channels;
  }
  StepOperation operation{Kind::Count, IntegerType::get(op.getContext(), 32),
                          *x};
  Type element = type.getElementType();
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<StepNumber> numbers;
    for (int64_t i = row * count; i < (row + 1) * count; ++i) {
      if (element.isInteger())
        numbers.push_back({0, data->asInt(i)});
      else if (!std::isnan(data->asDouble(i)))
        numbers.push_back({data->asDouble(i), 0});
    }
    llvm::sort(numbers, [](const StepNumber &a, const StepNumber &b) {
      return std::tie(a.real, a.integer) < std::tie(b.real, b.integer);
    });
    operation.table.push_back(std::move(numbers));
  }
  if (op.getFalling())
    operation.falling.assign(op.getFalling()->begin(), op.getFalling()->end());
  Type integer = operation.type;
  unsigned n = add(std::move(operation));
  if (!isa<lowbit::BipolarType>(op.getType().getElementType()))
    return add(Kind::Add, integer, n,
               addConstant(integer, double(op.getFirstCode())));
  // 0 -> -1, 1 -> 1
  n = add(Kind::Add, integer, n, n);
  return add(Kind::Sub, integer, n, addConstant(integer, 1));
}

std::optional<unsigned> StepTracer::traceDequantize(lowbit::DequantizeOp op) {
  RankedTensorType type = op.getType();
  Register x = traceCodes(op.getInput());
  Register scale = x ? traceOperand(op.getScale(), type) : x;
  Register zero = scale && op.getZeroPoint()
                      ? traceOperand(op.getZeroPoint(), type)
                      : scale;
  if (!zero)
    return std::nullopt;
  unsigned v = add(Kind::Cast, f32, *x);
  if (op.getZeroPoint())
    v = add(Kind::Sub, f32, v, *zero);
  return add(Kind::Mul, f32, v, *scale);
}

/// Codes or sums: an input of the function, unless a quantiser in between has
/// no other use.
std::optional<unsigned> StepTracer::traceCodes(Value codes) {
  if (composes && codes.hasOneUse() &&
      isa_and_nonnull<lowbit::QuantizeOp, lowbit::ThresholdOp>(
          codes.getDefiningOp())) {
    function.composed = true;
    return traceQuantiser(codes);
  }
  auto [at, isNew] = registers.try_emplace(codes, 0);
  if (!isNew)
    return at->second;
  Type element = getElementTypeOrSelf(codes.getType());
  // A code of 16 bits without a sign fits i32 as well.
  Type type = element.isInteger(64) ? element
                                    : IntegerType::get(codes.getContext(), 32);
  function.inputs.push_back(codes);
  return at->second = add(Kind::Input, type, function.inputs.size() - 1);
}

std::optional<unsigned> StepTracer::traceQuantiser(Value codes) {
  Operation *producer = codes.getDefiningOp();
  function.locations.push_back(producer->getLoc());
  return llvm::TypeSwitch<Operation *, Register>(producer)
      .Case([&](lowbit::QuantizeOp op) { return traceQuantize(op); })
      .Case([&](lowbit::ThresholdOp op) { return traceThreshold(op); })
      .Case([&](onnx::NodeOp op) { return traceNode(op); })
      .Default([&](Operation *) { return fail("not a quantiser"); });
}

//===----------------------------------------------------------------------===//
// ONNX nodes
//===----------------------------------------------------------------------===//

std::optional<unsigned> StepTracer::trace(Value value) {
  if (auto at = registers.find(value); at != registers.end())
    return at->second;
  RankedTensorType type = getStaticType(value);
  if (!type || !isNumber(type.getElementType()))
    return fail("a value is neither f32, f64 nor an integer of static shape");
  Operation *producer = value.getDefiningOp();
  constexpr unsigned most = 1000;       // what is longer is no activation
  if (function.locations.size() > most) // grows on the way to the integers
    return fail("the chain is too long");
  Register result;
  if (auto dequantize = dyn_cast_or_null<lowbit::DequantizeOp>(producer)) {
    function.locations.push_back(producer->getLoc());
    result = traceDequantize(dequantize);
  } else if (auto node = dyn_cast_or_null<onnx::NodeOp>(producer)) {
    function.locations.push_back(producer->getLoc());
    result = traceNode(node);
  } else if (producer && type.getElementType().isSignlessInteger() &&
             isa<lowbit::ProductOp, lowbit::SumPoolOp>(producer)) {
    return traceCodes(value);
  } else {
    return std::nullopt; // the model's own floats: there are no integers
  }
  if (result)
    registers[value] = *result;
  return result;
}

std::optional<unsigned> StepTracer::traceClip(onnx::NodeOp node,
                                              RankedTensorType type) {
  Register x = traceOperand(node.getInputOrNull(0), type);
  if (!x)
    return x;
  Type element = type.getElementType();
  bool byAttributes = node.getSinceVersion() < 11;
  for (auto [kind, index, name] :
       {std::tuple(Kind::Max, 1, "min"), std::tuple(Kind::Min, 2, "max")}) {
    Register bound;
    if (byAttributes) {
      if (!node.getAttr(name))
        continue;
      bound = addConstant(element, node.getFloat(name, 0));
    } else {
      Value input = node.getInputOrNull(index);
      if (!input)
        continue;
      bound = traceOperand(input, type);
    }
    if (!bound)
      return bound;
    x = add(kind, element, *x, *bound);
  }
  return x;
}

/// An associative operator of one input or more.
std::optional<unsigned> StepTracer::traceFold(onnx::NodeOp node, Kind kind,
                                              RankedTensorType type) {
  Register result;
  for (Value input : node.getInputs()) {
    Register next = traceOperand(input, type);
    if (!next)
      return next;
    result = result ? add(kind, type.getElementType(), *result, *next) : *next;
  }
  return result;
}

std::optional<unsigned> StepTracer::traceCast(onnx::NodeOp node,
                                              RankedTensorType type) {
  Type to = type.getElementType();
  Value input = node.getInputOrNull(0);
  Register x;
  if (lowbit::isCode(getElementTypeOrSelf(input.getType())))
    x = traceCodes(input);
  else
    x = traceOperand(input, type);
  if (!x)
    return x;
  if (!lowbit::isCode(to))
    return add(Kind::Cast, to, *x);
  if (function.operations[*x].type.isInteger() ||
      to.getIntOrFloatBitWidth() < 8)
    return fail("'Cast' wraps around");
  StepOperation saturate{Kind::Saturate, IntegerType::get(to.getContext(), 32),
                         *x};
  saturate.range = lowbit::getCodeRange(to);
  return add(saturate);
}

std::optional<unsigned> StepTracer::traceNode(onnx::NodeOp node) {
  auto refuse = [&] {
    // The model's own floats need no excuse.
    bool fromIntegers =
        !function.inputs.empty() || llvm::any_of(node.getInputs(), [](Value v) {
          return isa_and_nonnull<lowbit::DequantizeOp>(v.getDefiningOp());
        });
    if (!fromIntegers)
      return Register();
    return fail("'" + node.getOpType() +
                "' is not an elementwise operator that steps are made of");
  };
  RankedTensorType type = node->getNumResults() == 1
                              ? getStaticType(node.getResult(0))
                              : RankedTensorType();
  if (!type || !node.getDomain().empty() || node.getInputs().empty())
    return refuse();
  Type element = type.getElementType();
  StringRef name = node.getOpType();
  Value first = node.getInputOrNull(0);
  if (name == "Cast")
    return traceCast(node, type);
  if (!isNumber(element) || lowbit::isCode(element))
    return refuse();
  if (name == "Identity" || name == "Reshape" || name == "Flatten" ||
      name == "Squeeze" || name == "Unsqueeze")
    return traceOperand(first, type);
  if (name == "Clip")
    return traceClip(node, type);
  if (name == "Min" || name == "Max")
    return traceFold(node, name == "Min" ? Kind::Min : Kind::Max, type);
  auto binary = llvm::StringSwitch<std::optional<Kind>>(name)
                    .Case("Add", Kind::Add)
                    .Case("Sub", Kind::Sub)
                    .Case("Mul", Kind::Mul)
                    .Case("Div", Kind::Div)
                    .Case("PRelu", Kind::LeakyRelu)
                    .Default(std::nullopt);
  if (binary && node.getInputs().size() == 2) {
    Register a = traceOperand(first, type);
    Register b = a ? traceOperand(node.getInputOrNull(1), type) : a;
    return b ? Register(add(*binary, element, *a, *b)) : b;
  }
  bool isReal = !element.isInteger();
  auto rounding = llvm::StringSwitch<std::optional<lowbit::RoundingMode>>(name)
                      .Case("Floor", lowbit::RoundingMode::Floor)
                      .Case("Ceil", lowbit::RoundingMode::Ceil)
                      .Case("Round", lowbit::RoundingMode::HalfEven)
                      .Default(std::nullopt);
  bool known = llvm::StringSwitch<bool>(name)
                   .Cases({"Relu", "Neg", "Abs"}, true)
                   .Case("LeakyRelu", isReal)
                   .Default(rounding && isReal);
  if (!known)
    return refuse();
  Register x = traceOperand(first, type);
  if (!x)
    return x;
  if (rounding) {
    StepOperation operation{Kind::Round, element, *x};
    operation.rounding = *rounding;
    return add(operation);
  }
  if (name == "Relu")
    return add(Kind::Max, element, *x, addConstant(element, 0));
  if (name == "Neg")
    return add(Kind::Sub, element, addConstant(element, 0), *x);
  if (name == "Abs")
    return add(Kind::Abs, element, *x);
  return add(Kind::LeakyRelu, element, *x,
             addConstant(element, node.getFloat("alpha", 0.01f)));
}

std::optional<StepFunction> StepFunction::trace(Value codes, bool composes,
                                                std::string &why) {
  StepFunction function;
  StepTracer tracer(function, composes, codes.getContext());
  std::optional<unsigned> result = tracer.traceQuantiser(codes);
  if (result && function.inputs.empty())
    result = std::nullopt;
  else if (!result)
    why = tracer.why;
  if (!result)
    return std::nullopt;
  // The result is the last operation, as the quantiser comes last.
  return function;
}

std::optional<StepFunction> StepFunction::traceScores(Value scores) {
  StepFunction function;
  StepTracer tracer(function, /*composes=*/false, scores.getContext());
  std::optional<unsigned> result = tracer.trace(scores);
  // Of a value that was met before, the register would not be the last.
  if (!result || function.inputs.empty() ||
      *result + 1 != function.operations.size())
    return std::nullopt;
  return function;
}

} // namespace setun
