/* Functions of one exact result for processors that have no instruction for
 * them: rounding, remainders and square roots. The build makes bitcode of it,
 * whose functions are called, and mostly inlined, where a model needs them:
 * nothing but scalars goes in and out and no memory is touched, so they are the
 * same for every target.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "ExactMath.h"

static uint32_t to_bits32(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

static float from_bits32(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

static uint64_t to_bits64(double x) {
  uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

static double from_bits64(uint64_t bits) {
  double x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

#define SIGN32 0x80000000u
#define SIGN64 0x8000000000000000u

/* Numbers of 2^23 and more (2^52 in double precision), infinities and NaN are
 * left alone: they have no fraction. */
static int is_whole32(float x) { return (to_bits32(x) & ~SIGN32) >> 23 >= 150; }
static int is_whole64(double x) {
  return (to_bits64(x) & ~SIGN64) >> 52 >= 1075;
}

static float with_sign32(float magnitude, float x) {
  return from_bits32((to_bits32(magnitude) & ~SIGN32) |
                     (to_bits32(x) & SIGN32));
}

static double with_sign64(double magnitude, double x) {
  return from_bits64((to_bits64(magnitude) & ~SIGN64) |
                     (to_bits64(x) & SIGN64));
}

float setun_exact_trunc_f32(float x) {
  return is_whole32(x) ? x : with_sign32((float)(int32_t)x, x);
}

double setun_exact_trunc_f64(double x) {
  return is_whole64(x) ? x : with_sign64((double)(int64_t)x, x);
}

float setun_exact_floor_f32(float x) {
  const float whole = setun_exact_trunc_f32(x);
  return whole > x ? whole - 1.0f : whole;
}

double setun_exact_floor_f64(double x) {
  const double whole = setun_exact_trunc_f64(x);
  return whole > x ? whole - 1.0 : whole;
}

/* -0 where x is in (-1, 0]: the sum of -1 and 1 would be +0. */
float setun_exact_ceil_f32(float x) {
  const float whole = setun_exact_trunc_f32(x);
  return whole < x ? with_sign32(whole + 1.0f, x) : whole;
}

double setun_exact_ceil_f64(double x) {
  const double whole = setun_exact_trunc_f64(x);
  return whole < x ? with_sign64(whole + 1.0, x) : whole;
}

/* Halves away from 0; x - trunc(x) is exact. */
float setun_exact_round_f32(float x) {
  const float whole = setun_exact_trunc_f32(x);
  const float rest = with_sign32(x - whole, 1.0f);
  return rest >= 0.5f ? whole + with_sign32(1.0f, x) : whole;
}

double setun_exact_round_f64(double x) {
  const double whole = setun_exact_trunc_f64(x);
  const double rest = with_sign64(x - whole, 1.0);
  return rest >= 0.5 ? whole + with_sign64(1.0, x) : whole;
}

/* Halves to the even neighbour: what is added and taken off again leaves no
 * bits for a fraction. */
float setun_exact_roundeven_f32(float x) {
  const float magnitude = with_sign32(x, 1.0f);
  return is_whole32(x) ? x
                       : with_sign32((magnitude + 8388608.0f) - 8388608.0f, x);
}

double setun_exact_roundeven_f64(double x) {
  const double magnitude = with_sign64(x, 1.0);
  return is_whole64(x)
             ? x
             : with_sign64(
                   (magnitude + 4503599627370496.0) - 4503599627370496.0, x);
}

/* Bits as mantissa * 2^exponent with a leading 1, the least exponent of normal
 * numbers being 1. */
static int normalize32(uint32_t *bits) {
  int exponent = (int)(*bits >> 23);
  *bits &= 0x7fffffu;
  if (exponent > 0)
    *bits |= 0x800000u;
  else
    exponent = 1;
  for (; *bits < 0x800000u; --exponent)
    *bits <<= 1;
  return exponent;
}

static int normalize64(uint64_t *bits) {
  int exponent = (int)(*bits >> 52);
  *bits &= 0xfffffffffffffu;
  if (exponent > 0)
    *bits |= 0x10000000000000u;
  else
    exponent = 1;
  for (; *bits < 0x10000000000000u; --exponent)
    *bits <<= 1;
  return exponent;
}

/* x - n * y for the whole n that leaves a result of x's sign below |y|, by
 * long division of the mantissas. */
float setun_exact_fmod_f32(float x, float y) {
  const uint32_t sign = to_bits32(x) & SIGN32;
  uint32_t a = to_bits32(x) & ~SIGN32, b = to_bits32(y) & ~SIGN32;
  if (a >= 0x7f800000u || b > 0x7f800000u || b == 0)
    return from_bits32(0x7fc00000u);
  if (a < b)
    return x;
  int exponent = normalize32(&a);
  const int last = normalize32(&b);
  for (; exponent > last; --exponent) {
    a = a >= b ? a - b : a;
    a <<= 1;
  }
  a = a >= b ? a - b : a;
  if (a == 0)
    return from_bits32(sign);
  for (; a < 0x800000u; --exponent)
    a <<= 1;
  /* What is shifted out of a subnormal number is 0. */
  a = exponent > 0 ? (a - 0x800000u) | (uint32_t)exponent << 23
                   : a >> (1 - exponent);
  return from_bits32(sign | a);
}

