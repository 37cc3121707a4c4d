// Which tensors become codes, by hand.
#include "setun/Quantize/ActivationPlan.h"

#include "onnx/defs/parser.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace setun::quantize;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace {

/// The plan for a graph whose only layers are MatMuls.
ActivationPlan plan(const char *graph, bool quantizeOutputs = false) {
  ::onnx::ModelProto model;
  std::string text =
      std::string("<ir_version: 10, opset_import: [\"\" : 21]>\n") + graph;
  auto status = ::onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  std::vector<int> layers;
  for (int i = 0; i < model.graph().node_size(); ++i)
    if (model.graph().node(i).op_type() == "MatMul")
      layers.push_back(i);
  return planActivations(model.graph(), layers, quantizeOutputs);
}

TEST(ActivationPlan, ASumTakesCodesOfTwoScales) {
  // The bounds of Relu are those of the quantiser behind it.
  ActivationPlan found = plan(R"(
    g (float[2, 2] x) => (float[2, 2] y) <float[2, 2] w = {1, 2, 3, 4}> {
      a = MatMul(x, w)
      s = Add(a, x)
      r = Relu(s)
      y = MatMul(r, w) })");
  EXPECT_THAT(found.groups,
              UnorderedElementsAre(ElementsAre("r"), ElementsAre("a"),
                                   ElementsAre("x")));
  EXPECT_THAT(found.readers, ElementsAre(0, 1, 2, 3));
}

TEST(ActivationPlan, ASumHasCodesBeforeAFunction) {
  ActivationPlan found = plan(R"(
    g (float[2, 2] x, float[2, 2] z) => (float[2, 2] y)
    <float[2, 2] w = {1, 2, 3, 4}> {
      s = Add(x, z)
      r = LeakyRelu(s)
      y = MatMul(r, w) })");
  EXPECT_TRUE(found.groupOf.contains("s"));
  EXPECT_EQ(found.groups.size(), 4u);
}

TEST(ActivationPlan, ValuesThatMoveKeepTheirScale) {
  ActivationPlan found = plan(R"(
    g (float[2, 2] x, float[2, 2] z) => (float[4, 2] y)
    <float[2, 2] w = {1, 2, 3, 4}> {
      s = Concat <axis = 0> (x, z)
      y = MatMul(s, w) })");
  EXPECT_THAT(found.groups, ElementsAre(UnorderedElementsAre("s", "x", "z")));
}

TEST(ActivationPlan, WhatNoIntegersComputeStaysFloat) {
  // Neither Tanh nor what is behind the last layer.
  ActivationPlan found = plan(R"(
    g (float[2, 2] x, float[2, 2] z) => (float[2, 2] y)
    <float[2, 2] w = {1, 2, 3, 4}> {
      s = Add(x, z)
      r = Tanh(s)
      a = MatMul(r, w)
      y = Add(a, z) })");
  EXPECT_THAT(found.groups, ElementsAre(ElementsAre("r")));
  EXPECT_THAT(found.readers, ElementsAre(2));
  EXPECT_THAT(found.outputs, IsEmpty());
}

TEST(ActivationPlan, OutputsAreCodesIfAskedFor) {
  ActivationPlan found = plan(R"(
    g (float[2, 2] x) => (float[2, 2] y, float[2, 2] x)
    <float[2, 2] w = {1, 2, 3, 4}> {
      a = MatMul(x, w)
      y = Add(a, x) })",
                              /*quantizeOutputs=*/true);
  EXPECT_THAT(found.outputs, ElementsAre("y"));
  EXPECT_TRUE(found.groupOf.contains("a"));
  EXPECT_EQ(found.groups.size(), 3u);
}

TEST(ActivationPlan, ScalesThatMeetAreOddMultiplesOfOneUnit) {
  ActivationPlan found = plan(R"(
    g (float[2, 2] x, float[2, 2] z) => (float[2, 2] y)
    <float[2, 2] w = {1, 2, 3, 4}> {
      s = Add(x, z)
      r = Relu(s)
      a = MatMul(r, w)
      y = MatMul(a, w) })");
  ASSERT_EQ(found.sums.size(), 1u);
  EXPECT_EQ(found.sums[0].size(), 3u);
  found.quantizers.resize(found.groups.size());
  for (const char *name : {"x", "z", "r", "a"})
    found.quantizers[found.groupOf[name]] = {0.3f, 0, false};
  // 1 = 512 units of 2^-9 becomes 513; (100 + 128) * 512 / 513 - 128.
  found.quantizers[found.groupOf["x"]] = {1, 100, true};
  found.quantizers[found.groupOf["z"]] = {3.5f, 0, false};
  found.quantizers[found.groupOf["r"]] = {4.001f, 0, false};
  alignSums(found);
  EXPECT_EQ(found.find("x")->scale, 513.0f / 512);
  EXPECT_EQ(found.find("x")->zeroPoint, 100);
  EXPECT_EQ(found.find("z")->scale, 1793.0f / 512);
  EXPECT_EQ(found.find("r")->scale, 2049.0f / 512);
  EXPECT_EQ(found.find("a")->scale, 0.3f);
}

} // namespace
