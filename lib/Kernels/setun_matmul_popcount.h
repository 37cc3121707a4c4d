/* Products of few-bit codes with packed weights by counting bits: 64 terms in a
 * word, no multiplication. The layouts are those of the other packed products.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MATMUL_POPCOUNT_H
#define SETUN_MATMUL_POPCOUNT_H

#include "setun_matmul_bits.h"
#include "setun_matmul_ternary_pairs.h"

#include <string.h>

/* setun:begin setun_popcount64 */
/* How many bits are set. */
static inline int32_t setun_popcount64(uint64_t word) {
#if defined(__GNUC__) && (defined(__POPCNT__) || defined(__aarch64__) ||       \
                          defined(__riscv_zbb) || defined(__wasm__))
  return __builtin_popcountll(word);
#else
  word -= (word >> 1) & UINT64_C(0x5555555555555555);
  word = (word & UINT64_C(0x3333333333333333)) +
         ((word >> 2) & UINT64_C(0x3333333333333333));
  word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
  word += word >> 8;
  word += word >> 16;
  return (int32_t)((word + (word >> 32)) & 0x7f);
#endif
}
/* setun:end */

/* setun:begin setun_load_word */
/* Up to 8 bytes as a word; those that are missing are 0. */
static inline uint64_t setun_load_word(const uint8_t *bytes, size_t count) {
  uint64_t word = 0;
  memcpy(&word, bytes, count);
  return word;
}
/* setun:end */

/* setun:begin setun_pack_signs */
/* Bit k % 8 of byte k / 8 is set where x[k] > 0, or, if `sign` is -1, where
 * x[k] < 0. */
static inline void setun_pack_signs(const int8_t *restrict x, size_t count,
                                    int8_t sign, uint8_t *restrict bits) {
  size_t k = 0;
  for (; k + 8 <= count; k += 8) {
    unsigned byte = 0;
    for (unsigned j = 0; j < 8; ++j)
      byte |= (unsigned)(x[k + j] == sign) << j;
    bits[k / 8] = (uint8_t)byte;
  }
  if (k < count) {
    unsigned byte = 0;
    for (unsigned j = 0; k + j < count; ++j)
      byte |= (unsigned)(x[k + j] == sign) << j;
    bits[k / 8] = (uint8_t)byte;
  }
}
/* setun:end */

/* setun:begin setun_matmul_bits_b1 */
/* acc[rows][outputs] = x[rows][inputs] * bipolar weights in the layout `bits`,
 * where x is -1 or +1, too: a product is +1 where the bits are equal, so the
 * sum is inputs - 2 * popcount(x ^ weight). */
static inline void setun_matmul_bits_b1(const int8_t *restrict x,
                                        const uint8_t *restrict weights,
                                        int32_t *restrict acc, size_t rows,
                                        size_t outputs, size_t inputs) {
  const size_t row_bytes = inputs / 8 + (inputs % 8 != 0);
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t first = 0; first < inputs; first += 4096) {
      const size_t count = inputs - first < 4096 ? inputs - first : 4096;
      const size_t bytes = count / 8 + (count % 8 != 0);
      uint8_t bits[512];
      setun_pack_signs(x + first, count, 1, bits);
      for (size_t n = 0; n < outputs; ++n) {
        const uint8_t *row = weights + n * row_bytes + first / 8;
        int32_t different = 0;
        size_t i = 0;
        for (; i + 8 <= bytes; i += 8)
          different += setun_popcount64(setun_load_word(bits + i, 8) ^
                                        setun_load_word(row + i, 8));
        if (i < bytes)
          different += setun_popcount64(setun_load_word(bits + i, bytes - i) ^
                                        setun_load_word(row + i, bytes - i));
        acc[n] += (int32_t)count - 2 * different;
      }
    }
    x += inputs;
    acc += outputs;
  }
}
/* setun:end */

/* setun:begin setun_matmul_bits_t2 */
/* acc[rows][outputs] = x[rows][inputs] * bipolar weights in the layout `bits`,
 * where x is -1, 0 or +1. With p and m the bits of +1 and of -1 in x, a product
 * is +1 where a bit of p meets a weight of 1 or a bit of m one of 0: the sum is
 * 2 * (popcount(p & w) - popcount(m & w)) - popcount(p) + popcount(m). Vector
 * units that cannot count bits are faster with bytes. */
