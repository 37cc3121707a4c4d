//===- Functor.cpp - What happens to each element -------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Functor.h"

#include "dialects/LowBit/LowBit.h"
#include "dialects/Onnx/Onnx.h"
#include "setun/Analysis/LayerFacts.h"
#include "setun/Analysis/ValueBounds.h"
#include "setun/Support/NodeLocation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace setun::hls {

//===----------------------------------------------------------------------===//
// Types and operands
//===----------------------------------------------------------------------===//

std::string getElementType(Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  if (isa<lowbit::BipolarType>(element))
    return "setun_hls::bipolar";
  if (lowbit::isCode(element))
    return fmt::format("ap_{}int<{}>",
                       lowbit::isUnsignedCode(element) ? "u" : "",
                       lowbit::getCodeBits(element));
  if (isa_and_present<lowbit::ProductOp, lowbit::SumPoolOp,
                      lowbit::RequantizeOp>(value.getDefiningOp())) {
    lowbit::CodeRange range = getValueBounds(value).getHull();
    return fmt::format("ap_int<{}>", getSignedBits(range.min, range.max));
  }
  // What only chooses among integers has their type.
  auto node = value.getDefiningOp<onnx::NodeOp>();
  if (node && element.isInteger(32) && node.getDomain().empty() &&
      llvm::is_contained({"Reshape", "Flatten", "Squeeze", "Unsqueeze",
                          "Identity", "Transpose", "DepthToSpace", "MaxPool"},
                         node.getOpType()))
    return getElementType(node.getInputs()[0]);
  return getScalarType(element);
}

/// What a table is for, as a comment.
static std::string describe(Operation *op) {
  std::string nodes = describeNodes(op->getLoc());
  return nodes.empty() ? op->getName().getStringRef().str() : nodes;
}

static bool isLowBitElementwise(Operation *op) {
  return isa<lowbit::QuantizeOp, lowbit::DequantizeOp, lowbit::ThresholdOp,
             lowbit::RequantizeOp, lowbit::LookupOp>(op);
}

bool isElementwise(Operation *op) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return generic.getNumResults() == 1 &&
           generic.getNumLoops() == generic.getNumParallelLoops() &&
           generic.getMatchingIndexingMap(generic.getDpsInitOperand(0))
               .isIdentity() &&
           !generic.payloadUsesValueFromOperand(generic.getDpsInitOperand(0));
  return isLowBitElementwise(op) || isa<UnrealizedConversionCastOp>(op);
}

/// What an op reads; of a linalg op not the buffer of its result.
static SmallVector<Value> getReadOperands(Operation *op) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return SmallVector<Value>(generic.getInputs());
  return SmallVector<Value>(op->getOperands());
}

SmallVector<Value> getStreamedOperands(Operation *op) {
  SmallVector<Value> streamed;
  for (Value operand : getReadOperands(op))
    if (!isConstant(operand) && !llvm::is_contained(streamed, operand))
      streamed.push_back(operand);
  return streamed;
}

//===----------------------------------------------------------------------===//
// Where constants lie
//===----------------------------------------------------------------------===//

/// The element that numpy's broadcasting of `from` to `to` takes for row-major
/// index i.
static std::function<int64_t(int64_t)> broadcast(ArrayRef<int64_t> from,
                                                 ArrayRef<int64_t> to) {
  return [from = SmallVector<int64_t>(from),
          to = SmallVector<int64_t>(to)](int64_t i) {
    int64_t at = 0, stride = 1;
    for (int64_t t = to.size() - 1, f = static_cast<int64_t>(from.size()) - 1;
         f >= 0; --t, --f) {
      at += (from[f] == 1 ? 0 : i % to[t]) * stride;
      stride *= from[f];
      i /= to[t];
    }
    return at;
  };
}

std::function<int64_t(int64_t)> along(int64_t axis, int64_t rows,
                                      ArrayRef<int64_t> shape) {
  if (rows == 1)
    return [](int64_t) { return 0; };
  int64_t inner = 1;
  for (int64_t extent : shape.drop_front(axis + 1))
    inner *= extent;
  return [inner, rows](int64_t i) { return i / inner % rows; };
}

