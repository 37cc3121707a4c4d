/* Products with weights -2 .. 1 in the layout `int2_tiles`.
 *
 * acc[r][n] = sum over k of weight[n][k] * x[r][k], exact.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MATMUL_INT2_TILES_H
#define SETUN_MATMUL_INT2_TILES_H

#include "setun_tiles.h"

/* setun:begin setun_matmul_int2_tiles_s8 */
/* acc[rows][outputs] = x[rows][inputs] * weights in int2_tiles; x is signed. */
static inline void setun_matmul_int2_tiles_s8(const int8_t *restrict x,
                                              const uint8_t *restrict weights,
                                              int32_t *restrict acc,
                                              size_t rows, size_t outputs,
                                              size_t inputs) {
  setun_matmul_tiles((const uint8_t *)x, weights, acc, rows, outputs, inputs,
                     SETUN_INT2, 1);
}
/* setun:end */

/* setun:begin setun_matmul_int2_tiles_u8 */
/* acc[rows][outputs] = x[rows][inputs] * weights in int2_tiles; x is unsigned.
 */
static inline void setun_matmul_int2_tiles_u8(const uint8_t *restrict x,
                                              const uint8_t *restrict weights,
                                              int32_t *restrict acc,
                                              size_t rows, size_t outputs,
                                              size_t inputs) {
  setun_matmul_tiles(x, weights, acc, rows, outputs, inputs, SETUN_INT2, 0);
}
/* setun:end */

#endif
