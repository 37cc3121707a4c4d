/* Products with bipolar weights in the layout `bits`, without a multiplication:
 * 1 bit a weight, 1 = +1, 0 = -1; input k is bit k % 8 of byte k / 8.
 *
 * acc[r][n] = sum over k of weight[n][k] * x[r][k], exact, as twice the sum of
 * the inputs with weight +1 less the sum of all inputs.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MATMUL_BITS_H
#define SETUN_MATMUL_BITS_H

#include "setun_lanes.h"
#include "setun_words.h"

#include <string.h>

/* setun:begin setun_split_planes */
/* Sorts up to 1024 inputs by the bit of their weight: plane j, which starts at
 * planes + 128 * j, takes x[8 * i + j]; the rest is 0. */
static inline void setun_split_planes(const uint8_t *restrict x, size_t count,
                                      uint8_t *restrict planes) {
  memset(planes, 0, 1024);
  for (size_t k = 0; k < count; ++k)
    planes[k % 8 * 128 + k / 8] = x[k];
}
/* setun:end */

/* setun:begin setun_bits_block_s8 */
/* Adds the inputs whose weight bit is set to 16 lanes. Bit j of byte i belongs
 * to x[i + 128 * j]. A lane changes by at most 1024. */
static inline void setun_bits_block_s8(const uint8_t *restrict x,
                                       const uint8_t *restrict weights,
                                       int16_t *restrict lanes) {
  for (size_t i = 0; i < 16; ++i) {
    const uint8_t bits = weights[i];
    const int8_t x0 = (int8_t)(x[i] & setun_top_bit_mask((uint8_t)(bits << 7)));
    const int8_t x1 =
        (int8_t)(x[i + 128] & setun_top_bit_mask((uint8_t)(bits << 6)));
    const int8_t x2 =
        (int8_t)(x[i + 256] & setun_top_bit_mask((uint8_t)(bits << 5)));
    const int8_t x3 =
        (int8_t)(x[i + 384] & setun_top_bit_mask((uint8_t)(bits << 4)));
    const int8_t x4 =
        (int8_t)(x[i + 512] & setun_top_bit_mask((uint8_t)(bits << 3)));
    const int8_t x5 =
        (int8_t)(x[i + 640] & setun_top_bit_mask((uint8_t)(bits << 2)));
    const int8_t x6 =
        (int8_t)(x[i + 768] & setun_top_bit_mask((uint8_t)(bits << 1)));
    const int8_t x7 = (int8_t)(x[i + 896] & setun_top_bit_mask(bits));
    lanes[i] = (int16_t)(lanes[i] + x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7);
  }
}
/* setun:end */

/* setun:begin setun_matmul_bits_s8 */
/* acc[rows][outputs] = x[rows][inputs] * bipolar weights, 1 bit each, rows of
 * whole bytes: 1 = +1, 0 = -1. The sum of the inputs with +1 less the sum of
 * the others is twice the first less the sum of all. x is signed. */
