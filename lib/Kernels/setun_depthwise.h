/* Depthwise convolution of codes with channels last: every channel has weights
 * of its own.
 *
 * acc[p][c] = sum over taps t of weights[t][c] * x[what t reads for p][c],
 * exact
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_DEPTHWISE_H
#define SETUN_DEPTHWISE_H

#include "setun_words.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* setun:begin setun_depthwise_taps */
/* from[t] = the codes that tap `tap` + t reads for output `place`, all channels
 * of them; `outside` where that is not in x[samples][depth][height][width]. */
static inline void
setun_depthwise_taps(const uint8_t *x, const uint8_t *outside,
                     const uint8_t **from, size_t place, size_t tap,
                     size_t taps, size_t channels, const size_t window[3][6]) {
  const size_t *d = window[0], *h = window[1], *w = window[2];
  /* A position before the image becomes a number far behind it. */
  const size_t iw = place % w[1] * w[3] - w[5];
  const size_t ih = place / w[1] % h[1] * h[3] - h[5];
  const size_t id = place / w[1] / h[1] % d[1] * d[3] - d[5];
  const size_t sample = place / w[1] / h[1] / d[1];
  size_t kw = tap % w[2], kh = tap / w[2] % h[2], kd = tap / w[2] / h[2];
  for (size_t t = 0; t < taps;) {
    const size_t z = id + kd * d[4], y = ih + kh * h[4];
    const size_t width = z < d[0] && y < h[0] ? w[0] : 0;
    const size_t line = ((sample * d[0] + z) * h[0] + y) * w[0];
    for (; t < taps && kw < w[2]; ++t, ++kw) {
      const size_t column = iw + kw * w[4];
      from[t] = column < width ? x + (line + column) * channels : outside;
    }
    kw = 0;
    kh = kh + 1 < h[2] ? kh + 1 : 0;
    kd += kh == 0;
  }
}
/* setun:end */

/* setun:begin setun_depthwise_s8 */
/* acc[places][channels]: the outputs first, first + 1, ..; x is signed, weights
 * are [taps][channels]. Each spatial dimension (depth, height, width) has a row
 * {size of x, size of the output, taps, stride, dilation, pad before} in
 * `window`; outside of x is the byte `padding`. */
static inline void
setun_depthwise_s8(const int8_t *restrict x, const int8_t *restrict weights,
                   int32_t *restrict acc, ptrdiff_t first, size_t places,
                   size_t channels, size_t padding, const size_t window[3][6]) {
  const size_t taps = window[0][2] * window[1][2] * window[2][2];
  uint8_t outside[32];
  memset(outside, (int)padding, sizeof outside);
  for (size_t p = (size_t)first; places > 0; --places, ++p, acc += channels) {
    for (size_t tap = 0; tap < taps; tap += 64) {
      const size_t end = taps - tap < 64 ? taps - tap : 64;
      const uint8_t *from[64];
      setun_depthwise_taps((const uint8_t *)x, outside, from, p, tap, end,
                           channels, window);
      const int8_t *row = weights + tap * channels;
      size_t c = 0;
#ifdef SETUN_SIMD32
      for (; channels - c >= 4; c += 4) {
        int32_t sums[4] = {0};
        if (tap > 0)
          memcpy(sums, acc + c, sizeof sums);
        for (size_t t = 0; t < end; ++t) {
          const uint32_t codes =
              setun_four_bytes(from[t] + (from[t] == outside ? 0 : c));
          const uint32_t weight = setun_four_bytes(row + t * channels + c);
          const int16x2_t even = __sxtb16((int32_t)codes),
                          odd = __sxtb16((int32_t)(codes >> 8));
          const int16x2_t weight_even = __sxtb16((int32_t)weight);
          const int16x2_t weight_odd = __sxtb16((int32_t)(weight >> 8));
          sums[0] = __smlabb(even, weight_even, sums[0]);
          sums[1] = __smlabb(odd, weight_odd, sums[1]);
          sums[2] = __smlatt(even, weight_even, sums[2]);
          sums[3] = __smlatt(odd, weight_odd, sums[3]);
        }
        memcpy(acc + c, sums, sizeof sums);
      }
#endif
      for (; c < channels; c += 32) {
        const size_t count = channels - c < 32 ? channels - c : 32;
        int32_t sums[32] = {0};
        if (tap > 0)
          memcpy(sums, acc + c, count * sizeof *sums);
        /* A product of bytes fits 16 bits: 255 * 128 < 2^15. Compilers keep a
         * constant number of sums in registers. */
        for (size_t t = 0; t < end && count == 32; ++t) {
          const int8_t *codes =
              (const int8_t *)from[t] + (from[t] == outside ? 0 : c);
          const int8_t *weight = row + t * channels + c;
          for (size_t i = 0; i < 32; ++i)
            sums[i] += (int16_t)(codes[i] * weight[i]);
        }
        for (size_t t = 0; t < end && count < 32; ++t) {
          const int8_t *codes =
              (const int8_t *)from[t] + (from[t] == outside ? 0 : c);
          const int8_t *weight = row + t * channels + c;
          for (size_t i = 0; i < count; ++i)
            sums[i] += codes[i] * weight[i];
        }
        memcpy(acc + c, sums, count * sizeof *sums);
      }
    }
  }
}
/* setun:end */

