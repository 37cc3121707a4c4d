//===- QLinearReduction.cpp - Codes folded along dimensions ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QLinearSoftmax and QLinearGlobalAveragePool of onnxruntime.
//===----------------------------------------------------------------------===//

#include "Quantization.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace setun::onnx;

//===----------------------------------------------------------------------===//
// QLinearSoftmax
//===----------------------------------------------------------------------===//

/// table[i] = e^((i - 255) * scale + lift): what the code i stands for if the
/// largest one is 255. `lift` uses the range of floats as far as a sum of
/// `count` numbers permits.
static Value makePowers(NodeLowering &node, float scale, int64_t count) {
  constexpr double kReserve = 5; // e^5 for the factor of the result
  double largest =
      std::log(std::numeric_limits<float>::max() / static_cast<float>(count));
  double lift = std::max(0.0, largest - kReserve) / scale;
  std::vector<float> table;
  for (int i = 0; i < 256; ++i)
    table.push_back(
        static_cast<float>(std::exp((i - 255.0 + lift) * double(scale))));
  return createConstant(node.builder, node.loc,
                        RankedTensorType::get({256}, node.builder.getF32Type()),
                        ArrayRef(reinterpret_cast<const char *>(table.data()),
                                 table.size() * sizeof(float)),
                        "powers");
}

/// The largest code along the last dimension, as [.., 1].
static Value makeMaximum(NodeLowering &node, Value codes, bool isUnsigned) {
  auto type = cast<RankedTensorType>(codes.getType());
  Value max =
      makeFold(node, codes, getLowest(type.getElementType(), isUnsigned),
               [&](OpBuilder &builder, Value code, Value best) {
                 ScalarBuilder s(builder, node.loc, isUnsigned);
                 return s.max(best, code);
               });
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = 1;
  return makeReshape(node, max, shape);
}

/// With p = table[x - max + 255]: saturate(rne(p * floor(1 / scale_y) / sum p)
/// + zero_y) along the last dimension; the sum runs from the first element on.
static FailureOr<Value> makeSoftmax(NodeLowering &node, Value codes,
                                    Value table, Value scale, Value zeroPoint,
                                    Type code) {
  auto type = cast<RankedTensorType>(codes.getType());
  auto numbers = type.clone(node.builder.getF32Type());
  Value max = makeMaximum(node, codes, code.isUnsignedInteger());
  FailureOr<Value> powers = makeElementwise(
      node, numbers, {codes, max}, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value index =
            s.sub(makeWideCode(s, x[0], code), makeWideCode(s, x[1], code));
        index = s.add(index, s.numberLike(index, 255));
        index = arith::IndexCastOp::create(builder, node.loc,
                                           builder.getIndexType(), index);
        return tensor::ExtractOp::create(builder, node.loc, table, index);
      });
  if (failed(powers))
    return failure();
  Value sum = makeFold(
      node, *powers, node.builder.getF32FloatAttr(0.0f),
      [&](OpBuilder &builder, Value power, Value total) {
        return ScalarBuilder(builder, node.loc, false).add(total, power);
      });
  sum =
      makeReshape(node, sum, cast<RankedTensorType>(max.getType()).getShape());
  return makeElementwise(
      node, type, {*powers, sum, scale, zeroPoint},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value factor =
            s.unary<math::FloorOp>(s.div(s.numberLike(x[2], 1), x[2]));
        Value real = s.div(s.mul(x[0], factor), x[1]);
        return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(real), x[3],
                                 code);
      });
}

