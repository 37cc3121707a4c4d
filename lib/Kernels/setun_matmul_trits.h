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
