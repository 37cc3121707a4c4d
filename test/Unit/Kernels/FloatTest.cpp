//===- FloatTest.cpp - Float kernels --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums and products bit for bit against the order as it is written down; exp
// against the correctly rounded value; rounding against nearbyint.
//===----------------------------------------------------------------------===//

#include "KernelVariant.h"

#include "llvm/ADT/bit.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>

namespace {

const KernelVariant *const variants[] = {&kernels_O0, &kernels_O2, &kernels_O3,
                                         &kernels_checked, &kernels_words};

uint32_t bitsOf(float value) { return llvm::bit_cast<uint32_t>(value); }

/// 16 lanes from +0, lane i takes k = i mod 16, then halving 8, 4, 2, 1. Every
/// float is stored, so that nothing can be fused or kept wider.
float sumInOrder(const std::vector<float> &terms) {
  volatile float lanes[16];
  for (volatile float &lane : lanes)
    lane = 0.0f;
  for (size_t k = 0; k < terms.size(); ++k)
    lanes[k % 16] = lanes[k % 16] + terms[k];
  for (size_t half : {8, 4, 2, 1})
    for (size_t i = 0; i < half; ++i)
      lanes[i] = lanes[i] + lanes[i + half];
  return lanes[0];
}

std::vector<float> makeFloats(size_t count, std::mt19937 &random) {
  std::vector<float> values(count);
  for (float &value : values)
    value = std::ldexp(static_cast<float>(static_cast<int32_t>(random())),
                       static_cast<int>(random() % 40) - 50);
  return values;
}

constexpr size_t sizes[] = {1, 2, 15, 16, 17, 31, 32, 33, 100, 784, 1000};

TEST(FloatKernels, SumInTheFixedOrder) {
  std::mt19937 random(21);
  for (const KernelVariant *kernels : variants)
    for (size_t inputs : sizes) {
      std::vector<float> x = makeFloats(3 * inputs, random);
      float y[3];
      kernels->sum_f32(x.data(), y, 3, inputs);
      for (size_t r = 0; r < 3; ++r)
        EXPECT_EQ(bitsOf(y[r]),
                  bitsOf(sumInOrder(
                      {x.begin() + r * inputs, x.begin() + (r + 1) * inputs})));
    }
}

TEST(FloatKernels, SumOfNothingAndOfNegativeZero) {
  for (const KernelVariant *kernels : variants) {
    float x = -0.0f, y = 1.0f;
    kernels->sum_f32(&x, &y, 1, 0);
    EXPECT_EQ(bitsOf(y), 0u);
    // Lanes start from +0.
    kernels->sum_f32(&x, &y, 1, 1);
    EXPECT_EQ(bitsOf(y), 0u);
  }
}

TEST(FloatKernels, SumKeepsInfinityAndNaN) {
  for (const KernelVariant *kernels : variants) {
    std::vector<float> x(20, 1.0f);
    float y;
    x[18] = INFINITY;
    kernels->sum_f32(x.data(), &y, 1, x.size());
    EXPECT_EQ(y, INFINITY);
    x[3] = -INFINITY;
    kernels->sum_f32(x.data(), &y, 1, x.size());
    EXPECT_TRUE(std::isnan(y));
  }
}

TEST(FloatKernels, MatmulInTheFixedOrder) {
  std::mt19937 random(22);
  for (const KernelVariant *kernels : variants)
    for (size_t inputs : {1, 15, 16, 17, 33, 100})
      for (size_t outputs : {1, 3, 31, 32, 33, 70}) {
        size_t rows = 2;
        std::vector<float> a = makeFloats(rows * inputs, random);
        std::vector<float> b = makeFloats(inputs * outputs, random);
        std::vector<float> c(rows * outputs);
        kernels->matmul_f32(a.data(), b.data(), c.data(), rows, outputs,
                            inputs);
        for (size_t r = 0; r < rows; ++r)
          for (size_t n = 0; n < outputs; ++n) {
            std::vector<float> terms(inputs);
            for (size_t k = 0; k < inputs; ++k) {
              volatile float term = a[r * inputs + k] * b[k * outputs + n];
              terms[k] = term;
            }
            ASSERT_EQ(bitsOf(c[r * outputs + n]), bitsOf(sumInOrder(terms)))
                << inputs << " " << outputs;
          }
        // The first columns but for one are the same.
        std::vector<float> part(outputs, 7.0f);
        kernels->matmul_f32_part(a.data(), b.data(), part.data(), outputs - 1,
                                 outputs, inputs);
        for (size_t n = 0; n + 1 < outputs; ++n)
          ASSERT_EQ(bitsOf(part[n]), bitsOf(c[n])) << inputs << " " << outputs;
        EXPECT_EQ(part.back(), 7.0f);
      }
}

/// A convolution of one sample and one group, as the comment of the kernel says
/// it; every float is stored.
std::vector<float> convolveInOrder(const std::vector<float> &x,
                                   const std::vector<float> &weights,
                                   const std::vector<float> &bias,
                                   size_t inputs, const size_t window[3][6]) {
  const size_t *d = window[0], *h = window[1], *w = window[2];
  size_t pixels = d[0] * h[0] * w[0];
  auto at = [&](size_t c, size_t i, size_t j, size_t k) {
    bool inside = i < d[0] && j < h[0] && k < w[0];
    return inside ? x[c * pixels + (i * h[0] + j) * w[0] + k] : 0.0f;
  };
  std::vector<float> y;
  for (size_t m = 0; m < bias.size(); ++m)
    for (size_t p = 0; p < d[1] * h[1] * w[1]; ++p) {
      volatile float sum = 0.0f;
      const float *weight = &weights[m * inputs * d[2] * h[2] * w[2]];
      for (size_t c = 0; c < inputs; ++c)
        for (size_t a = 0; a < d[2]; ++a)
          for (size_t b = 0; b < h[2]; ++b)
            for (size_t e = 0; e < w[2]; ++e) {
              volatile float term =
                  *weight++ * at(c, p / w[1] / h[1] * d[3] + a * d[4] - d[5],
                                 p / w[1] % h[1] * h[3] + b * h[4] - h[5],
                                 p % w[1] * w[3] + e * w[4] - w[5]);
              sum = sum + term;
            }
      y.push_back(sum + bias[m]);
    }
  return y;
}

TEST(FloatKernels, ConvolutionInTheFixedOrder) {
  // Size, outputs, taps, stride, dilation, pad of each dimension.
  constexpr size_t windows[][3][6] = {
      {{1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 0}, {40, 38, 3, 1, 1, 0}},
      {{1, 1, 1, 1, 1, 0}, {7, 7, 3, 1, 1, 1}, {7, 7, 3, 1, 1, 1}},
      {{1, 1, 1, 1, 1, 0}, {9, 4, 3, 2, 2, 1}, {50, 18, 5, 3, 1, 4}},
      {{4, 3, 2, 1, 1, 0}, {5, 3, 3, 2, 1, 1}, {6, 5, 2, 1, 2, 1}},
      {{1, 1, 1, 1, 1, 0}, {2, 6, 5, 1, 1, 4}, {2, 6, 5, 1, 1, 4}},
  };
  std::mt19937 random(24);
  for (const KernelVariant *kernels : variants)
    for (const auto &window : windows)
      for (size_t inputs : {1, 7, 8})
        for (size_t outputs : {1, 4, 6}) {
          size_t taps = inputs;
          for (const auto &dim : window)
            taps *= dim[2];
          size_t pixels = window[0][0] * window[1][0] * window[2][0];
          std::vector<float> x = makeFloats(inputs * pixels, random);
          std::vector<float> weights = makeFloats(outputs * taps, random);
          std::vector<float> bias = makeFloats(outputs, random);
          std::vector<float> expected =
              convolveInOrder(x, weights, bias, inputs, window);
          std::vector<float> y(expected.size());
          std::vector<float> patch(std::min<size_t>(64, taps) * 32);
          kernels->conv_f32(x.data(), weights.data(), bias.data(), y.data(),
                            patch.data(), 1, 1, inputs, outputs, window);
          for (size_t i = 0; i < y.size(); ++i)
            ASSERT_EQ(bitsOf(y[i]), bitsOf(expected[i])) << inputs << " " << i;
        }
}

TEST(FloatKernels, ConvolutionOfGroupsAndSamples) {
  constexpr size_t window[3][6] = {
      {1, 1, 1, 1, 1, 0}, {5, 5, 3, 1, 1, 1}, {6, 6, 3, 1, 1, 1}};
  std::mt19937 random(25);
  std::vector<float> x = makeFloats(2 * 3 * 2 * 30, random);
  std::vector<float> weights = makeFloats(3 * 5 * 2 * 9, random);
  std::vector<float> patch(18 * 32), y(2 * 3 * 5 * 30), part(5 * 30);
  for (const KernelVariant *kernels : variants) {
    kernels->conv_f32(x.data(), weights.data(), nullptr, y.data(), patch.data(),
                      2, 3, 2, 5, window);
    for (size_t i = 0; i < 6; ++i) {
      kernels->conv_f32(&x[i * 60], &weights[i % 3 * 90], nullptr, part.data(),
                        patch.data(), 1, 1, 2, 5, window);
      for (size_t j = 0; j < part.size(); ++j)
        ASSERT_EQ(bitsOf(y[i * part.size() + j]), bitsOf(part[j]));
    }
  }
}

TEST(FloatKernels, ExpIsWithinOneUlp) {
  for (const KernelVariant *kernels : variants) {
    double worst = 0;
    // A prime step goes through all exponents and all low bits; -O0 is slow.
    uint64_t step = kernels == &kernels_O2 ? 1009 : 40009;
    for (uint64_t pattern = 0; pattern <= UINT32_MAX; pattern += step) {
      float x = llvm::bit_cast<float>(static_cast<uint32_t>(pattern));
      float got = kernels->exp_f32(x);
      if (std::isnan(x)) {
        ASSERT_TRUE(std::isnan(got));
        continue;
      }
      double exact = std::exp(static_cast<double>(x));
      float rounded = static_cast<float>(exact);
      if (std::isinf(rounded) || std::isinf(got)) {
        ASSERT_EQ(got, rounded) << x;
        continue;
      }
      double ulp =
          exact < 0x1p-126 ? 0x1p-149 : std::ldexp(1.0, std::ilogb(exact) - 23);
      worst = std::max(worst, std::abs(got - exact) / ulp);
    }
    EXPECT_LT(worst, 1.0);
  }
}

TEST(FloatKernels, ExpAtItsEdges) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const KernelVariant *kernels : variants) {
    EXPECT_EQ(kernels->exp_f32(0.0f), 1.0f);
    EXPECT_EQ(kernels->exp_f32(-0.0f), 1.0f);
    EXPECT_EQ(kernels->exp_f32(infinity), infinity);
    EXPECT_EQ(bitsOf(kernels->exp_f32(-infinity)), 0u);
    EXPECT_TRUE(std::isnan(kernels->exp_f32(NAN)));
    EXPECT_TRUE(std::isnan(kernels->exp_f32(-NAN)));
    // The neighbours of the last finite and the last nonzero result.
    EXPECT_TRUE(std::isfinite(kernels->exp_f32(88.72283f)));
    EXPECT_EQ(kernels->exp_f32(88.72284f), infinity);
    EXPECT_EQ(kernels->exp_f32(-103.97207f), 0x1p-149f);
    EXPECT_EQ(kernels->exp_f32(-103.97209f), 0.0f);
  }
}

