//===- BlockMatmulTest.cpp - Products with scales of blocks ---------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bit for bit against the formula as it is written down. Every float is stored,
// so that nothing can be fused or kept wider.
//===----------------------------------------------------------------------===//

#include "GuardedBytes.h"
#include "KernelVariant.h"

#include "setun/Support/BlockPacking.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace setun;

namespace {

struct Weights {
  BlockShape shape;
  std::vector<uint8_t> codes, zeroPoints;
  std::vector<float> scales;
  bool isFp4 = false;

  /// Without the zero point; of E2M1 twice the number.
  int getCode(int64_t i) const {
    constexpr int sizes[] = {0, 1, 2, 3, 4, 6, 8, 12};
    if (!isFp4)
      return codes[i];
    return codes[i] & 8 ? -sizes[codes[i] & 7] : sizes[codes[i]];
  }
};

Weights makeWeights(const BlockShape &shape, std::mt19937 &random) {
  Weights weights{shape, {}, {}, {}, false};
  for (int64_t i = 0; i < shape.outputs * shape.inputs; ++i)
    weights.codes.push_back(random() & ((1 << shape.bits) - 1));
  for (int64_t i = 0; i < shape.outputs * shape.getBlocks(); ++i) {
    weights.zeroPoints.push_back(random() & ((1 << shape.bits) - 1));
    // Numbers of 11 bits, also with a sign and subnormal as float16.
    float scale = static_cast<float>(static_cast<int>(random() % 4095) - 2047);
    weights.scales.push_back(
        std::ldexp(scale, shape.scaleBits == 16 && i % 5 == 0
                              ? -24
                              : static_cast<int>(random() % 10) - 18));
  }
  return weights;
}

/// What a block of x becomes.
struct QuantizedBlock {
  volatile float scale;
  std::vector<int> codes;
};

void quantize(const float *x, int64_t count, QuantizedBlock &block) {
  float largest = 0;
  bool isFinite = true;
  for (int64_t i = 0; i < count; ++i) {
    isFinite &= std::isfinite(x[i]);
    largest = std::max(largest, std::fabs(x[i]));
  }
  block.codes.assign(count, 0);
  block.scale = isFinite ? largest / 127.0f : NAN;
  volatile float factor = 127.0f / largest;
  if (isFinite && largest >= std::ldexp(1.0f, -100))
    for (int64_t i = 0; i < count; ++i) {
      volatile float scaled = x[i] * factor;
      block.codes[i] = static_cast<int>(std::nearbyint(scaled));
    }
}

/// One row of y.
std::vector<float> multiply(const Weights &weights, const float *x,
                            uint8_t zero) {
  const BlockShape &shape = weights.shape;
  std::vector<float> y;
  for (int64_t n = 0; n < shape.outputs; ++n) {
    volatile float sum = 0;
    for (int64_t b = 0; b < shape.getBlocks(); ++b) {
      int64_t at = n * shape.getBlocks() + b, first = b * shape.block;
      QuantizedBlock block;
      quantize(x + first, std::min(shape.block, shape.inputs - first), block);
      int32_t exact = 0;
      for (size_t i = 0; i < block.codes.size(); ++i)
        exact += block.codes[i] *
                 (weights.getCode(n * shape.inputs + first + i) -
                  (shape.hasZeroPoints ? weights.zeroPoints[at] : zero));
      volatile float factor = block.scale * weights.scales[at];
      volatile float term = static_cast<float>(exact) * factor;
      sum = sum + term;
    }
    y.push_back(float(sum));
  }
  return y;
}

/// One row of y from floats: 16 lanes, lane i takes k = i mod 16, then halves.
std::vector<float> multiplyFloats(const Weights &weights, const float *x,
                                  uint8_t zero) {
  const BlockShape &shape = weights.shape;
  std::vector<float> y;
  for (int64_t n = 0; n < shape.outputs; ++n) {
    volatile float lanes[16];
    for (volatile float &lane : lanes)
      lane = 0;
    for (int64_t k = 0; k < shape.inputs; ++k) {
      int64_t at = n * shape.getBlocks() + k / shape.block;
      int code = weights.getCode(n * shape.inputs + k) -
                 (shape.hasZeroPoints ? weights.zeroPoints[at] : zero);
      volatile float weight = static_cast<float>(code) * weights.scales[at];
      volatile float term = x[k] * weight;
      lanes[k % 16] = lanes[k % 16] + term;
    }
    for (int half : {8, 4, 2, 1})
      for (int i = 0; i < half; ++i)
        lanes[i] = lanes[i] + lanes[i + half];
    y.push_back(float(lanes[0]));
  }
  return y;
}

std::vector<float> makeInputs(size_t count, std::mt19937 &random) {
  std::vector<float> x(count);
  for (float &value : x)
    value = std::ldexp(static_cast<float>(static_cast<int32_t>(random())),
                       static_cast<int>(random() % 8) - 30);
  return x;
}

auto getKernel(const KernelVariant *kernels, int64_t bits, bool isFp4) {
  return isFp4       ? kernels->block_matmul_fp4
         : bits == 2 ? kernels->block_matmul_2
         : bits == 4 ? kernels->block_matmul_4
                     : kernels->block_matmul_8;
}

auto getFloatKernel(const KernelVariant *kernels, int64_t bits, bool isFp4) {
  return isFp4       ? kernels->block_matmul_f32_fp4
         : bits == 2 ? kernels->block_matmul_f32_2
         : bits == 4 ? kernels->block_matmul_f32_4
                     : kernels->block_matmul_f32_8;
}

void expectBits(const std::vector<float> &y, const std::vector<float> &expected,
                const BlockShape &shape, const char *variant) {
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_TRUE(std::isnan(expected[i])
                    ? std::isnan(y[i])
                    : llvm::bit_cast<uint32_t>(y[i]) ==
                          llvm::bit_cast<uint32_t>(expected[i]))
        << y[i] << " instead of " << expected[i] << " at " << i << " of "
        << shape.outputs << "x" << shape.inputs << ", " << shape.bits
        << " bits, block " << shape.block << ", scales of " << shape.scaleBits
        << " bits, " << variant;
  ASSERT_EQ(y.back(), 7.0f); // what stands behind the result
}

void check(const Weights &weights, const std::vector<float> &x, int64_t rows,
           uint8_t zero) {
  const BlockShape &shape = weights.shape;
  std::vector<uint8_t> packed =
      packBlocks(shape, weights.codes, weights.scales, weights.zeroPoints);
  GuardedBytes guarded(packed.data(), packed.size());
  std::vector<float> expected, expectedFloats;
  for (int64_t r = 0; r < rows; ++r) {
    const float *row = &x[r * shape.inputs];
    llvm::append_range(expected, multiply(weights, row, zero));
    llvm::append_range(expectedFloats, multiplyFloats(weights, row, zero));
  }
  for (const Variant &variant : getVariants()) {
    std::vector<float> y(rows * shape.outputs + 1, 7.0f);
    std::vector<uint8_t> work(std::min(rows, BlockShape::maxWorkRows) *
                              shape.getWorkRowBytes());
    getKernel(variant.kernels, shape.bits, weights.isFp4)(
        x.data(), guarded.as<uint8_t>(), y.data(), work.data(), rows,
        shape.outputs, shape.inputs, shape.block, shape.hasZeroPoints, zero,
        shape.scaleBits);
    expectBits(y, expected, shape, variant.name);
    getFloatKernel(variant.kernels, shape.bits, weights.isFp4)(
        x.data(), guarded.as<uint8_t>(), y.data(), rows, shape.outputs,
        shape.inputs, shape.block, shape.hasZeroPoints, zero, shape.scaleBits);
    expectBits(y, expectedFloats, shape, variant.name);
  }
}

TEST(BlockMatmul, EveryShape) {
  std::mt19937 random(31);
  for (int64_t bits : {2, 4, 8})
    for (int64_t block : {16, 32, 64, 128, 256})
      for (int64_t rows : {1, 2, 3, 7})
        for (int64_t outputs : {1, 8, 17, 33, 64})
          for (int64_t inputs : {1, 16, 75, 512, 600}) {
            BlockShape shape{
                outputs,          inputs, block, bits, random() % 2 ? 16 : 32,
                random() % 2 == 0};
            check(makeWeights(shape, random), makeInputs(rows * inputs, random),
                  rows, random() & ((1 << bits) - 1));
          }
}

TEST(BlockMatmul, NumbersOfE2M1) {
  std::mt19937 random(34);
  for (int64_t block : {16, 32, 128})
    for (int64_t rows : {1, 3, 7})
      for (int64_t outputs : {1, 17, 64})
        for (int64_t inputs : {1, 16, 75, 600}) {
          BlockShape shape{outputs, inputs, block, 4, random() % 2 ? 16 : 32,
                           false};
          Weights weights = makeWeights(shape, random);
          weights.isFp4 = true;
          check(weights, makeInputs(rows * inputs, random), rows, 0);
        }
}

TEST(BlockMatmul, ManyRows) {
  std::mt19937 random(32);
  BlockShape shape{3, 40, 32, 4, 32, false};
  check(makeWeights(shape, random), makeInputs(600 * 40, random), 600, 8);
}

TEST(BlockMatmul, NumbersAtTheEdges) {
  std::mt19937 random(33);
  for (int64_t rows : {1, 4}) {
    BlockShape shape{5, 64, 16, 4, 32, false};
    Weights weights = makeWeights(shape, random);
    for (float edge : {0.0f, -0.0f, 1e-45f, 1e-37f, 7.8e-31f, 8e-31f, 3e38f,
                       -3e38f, INFINITY, -INFINITY, NAN}) {
      std::vector<float> x = makeInputs(rows * 64, random);
      std::fill_n(x.begin(), 16, edge);
      x[20] = edge;
      check(weights, x, rows, 8);
    }
  }
}

TEST(BlockPacking, Half) {
  EXPECT_TRUE(fitHalf({0.5f, -65504.0f, std::ldexp(1.0f, -24), 0.0f}));
  EXPECT_FALSE(fitHalf({1.0f, 65520.0f}));
  EXPECT_FALSE(fitHalf({0.1f}));
  EXPECT_FALSE(fitHalf({std::ldexp(1.0f, -25)}));
  EXPECT_FALSE(fitHalf({INFINITY}));
  EXPECT_FALSE(fitHalf({NAN}));
}

/// Written down by hand: 2 bits, 20 inputs in blocks of 16, 17 outputs.
TEST(BlockPacking, Layout) {
  BlockShape shape{17, 20, 16, 2, 16, true};
  EXPECT_EQ(shape.getBlockBytes(), 128 + 64 + 64);
  EXPECT_EQ(shape.getBytes(), 2 * 256);
  std::vector<uint8_t> codes(17 * 20, 0), zeros(17 * 2, 0);
  std::vector<float> scales(17 * 2, 0);
  codes[16 * 20 + 6] = 3;   // output 16: byte 2 of its 4, second place
  codes[1 * 20 + 17] = 2;   // the second block
  zeros[16 * 2] = 1;        // upper half of word 0
  scales[3 * 2 + 1] = 1.0f; // 0x3c00 in the lower half of word 3
  std::vector<uint8_t> packed = packBlocks(shape, codes, scales, zeros);
  std::vector<uint8_t> expected(512, 0);
  expected[16 * 4 + 2] = 3 << 2;
  expected[256 + 1 * 4 + 1] = 2;
  expected[128 + 2] = 1;
  expected[256 + 192 + 3 * 4 + 1] = 0x3c;
  EXPECT_EQ(packed, expected);
}

} // namespace
