//===- dynamic_quantize.h - A scale for each row ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The absmax quantisation of BitNet: a row is kept until its largest magnitude
// is known, then sent as codes.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_DYNAMIC_QUANTIZE_H
#define SETUN_HLS_DYNAMIC_QUANTIZE_H

#include "steps.h"
#include "types.h"

namespace setun_hls {

/// The bits of |x|: floats without a sign are in the order of their bits.
inline uint32_t magnitude_bits(float x) {
#pragma HLS INLINE
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits & 0x7fffffffu;
}

/// With t = max(max |x|, epsilon) and a = limit / t or (1 / t) * limit:
/// codes = round(x * a), the scale 1 / a goes out before them.
template <int ROWS, int K, int LIMIT, int LO, bool RECIPROCAL, typename Code>
void dynamic_quantize(hls::stream<vec<float, 1>> &in,
                      hls::stream<vec<Code, 1>> &codes,
                      hls::stream<vec<float, 1>> &scales, float epsilon) {
  float row[K];
  for (int r = 0; r < ROWS; ++r) {
    uint32_t largest = 0;
    for (int k = 0; k < K; ++k) {
#pragma HLS PIPELINE II = 1
      row[k] = in.read()[0];
      const uint32_t bits = magnitude_bits(row[k]);
      largest = bits > largest ? bits : largest;
    }
    float t;
    std::memcpy(&t, &largest, sizeof t);
    // A NaN stays one: no comparison with it holds.
    t = t < epsilon ? epsilon : t;
    const float limit = float(LIMIT);
    float a;
    if (RECIPROCAL) {
      const float inverse = 1.0f / t;
      a = inverse * limit;
    } else {
      a = limit / t;
    }
    vec<float, 1> scale;
    scale[0] = 1.0f / a;
    scales.write(scale);
    for (int k = 0; k < K; ++k) {
#pragma HLS PIPELINE II = 1
      const float scaled = row[k] * a;
      vec<Code, 1> code;
      code[0] = round_half_even(clamp_float(scaled, float(LO), limit));
      codes.write(code);
    }
  }
}

} // namespace setun_hls

#endif // SETUN_HLS_DYNAMIC_QUANTIZE_H
