/* Products with tiled weights by AMX: a tile of it is 16 rows of 64 bytes, and
 * so are 16 lines of a block with one weight a byte. Weights are signed here:
 * there is no bias.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_AMX_H
#define SETUN_AMX_H

#include "setun_vec.h"

/* setun:begin setun_amx_start */
/* Whether this process may use AMX: Linux asks for a request, once or more. */
#if defined(SETUN_TILES_AMX)
static inline int setun_amx_start(void) {
  long result = 158; /* arch_prctl(ARCH_REQ_XCOMP_PERM, XTILEDATA) */
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(0x1023L), "S"(18L)
                   : "rcx", "r11", "memory");
  return result == 0;
}
#endif
/* setun:end */

/* setun:begin setun_amx_configure */
/* Tiles 0 .. 3 are sums of 16 rows and the rest of up to 32, and two blocks; 4
 * and 5 are inputs of the same rows, 6 and 7 weights of the blocks, 64 inputs
 * each. Up to 16 rows have four blocks, and weights in tile 5. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE void setun_amx_configure(size_t rows,
                                                    const size_t vecs) {
  uint8_t config[64] SETUN_ALIGNED = {1};
  const size_t first = rows < 16 ? rows : 16;
  const size_t second = rows > 16 ? rows - first : first;
  for (size_t t = 0; t < 8; ++t) {
    const size_t height = t == 2 || t == 3 || t == 5 ? second : first;
    config[16 + 2 * t] = 64;
    config[48 + t] = (uint8_t)(t >= 6 || (t == 5 && vecs > 2) ? 16 : height);
  }
  SETUN_FENCE;
  _tile_loadconfig(config);
}
#endif
/* setun:end */

/* setun:begin setun_amx_weights */
/* The weights at place `place` of each byte. Each bit of a weight is the sum
 * of bits of its code and a constant, since 3 is no code of ternary weights:
 * -1, 0, 1 are 0xff, 0 and 1. Byte 7 - i of a matrix says which bits make up
 * bit i. Four inputs of a line of single bits, which lie side by side, come
 * into the lowest bits of four bytes first: 0 and 1 are 0xff and 1. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE SetunVec setun_amx_weights(const SetunVec line[3],
                                                      const unsigned place,
                                                      const unsigned bits) {
  const int64_t matrix = bits == 2            ? 0x0103030303030303
                         : bits == SETUN_INT2 ? 0x0102020202020202
                         : bits == SETUN_INT3 ? 0x0102040404040404
                                              : 0x0102040808080808;
  const unsigned shift = bits == SETUN_INT3
                             ? place % 2 * 4
                             : place * (8 / setun_tile_places(bits));
  const __m512i map = _mm512_set1_epi64(matrix << shift);
  const __m512i from =
      (__m512i)(bits == SETUN_INT3 ? setun_tile_nibbles(line, place / 2)
                                   : line[0]);
  if (bits == 1)
    return (SetunVec)_mm512_gf2p8affine_epi64_epi8(
        _mm512_multishift_epi64_epi8(
            _mm512_set1_epi64(0x2322212003020100 +
                              0x0404040404040404 * (int64_t)place),
            from),
        _mm512_set1_epi64(0x0001010101010101), 0xff);
  if (bits == 2)
    return (SetunVec)_mm512_gf2p8affine_epi64_epi8(from, map, 0xff);
  if (bits == SETUN_INT2)
    return (SetunVec)_mm512_gf2p8affine_epi64_epi8(from, map, 0xfe);
  if (bits == SETUN_INT3)
    return (SetunVec)_mm512_gf2p8affine_epi64_epi8(from, map, 0xfc);
  if (bits == 4)
    return (SetunVec)_mm512_gf2p8affine_epi64_epi8(from, map, 0xf8);
  return setun_tile_codes(line, place, bits, 0);
}
#endif
/* setun:end */

/* setun:begin setun_amx_unpack */
/* The weights of `vecs` blocks and `lines` lines, which are `step` bytes apart,
 * one a byte. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE void
setun_amx_unpack(const uint8_t *weights, size_t step, size_t lines,
                 uint8_t *bytes, const size_t vecs, const unsigned bits) {
  for (size_t i = 0; i < lines; ++i) {
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v) {
      SetunVec line[3];
      setun_tile_load(line, weights + v * 64, step, bits);
      SETUN_UNROLL
      for (unsigned p = 0; p < setun_tile_places(bits); ++p)
        setun_vec_store(bytes + (p * vecs + v) * 64,
                        setun_amx_weights(line, p, bits));
    }
    weights += setun_tile_vectors(bits) * step;
    bytes += vecs * 64 * setun_tile_places(bits);
  }
}
#endif
/* setun:end */

