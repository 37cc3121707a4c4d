//===- Normalization.cpp - BatchNormalization -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// y = x * a + b,  a = scale / sqrt(var + epsilon),  b = bias - mean * a,
// every operation rounded to the element type in this order. Constant
// parameters give constant a and b. In training, mean and variance are those of
// the batch, and the given ones come nearer to them.
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
                                                  Value mean, Value variance,
                                                  float epsilon) {
  RankedTensorType type = node.inputType(1);
  FailureOr<Value> scale = makeElementwise(
      node, type, {node.input(1), variance},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value variance = s.add(x[1], s.numberLike(x[1], epsilon));
        return s.div(x[0], s.unary<math::SqrtOp>(variance));
      });
  if (failed(scale))
    return failure();
  FailureOr<Value> shift = makeElementwise(
      node, type, {node.input(2), mean, *scale},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        return s.sub(x[0], s.mul(x[1], x[2]));
      });
  if (failed(shift))
    return failure();
  return ScaleAndShift{*scale, *shift};
}

/// x * a + b, a and b by channel.
static FailureOr<Value> applyParameters(NodeLowering &node,
                                        const ScaleAndShift &parameters) {
  RankedTensorType type = node.inputType(0);
  SmallVector<int64_t> perChannel(type.getRank() - 1, 1);
  perChannel.front() = type.getDimSize(1);
  Value scale = makeReshape(node, parameters.scale, perChannel);
  Value shift = makeReshape(node, parameters.shift, perChannel);
  return makeElementwise(node, node.outputType(), {node.input(0), scale, shift},
                         [&](OpBuilder &builder, ValueRange x) {
                           ScalarBuilder s(builder, node.loc,
                                           /*isUnsigned=*/false);
                           return s.add(s.mul(x[0], x[1]), x[2]);
                         });
}

/// The mean of each row of [channels, n], in the type of its elements.
static FailureOr<Value> makeRowMeans(NodeLowering &node, Value rows) {
  auto type = cast<RankedTensorType>(rows.getType());
  int64_t count = type.getDimSize(1);
  return makeElementwise(
      node, RankedTensorType::get({type.getDimSize(0)}, type.getElementType()),
      makeSum(node, rows), [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        return s.cast(s.div(x[0], s.numberLike(x[0], count)),
                      type.getElementType());
      });
}

/// Outputs 1 and 2 are old * momentum + new * (1 - momentum) of mean and
/// variance, the latter the mean of the squared distances from the mean.
static LogicalResult lowerTraining(NodeLowering &node, float epsilon) {
  RankedTensorType type = node.inputType(0);
  int64_t channels = type.getDimSize(1);
  if (node.node.getOutputs().size() > 3)
    return node.error("training has at most three outputs");
  if (type.getNumElements() == 0)
    return node.error("there is no mean of an empty batch");
  SmallVector<int64_t> order = {1, 0};
  for (int64_t dim = 2; dim < type.getRank(); ++dim)
    order.push_back(dim);
  Value rows = makeReshape(node, makeTranspose(node, node.input(0), order),
                           {channels, type.getNumElements() / channels});
  FailureOr<Value> mean = makeRowMeans(node, rows);
  if (failed(mean))
    return failure();
  FailureOr<Value> squares = makeElementwise(
      node, cast<RankedTensorType>(rows.getType()),
      {rows, makeReshape(node, *mean, {channels, 1})},
      [&](OpBuilder &builder, ValueRange x) {
        ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
        Value distance = s.sub(x[0], x[1]);
        return s.mul(distance, distance);
      });
  if (failed(squares))
    return failure();
  FailureOr<Value> variance = makeRowMeans(node, *squares);
  if (failed(variance))
    return failure();
  FailureOr<ScaleAndShift> parameters =
      computeParameters(node, *mean, *variance, epsilon);
  if (failed(parameters))
    return failure();
  FailureOr<Value> result = applyParameters(node, *parameters);
  if (failed(result))
    return failure();

  SmallVector<Value> outputs = {*result};
  float momentum = node.node.getFloat("momentum", 0.9f);
  for (auto [index, batch] : {std::pair(3u, *mean), std::pair(4u, *variance)}) {
    FailureOr<Value> moved = makeElementwise(
        node, node.inputType(index), {node.input(index), batch},
        [&](OpBuilder &builder, ValueRange x) {
          ScalarBuilder s(builder, node.loc, /*isUnsigned=*/false);
          return s.add(s.mul(x[0], s.numberLike(x[0], momentum)),
                       s.mul(x[1], s.numberLike(x[1], 1 - momentum)));
        });
    if (failed(moved))
      return failure();
    outputs.push_back(*moved);
  }
  outputs.resize(node.node.getOutputs().size());
  return node.replaceWith(outputs);
}

static LogicalResult lowerBatchNormalization(NodeLowering &node) {
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
  if (node.node.getInt("training_mode", 0) != 0)
    return lowerTraining(node, epsilon);
  FailureOr<ScaleAndShift> parameters;
  if (constants.size() == 4 && type.getElementType().isF32())
    parameters = foldParameters(node, constants, epsilon);
  else
    parameters = computeParameters(node, node.input(3), node.input(4), epsilon);
  if (failed(parameters))
    return failure();
  FailureOr<Value> result = applyParameters(node, *parameters);
  if (failed(result))
    return failure();
  SmallVector<Value> outputs(node.node.getOutputs().size());
  outputs.front() = *result;
  return node.replaceWith(outputs);
}

void setun::onnx::registerNormalization(HandlerTable &table) {
  table["BatchNormalization"] = {lowerBatchNormalization, 5};
}
