/* Arm's intrinsics that the kernels use, in plain C, so that tests of that code
 * run anywhere. What they do: Arm C Language Extensions, "32-bit SIMD".
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_TEST_UNIT_KERNELS_SIMD32_ARM_ACLE_H
#define SETUN_TEST_UNIT_KERNELS_SIMD32_ARM_ACLE_H

#include <stdint.h>

/* The flags GE, as a mask of whole bytes. */
static uint32_t ge_mask;

static inline uint32_t byte_of(uint32_t word, unsigned i) {
  return word >> (8 * i) & 0xffu;
}

static inline uint32_t __uadd8(uint32_t a, uint32_t b) {
  uint32_t result = 0;
  ge_mask = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const uint32_t sum = byte_of(a, i) + byte_of(b, i);
    result |= (sum & 0xffu) << (8 * i);
    ge_mask |= (sum >> 8) * 0xffu << (8 * i);
  }
  return result;
}

static inline uint32_t __sel(uint32_t a, uint32_t b) {
  return (a & ge_mask) | (b & ~ge_mask);
}

static inline uint32_t __usada8(uint32_t a, uint32_t b, uint32_t sum) {
  for (unsigned i = 0; i < 4; ++i) {
    const uint32_t p = byte_of(a, i), q = byte_of(b, i);
    sum += p > q ? p - q : q - p;
  }
  return sum;
}

typedef int32_t int16x2_t;

static inline int32_t low_half(int32_t word) { return (int16_t)(uint16_t)word; }
static inline int32_t high_half(int32_t word) {
  return (int16_t)(uint16_t)((uint32_t)word >> 16);
}

static inline int16x2_t halves_of(int32_t low, int32_t high) {
  return (int32_t)((uint32_t)high << 16 | ((uint32_t)low & 0xffffu));
}

static inline int16x2_t __sxtb16(int32_t word) {
  const uint32_t bytes = (uint32_t)word;
  return halves_of((int8_t)byte_of(bytes, 0), (int8_t)byte_of(bytes, 2));
}

static inline uint32_t __uxtb16(uint32_t word) {
  return byte_of(word, 2) << 16 | byte_of(word, 0);
}

static inline int32_t __smlabb(int16x2_t a, int16x2_t b, int32_t sum) {
  return sum + low_half(a) * low_half(b);
}

static inline int32_t __smlatt(int16x2_t a, int16x2_t b, int32_t sum) {
  return sum + high_half(a) * high_half(b);
}

static inline int32_t __smlad(int16x2_t a, int16x2_t b, int32_t sum) {
  return sum + low_half(a) * low_half(b) + high_half(a) * high_half(b);
}

#endif
