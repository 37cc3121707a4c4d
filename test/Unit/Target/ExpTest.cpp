// The exponential of the LLVM path is, bit for bit, the one of emitted C.
#include "RunText.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <vector>

extern "C" float setun_test_exp(float x);

static constexpr size_t kBlock = 1 << 16;

static const char *const kModule = R"mlir(
func.func @main(%x: memref<65536xf32> {setun.role = "input"}, %y: memref<65536xf32> {setun.role = "output"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %end = arith.constant 65536 : index
  scf.for %i = %c0 to %end step %c1 {
    %0 = memref.load %x[%i] : memref<65536xf32>
    %1 = math.exp %0 : f32
    memref.store %1, %y[%i] : memref<65536xf32>
  }
  return
})mlir";

static float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t toBits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

TEST(ExpTest, EqualsTheKernelOnEveryExponent) {
  auto module = compileText(kModule);
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  std::vector<float> x(kBlock), y(kBlock);
  // All signs and exponents with every 1021st significand: 4.2 million values,
  // subnormal numbers, infinities and NaN among them.
  uint64_t bits = 0;
  while (bits < (uint64_t(1) << 32)) {
    for (float &value : x) {
      value = fromBits(static_cast<uint32_t>(bits));
      bits += 1021;
    }
    ASSERT_FALSE(bool((*module)->run({x.data(), y.data()})));
    for (size_t i = 0; i < kBlock; ++i) {
      float expected = setun_test_exp(x[i]);
      if (std::isnan(x[i]))
        ASSERT_TRUE(std::isnan(y[i]) && std::isnan(expected));
      else
        ASSERT_EQ(toBits(y[i]), toBits(expected)) << "exp(" << x[i] << ")";
    }
  }
}

TEST(ExpTest, IsTheExponential) {
  auto module = compileText(kModule);
  ASSERT_TRUE(bool(module)) << llvm::toString(module.takeError());
  std::vector<float> x(kBlock), y(kBlock);
  for (size_t i = 0; i < kBlock; ++i)
    x[i] = -100.0f + 200.0f * static_cast<float>(i) / kBlock;
  ASSERT_FALSE(bool((*module)->run({x.data(), y.data()})));
  for (size_t i = 0; i < kBlock; ++i) {
    double exact = std::exp(static_cast<double>(x[i]));
    float nearest = static_cast<float>(exact);
    double ulp = std::nextafter(nearest, INFINITY) - nearest;
    if (std::isinf(nearest))
      EXPECT_EQ(y[i], nearest);
    else
      EXPECT_LE(std::fabs(y[i] - exact), ulp) << x[i];
  }
}
