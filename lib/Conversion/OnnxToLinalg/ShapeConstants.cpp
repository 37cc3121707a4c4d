//===- ShapeConstants.cpp - Operators whose value is known ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With static shapes Shape, Size, ConstantOfShape and Range are constants.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "TensorBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace setun::onnx;

/// What is longer does not belong into a program as a table.
static constexpr int64_t kMaxRange = 1 << 20;

static Value makeI64s(NodeLowering &node, RankedTensorType type,
                      ArrayRef<int64_t> values) {
  return arith::ConstantOp::create(node.builder, node.loc,
                                   DenseIntElementsAttr::get(type, values));
}

/// The sizes from dimension `start` to before `end`.
static LogicalResult lowerShape(NodeLowering &node) {
  ArrayRef<int64_t> shape = node.inputType(0).getShape();
  int64_t rank = shape.size();
  auto bound = [&](StringRef name, int64_t otherwise) {
    int64_t value = node.node.getInt(name, otherwise);
    return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank);
  };
  int64_t start = bound("start", 0), end = std::max(start, bound("end", rank));
  ArrayRef<int64_t> sizes = shape.slice(start, end - start);
  if (node.outputType().getNumElements() != end - start ||
      !node.outputType().getElementType().isInteger(64))
    return node.error("the output does not fit the input's rank");
  return node.replaceWith(makeI64s(node, node.outputType(), sizes));
}

static LogicalResult lowerSize(NodeLowering &node) {
  if (!node.outputType().getElementType().isInteger(64))
    return node.error("the output is no 64-bit integer");
  return node.replaceWith(
      makeI64s(node, node.outputType(), {node.inputType(0).getNumElements()}));
}

/// Attribute `value` (f32 zero by default) everywhere.
static LogicalResult lowerConstantOfShape(NodeLowering &node) {
  RankedTensorType type = node.outputType();
  Type element = type.getElementType();
  TypedAttr number = getNumber(element, 0.0);
  if (ElementsAttr value = node.node.getTensor("value")) {
    std::optional<ConstantData> data = ConstantData::get(value);
    if (!data || data->size() != 1)
      return node.error("attribute 'value' must hold one number");
    number = isa<FloatType>(element)
                 ? getNumber(element, data->asDouble(0))
                 : TypedAttr(IntegerAttr::get(
                       element, APInt(element.getIntOrFloatBitWidth(),
                                      data->asInt(0), /*isSigned=*/true,
                                      /*implicitTrunc=*/true)));
  }
  Value constant = arith::ConstantOp::create(
      node.builder, node.loc, DenseElementsAttr::get(type, Attribute(number)));
  return node.replaceWith(constant);
}

/// start + i * delta, all three constant.
static LogicalResult lowerRange(NodeLowering &node) {
  std::optional<ConstantData> start = node.constant(0);
  std::optional<ConstantData> delta = node.constant(2);
  if (!start || !delta || start->size() != 1 || delta->size() != 1)
    return node.error("start, limit and delta must be constants");
  RankedTensorType type = node.outputType();
  Type element = type.getElementType();
  if (type.getNumElements() > kMaxRange)
    return node.error("has " + Twine(type.getNumElements()) +
                      " elements; supported are up to " + Twine(kMaxRange));
  SmallVector<Attribute> values;
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    if (auto floatType = dyn_cast<FloatType>(element)) {
      // Rounded to the element type after each operation.
      APFloat value(static_cast<double>(i)), step(delta->asDouble(0)),
          first(start->asDouble(0));
      bool losesInfo;
      for (APFloat *number : {&value, &step, &first})
        number->convert(floatType.getFloatSemantics(),
                        APFloat::rmNearestTiesToEven, &losesInfo);
      value.multiply(step, APFloat::rmNearestTiesToEven);
      value.add(first, APFloat::rmNearestTiesToEven);
      values.push_back(FloatAttr::get(floatType, value));
      continue;
    }
    uint64_t value = static_cast<uint64_t>(start->asInt(0)) +
                     static_cast<uint64_t>(delta->asInt(0)) * i;
    values.push_back(IntegerAttr::get(
        element, APInt(element.getIntOrFloatBitWidth(), value,
                       /*isSigned=*/false, /*implicitTrunc=*/true)));
  }
  Value constant = arith::ConstantOp::create(
      node.builder, node.loc, DenseElementsAttr::get(type, values));
  return node.replaceWith(constant);
}

void setun::onnx::registerShapeConstants(HandlerTable &table) {
  table["Shape"] = lowerShape;
  table["Size"] = lowerSize;
  table["ConstantOfShape"] = lowerConstantOfShape;
  table["Range"] = {lowerRange, 3};
}
