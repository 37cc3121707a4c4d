// Ranges of activations against numbers made by hand.
#include "setun/Quantize/Calibrator.h"

#include <gtest/gtest.h>
#include <limits>

using namespace setun::quantize;

namespace {

TEST(Calibrator, NothingNegativeHasZeroPointZero) {
  ActivationQuantizer quantizer = makeActivationQuantizer(3.0f, 255.0f);
  EXPECT_FALSE(quantizer.isSigned);
  EXPECT_EQ(quantizer.zeroPoint, 0);
  EXPECT_FLOAT_EQ(quantizer.scale, 1.0f);
  EXPECT_EQ(quantizer.apply(2.5f), 2.0f);
  EXPECT_EQ(quantizer.apply(-1.0f), 0.0f);
  EXPECT_EQ(quantizer.apply(300.0f), 255.0f);
}

TEST(Calibrator, ZeroHasACode) {
  ActivationQuantizer quantizer = makeActivationQuantizer(-1.0f, 254.0f);
  EXPECT_TRUE(quantizer.isSigned);
  EXPECT_EQ(quantizer.zeroPoint, -127);
  EXPECT_FLOAT_EQ(quantizer.scale, 1.0f);
  EXPECT_EQ(quantizer.apply(0.0f), 0.0f);
  EXPECT_EQ(quantizer.apply(-7.0f), -1.0f);
  EXPECT_EQ(quantizer.apply(300.0f), 254.0f);
}

TEST(Calibrator, NegativeRangesEndAtZero) {
  ActivationQuantizer quantizer = makeActivationQuantizer(-255.0f, -3.0f);
  EXPECT_EQ(quantizer.zeroPoint, 127);
  EXPECT_EQ(quantizer.apply(-255.0f), -255.0f);
}

TEST(Calibrator, ZerosHaveScaleOne) {
  RangeObserver observer;
  observer.add({0.0f, 0.0f});
  EXPECT_EQ(observer.choose(Calibration::Mse, 0).scale, 1.0f);
}

TEST(Calibrator, MinimumAndMaximumOverAllCalls) {
  RangeObserver observer;
  observer.add({-1.0f, 2.0f});
  observer.add({254.0f});
  ActivationQuantizer quantizer = observer.choose(Calibration::MinMax, 0);
  EXPECT_FLOAT_EQ(quantizer.scale, 1.0f);
  EXPECT_EQ(quantizer.zeroPoint, -127);
}

TEST(Calibrator, InfiniteValuesAreNoticed) {
  RangeObserver observer;
  observer.add({1.0f});
  EXPECT_TRUE(observer.isFinite());
  observer.add({std::numeric_limits<float>::infinity()});
  EXPECT_FALSE(observer.isFinite());
}

TEST(Calibrator, PercentileCutsOutliers) {
  RangeObserver observer;
  std::vector<float> values;
  for (int i = 1; i <= 999; ++i)
    values.push_back(static_cast<float>(i) / 999);
  values.push_back(100.0f);
  observer.add(values);
  // The largest of 1000 values is cut; a bin is 256 / 2^14 wide.
  EXPECT_NEAR(observer.choose(Calibration::Percentile, 99.9).scale * 255, 1.0f,
              2.0f / 64);
  EXPECT_FLOAT_EQ(observer.choose(Calibration::Percentile, 100).scale * 255,
                  100.0f);
}

TEST(Calibrator, LeastSquaresClipsWhatCostsLess) {
  RangeObserver observer;
  std::vector<float> values;
  for (int i = 0; i < 100000; ++i)
    values.push_back(static_cast<float>(i) / 100000);
  values.push_back(2.0f);
  observer.add(values);
  auto getError = [&](const ActivationQuantizer &quantizer) {
    double sum = 0;
    for (float value : values) {
      double error = value - quantizer.apply(value);
      sum += error * error;
    }
    return sum;
  };
  ActivationQuantizer full = observer.choose(Calibration::MinMax, 0);
  ActivationQuantizer best = observer.choose(Calibration::Mse, 0);
  EXPECT_LT(best.scale, full.scale);
  EXPECT_LT(getError(best), getError(full));
}

} // namespace
