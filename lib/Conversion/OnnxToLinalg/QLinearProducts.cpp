//===- QLinearProducts.cpp - onnxruntime's products of codes --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QGemm, MatMulIntegerToFloat and DynamicQuantizeMatMul: an exact sum of 32
// bits, converted to f32 and multiplied by one factor. Unlike in the operators
// of ONNX, a zero point is added to the rounded result.
//===----------------------------------------------------------------------===//

#include "MatMul.h"
#include "Quantization.h"

using namespace mlir;
using namespace setun::onnx;

namespace {
/// One side of a product.
struct Side {
  Value codes;
  Type code;
  Value scale;     ///< broadcasts to the result
  Value zeroPoint; ///< broadcasts to the codes, or null
};
} // namespace

/// Reads codes of 8 bits in input `index` with scales and zero points along
/// dimension `dim` of a matrix of `size` outputs; `dim` is -1 if there is one
/// for all.
static FailureOr<Side> readSide(NodeLowering &node, unsigned index,
                                unsigned scale, unsigned zeroPoint,
                                int64_t dim = -1) {
  if (failed(requireBytes(node, index)))
    return failure();
  Side side{node.input(index), node.onnxInputElementType(index), nullptr,
            nullptr};
  int64_t rank = node.inputType(index).getRank();
  int64_t size = dim < 0 ? 1 : node.inputType(index).getDimSize(dim);
  if (!node.inputType(scale).getElementType().isF32())
    return node.error("the scale in input " + Twine(scale) + " has type ")
           << node.onnxInputElementType(scale) << ", expected f32";
  FailureOr<Value> scales = makeParameterAlong(node, scale, size, 0, 1);
  if (failed(scales))
    return failure();
  side.scale = *scales;
  if (!node.has(zeroPoint))
    return side;
  if (node.onnxInputElementType(zeroPoint) != side.code)
    return node.error("the zero point in input " + Twine(zeroPoint) +
                      " has type ")
           << node.onnxInputElementType(zeroPoint) << ", the codes "
           << side.code;
  FailureOr<Value> zero = makeParameterAlong(node, zeroPoint, size,
                                             std::max<int64_t>(dim, 0), rank);
  if (failed(zero))
    return failure();
  side.zeroPoint = *zero;
  return side;
}

static FailureOr<Value> makeShifted(NodeLowering &node, const Side &side,
                                    bool isTransposed = false) {
  FailureOr<Value> codes =
      makeShiftedCodes(node, side.codes, side.code, side.zeroPoint);
  if (failed(codes) || !isTransposed)
    return codes;
  return makeTranspose(node, *codes, {1, 0});
}

/// f32(sum) * factor, then finish(that, other inputs).
static FailureOr<Value> makeScaled(
    NodeLowering &node, Value sum, Value factor, Type element,
    ArrayRef<Value> others,
    llvm::function_ref<Value(ScalarBuilder &, Value, ValueRange)> finish) {
  SmallVector<Value> inputs = {sum, factor};
  llvm::append_range(inputs, others);
  return makeElementwise(
      node, cast<RankedTensorType>(sum.getType()).clone(element), inputs,
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value number = arith::SIToFPOp::create(builder, node.loc,
                                               builder.getF32Type(), x[0]);
        return finish(s, s.mul(number, x[1]), x.drop_front(2));
      });
}

//===----------------------------------------------------------------------===//
// QGemm
//===----------------------------------------------------------------------===//

/// alpha * scale_a * scale_b, over scale_y if that is given.
static FailureOr<Value> makeGemmFactor(NodeLowering &node, const Side &a,
                                       const Side &b, Value yScale) {
  float alpha = node.node.getFloat("alpha", 1.0f);
  Value first = a.scale;
  if (alpha != 1.0f) {
    Value constant = makeFloatConstant(node, alpha);
    FailureOr<Value> product = makeMultiplier(node, constant, a.scale, nullptr,
                                              node.builder.getF32Type());
    if (failed(product))
      return failure();
    first = *product;
  }
  return makeMultiplier(node, first, b.scale, yScale,
                        node.builder.getF32Type());
}

