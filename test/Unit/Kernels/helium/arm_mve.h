/* Helium's intrinsics that the kernels use, in plain C, so that tests of that
 * code run anywhere. What they do: Arm MVE Intrinsics.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_TEST_UNIT_KERNELS_HELIUM_ARM_MVE_H
#define SETUN_TEST_UNIT_KERNELS_HELIUM_ARM_MVE_H

#include <stdint.h>

/* A bit for each byte of a vector. */
typedef uint16_t mve_pred16_t;
typedef struct {
  int8_t lane[16];
} int8x16_t;
typedef struct {
  uint8_t lane[16];
} uint8x16_t;
typedef struct {
  int32_t lane[4];
} int32x4_t;
typedef struct {
  uint32_t lane[4];
} uint32x4_t;

#define FOR_LANES(count) for (unsigned i = 0; i < (count); ++i)

static inline mve_pred16_t vctp8q(uint32_t count) {
  return (mve_pred16_t)(count < 16 ? (1u << count) - 1 : 0xffffu);
}
static inline mve_pred16_t vctp32q(uint32_t count) {
  return vctp8q(count < 4 ? 4 * count : 16);
}

static inline uint8x16_t vldrbq_z_u8(const uint8_t *from, mve_pred16_t some) {
  uint8x16_t result;
  FOR_LANES(16) result.lane[i] = some >> i & 1 ? from[i] : 0;
  return result;
}
static inline uint8x16_t vldrbq_u8(const uint8_t *from) {
  return vldrbq_z_u8(from, 0xffff);
}
static inline int8x16_t vldrbq_z_s8(const int8_t *from, mve_pred16_t some) {
  int8x16_t result;
  FOR_LANES(16) result.lane[i] = some >> i & 1 ? from[i] : 0;
  return result;
}
static inline int32x4_t vldrbq_z_s32(const int8_t *from, mve_pred16_t some) {
  int32x4_t result;
  FOR_LANES(4) result.lane[i] = some >> 4 * i & 1 ? from[i] : 0;
  return result;
}
static inline uint32x4_t vldrbq_z_u32(const uint8_t *from, mve_pred16_t some) {
  uint32x4_t result;
  FOR_LANES(4) result.lane[i] = some >> 4 * i & 1 ? from[i] : 0;
  return result;
}
static inline int32x4_t vldrwq_z_s32(const int32_t *from, mve_pred16_t some) {
  int32x4_t result;
  FOR_LANES(4) result.lane[i] = some >> 4 * i & 1 ? from[i] : 0;
  return result;
}
static inline void vstrwq_p_s32(int32_t *to, int32x4_t a, mve_pred16_t some) {
  FOR_LANES(4) if (some >> 4 * i & 1) to[i] = a.lane[i];
}

static inline uint8x16_t vdupq_n_u8(uint8_t a) {
  uint8x16_t result;
  FOR_LANES(16) result.lane[i] = a;
  return result;
}
static inline int32x4_t vdupq_n_s32(int32_t a) {
  int32x4_t result;
  FOR_LANES(4) result.lane[i] = a;
  return result;
}
static inline int8x16_t vreinterpretq_s8_u8(uint8x16_t a) {
  int8x16_t result;
  FOR_LANES(16) result.lane[i] = (int8_t)a.lane[i];
  return result;
}
static inline int32x4_t vreinterpretq_s32_u32(uint32x4_t a) {
  int32x4_t result;
  FOR_LANES(4) result.lane[i] = (int32_t)a.lane[i];
  return result;
}

static inline uint8x16_t veorq_u8(uint8x16_t a, uint8x16_t b) {
  FOR_LANES(16) a.lane[i] ^= b.lane[i];
  return a;
}
static inline uint8x16_t vaddq_u8(uint8x16_t a, uint8x16_t b) {
  FOR_LANES(16) a.lane[i] = (uint8_t)(a.lane[i] + b.lane[i]);
  return a;
}
static inline int32x4_t vaddq_s32(int32x4_t a, int32x4_t b) {
  FOR_LANES(4) a.lane[i] += b.lane[i];
  return a;
}
static inline int32x4_t vmulq_s32(int32x4_t a, int32x4_t b) {
  FOR_LANES(4) a.lane[i] *= b.lane[i];
  return a;
}
static inline mve_pred16_t vcmpltq_n_s8(int8x16_t a, int8_t b) {
  unsigned result = 0;
  FOR_LANES(16) result |= (a.lane[i] < b ? 1u : 0u) << i;
  return (mve_pred16_t)result;
}

static inline int32_t vmladavaq_s8(int32_t sum, int8x16_t a, int8x16_t b) {
  FOR_LANES(16) sum += a.lane[i] * b.lane[i];
  return sum;
}
static inline int32_t vaddvaq_p_s8(int32_t sum, int8x16_t a,
                                   mve_pred16_t some) {
  FOR_LANES(16) sum += some >> i & 1 ? a.lane[i] : 0;
  return sum;
}
static inline int32_t vaddvaq_s8(int32_t sum, int8x16_t a) {
  return vaddvaq_p_s8(sum, a, 0xffff);
}
static inline uint32_t vaddvaq_p_u8(uint32_t sum, uint8x16_t a,
                                    mve_pred16_t some) {
  FOR_LANES(16) sum += some >> i & 1 ? a.lane[i] : 0u;
  return sum;
}

#undef FOR_LANES

#endif
