/* Products with weights of up to 8 bits in the layout `bytes`: one byte a
 * weight, two's complement.
 *
 * acc[r][n] = sum over k of weight[n][k] * x[r][k], exact.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MATMUL_BYTES_H
#define SETUN_MATMUL_BYTES_H

#include "setun_words.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* setun:begin setun_dot_64_s8 */
/* The product of 64 inputs and weights. Compilers know a sum of this form and
 * length, and have instructions for it. */
static inline int32_t setun_dot_64_s8(const int8_t *restrict x,
                                      const int8_t *restrict weights) {
  int32_t sum = 0;
  for (size_t i = 0; i < 64; ++i)
    sum += weights[i] * x[i];
  return sum;
}
/* setun:end */

/* setun:begin setun_dot_32_s8 */
/* The product of 32 inputs and weights. Compilers know a sum of this form and
 * length, and have instructions for it. */
static inline int32_t setun_dot_32_s8(const int8_t *restrict x,
                                      const int8_t *restrict weights) {
  int32_t sum = 0;
  for (size_t i = 0; i < 32; ++i)
    sum += weights[i] * x[i];
  return sum;
}
/* setun:end */

/* setun:begin setun_matmul_bytes_s8 */
/* acc[rows][outputs] = x[rows][inputs] * signed weights; x is signed. */
static inline void setun_matmul_bytes_s8(const int8_t *restrict x,
                                         const int8_t *restrict weights,
                                         int32_t *restrict acc, size_t rows,
                                         size_t outputs, size_t inputs) {
#if defined(SETUN_HELIUM)
  setun_matmul_vectors((const uint8_t *)x, 0, weights, acc, rows, outputs,
                       inputs);
#elif defined(SETUN_WORDS)
  for (size_t r = 0; r < rows; ++r) {
    const int8_t *row = weights;
    /* Outputs in pairs; the last one of an odd number twice. */
    for (size_t n = 0; n < outputs; n += 2) {
      const int8_t *next = row + (n + 1 < outputs ? inputs : 0);
      int32_t sums[2];
      setun_dot_words_s8(x, row, next, inputs, sums);
      memcpy(acc + n, sums, (next == row ? 1 : 2) * sizeof *acc);
      row = next + inputs;
    }
    x += inputs;
    acc += outputs;
  }
#else
  const size_t rest = inputs % 32, whole = inputs - rest;
  for (size_t r = 0; r < rows; ++r) {
    const int8_t *row = weights;
    int8_t tail[32] = {0};
    memcpy(tail, x + whole, rest);
    for (size_t n = 0; n < outputs; ++n) {
      int32_t sum = 0;
      size_t k = 0;
      for (; whole - k >= 64; k += 64)
        sum += setun_dot_64_s8(x + k, row + k);
      if (k < whole)
        sum += setun_dot_32_s8(x + k, row + k);
      for (k = whole; rest < 16 && k < inputs; ++k)
        sum += row[k] * x[k];
      if (rest >= 16) {
        /* What lies behind a row meets inputs of 0. */
        const int8_t *last = row + whole;
        int8_t copy[32];
        if ((outputs - n) * inputs - whole < 32) {
          memset(copy, 0, sizeof copy);
          last = memcpy(copy, last, rest);
        }
        sum += setun_dot_32_s8(tail, last);
      }
      acc[n] = sum;
      row += inputs;
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

/* setun:begin setun_dot_64_u8 */
/* The product of 64 inputs and weights. Compilers know a sum of this form and
 * length, and have instructions for it. */
static inline int32_t setun_dot_64_u8(const uint8_t *restrict x,
                                      const int8_t *restrict weights) {
  int32_t sum = 0;
  for (size_t i = 0; i < 64; ++i)
    sum += weights[i] * x[i];
  return sum;
}
/* setun:end */

/* setun:begin setun_dot_32_u8 */
/* The product of 32 inputs and weights. Compilers know a sum of this form and
 * length, and have instructions for it. */
static inline int32_t setun_dot_32_u8(const uint8_t *restrict x,
                                      const int8_t *restrict weights) {
  int32_t sum = 0;
  for (size_t i = 0; i < 32; ++i)
    sum += weights[i] * x[i];
  return sum;
}
/* setun:end */

/* setun:begin setun_matmul_bytes_u8 */
/* acc[rows][outputs] = x[rows][inputs] * signed weights; x is unsigned. */
static inline void setun_matmul_bytes_u8(const uint8_t *restrict x,
                                         const int8_t *restrict weights,
                                         int32_t *restrict acc, size_t rows,
                                         size_t outputs, size_t inputs) {
#if defined(SETUN_HELIUM)
  setun_matmul_vectors(x, 0x80, weights, acc, rows, outputs, inputs);
#elif defined(SETUN_WORDS)
  for (size_t r = 0; r < rows; ++r) {
    const int8_t *row = weights;
    /* Outputs in pairs; the last one of an odd number twice. */
    for (size_t n = 0; n < outputs; n += 2) {
      const int8_t *next = row + (n + 1 < outputs ? inputs : 0);
      int32_t sums[2];
      setun_dot_words_u8(x, row, next, inputs, sums);
      memcpy(acc + n, sums, (next == row ? 1 : 2) * sizeof *acc);
      row = next + inputs;
    }
    x += inputs;
    acc += outputs;
  }
#else
  const size_t rest = inputs % 32, whole = inputs - rest;
  for (size_t r = 0; r < rows; ++r) {
    const int8_t *row = weights;
    uint8_t tail[32] = {0};
    memcpy(tail, x + whole, rest);
    for (size_t n = 0; n < outputs; ++n) {
      int32_t sum = 0;
      size_t k = 0;
      for (; whole - k >= 64; k += 64)
        sum += setun_dot_64_u8(x + k, row + k);
      if (k < whole)
        sum += setun_dot_32_u8(x + k, row + k);
      for (k = whole; rest < 16 && k < inputs; ++k)
        sum += row[k] * x[k];
      if (rest >= 16) {
        /* What lies behind a row meets inputs of 0. */
        const int8_t *last = row + whole;
        int8_t copy[32];
        if ((outputs - n) * inputs - whole < 32) {
          memset(copy, 0, sizeof copy);
          last = memcpy(copy, last, rest);
        }
        sum += setun_dot_32_u8(tail, last);
      }
      acc[n] = sum;
      row += inputs;
    }
    x += inputs;
    acc += outputs;
  }
#endif
}
/* setun:end */

#endif
