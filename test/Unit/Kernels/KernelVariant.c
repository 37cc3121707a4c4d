/* One table of the kernels, named by SETUN_VARIANT.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

#include "lib/Kernels/setun_block_matmul.h"
#include "lib/Kernels/setun_conv_f32.h"
#include "lib/Kernels/setun_depthwise.h"
#include "lib/Kernels/setun_float.h"
#include "lib/Kernels/setun_matmul_bit_tiles.h"
#include "lib/Kernels/setun_matmul_bits.h"
#include "lib/Kernels/setun_matmul_byte_tiles.h"
#include "lib/Kernels/setun_matmul_bytes.h"
#include "lib/Kernels/setun_matmul_fp4_tiles.h"
#include "lib/Kernels/setun_matmul_int2_tiles.h"
#include "lib/Kernels/setun_matmul_int3_tiles.h"
#include "lib/Kernels/setun_matmul_nibble_tiles.h"
#include "lib/Kernels/setun_matmul_popcount.h"
#include "lib/Kernels/setun_matmul_ternary_pairs.h"
#include "lib/Kernels/setun_matmul_ternary_tiles.h"
#include "lib/Kernels/setun_matmul_trits.h"
#include "lib/Kernels/setun_minmax.h"

#include "KernelVariant.h"

#ifndef SETUN_VARIANT
#define SETUN_VARIANT kernels_O0
#endif

/* As a model calls it: with constants, which the compiler propagates. */
static void fixed_bits(const int8_t *x, const uint8_t *weights, int32_t *acc) {
  setun_matmul_bits_s8(x, weights, acc, 1, 64, 784);
}
static void fixed_ternary(const int8_t *x, const uint8_t *weights,
                          int32_t *acc) {
  setun_matmul_ternary_pairs_s8(x, weights, acc, 1, 64, 784);
}

/* Sizes that have a fixed version go there. */
static void bits_s8(const int8_t *x, const uint8_t *weights, int32_t *acc,
                    size_t rows, size_t outputs, size_t inputs) {
  if (rows == 1 && outputs == 64 && inputs == 784)
    fixed_bits(x, weights, acc);
  else
    setun_matmul_bits_s8(x, weights, acc, rows, outputs, inputs);
}
static void ternary_pairs_s8(const int8_t *x, const uint8_t *weights,
                             int32_t *acc, size_t rows, size_t outputs,
                             size_t inputs) {
  if (rows == 1 && outputs == 64 && inputs == 784)
    fixed_ternary(x, weights, acc);
  else
    setun_matmul_ternary_pairs_s8(x, weights, acc, rows, outputs, inputs);
}

const struct KernelVariant SETUN_VARIANT = {
    bits_s8,
    setun_matmul_bits_u8,
    ternary_pairs_s8,
    setun_matmul_ternary_pairs_u8,
    setun_matmul_trits_s8,
    setun_matmul_trits_u8,
    setun_matmul_bytes_s8,
    setun_matmul_bytes_u8,
    setun_matmul_ternary_tiles_s8,
    setun_matmul_ternary_tiles_u8,
    setun_matmul_nibble_tiles_s8,
    setun_matmul_nibble_tiles_u8,
    setun_matmul_byte_tiles_s8,
    setun_matmul_byte_tiles_u8,
    setun_matmul_int2_tiles_s8,
    setun_matmul_int2_tiles_u8,
    setun_matmul_int3_tiles_s8,
    setun_matmul_int3_tiles_u8,
    setun_matmul_fp4_tiles_s8,
    setun_matmul_fp4_tiles_u8,
    setun_matmul_bits_b1,
    setun_matmul_bits_t2,
    setun_matmul_bit_tiles_b1,
    setun_matmul_bit_tiles_t2,
    setun_matmul_ternary_pairs_t2,
    setun_matmul_ternary_pairs_u2,
    setun_depthwise_s8,
    setun_depthwise_u8,
    setun_block_matmul_2,
    setun_block_matmul_4,
    setun_block_matmul_fp4,
    setun_block_matmul_8,
    setun_block_matmul_f32_2,
    setun_block_matmul_f32_4,
    setun_block_matmul_f32_fp4,
    setun_block_matmul_f32_8,
    setun_matmul_f32,
    setun_matmul_f32_part,
    setun_conv_f32,
    setun_sum_f32,
    setun_exp_f32,
    setun_round_even_f32,
    setun_maximum_f32,
    setun_minimum_f32,
    setun_maximum_f64,
    setun_minimum_f64,
};
