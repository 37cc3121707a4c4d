//===- Normalization.cpp - BatchNormalization of a trained network --------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// y = x * a + b,  a = scale / sqrt(var + epsilon),  b = bias - mean * a,
// every operation rounded to the element type in this order. Constant
// parameters give constant a and b.
//===----------------------------------------------------------------------===//

#include "NodeLowering.h"
#include "ScalarBuilder.h"
#include "TensorBuilders.h"

#include <cmath>

using namespace mlir;
using namespace setun::onnx;

namespace {
/// The two numbers of each channel.
struct ScaleAndShift {
  Value scale, shift;
};
} // namespace

/// a and b of constant parameters. APFloat, because the host's compiler must
/// not fuse the multiplication with the subtraction.
static ScaleAndShift foldParameters(NodeLowering &node,
                                    ArrayRef<ConstantData> parameters,
                                    float epsilon) {
  int64_t channels = parameters[0].size();
  SmallVector<float> a, b;
  for (int64_t c = 0; c < channels; ++c) {
    auto at = [&](unsigned i) {
      return static_cast<float>(parameters[i].asDouble(c));
    };
    APFloat variance(at(3));
    variance.add(APFloat(epsilon), APFloat::rmNearestTiesToEven);
    APFloat scale(at(0));
    scale.divide(APFloat(std::sqrt(variance.convertToFloat())),
                 APFloat::rmNearestTiesToEven);
    APFloat product(at(2)), shift(at(1));
    product.multiply(scale, APFloat::rmNearestTiesToEven);
    shift.subtract(product, APFloat::rmNearestTiesToEven);
    a.push_back(scale.convertToFloat());
    b.push_back(shift.convertToFloat());
  }
  auto type = RankedTensorType::get({channels}, node.builder.getF32Type());
  auto toConstant = [&](ArrayRef<float> values, StringRef name) {
    ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                         values.size() * sizeof(float));
    return createConstant(node.builder, node.loc, type, bytes, name);
  };
  return {toConstant(a, "scale"), toConstant(b, "shift")};
}

static FailureOr<ScaleAndShift> computeParameters(NodeLowering &node,
                                                  float epsilon) {
  RankedTensorType type = node.inputType(1);
  FailureOr<Value> scale = makeElementwise(
      node, type, {node.input(1), node.input(4)},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value variance = s.add(x[1], s.numberLike(x[1], epsilon));
        return s.div(x[0], s.unary<math::SqrtOp>(variance));
      });
  if (failed(scale))
    return failure();
  FailureOr<Value> shift = makeElementwise(
      node, type, {node.input(2), node.input(3), *scale},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        return s.sub(x[0], s.mul(x[1], x[2]));
      });
  if (failed(shift))
    return failure();
  return ScaleAndShift{*scale, *shift};
}

static LogicalResult lowerBatchNormalization(NodeLowering &node) {
  if (node.node.getInt("training_mode", 0) != 0)
    return node.error("training_mode = 1 is not supported; export the model "
                      "for inference");
  if (node.opset() < 9 && node.node.getInt("spatial", 1) != 1)
    return node.error("spatial = 0 is not supported");
  RankedTensorType type = node.inputType(0);
  if (type.getRank() < 2 || !isa<FloatType>(type.getElementType()))
    return node.error("expects a float input of rank 2 or more");
  int64_t channels = type.getDimSize(1);
  SmallVector<ConstantData> constants;
  for (unsigned i = 1; i < 5; ++i) {
    if (node.inputType(i).getShape() != ArrayRef(channels) ||
        node.inputType(i).getElementType() != type.getElementType())
      return node.error("input " + Twine(i) +
                        " must hold one number for each "
                        "of the " +
                        Twine(channels) + " channels");
    if (std::optional<ConstantData> data = node.constant(i))
      constants.push_back(*data);
  }

  float epsilon = node.node.getFloat("epsilon", 1e-5f);
  FailureOr<ScaleAndShift> parameters;
  if (constants.size() == 4 && type.getElementType().isF32())
    parameters = foldParameters(node, constants, epsilon);
  else
    parameters = computeParameters(node, epsilon);
  if (failed(parameters))
    return failure();

  SmallVector<int64_t> perChannel(type.getRank() - 1, 1);
  perChannel.front() = channels;
  Value scale = makeReshape(node, parameters->scale, perChannel);
  Value shift = makeReshape(node, parameters->shift, perChannel);
  FailureOr<Value> result = makeElementwise(
      node, node.outputType(), {node.input(0), scale, shift},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        return s.add(s.mul(x[0], x[1]), x[2]);
      });
  if (failed(result))
    return failure();
  SmallVector<Value> outputs(node.node.getOutputs().size());
  outputs.front() = *result;
  return node.replaceWith(outputs);
}

void setun::onnx::registerNormalization(HandlerTable &table) {
  table["BatchNormalization"] = {lowerBatchNormalization, 5};
}