TEST(FloatKernels, VariantsGiveTheSameBits) {
  std::mt19937 random(23);
  for (int i = 0; i < 100000; ++i) {
    float x = llvm::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isnan(x))
      continue;
    for (const KernelVariant *kernels : variants)
      ASSERT_EQ(bitsOf(kernels->exp_f32(x)), bitsOf(kernels_O0.exp_f32(x)));
  }
}

TEST(FloatKernels, RoundsTiesToEven) {
  for (const KernelVariant *kernels : variants) {
    for (uint64_t pattern = 0; pattern <= UINT32_MAX; pattern += 10007) {
      float x = llvm::bit_cast<float>(static_cast<uint32_t>(pattern));
      if (std::isnan(x))
        continue;
      ASSERT_EQ(bitsOf(kernels->round_even_f32(x)), bitsOf(std::nearbyint(x)))
          << x;
    }
    for (float x : {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 0.49999997f, -0.0f,
                    8388607.5f, 8388608.0f, -8388609.0f, 3e38f})
      EXPECT_EQ(bitsOf(kernels->round_even_f32(x)), bitsOf(std::nearbyint(x)))
          << x;
    EXPECT_EQ(kernels->round_even_f32(-INFINITY), -INFINITY);
    EXPECT_TRUE(std::isnan(kernels->round_even_f32(NAN)));
  }
}

