//===- PackedMatmulTest.cpp - Exact products of packed weights ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every packed kernel, compiled in several ways, against a plain loop over
// unpacked codes: sizes around every block, and inputs at their extremes, where
// a 16-bit sum would wrap. Operands end at an unreadable page.
//===----------------------------------------------------------------------===//

#include "GuardedBytes.h"

#include "setun/Support/BitPacking.h"

#include "gtest/gtest.h"

#include <random>
#include <tuple>

using namespace setun;

namespace {

using Codes = std::vector<int8_t>;

class PackedMatmul
    : public testing::TestWithParam<std::tuple<Variant, PackedLayout>> {
protected:
  const KernelVariant &kernels = *std::get<0>(GetParam()).kernels;
  PackedLayout layout = std::get<1>(GetParam());
  std::mt19937 random{11};

  int8_t randomCode() {
    switch (layout) {
    case PackedLayout::Bits:
    case PackedLayout::BitTiles:
      return random() % 2 ? 1 : -1;
    case PackedLayout::TernaryPairs:
    case PackedLayout::Trits:
    case PackedLayout::TernaryTiles:
      return static_cast<int8_t>(random() % 3) - 1;
    case PackedLayout::NibbleTiles:
      return static_cast<int8_t>(random() % 16) - 8;
    case PackedLayout::Int2Tiles:
      return static_cast<int8_t>(random() % 4) - 2;
    case PackedLayout::Int3Tiles:
      return static_cast<int8_t>(random() % 8) - 4;
    case PackedLayout::Fp4Tiles: {
      constexpr int8_t sizes[] = {0, 1, 2, 3, 4, 6, 8, 12};
      int8_t size = sizes[random() % 8];
      return random() % 2 ? -size : size;
    }
    case PackedLayout::Bytes:
    case PackedLayout::ByteTiles:
      return static_cast<int8_t>(random());
    }
    return 0;
  }

  void run(bool isSigned, const void *x, const void *weights, int32_t *acc,
           size_t rows, size_t outputs, size_t inputs) {
    auto *sx = static_cast<const int8_t *>(x);
    auto *ux = static_cast<const uint8_t *>(x);
    auto *w = static_cast<const uint8_t *>(weights);
    auto *sw = static_cast<const int8_t *>(weights);
    switch (layout) {
    case PackedLayout::Bits:
      return isSigned ? kernels.bits_s8(sx, w, acc, rows, outputs, inputs)
                      : kernels.bits_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::TernaryPairs:
      return isSigned
                 ? kernels.ternary_pairs_s8(sx, w, acc, rows, outputs, inputs)
                 : kernels.ternary_pairs_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::Trits:
      return isSigned ? kernels.trits_s8(sx, w, acc, rows, outputs, inputs)
                      : kernels.trits_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::Bytes:
      return isSigned ? kernels.bytes_s8(sx, sw, acc, rows, outputs, inputs)
                      : kernels.bytes_u8(ux, sw, acc, rows, outputs, inputs);
    case PackedLayout::TernaryTiles:
      return isSigned
                 ? kernels.ternary_tiles_s8(sx, w, acc, rows, outputs, inputs)
                 : kernels.ternary_tiles_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::NibbleTiles:
      return isSigned
                 ? kernels.nibble_tiles_s8(sx, w, acc, rows, outputs, inputs)
                 : kernels.nibble_tiles_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::ByteTiles:
      return isSigned
                 ? kernels.byte_tiles_s8(sx, w, acc, rows, outputs, inputs)
                 : kernels.byte_tiles_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::Int2Tiles:
      return isSigned
                 ? kernels.int2_tiles_s8(sx, w, acc, rows, outputs, inputs)
                 : kernels.int2_tiles_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::Int3Tiles:
      return isSigned
                 ? kernels.int3_tiles_s8(sx, w, acc, rows, outputs, inputs)
                 : kernels.int3_tiles_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::Fp4Tiles:
      return isSigned ? kernels.fp4_tiles_s8(sx, w, acc, rows, outputs, inputs)
                      : kernels.fp4_tiles_u8(ux, w, acc, rows, outputs, inputs);
    case PackedLayout::BitTiles:
      break; // takes no bytes
    }
  }

  /// Runs the kernel for both readings of the bytes of x.
  void check(const Codes &x, const Codes &codes, size_t rows, size_t outputs,
             size_t inputs) {
    std::vector<uint8_t> packed = packWeights(layout, codes, outputs, inputs);
    GuardedBytes guardedX(x.data(), x.size());
    GuardedBytes guardedWeights(packed.data(), packed.size());
    for (bool isSigned : {true, false}) {
      std::vector<int32_t> expected(rows * outputs), got(rows * outputs, 99);
      for (size_t r = 0; r < rows; ++r)
        for (size_t n = 0; n < outputs; ++n) {
          int64_t sum = 0;
          for (size_t k = 0; k < inputs; ++k) {
            int8_t byte = x[r * inputs + k];
            sum += int64_t(codes[n * inputs + k]) *
                   (isSigned ? byte : static_cast<uint8_t>(byte));
          }
          expected[r * outputs + n] = static_cast<int32_t>(sum);
        }
      run(isSigned, guardedX.as<char>(), guardedWeights.as<char>(), got.data(),
          rows, outputs, inputs);
      EXPECT_EQ(got, expected) << rows << "x" << outputs << "x" << inputs
                               << (isSigned ? " signed" : " unsigned");
    }
  }
};

TEST_P(PackedMatmul, RandomInputsOnOddSizes) {
  for (size_t inputs :
       {1,    2,    3,    4,    5,    6,    7,    8,    9,    31,
        32,   33,   64,   79,   81,   100,  127,  128,  129,  159,
        160,  161,  166,  255,  256,  257,  784,  1000, 1023, 1024,
        1025, 1151, 1153, 2048, 4095, 4096, 4097, 4224})
    for (size_t outputs : {1, 2, 3, 17})
      for (size_t rows : {1, 3}) {
        Codes x(rows * inputs), codes(outputs * inputs);
        for (int8_t &value : x)
          value = static_cast<int8_t>(random());
        for (int8_t &code : codes)
          code = randomCode();
        check(x, codes, rows, outputs, inputs);
      }
}

TEST_P(PackedMatmul, GroupsOfOutputsAndRows) {
  for (size_t inputs : {3, 15, 17, 100, 257, 260, 515, 2563})
    for (size_t outputs : {10, 15, 16, 33, 64, 65, 113, 641})
      for (size_t rows : {1, 2, 4, 5, 8, 9}) {
        if (inputs * outputs * rows > 1 << 20)
          continue;
        Codes x(rows * inputs), codes(outputs * inputs);
        for (int8_t &value : x)
          value = static_cast<int8_t>(random());
        for (int8_t &code : codes)
          code = randomCode();
        check(x, codes, rows, outputs, inputs);
      }
}

TEST_P(PackedMatmul, MoreRowsAndInputsThanAreTakenAtATime) {
  for (auto [rows, inputs] : {std::pair(300, 40), std::pair(1, 140000)}) {
    Codes x(rows * inputs), codes(18 * inputs);
    for (int8_t &value : x)
      value = static_cast<int8_t>(random());
    for (int8_t &code : codes)
      code = randomCode() > 0 ? 1 : -1;
    check(x, codes, rows, 18, inputs);
  }
}

TEST_P(PackedMatmul, EnoughRowsForTiles) {
  for (auto [rows, outputs, inputs] :
       {std::tuple(5, 130, 1700), std::tuple(7, 64, 2563),
        std::tuple(8, 17, 8000), std::tuple(13, 130, 641),
        std::tuple(16, 128, 514), std::tuple(17, 113, 577),
        std::tuple(32, 49, 703), std::tuple(33, 100, 330),
        std::tuple(49, 39, 550), std::tuple(70, 300, 64),
        std::tuple(290, 60, 95)}) {
    Codes x(rows * inputs), codes(outputs * inputs);
    for (int8_t &value : x)
      value = static_cast<int8_t>(random());
    for (int8_t &code : codes)
      code = randomCode();
    check(x, codes, rows, outputs, inputs);
  }
}

// 19585 inputs have 545 in one of the parts that lie in the stack.
TEST_P(PackedMatmul, PartsOfInputsFitTheirRoom) {
  Codes x(3 * 19585), codes(18 * 19585);
  for (int8_t &value : x)
    value = static_cast<int8_t>(random());
  for (int8_t &code : codes)
    code = randomCode();
  check(x, codes, 3, 18, 19585);
}

TEST_P(PackedMatmul, SizesKnownToTheCompiler) {
  Codes x(784), codes(64 * 784);
  for (int8_t &value : x)
    value = static_cast<int8_t>(random());
  for (int8_t &code : codes)
    code = randomCode();
  check(x, codes, 1, 64, 784);
}

TEST_P(PackedMatmul, ExtremesDoNotWrap) {
  std::vector<int8_t> weights = {1, -1};
  if (layout == PackedLayout::Bytes || layout == PackedLayout::ByteTiles)
    weights = {1, -1, 127, -128};
  if (layout == PackedLayout::NibbleTiles)
    weights = {7, -8};
  if (layout == PackedLayout::Int2Tiles)
    weights = {1, -2};
  if (layout == PackedLayout::Int3Tiles)
    weights = {3, -4};
  if (layout == PackedLayout::Fp4Tiles)
    weights = {12, -12};
  for (size_t inputs :
       {1, 3, 127, 128, 129, 784, 1024, 4095, 4096, 4097, 8192, 8193, 20000})
    for (int value : {-128, 127, -1, 0, 1})
      for (int8_t weight : weights)
        for (size_t rows : {1, 4, 10})
          check(Codes(rows * inputs, static_cast<int8_t>(value)),
                Codes(2 * inputs, weight), rows, 2, inputs);
  for (int value : {-128, 127, -1})
    for (int8_t weight : weights)
      check(Codes(33 * 20000, static_cast<int8_t>(value)),
            Codes(2 * 20000, weight), 33, 2, 20000);
}

TEST_P(PackedMatmul, SignsOfWeightsFollowSignsOfInputs) {
  // Every term has its largest size and the same sign.
  size_t inputs = 4096;
  Codes x(inputs), codes(inputs);
  for (size_t k = 0; k < inputs; ++k) {
    bool negative = random() % 2;
    x[k] = negative ? -128 : 127;
    codes[k] = negative ? -1 : 1;
  }
  check(x, codes, 1, 1, inputs);
}

TEST_P(PackedMatmul, NothingToDo) {
  int32_t acc = 7;
  run(true, nullptr, nullptr, &acc, 0, 0, 0);
  EXPECT_EQ(acc, 7);
  int8_t x = 0;
  run(true, &x, &x, &acc, 1, 1, 0);
  EXPECT_EQ(acc, 0);
}

/// Those whose kernels take bytes.
std::vector<PackedLayout> getLayouts() {
  std::vector<PackedLayout> layouts = getPackedLayouts().vec();
  llvm::erase(layouts, PackedLayout::BitTiles);
  return layouts;
}

std::string
getName(const testing::TestParamInfo<PackedMatmul::ParamType> &info) {
  return std::string(std::get<0>(info.param).name) + "_" +
         stringifyPackedLayout(std::get<1>(info.param)).str();
}

INSTANTIATE_TEST_SUITE_P(Kernels, PackedMatmul,
                         testing::Combine(testing::ValuesIn(getVariants()),
                                          testing::ValuesIn(getLayouts())),
                         getName);

// Microcontrollers take rows.
INSTANTIATE_TEST_SUITE_P(
    Microcontrollers, PackedMatmul,
    testing::Combine(testing::Values(Variant{"words", &kernels_words},
                                     Variant{"simd32", &kernels_simd32},
                                     Variant{"helium", &kernels_helium}),
                     testing::Values(PackedLayout::Bits,
                                     PackedLayout::TernaryPairs,
                                     PackedLayout::Trits, PackedLayout::Bytes)),
    getName);

} // namespace
