/* Products with ternary weights in the layout `trits`: five weights a byte, the
 * sum of 3^j * (weight + 1). Blocks of 160 inputs in 32 bytes, the last one in
 * as many as it needs; input p + j * (bytes of the block) of a block is digit j
 * of its byte p.
 *
 * acc[r][n] = sum over k of weight[n][k] * x[r][k], exact.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MATMUL_TRITS_H
#define SETUN_MATMUL_TRITS_H

#include "setun_tiles.h"
#include "setun_words.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* setun:begin setun_trit_sums */
/* The sum over bytes of weights, one or more. Each has 27 sums for its lower
 * three digits and 9 for its upper two; byte / 27 = byte * 19 >> 9 up to 242.
 * Where SETUN_WORDS is set is said beside setun_four_bytes. */
#ifdef SETUN_WORDS
static SETUN_NOINLINE int32_t setun_trit_sums(const int16_t *sums,
                                              const uint8_t *weights,
                                              size_t bytes) {
  int32_t sum = 0;
  const uint8_t *end = weights + bytes;
  do {
    const uint32_t byte = *weights++;
    const uint32_t high = byte * 19u >> 9;
    sum += sums[byte - 27u * high];
    sum += sums[27 + high];
    sums += 36;
  } while (weights != end);
  return sum;
}
#endif
/* setun:end */

/* setun:begin setun_fill_trit_sums */
/* sums[d] = what the digits of d, less 1, make of as many inputs: every
 * `step`th before `left` run out, then 0. */
#ifdef SETUN_WORDS
static SETUN_NOINLINE void setun_fill_trit_sums(const uint8_t *x, size_t left,
                                                size_t step, uint32_t sign,
                                                int16_t *sums, size_t count) {
  size_t k = 0;
  sums[0] = 0;
  for (size_t size = 1; size < count; size *= 3) {
    const int input = k < left ? (int)(x[k] ^ sign) - (int)sign : 0;
    for (size_t i = 0; i < size; ++i) {
      const int sum = sums[i];
      sums[i] = (int16_t)(sum - input);
      sums[i + size] = (int16_t)sum;
      sums[i + 2 * size] = (int16_t)(sum + input);
    }
    k += step;
  }
}
#endif
/* setun:end */

/* setun:begin setun_matmul_trit_words */
/* acc[rows][outputs] = x[rows][inputs] * weights in the layout trits, for cores
 * without vector registers; sign is 0x80 if x is signed, else 0. */
#ifdef SETUN_WORDS
static SETUN_NOINLINE void
setun_matmul_trit_words(const uint8_t *restrict x, uint32_t sign,
                        const uint8_t *restrict weights, int32_t *restrict acc,
                        size_t rows, size_t outputs, size_t inputs) {
  const size_t row_bytes = inputs / 5 + (inputs % 5 != 0);
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    /* Sums for 16 bytes of a row of weights at a time: half a block. */
    for (size_t byte = 0; byte < row_bytes; byte += 16) {
      const size_t block = byte / 32 * 32, bytes = row_bytes - block;
      const size_t step = bytes < 32 ? bytes : 32;
      const size_t count = row_bytes - byte < 16 ? row_bytes - byte : 16;
      int16_t sums[16 * 36];
      for (size_t i = 0; i < count; ++i) {
        const size_t lower = 4 * block + byte + i, upper = lower + 3 * step;
        setun_fill_trit_sums(x + lower, inputs - lower, step, sign,
                             sums + 36 * i, 27);
        const size_t left = upper < inputs ? inputs - upper : 0;
        setun_fill_trit_sums(x + (inputs - left), left, step, sign,
                             sums + 36 * i + 27, 9);
      }
      const uint8_t *row = weights + byte;
      for (size_t n = 0; n < outputs; ++n) {
        acc[n] += setun_trit_sums(sums, row, count);
        row += row_bytes;
      }
    }
    x += inputs;
    acc += outputs;
  }
}
#endif
/* setun:end */

/* setun:begin setun_unpack_trits */
/* The codes of a block: digit j of byte p, less 1, is codes[p + 32 * j]. From
 * the top, a digit is how many of its two thresholds the rest of the byte has
 * reached; it is taken off. */