template <typename T> void checkBounds(T (*maximum)(T, T), T (*minimum)(T, T)) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  EXPECT_EQ(maximum(1, 2), T(2));
  EXPECT_EQ(maximum(-1, -2), T(-1));
  EXPECT_EQ(minimum(1, 2), T(1));
  EXPECT_EQ(minimum(-1, -2), T(-2));
  EXPECT_EQ(minimum(infinity, -infinity), -infinity);
  for (T other : {T(0), T(-1), infinity, -infinity, nan}) {
    EXPECT_TRUE(std::isnan(maximum(nan, other)));
    EXPECT_TRUE(std::isnan(maximum(other, nan)));
    EXPECT_TRUE(std::isnan(minimum(nan, other)));
    EXPECT_TRUE(std::isnan(minimum(other, nan)));
  }
  for (T a : {T(0), -T(0)})
    for (T b : {T(0), -T(0)}) {
      bool both = std::signbit(a) && std::signbit(b);
      bool any = std::signbit(a) || std::signbit(b);
      EXPECT_EQ(std::signbit(maximum(a, b)), both);
      EXPECT_EQ(std::signbit(minimum(a, b)), any);
    }
}

TEST(FloatKernels, MaximumAndMinimum) {
  for (const KernelVariant *kernels : variants) {
    checkBounds(kernels->maximum_f32, kernels->minimum_f32);
    checkBounds(kernels->maximum_f64, kernels->minimum_f64);
  }
}

} // namespace
