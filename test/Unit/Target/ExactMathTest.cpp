// The functions for processors without an instruction, against those of this
// system's C library, which are exact, too.
#include "lib/Target/LLVM/ExactMath.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

template <typename Float> static bool isSame(Float a, Float b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

template <typename Float>
static void expectSame(const char *name, Float got, Float want, Float x,
                       Float y) {
  EXPECT_TRUE(isSame(got, want))
      << name << "(" << x << ", " << y << ") is " << want << ", not " << got;
}

/// Every kind of number: random bits, small multiples of 1/4, corners.
template <typename Float, typename Bits>
static std::vector<Float> getNumbers() {
  std::mt19937_64 random(1);
  std::vector<Float> numbers = {0,
                                std::numeric_limits<Float>::denorm_min(),
                                std::numeric_limits<Float>::min(),
                                std::numeric_limits<Float>::max(),
                                std::numeric_limits<Float>::infinity(),
                                std::numeric_limits<Float>::quiet_NaN()};
  for (int i = 0; i < 1000; ++i)
    numbers.push_back(static_cast<Float>(i) / 4);
  for (int i = 0; i < 100000; ++i) {
    Bits bits = static_cast<Bits>(random());
    Float number;
    std::memcpy(&number, &bits, sizeof number);
    numbers.push_back(number);
  }
  for (size_t i = 0, n = numbers.size(); i < n; ++i)
    numbers.push_back(-numbers[i]);
  return numbers;
}

/// IEEE 754-2019, by its words.
template <typename Float> static Float maximum(Float x, Float y) {
  if (x != x || y != y)
    return std::numeric_limits<Float>::quiet_NaN();
  if (x == y)
    return std::signbit(x) ? y : x;
  return x > y ? x : y;
}

TEST(ExactMath, SinglePrecision) {
  std::vector<float> numbers = getNumbers<float, uint32_t>();
  std::mt19937_64 random(2);
  for (float x : numbers) {
    float y = numbers[random() % numbers.size()];
    expectSame("trunc", setun_exact_trunc_f32(x), std::trunc(x), x, y);
    expectSame("floor", setun_exact_floor_f32(x), std::floor(x), x, y);
    expectSame("ceil", setun_exact_ceil_f32(x), std::ceil(x), x, y);
    expectSame("round", setun_exact_round_f32(x), std::round(x), x, y);
    expectSame("roundeven", setun_exact_roundeven_f32(x), std::nearbyint(x), x,
               y);
    expectSame("sqrt", setun_exact_sqrt_f32(x), std::sqrt(x), x, y);
    expectSame("fmod", setun_exact_fmod_f32(x, y), std::fmod(x, y), x, y);
    expectSame("maximum", setun_exact_maximum_f32(x, y), maximum(x, y), x, y);
    expectSame("minimum", setun_exact_minimum_f32(x, y), -maximum(-x, -y), x,
               y);
    expectSame("maximum", setun_exact_maximum_f32(x, -x), maximum(x, -x), x, y);
  }
}

TEST(ExactMath, DoublePrecision) {
  std::vector<double> numbers = getNumbers<double, uint64_t>();
  std::mt19937_64 random(2);
  for (double x : numbers) {
    double y = numbers[random() % numbers.size()];
    expectSame("trunc", setun_exact_trunc_f64(x), std::trunc(x), x, y);
    expectSame("floor", setun_exact_floor_f64(x), std::floor(x), x, y);
    expectSame("ceil", setun_exact_ceil_f64(x), std::ceil(x), x, y);
    expectSame("round", setun_exact_round_f64(x), std::round(x), x, y);
    expectSame("roundeven", setun_exact_roundeven_f64(x), std::nearbyint(x), x,
               y);
    expectSame("sqrt", setun_exact_sqrt_f64(x), std::sqrt(x), x, y);
    expectSame("fmod", setun_exact_fmod_f64(x, y), std::fmod(x, y), x, y);
    expectSame("maximum", setun_exact_maximum_f64(x, y), maximum(x, y), x, y);
    expectSame("minimum", setun_exact_minimum_f64(x, y), -maximum(-x, -y), x,
               y);
    expectSame("maximum", setun_exact_maximum_f64(x, -x), maximum(x, -x), x, y);
  }
}