static inline void setun_matmul_bits_s8(const int8_t *restrict x,
                                        const uint8_t *restrict weights,
                                        int32_t *restrict acc, size_t rows,
                                        size_t outputs, size_t inputs) {
#ifdef SETUN_WORDS
  setun_matmul_bits_words((const uint8_t *)x, 0x80, weights, acc, rows, outputs,
                          inputs);
#else
  const size_t row_bytes = inputs / 8 + (inputs % 8 != 0);
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    /* 1024 inputs at a time: 64 terms a lane need no more than 16 bits. */
    for (size_t first = 0; first < inputs; first += 1024) {
      const size_t count = inputs - first < 1024 ? inputs - first : 1024;
      const size_t bytes = (count + 127) / 128 * 16;
      uint8_t planes[1024];
      setun_split_planes((const uint8_t *)x + first, count, planes);
      int32_t all = 0;
      for (size_t k = 0; k < count; ++k)
        all += x[first + k];
      size_t offset = first / 8;
      for (size_t n = 0; n < outputs; ++n) {
        /* Whole blocks are read; what lies behind a row meets inputs of 0. */
        const uint8_t *row = weights + offset;
        const size_t left = outputs * row_bytes - offset;
        uint8_t copy[128];
        if (left < bytes) {
          memset(copy, 0, sizeof copy);
          row = memcpy(copy, row, left);
        }
        int16_t lanes[16] = {0};
        for (size_t b = 0; b < bytes; b += 16)
          setun_bits_block_s8(planes + b, row + b, lanes);
        const int32_t plus = setun_drain_lanes(lanes, 16);
        acc[n] += plus + plus - all;
        offset += row_bytes;
      }
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

/* setun:begin setun_bits_block_u8 */
/* Adds the unsigned inputs whose weight bit is set to 16 lanes. Bit j of byte i
 * belongs to x[i + 128 * j]. A lane changes by at most 8 * 255. */
static inline void setun_bits_block_u8(const uint8_t *restrict x,
                                       const uint8_t *restrict weights,
                                       int16_t *restrict lanes) {
  for (size_t i = 0; i < 16; ++i) {
    const uint8_t bits = weights[i];
    const uint8_t x0 =
        (uint8_t)(x[i] & setun_top_bit_mask((uint8_t)(bits << 7)));
    const uint8_t x1 =
        (uint8_t)(x[i + 128] & setun_top_bit_mask((uint8_t)(bits << 6)));
    const uint8_t x2 =
        (uint8_t)(x[i + 256] & setun_top_bit_mask((uint8_t)(bits << 5)));
    const uint8_t x3 =
        (uint8_t)(x[i + 384] & setun_top_bit_mask((uint8_t)(bits << 4)));
    const uint8_t x4 =
        (uint8_t)(x[i + 512] & setun_top_bit_mask((uint8_t)(bits << 3)));
    const uint8_t x5 =
        (uint8_t)(x[i + 640] & setun_top_bit_mask((uint8_t)(bits << 2)));
    const uint8_t x6 =
        (uint8_t)(x[i + 768] & setun_top_bit_mask((uint8_t)(bits << 1)));
    const uint8_t x7 = (uint8_t)(x[i + 896] & setun_top_bit_mask(bits));
    lanes[i] = (int16_t)(lanes[i] + x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7);
  }
}
/* setun:end */

/* setun:begin setun_matmul_bits_u8 */
/* acc[rows][outputs] = x[rows][inputs] * bipolar weights, 1 bit each, rows of
 * whole bytes: 1 = +1, 0 = -1. The sum of the inputs with +1 less the sum of
 * the others is twice the first less the sum of all. The bytes of x are
 * unsigned. */
static inline void setun_matmul_bits_u8(const uint8_t *restrict x,
                                        const uint8_t *restrict weights,
                                        int32_t *restrict acc, size_t rows,
                                        size_t outputs, size_t inputs) {
#ifdef SETUN_WORDS
  setun_matmul_bits_words(x, 0, weights, acc, rows, outputs, inputs);
#else
  const size_t row_bytes = inputs / 8 + (inputs % 8 != 0);
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    /* 1024 inputs at a time: 64 terms a lane need no more than 16 bits. */
    for (size_t first = 0; first < inputs; first += 1024) {
      const size_t count = inputs - first < 1024 ? inputs - first : 1024;
      const size_t bytes = (count + 127) / 128 * 16;
      uint8_t planes[1024];
      setun_split_planes(x + first, count, planes);
      int32_t all = 0;
      for (size_t k = 0; k < count; ++k)
        all += x[first + k];
      size_t offset = first / 8;
      for (size_t n = 0; n < outputs; ++n) {
        /* Whole blocks are read; what lies behind a row meets inputs of 0. */
        const uint8_t *row = weights + offset;
        const size_t left = outputs * row_bytes - offset;
        uint8_t copy[128];
        if (left < bytes) {
          memset(copy, 0, sizeof copy);
          row = memcpy(copy, row, left);
        }
        int16_t lanes[16] = {0};
        for (size_t b = 0; b < bytes; b += 16)
          setun_bits_block_u8(planes + b, row + b, lanes);
        const int32_t plus = setun_drain_lanes(lanes, 16);
        acc[n] += plus + plus - all;
        offset += row_bytes;
      }
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

#endif
