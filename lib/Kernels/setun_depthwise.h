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

/* setun:begin setun_depthwise_lanes_s8 */
/* The sums of 16 channels from `c` on, in vectors, which compilers split into
 * those of the processor. A product of bytes fits 16 bits: 255 * 128 < 2^15. */
#if defined(__GNUC__) && (defined(__SSE2__) || defined(__ARM_NEON) ||          \
                          defined(__wasm_simd128__) || defined(__ALTIVEC__))
#define SETUN_DEPTHWISE_S8
#ifdef __AVX2__
#include <immintrin.h>
#endif
static inline void setun_depthwise_lanes_s8(const uint8_t *const *from,
                                            const uint8_t *outside,
                                            const int8_t *weights, int32_t *acc,
                                            size_t c, size_t taps,
                                            size_t channels, int continues) {
#ifdef __AVX2__ /* gcc 12 keeps converted vectors in memory */
#ifdef __AVX512F__
  __m512i sums = _mm512_setzero_si512();
#else
  __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
#endif
  if (continues)
    memcpy(&sums, acc, sizeof sums);
  for (size_t t = 0; t < taps; ++t, weights += channels) {
    const uint8_t *codes = from[t] + (from[t] == outside ? 0 : c);
    const __m256i product = _mm256_mullo_epi16(
        _mm256_cvtepi8_epi16(
            _mm_loadu_si128((const __m128i *)(const void *)codes)),
        _mm256_cvtepi8_epi16(
            _mm_loadu_si128((const __m128i *)(const void *)weights)));
#ifdef __AVX512F__
    sums = _mm512_add_epi32(sums, _mm512_cvtepi16_epi32(product));
#else
    sums[0] = _mm256_add_epi32(
        sums[0], _mm256_cvtepi16_epi32(_mm256_castsi256_si128(product)));
    sums[1] = _mm256_add_epi32(
        sums[1], _mm256_cvtepi16_epi32(_mm256_extracti128_si256(product, 1)));
#endif
  }
  memcpy(acc, &sums, sizeof sums);
#else
  typedef int8_t Codes __attribute__((vector_size(16)));
  typedef int8_t Weights __attribute__((vector_size(16)));
  typedef int16_t Products __attribute__((vector_size(32)));
  typedef int32_t Sums __attribute__((vector_size(64)));
  Sums sums = {0};
  if (continues)
    memcpy(&sums, acc, sizeof sums);
  for (size_t t = 0; t < taps; ++t, weights += channels) {
    Codes codes;
    Weights weight;
    memcpy(&codes, from[t] + (from[t] == outside ? 0 : c), sizeof codes);
    memcpy(&weight, weights, sizeof weight);
    const Products product = __builtin_convertvector(codes, Products) *
                             __builtin_convertvector(weight, Products);
    sums += __builtin_convertvector(product, Sums);
  }
  memcpy(acc, &sums, sizeof sums);
#endif
}
#endif
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
  uint8_t outside[16];
  memset(outside, (int)padding, sizeof outside);
  for (size_t p = (size_t)first; places > 0; --places, ++p, acc += channels) {
    for (size_t tap = 0; tap < taps; tap += 64) {
      const size_t end = taps - tap < 64 ? taps - tap : 64;
      const uint8_t *from[64];
      setun_depthwise_taps((const uint8_t *)x, outside, from, p, tap, end,
                           channels, window);
      const int8_t *row = weights + tap * channels;
      size_t c = 0;
#if defined(SETUN_HELIUM)
      for (; c < channels; c += 4) {
        const mve_pred16_t some = vctp32q((uint32_t)(channels - c));
        int32x4_t sums = tap > 0 ? vldrwq_z_s32(acc + c, some) : vdupq_n_s32(0);
        for (size_t t = 0; t < end; ++t) {
          const uint8_t *codes = from[t] + (from[t] == outside ? 0 : c);
          sums = vaddq_s32(
              sums, vmulq_s32(vldrbq_z_s32((const int8_t *)codes, some),
                              vldrbq_z_s32(row + t * channels + c, some)));
        }
        vstrwq_p_s32(acc + c, sums, some);
      }
#elif defined(SETUN_SIMD32)
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
#ifdef SETUN_DEPTHWISE_S8
      const size_t whole = channels - channels % 16;
      for (; c < whole; c += 16)
        setun_depthwise_lanes_s8(from, outside, row + c, acc + c, c, end,
                                 channels, tap > 0);
      if (c < channels && channels >= 16 && taps <= 64) { /* some again */
        c = channels - 16;
        setun_depthwise_lanes_s8(from, outside, row + c, acc + c, c, end,
                                 channels, 0);
        c = channels;
      }
#endif
      for (; c < channels; ++c) {
        int32_t sum = tap > 0 ? acc[c] : 0;
        for (size_t t = 0; t < end; ++t) {
          const int8_t *codes = (const int8_t *)from[t];
          sum += codes[from[t] == outside ? 0 : c] * row[t * channels + c];
        }
        acc[c] = sum;
      }
    }
  }
}
/* setun:end */

