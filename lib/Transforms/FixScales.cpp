//===- FixScales.cpp - Scales of floats become integers -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass: which values become integers, and where floats are put back.
//===----------------------------------------------------------------------===//

#include "ScaleFixer.h"

#include "dialects/Onnx/ConstantData.h"
#include "setun/Analysis/LayerFacts.h"
#include "setun/Transforms/Passes.h"

#include <cmath>

using namespace mlir;

namespace setun {
#define GEN_PASS_DEF_FIXSCALES
#include "setun/Transforms/Passes.h.inc"

using lowbit::CodeRange;

RankedTensorType getFloatType(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32() && type.hasStaticShape() &&
                 type.getNumElements() > 0
             ? type
             : RankedTensorType();
}

RankedTensorType getFixedType(RankedTensorType type) {
  return type.clone(IntegerType::get(type.getContext(), 32));
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

std::optional<AffineNumber>
ScaleFixer::makeFixed(AffineNumber number, int fraction, RankedTensorType type,
                      WholeRounding rounding, Location loc) {
  OpBuilder builder(function.getContext());
  // Behind everything that the number is made of.
  Operation *last = nullptr;
  Block &block = function.getBody().front();
  builder.setInsertionPointToStart(&block);
  for (Value input : number.inputs)
    if (Operation *producer = input.getDefiningOp();
        producer && (!last || last->isBeforeInBlock(producer)))
      last = producer;
  if (last)
    builder.setInsertionPointAfter(last);
  double unit = std::ldexp(1.0, fraction);
  AffineNumber scaled = number;
  scaled.lo = -kInfinity;
  scaled.hi = kInfinity;
  scaled.multiply({{unit}, {}});
  auto limit = [&](double x) {
    return int64_t(std::clamp(roundToWhole(x * unit, rounding),
                              double(kAllIntegers.min),
                              double(kAllIntegers.max)));
  };
  CodeRange limits{limit(number.lo), limit(number.hi)};
  Value integers = createWholeNumbers(builder, loc, scaled, getFixedType(type),
                                      rounding, limits, why);
  if (!integers)
    return std::nullopt;
  return AffineNumber::ofIntegers(integers, fraction);
}

bool ScaleFixer::fix(Value value) {
  AffineNumber &number = numbers.find(value)->second;
  if (number.isFixed())
    return true;
  std::optional<int> fraction = number.chooseFraction();
  if (!fraction) {
    fail("its range is not proven, or has no scale");
    return false;
  }
  Number fixed = makeFixed(number, *fraction, getFloatType(value),
                           WholeRounding::HalfUp, value.getLoc());
  if (!fixed)
    return false;
  number = *fixed;
  return true;
}

std::optional<AffineNumber> ScaleFixer::getUnclamped(Value value) {
  auto number = numbers.find(value);
  if (number == numbers.end())
    return std::nullopt;
  if (number->second.isClamped() && !fix(value))
    return std::nullopt;
  return numbers.find(value)->second;
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

void ScaleFixer::visit(Operation *op) {
  why.clear();
  auto isNumber = [&](Value value) { return numbers.contains(value); };
  Number number;
  if (auto dequantize = dyn_cast<lowbit::DequantizeOp>(op))
    number = readDequantize(dequantize);
  else if (llvm::none_of(op->getOperands(), isNumber))
    return;
  else if (auto node = dyn_cast<onnx::NodeOp>(op))
    number = readNode(node);
  else if (auto quantize = dyn_cast<lowbit::QuantizeOp>(op);
           quantize && replaceQuantize(quantize)) {
    replaced.push_back(op);
    return;
  } else if (isa<lowbit::DynamicQuantizeOp>(op))
    fail("its scale is computed from the data; --static-scales fixes it");
  if (!number) {
    if (!why.empty())
      reasons[op] = why;
    return;
  }
  Value result = op->getResult(0);
  numbers.insert({result, *number});
  // What several read is computed once.
  if (!result.hasOneUse() && !fix(result)) {
    numbers.erase(result);
    reasons[op] = why;
    return;
  }
  replaced.push_back(op);
}

/// Is it integers times a power of two already?
static bool isFixed(lowbit::DequantizeOp op) {
  auto scale = onnx::getConstantData(op.getScale());
  return !op.getZeroPoint() && scale && scale->size() == 1 &&
         isPowerOfTwo(scale->asDouble(0));
}

void ScaleFixer::giveFloats() {
  llvm::SmallPtrSet<Operation *, 32> inside(replaced.begin(), replaced.end());
  SmallVector<Value> values;
  for (auto &[value, number] : numbers)
    values.push_back(value);
  // Users first: one that turns out to stay float needs its operands.
  for (Value value : llvm::reverse(values)) {
    auto isOutside = [&](OpOperand &use) {
      return !inside.contains(use.getOwner());
    };
    if (llvm::none_of(value.getUses(), isOutside))
      continue;
    Operation *op = value.getDefiningOp();
    why.clear();
    if (auto dequantize = dyn_cast<lowbit::DequantizeOp>(op);
        (dequantize && isFixed(dequantize)) || !fix(value)) {
      inside.erase(op);
      if (!why.empty())
        reasons[op] = why;
      continue;
    }
    const AffineNumber &number = numbers.find(value)->second;
    OpBuilder builder(op->getContext());
    builder.setInsertionPointAfterValue(number.inputs[0]);
    float unit = float(number.factors[0][0]);
    auto scalar = RankedTensorType::get({}, builder.getF32Type());
    Value scale = onnx::createConstant(
        builder, op->getLoc(), scalar,
        ArrayRef(reinterpret_cast<const char *>(&unit), sizeof unit), "unit");
    Value real =
        lowbit::DequantizeOp::create(builder, op->getLoc(), value.getType(),
                                     number.inputs[0], scale, Value());
    value.replaceUsesWithIf(real, isOutside);
  }
  for (Operation *op : llvm::reverse(replaced))
    if (op->use_empty())
      op->erase();
}

void ScaleFixer::reportFloats() {
  for (Operation &op : function.getBody().front()) {
    auto dequantize = dyn_cast<lowbit::DequantizeOp>(op);
    bool isFree = op.hasTrait<OpTrait::ConstantLike>() ||
                  op.hasTrait<OpTrait::IsTerminator>() ||
                  (dequantize &&
                   (isFixed(dequantize) ||
                    dequantize.getInput().getDefiningOp<lowbit::ConstantOp>()));
    auto isFloat = [](Value value) { return bool(getFloatType(value)); };
    if (isFree || (llvm::none_of(op.getOperands(), isFloat) &&
                   llvm::none_of(op.getResults(), isFloat)))
      continue;
    auto reason = reasons.find(&op);
    if (auto node = dyn_cast<onnx::NodeOp>(op);
        node && reason == reasons.end() &&
        isStructureOperator(node.getOpType()))
      continue;
    op.emitWarning() << "stays float: "
                     << (reason != reasons.end()
                             ? reason->second
                             : std::string("it reads floats whose range is "
                                           "not proven"));
  }
}

void ScaleFixer::run() {
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front()))
    visit(&op);
  giveFloats();
  reportFloats();
}

namespace {
struct FixScalesPass : public impl::FixScalesBase<FixScalesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        ScaleFixer(function).run();
  }
};

} // namespace
} // namespace setun