/// The element of a linalg operand for row-major index i of the loops; nothing
/// if the map is more than a choice of loops and zeros.
static std::optional<std::function<int64_t(int64_t)>>
throughMap(AffineMap map, ArrayRef<int64_t> operandShape,
           ArrayRef<int64_t> shape) {
  SmallVector<int64_t> dims; // the loop of each dimension, -1 for 0
  for (AffineExpr result : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(result))
      dims.push_back(dim.getPosition());
    else if (auto zero = dyn_cast<AffineConstantExpr>(result);
             zero && zero.getValue() == 0)
      dims.push_back(-1);
    else
      return std::nullopt;
  }
  return [dims, operandShape = SmallVector<int64_t>(operandShape),
          shape = SmallVector<int64_t>(shape)](int64_t i) {
    SmallVector<int64_t> index(shape.size());
    for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
      index[d] = i % shape[d];
      i /= shape[d];
    }
    int64_t at = 0;
    for (auto [dim, extent] : llvm::zip(dims, operandShape))
      at = at * extent + (dim < 0 ? 0 : index[dim]);
    return at;
  };
}

ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

SmallVector<Functor::Locate> Functor::getLocates(Operation *op) {
  SmallVector<Locate> locates;
  ArrayRef<int64_t> shape = getShape(op->getResult(0));
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    for (OpOperand *operand : generic.getDpsInputOperands())
      if (isConstant(operand->get()) &&
          isa<RankedTensorType>(operand->get().getType()))
        if (auto locate = throughMap(generic.getMatchingIndexingMap(operand),
                                     getShape(operand->get()), shape))
          locates.push_back(*locate);
    return locates;
  }
  if (auto threshold = dyn_cast<lowbit::ThresholdOp>(op))
    return {along(threshold.getAxis(), getShape(threshold.getThresholds())[0],
                  shape)};
  if (auto lookup = dyn_cast<lowbit::LookupOp>(op))
    return {along(lookup.getAxis(), getShape(lookup.getTable())[0], shape)};
  if (auto requantize = dyn_cast<lowbit::RequantizeOp>(op)) {
    auto add = [&](int64_t rows) {
      locates.push_back(along(requantize.getAxis(), rows, shape));
    };
    add(requantize.getAddends().size());
    for (unsigned i = 0; i < requantize.getInputs().size(); ++i)
      add(requantize.getMultipliersOf(i).size());
    if (Value exceptions = requantize.getExceptions())
      add(getShape(exceptions)[0]);
    return locates;
  }
  for (Value operand : getReadOperands(op))
    if (isConstant(operand))
      locates.push_back(broadcast(getShape(operand), shape));
  return locates;
}

int64_t Functor::getPeriod(const Locate &locate) {
  // The same element everywhere is the usual case, and quickly seen.
  int64_t size = order.size();
  SmallVector<int64_t> candidates = {1};
  for (StreamOrder::Loop loop : llvm::reverse(order.getLoops()))
    candidates.push_back(candidates.back() * loop.extent);
  if (row > 1 && size % row == 0 && !llvm::is_contained(candidates, row)) {
    candidates.push_back(row);
    llvm::sort(candidates);
  }
  for (int64_t period : candidates) {
    bool repeats = true;
    for (int64_t i = period; i < size && repeats; ++i)
      repeats = locate(order.at(i)) == locate(order.at(i % period));
    if (repeats)
      return period;
  }
  return size;
}