/// Inputs: x, scale, zero point (which cancels out), y's scale, zero point.
static LogicalResult lowerQLinearSoftmax(NodeLowering &node) {
  if (failed(requireBytes(node, 0)))
    return failure();
  RankedTensorType type = node.inputType(0);
  Type code = node.onnxInputElementType(0);
  FailureOr<Value> scale = makeScalarScale(node, 3);
  FailureOr<Value> zeroPoint = makeScalarZeroPoint(node, 4, code);
  std::optional<ConstantData> xScale = node.constant(1);
  if (!xScale || xScale->size() != 1 || !xScale->getElementType().isF32())
    return node.error("the scale of the input must be one constant f32");
  if (failed(scale) || failed(zeroPoint))
    return failure();
  // The operator follows Softmax of the opset that it names.
  bool flattens = node.node.getInt("opset", 13) < 13;
  FailureOr<int64_t> axis =
      node.normalizeAxis(node.node.getInt("axis", -1), type.getRank());
  if (failed(axis))
    return failure();
  if (type.getNumElements() == 0)
    return node.replaceWith(node.input(0));

  auto permutation = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  Value codes = node.input(0);
  int64_t count = 1;
  if (flattens) {
    for (int64_t size : type.getShape().drop_front(*axis))
      count *= size;
    codes = makeReshape(node, codes, {type.getNumElements() / count, count});
  } else {
    count = type.getDimSize(*axis);
    std::swap(permutation[*axis], permutation.back()); // its own inverse
    codes = makeTranspose(node, codes, permutation);
  }
  Value table = makePowers(node, xScale->at<float>(0), count);
  FailureOr<Value> result =
      makeSoftmax(node, codes, table, *scale, *zeroPoint, code);
  if (failed(result))
    return failure();
  if (flattens)
    return node.replaceWith(makeReshape(node, *result, type.getShape()));
  return node.replaceWith(makeTranspose(node, *result, permutation));
}

//===----------------------------------------------------------------------===//
// QLinearGlobalAveragePool
//===----------------------------------------------------------------------===//

/// saturate(rne(f32(sum (x - zero)) * (scale / (scale_y * count))) + zero_y)
static LogicalResult lowerQLinearGlobalAveragePool(NodeLowering &node) {
  RankedTensorType type = node.inputType(0);
  if (failed(requireBytes(node, 0)))
    return failure();
  if (type.getRank() < 3 || type.getNumElements() == 0 ||
      node.node.getInt("channels_last", 0) != 0)
    return node.error("expects an input [N, C, ...] of rank 3 or more that is "
                      "not empty");
  Type code = node.onnxInputElementType(0);
  FailureOr<Value> scale = makeScalarScale(node, 1);
  FailureOr<Value> zero = makeScalarZeroPoint(node, 2, code);
  FailureOr<Value> resultScale = makeScalarScale(node, 3);
  FailureOr<Value> resultZero = makeScalarZeroPoint(node, 4, code);
  if (failed(scale) || failed(zero) || failed(resultScale) ||
      failed(resultZero))
    return failure();
  FailureOr<Value> shifted = makeShiftedCodes(node, node.input(0), code, *zero);
  if (failed(shifted))
    return failure();
  int64_t channels = type.getDimSize(0) * type.getDimSize(1);
  int64_t count = type.getNumElements() / channels;
  Value sum = makeSum(node, makeReshape(node, *shifted, {channels, count}));
  FailureOr<Value> codes = makeElementwise(
      node, RankedTensorType::get({channels}, getStorageType(code)),
      {sum, *scale, *resultScale, *resultZero},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value number = arith::SIToFPOp::create(builder, node.loc,
                                               builder.getF32Type(), x[0]);
        Value elements = s.numberLike(
            number, static_cast<double>(static_cast<float>(count)));
        Value factor = s.div(x[1], s.mul(x[2], elements));
        Value whole = s.unary<math::RoundEvenOp>(s.mul(number, factor));
        return makeSaturatedCode(s, whole, x[3], code);
      });
  return failed(codes) ? failure() : replaceByReshaped(node, *codes);
}

void setun::onnx::registerQLinearReduction(HandlerTable &microsoft) {
  microsoft["QLinearSoftmax"] = {lowerQLinearSoftmax, 4};
  microsoft["QLinearGlobalAveragePool"] = {lowerQLinearGlobalAveragePool, 4};
}