static inline void setun_unpack_trits(const uint8_t *restrict weights,
                                      int8_t *restrict codes) {
  for (size_t p = 0; p < 32; ++p) {
    const uint8_t byte = weights[p];
    const int8_t two_4 = (int8_t)-(byte >= 162), one_4 = (int8_t)-(byte >= 81);
    const uint8_t rest_4 = (uint8_t)(byte - (two_4 & 81) - (one_4 & 81));
    const int8_t two_3 = (int8_t)-(rest_4 >= 54),
                 one_3 = (int8_t)-(rest_4 >= 27);
    const uint8_t rest_3 = (uint8_t)(rest_4 - (two_3 & 27) - (one_3 & 27));
    const int8_t two_2 = (int8_t)-(rest_3 >= 18),
                 one_2 = (int8_t)-(rest_3 >= 9);
    const uint8_t rest_2 = (uint8_t)(rest_3 - (two_2 & 9) - (one_2 & 9));
    const int8_t two_1 = (int8_t)-(rest_2 >= 6), one_1 = (int8_t)-(rest_2 >= 3);
    const uint8_t rest_1 = (uint8_t)(rest_2 - (two_1 & 3) - (one_1 & 3));
    codes[p] = (int8_t)(rest_1 - 1);
    codes[p + 32] = (int8_t)(-1 - two_1 - one_1);
    codes[p + 64] = (int8_t)(-1 - two_2 - one_2);
    codes[p + 96] = (int8_t)(-1 - two_3 - one_3);
    codes[p + 128] = (int8_t)(-1 - two_4 - one_4);
  }
}
/* setun:end */

/* setun:begin setun_spread_trit_inputs */
/* The inputs of the last block where those of a whole one are: at p + 32 * j
 * that which belongs to digit j of byte p, 0 where there is none. */
static inline void setun_spread_trit_inputs(const void *x, size_t count,
                                            void *restrict block) {
  const size_t bytes = (count + 4) / 5;
  const uint8_t *from = (const uint8_t *)x;
  uint8_t *to = (uint8_t *)block;
  memset(block, 0, 160);
  for (; count > 0; to += 32) {
    const size_t digits = count < bytes ? count : bytes;
    memcpy(to, from, digits);
    from += digits;
    count -= digits;
  }
}
/* setun:end */

/* setun:begin setun_trit_step */
/* sums[n][j] += the products of digit j of each byte of output n, 4^j and 81
 * times as large, and 32 inputs behind each of low and high. Digits are weights
 * and 1; with unsigned inputs the fourth is a weight less 1, the fifth a
 * weight. */
#if defined(SETUN_TRITS_512)
static inline SETUN_INLINE void
setun_trit_step(SetunVec sums[2][5], const SetunVec *bytes, const uint8_t *low,
                const uint8_t *high, const size_t outputs,
                const int is_signed) {
  /* The lower four digits of 0 .. 80, in pairs of bits. */
  static const uint8_t pairs[128] = {
      0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0a, 0x10, 0x11, 0x12,
      0x14, 0x15, 0x16, 0x18, 0x19, 0x1a, 0x20, 0x21, 0x22, 0x24, 0x25, 0x26,
      0x28, 0x29, 0x2a, 0x40, 0x41, 0x42, 0x44, 0x45, 0x46, 0x48, 0x49, 0x4a,
      0x50, 0x51, 0x52, 0x54, 0x55, 0x56, 0x58, 0x59, 0x5a, 0x60, 0x61, 0x62,
      0x64, 0x65, 0x66, 0x68, 0x69, 0x6a, 0x80, 0x81, 0x82, 0x84, 0x85, 0x86,
      0x88, 0x89, 0x8a, 0x90, 0x91, 0x92, 0x94, 0x95, 0x96, 0x98, 0x99, 0x9a,
      0xa0, 0xa1, 0xa2, 0xa4, 0xa5, 0xa6, 0xa8, 0xa9, 0xaa};
  SetunVec four[2], fifth[2];
  SETUN_UNROLL
  for (size_t n = 0; n < outputs; ++n) {
    /* Less 0, 81 or 162: the least without a sign is below 81. */
    const __m512i v = (__m512i)bytes[n];
    const __m512i v_81 = _mm512_sub_epi8(v, (__m512i)setun_vec_bytes(81));
    const __m512i v_162 = _mm512_sub_epi8(v, (__m512i)setun_vec_bytes(162));
    const __m512i rest = _mm512_min_epu8(v, _mm512_min_epu8(v_81, v_162));
    four[n] =
        (SetunVec)_mm512_permutex2var_epi8((__m512i)setun_vec_load(pairs), rest,
                                           (__m512i)setun_vec_load(pairs + 64));
    fifth[n] = (SetunVec)_mm512_sub_epi8(is_signed ? v : v_81, rest);
  }
  SETUN_UNROLL
  for (unsigned j = 0; j < 5; ++j) {
    const __m256i a = _mm256_loadu_si256((const void *)(low + 32 * j));
    const __m256i b = _mm256_loadu_si256((const void *)(high + 32 * j));
    const SetunVec x =
        (SetunVec)_mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
    SETUN_UNROLL
    for (size_t n = 0; n < outputs; ++n) {
      SetunVec codes = fifth[n];
      if (j == 3 && !is_signed)
        codes = (SetunVec)_mm512_ternarylogic_epi32(
            (__m512i)four[n], (__m512i)setun_vec_bytes(0xc0),
            (__m512i)setun_vec_bytes(0x80), 0x6a); /* a & b ^ c */
      else if (j < 4)
        codes = four[n] & setun_vec_bytes(3u << (2 * j));
      sums[n][j] = setun_vec_dot(sums[n][j], codes, x, 2, is_signed);
    }
  }
}
#endif
/* setun:end */