/* setun:begin setun_depthwise_lanes_u8 */
/* The sums of 16 channels from `c` on, in vectors, which compilers split into
 * those of the processor. A product of bytes fits 16 bits: 255 * 128 < 2^15. */
#if defined(__GNUC__) && (defined(__SSE2__) || defined(__ARM_NEON) ||          \
                          defined(__wasm_simd128__) || defined(__ALTIVEC__))
#define SETUN_DEPTHWISE_U8
#ifdef __AVX2__
#include <immintrin.h>
#endif
static inline void setun_depthwise_lanes_u8(const uint8_t *const *from,
                                            const uint8_t *outside,
                                            const int8_t *weights, int32_t *acc,
                                            size_t c, size_t taps,
                                            size_t channels, int continues) {
#ifdef __AVX2__ /* gcc 12 keeps converted vectors in memory */
#ifdef __AVX512F__
  __m512i sums = _mm512_setzero_si512();
#else
  __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
#endif
  if (continues)
    memcpy(&sums, acc, sizeof sums);
  for (size_t t = 0; t < taps; ++t, weights += channels) {
    const uint8_t *codes = from[t] + (from[t] == outside ? 0 : c);
    const __m256i product = _mm256_mullo_epi16(
        _mm256_cvtepu8_epi16(
            _mm_loadu_si128((const __m128i *)(const void *)codes)),
        _mm256_cvtepi8_epi16(
            _mm_loadu_si128((const __m128i *)(const void *)weights)));
#ifdef __AVX512F__
    sums = _mm512_add_epi32(sums, _mm512_cvtepi16_epi32(product));
#else
    sums[0] = _mm256_add_epi32(
        sums[0], _mm256_cvtepi16_epi32(_mm256_castsi256_si128(product)));
    sums[1] = _mm256_add_epi32(
        sums[1], _mm256_cvtepi16_epi32(_mm256_extracti128_si256(product, 1)));
#endif
  }
  memcpy(acc, &sums, sizeof sums);
#else
  typedef uint8_t Codes __attribute__((vector_size(16)));
  typedef int8_t Weights __attribute__((vector_size(16)));
  typedef int16_t Products __attribute__((vector_size(32)));
  typedef int32_t Sums __attribute__((vector_size(64)));
  Sums sums = {0};
  if (continues)
    memcpy(&sums, acc, sizeof sums);
  for (size_t t = 0; t < taps; ++t, weights += channels) {
    Codes codes;
    Weights weight;
    memcpy(&codes, from[t] + (from[t] == outside ? 0 : c), sizeof codes);
    memcpy(&weight, weights, sizeof weight);
    const Products product = __builtin_convertvector(codes, Products) *
                             __builtin_convertvector(weight, Products);
    sums += __builtin_convertvector(product, Sums);
  }
  memcpy(acc, &sums, sizeof sums);
#endif
}
#endif
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
  uint8_t outside[16];
  memset(outside, (int)padding, sizeof outside);
  for (size_t p = (size_t)first; places > 0; --places, ++p, acc += channels) {
    for (size_t tap = 0; tap < taps; tap += 64) {
      const size_t end = taps - tap < 64 ? taps - tap : 64;
      const uint8_t *from[64];
      setun_depthwise_taps((const uint8_t *)x, outside, from, p, tap, end,
                           channels, window);
      const int8_t *row = weights + tap * channels;
      size_t c = 0;
#if defined(SETUN_HELIUM)
      for (; c < channels; c += 4) {
        const mve_pred16_t some = vctp32q((uint32_t)(channels - c));
        int32x4_t sums = tap > 0 ? vldrwq_z_s32(acc + c, some) : vdupq_n_s32(0);
        for (size_t t = 0; t < end; ++t) {
          const uint8_t *codes = from[t] + (from[t] == outside ? 0 : c);
          sums = vaddq_s32(
              sums, vmulq_s32(vreinterpretq_s32_u32(vldrbq_z_u32(codes, some)),
                              vldrbq_z_s32(row + t * channels + c, some)));
        }
        vstrwq_p_s32(acc + c, sums, some);
      }
#elif defined(SETUN_SIMD32)
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
#ifdef SETUN_DEPTHWISE_U8
      const size_t whole = channels - channels % 16;
      for (; c < whole; c += 16)
        setun_depthwise_lanes_u8(from, outside, row + c, acc + c, c, end,
                                 channels, tap > 0);
      if (c < channels && channels >= 16 && taps <= 64) { /* some again */
        c = channels - 16;
        setun_depthwise_lanes_u8(from, outside, row + c, acc + c, c, end,
                                 channels, 0);
        c = channels;
      }
#endif
      for (; c < channels; ++c) {
        int32_t sum = tap > 0 ? acc[c] : 0;
        for (size_t t = 0; t < end; ++t) {
          const uint8_t *codes = (const uint8_t *)from[t];
          sum += codes[from[t] == outside ? 0 : c] * row[t * channels + c];
        }
        acc[c] = sum;
      }
    }
  }
}
/* setun:end */

#endif
