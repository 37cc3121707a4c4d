/* Products with weights of up to 8 bits in the layout `bytes`: one byte a
 * weight, two's complement.
 *
 * acc[r][n] = sum over k of weight[n][k] * x[r][k], exact.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MATMUL_BYTES_H
#define SETUN_MATMUL_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* setun:begin setun_matmul_bytes_s8 */
/* acc[rows][outputs] = x[rows][inputs] * signed weights; x is signed. */
static inline void setun_matmul_bytes_s8(const int8_t *restrict x,
                                         const int8_t *restrict weights,
                                         int32_t *restrict acc, size_t rows,
                                         size_t outputs, size_t inputs) {
  for (size_t r = 0; r < rows; ++r) {
    const int8_t *row = weights;
    for (size_t n = 0; n < outputs; ++n) {
      /* 16 sums side by side: compilers keep them in vectors. */
      int32_t lanes[16] = {0};
      size_t k = 0;
      for (; inputs - k >= 16; k += 16)
        for (size_t i = 0; i < 16; ++i)
          lanes[i] += row[k + i] * x[k + i];
      int32_t sum = 0;
      for (; k < inputs; ++k)
        sum += row[k] * x[k];
      for (size_t i = 0; i < 16; ++i)
        sum += lanes[i];
      acc[n] = sum;
      row += inputs;
    }
    x += inputs;
    acc += outputs;
  }
}
/* setun:end */

/* setun:begin setun_matmul_bytes_u8 */
/* acc[rows][outputs] = x[rows][inputs] * signed weights; x is unsigned. */
static inline void setun_matmul_bytes_u8(const uint8_t *restrict x,
                                         const int8_t *restrict weights,
                                         int32_t *restrict acc, size_t rows,
                                         size_t outputs, size_t inputs) {
  for (size_t r = 0; r < rows; ++r) {
    const int8_t *row = weights;
    for (size_t n = 0; n < outputs; ++n) {
      int32_t lanes[16] = {0};
      size_t k = 0;
      for (; inputs - k >= 16; k += 16)
        for (size_t i = 0; i < 16; ++i)
          lanes[i] += row[k + i] * x[k + i];
      int32_t sum = 0;
      for (; k < inputs; ++k)
        sum += row[k] * x[k];
      for (size_t i = 0; i < 16; ++i)
        sum += lanes[i];
      acc[n] = sum;
      row += inputs;
    }
    x += inputs;
    acc += outputs;
  }
}
/* setun:end */

#endif
