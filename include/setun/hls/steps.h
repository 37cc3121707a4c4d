//===- steps.h - From sums and real numbers to codes ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Thresholds, multiply-add-shift, and the rounding of floats. The formulas are
// those of the lowbit dialect; each float operation is rounded by itself.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_STEPS_H
#define SETUN_HLS_STEPS_H

#include "types.h"

#include <cstring>

namespace setun_hls {

/// How many thresholds x reaches; of a falling row, how many it is below of.
/// The thresholds have W bits.
template <int W, int STEPS, typename X, typename T>
int count_thresholds(const X &x, const T (&row)[STEPS], bool falling = false) {
#pragma HLS INLINE
  int count = 0;
  for (int j = 0; j < STEPS; ++j) {
#pragma HLS UNROLL
    const ap_int<W> threshold = row[j];
    count += (falling ? x < threshold : x >= threshold) ? 1 : 0;
  }
  return count;
}

/// The same of floats; a NaN reaches none.
template <int STEPS>
int count_thresholds(float x, const float (&row)[STEPS], bool falling = false) {
#pragma HLS INLINE
  int count = 0;
  for (int j = 0; j < STEPS; ++j) {
#pragma HLS UNROLL
    count += (falling ? x < row[j] : x >= row[j]) ? 1 : 0;
  }
  return count;
}

/// sum / 2^SHIFT, rounded down.
template <int SHIFT, int W> ap_int<W> shift_down(const ap_int<W> &sum) {
#pragma HLS INLINE
  return sum >> SHIFT;
}

/// sum / 2^SHIFT, to the nearest, ties to even; sum + 2^(SHIFT - 1) fits W.
template <int SHIFT, int W> ap_int<W> shift_half_even(const ap_int<W> &sum) {
#pragma HLS INLINE
  if (SHIFT == 0)
    return sum;
  // Just below a half, and one more where the result would be odd.
  const ap_int<W> half = (ap_int<W>(1) << (SHIFT ? SHIFT - 1 : 0)) - 1;
  const ap_int<W> odd = (sum >> SHIFT) & 1;
  return (sum + half + odd) >> SHIFT;
}

/// A code, or a number of at most 32 bits, out of a shifted sum.
template <int W> int clamp_integer(const ap_int<W> &x, int lo, int hi) {
#pragma HLS INLINE
  return x < lo ? lo : x > hi ? hi : int(x.to_int64());
}

/// In which of `row` x is: the first RAISED of them give +1, the others -1.
/// They have W bits.
template <int RAISED, int W, int COUNT, typename X, typename T>
int correct_exceptions(const X &x, const T (&row)[COUNT]) {
#pragma HLS INLINE
  int correction = 0;
  for (int j = 0; j < COUNT; ++j) {
#pragma HLS UNROLL
    if (x == ap_int<W>(row[j]))
      correction += j < RAISED ? 1 : -1;
  }
  return correction;
}

/// clamp(v, lo, hi); a NaN gives lo, since no comparison with it holds.
inline float clamp_float(float v, float lo, float hi) {
#pragma HLS INLINE
  const float bounded = v >= lo ? v : lo;
  return bounded <= hi ? bounded : hi;
}

/// The integer next to v, ties to even, for |v| <= 2^22: 1.5 * 2^23 + v has no
/// fraction, and the integer is in its low bits.
inline int round_half_even(float v) {
#pragma HLS INLINE
  const float sum = v + 12582912.0f;
  int32_t bits;
  std::memcpy(&bits, &sum, sizeof bits);
  return bits - 0x4b400000;
}

/// Other roundings, for |v| < 2^24: the integer toward zero is one comparison
/// from each.
inline int round_down(float v) { return int(v); }
inline int round_floor(float v) { return int(v) - (v < float(int(v)) ? 1 : 0); }
inline int round_ceil(float v) { return int(v) + (v > float(int(v)) ? 1 : 0); }
inline int round_up(float v) {
  return v < 0.0f ? round_floor(v) : round_ceil(v);
}
/// Ties away from zero; v - int(v) is exact.
inline int round_half_up(float v) {
  const float rest = v - float(int(v));
  return int(v) + (rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0);
}
/// Ties toward zero.
inline int round_half_down(float v) {
  const float rest = v - float(int(v));
  return int(v) + (rest > 0.5f ? 1 : rest < -0.5f ? -1 : 0);
}

} // namespace setun_hls

#endif // SETUN_HLS_STEPS_H
