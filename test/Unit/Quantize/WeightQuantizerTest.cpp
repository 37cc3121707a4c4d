// Scales and codes against numbers made by hand.
#include "setun/Quantize/WeightQuantizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace setun::quantize;
using testing::ElementsAre;
using testing::FloatEq;

namespace {

TEST(WeightQuantizer, CodesAreRoundedToEvenAndClipped) {
  EXPECT_EQ(getCode(1.0f, 2.0f, WeightScheme::Int4), 0);
  EXPECT_EQ(getCode(3.0f, 2.0f, WeightScheme::Int4), 2);
  EXPECT_EQ(getCode(-100.0f, 2.0f, WeightScheme::Int4), -8);
  EXPECT_EQ(getCode(100.0f, 2.0f, WeightScheme::Int4), 7);
  EXPECT_EQ(getCode(-1000.0f, 2.0f, WeightScheme::Int8), -127);
  EXPECT_EQ(getCode(5.0f, 2.0f, WeightScheme::Ternary), 1);
  EXPECT_EQ(getCode(-1.0f, 2.0f, WeightScheme::Ternary), 0);
  EXPECT_EQ(getCode(0.0f, 2.0f, WeightScheme::Binary), 1);
  EXPECT_EQ(getCode(-0.1f, 2.0f, WeightScheme::Binary), -1);
}

TEST(WeightQuantizer, Int8CoversTheLargestWeight) {
  EXPECT_FLOAT_EQ(fitScale({-254.0f, 100.0f}, {}, WeightScheme::Int8), 2.0f);
}

TEST(WeightQuantizer, Int4CoversBothSides) {
  // -8 * 1 and 7 * 1: exact, so no smaller scale is better.
  EXPECT_FLOAT_EQ(fitScale({-8.0f, 7.0f, 3.0f}, {}, WeightScheme::Int4), 1.0f);
}

TEST(WeightQuantizer, Int4ClipsOneOutlierForManyWeights) {
  std::vector<float> weights(100, 0.5f);
  weights.push_back(7.0f);
  // With scale 1 every 0.5 becomes 0: an error of 25. As codes 1 and 7 they
  // cost 100 (0.5 - s)^2 + (7 - 7 s)^2, least where s = 99 / 149.
  float scale = fitScale(weights, {}, WeightScheme::Int4);
  EXPECT_NEAR(scale, 99.0 / 149, 0.01);
}

TEST(WeightQuantizer, TernaryKeepsTheWeightsThatPay) {
  // (4)^2 / 1 = 16, (4 + 2)^2 / 2 = 18, (4 + 2 + 0.5)^2 / 3 = 14.1.
  EXPECT_FLOAT_EQ(
      fitScale({4.0f, -2.0f, 0.5f, 0.0f}, {}, WeightScheme::Ternary), 3.0f);
  // Where the second hardly matters: (3 * 4 + 0.5 * 2)^2 / 3.5 = 48.3 > 48.
  EXPECT_FLOAT_EQ(fitScale({4.0f, -2.0f}, {3.0, 0.5}, WeightScheme::Ternary),
                  13 / 3.5f);
}

TEST(WeightQuantizer, BinaryScaleIsTheMeanMagnitude) {
  EXPECT_FLOAT_EQ(fitScale({1.0f, -3.0f}, {}, WeightScheme::Binary), 2.0f);
  EXPECT_FLOAT_EQ(fitScale({1.0f, -3.0f}, {3.0, 1.0}, WeightScheme::Binary),
                  1.5f);
}

TEST(WeightQuantizer, ZerosHaveScaleOne) {
  for (WeightScheme scheme : {WeightScheme::Int8, WeightScheme::Int2,
                              WeightScheme::Ternary, WeightScheme::Binary})
    EXPECT_EQ(fitScale({0.0f, 0.0f}, {}, scheme), 1.0f);
}

TEST(WeightQuantizer, OneScaleForEachRow) {
  WeightOptions options;
  QuantizedMatrix matrix =
      quantizeMatrix({127.0f, -1.0f, 0.0f, 254.0f, -254.0f, 3.0f}, 3, options);
  EXPECT_THAT(matrix.scales, ElementsAre(FloatEq(1.0f), FloatEq(2.0f)));
  EXPECT_THAT(matrix.codes, ElementsAre(127, -1, 0, 127, -127, 2));
  EXPECT_THAT(matrix.dequantize(3),
              ElementsAre(127.0f, -1.0f, 0.0f, 254.0f, -254.0f, 4.0f));
}

TEST(WeightQuantizer, OneScaleForEachGroup) {
  WeightOptions options;
  options.group = 2;
  // The last group has one column.
  QuantizedMatrix matrix =
      quantizeMatrix({127.0f, 0.0f, 254.0f, -254.0f, 381.0f}, 5, options);
  EXPECT_THAT(matrix.scales,
              ElementsAre(FloatEq(1.0f), FloatEq(2.0f), FloatEq(3.0f)));
  EXPECT_THAT(matrix.codes, ElementsAre(127, 0, 127, -127, 127));
}

TEST(WeightQuantizer, AbsMeanHasOneScaleForAll) {
  WeightOptions options;
  options.scheme = WeightScheme::Ternary;
  options.method = ScaleMethod::AbsMean;
  // The mean of the magnitudes is 6.5 / 4 = 1.625.
  QuantizedMatrix matrix =
      quantizeMatrix({4.0f, -2.0f, -0.5f, 0.0f}, 2, options);
  EXPECT_THAT(matrix.scales, ElementsAre(1.625f, 1.625f));
  EXPECT_THAT(matrix.codes, ElementsAre(1, -1, 0, 0));
}

TEST(WeightQuantizer, LaterWeightsMakeUpForEarlierOnes) {
  WeightOptions options;
  options.scheme = WeightScheme::Int4;
  options.method = ScaleMethod::AbsMean; // 4.0 / 4 = 1
  std::vector<float> weights = {0.3f, 0.3f, 0.3f, 3.1f};
  EXPECT_THAT(quantizeMatrix(weights, 4, options).codes,
              ElementsAre(0, 0, 0, 3));
  // Four inputs that are always equal: only the sum of the weights, 4, counts.
  // 0.3 -> 0, 0.4 -> 0, 0.6 -> 1, 3.0 -> 3.
  std::vector<double> equalInputs(16, 1.0);
  EXPECT_THAT(quantizeMatrix(weights, 4, options, equalInputs).codes,
              ElementsAre(0, 0, 1, 3));
}

TEST(WeightQuantizer, IndependentInputsGetNoFeedback) {
  WeightOptions options;
  options.scheme = WeightScheme::Ternary;
  std::vector<float> weights = {4.0f, -2.0f, 0.5f, 0.0f};
  std::vector<double> identity(16, 0.0);
  for (int i = 0; i < 4; ++i)
    identity[5 * i] = 1;
  QuantizedMatrix matrix = quantizeMatrix(weights, 4, options, identity);
  EXPECT_THAT(matrix.codes, ElementsAre(1, -1, 0, 0));
  EXPECT_THAT(matrix.scales, ElementsAre(FloatEq(3.0f)));
}

TEST(WeightQuantizer, ADiagonalWeighsErrors) {
  WeightOptions options;
  options.scheme = WeightScheme::Ternary;
  QuantizedMatrix matrix =
      quantizeMatrix({4.0f, -2.0f}, 2, options, {3.0, 0.5});
  EXPECT_THAT(matrix.codes, ElementsAre(1, -1));
  EXPECT_THAT(matrix.scales, ElementsAre(FloatEq(13 / 3.5f)));
}

TEST(WeightQuantizer, SilentInputsDoNoHarm) {
  WeightOptions options;
  options.scheme = WeightScheme::Ternary;
  std::vector<double> silent(4, 0.0);
  QuantizedMatrix matrix = quantizeMatrix({1.0f, -1.0f}, 2, options, silent);
  EXPECT_EQ(matrix.codes.size(), 2u);
  EXPECT_GT(matrix.scales[0], 0.0f);
}

} // namespace
