/* The larger and the smaller of two floats as IEEE 754-2019 has them: NaN if
 * one of them is, and -0 is smaller than +0. fmaxf() differs in both.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MINMAX_H
#define SETUN_MINMAX_H

/* setun:begin setun_maximum_f32 */
/* NaN if a or b is; +0 is larger than -0. */
static inline float setun_maximum_f32(float a, float b) {
  if (a == 0.0f && b == 0.0f)
    return a + b; /* -0 if both are */
  return a < b || b != b ? b : a;
}
/* setun:end */

/* setun:begin setun_minimum_f32 */
/* NaN if a or b is; -0 is smaller than +0. */
static inline float setun_minimum_f32(float a, float b) {
  if (a == 0.0f && b == 0.0f)
    return -(-a - b); /* +0 if both are */
  return a > b || b != b ? b : a;
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
