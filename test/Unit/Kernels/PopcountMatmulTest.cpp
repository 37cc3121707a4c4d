//===- PopcountMatmulTest.cpp - Products by counting bits -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every kernel on codes of few bits against a plain loop over unpacked codes:
// sizes around every word and block, extremes. Operands end at an unreadable
// page.
//===----------------------------------------------------------------------===//

#include "GuardedBytes.h"

#include "setun/Support/BitPacking.h"

#include "gtest/gtest.h"

#include <random>
#include <tuple>

using namespace setun;

namespace {

using Codes = std::vector<int8_t>;

/// One kernel: the layout of its weights, and the codes it takes.
struct Kernel {
  const char *name;
  PackedLayout layout;
  Codes weights, inputs;
  void run(const KernelVariant &kernels, const void *x, const uint8_t *w,
           int32_t *acc, size_t rows, size_t outputs, size_t terms) const {
    auto *codes = static_cast<const int8_t *>(x);
    StringRef kernel = name;
    if (kernel == "bits_b1")
      return kernels.bits_b1(codes, w, acc, rows, outputs, terms);
    if (kernel == "bits_t2")
      return kernels.bits_t2(codes, w, acc, rows, outputs, terms);
    if (kernel == "bit_tiles_b1")
      return kernels.bit_tiles_b1(codes, w, acc, rows, outputs, terms);
    if (kernel == "bit_tiles_t2")
      return kernels.bit_tiles_t2(codes, w, acc, rows, outputs, terms);
    if (kernel == "ternary_pairs_t2")
      return kernels.ternary_pairs_t2(codes, w, acc, rows, outputs, terms);
    kernels.ternary_pairs_u2(static_cast<const uint8_t *>(x), w, acc, rows,
                             outputs, terms);
  }
  using StringRef = llvm::StringRef;
};

void PrintTo(const Kernel &kernel, std::ostream *os) { *os << kernel.name; }

const Kernel allKernels[] = {
    {"bits_b1", PackedLayout::Bits, {-1, 1}, {-1, 1}},
    {"bits_t2", PackedLayout::Bits, {-1, 1}, {-1, 0, 1}},
    {"bit_tiles_b1", PackedLayout::BitTiles, {-1, 1}, {-1, 1}},
    {"bit_tiles_t2", PackedLayout::BitTiles, {-1, 1}, {-1, 0, 1}},
    {"ternary_pairs_t2", PackedLayout::TernaryPairs, {-1, 0, 1}, {-1, 0, 1}},
    {"ternary_pairs_u2", PackedLayout::TernaryPairs, {-1, 0, 1}, {0, 1, 2, 3}}};

class PopcountMatmul
    : public testing::TestWithParam<std::tuple<Variant, Kernel>> {
protected:
  const KernelVariant &variant = *std::get<0>(GetParam()).kernels;
  Kernel kernel = std::get<1>(GetParam());
  std::mt19937 random{11};

  void check(const Codes &x, const Codes &codes, size_t rows, size_t outputs,
             size_t inputs) {
    std::vector<uint8_t> packed =
        packWeights(kernel.layout, codes, outputs, inputs);
    GuardedBytes guardedX(x.data(), x.size());
    GuardedBytes guardedWeights(packed.data(), packed.size());
    std::vector<int32_t> expected(rows * outputs), got(rows * outputs, 99);
    for (size_t r = 0; r < rows; ++r)
      for (size_t n = 0; n < outputs; ++n)
        for (size_t k = 0; k < inputs; ++k)
          expected[r * outputs + n] +=
              codes[n * inputs + k] * x[r * inputs + k];
    kernel.run(variant, guardedX.as<char>(), guardedWeights.as<uint8_t>(),
               got.data(), rows, outputs, inputs);
    EXPECT_EQ(got, expected) << rows << "x" << outputs << "x" << inputs;
  }
};

TEST_P(PopcountMatmul, RandomCodesOnOddSizes) {
  for (size_t inputs :
       {1,   2,   7,   8,   9,    63,   64,   65,   127,  128,  129,  255,
        256, 257, 490, 784, 1000, 2047, 2048, 2049, 4095, 4096, 4097, 8300})
    for (size_t outputs : {1, 3, 17, 70})
      for (size_t rows : {1, 2, 5}) {
        Codes x(rows * inputs), codes(outputs * inputs);
        for (int8_t &value : x)
          value = kernel.inputs[random() % kernel.inputs.size()];
        for (int8_t &code : codes)
          code = kernel.weights[random() % kernel.weights.size()];
        check(x, codes, rows, outputs, inputs);
      }
}

TEST_P(PopcountMatmul, EnoughRowsForTiles) {
  for (auto [rows, outputs, inputs] :
       {std::tuple(12, 130, 703), std::tuple(17, 113, 577),
        std::tuple(33, 49, 650), std::tuple(70, 300, 64),
        std::tuple(290, 60, 95)}) {
    Codes x(rows * inputs), codes(outputs * inputs);
    for (int8_t &value : x)
      value = kernel.inputs[random() % kernel.inputs.size()];
    for (int8_t &code : codes)
      code = kernel.weights[random() % kernel.weights.size()];
    check(x, codes, rows, outputs, inputs);
  }
}

TEST_P(PopcountMatmul, Extremes) {
  for (size_t inputs : {1, 64, 65, 4096, 4097, 20000})
    for (int8_t value : kernel.inputs)
      for (int8_t weight : kernel.weights)
        check(Codes(inputs, value), Codes(2 * inputs, weight), 1, 2, inputs);
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, PopcountMatmul,
    testing::Combine(testing::ValuesIn(getVariants()),
                     testing::ValuesIn(allKernels)),
    [](const testing::TestParamInfo<PopcountMatmul::ParamType> &info) {
      return std::string(std::get<0>(info.param).name) + "_" +
             std::get<1>(info.param).name;
    });

} // namespace
