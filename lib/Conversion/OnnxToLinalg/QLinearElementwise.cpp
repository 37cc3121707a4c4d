//===- QLinearElementwise.cpp - Codes to codes, one by one ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QLinearAdd, QLinearMul, QLinearWhere, QLinearConcat, QLinearSigmoid and
// QLinearLeakyRelu of onnxruntime, with the roundings of its x86 kernels. A
// function of one code with constant scales is a table of 256 codes.
//===----------------------------------------------------------------------===//

#include "Quantization.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace setun::onnx;

namespace {
/// Scale and zero point of codes.
struct Scheme {
  Value scale, zeroPoint;
};

/// What happens between two schemes, at run time and at compile time.
struct RealFunction {
  llvm::function_ref<Value(ScalarBuilder &, Value)> emit;
  llvm::function_ref<float(float)> evaluate;
};
} // namespace

/// Reads the scale in each of the inputs `indices` and the zero point behind
/// it.
static FailureOr<SmallVector<Scheme>>
readSchemes(NodeLowering &node, ArrayRef<unsigned> indices, Type code) {
  SmallVector<Scheme> schemes;
  for (unsigned index : indices) {
    FailureOr<Value> scale = makeScalarScale(node, index);
    if (failed(scale))
      return failure();
    FailureOr<Value> zeroPoint = makeScalarZeroPoint(node, index + 1, code);
    if (failed(zeroPoint))
      return failure();
    schemes.push_back({*scale, *zeroPoint});
  }
  return schemes;
}

//===----------------------------------------------------------------------===//
// Functions of one code
//===----------------------------------------------------------------------===//

/// The one element of a constant parameter.
static std::optional<double> getConstantParameter(Value parameter) {
  if (auto cast = parameter.getDefiningOp<UnrealizedConversionCastOp>())
    parameter = cast.getOperand(0);
  std::optional<ConstantData> data = getConstantData(parameter);
  if (!data || data->size() != 1)
    return std::nullopt;
  return data->asDouble(0);
}

/// The codes of all 256 bytes: rne(f(scale * (x - zero)) / scale_y) + zero_y.
/// Nothing if a parameter is no constant.
static std::optional<SmallVector<char>>
makeTable(Scheme from, Scheme to, Type code, const RealFunction &function) {
  std::optional<double> scale = getConstantParameter(from.scale),
                        zero = getConstantParameter(from.zeroPoint),
                        resultScale = getConstantParameter(to.scale),
                        resultZero = getConstantParameter(to.zeroPoint);
  if (!scale || !zero || !resultScale || !resultZero)
    return std::nullopt;
  // A zero point of uint8 is kept in a signless byte.
  bool isUnsigned = code.isUnsignedInteger();
  auto asCode = [&](double byte) {
    return isUnsigned ? double(uint8_t(int(byte))) : double(int8_t(int(byte)));
  };
  float low = isUnsigned ? 0 : -128, high = isUnsigned ? 255 : 127;
  float shift = asCode(*resultZero);
  SmallVector<char> table;
  for (int i = 0; i < 256; ++i) {
    float x = float(*scale) * float(asCode(i) - asCode(*zero));
    float whole = std::nearbyint(function.evaluate(x) / float(*resultScale));
    float bounded = whole >= low - shift ? whole : low - shift; // also a NaN
    table.push_back(char(int(std::min(bounded, high - shift) + shift)));
  }
  return table;
}

/// y = f(x) between the schemes, elementwise.
static FailureOr<Value> makeUnary(NodeLowering &node, Value codes, Type code,
                                  Scheme from, Scheme to,
                                  const RealFunction &function) {
  auto type = cast<RankedTensorType>(codes.getType());
  if (auto table = makeTable(from, to, code, function)) {
    Value values =
        createConstant(node.builder, node.loc,
                       RankedTensorType::get({256}, node.builder.getI8Type()),
                       *table, "table");
    return makeElementwise(
        node, type, codes, [&](OpBuilder &builder, ValueRange x) -> Value {
          Value index = arith::ExtUIOp::create(builder, node.loc,
                                               builder.getI64Type(), x[0]);
          index = arith::IndexCastOp::create(builder, node.loc,
                                             builder.getIndexType(), index);
          return tensor::ExtractOp::create(builder, node.loc, values, index);
        });
  }
  return makeElementwise(
      node, type, {codes, from.scale, from.zeroPoint, to.scale, to.zeroPoint},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value real = function.emit(s, makeReal(s, x[0], x[1], x[2], code));
        Value whole = s.unary<math::RoundEvenOp>(s.div(real, x[3]));
        return makeSaturatedCode(s, whole, x[4], code);
      });
}