/* setun:begin setun_amx_store */
/* The way back. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE void setun_amx_store(const unsigned t, int32_t *acc,
                                                size_t acc_row, size_t rows,
                                                size_t left) {
  uint8_t copy[16 * 64] SETUN_ALIGNED;
  void *to = left < 16 ? (void *)copy : (void *)acc;
  const size_t step = left < 16 ? 64 : acc_row * sizeof *acc;
  if (t == 0)
    _tile_stored(0, to, step);
  else if (t == 1)
    _tile_stored(1, to, step);
  else if (t == 2)
    _tile_stored(2, to, step);
  else
    _tile_stored(3, to, step);
  SETUN_FENCE;
  if (left < 16)
    for (size_t r = 0; r < rows; ++r)
      setun_vec_store_sums(acc + r * acc_row, left,
                           setun_vec_load(copy + 64 * r));
}
#endif
/* setun:end */

/* setun:begin setun_amx_steps */
/* Tiles of sums += the products of 64 inputs in each step, and weights of which
 * four inputs are `step` bytes apart. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE void setun_amx_steps(const uint8_t *weights,
                                                size_t step, size_t steps,
                                                const uint8_t *x, size_t x_row,
                                                size_t rows, const size_t vecs,
                                                const int is_signed) {
#define SETUN_AMX_DOT(sum, x, weights)                                         \
  do {                                                                         \
    if (is_signed)                                                             \
      _tile_dpbssd(sum, x, weights);                                           \
    else                                                                       \
      _tile_dpbusd(sum, x, weights);                                           \
  } while (0)
  for (; steps > 0; --steps) {
    _tile_loadd(4, x, x_row);
    _tile_loadd(6, weights, step);
    SETUN_AMX_DOT(0, 4, 6);
    if (vecs > 1) {
      _tile_loadd(7, weights + 64, step);
      SETUN_AMX_DOT(1, 4, 7);
    }
    if (vecs > 2) {
      _tile_loadd(5, weights + 128, step);
      SETUN_AMX_DOT(2, 4, 5);
      _tile_loadd(6, weights + 192, step);
      SETUN_AMX_DOT(3, 4, 6);
    } else if (rows > 16) {
      _tile_loadd(5, x + 16 * x_row, x_row);
      SETUN_AMX_DOT(2, 5, 6);
      if (vecs > 1)
        SETUN_AMX_DOT(3, 5, 7);
    }
    weights += 16 * step;
    x += 64;
  }
#undef SETUN_AMX_DOT
}
#endif
/* setun:end */

/* setun:begin setun_amx_sums */
/* All tiles of sums, as setun_amx_configure says. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE void setun_amx_sums(int32_t *acc, size_t acc_row,
                                               size_t left, size_t rows,
                                               const size_t vecs) {
  const size_t first = rows < 16 ? rows : 16;
  setun_amx_store(0, acc, acc_row, first, left);
  if (vecs > 1)
    setun_amx_store(1, acc + 16, acc_row, first, setun_tile_lanes(left, 1));
  if (vecs > 2) {
    setun_amx_store(2, acc + 32, acc_row, first, setun_tile_lanes(left, 2));
    setun_amx_store(3, acc + 48, acc_row, first, setun_tile_lanes(left, 3));
  } else if (rows > 16) {
    acc += 16 * acc_row;
    setun_amx_store(2, acc, acc_row, rows - 16, left);
    if (vecs > 1)
      setun_amx_store(3, acc + 16, acc_row, rows - 16,
                      setun_tile_lanes(left, 1));
  }
}
#endif
/* setun:end */

