//===- QLinear.cpp - Products of codes in the spelling of operators -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MatMulInteger, QLinearMatMul, ConvInteger, QLinearConv. Sums are exact (32
// bits, wrapping); what the QLinear ones make of a sum is ONNX's reference:
//
//   y = saturate(rne(sum * (scale_a * scale_b / scale_y) + zero_point_y))
//
// with the zero point added before the rounding, unlike in QuantizeLinear.
//===----------------------------------------------------------------------===//

#include "MatMul.h"
#include "Quantization.h"

using namespace mlir;
using namespace setun::onnx;

/// Emits an error unless input `index` holds codes of 8 bits.
static LogicalResult requireBytes(NodeLowering &node, unsigned index) {
  Type type = node.onnxInputElementType(index);
  if (isCodeType(type) && type.getIntOrFloatBitWidth() == 8)
    return success();
  return node.error("input " + Twine(index) + " has element type ")
         << type << ", expected int8 or uint8";
}

/// Emits an error unless input `index`, a zero point, has type `code`.
static LogicalResult requireType(NodeLowering &node, unsigned index,
                                 Type code) {
  if (!node.has(index) || node.onnxInputElementType(index) == code)
    return success();
  return node.error("the zero point in input " + Twine(index) + " has type ")
         << node.onnxInputElementType(index) << ", the codes " << code;
}

static LogicalResult requireScale(NodeLowering &node, unsigned index) {
  if (node.inputType(index).getElementType().isF32())
    return success();
  return node.error("the scale in input " + Twine(index) + " has type ")
         << node.onnxInputElementType(index) << ", expected f32";
}

//===----------------------------------------------------------------------===//
// Products of matrices
//===----------------------------------------------------------------------===//

namespace {
/// Where the operands of a product stand among the inputs; 0 is a parameter
/// that the operator does not have.
struct MatMulInputs {
  unsigned a, b, aZeroPoint, bZeroPoint;
};
} // namespace

/// Input `index`, a scale or zero point of a matrix: one number, one per row
/// ([M] or [.., M, 1]) or one per column ([N] or [.., 1, N]).
static FailureOr<Value> makeMatrixParameter(NodeLowering &node, unsigned index,
                                            RankedTensorType matrix,
                                            bool perRow) {
  RankedTensorType type = node.inputType(index);
  if (type.getRank() > 1 && type.getNumElements() != 1) {
    int64_t same = perRow ? type.getRank() - 1 : type.getRank() - 2;
    if (type.getDimSize(same) != 1)
      return node.error("input " + Twine(index) + " has shape [")
             << type.getShape() << "], which varies along the summed dimension";
    return makeParameter(node, index);
  }
  int64_t rank = std::max<int64_t>(matrix.getRank(), 2);
  int64_t dim = perRow ? rank - 2 : rank - 1;
  int64_t size = matrix.getRank() < 2 ? 1 : matrix.getDimSize(dim);
  return makeParameterAlong(node, index, size, dim, rank);
}

/// The result's shape before dimensions of vectors are dropped: [.., M, N].
static SmallVector<int64_t> getMatrixShape(NodeLowering &node,
                                           MatMulInputs inputs) {
  SmallVector<int64_t> shape(node.outputType().getShape());
  if (node.inputType(inputs.b).getRank() == 1)
    shape.push_back(1);
  if (node.inputType(inputs.a).getRank() == 1)
    shape.insert(shape.end() - !shape.empty(), 1);
  return shape;
}

/// sum_k (a - zero point) * (b - zero point), as [.., M, N] of i32.
static FailureOr<Value> makeCodeProduct(NodeLowering &node,
                                        MatMulInputs inputs) {
  Value zeroPoints[2];
  for (auto [i, operand, parameter] :
       {std::tuple(0, inputs.a, inputs.aZeroPoint),
        std::tuple(1, inputs.b, inputs.bZeroPoint)}) {
    if (failed(requireBytes(node, operand)))
      return failure();
    if (!node.has(parameter))
      continue;
    FailureOr<Value> value = makeMatrixParameter(
        node, parameter, node.inputType(operand), /*perRow=*/i == 0);
    if (failed(
            requireType(node, parameter, node.onnxInputElementType(operand))) ||
        failed(value))
      return failure();
    zeroPoints[i] = *value;
  }
  FailureOr<Value> a = makeShiftedCodes(node, inputs.a, zeroPoints[0]);
  FailureOr<Value> b = makeShiftedCodes(node, inputs.b, zeroPoints[1]);
  if (failed(a) || failed(b))
    return failure();
  return makeMatMul(node, *a, *b, getMatrixShape(node, inputs));
}

static LogicalResult lowerMatMulInteger(NodeLowering &node) {
  FailureOr<Value> sum = makeCodeProduct(node, {0, 1, 2, 3});
  return failed(sum) ? failure() : replaceByReshaped(node, *sum);
}

/// Inputs: a, scale, zero point, b, scale, zero point, y's scale, zero point.
static LogicalResult lowerQLinearMatMul(NodeLowering &node) {
  for (unsigned index : {1, 4, 6})
    if (failed(requireScale(node, index)))
      return failure();
  if (failed(requireBytes(node, 7)) ||
      failed(requireType(node, 7, node.onnxOutputElementType())))
    return failure();
  MatMulInputs inputs = {0, 3, 2, 5};
  FailureOr<Value> sum = makeCodeProduct(node, inputs);
  if (failed(sum))
    return failure();
  auto type = cast<RankedTensorType>(sum->getType());
  Value parameters[4];
  for (auto [i, index] : {std::pair(0, 1), {1, 4}, {2, 6}, {3, 7}}) {
    FailureOr<Value> value =
        makeMatrixParameter(node, index, type, /*perRow=*/index != 4);
    if (failed(value))
      return failure();
    parameters[i] = *value;
  }
  FailureOr<Value> multiplier =
      makeMultiplier(node, parameters[0], parameters[1], parameters[2]);
  if (failed(multiplier))
    return failure();
  FailureOr<Value> codes = makeRequantized(
      node, *sum, *multiplier, parameters[3], node.onnxOutputElementType());
  return failed(codes) ? failure() : replaceByReshaped(node, *codes);
}

void setun::onnx::registerQLinear(HandlerTable &table) {
  table["MatMulInteger"] = {lowerMatMulInteger, 2};
  table["QLinearMatMul"] = {lowerQLinearMatMul, 8};
}
