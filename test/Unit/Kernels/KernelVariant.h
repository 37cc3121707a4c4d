//===- KernelVariant.h - The kernels as a test sees them --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels are C99 and are compiled several times with different flags; each
// object exports one table of function pointers.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TEST_UNIT_KERNELS_KERNELVARIANT_H
#define SETUN_TEST_UNIT_KERNELS_KERNELVARIANT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct KernelVariant {
  void (*bits_s8)(const int8_t *, const uint8_t *, int32_t *, size_t, size_t,
                  size_t);
  void (*bits_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t, size_t,
                  size_t);
  void (*ternary_pairs_s8)(const int8_t *, const uint8_t *, int32_t *, size_t,
                           size_t, size_t);
  void (*ternary_pairs_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t,
                           size_t, size_t);
  void (*trits_s8)(const int8_t *, const uint8_t *, int32_t *, size_t, size_t,
                   size_t);
  void (*trits_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t, size_t,
                   size_t);
  void (*bytes_s8)(const int8_t *, const int8_t *, int32_t *, size_t, size_t,
                   size_t);
  void (*bytes_u8)(const uint8_t *, const int8_t *, int32_t *, size_t, size_t,
                   size_t);
  void (*ternary_tiles_s8)(const int8_t *, const uint8_t *, int32_t *, size_t,
                           size_t, size_t);
  void (*ternary_tiles_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t,
                           size_t, size_t);
  void (*nibble_tiles_s8)(const int8_t *, const uint8_t *, int32_t *, size_t,
                          size_t, size_t);
  void (*nibble_tiles_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t,
                          size_t, size_t);
  void (*byte_tiles_s8)(const int8_t *, const uint8_t *, int32_t *, size_t,
                        size_t, size_t);
  void (*byte_tiles_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t,
                        size_t, size_t);
  void (*int2_tiles_s8)(const int8_t *, const uint8_t *, int32_t *, size_t,
                        size_t, size_t);
  void (*int2_tiles_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t,
                        size_t, size_t);
  void (*int3_tiles_s8)(const int8_t *, const uint8_t *, int32_t *, size_t,
                        size_t, size_t);
  void (*int3_tiles_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t,
                        size_t, size_t);
  void (*fp4_tiles_s8)(const int8_t *, const uint8_t *, int32_t *, size_t,
                       size_t, size_t);
  void (*fp4_tiles_u8)(const uint8_t *, const uint8_t *, int32_t *, size_t,
                       size_t, size_t);
  void (*bits_b1)(const int8_t *, const uint8_t *, int32_t *, size_t, size_t,
                  size_t);
  void (*bits_t2)(const int8_t *, const uint8_t *, int32_t *, size_t, size_t,
                  size_t);
  void (*bit_tiles_b1)(const int8_t *, const uint8_t *, int32_t *, size_t,
                       size_t, size_t);
  void (*bit_tiles_t2)(const int8_t *, const uint8_t *, int32_t *, size_t,
                       size_t, size_t);
  void (*ternary_pairs_t2)(const int8_t *, const uint8_t *, int32_t *, size_t,
                           size_t, size_t);
  void (*ternary_pairs_u2)(const uint8_t *, const uint8_t *, int32_t *, size_t,
                           size_t, size_t);
  void (*depthwise_s8)(const int8_t *, const int8_t *, int32_t *, ptrdiff_t,
                       size_t, size_t, size_t, const size_t (*)[6]);
  void (*depthwise_u8)(const uint8_t *, const int8_t *, int32_t *, ptrdiff_t,
                       size_t, size_t, size_t, const size_t (*)[6]);
  void (*block_matmul_2)(const float *, const uint8_t *, float *, uint8_t *,
                         size_t, size_t, size_t, size_t, size_t, size_t,
                         size_t);
  void (*block_matmul_4)(const float *, const uint8_t *, float *, uint8_t *,
                         size_t, size_t, size_t, size_t, size_t, size_t,
                         size_t);
  void (*block_matmul_fp4)(const float *, const uint8_t *, float *, uint8_t *,
                           size_t, size_t, size_t, size_t, size_t, size_t,
                           size_t);
  void (*block_matmul_8)(const float *, const uint8_t *, float *, uint8_t *,
                         size_t, size_t, size_t, size_t, size_t, size_t,
                         size_t);
  void (*block_matmul_f32_2)(const float *, const uint8_t *, float *, size_t,
                             size_t, size_t, size_t, size_t, size_t, size_t);
  void (*block_matmul_f32_4)(const float *, const uint8_t *, float *, size_t,
                             size_t, size_t, size_t, size_t, size_t, size_t);
  void (*block_matmul_f32_fp4)(const float *, const uint8_t *, float *, size_t,
                               size_t, size_t, size_t, size_t, size_t, size_t);
  void (*block_matmul_f32_8)(const float *, const uint8_t *, float *, size_t,
                             size_t, size_t, size_t, size_t, size_t, size_t);
  void (*matmul_f32)(const float *, const float *, float *, size_t, size_t,
                     size_t);
  void (*matmul_f32_part)(const float *, const float *, float *, size_t, size_t,
                          size_t);
  void (*conv_f32)(const float *, const float *, const float *, float *,
                   float *, size_t, size_t, size_t, size_t,
                   const size_t (*)[6]);
  void (*sum_f32)(const float *, float *, size_t, size_t);
  float (*exp_f32)(float);
  float (*round_even_f32)(float);
  float (*maximum_f32)(float, float);
  float (*minimum_f32)(float, float);
  double (*maximum_f64)(double, double);
  double (*minimum_f64)(double, double);
};

extern const struct KernelVariant kernels_O0;
extern const struct KernelVariant kernels_O2;
extern const struct KernelVariant kernels_O3;
extern const struct KernelVariant kernels_popcnt;
extern const struct KernelVariant kernels_checked;
extern const struct KernelVariant kernels_lanes;
extern const struct KernelVariant kernels_avx2;
extern const struct KernelVariant kernels_avxvnni;
extern const struct KernelVariant kernels_avx512vnni;
extern const struct KernelVariant kernels_vbmi;
extern const struct KernelVariant kernels_amx;
extern const struct KernelVariant kernels_vpopcntdq;
extern const struct KernelVariant kernels_words;
extern const struct KernelVariant kernels_simd32;
extern const struct KernelVariant kernels_helium;

#ifdef __cplusplus
}
#endif

#endif // SETUN_TEST_UNIT_KERNELS_KERNELVARIANT_H