/* setun:begin setun_trit_outputs */
/* acc[] of one or two outputs, whose weights are row_bytes apart: 320 inputs of
 * x at a time, then those of `tail`. */
#if defined(SETUN_TRITS_512)
static inline SETUN_INLINE void
setun_trit_outputs(const uint8_t *weights, size_t row_bytes, const uint8_t *x,
                   const uint8_t *tail, uint32_t start, int32_t *acc,
                   const size_t outputs, const int is_signed) {
  SetunVec sums[2][5], bytes[2];
  SETUN_UNROLL
  for (size_t n = 0; n < outputs; ++n)
    SETUN_UNROLL
  for (size_t j = 0; j < 5; ++j)
    sums[n][j] = setun_vec_splat(0);
  size_t left = row_bytes;
  for (; left >= 64; left -= 64) {
    SETUN_UNROLL
    for (size_t n = 0; n < outputs; ++n) {
      SETUN_PREFETCH(weights + n * row_bytes + 2048);
      bytes[n] = setun_vec_load(weights + n * row_bytes);
    }
    setun_trit_step(sums, bytes, x, x + 160, outputs, is_signed);
    weights += 64;
    x += 320;
  }
  if (left > 0) {
    SETUN_UNROLL
    for (size_t n = 0; n < outputs; ++n)
      bytes[n] = setun_vec_load_bytes(weights + n * row_bytes, left);
    setun_trit_step(sums, bytes, tail, tail + 160, outputs, is_signed);
  }
  SETUN_UNROLL
  for (size_t n = 0; n < outputs; ++n) {
    /* Exactly divided by 81, modulo 2^32. */
    SetunVec sum = sums[n][4] * setun_vec_splat(0x781948b1u);
    SETUN_UNROLL
    for (unsigned j = 0; j < 4; ++j)
      sum += (SetunVec)((SetunSigned)sums[n][j] >> (2 * j));
    const int32_t all = _mm512_reduce_add_epi32((__m512i)sum);
    acc[n] = (int32_t)(start + (uint32_t)all);
  }
}
#endif
/* setun:end */

/* setun:begin setun_matmul_trits_512 */
/* acc[rows][outputs] = x[rows][inputs] * weights in the layout trits; up to
 * 2^20 inputs, since sums are up to 64 times as large at first. */
#if defined(SETUN_TRITS_512)
static inline SETUN_INLINE void
setun_matmul_trits_512(const uint8_t *x, const uint8_t *weights, int32_t *acc,
                       size_t rows, size_t outputs, size_t inputs,
                       const int is_signed) {
  const size_t blocks = inputs / 160, rest = inputs % 160;
  const size_t row_bytes = 32 * blocks + (rest + 4) / 5;
  for (size_t r = 0; r < rows; ++r) {
    /* What pairs of whole blocks leave over. */
    const size_t even = blocks / 2 * 2;
    uint8_t tail[2 * 160] = {0};
    if (even < blocks)
      memcpy(tail, x + 160 * even, 160);
    setun_spread_trit_inputs(x + 160 * blocks, rest,
                             tail + 160 * (blocks - even));
    uint32_t start = 0 - setun_tile_sum(x, inputs, is_signed);
    if (!is_signed)
      for (size_t b = 0; b < even + 2; ++b) {
        const uint8_t *block = b < even ? x + 160 * b : tail + 160 * (b - even);
        start += 2 * setun_tile_sum(block + 96, 32, 0) +
                 setun_tile_sum(block + 128, 32, 0);
      }
    for (size_t n = 0; n + 2 <= outputs; n += 2)
      setun_trit_outputs(weights + n * row_bytes, row_bytes, x, tail, start,
                         acc + n, 2, is_signed);
    if (outputs % 2 != 0)
      setun_trit_outputs(weights + (outputs - 1) * row_bytes, row_bytes, x,
                         tail, start, acc + outputs - 1, 1, is_signed);
    x += inputs;
    acc += outputs;
  }
}
#endif
/* setun:end */

/* setun:begin setun_dot_trits_s8 */
/* The product of 160 inputs and codes. */
static inline int32_t setun_dot_trits_s8(const int8_t *restrict x,
                                         const int8_t *restrict codes) {
  int32_t sum = 0;
  for (size_t i = 0; i < 160; ++i)
    sum += codes[i] * x[i];
  return sum;
}
/* setun:end */

/* setun:begin setun_matmul_trits_s8 */
/* acc[rows][outputs] = x[rows][inputs] * ternary weights, five a byte; x is
 * signed. */
