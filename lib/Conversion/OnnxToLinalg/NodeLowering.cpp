//===- NodeLowering.cpp - One ONNX node on its way to linalg --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "NodeLowering.h"

#include "SmallFloat.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace setun;
using namespace setun::onnx;

/// Codes have whole bytes, also those that ONNX has no types for.
static Type getStoredType(Type elementType) {
  return lowbit::isCode(elementType)
             ? IntegerType::get(elementType.getContext(),
                                lowbit::getStorageBits(elementType))
             : getStorageType(elementType);
}

Type setun::onnx::getArithmeticType(Type elementType) {
  if (lowbit::isSmallFloat(elementType))
    return Float32Type::get(elementType.getContext());
  return isa<FloatType>(elementType) && !elementType.isF32() &&
                 !elementType.isF64()
             ? nullptr
             : getStoredType(elementType);
}

static RankedTensorType getStoredTensor(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor.clone(getStoredType(tensor.getElementType()));
}

/// `value` as another type for the same bits.
static Value respell(OpBuilder &builder, Location loc, Value value, Type type) {
  if (value.getType() == type)
    return value;
  if (auto cast = value.getDefiningOp<UnrealizedConversionCastOp>())
    if (cast.getNumOperands() == 1 && cast.getOperand(0).getType() == type)
      return cast.getOperand(0);
  return UnrealizedConversionCastOp::create(builder, loc, type, value)
      .getResult(0);
}

RankedTensorType NodeLowering::getWorkingType(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return elements == Elements::Move
             ? getStoredTensor(type)
             : tensor.clone(getArithmeticType(tensor.getElementType()));
}

Value NodeLowering::input(unsigned index) {
  Value value = node.getInputOrNull(index);
  Type element = onnxInputElementType(index);
  Value stored = respell(builder, loc, value, getStoredTensor(value.getType()));
  if (elements == Elements::Move || !lowbit::isSmallFloat(element))
    return stored;
  return makeDecoded(*this, stored, cast<FloatType>(element));
}

RankedTensorType NodeLowering::inputType(unsigned index) {
  return getWorkingType(node.getInputOrNull(index).getType());
}

RankedTensorType NodeLowering::outputType(unsigned index) {
  return getWorkingType(node.getOutputs()[index].getType());
}

Type NodeLowering::onnxInputElementType(unsigned index) {
  return getElementTypeOrSelf(node.getInputOrNull(index).getType());
}

Type NodeLowering::onnxOutputElementType(unsigned index) {
  return getElementTypeOrSelf(node.getOutputs()[index].getType());
}

/// The input of the model that `value` is or, by way of shape arithmetic, comes
/// from; null if there is none.
static BlockArgument findSmallInput(Value value) {
  constexpr unsigned maxSteps = 64;
  SmallVector<Value> worklist = {value};
  for (unsigned step = 0; step < maxSteps && !worklist.empty(); ++step) {
    Value next = worklist.pop_back_val();
    auto type = dyn_cast<RankedTensorType>(next.getType());
    if (!type || type.getRank() > 1)
      continue;
    auto argument = dyn_cast<BlockArgument>(next);
    if (argument && isa<func::FuncOp>(argument.getOwner()->getParentOp()))
      return argument;
    if (Operation *op = next.getDefiningOp())
      llvm::append_range(worklist, op->getOperands());
  }
  return nullptr;
}

InFlightDiagnostic NodeLowering::errorOfShape(const Twine &message) {
  InFlightDiagnostic diagnostic = error(message);
  for (Value operand : node.getInputs()) {
    BlockArgument input = findSmallInput(operand);
    auto name = input ? node->getParentOfType<func::FuncOp>()
                            .getArgAttrOfType<StringAttr>(input.getArgNumber(),
                                                          "onnx.name")
                      : nullptr;
    if (name)
      diagnostic.attachNote()
          << "it depends on input '" << name.getValue() << "'; --bind "
          << name.getValue() << "=VALUE makes that a constant";
  }
  return diagnostic;
}

std::optional<ConstantData> NodeLowering::constant(unsigned index) {
  Value value = node.getInputOrNull(index);
  return value ? getConstantData(value) : std::nullopt;
}

FailureOr<SmallVector<int64_t>> NodeLowering::constantInts(unsigned index,
                                                           StringRef what) {
  std::optional<ConstantData> data = constant(index);
  if (!data || !isa<IntegerType>(data->getElementType()))
    return errorOfShape("input " + Twine(index) + " (" + what +
                        ") must be a constant integer tensor");
  SmallVector<int64_t> values;
  for (int64_t i = 0; i < data->size(); ++i)
    values.push_back(data->asInt(i));
  return values;
}

FailureOr<std::optional<SmallVector<int64_t>>>
NodeLowering::intsAttributeOrInput(StringRef name, unsigned index) {
  using Result = std::optional<SmallVector<int64_t>>;
  if (std::optional<ArrayRef<int64_t>> values = node.getInts(name))
    return Result(SmallVector<int64_t>(*values));
  if (!has(index))
    return Result();
  FailureOr<SmallVector<int64_t>> values = constantInts(index, name);
  if (failed(values))
    return failure();
  return Result(std::move(*values));
}

FailureOr<int64_t> NodeLowering::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return error("axis " + Twine(axis) + " is out of range for rank " +
                 Twine(rank));
  return axis < 0 ? axis + rank : axis;
}

LogicalResult NodeLowering::replaceWith(ValueRange values) {
  for (auto [output, value] : llvm::zip(node.getOutputs(), values)) {
    if (!value)
      continue;
    RankedTensorType stored = getStoredTensor(output.getType());
    if (value.getType() != stored) {
      if (value.getType() != getWorkingType(output.getType()))
        return error("computes ")
               << value.getType() << ", but the output is declared as "
               << output.getType();
      value =
          makeEncoded(*this, value,
                      cast<FloatType>(getElementTypeOrSelf(output.getType())));
    }
    Value replacement = respell(builder, loc, value, output.getType());
    output.replaceAllUsesWith(replacement);
  }
  for (auto [index, output] : llvm::enumerate(node.getOutputs()))
    if (!output.use_empty())
      return error("output " + Twine(index) + " is not supported");
  node.erase();
  return success();
}