int64_t Functor::getNeededRow(Operation *op) {
  int64_t needed = 1;
  for (const Locate &locate : getLocates(op))
    needed = std::max(needed, getPeriod(locate));
  return needed;
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

void Functor::addParameter(Value value, StringRef name, std::string type) {
  parameters.push_back({name.str(), type});
  set(value, name.str(), std::move(type));
}

void Functor::addMember(Value value, std::string type) {
  std::string base = getLayerName(value.getLoc());
  std::string name = locals.unique(base.empty() ? "scale" : base, "scale");
  members.push_back({value, name, type});
  set(value, name, std::move(type));
}

std::string Functor::define(Operation *op, StringRef type, std::string text) {
  std::string name = locals.unique(getLayerName(op->getLoc()), "v");
  statements.push_back(fmt::format("const {} {} = {};", type, name, text));
  return name;
}

std::string Functor::printIndex(int64_t period) {
  if (period == 1)
    return "0";
  usesPlace = true;
  return period == row ? "channel" : fmt::format("channel % {}", period);
}

std::string Functor::makeTableName(Operation *op) {
  std::string node = getLayerName(op->getLoc());
  if (isa<lowbit::ThresholdOp>(op))
    return design.names.unique(stage + "_thresholds");
  return design.names.unique(
      stage + "_" + makeIdentifier(node.empty() ? "table" : node, "table"));
}

/// Those of `numbers` that the first `period` places take.
static Numbers choose(const Numbers &numbers, const StreamOrder &order,
                      int64_t period, int64_t columns,
                      llvm::function_ref<int64_t(int64_t)> locate) {
  Numbers chosen;
  chosen.isFloat = numbers.isFloat;
  for (int64_t i = 0; i < period; ++i) {
    int64_t first = locate(order.at(i)) * columns;
    for (int64_t j = first; j < first + columns; ++j) {
      if (numbers.isFloat)
        chosen.floats.push_back(numbers.floats[j]);
      else
        chosen.integers.push_back(numbers.integers[j]);
    }
  }
  return chosen;
}

std::string Functor::printConstant(const Numbers &numbers, const Locate &locate,
                                   Operation *op) {
  int64_t period = getPeriod(locate);
  if (period == 1)
    return printNumber(numbers, locate(order.at(0)));
  std::string name = makeTableName(op);
  addTable(design, describe(op), name,
           choose(numbers, order, period, 1, locate), period);
  return fmt::format("{}[{}]", name, printIndex(period));
}

std::string Functor::printRow(const Numbers &numbers, int64_t columns,
                              const Locate &locateRow, Operation *op,
                              unsigned *bits) {
  int64_t period = getPeriod(locateRow);
  std::string name = makeTableName(op);
  Numbers chosen = choose(numbers, order, period, columns, locateRow);
  addTable(design, describe(op), name, chosen, {period, columns});
  if (bits)
    *bits = getBits(chosen);
  return fmt::format("{}[{}]", name, printIndex(period));
}

std::string Functor::printOperand(Value value, ArrayRef<int64_t> shape,
                                  Operation *op) {
  if (std::optional<Numbers> numbers = getNumbers(value))
    return printConstant(*numbers, broadcast(getShape(value), shape), op);
  return known.lookup(value).text;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

std::string convertTo(StringRef scalar, StringRef text, StringRef type) {
  if (type == scalar)
    return text.str();
  if (scalar == "float")
    return fmt::format("setun_hls::to_float({})", text);
  if (type == "bool")
    return fmt::format("{}({})", scalar, text);
  return fmt::format("{}(setun_hls::to_int64({}))", scalar, text);
}

LogicalResult Functor::addGeneric(Operation *op) {
  auto generic = cast<linalg::GenericOp>(op);
  ArrayRef<int64_t> shape = getShape(generic.getResult(0));
  llvm::DenseMap<Value, std::string> scalars;
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    BlockArgument argument = generic.getMatchingBlockArgument(operand);
    AffineMap map = generic.getMatchingIndexingMap(operand);
    Value value = operand->get();
    if (std::optional<Numbers> numbers = getNumbers(value)) {
      auto locate = throughMap(map, getShape(value), shape);
      if (!locate)
        return op->emitError("reads a constant in a way that no table serves; "
                             "expected numpy's broadcasting");
      std::string text = printConstant(*numbers, *locate, op);
      if (!numbers->isFloat)
        text = fmt::format("{}({})", getScalarType(argument.getType()), text);
      scalars[argument] = text;
      continue;
    }
    Expression expression = known.lookup(value);
    scalars[argument] = convertTo(getScalarType(argument.getType()),
                                  expression.text, expression.type);
  }
  return addBody(op, scalars);
}

LogicalResult Functor::addFold(Operation *op) {
  auto generic = cast<linalg::GenericOp>(op);
  llvm::DenseMap<Value, std::string> scalars;
  for (auto [argument, operand] :
       llvm::zip(generic.getBody()->getArguments(), generic->getOperands())) {
    Expression expression = known.lookup(operand);
    scalars[argument] = convertTo(getScalarType(argument.getType()),
                                  expression.text, expression.type);
  }
  return addBody(op, scalars);
}

LogicalResult Functor::addBody(Operation *op,
                               llvm::DenseMap<Value, std::string> &scalars) {
  auto generic = cast<linalg::GenericOp>(op);
  auto getText = [&](Value value) -> std::string {
    if (auto it = scalars.find(value); it != scalars.end())
      return it->second;
    Attribute attribute;
    if (!matchPattern(value, m_Constant(&attribute)))
      return "";
    if (auto number = dyn_cast<FloatAttr>(attribute)) {
      if (number.getType().isF32())
        return formatLiteral(number.getValue().convertToFloat());
      if (number.getType().isF64())
        return formatLiteral(number.getValue().convertToDouble());
    }
    if (auto number = dyn_cast<IntegerAttr>(attribute)) {
      if (number.getType().isInteger(1))
        return number.getValue().isZero() ? "false" : "true";
      Numbers one;
      one.integers = {number.getValue().getSExtValue()};
      return fmt::format("{}({})", getScalarType(number.getType()),
                         printNumber(one, 0));
    }
    return "";
  };
  for (Operation &inner : generic.getBody()->without_terminator()) {
    if (inner.hasTrait<OpTrait::ConstantLike>())
      continue;
    std::vector<std::string> operands;
    for (Value operand : inner.getOperands())
      operands.push_back(getText(operand));
    std::string text = llvm::any_of(operands, [](auto &t) { return t.empty(); })
                           ? ""
                           : printScalarOp(&inner, operands);
    if (text.empty())
      return op->emitError()
             << "'" << inner.getName()
             << "' is not supported in HLS code; supported are arithmetic, "
                "comparisons, rounding, exp and conversions of float and "
                "integers";
    scalars[inner.getResult(0)] =
        define(op, getScalarType(inner.getResult(0).getType()), text);
  }
  Value result = generic.getBody()->getTerminator()->getOperand(0);
  std::string text = getText(result);
  std::string type = getScalarType(result.getType());
  if (text.empty() || type.empty())
    return op->emitError() << "elements of type " << result.getType()
                           << " are not supported in HLS code; supported are "
                              "f32 and integers";
  set(op->getResult(0), text, type);
  return success();
}

/// Between si8 and i8: the same number.
LogicalResult Functor::addCast(Operation *op) {
  if (op->getNumOperands() != 1 || op->getNumResults() != 1)
    return op->emitError("is no conversion of one value, which is all that "
                         "HLS code knows");
  Expression x = known.lookup(op->getOperand(0));
  std::string type = getElementType(op->getResult(0));
  if (type.empty())
    return op->emitError() << "elements of type " << op->getResult(0).getType()
                           << " are not supported in HLS code";
  std::string text = convertTo("int64_t", x.text, x.type);
  if (type == "setun_hls::bipolar")
    text = fmt::format("setun_hls::make_bipolar({} > 0)", text);
  set(op->getResult(0), define(op, type, fmt::format("{}({})", type, text)),
      type);
  return success();
}

void Functor::addBias(Value value, const Numbers &bias, Operation *op) {
  estimate.addFloat(fpga::FloatOperator::Add);
  ArrayRef<int64_t> shape = getShape(value);
  std::string number = printConstant(
      bias, along(1, static_cast<int64_t>(bias.size()), shape), op);
  set(value,
      define(op, "float",
             fmt::format("{} + {}", known.lookup(value).text, number)),
      "float");
}

void Functor::addDivision(Value value, float divisor, Operation *op) {
  estimate.addFloat(fpga::FloatOperator::Divide);
  set(value,
      define(op, "float",
             fmt::format("{} / {}", known.lookup(value).text,
                         formatLiteral(divisor))),
      "float");
}

LogicalResult Functor::add(Operation *op) {
  for (Value operand : getStreamedOperands(op))
    if (!knows(operand))
      return op->emitError("reads a value of another shape while it streams; "
                           "expected constants, one number a frame, or two "
                           "values of the same shape");
  estimate.add(op);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<linalg::GenericOp>([&](auto) { return addGeneric(op); })
      .Case<lowbit::QuantizeOp>([&](auto) { return addQuantize(op); })
      .Case<lowbit::DequantizeOp>([&](auto) { return addDequantize(op); })
      .Case<lowbit::ThresholdOp>([&](auto) { return addThreshold(op); })
      .Case<lowbit::RequantizeOp>([&](auto) { return addRequantize(op); })
      .Case<lowbit::LookupOp>([&](auto) { return addLookup(op); })
      .Case<UnrealizedConversionCastOp>([&](auto) { return addCast(op); })
      .Default([](Operation *op) {
        return op->emitError("is not supported in HLS code");
      });
}

//===----------------------------------------------------------------------===//
// The struct
//===----------------------------------------------------------------------===//

std::string Functor::print(StringRef name, Value result) const {
  Expression expression = known.lookup(result);
  std::string text;
  llvm::raw_string_ostream os(text);
  SourceWriter writer(os);
  writer.open(fmt::format("struct {} {{", name));
  for (const Member &member : members)
    writer.linef("{} {};", member.type, member.name);
  std::string arguments;
  for (const Parameter &parameter : parameters)
    arguments += fmt::format("const {} &{}, ", parameter.type, parameter.name);
  writer.open(fmt::format("{} operator()({}int{}) const {{", expression.type,
                          arguments, usesPlace ? " channel" : ""));
  writer.line("#pragma HLS INLINE");
  for (const std::string &statement : statements)
    writer.line(statement);
  writer.linef("return {};", expression.text);
  writer.close();
  writer.close("};");
  return text;
}

} // namespace setun::hls
