/* Packed products of the size of a layer, as generated code calls them.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */

#include "setun_matmul_bits.h"
#include "setun_matmul_ternary_pairs.h"

void bits(const int8_t *x, const uint8_t *weights, int32_t *acc);
void bits(const int8_t *x, const uint8_t *weights, int32_t *acc) {
  setun_matmul_bits_s8(x, weights, acc, 1, 256, 784);
}

void ternary(const int8_t *x, const uint8_t *weights, int32_t *acc);
void ternary(const int8_t *x, const uint8_t *weights, int32_t *acc) {
  setun_matmul_ternary_pairs_s8(x, weights, acc, 1, 256, 784);
}
