//===- SmallFloat.cpp - Tensors of floats below 32 bits -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SmallFloat.h"

#include "TensorBuilders.h"

using namespace mlir;
using namespace setun;
using namespace setun::onnx;

/// Casts in front of a value that only change how its type is spelt.
static Value skipCasts(Value value) {
  while (auto cast = value.getDefiningOp<UnrealizedConversionCastOp>()) {
    if (cast.getNumOperands() != 1)
      break;
    value = cast.getOperand(0);
  }
  return value;
}

/// A constant of small floats as an f32 constant: the values are the same.
static Value decodeConstant(NodeLowering &node, Value constant,
                            const ConstantData &data) {
  RankedTensorType type = data.getType().clone(node.builder.getF32Type());
  if (data.isSplat())
    return ConstantOp::create(
        node.builder, constant.getLoc(),
        DenseElementsAttr::get(type, static_cast<float>(data.asDouble(0))));
  std::vector<char> bytes(data.size() * sizeof(float));
  for (int64_t i = 0; i < data.size(); ++i) {
    auto value = static_cast<float>(data.asDouble(i));
    std::memcpy(&bytes[i * sizeof(float)], &value, sizeof(float));
  }
  return createConstant(node.builder, constant.getLoc(), type, bytes,
                        "decoded");
}

/// result[i...] = function(tensor[i...])
static Value mapTensor(NodeLowering &node, Value tensor, Type element,
                       llvm::function_ref<Value(OpBuilder &, Value)> function) {
  RankedTensorType type =
      cast<RankedTensorType>(tensor.getType()).clone(element);
  FailureOr<Value> result = makeElementwise(
      node, type, tensor, [&](OpBuilder &builder, ValueRange x) {
        return function(builder, x.front());
      });
  return *result; // equal shapes always broadcast
}

Value setun::onnx::makeDecoded(NodeLowering &node, Value stored,
                               FloatType format) {
  Value origin = skipCasts(stored);
  std::optional<ConstantData> data = getConstantData(origin);
  if (data && data->getElementType() == format)
    return decodeConstant(node, origin, *data);
  Type f32 = node.builder.getF32Type();
  return mapTensor(node, stored, f32, [&](OpBuilder &builder, Value x) {
    return lowbit::DecodeFloatOp::create(builder, node.loc, f32, x,
                                         TypeAttr::get(format));
  });
}

bool setun::onnx::saturatesByDefault(Type format) {
  return !isa<Float16Type, BFloat16Type>(format);
}

Value setun::onnx::makeEncodedScalar(OpBuilder &builder, Location loc,
                                     Value number, FloatType format,
                                     bool saturate,
                                     lowbit::RoundingMode rounding) {
  // Powers of two have no middle to be even.
  if (isa<Float8E8M0FNUType>(format) &&
      rounding == lowbit::RoundingMode::HalfEven)
    rounding = lowbit::RoundingMode::Up;
  return lowbit::EncodeFloatOp::create(builder, loc, getStorageType(format),
                                       number, format, saturate, rounding);
}

Value setun::onnx::makeEncoded(NodeLowering &node, Value numbers,
                               FloatType format) {
  return mapTensor(node, numbers, getStorageType(format),
                   [&](OpBuilder &builder, Value x) {
                     return makeEncodedScalar(builder, node.loc, x, format,
                                              saturatesByDefault(format));
                   });
}
