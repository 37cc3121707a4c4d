/* What ExactMath.c defines; the results are those of the functions of C that
 * are called so (C23 has fmaximum and fminimum).
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_LIB_TARGET_LLVM_EXACTMATH_H
#define SETUN_LIB_TARGET_LLVM_EXACTMATH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

float setun_exact_trunc_f32(float x);
double setun_exact_trunc_f64(double x);
float setun_exact_floor_f32(float x);
double setun_exact_floor_f64(double x);
float setun_exact_ceil_f32(float x);
double setun_exact_ceil_f64(double x);
float setun_exact_round_f32(float x);
double setun_exact_round_f64(double x);
float setun_exact_roundeven_f32(float x);
double setun_exact_roundeven_f64(double x);
float setun_exact_fmod_f32(float x, float y);
double setun_exact_fmod_f64(double x, double y);
float setun_exact_sqrt_f32(float x);
double setun_exact_sqrt_f64(double x);
float setun_exact_maximum_f32(float x, float y);
double setun_exact_maximum_f64(double x, double y);
float setun_exact_minimum_f32(float x, float y);
double setun_exact_minimum_f64(double x, double y);

#ifdef __cplusplus
}
#endif

#endif