/// Inputs: x, scale, zero point, y's scale, zero point.
static LogicalResult lowerUnary(NodeLowering &node,
                                const RealFunction &function) {
  if (failed(requireBytes(node, 0)))
    return failure();
  Type code = node.onnxInputElementType(0);
  FailureOr<SmallVector<Scheme>> schemes = readSchemes(node, {1, 3}, code);
  if (failed(schemes))
    return failure();
  FailureOr<Value> codes = makeUnary(node, node.input(0), code, (*schemes)[0],
                                     (*schemes)[1], function);
  return failed(codes) ? failure() : node.replaceWith(*codes);
}

/// 1 / (1 + e^-x)
static LogicalResult lowerQLinearSigmoid(NodeLowering &node) {
  auto emit = [](ScalarBuilder &s, Value x) {
    Value one = s.numberLike(x, 1);
    return s.div(one, s.add(one, s.unary<math::ExpOp>(s.neg(x))));
  };
  return lowerUnary(node, {emit, [](float x) {
                             return float(1 / (1 + std::exp(-double(x))));
                           }});
}

/// x >= 0 ? x : alpha * x
static LogicalResult lowerQLinearLeakyRelu(NodeLowering &node) {
  float alpha = node.node.getFloat("alpha", 0.01f);
  auto emit = [&](ScalarBuilder &s, Value x) {
    return s.select(s.greaterEqual(x, s.numberLike(x, 0)), x,
                    s.mul(s.numberLike(x, alpha), x));
  };
  return lowerUnary(node,
                    {emit, [&](float x) { return x >= 0 ? x : alpha * x; }});
}

/// The same numbers in another scheme.
static FailureOr<Value> makeRescaled(NodeLowering &node, Value codes, Type code,
                                     Scheme from, Scheme to) {
  std::optional<double> scale = getConstantParameter(from.scale),
                        zero = getConstantParameter(from.zeroPoint);
  if (scale && zero && scale == getConstantParameter(to.scale) &&
      zero == getConstantParameter(to.zeroPoint))
    return codes;
  return makeUnary(
      node, codes, code, from, to,
      {[](ScalarBuilder &, Value x) { return x; }, [](float x) { return x; }});
}

//===----------------------------------------------------------------------===//
// Functions of two codes
//===----------------------------------------------------------------------===//

namespace {
/// A formula on stored codes a, b and the schemes of a, b and the result: [a,
/// scale, zero point, b, scale, zero point, scale, zero point].
using BinaryFormula = Value (*)(ScalarBuilder &, ValueRange, Type);
} // namespace

/// Does the first operand stay the same along the innermost dimension in which
/// the result has more than one element? Then onnxruntime exchanges the two.
static bool isRepeated(RankedTensorType operand, RankedTensorType result) {
  for (int64_t i = 1; i <= result.getRank(); ++i)
    if (result.getShape().take_back(i).front() > 1)
      return i > operand.getRank() ||
             operand.getShape().take_back(i).front() == 1;
  return true;
}

/// a * b + c with one rounding to f32. Products of f32 are exact in f64, and
/// with the numbers at hand so are the sums.
static Value fuse(ScalarBuilder &s, Value a, Value b, Value c) {
  Type f64 = s.builder.getF64Type();
  Value sum = s.add(s.mul(s.cast(a, f64), s.cast(b, f64)), s.cast(c, f64));
  return s.cast(sum, s.builder.getF32Type());
}

static Value toFloat(ScalarBuilder &s, Value code, Type type) {
  return arith::SIToFPOp::create(s.builder, s.loc, s.builder.getF32Type(),
                                 makeWideCode(s, code, type));
}

/// With ra = scale_a / scale_y and rb = scale_b / scale_y:
/// rne(a * ra + (b * rb + (zero_y - (zero_a * ra + zero_b * rb)))), where each
/// a * b + c is rounded once (fused).
static Value qlinearAdd(ScalarBuilder &s, ValueRange x, Type code) {
  Value ra = s.div(x[1], x[6]), rb = s.div(x[4], x[6]);
  Value fixed =
      s.sub(toFloat(s, x[7], code), fuse(s, ra, toFloat(s, x[2], code),
                                         s.mul(rb, toFloat(s, x[5], code))));
  Value sum = fuse(s, toFloat(s, x[3], code), rb, fixed);
  sum = fuse(s, toFloat(s, x[0], code), ra, sum);
  return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(sum), nullptr, code);
}

/// rne((a - zero_a) * (b - zero_b) * (scale_a * scale_b / scale_y) + zero_y)
static Value qlinearMul(ScalarBuilder &s, ValueRange x, Type code) {
  auto shifted = [&](unsigned i) {
    return s.sub(makeWideCode(s, x[i], code), makeWideCode(s, x[i + 2], code));
  };
  Value product = arith::SIToFPOp::create(
      s.builder, s.loc, s.builder.getF32Type(), s.mul(shifted(0), shifted(3)));
  Value factor = s.div(s.mul(x[1], x[4]), x[6]);
  Value sum = s.add(s.mul(product, factor), toFloat(s, x[7], code));
  return makeSaturatedCode(s, s.unary<math::RoundEvenOp>(sum), nullptr, code);
}

