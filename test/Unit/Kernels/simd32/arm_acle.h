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

#endif
