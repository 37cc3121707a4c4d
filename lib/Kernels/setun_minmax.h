/* The larger and the smaller of two floats as IEEE 754-2019 has them: NaN if
 * one of them is, and -0 is smaller than +0. fmaxf() differs in both.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MINMAX_H
#define SETUN_MINMAX_H

#include <stdint.h>
#include <string.h>

/* setun:begin setun_order_f32 */
/* The bits as an integer that orders floats: -0 in front of +0. */
static inline int32_t setun_order_f32(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits < 0 ? bits ^ 0x7fffffff : bits;
}
/* setun:end */

/* setun:begin setun_maximum_f32 */
/* NaN if a or b is; +0 is larger than -0. */
static inline float setun_maximum_f32(float a, float b) {
#ifdef __SOFTFP__
  /* Without an FPU integers are quicker to compare, and smaller. */
  const int32_t order_a = setun_order_f32(a), order_b = setun_order_f32(b);
  const int32_t infinity = 0x7f800000;
  if (order_b > infinity || order_b < ~infinity)
    return b;
  if (order_a > infinity || order_a < ~infinity)
    return a;
  return order_a < order_b ? b : a;
#else
  if (a == 0.0f && b == 0.0f)
    return a + b; /* -0 if both are */
  return a < b || b != b ? b : a;
#endif
}
/* setun:end */

/* setun:begin setun_minimum_f32 */
/* NaN if a or b is; -0 is smaller than +0. */
static inline float setun_minimum_f32(float a, float b) {
#ifdef __SOFTFP__
  /* Without an FPU integers are quicker to compare, and smaller. */
  const int32_t order_a = setun_order_f32(a), order_b = setun_order_f32(b);
  const int32_t infinity = 0x7f800000;
  if (order_b > infinity || order_b < ~infinity)
    return b;
  if (order_a > infinity || order_a < ~infinity)
    return a;
  return order_a > order_b ? b : a;
#else
  if (a == 0.0f && b == 0.0f)
    return -(-a - b); /* +0 if both are */
  return a > b || b != b ? b : a;
#endif
}
/* setun:end */

/* setun:begin setun_maximum_f64 */
/* NaN if a or b is; +0 is larger than -0. */
static inline double setun_maximum_f64(double a, double b) {
  if (a == 0.0 && b == 0.0)
    return a + b; /* -0 if both are */
  return a < b || b != b ? b : a;
}
/* setun:end */

/* setun:begin setun_minimum_f64 */
/* NaN if a or b is; -0 is smaller than +0. */
static inline double setun_minimum_f64(double a, double b) {
  if (a == 0.0 && b == 0.0)
    return -(-a - b); /* +0 if both are */
  return a > b || b != b ? b : a;
}
/* setun:end */

#endif