/// Inputs: a, scale, zero point, b, scale, zero point, y's scale, zero point.
template <BinaryFormula formula>
static LogicalResult lowerBinary(NodeLowering &node) {
  Type code = node.onnxInputElementType(0);
  if (failed(requireBytes(node, 0)))
    return failure();
  if (node.onnxInputElementType(3) != code)
    return node.error("inputs 0 and 3 have different element types");
  auto schemes = readSchemes(node, {1, 4, 6}, code);
  if (failed(schemes))
    return failure();
  Scheme a = (*schemes)[0], b = (*schemes)[1], y = (*schemes)[2];
  SmallVector<Value> inputs = {node.input(0), a.scale,    a.zeroPoint,
                               node.input(3), b.scale,    b.zeroPoint,
                               y.scale,       y.zeroPoint};
  if (isRepeated(node.inputType(0), node.outputType()))
    for (unsigned i = 0; i < 3; ++i)
      std::swap(inputs[i], inputs[i + 3]);
  FailureOr<Value> codes = makeElementwise(
      node, node.outputType(), inputs, [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, false);
        return formula(s, x, code);
      });
  return failed(codes) ? failure() : node.replaceWith(*codes);
}

//===----------------------------------------------------------------------===//
// Selection
//===----------------------------------------------------------------------===//

/// Inputs: condition, x, scale, zero point, y, scale, zero point, z's scale,
/// zero point.
static LogicalResult lowerQLinearWhere(NodeLowering &node) {
  Type code = node.onnxInputElementType(1);
  if (failed(requireBytes(node, 1)))
    return failure();
  if (node.onnxInputElementType(4) != code ||
      !node.onnxInputElementType(0).isInteger(1))
    return node.error("expects a bool and two inputs of one type");
  auto schemes = readSchemes(node, {2, 5, 7}, code);
  if (failed(schemes))
    return failure();
  Scheme x = (*schemes)[0], y = (*schemes)[1], z = (*schemes)[2];
  FailureOr<Value> ifTrue = makeRescaled(node, node.input(1), code, x, z);
  FailureOr<Value> ifFalse = makeRescaled(node, node.input(4), code, y, z);
  if (failed(ifTrue) || failed(ifFalse))
    return failure();
  FailureOr<Value> codes = makeElementwise(
      node, node.outputType(), {node.input(0), *ifTrue, *ifFalse},
      [&](OpBuilder &builder, ValueRange in) {
        return ScalarBuilder(builder, node.loc, false)
            .select(in[0], in[1], in[2]);
      });
  return failed(codes) ? failure() : node.replaceWith(*codes);
}

/// Inputs: y's scale, zero point, then x, scale, zero point of each part.
static LogicalResult lowerQLinearConcat(NodeLowering &node) {
  if (node.numInputs() < 5 || node.numInputs() % 3 != 2)
    return node.error("expects a scale, a zero point, and three inputs for "
                      "each part");
  if (failed(requireBytes(node, 2)))
    return failure();
  Type code = node.onnxInputElementType(2);
  SmallVector<Value> parts;
  for (unsigned i = 2; i < node.numInputs(); i += 3) {
    if (!node.has(i) || !node.has(i + 1) ||
        node.onnxInputElementType(i) != code)
      return node.error("the parts must be codes of one type with scales");
    auto schemes = readSchemes(node, {i + 1, 0}, code);
    if (failed(schemes))
      return failure();
    FailureOr<Value> part =
        makeRescaled(node, node.input(i), code, (*schemes)[0], (*schemes)[1]);
    if (failed(part))
      return failure();
    parts.push_back(*part);
  }
  FailureOr<Value> whole = makeConcat(node, parts);
  return failed(whole) ? failure() : node.replaceWith(*whole);
}

void setun::onnx::registerQLinearElementwise(HandlerTable &microsoft) {
  microsoft["QLinearAdd"] = {lowerBinary<qlinearAdd>, 7};
  microsoft["QLinearMul"] = {lowerBinary<qlinearMul>, 7};
  microsoft["QLinearSigmoid"] = {lowerQLinearSigmoid, 4};
  microsoft["QLinearLeakyRelu"] = {lowerQLinearLeakyRelu, 4};
  microsoft["QLinearWhere"] = {lowerQLinearWhere, 9};
  microsoft["QLinearConcat"] = {lowerQLinearConcat, 3};
}