double setun_exact_fmod_f64(double x, double y) {
  const uint64_t sign = to_bits64(x) & SIGN64;
  uint64_t a = to_bits64(x) & ~SIGN64, b = to_bits64(y) & ~SIGN64;
  const uint64_t infinity = 0x7ff0000000000000u, one = 0x10000000000000u;
  if (a >= infinity || b > infinity || b == 0)
    return from_bits64(0x7ff8000000000000u);
  if (a < b)
    return x;
  int exponent = normalize64(&a);
  const int last = normalize64(&b);
  for (; exponent > last; --exponent) {
    a = a >= b ? a - b : a;
    a <<= 1;
  }
  a = a >= b ? a - b : a;
  if (a == 0)
    return from_bits64(sign);
  for (; a < one; --exponent)
    a <<= 1;
  a = exponent > 0 ? (a - one) | (uint64_t)exponent << 52 : a >> (1 - exponent);
  return from_bits64(sign | a);
}

/* One bit of the root at a time, then one more that decides how to round: a
 * root is never halfway between two floats. */
float setun_exact_sqrt_f32(float x) {
  const uint32_t bits = to_bits32(x);
  if (bits == SIGN32 || bits == 0 || bits == 0x7f800000u)
    return x;
  if (bits > 0x7f800000u) /* negative or NaN */
    return from_bits32(0x7fc00000u);
  uint32_t mantissa = bits;
  int exponent = normalize32(&mantissa) - 127;
  if (exponent % 2 != 0) {
    mantissa <<= 1;
    --exponent;
  }
  /* root^2 <= mantissa * 2^25, so root has 25 bits. */
  uint64_t rest = (uint64_t)mantissa << 25;
  uint64_t root = 0;
  for (uint64_t bit = (uint64_t)1 << 48; bit != 0; bit >>= 2) {
    if (rest >= root + bit) {
      rest -= root + bit;
      root = (root >> 1) + bit;
    } else {
      root >>= 1;
    }
  }
  const uint32_t rounded = (uint32_t)((root + 1) >> 1);
  return from_bits32(rounded + ((uint32_t)(exponent / 2 + 126) << 23));
}

double setun_exact_sqrt_f64(double x) {
  const uint64_t bits = to_bits64(x), infinity = 0x7ff0000000000000u;
  if (bits == SIGN64 || bits == 0 || bits == infinity)
    return x;
  if (bits > infinity) /* negative or NaN */
    return from_bits64(0x7ff8000000000000u);
  uint64_t mantissa = bits;
  int exponent = normalize64(&mantissa) - 1023;
  if (exponent % 2 != 0) {
    mantissa <<= 1;
    --exponent;
  }
  /* Two bits of the mantissa come down for each bit of the root, 54 in all. */
  uint64_t root = 0, rest = 0;
  for (int i = 0; i < 54; ++i) {
    rest = rest << 2 | (mantissa >> 52 & 3);
    mantissa = (mantissa & 0xfffffffffffffu) << 2;
    const uint64_t trial = root << 2 | 1;
    root <<= 1;
    if (rest >= trial) {
      rest -= trial;
      root |= 1;
    }
  }
  const uint64_t rounded = (root + 1) >> 1;
  return from_bits64(rounded + ((uint64_t)(exponent / 2 + 1022) << 52));
}

/* IEEE 754-2019: NaN if one of them is, and -0 is smaller than +0. Bits of
 * floats order like integers once those of negative numbers are turned. */
static int32_t order32(float x) {
  const int32_t bits = (int32_t)to_bits32(x);
  return bits < 0 ? bits ^ 0x7fffffff : bits;
}

static int64_t order64(double x) {
  const int64_t bits = (int64_t)to_bits64(x);
  return bits < 0 ? bits ^ 0x7fffffffffffffff : bits;
}

static int is_nan32(float x) { return (to_bits32(x) & ~SIGN32) > 0x7f800000u; }
static int is_nan64(double x) {
  return (to_bits64(x) & ~SIGN64) > 0x7ff0000000000000u;
}

float setun_exact_maximum_f32(float x, float y) {
  return is_nan32(x) || (!is_nan32(y) && order32(x) > order32(y)) ? x : y;
}

double setun_exact_maximum_f64(double x, double y) {
  return is_nan64(x) || (!is_nan64(y) && order64(x) > order64(y)) ? x : y;
}

float setun_exact_minimum_f32(float x, float y) {
  return is_nan32(x) || (!is_nan32(y) && order32(x) < order32(y)) ? x : y;
}

double setun_exact_minimum_f64(double x, double y) {
  return is_nan64(x) || (!is_nan64(y) && order64(x) < order64(y)) ? x : y;
}
