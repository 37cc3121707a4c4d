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

#include "Convolution.h"
#include "MatMul.h"
#include "Quantization.h"

using namespace mlir;
using namespace setun::onnx;

/// Emits an error unless input `index`, a zero point, has type `code`.
static LogicalResult requireType(NodeLowering &node, unsigned index,
                                 Type code) {
  if (!node.has(index) || node.onnxInputElementType(index) == code)
    return success();
  return node.error("the zero point in input " + Twine(index) + " has type ")
         << node.onnxInputElementType(index) << ", the codes " << code;
}

/// Emits an error unless the scales in inputs 1, 4 and 6 are floats of one type
/// that f32 holds.
static LogicalResult requireScales(NodeLowering &node) {
  Type type = node.onnxInputElementType(1);
  for (unsigned index : {1, 4, 6})
    if (!node.inputType(index).getElementType().isF32() ||
        node.onnxInputElementType(index) != type)
      return node.error("the scale in input " + Twine(index) + " has type ")
             << node.onnxInputElementType(index)
             << ", expected one of f32, f16 and bf16 for all scales";
  return success();
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
  FailureOr<Value> a =
      makeShiftedCodes(node, node.input(inputs.a),
                       node.onnxInputElementType(inputs.a), zeroPoints[0]);
  FailureOr<Value> b =
      makeShiftedCodes(node, node.input(inputs.b),
                       node.onnxInputElementType(inputs.b), zeroPoints[1]);
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
  if (failed(requireScales(node)) || failed(requireBytes(node, 7)) ||
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
      makeMultiplier(node, parameters[0], parameters[1], parameters[2],
                     node.onnxInputElementType(1));
  if (failed(multiplier))
    return failure();
  FailureOr<Value> codes = makeRequantized(
      node, *sum, *multiplier, parameters[3], node.onnxOutputElementType());
  return failed(codes) ? failure() : replaceByReshaped(node, *codes);
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

namespace {
/// Where the operands of a convolution stand among the inputs.
struct ConvolutionInputs {
  unsigned x, w, xZeroPoint, wZeroPoint;
};
} // namespace

/// sum over c, k of (w - zero point) * (x - zero point) of i32; beside the
/// input lie zero points, which count as 0.
static FailureOr<Value> makeCodeConvolution(NodeLowering &node,
                                            ConvolutionInputs inputs) {
  if (failed(requireBytes(node, inputs.x)) ||
      failed(requireBytes(node, inputs.w)) ||
      failed(requireType(node, inputs.xZeroPoint,
                         node.onnxInputElementType(inputs.x))) ||
      failed(requireType(node, inputs.wZeroPoint,
                         node.onnxInputElementType(inputs.w))))
    return failure();
  FailureOr<ConvolutionShape> shape = readConvolution(node, inputs.x, inputs.w);
  if (failed(shape))
    return failure();
  RankedTensorType w = node.inputType(inputs.w);
  if (node.outputType().getNumElements() == 0 ||
      node.inputType(inputs.x).getNumElements() == 0 || w.getNumElements() == 0)
    return node.error("input, weights and output must not be empty");
  Value zeroPoints[2];
  for (auto [i, parameter] :
       {std::pair(0, inputs.xZeroPoint), std::pair(1, inputs.wZeroPoint)}) {
    if (!node.has(parameter))
      continue;
    FailureOr<Value> value = makeParameterAlong(
        node, parameter, i == 0 ? 1 : w.getDimSize(0), 0, w.getRank());
    if (failed(value))
      return failure();
    zeroPoints[i] = *value;
  }
  FailureOr<Value> xCodes =
      makeShiftedCodes(node, node.input(inputs.x),
                       node.onnxInputElementType(inputs.x), zeroPoints[0]);
  FailureOr<Value> wCodes =
      makeShiftedCodes(node, node.input(inputs.w),
                       node.onnxInputElementType(inputs.w), zeroPoints[1]);
  if (failed(xCodes) || failed(wCodes))
    return failure();
  return makeConvolution(node, *xCodes, *wCodes, *shape);
}

static LogicalResult lowerConvInteger(NodeLowering &node) {
  FailureOr<Value> sum = makeCodeConvolution(node, {0, 1, 2, 3});
  return failed(sum) ? failure() : node.replaceWith(*sum);
}

/// sum + bias, one i32 for each channel.
static FailureOr<Value> addBias(NodeLowering &node, Value sum, unsigned index) {
  auto type = cast<RankedTensorType>(sum.getType());
  int64_t channels = type.getDimSize(1);
  if (node.onnxInputElementType(index) != node.builder.getI32Type() ||
      node.inputType(index).getShape() != ArrayRef(channels))
    return node.error("the bias must hold one i32 for each of the " +
                      Twine(channels) + " outputs");
  FailureOr<Value> bias =
      makeParameterAlong(node, index, channels, 1, type.getRank());
  if (failed(bias))
    return failure();
  return makeElementwise(
      node, type, {sum, *bias}, [&](OpBuilder &builder, ValueRange x) {
        return ScalarBuilder(builder, node.loc, false).add(x[0], x[1]);
      });
}

/// Inputs: x, scale, zero point, w, scale, zero point, y's scale, zero point,
/// and a bias.
static LogicalResult lowerQLinearConv(NodeLowering &node) {
  if (failed(requireScales(node)) || failed(requireBytes(node, 7)) ||
      failed(requireType(node, 7, node.onnxOutputElementType())))
    return failure();
  FailureOr<Value> sum = makeCodeConvolution(node, {0, 3, 2, 5});
  if (succeeded(sum) && node.has(8))
    sum = addBias(node, *sum, 8);
  if (failed(sum))
    return failure();
  auto type = cast<RankedTensorType>(sum->getType());
  Value parameters[4];
  for (auto [i, index] : {std::pair(0, 1), {1, 4}, {2, 6}, {3, 7}}) {
    FailureOr<Value> value = makeParameterAlong(
        node, index, index == 4 ? type.getDimSize(1) : 1, 1, type.getRank());
    if (failed(value))
      return failure();
    parameters[i] = *value;
  }
  FailureOr<Value> multiplier =
      makeMultiplier(node, parameters[0], parameters[1], parameters[2],
                     node.onnxInputElementType(1));
  if (failed(multiplier))
    return failure();
  FailureOr<Value> codes = makeRequantized(
      node, *sum, *multiplier, parameters[3], node.onnxOutputElementType());
  return failed(codes) ? failure() : node.replaceWith(*codes);
}

void setun::onnx::registerQLinear(HandlerTable &table) {
  table["MatMulInteger"] = {lowerMatMulInteger, 2};
  table["QLinearMatMul"] = {lowerQLinearMatMul, 8};
  table["ConvInteger"] = {lowerConvInteger, 2};
  table["QLinearConv"] = {lowerQLinearConv, 8};
}
