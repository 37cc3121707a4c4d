/* Float arithmetic that gives the same bits on every target: sums in one fixed
 * order, and functions made of single IEEE operations. Contraction to fused
 * multiply-add must be off, rounding to nearest.
 *
 * The order: term k goes to lane k mod 16, lanes start from +0 and take their
 * terms in turn; then lane i takes in lane i + 8, i + 4, i + 2, i + 1.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_FLOAT_H
#define SETUN_FLOAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* setun:begin setun_sum_f32 */
/* y[rows] = sums of x[rows][inputs]. */
static inline void setun_sum_f32(const float *restrict x, float *restrict y,
                                 size_t rows, size_t inputs) {
  for (size_t r = 0; r < rows; ++r) {
    float lanes[16] = {0};
    size_t k = 0;
    for (; inputs - k >= 16; k += 16)
      for (size_t i = 0; i < 16; ++i)
        lanes[i] += x[k + i];
    for (size_t i = 0; k + i < inputs; ++i)
      lanes[i] += x[k + i];
    for (size_t half = 8; half > 0; half /= 2)
      for (size_t i = 0; i < half; ++i)
        lanes[i] += lanes[i + half];
    y[r] = lanes[0];
    x += inputs;
  }
}
/* setun:end */

/* setun:begin setun_matmul_f32_columns */
/* One row of a product, for up to 32 columns of b. */
static inline void setun_matmul_f32_columns(const float *restrict a,
                                            const float *restrict b,
                                            float *restrict c, size_t columns,
                                            size_t outputs, size_t inputs) {
  float lanes[16][32] = {{0}};
  for (size_t k = 0; k < inputs; ++k) {
    float *lane = lanes[k % 16];
    if (columns == 32) /* Compilers vectorise a count they know. */
      for (size_t n = 0; n < 32; ++n)
        lane[n] += a[k] * b[n];
    else
      for (size_t n = 0; n < columns; ++n)
        lane[n] += a[k] * b[n];
    b += outputs;
  }
  for (size_t half = 8; half > 0; half /= 2)
    for (size_t i = 0; i < half; ++i)
      for (size_t n = 0; n < 32; ++n)
        lanes[i][n] += lanes[i + half][n];
  memcpy(c, lanes[0], columns * sizeof *c);
}
/* setun:end */

/* setun:begin setun_matmul_f32_part */
/* c[outputs] = a[inputs] * the first columns of b[inputs][step]. */
static inline void setun_matmul_f32_part(const float *restrict a,
                                         const float *restrict b,
                                         float *restrict c, size_t outputs,
                                         size_t step, size_t inputs) {
  for (size_t n = 0; n < outputs; n += 32) {
    const size_t columns = outputs - n < 32 ? outputs - n : 32;
    setun_matmul_f32_columns(a, b + n, c + n, columns, step, inputs);
  }
}
/* setun:end */

/* setun:begin setun_matmul_f32 */
/* c[rows][outputs] = a[rows][inputs] * b[inputs][outputs]. */
static inline void setun_matmul_f32(const float *restrict a,
                                    const float *restrict b, float *restrict c,
                                    size_t rows, size_t outputs,
                                    size_t inputs) {
  for (size_t r = 0; r < rows; ++r) {
    for (size_t n = 0; n < outputs; n += 32) {
      const size_t columns = outputs - n < 32 ? outputs - n : 32;
      setun_matmul_f32_columns(a, b + n, c + n, columns, outputs, inputs);
    }
    a += inputs;
    c += outputs;
  }
}
/* setun:end */

/* setun:begin setun_round_even_f32 */
/* x rounded to an integer, ties to even; keeps the sign of 0, infinities and
 * NaN. Floats of 2^23 and more have no fraction, so adding 2^23 rounds. */
static inline float setun_round_even_f32(float x) {
  uint32_t bits, sign;
  memcpy(&bits, &x, sizeof bits);
  sign = bits & 0x80000000u;
  bits ^= sign;
  float magnitude;
  memcpy(&magnitude, &bits, sizeof bits);
#ifdef __SOFTFP__
  /* Without an FPU: the lower bits of the sum are the integer, and a routine
   * for differences need not be linked. */
  if (bits < 0x4b000000u) {
    magnitude += 8388608.0f;
    memcpy(&bits, &magnitude, sizeof bits);
    magnitude = (float)(int32_t)(bits - 0x4b000000u);
  }
#else
  if (magnitude < 8388608.0f)
    magnitude = (magnitude + 8388608.0f) - 8388608.0f;
#endif
  memcpy(&bits, &magnitude, sizeof bits);
  bits |= sign;
  memcpy(&x, &bits, sizeof bits);
  return x;
}
/* setun:end */

/* setun:begin setun_exp_f32 */
/* e^x, off by less than 1 ulp. x = n * ln 2 + r with |r| <= ln 2 / 2; e^r by a
 * polynomial; 2^n as a product of two powers, so that results below the normal
 * numbers are rounded once and those above become infinite. */
static inline float setun_exp_f32(float x) {
  /* Beyond, the result is infinite or 0. A comparison with NaN is false. */
  const float c = x > 90.0f ? 90.0f : x < -105.0f ? -105.0f : x;
  /* Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. */
  const float shifted = c * 1.44269504f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  /* ln 2 in two parts: n times the first is exact. */
  const float r = (c - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 0.001381454f;
  p = p * r + 0.008368745f;
  p = p * r + 0.04166839f;
  p = p * r + 0.16666521f;
  p = p * r + 0.49999994f;
  const float y = 1.0f + (r + r * r * p);
  /* n + 256 = first + second, both in [52, 193]: 2^(first - 128) is normal. */
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  const uint32_t sum = bits - 0x4b400000u + 256u;
  const uint32_t first = sum / 2, second = sum - first;
  const uint32_t first_bits = (first - 1u) << 23;
  const uint32_t second_bits = (second - 1u) << 23;
  float first_power, second_power;
  memcpy(&first_power, &first_bits, sizeof first_power);
  memcpy(&second_power, &second_bits, sizeof second_power);
  return y * first_power * second_power;
}
/* setun:end */

#endif