/// Inputs: A, scale, zero point, B, scale, zero point, bias, y's scale and zero
/// point; without the latter two y is a float.
static LogicalResult lowerQGemm(NodeLowering &node) {
  if (node.inputType(0).getRank() != 2 || node.inputType(3).getRank() != 2)
    return node.error("expects two matrices");
  bool transA = node.node.getInt("transA", 0) != 0,
       transB = node.node.getInt("transB", 0) != 0;
  FailureOr<Side> a = readSide(node, 0, 1, 2);
  FailureOr<Side> b = readSide(node, 3, 4, 5, /*dim=*/transB ? 0 : 1);
  if (failed(a) || failed(b))
    return failure();
  FailureOr<Value> left = makeShifted(node, *a, transA);
  FailureOr<Value> right = makeShifted(node, *b, transB);
  if (failed(left) || failed(right))
    return failure();
  FailureOr<Value> sum =
      makeMatMul(node, *left, *right, node.outputType().getShape());
  if (failed(sum))
    return failure();
  if (node.has(6)) {
    if (!node.onnxInputElementType(6).isInteger(32))
      return node.error("the bias has type ")
             << node.onnxInputElementType(6) << ", expected i32";
    sum = makeElementwise(
        node, cast<RankedTensorType>(sum->getType()), {*sum, node.input(6)},
        [&](OpBuilder &builder, ValueRange x) {
          return ScalarBuilder(builder, node.loc, false).add(x[0], x[1]);
        });
    if (failed(sum))
      return failure();
  }

  bool isQuantized = node.has(7) || node.has(8);
  Type code = node.onnxOutputElementType();
  FailureOr<Value> yScale = Value(), yZero = Value();
  if (isQuantized) {
    if (!node.has(7) || !isCodeType(code))
      return node.error("codes need the scale of y");
    yScale = makeScalarScale(node, 7);
    yZero = makeScalarZeroPoint(node, 8, code);
    if (failed(yScale) || failed(yZero))
      return failure();
  }
  FailureOr<Value> factor = makeGemmFactor(node, *a, *b, *yScale);
  if (failed(factor))
    return failure();
  Type element =
      isQuantized ? getStorageType(code) : Type(node.builder.getF32Type());
  FailureOr<Value> result = makeScaled(
      node, *sum, *factor, element,
      isQuantized ? ArrayRef<Value>(*yZero) : ArrayRef<Value>(),
      [&](ScalarBuilder &s, Value real, ValueRange others) {
        return isQuantized
                   ? makeSaturatedCode(s, s.unary<math::RoundEvenOp>(real),
                                       others[0], code)
                   : real;
      });
  return failed(result) ? failure() : node.replaceWith(*result);
}

//===----------------------------------------------------------------------===//
// Products that end in floats
//===----------------------------------------------------------------------===//

/// f32(sum) * (scale_a * scale_b) + bias
static LogicalResult replaceByFloatProduct(NodeLowering &node, const Side &a,
                                           const Side &b, unsigned biasIndex) {
  FailureOr<Value> left = makeShifted(node, a), right = makeShifted(node, b);
  if (failed(left) || failed(right))
    return failure();
  FailureOr<Value> sum =
      makeMatMul(node, *left, *right, node.outputType().getShape());
  FailureOr<Value> factor = makeMultiplier(node, a.scale, b.scale, nullptr,
                                           node.builder.getF32Type());
  if (failed(sum) || failed(factor))
    return failure();
  Type f32 = node.builder.getF32Type();
  SmallVector<Value> bias;
  if (node.has(biasIndex)) {
    if (node.inputType(biasIndex).getElementType() != f32)
      return node.error("the bias has type ")
             << node.onnxInputElementType(biasIndex) << ", expected f32";
    bias.push_back(node.input(biasIndex));
  }
  FailureOr<Value> result =
      makeScaled(node, *sum, *factor, f32, bias,
                 [&](ScalarBuilder &s, Value real, ValueRange others) {
                   return others.empty() ? real : s.add(real, others[0]);
                 });
  return failed(result) ? failure() : node.replaceWith(*result);
}

/// The last dimension of input `index`, a matrix or a batch of them.
static int64_t getColumns(NodeLowering &node, unsigned index) {
  int64_t rank = node.inputType(index).getRank();
  return rank < 2 ? -1 : rank - 1;
}

/// Inputs: a, b, scales, zero points, bias.
static LogicalResult lowerMatMulIntegerToFloat(NodeLowering &node) {
  FailureOr<Side> a = readSide(node, 0, 2, 4);
  FailureOr<Side> b = readSide(node, 1, 3, 5, getColumns(node, 1));
  if (failed(a) || failed(b))
    return failure();
  return replaceByFloatProduct(node, *a, *b, 6);
}

/// Inputs: a of f32, b, its scale, zero point, bias.
static LogicalResult lowerDynamicQuantizeMatMul(NodeLowering &node) {
  if (!node.inputType(0).getElementType().isF32())
    return node.error("input 0 has element type ")
           << node.onnxInputElementType(0) << ", expected f32";
  FailureOr<Side> b = readSide(node, 1, 2, 3, getColumns(node, 1));
  FailureOr<DynamicCodes> a = makeDynamicCodes(node);
  if (failed(a) || failed(b))
    return failure();
  Type code = node.builder.getIntegerType(8, /*isSigned=*/false);
  return replaceByFloatProduct(node, {a->codes, code, a->scale, a->zeroPoint},
                               *b, 4);
}

void setun::onnx::registerQLinearProducts(HandlerTable &microsoft) {
  microsoft["QGemm"] = {lowerQGemm, 5};
  microsoft["MatMulIntegerToFloat"] = {lowerMatMulIntegerToFloat, 4};
  microsoft["DynamicQuantizeMatMul"] = {lowerDynamicQuantizeMatMul, 3};
}
