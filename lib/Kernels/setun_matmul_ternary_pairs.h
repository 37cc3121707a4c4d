/* Products with ternary weights in the layout `ternary_pairs`, without a
 * multiplication: 2 bits a weight, "plus" and "minus"; 128 inputs in 32 bytes,
 * input p + 32 * j of a block in bits 2j and 2j+1 of byte p.
 *
 * acc[r][n] = sum over k of weight[n][k] * x[r][k], exact.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MATMUL_TERNARY_PAIRS_H
#define SETUN_MATMUL_TERNARY_PAIRS_H

#include "setun_lanes.h"
#include "setun_words.h"

#include <string.h>

/* setun:begin setun_ternary_block_s8 */
/* Adds the products of 128 inputs to 32 lanes. Byte p holds the weights of
 * inputs p, p + 32, p + 64 and p + 96, two bits each: 1 = +1, 2 = -1, 0 = 0.
 * A byte cannot hold -(-128), so "minus" takes ~x = -x - 1 and the ones are
 * made up for at the end. A lane changes by at most 512. */
static inline void setun_ternary_block_s8(const int8_t *restrict x,
                                          const uint8_t *restrict weights,
                                          int16_t *restrict lanes) {
  for (size_t p = 0; p < 32; ++p) {
    const uint8_t pairs = weights[p];
    const int8_t plus0 = setun_top_bit_mask((uint8_t)(pairs << 7));
    const int8_t minus0 = setun_top_bit_mask((uint8_t)(pairs << 6));
    const int8_t plus1 = setun_top_bit_mask((uint8_t)(pairs << 5));
    const int8_t minus1 = setun_top_bit_mask((uint8_t)(pairs << 4));
    const int8_t plus2 = setun_top_bit_mask((uint8_t)(pairs << 3));
    const int8_t minus2 = setun_top_bit_mask((uint8_t)(pairs << 2));
    const int8_t plus3 = setun_top_bit_mask((uint8_t)(pairs << 1));
    const int8_t minus3 = setun_top_bit_mask(pairs);
    const int8_t x0 = (int8_t)((x[p] ^ minus0) & (plus0 | minus0));
    const int8_t x1 = (int8_t)((x[p + 32] ^ minus1) & (plus1 | minus1));
    const int8_t x2 = (int8_t)((x[p + 64] ^ minus2) & (plus2 | minus2));
    const int8_t x3 = (int8_t)((x[p + 96] ^ minus3) & (plus3 | minus3));
    const int8_t ones = (int8_t)(minus0 + minus1 + minus2 + minus3);
    lanes[p] = (int16_t)(lanes[p] + x0 + x1 + x2 + x3 - ones);
  }
}
/* setun:end */

/* setun:begin setun_matmul_ternary_pairs_s8 */
/* acc[rows][outputs] = x[rows][inputs] * ternary weights, 32 bytes for each 128
 * inputs of an output; x is signed. */
static inline void setun_matmul_ternary_pairs_s8(
    const int8_t *restrict x, const uint8_t *restrict weights,
    int32_t *restrict acc, size_t rows, size_t outputs, size_t inputs) {
#ifdef SETUN_WORDS
  setun_matmul_ternary_words((const uint8_t *)x, 0x80, weights, acc, rows,
                             outputs, inputs);
#else
  const size_t blocks = inputs / 128, rest = inputs % 128;
  for (size_t r = 0; r < rows; ++r) {
    const uint8_t *block = weights;
    int8_t tail[128] = {0};
    memcpy(tail, x + (inputs - rest), rest);
    for (size_t n = 0; n < outputs; ++n) {
      int16_t lanes[32] = {0};
      int32_t sum = 0;
      const int8_t *in = x;
      for (size_t b = 0; b < blocks; ++b) {
        setun_ternary_block_s8(in, block, lanes);
        in += 128;
        block += 32;
        /* 32 * 512 is half of what 16 bits hold. */
        if (b % 32 == 31)
          sum += setun_drain_lanes(lanes, 32);
      }
      if (rest > 0) {
        setun_ternary_block_s8(tail, block, lanes);
        block += 32;
      }
      acc[n] = sum + setun_drain_lanes(lanes, 32);
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

/* setun:begin setun_ternary_block_u8 */
/* Adds the products of 128 unsigned inputs to 32 lanes. Byte p holds the
 * weights of inputs p, p + 32, p + 64 and p + 96, two bits each: 1 = +1,
 * 2 = -1, 0 = 0. A lane changes by at most 4 * 255. */
static inline void setun_ternary_block_u8(const uint8_t *restrict x,
                                          const uint8_t *restrict weights,
                                          int16_t *restrict lanes) {
  for (size_t p = 0; p < 32; ++p) {
    const uint8_t pairs = weights[p];
    const int plus =
        (uint8_t)(x[p] & setun_top_bit_mask((uint8_t)(pairs << 7))) +
        (uint8_t)(x[p + 32] & setun_top_bit_mask((uint8_t)(pairs << 5))) +
        (uint8_t)(x[p + 64] & setun_top_bit_mask((uint8_t)(pairs << 3))) +
        (uint8_t)(x[p + 96] & setun_top_bit_mask((uint8_t)(pairs << 1)));
    const int minus =
        (uint8_t)(x[p] & setun_top_bit_mask((uint8_t)(pairs << 6))) +
        (uint8_t)(x[p + 32] & setun_top_bit_mask((uint8_t)(pairs << 4))) +
        (uint8_t)(x[p + 64] & setun_top_bit_mask((uint8_t)(pairs << 2))) +
        (uint8_t)(x[p + 96] & setun_top_bit_mask(pairs));
    lanes[p] = (int16_t)(lanes[p] + plus - minus);
  }
}
/* setun:end */

/* setun:begin setun_matmul_ternary_pairs_u8 */
/* acc[rows][outputs] = x[rows][inputs] * ternary weights, 32 bytes for each 128
 * inputs of an output; x is unsigned. */
static inline void setun_matmul_ternary_pairs_u8(
    const uint8_t *restrict x, const uint8_t *restrict weights,
    int32_t *restrict acc, size_t rows, size_t outputs, size_t inputs) {
#ifdef SETUN_WORDS
  setun_matmul_ternary_words(x, 0, weights, acc, rows, outputs, inputs);
#else
  const size_t blocks = inputs / 128, rest = inputs % 128;
  for (size_t r = 0; r < rows; ++r) {
    const uint8_t *block = weights;
    uint8_t tail[128] = {0};
    memcpy(tail, x + (inputs - rest), rest);
    for (size_t n = 0; n < outputs; ++n) {
      int16_t lanes[32] = {0};
      int32_t sum = 0;
      const uint8_t *in = x;
      for (size_t b = 0; b < blocks; ++b) {
        setun_ternary_block_u8(in, block, lanes);
        in += 128;
        block += 32;
        /* 32 * 4 * 255 = 32640 still fits in 16 bits. */
        if (b % 32 == 31)
          sum += setun_drain_lanes(lanes, 32);
      }
      if (rest > 0) {
        setun_ternary_block_u8(tail, block, lanes);
        block += 32;
      }
      acc[n] = sum + setun_drain_lanes(lanes, 32);
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

#endif
