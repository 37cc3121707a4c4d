/* Helpers of the packed products: masks out of bits, and sums kept in lanes.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_LANES_H
#define SETUN_LANES_H

#include <stddef.h>
#include <stdint.h>

/* setun:begin setun_top_bit_mask */
/* All ones if bit 7 is set, else 0. The caller shifts a bit up there: vector
 * units compare signs at once. (With the shift in here clang is 2x slower.) */
static inline int8_t setun_top_bit_mask(uint8_t bits) {
  return (int8_t)-((int8_t)bits < 0);
}
/* setun:end */

/* setun:begin setun_drain_lanes */
/* Adds up 16-bit lanes and sets them to 0. */
static inline int32_t setun_drain_lanes(int16_t *lanes, size_t count) {
  int32_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    sum += lanes[i];
    lanes[i] = 0;
  }
  return sum;
}
/* setun:end */

#endif