/* setun:begin setun_depthwise_u8 */
/* acc[places][channels]: the outputs first, first + 1, ..; x is unsigned,
 * weights are [taps][channels]. Each spatial dimension (depth, height, width)
 * has a row {size of x, size of the output, taps, stride, dilation, pad before}
 * in `window`; outside of x is the byte `padding`. */
static inline void
setun_depthwise_u8(const uint8_t *restrict x, const int8_t *restrict weights,
                   int32_t *restrict acc, ptrdiff_t first, size_t places,
                   size_t channels, size_t padding, const size_t window[3][6]) {
  const size_t taps = window[0][2] * window[1][2] * window[2][2];
  uint8_t outside[32];
  memset(outside, (int)padding, sizeof outside);
  for (size_t p = (size_t)first; places > 0; --places, ++p, acc += channels) {
    for (size_t tap = 0; tap < taps; tap += 64) {
      const size_t end = taps - tap < 64 ? taps - tap : 64;
      const uint8_t *from[64];
      setun_depthwise_taps((const uint8_t *)x, outside, from, p, tap, end,
                           channels, window);
      const int8_t *row = weights + tap * channels;
      size_t c = 0;
#ifdef SETUN_SIMD32
      for (; channels - c >= 4; c += 4) {
        int32_t sums[4] = {0};
        if (tap > 0)
          memcpy(sums, acc + c, sizeof sums);
        for (size_t t = 0; t < end; ++t) {
          const uint32_t codes =
              setun_four_bytes(from[t] + (from[t] == outside ? 0 : c));
          const uint32_t weight = setun_four_bytes(row + t * channels + c);
          const int16x2_t even = (int16x2_t)__uxtb16(codes),
                          odd = (int16x2_t)__uxtb16(codes >> 8);
          const int16x2_t weight_even = __sxtb16((int32_t)weight);
          const int16x2_t weight_odd = __sxtb16((int32_t)(weight >> 8));
          sums[0] = __smlabb(even, weight_even, sums[0]);
          sums[1] = __smlabb(odd, weight_odd, sums[1]);
          sums[2] = __smlatt(even, weight_even, sums[2]);
          sums[3] = __smlatt(odd, weight_odd, sums[3]);
        }
        memcpy(acc + c, sums, sizeof sums);
      }
#endif
      for (; c < channels; c += 32) {
        const size_t count = channels - c < 32 ? channels - c : 32;
        int32_t sums[32] = {0};
        if (tap > 0)
          memcpy(sums, acc + c, count * sizeof *sums);
        /* A product of bytes fits 16 bits: 255 * 128 < 2^15. Compilers keep a
         * constant number of sums in registers. */
        for (size_t t = 0; t < end && count == 32; ++t) {
          const uint8_t *codes =
              (const uint8_t *)from[t] + (from[t] == outside ? 0 : c);
          const int8_t *weight = row + t * channels + c;
          for (size_t i = 0; i < 32; ++i)
            sums[i] += (int16_t)(codes[i] * weight[i]);
        }
        for (size_t t = 0; t < end && count < 32; ++t) {
          const uint8_t *codes =
              (const uint8_t *)from[t] + (from[t] == outside ? 0 : c);
          const int8_t *weight = row + t * channels + c;
          for (size_t i = 0; i < count; ++i)
            sums[i] += codes[i] * weight[i];
        }
        memcpy(acc + c, sums, count * sizeof *sums);
      }
    }
  }
}
/* setun:end */

#endif
