//===- DepthwiseTest.cpp - Depthwise convolution of codes -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel, compiled in several ways, against a loop over all taps: channels
// around its blocks, codes at their extremes, windows that leave the image, and
// more than 64 taps. Operands end at an unreadable page.
//===----------------------------------------------------------------------===//

#include "GuardedBytes.h"

#include "gtest/gtest.h"

#include <random>
#include <vector>

namespace {

/// Size of x, size of the output, taps, stride, dilation, pad before.
using Window = size_t[3][6];

class Depthwise : public testing::TestWithParam<Variant> {
protected:
  std::mt19937 random{3};

  std::vector<uint8_t> randomBytes(size_t count) {
    std::vector<uint8_t> bytes(count);
    for (uint8_t &byte : bytes)
      byte = random() % 4 ? static_cast<uint8_t>(random())
                          : (random() % 2 ? 0x80 : 0xff);
    return bytes;
  }

  static bool getPosition(const size_t row[6], size_t output, size_t tap,
                          size_t &position) {
    size_t padded = output * row[3] + tap * row[4];
    position = padded - row[5];
    return padded >= row[5] && position < row[0];
  }

  /// All outputs of `samples`, as numbers of `Code`.
  template <typename Code>
  std::vector<int32_t>
  compute(const std::vector<uint8_t> &x, const std::vector<uint8_t> &weights,
          size_t samples, size_t channels, int padding, const Window &w) {
    std::vector<int32_t> sums;
    for (size_t n = 0; n < samples; ++n)
      for (size_t d = 0; d < w[0][1]; ++d)
        for (size_t h = 0; h < w[1][1]; ++h)
          for (size_t v = 0; v < w[2][1]; ++v)
            for (size_t c = 0; c < channels; ++c) {
              int32_t sum = 0;
              size_t tap = 0, z, y, u;
              for (size_t a = 0; a < w[0][2]; ++a)
                for (size_t b = 0; b < w[1][2]; ++b)
                  for (size_t e = 0; e < w[2][2]; ++e, ++tap) {
                    bool inside = getPosition(w[0], d, a, z);
                    inside &= getPosition(w[1], h, b, y);
                    inside &= getPosition(w[2], v, e, u);
                    int code = padding;
                    if (inside)
                      code = static_cast<Code>(
                          x[(((n * w[0][0] + z) * w[1][0] + y) * w[2][0] + u) *
                                channels +
                            c]);
                    sum +=
                        code * static_cast<int8_t>(weights[tap * channels + c]);
                  }
              sums.push_back(sum);
            }
    return sums;
  }

  void check(size_t samples, size_t channels, const Window &w) {
    std::vector<uint8_t> x =
        randomBytes(samples * channels * w[0][0] * w[1][0] * w[2][0]);
    std::vector<uint8_t> weights =
        randomBytes(channels * w[0][2] * w[1][2] * w[2][2]);
    GuardedBytes guardedX(x.data(), x.size());
    GuardedBytes guardedWeights(weights.data(), weights.size());
    auto *sw = guardedWeights.as<int8_t>();
    size_t places = samples * w[0][1] * w[1][1] * w[2][1];
    for (bool isSigned : {true, false}) {
      int padding = isSigned ? -128 : 255;
      std::vector<int32_t> expected =
          isSigned
              ? compute<int8_t>(x, weights, samples, channels, padding, w)
              : compute<uint8_t>(x, weights, samples, channels, padding, w);
      std::vector<int32_t> got(expected.size(), 99);
      // All places but the first and, after them, the first.
      for (size_t first : {size_t(1), size_t(0)}) {
        size_t count = first == 1 ? places - 1 : 1;
        int32_t *acc = got.data() + first * channels;
        if (isSigned)
          GetParam().kernels->depthwise_s8(guardedX.as<int8_t>(), sw, acc,
                                           ptrdiff_t(first), count, channels,
                                           uint8_t(padding), w);
        else
          GetParam().kernels->depthwise_u8(guardedX.as<uint8_t>(), sw, acc,
                                           ptrdiff_t(first), count, channels,
                                           uint8_t(padding), w);
      }
      EXPECT_EQ(got, expected) << channels << " channels, signed " << isSigned;
    }
  }
};

TEST_P(Depthwise, Channels) {
  for (size_t channels : {1, 3, 4, 5, 31, 32, 33, 64, 100})
    check(2, channels,
          {{1, 1, 1, 1, 1, 0}, {5, 5, 3, 1, 1, 1}, {6, 6, 3, 1, 1, 1}});
}

TEST_P(Depthwise, Windows) {
  check(1, 9, {{3, 2, 2, 2, 1, 1}, {5, 3, 3, 2, 1, 1}, {4, 5, 2, 1, 2, 2}});
  check(1, 37, {{1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 0}, {9, 4, 3, 2, 1, 0}});
  // Most taps are outside.
  check(2, 6, {{1, 1, 1, 1, 1, 0}, {1, 5, 5, 1, 1, 4}, {2, 6, 5, 1, 1, 4}});
}

TEST_P(Depthwise, ManyTaps) {
  for (size_t channels : {2, 36})
    check(1, channels,
          {{1, 1, 1, 1, 1, 0}, {12, 4, 9, 1, 1, 0}, {13, 6, 15, 1, 1, 3}});
}

Variant all[] = {{"O0", &kernels_O0},        {"O2", &kernels_O2},
                 {"O3", &kernels_O3},        {"checked", &kernels_checked},
                 {"words", &kernels_words},  {"simd32", &kernels_simd32},
                 {"helium", &kernels_helium}};

INSTANTIATE_TEST_SUITE_P(Kernels, Depthwise, testing::ValuesIn(all),
                         [](const testing::TestParamInfo<Variant> &info) {
                           return std::string(info.param.name);
                         });

} // namespace