/* setun:begin setun_amx_rows rows>=3 */
/* Up to 32 rows and 1, 2 or, of up to 16 rows, 4 blocks of a group. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE void
setun_amx_rows(const uint8_t *weights, size_t bytes, size_t inputs,
               const uint8_t *x, int32_t *acc, size_t acc_row, size_t left,
               size_t rows, const size_t vecs, const unsigned bits,
               const int is_signed) {
  /* Weights of 64 inputs, and of the next ones. */
  uint8_t codes[2][16 * 256] SETUN_ALIGNED, tail[32 * 64] SETUN_ALIGNED;
  const size_t steps = inputs / 64, rest = inputs % 64;
  const size_t step_lines = setun_tile_count(64, bits);
  setun_amx_configure(rows, vecs);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  if (bits != 8)
    setun_amx_unpack(weights, bytes, step_lines, codes[0], vecs, bits);
  for (size_t i = 0; i < steps; ++i) {
    const uint8_t *now = weights;
    weights += step_lines * setun_tile_vectors(bits) * bytes;
    if (bits != 8 || i + 1 == steps) {
      const size_t lines =
          i + 1 < steps ? step_lines : setun_tile_count(rest, bits);
      setun_amx_unpack(weights, bytes, lines, codes[(i + 1) % 2], vecs, bits);
    }
    SETUN_FENCE;
    if (bits != 8)
      setun_amx_steps(codes[i % 2], 64 * vecs, 1, x + 64 * i, inputs, rows,
                      vecs, is_signed);
    else
      setun_amx_steps(now, bytes, 1, x + 64 * i, inputs, rows, vecs, is_signed);
    /* Of no use but this: Sapphire Rapids takes 1000 cycles for the first store
     * of a tile after 2000 cycles without one. */
    if (i % 8 == 7)
      _tile_stored(4, tail, 64);
  }
  if (rest > 0) {
    for (size_t r = 0; r < rows; ++r)
      setun_vec_store(tail + 64 * r,
                      setun_vec_load_bytes(x + r * inputs + steps * 64, rest));
    SETUN_FENCE;
    setun_amx_steps(codes[steps % 2], 64 * vecs, 1, tail, 64, rows, vecs,
                    is_signed);
  }
  setun_amx_sums(acc, acc_row, left, rows, vecs);
}
#endif
/* setun:end */

/* setun:begin setun_amx_panel rows>=3 */
/* Up to 32 rows and all outputs of some groups of `lines` lines. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE void
setun_amx_panel(const uint8_t *weights, size_t lines, size_t inputs,
                const uint8_t *x, int32_t *acc, size_t acc_row, size_t outputs,
                size_t rows, const unsigned bits, const int is_signed) {
  for (size_t n = 0; n < outputs; n += 64) {
    const size_t left = outputs - n < 64 ? outputs - n : 64;
    const size_t bytes = (left + 15) / 16 * 64;
    const size_t width = rows <= 16 && bytes == 256 ? 256 : 128;
    for (size_t b = 0; b < bytes; b += width) {
      int32_t *to = acc + n + b / 4;
      if (width == 256)
        setun_amx_rows(weights, bytes, inputs, x, to, acc_row, left, rows, 4,
                       bits, is_signed);
      else if (bytes - b >= 128)
        setun_amx_rows(weights + b, bytes, inputs, x, to, acc_row, left - b / 4,
                       rows, 2, bits, is_signed);
      else
        setun_amx_rows(weights + b, bytes, inputs, x, to, acc_row, left - b / 4,
                       rows, 1, bits, is_signed);
    }
    weights += lines * bytes;
  }
}
#endif
/* setun:end */

/* setun:begin setun_amx_matmul rows>=3 */
/* acc[rows][outputs] = x[rows][inputs] * tiled weights, 64 inputs or more. */
#if defined(SETUN_TILES_AMX)
static inline SETUN_INLINE void
setun_amx_matmul(const uint8_t *x, const uint8_t *weights, int32_t *acc,
                 size_t rows, size_t outputs, size_t inputs,
                 const unsigned bits, const int is_signed) {
  const size_t lines =
      setun_tile_count(inputs, bits) * setun_tile_vectors(bits);
  while (rows > 0) {
    /* As many rows and outputs as stay in the second cache. */
    const size_t count = rows < 256 ? rows : 256;
    for (size_t n = 0; n < outputs; n += 256)
      for (size_t r = 0; r < count; r += 32)
        setun_amx_panel(weights + n / 16 * lines * 64, lines, inputs,
                        x + r * inputs, acc + r * outputs + n, outputs,
                        outputs - n < 256 ? outputs - n : 256,
                        count - r < 32 ? count - r : 32, bits, is_signed);
    x += count * inputs;
    acc += count * outputs;
    rows -= count;
  }
  _tile_release();
}
#endif
/* setun:end */

#endif