static inline void setun_matmul_trits_s8(const int8_t *restrict x,
                                         const uint8_t *restrict weights,
                                         int32_t *restrict acc, size_t rows,
                                         size_t outputs, size_t inputs) {
#ifdef SETUN_WORDS
  setun_matmul_trit_words((const uint8_t *)x, 0x80, weights, acc, rows, outputs,
                          inputs);
#else
#if defined(SETUN_TRITS_512)
  if (inputs <= (size_t)1 << 20) {
    setun_matmul_trits_512((const uint8_t *)x, weights, acc, rows, outputs,
                           inputs, 1);
    return;
  }
#endif
  const size_t blocks = inputs / 160, rest = inputs % 160;
  const size_t rest_bytes = (rest + 4) / 5;
  /* Up to 8 rows share the unpacking. */
  for (size_t first = 0; first < rows; first += 8) {
    const size_t count = rows - first < 8 ? rows - first : 8;
    int8_t tails[8][160];
    for (size_t r = 0; r < count; ++r)
      setun_spread_trit_inputs(x + r * inputs + 160 * blocks, rest, tails[r]);
    const uint8_t *block = weights;
    for (size_t n = 0; n < outputs; ++n) {
      int32_t sums[8] = {0};
      int8_t codes[160];
      for (size_t b = 0; b < blocks; ++b) {
        setun_unpack_trits(block, codes);
        for (size_t r = 0; r < count; ++r)
          sums[r] += setun_dot_trits_s8(x + r * inputs + 160 * b, codes);
        block += 32;
      }
      if (rest > 0) {
        /* Only so much is there; what lies behind meets inputs of 0. */
        uint8_t copy[32] = {0};
        memcpy(copy, block, rest_bytes);
        setun_unpack_trits(copy, codes);
        for (size_t r = 0; r < count; ++r)
          sums[r] += setun_dot_trits_s8(tails[r], codes);
        block += rest_bytes;
      }
      for (size_t r = 0; r < count; ++r)
        acc[r * outputs + n] = sums[r];
    }
    x += count * inputs;
    acc += count * outputs;
  }
#endif
}
/* setun:end */

/* setun:begin setun_dot_trits_u8 */
/* The product of 160 unsigned inputs and codes. */
static inline int32_t setun_dot_trits_u8(const uint8_t *restrict x,
                                         const int8_t *restrict codes) {
  int32_t sum = 0;
  for (size_t i = 0; i < 160; ++i)
    sum += codes[i] * x[i];
  return sum;
}
/* setun:end */

/* setun:begin setun_matmul_trits_u8 */
/* acc[rows][outputs] = x[rows][inputs] * ternary weights, five a byte; x is
 * unsigned. */
static inline void setun_matmul_trits_u8(const uint8_t *restrict x,
                                         const uint8_t *restrict weights,
                                         int32_t *restrict acc, size_t rows,
                                         size_t outputs, size_t inputs) {
#ifdef SETUN_WORDS
  setun_matmul_trit_words(x, 0, weights, acc, rows, outputs, inputs);
#else
#if defined(SETUN_TRITS_512)
  if (inputs <= (size_t)1 << 20) {
    setun_matmul_trits_512(x, weights, acc, rows, outputs, inputs, 0);
    return;
  }
#endif
  const size_t blocks = inputs / 160, rest = inputs % 160;
  const size_t rest_bytes = (rest + 4) / 5;
  /* Up to 8 rows share the unpacking. */
  for (size_t first = 0; first < rows; first += 8) {
    const size_t count = rows - first < 8 ? rows - first : 8;
    uint8_t tails[8][160];
    for (size_t r = 0; r < count; ++r)
      setun_spread_trit_inputs(x + r * inputs + 160 * blocks, rest, tails[r]);
    const uint8_t *block = weights;
    for (size_t n = 0; n < outputs; ++n) {
      int32_t sums[8] = {0};
      int8_t codes[160];
      for (size_t b = 0; b < blocks; ++b) {
        setun_unpack_trits(block, codes);
        for (size_t r = 0; r < count; ++r)
          sums[r] += setun_dot_trits_u8(x + r * inputs + 160 * b, codes);
        block += 32;
      }
      if (rest > 0) {
        /* Only so much is there; what lies behind meets inputs of 0. */
        uint8_t copy[32] = {0};
        memcpy(copy, block, rest_bytes);
        setun_unpack_trits(copy, codes);
        for (size_t r = 0; r < count; ++r)
          sums[r] += setun_dot_trits_u8(tails[r], codes);
        block += rest_bytes;
      }
      for (size_t r = 0; r < count; ++r)
        acc[r * outputs + n] = sums[r];
    }
    x += count * inputs;
    acc += count * outputs;
  }
#endif
}
/* setun:end */

#endif