static inline void setun_matmul_bits_t2(const int8_t *restrict x,
                                        const uint8_t *restrict weights,
                                        int32_t *restrict acc, size_t rows,
                                        size_t outputs, size_t inputs) {
#if defined(__SSE2__) && !defined(__POPCNT__)
  setun_matmul_bits_s8(x, weights, acc, rows, outputs, inputs);
#else
  const size_t row_bytes = inputs / 8 + (inputs % 8 != 0);
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t first = 0; first < inputs; first += 4096) {
      const size_t count = inputs - first < 4096 ? inputs - first : 4096;
      const size_t bytes = count / 8 + (count % 8 != 0);
      uint8_t plus[512], minus[512];
      setun_pack_signs(x + first, count, 1, plus);
      setun_pack_signs(x + first, count, -1, minus);
      int32_t all = 0;
      for (size_t k = 0; k < count; ++k)
        all += x[first + k];
      for (size_t n = 0; n < outputs; ++n) {
        const uint8_t *row = weights + n * row_bytes + first / 8;
        int32_t sum = 0;
        size_t i = 0;
        for (; i + 8 <= bytes; i += 8) {
          const uint64_t w = setun_load_word(row + i, 8);
          sum += setun_popcount64(setun_load_word(plus + i, 8) & w) -
                 setun_popcount64(setun_load_word(minus + i, 8) & w);
        }
        if (i < bytes) {
          const uint64_t w = setun_load_word(row + i, bytes - i);
          sum += setun_popcount64(setun_load_word(plus + i, bytes - i) & w) -
                 setun_popcount64(setun_load_word(minus + i, bytes - i) & w);
        }
        acc[n] += 2 * sum - all;
      }
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

/* setun:begin setun_pack_pairs */
/* Up to 2048 codes in the layout `ternary_pairs`: input p + 32 * j of block b
 * is the pair of bits 2 * j of byte p + 32 * b. A code is x >> shift & mask; a
 * pair is 1 where it is +1 and 2 where it is -1. */
static inline void setun_pack_pairs(const uint8_t *restrict x, size_t count,
                                    unsigned shift, unsigned mask,
                                    uint8_t *restrict pairs) {
  for (size_t first = 0; first < count; first += 128) {
    uint8_t block[128] = {0};
    memcpy(block, x + first, count - first < 128 ? count - first : 128);
    for (size_t i = 0; i < 128; ++i)
      block[i] = (uint8_t)(block[i] >> shift & mask);
    for (size_t p = 0; p < 32; ++p)
      pairs[p] = 0;
    for (unsigned j = 0; j < 4; ++j)
      for (size_t p = 0; p < 32; ++p) {
        /* 0, 1, 255 -> 0, 1, 2 */
        const unsigned code = block[32 * j + p];
        const unsigned pair = (code & 3) ^ (code >> 1 & 1);
        pairs[p] = (uint8_t)(pairs[p] | pair << (2 * j));
      }
    pairs += 32;
  }
}
/* setun:end */

/* setun:begin setun_sum_pairs */
/* The sum of the products of two rows of pairs: equal signs are bits in common,
 * unequal ones are, once the bits of each pair are exchanged. */
static inline int32_t setun_sum_pairs(const uint8_t *restrict straight,
                                      const uint8_t *restrict crossed,
                                      const uint8_t *restrict row,
                                      size_t bytes) {
  int32_t sum = 0;
  for (size_t i = 0; i < bytes; i += 8) {
    const uint64_t w = setun_load_word(row + i, 8);
    sum += setun_popcount64(setun_load_word(straight + i, 8) & w) -
           setun_popcount64(setun_load_word(crossed + i, 8) & w);
  }
  return sum;
}
/* setun:end */

/* setun:begin setun_matmul_ternary_pairs_t2 */
/* acc[rows][outputs] = x[rows][inputs] * ternary weights in the layout
 * `ternary_pairs`, where x is -1, 0 or +1. Vector units that cannot count bits
 * are faster with bytes. */
static inline void setun_matmul_ternary_pairs_t2(
    const int8_t *restrict x, const uint8_t *restrict weights,
    int32_t *restrict acc, size_t rows, size_t outputs, size_t inputs) {
#if defined(__SSE2__) && !defined(__POPCNT__)
  setun_matmul_ternary_pairs_s8(x, weights, acc, rows, outputs, inputs);
#else
  const size_t row_bytes = (inputs + 127) / 128 * 32;
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t first = 0; first < inputs; first += 2048) {
      const size_t count = inputs - first < 2048 ? inputs - first : 2048;
      const size_t bytes = (count + 127) / 128 * 32;
      uint8_t straight[512], crossed[512];
      setun_pack_pairs((const uint8_t *)x + first, count, 0, 255, straight);
      for (size_t i = 0; i < bytes; ++i)
        crossed[i] =
            (uint8_t)((straight[i] & 0x55) << 1 | (straight[i] >> 1 & 0x55));
      for (size_t n = 0; n < outputs; ++n)
        acc[n] += setun_sum_pairs(straight, crossed,
                                  weights + n * row_bytes + first / 4, bytes);
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

/* setun:begin setun_matmul_ternary_pairs_u2 */
/* acc[rows][outputs] = x[rows][inputs] * ternary weights in the layout
 * `ternary_pairs`, where x is 0, 1, 2 or 3: one sum for each bit of x. Vector
 * units that cannot count bits are faster with bytes. */
static inline void setun_matmul_ternary_pairs_u2(
    const uint8_t *restrict x, const uint8_t *restrict weights,
    int32_t *restrict acc, size_t rows, size_t outputs, size_t inputs) {
#if defined(__SSE2__) && !defined(__POPCNT__)
  setun_matmul_ternary_pairs_u8(x, weights, acc, rows, outputs, inputs);
#else
  const size_t row_bytes = (inputs + 127) / 128 * 32;
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t first = 0; first < inputs; first += 1024) {
      const size_t count = inputs - first < 1024 ? inputs - first : 1024;
      const size_t bytes = (count + 127) / 128 * 32;
      uint8_t low[256], low1[256], high[256], high1[256];
      setun_pack_pairs(x + first, count, 0, 1, low);
      setun_pack_pairs(x + first, count, 1, 1, high);
      for (size_t i = 0; i < bytes; ++i) {
        low1[i] = (uint8_t)(low[i] << 1);
        high1[i] = (uint8_t)(high[i] << 1);
      }
      for (size_t n = 0; n < outputs; ++n) {
        const uint8_t *row = weights + n * row_bytes + first / 4;
        acc[n] += setun_sum_pairs(low, low1, row, bytes) +
                  2 * setun_sum_pairs(high, high1, row, bytes);
      }
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

#endif
