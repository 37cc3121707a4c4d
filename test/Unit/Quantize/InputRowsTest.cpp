// What rows of weights see, by hand.
#include "setun/Quantize/ProductLayer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

using namespace setun::quantize;
using testing::ElementsAre;

namespace {

using Rows = std::vector<std::vector<float>>;

Rows getRows(const ProductLayer &layer, FloatTensor input, int64_t most = 100) {
  Rows rows;
  forEachInputRow(layer, input, most, [&](int64_t, llvm::ArrayRef<float> row) {
    rows.emplace_back(row.begin(), row.end());
  });
  return rows;
}

ProductLayer makeConv(std::vector<int64_t> kernel, int64_t columns) {
  ProductLayer layer;
  layer.opType = "Conv";
  layer.rows = 1;
  layer.columns = columns;
  layer.window.strides.assign(kernel.size(), 1);
  layer.window.dilations.assign(kernel.size(), 1);
  layer.window.padsBegin.assign(kernel.size(), 0);
  layer.window.padsEnd.assign(kernel.size(), 0);
  layer.window.kernel = std::move(kernel);
  return layer;
}

TEST(InputRows, PadsAreZero) {
  ProductLayer layer = makeConv({2}, 2);
  layer.window.padsBegin = {1};
  EXPECT_EQ(getRows(layer, {{1, 2, 3}, {1, 1, 3}}),
            (Rows{{0, 1}, {1, 2}, {2, 3}}));
}

TEST(InputRows, SamePadsGoWhereTheySay) {
  ProductLayer layer = makeConv({2}, 2);
  layer.window.autoPad = "SAME_UPPER";
  EXPECT_EQ(getRows(layer, {{1, 2, 3}, {1, 1, 3}}),
            (Rows{{1, 2}, {2, 3}, {3, 0}}));
  layer.window.autoPad = "SAME_LOWER";
  EXPECT_EQ(getRows(layer, {{1, 2, 3}, {1, 1, 3}}),
            (Rows{{0, 1}, {1, 2}, {2, 3}}));
}

TEST(InputRows, StridesAndDilations) {
  ProductLayer layer = makeConv({2}, 2);
  layer.window.strides = {2};
  layer.window.dilations = {2};
  EXPECT_EQ(getRows(layer, {{1, 2, 3, 4, 5}, {1, 1, 5}}),
            (Rows{{1, 3}, {3, 5}}));
}

TEST(InputRows, ChannelsComeBeforeTaps) {
  ProductLayer layer = makeConv({1, 2}, 4);
  EXPECT_EQ(getRows(layer, {{1, 2, 3, 4}, {1, 2, 1, 2}}), (Rows{{1, 2, 3, 4}}));
}

TEST(InputRows, GroupsSeeTheirChannels) {
  ProductLayer layer = makeConv({1}, 1);
  layer.groups = layer.rows = 2;
  EXPECT_EQ(getRows(layer, {{1, 2, 3, 4}, {1, 2, 2}}),
            (Rows{{1}, {3}, {2}, {4}}));
}

TEST(InputRows, FewerRowsAreSpreadEvenly) {
  ProductLayer layer = makeConv({1}, 1);
  EXPECT_EQ(getRows(layer, {{1, 2, 3, 4, 5, 6}, {1, 1, 6}}, 2),
            (Rows{{2}, {5}}));
}

TEST(InputRows, MatricesRowByRow) {
  ProductLayer layer;
  layer.opType = "Gemm";
  layer.rows = 1;
  layer.columns = 2;
  EXPECT_EQ(getRows(layer, {{1, 2, 3, 4, 5, 6}, {3, 2}}),
            (Rows{{1, 2}, {3, 4}, {5, 6}}));
  layer.transposedInput = true;
  EXPECT_EQ(getRows(layer, {{1, 2, 3, 4, 5, 6}, {2, 3}}),
            (Rows{{1, 4}, {2, 5}, {3, 6}}));
}

TEST(InputRows, MomentsAreMeans) {
  ProductLayer layer;
  layer.opType = "MatMul";
  layer.rows = 1;
  layer.columns = 2;
  InputMoments moments(layer);
  ActivationQuantizer whole; // scale 1: 2.5 becomes 2
  moments.add(layer, {{1, 2.5f, 3, 4}, {2, 2}}, &whole, 100);
  moments.finish();
  EXPECT_THAT(moments.floatMeans, ElementsAre(2, 3.25));
  EXPECT_THAT(moments.quantizedMeans, ElementsAre(2, 3));
  // (1*1 + 3*3) / 2, (1*2 + 3*4) / 2, (2*2 + 4*4) / 2
  EXPECT_THAT(moments.products[0], ElementsAre(5, 7, 7, 10));
}

TEST(InputRows, WideLayersHaveOnlySquares) {
  ProductLayer layer;
  layer.opType = "MatMul";
  layer.rows = 1;
  layer.columns = 4096;
  std::vector<float> input(2 * 4096, 3.0f);
  input[4096] = 1;
  InputMoments moments(layer);
  moments.add(layer, {input, {2, 4096}}, nullptr, 100);
  moments.finish();
  ASSERT_EQ(moments.products[0].size(), 4096u);
  EXPECT_EQ(moments.products[0][0], 5); // (9 + 1) / 2
  EXPECT_EQ(moments.products[0][1], 9);
  InputMoments means(layer, /*needProducts=*/false);
  EXPECT_TRUE(means.products.empty());
}

TEST(InputRows, InfiniteInputsSayNothing) {
  ProductLayer layer;
  layer.opType = "MatMul";
  layer.rows = 1;
  layer.columns = 2;
  InputMoments moments(layer);
  moments.add(layer, {{1, std::numeric_limits<float>::infinity()}, {1, 2}},
              nullptr, 100);
  moments.finish();
  EXPECT_THAT(moments.floatMeans, ElementsAre(0, 0));
  EXPECT_TRUE(moments.products.empty());
}

} // namespace
