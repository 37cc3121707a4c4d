//===- functions.h - Functions of floats ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same operations in the same order as on the other targets, so that the
// results are the same bits. Nothing here calls a mathematical library, but for
// the root, which is one of IEEE 754's operations.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_FUNCTIONS_H
#define SETUN_HLS_FUNCTIONS_H

#include <cmath>
#include <cstdint>
#include <cstring>

namespace setun_hls {

inline uint32_t float_to_bits(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline float bits_to_float(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// e^x, off by less than 1 ulp. x = n * ln 2 + r with |r| <= ln 2 / 2; e^r by a
/// polynomial; 2^n as a product of two powers.
inline float exp_f32(float x) {
  const float c = x > 90.0f ? 90.0f : x < -105.0f ? -105.0f : x;
  const float scaled = c * 1.44269504f;
  const float shifted = scaled + 12582912.0f;
  const float n = shifted - 12582912.0f;
  // ln 2 in two parts: n times the first is exact.
  const float high = c - n * 0.693359375f;
  const float low = n * -2.12194440e-4f;
  const float r = high - low;
  float p = 0.001381454f;
  p = p * r + 0.008368745f;
  p = p * r + 0.04166839f;
  p = p * r + 0.16666521f;
  p = p * r + 0.49999994f;
  const float square = r * r;
  const float y = 1.0f + (r + square * p);
  const uint32_t sum = float_to_bits(shifted) - 0x4b400000u + 256u;
  const uint32_t first = sum / 2, second = sum - first;
  return y * bits_to_float((first - 1u) << 23) *
         bits_to_float((second - 1u) << 23);
}

/// The root, rounded once, as IEEE 754 has it.
inline float sqrt_f32(float x) { return std::sqrt(x); }

/// x rounded down; whole numbers and NaN stay. The sign of zero is kept.
inline float floor_f32(float x) {
  if (!(x > -8388608.0f && x < 8388608.0f))
    return x;
  const float whole = float(int32_t(x));
  const float down = whole > x ? whole - 1.0f : whole;
  return bits_to_float(float_to_bits(down) | (float_to_bits(x) & 0x80000000u));
}

inline float ceil_f32(float x) { return -floor_f32(-x); }

inline float abs_f32(float x) {
  return bits_to_float(float_to_bits(x) & 0x7fffffffu);
}

inline float copysign_f32(float x, float sign) {
  return bits_to_float((float_to_bits(x) & 0x7fffffffu) |
                       (float_to_bits(sign) & 0x80000000u));
}

inline float trunc_f32(float x) {
  return copysign_f32(floor_f32(abs_f32(x)), x);
}

/// To the nearest whole number, ties to even: 2^23 + |x| has no fraction.
inline float round_even_f32(float x) {
  const float magnitude = abs_f32(x);
  if (!(magnitude < 8388608.0f))
    return x;
  const float sum = magnitude + 8388608.0f;
  return copysign_f32(sum - 8388608.0f, x);
}

/// Ties away from zero.
inline float round_f32(float x) {
  const float magnitude = abs_f32(x);
  if (!(magnitude < 8388608.0f))
    return x;
  const float whole = floor_f32(magnitude);
  return copysign_f32(magnitude - whole >= 0.5f ? whole + 1.0f : whole, x);
}

/// IEEE 754's maximum and minimum: a NaN wins, +0 is above -0.
inline float maximum_f32(float a, float b) {
  if (a != a || b != b)
    return a + b;
  if (a == b)
    return bits_to_float(float_to_bits(a) & float_to_bits(b));
  return a > b ? a : b;
}

inline float minimum_f32(float a, float b) {
  if (a != a || b != b)
    return a + b;
  if (a == b)
    return bits_to_float(float_to_bits(a) | float_to_bits(b));
  return a < b ? a : b;
}

} // namespace setun_hls

#endif // SETUN_HLS_FUNCTIONS_H
