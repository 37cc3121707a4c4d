// What is written into a model, by hand.
#include "setun/Quantize/GraphRewriter.h"

#include "onnx/defs/parser.h"
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace setun::quantize;
using testing::ElementsAre;

namespace {

::onnx::ModelProto parse(const char *graph, int opset = 21) {
  ::onnx::ModelProto model;
  std::string text =
      "<ir_version: 10, opset_import: [\"\" : " + std::to_string(opset) +
      "]>\n" + graph;
  auto status = ::onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  return model;
}

/// The only layer of a model, with its weights as plain numbers.
QuantizedLayer getLayer(const ::onnx::ModelProto &model,
                        WeightOptions options = {}) {
  std::vector<FloatLayer> left;
  std::vector<ProductLayer> layers = findLayers(model.graph(), left);
  EXPECT_EQ(layers.size(), 1u);
  QuantizedLayer quantized;
  quantized.layer = layers.front();
  quantized.options = options;
  quantized.weights =
      quantizeMatrix(quantized.layer.weights, quantized.layer.columns, options);
  return quantized;
}

const ::onnx::TensorProto &getTensor(const ::onnx::ModelProto &model,
                                     const std::string &name) {
  for (const ::onnx::TensorProto &tensor : model.graph().initializer())
    if (tensor.name() == name)
      return tensor;
  ADD_FAILURE() << "no initializer " << name;
  return ::onnx::TensorProto::default_instance();
}

std::vector<float> getValues(const ::onnx::ModelProto &model,
                             const std::string &name) {
  const std::string &bytes = getTensor(model, name).raw_data();
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<std::string> getOperators(const ::onnx::ModelProto &model) {
  std::vector<std::string> operators;
  for (const ::onnx::NodeProto &node : model.graph().node())
    operators.push_back(node.op_type());
  return operators;
}

const char *const dense = R"(
  g (float[1, 3] x) => (float[1, 2] y)
  <float[3, 2] w = {1, -8, 7, 3, 0, 7}> { y = MatMul(x, w) })";

TEST(GraphRewriter, FourBitsAreTwoAByte) {
  ::onnx::ModelProto model = parse(dense);
  WeightOptions options;
  options.scheme = WeightScheme::Int4;
  QuantizedLayer layer = getLayer(model, options);
  rewriteModel(model, layer, {}, Format::Qdq);
  const ::onnx::TensorProto &codes = getTensor(model, "w_quantized");
  EXPECT_EQ(codes.data_type(), ::onnx::TensorProto::INT4);
  // 1, -8 | 7, 3 | 0, 7: the first in the low bits.
  EXPECT_EQ(codes.raw_data(), "\x81\x37\x70");
  EXPECT_THAT(getValues(model, "w_scale"), ElementsAre(1, 1));
  EXPECT_THAT(getOperators(model), ElementsAre("DequantizeLinear", "MatMul"));
}

TEST(GraphRewriter, BeforeOpset21FourBitsAreAByte) {
  ::onnx::ModelProto model = parse(dense, 13);
  WeightOptions options;
  options.scheme = WeightScheme::Int4;
  QuantizedLayer layer = getLayer(model, options);
  rewriteModel(model, layer, {}, Format::Qdq);
  const ::onnx::TensorProto &codes = getTensor(model, "w_quantized");
  EXPECT_EQ(codes.data_type(), ::onnx::TensorProto::INT8);
  EXPECT_EQ(codes.raw_data(), std::string("\x01\xf8\x07\x03\x00\x07", 6));
}

TEST(GraphRewriter, GroupsRunAlongTheInputs) {
  ::onnx::ModelProto model = parse(dense);
  WeightOptions options;
  options.group = 2;
  QuantizedLayer layer = getLayer(model, options);
  rewriteModel(model, layer, {}, Format::Qdq);
  // Columns {1, 7 | 0} and {-8, 3 | 7}; a group of zeros has scale 1.
  EXPECT_THAT(getValues(model, "w_scale"),
              ElementsAre(7 / 127.0f, 8 / 127.0f, 1, 7 / 127.0f));
  const ::onnx::NodeProto &node = model.graph().node(0);
  ASSERT_EQ(node.attribute_size(), 2);
  EXPECT_EQ(node.attribute(0).name(), "axis");
  EXPECT_EQ(node.attribute(0).i(), 0);
  EXPECT_EQ(node.attribute(1).name(), "block_size");
  EXPECT_EQ(node.attribute(1).i(), 2);
}

TEST(GraphRewriter, ActivationsOfQonnxHaveOneQuant) {
  ::onnx::ModelProto model = parse(dense);
  QuantizedLayer layer = getLayer(model);
  ActivationPlan plan =
      planActivations(model.graph(), layer.layer.nodeIndex, false);
  plan.quantizers = {makeActivationQuantizer(-1, 254)};
  rewriteModel(model, layer, plan, Format::Qonnx);
  EXPECT_THAT(getOperators(model), ElementsAre("Quant", "Quant", "MatMul"));
  EXPECT_THAT(getValues(model, "x_zero_point"), ElementsAre(-127));
  EXPECT_THAT(getValues(model, "x_bits"), ElementsAre(8));
  EXPECT_EQ(model.opset_import(1).domain(), "qonnx.custom_op.general");
}

TEST(GraphRewriter, BiasJoinsTheAddBehindAProduct) {
  ::onnx::ModelProto model = parse(R"(
    g (float[1, 3] x) => (float[1, 2] y)
    <float[3, 2] w = {1, 2, 3, 4, 5, 6}, float[2] b = {10, 20}>
    { h = MatMul(x, w)
      y = Add(b, h) })");
  QuantizedLayer layer = getLayer(model);
  layer.biasChange = {1, 2};
  rewriteModel(model, layer, {}, Format::Qdq);
  EXPECT_THAT(getValues(model, "b_corrected"), ElementsAre(11, 22));
  EXPECT_EQ(layer.result, "y");
  EXPECT_THAT(getOperators(model),
              ElementsAre("DequantizeLinear", "MatMul", "Add"));
}

TEST(GraphRewriter, AnAddOfAnotherShapeIsNoBias) {
  ::onnx::ModelProto model = parse(R"(
    g (float[2, 3] x) => (float[2, 2] y)
    <float[3, 2] w = {1, 2, 3, 4, 5, 6}, float[2, 1] b = {10, 20}>
    { h = MatMul(x, w)
      y = Add(h, b) })");
  QuantizedLayer layer = getLayer(model);
  layer.biasChange = {1, 2};
  rewriteModel(model, layer, {}, Format::Qdq);
  EXPECT_THAT(getValues(model, "w_bias"), ElementsAre(1, 2));
  EXPECT_EQ(layer.result, "h");
  EXPECT_THAT(getOperators(model),
              ElementsAre("DequantizeLinear", "MatMul", "Add", "Add"));
}

TEST(GraphRewriter, BetaScalesTheBiasOfGemm) {
  ::onnx::ModelProto model = parse(R"(
    g (float[1, 3] x) => (float[1, 2] y)
    <float[3, 2] w = {1, 2, 3, 4, 5, 6}, float[2] b = {10, 20}>
    { y = Gemm <beta = 4.0> (x, w, b) })");
  QuantizedLayer layer = getLayer(model);
  layer.biasChange = {1, 2};
  rewriteModel(model, layer, {}, Format::Qdq);
  EXPECT_THAT(getValues(model, "b_corrected"), ElementsAre(41, 82));
  EXPECT_EQ(model.graph().node(1).attribute_size(), 0);
}

TEST(GraphRewriter, TheBiasHasTheScaleOfItsSums) {
  ::onnx::ModelProto model = parse(R"(
    g (float[1, 3] x) => (float[1, 2] y)
    <float[3, 2] w = {127, 254, 0, 0, 0, 0}, float[1, 2] b = {10, 21.2}>
    { y = Gemm <alpha = -2.0, beta = 0.5> (x, w, b) })");
  QuantizedLayer layer = getLayer(model);
  ActivationPlan plan =
      planActivations(model.graph(), layer.layer.nodeIndex, false);
  plan.quantizers = {makeActivationQuantizer(0, 127.5)};
  rewriteModel(model, layer, plan, Format::Qdq);
  // alpha is in the weights, beta in the bias; 0.5 * {2, 4}.
  EXPECT_EQ(getTensor(model, "w_quantized").raw_data(),
            std::string("\x81\x81\0\0\0\0", 6));
  EXPECT_THAT(getValues(model, "b_scale"), ElementsAre(1, 2));
  EXPECT_EQ(getTensor(model, "b_quantized").raw_data(),
            std::string("\5\0\0\0\5\0\0\0", 8));
  EXPECT_THAT(getOperators(model),
              ElementsAre("QuantizeLinear", "DequantizeLinear",
                          "DequantizeLinear", "DequantizeLinear", "Gemm"));
  EXPECT_EQ(model.graph().node(4).attribute_size(), 0);
}

TEST(GraphRewriter, ABiasThatInt32CannotHoldStaysFloat) {
  ::onnx::ModelProto model = parse(R"(
    g (float[1, 3] x) => (float[1, 2] y)
    <float[3, 2] w = {127, 0, 0, 127, 0, 0}, float[2] b = {10, 3e9}>
    { y = Gemm (x, w, b) })");
  QuantizedLayer layer = getLayer(model);
  ActivationPlan plan =
      planActivations(model.graph(), layer.layer.nodeIndex, false);
  plan.quantizers = {makeActivationQuantizer(0, 255)};
  rewriteModel(model, layer, plan, Format::Qdq);
  EXPECT_EQ(model.graph().node(3).input(2), "b");
}

TEST(GraphRewriter, AModelThatCannotBeLiftedStays) {
  ::onnx::ModelProto model = parse(R"(
    g (float[1] x) => (float[1] y) { y = NoSuchOperator(x) })",
                                   8);
  std::string before = model.SerializeAsString();
  std::string message = toString(liftOpset(model, 13));
  EXPECT_THAT(message, testing::StartsWith("ONNX's converter cannot lift the "
                                           "model from opset 8 to 13: "));
  EXPECT_EQ(model.SerializeAsString(), before);
}

} // namespace
