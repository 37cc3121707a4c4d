/* Products of floats with weights of 2, 4 or 8 bits that share a scale in
 * blocks: the inputs of each block become signed bytes first.
 *
 * With a_r,b the largest magnitude of row r in block b:
 *
 *   q[r][k] = round to even(x[r][k] * (127 / a_r,b)), 0 if a_r,b < 2^-100
 *   s[r][n][b] = sum over k in b of (code[n][k] - zero[n][b]) * q[r][k], exact
 *   y[r][n] = sum over b of f32(s[r][n][b]) * ((a_r,b / 127) * scale[n][b])
 *
 * added block after block from +0, each operation rounded to float32. If a_r,b
 * is no finite number, all q of the block are 0, and y becomes NaN.
 * Contraction to fused multiply-add must be off.
 *
 * A tile is 32 outputs. For each block it has lines of 128 bytes, 4 for each
 * output: byte j of them holds the codes of inputs 4 * p + j, the one of p
 * above that of p - 1 (codes of 8 bits less 128); then, if they have a place
 * there, zero points in 64 bytes, and scales: 32 floats, or float16 in 64
 * bytes. A word of 64 bytes holds that of output i in its lower half, that of
 * i + 16 in the upper one.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_BLOCK_MATMUL_H
#define SETUN_BLOCK_MATMUL_H

#include "setun_tiles.h"

/* setun:begin setun_vec_times */
/* Vectors of floats have the type of integers, too. On 32-bit Arm they would
 * take subnormal numbers for 0. */
#if SETUN_VEC_BYTES > 4 && !defined(__arm__)
#define SETUN_REALS
typedef float SetunReals __attribute__((vector_size(SETUN_VEC_BYTES)));
#endif
/* Products of floats. */
static inline SETUN_INLINE SetunVec setun_vec_times(SetunVec a, SetunVec b) {
#if defined(SETUN_REALS)
  return (SetunVec)((SetunReals)a * (SetunReals)b);
#else
  float x[SETUN_VEC_BYTES / 4], y[SETUN_VEC_BYTES / 4];
  memcpy(x, &a, sizeof x);
  memcpy(y, &b, sizeof y);
  for (size_t i = 0; i < SETUN_VEC_BYTES / 4; ++i)
    x[i] *= y[i];
  return setun_vec_load(x);
#endif
}
/* Sums of floats. */
static inline SETUN_INLINE SetunVec setun_vec_plus(SetunVec a, SetunVec b) {
#if defined(SETUN_REALS)
  return (SetunVec)((SetunReals)a + (SetunReals)b);
#else
  float x[SETUN_VEC_BYTES / 4], y[SETUN_VEC_BYTES / 4];
  memcpy(x, &a, sizeof x);
  memcpy(y, &b, sizeof y);
  for (size_t i = 0; i < SETUN_VEC_BYTES / 4; ++i)
    x[i] += y[i];
  return setun_vec_load(x);
#endif
}
/* Signed integers as floats. */
static inline SETUN_INLINE SetunVec setun_vec_to_float(SetunVec integers) {
#if SETUN_VEC_BYTES == 64
  return (SetunVec)_mm512_cvtepi32_ps((__m512i)integers);
#elif SETUN_VEC_BYTES == 32
  return (SetunVec)_mm256_cvtepi32_ps((__m256i)integers);
#elif defined(SETUN_REALS)
  return (SetunVec) __builtin_convertvector((SetunSigned)integers, SetunReals);
#else
  int32_t numbers[SETUN_VEC_BYTES / 4];
  float x[SETUN_VEC_BYTES / 4];
  memcpy(numbers, &integers, sizeof numbers);
  for (size_t i = 0; i < SETUN_VEC_BYTES / 4; ++i)
    x[i] = (float)numbers[i];
  return setun_vec_load(x);
#endif
}
/* setun:end */

/* setun:begin setun_vec_add_scaled */
/* sum + f32(integers) * (a * b) of floats. */
static inline SETUN_INLINE SetunVec setun_vec_add_scaled(SetunVec sum,
                                                         SetunVec integers,
                                                         SetunVec a,
                                                         SetunVec b) {
  return setun_vec_plus(sum, setun_vec_times(setun_vec_to_float(integers),
                                             setun_vec_times(a, b)));
}
/* setun:end */

/* setun:begin setun_vec_half */
/* The float16 in the lower or upper halves of words as floats; no infinity or
 * NaN. Shifted into place its exponent is too small by 112. */
static inline SETUN_INLINE SetunVec setun_vec_half(SetunVec words,
                                                   const int upper) {
  const SetunVec top = upper ? words : words << 16;
  const SetunVec bits =
      (SetunVec)((SetunSigned)top >> 3) & setun_vec_splat(0x8fffe000u);
  return setun_vec_times(bits, setun_vec_splat(0x77800000)); /* 2^112 */
}
/* setun:end */

/* setun:begin setun_block_scales */
/* The scales of a vector of outputs from byte `at` on of a line. */
static inline SETUN_INLINE SetunVec setun_block_scales(const uint8_t *scales,
                                                       size_t at,
                                                       size_t scale_bits) {
  if (scale_bits == 32)
    return setun_vec_load(scales + at);
  return setun_vec_half(setun_vec_load(scales + at % 64), at >= 64);
}
/* setun:end */

/* setun:begin setun_block_offset */
/* Codes are more than the weights by their zero point, and this. */
static inline SETUN_INLINE uint32_t setun_block_offset(const unsigned bits) {
  return bits == 8           ? setun_tile_bias(8, 1) - 128
         : bits == SETUN_FP4 ? setun_tile_bias(SETUN_FP4, 1)
                             : 0;
}
/* setun:end */

/* setun:begin setun_block_zeros */
/* The zero points of a vector of outputs from byte `at` on. */
static inline SETUN_INLINE SetunVec setun_block_zeros(const uint8_t *zeros,
                                                      size_t at) {
  const SetunVec words = setun_vec_load(zeros + at % 64);
  return at >= 64 ? words >> 16 : words & setun_vec_splat(0xffff);
}
/* setun:end */

/* setun:begin setun_block_quantize */
/* The bytes of each block of a row, then 4 bytes for their scale as a float and
 * 4 for -bias times their sum. */
static inline void setun_block_quantize(const float *restrict x,
                                        uint8_t *restrict to, size_t inputs,
                                        size_t block, uint32_t bias) {
  for (size_t k = 0; k < inputs; k += block) {
    const size_t count = inputs - k < block ? inputs - k : block;
    uint32_t most = 0;
    for (size_t i = 0; i < count; ++i) {
      /* Floats without a sign are in the order of their bits. */
      uint32_t bits;
      memcpy(&bits, x + i, sizeof bits);
      bits &= 0x7fffffff;
      most = bits > most ? bits : most;
    }
    float largest;
    memcpy(&largest, &most, sizeof largest);
    const float scale = largest / 127.0f;
    memset(to, 0, block);
    if (most >= 0x0d800000 && most < 0x7f800000) { /* 2^-100, infinity */
      const float factor = 127.0f / largest;
      for (size_t i = 0; i < count; ++i) {
        /* 1.5 * 2^23 leaves no place for a fraction. */
        const float scaled = x[i] * factor;
        const float rounded = scaled + 12582912.0f;
        uint32_t bits;
        memcpy(&bits, &rounded, sizeof bits);
        to[i] = (uint8_t)bits;
      }
    }
    const uint32_t start = 0 - bias * setun_tile_sum(to, block, 1);
    memcpy(to + block, &scale, sizeof scale);
    memcpy(to + block + 4, &start, sizeof start);
    x += count;
    to += block + 8;
  }
}
/* setun:end */

/* setun:begin setun_block_store */
/* `left` lanes at most. */
static inline SETUN_INLINE void setun_block_store(float *to, size_t left,
                                                  SetunVec sums) {
  float lanes[SETUN_VEC_BYTES / 4];
  if (left >= SETUN_VEC_BYTES / 4) {
    setun_vec_store(to, sums);
    return;
  }
  setun_vec_store(lanes, sums);
  for (size_t i = 0; i < left; ++i)
    to[i] = lanes[i];
}
/* setun:end */

/* setun:begin setun_block_row */
/* One row and `vecs` vectors of outputs from byte `at` of a tile's lines on. */
static inline SETUN_INLINE void
setun_block_row(const uint8_t *weights, const uint8_t *x, float *y, size_t left,
                size_t at, size_t inputs, size_t block, size_t has_zeros,
                size_t scale_bits, const size_t vecs, const unsigned bits) {
  SetunVec sums[4];
  SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v)
    sums[v] = setun_vec_splat(0);
  size_t done = 0;
  do {
    const SetunVec start = setun_vec_four(x + block + 4);
    const uint8_t *zeros = weights + block * (bits % 16) * 4;
    const uint8_t *scales = has_zeros ? zeros + 64 : zeros;
    SetunVec acc[4];
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      acc[v] = has_zeros
                   ? 0 - start * (setun_block_zeros(zeros,
                                                    at + v * SETUN_VEC_BYTES) +
                                  setun_vec_splat(setun_block_offset(bits)))
                   : start;
    size_t k = 0;
    do {
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v) {
        const size_t from = at + v * SETUN_VEC_BYTES;
        const SetunVec line = setun_vec_load(weights + from);
        /* Into the nearest cache 1 KB ahead, into the second one 4 KB:
         * processors do not foresee the next page. */
        if (v * SETUN_VEC_BYTES % 64 == 0) {
          SETUN_PREFETCH(weights + from + 1024);
          SETUN_PREFETCH_FAR(weights + from + 4096);
        }
        SETUN_UNROLL
        for (unsigned p = 0; p < setun_tile_places(bits); ++p)
          acc[v] = setun_vec_dot(acc[v], setun_vec_codes(line, p, bits, 1),
                                 setun_vec_four(x + k + 4 * p), bits, 1);
      }
      weights += 128;
      k += 4 * setun_tile_places(bits);
    } while (k < block);
    const SetunVec scale = setun_vec_four(x + block);
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      sums[v] = setun_vec_add_scaled(
          sums[v], acc[v], scale,
          setun_block_scales(scales, at + v * SETUN_VEC_BYTES, scale_bits));
    weights = scales + 4 * scale_bits;
    x += block + 8;
    done += block;
  } while (done < inputs);
  SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v) {
    const size_t lane = (at + v * SETUN_VEC_BYTES) / 4;
    setun_block_store(y + lane, left > lane ? left - lane : 0, sums[v]);
  }
}
/* setun:end */

/* setun:begin setun_block_tile_row */
/* One row and one tile. */
static inline SETUN_INLINE void
setun_block_tile_row(const uint8_t *weights, const uint8_t *x, float *y,
                     size_t left, size_t inputs, size_t block, size_t has_zeros,
                     size_t scale_bits, const unsigned bits) {
#if SETUN_VEC_BYTES == 64
  setun_block_row(weights, x, y, left, 0, inputs, block, has_zeros, scale_bits,
                  2, bits);
#else
  for (size_t at = 0; at < 128 && at / 4 < left; at += 4 * SETUN_VEC_BYTES)
    setun_block_row(weights, x, y, left, at, inputs, block, has_zeros,
                    scale_bits, 4, bits);
#endif
}
/* setun:end */

/* setun:begin setun_block_rows rows>=3 */
/* `rows` rows, not above `max_rows`, and `vecs` vectors of outputs: adds the
 * sums of some blocks to those at y, or to 0. Codes are one a byte, those of
 * four inputs 128 bytes apart; scales and zeros of blocks, too. */
static inline SETUN_INLINE void setun_block_rows(
    const uint8_t *codes, const uint8_t *scales, const uint8_t *zeros,
    const uint8_t *x, size_t x_row, float *y, size_t y_row, size_t left,
    size_t rows, size_t count, size_t block, size_t has_zeros, int is_first,
    const size_t max_rows, const size_t vecs, const unsigned bits) {
  const size_t lanes = SETUN_VEC_BYTES / 4;
  SetunVec sums[8][4];
  const uint8_t *from[8];
  /* Rows that are not there repeat the last one, and are not stored. */
  SETUN_UNROLL
  for (size_t r = 0; r < max_rows; ++r) {
    const size_t row = r < rows ? r : rows - 1;
    from[r] = x + row * x_row;
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v) {
      float start[SETUN_VEC_BYTES / 4] = {0};
      const float *sum = y + row * y_row + v * lanes;
      if (!is_first && left >= (v + 1) * lanes)
        memcpy(start, sum, sizeof start);
      else if (!is_first)
        for (size_t i = 0; v * lanes + i < left; ++i)
          start[i] = sum[i];
      sums[r][v] = setun_vec_load(start);
    }
  }
  do {
    SetunVec acc[8][4];
    SETUN_UNROLL
    for (size_t r = 0; r < max_rows; ++r) {
      const SetunVec start = setun_vec_four(from[r] + block + 4);
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v)
        acc[r][v] =
            has_zeros ? 0 - start * setun_vec_load(zeros + v * SETUN_VEC_BYTES)
                      : start;
    }
    size_t k = 0;
    do {
      SetunVec line[4];
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v)
        line[v] = setun_vec_load(codes + v * SETUN_VEC_BYTES);
      SETUN_UNROLL
      for (size_t r = 0; r < max_rows; ++r) {
        const SetunVec input = setun_vec_four(from[r] + k);
        SETUN_UNROLL
        for (size_t v = 0; v < vecs; ++v)
          acc[r][v] = setun_vec_dot(acc[r][v], line[v], input, bits, 1);
      }
      codes += 128;
      k += 4;
    } while (k < block);
    SETUN_UNROLL
    for (size_t r = 0; r < max_rows; ++r) {
      const SetunVec scale = setun_vec_four(from[r] + block);
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v)
        sums[r][v] =
            setun_vec_add_scaled(sums[r][v], acc[r][v], scale,
                                 setun_vec_load(scales + v * SETUN_VEC_BYTES));
      from[r] += block + 8;
    }
    scales += 128;
    zeros += 128;
  } while (--count > 0);
  SETUN_UNROLL
  for (size_t r = 0; r < max_rows; ++r)
    if (r < rows)
      SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v)
    setun_block_store(y + r * y_row + v * lanes,
                      left > v * lanes ? left - v * lanes : 0, sums[r][v]);
}
/* setun:end */

/* setun:begin setun_block_tile_rows rows>=3 */
/* Rows and vectors whose sums fit in registers. */
#if defined(SETUN_TILES_512)
#define SETUN_BLOCK_ROWS 6
#define SETUN_BLOCK_VECS 2
#else
#define SETUN_BLOCK_ROWS 4
#define SETUN_BLOCK_VECS SETUN_TILE_VECS
#endif
/* Some rows and one tile. */
static inline SETUN_INLINE void
setun_block_tile_rows(const uint8_t *weights, const uint8_t *x, size_t x_row,
                      float *y, size_t y_row, size_t left, size_t rows,
                      size_t inputs, size_t block, size_t has_zeros,
                      size_t scale_bits, const unsigned bits) {
  /* 512 inputs at a time, which stay in the nearest cache. */
  uint8_t codes[512 * 32] SETUN_ALIGNED;
  uint8_t scales[32 * 128] SETUN_ALIGNED;
  uint8_t zeros[32 * 128] SETUN_ALIGNED;
  for (size_t k = 0; k < inputs; k += 512) {
    const size_t rest = inputs - k < 512 ? inputs - k : 512;
    const size_t count = (rest + block - 1) / block;
    for (size_t b = 0; b < count; ++b) {
      setun_tile_unpack(weights, 128, block * (bits % 16) / 32,
                        codes + b * block * 32, 128 / SETUN_VEC_BYTES, bits, 1);
      weights += block * (bits % 16) * 4;
      if (has_zeros) {
        for (size_t at = 0; at < 128; at += SETUN_VEC_BYTES)
          setun_vec_store(zeros + b * 128 + at,
                          setun_block_zeros(weights, at) +
                              setun_vec_splat(setun_block_offset(bits)));
        weights += 64;
      }
      for (size_t at = 0; at < 128; at += SETUN_VEC_BYTES)
        setun_vec_store(scales + b * 128 + at,
                        setun_block_scales(weights, at, scale_bits));
      weights += 4 * scale_bits;
    }
    for (size_t at = 0; at < 128 && at / 4 < left;
         at += SETUN_BLOCK_VECS * SETUN_VEC_BYTES)
      for (size_t r = 0; r < rows; r += SETUN_BLOCK_ROWS)
        setun_block_rows(codes + at, scales + at, zeros + at, x + r * x_row,
                         x_row, y + r * y_row + at / 4, y_row, left - at / 4,
                         rows - r, count, block, has_zeros, k == 0,
                         SETUN_BLOCK_ROWS, SETUN_BLOCK_VECS, bits);
    x += count * (block + 8);
  }
}
/* setun:end */

/* setun:begin setun_block_matmul_tiles */
/* y[rows][outputs] as above. `work` has room for min(rows, 256) rows of
 * block + 8 bytes for each block of inputs. Zero points are in the weights if
 * `has_zeros`, else all are `zero`. A block is a power of two, at least 16 and
 * at most 256. */
static inline SETUN_INLINE void
setun_block_matmul_tiles(const float *restrict x,
                         const uint8_t *restrict weights, float *restrict y,
                         uint8_t *restrict work, size_t rows, size_t outputs,
                         size_t inputs, size_t block, size_t has_zeros,
                         size_t zero, size_t scale_bits, const unsigned bits) {
  const size_t blocks = inputs / block + (inputs % block != 0);
  const size_t row = blocks * (block + 8);
  const size_t tile =
      blocks * (block * (bits % 16) * 4 + has_zeros * 64 + scale_bits * 4);
  const uint32_t bias =
      has_zeros ? 0 - 1u : (uint32_t)zero + setun_block_offset(bits);
  while (rows > 0 && inputs > 0) {
    const size_t count = rows < 256 ? rows : 256;
    for (size_t r = 0; r < count; ++r)
      setun_block_quantize(x + r * inputs, work + r * row, inputs, block, bias);
    const uint8_t *from = weights;
    for (size_t n = 0; n < outputs; n += 32) {
      const size_t left = outputs - n;
      if (count < 3)
        for (size_t r = 0; r < count; ++r)
          setun_block_tile_row(from, work + r * row, y + r * outputs + n, left,
                               inputs, block, has_zeros, scale_bits, bits);
      else
        setun_block_tile_rows(from, work, row, y + n, outputs, left, count,
                              inputs, block, has_zeros, scale_bits, bits);
      from += tile;
    }
    x += count * inputs;
    y += count * outputs;
    rows -= count;
  }
}
/* setun:end */

/* setun:begin setun_block_matmul_2 */
/* Weights of 2 bits. */
static inline void
setun_block_matmul_2(const float *restrict x, const uint8_t *restrict weights,
                     float *restrict y, uint8_t *restrict work, size_t rows,
                     size_t outputs, size_t inputs, size_t block,
                     size_t has_zeros, size_t zero, size_t scale_bits) {
  setun_block_matmul_tiles(x, weights, y, work, rows, outputs, inputs, block,
                           has_zeros, zero, scale_bits, 2);
}
/* setun:end */

/* setun:begin setun_block_matmul_4 */
/* Weights of 4 bits. */
static inline void
setun_block_matmul_4(const float *restrict x, const uint8_t *restrict weights,
                     float *restrict y, uint8_t *restrict work, size_t rows,
                     size_t outputs, size_t inputs, size_t block,
                     size_t has_zeros, size_t zero, size_t scale_bits) {
  setun_block_matmul_tiles(x, weights, y, work, rows, outputs, inputs, block,
                           has_zeros, zero, scale_bits, 4);
}
/* setun:end */

/* setun:begin setun_block_matmul_fp4 */
/* Weights that are twice a number of E2M1; zero points are 0. */
static inline void
setun_block_matmul_fp4(const float *restrict x, const uint8_t *restrict weights,
                       float *restrict y, uint8_t *restrict work, size_t rows,
                       size_t outputs, size_t inputs, size_t block,
                       size_t has_zeros, size_t zero, size_t scale_bits) {
  setun_block_matmul_tiles(x, weights, y, work, rows, outputs, inputs, block,
                           has_zeros, zero, scale_bits, SETUN_FP4);
}
/* setun:end */

/* setun:begin setun_block_matmul_8 */
/* Weights of 8 bits. */
static inline void
setun_block_matmul_8(const float *restrict x, const uint8_t *restrict weights,
                     float *restrict y, uint8_t *restrict work, size_t rows,
                     size_t outputs, size_t inputs, size_t block,
                     size_t has_zeros, size_t zero, size_t scale_bits) {
  setun_block_matmul_tiles(x, weights, y, work, rows, outputs, inputs, block,
                           has_zeros, zero, scale_bits, 8);
}
/* setun:end */

/* setun:begin setun_block_add_floats */
/* The kind of inputs for which codes of E2M1 have a bias, of 12. */
#if defined(SETUN_TILES_NEON)
#define SETUN_FP4_BIASED 0
#else
#define SETUN_FP4_BIASED 1
#endif
/* Adds up to 16 inputs to their lanes. Where there are less, nothing is added,
 * as 0 * infinity would count. */
static inline SETUN_INLINE void
setun_block_add_floats(const uint8_t *weights, const float *x, SetunVec *lanes,
                       SetunVec offset, SetunVec scale, size_t count,
                       const int is_whole, const unsigned bits) {
  const size_t per_line = 4 * setun_tile_places(bits);
  SETUN_UNROLL
  for (size_t i = 0; i < 16; ++i)
    if (is_whole || i < count) {
      SetunVec codes = setun_vec_load(weights + i / per_line * 128);
      if (bits == SETUN_FP4)
        codes =
            setun_vec_fp4(codes >> (i % per_line / 4 * 4) & setun_vec_bytes(15),
                          SETUN_FP4_BIASED) >>
                (i % 4 * 8) &
            setun_vec_splat(255);
      else
        codes = codes >> (i % 4 * 8 + i % per_line / 4 * (bits % 16)) &
                setun_vec_splat((1u << bits % 16) - 1);
      if (bits == 8)
        codes ^= setun_vec_splat(0x80);
      const SetunVec weight =
          setun_vec_times(setun_vec_to_float(codes - offset), scale);
      lanes[i] = setun_vec_plus(lanes[i],
                                setun_vec_times(setun_vec_four(x + i), weight));
    }
}
/* setun:end */

/* setun:begin setun_block_lanes */
/* One row and one vector of outputs from byte `at` of a tile's lines on. */
static inline SETUN_INLINE void
setun_block_lanes(const uint8_t *weights, const float *x, float *y, size_t left,
                  size_t at, size_t inputs, size_t block, size_t has_zeros,
                  size_t zero, size_t scale_bits, const unsigned bits) {
  SetunVec lanes[16];
  SETUN_UNROLL
  for (size_t i = 0; i < 16; ++i)
    lanes[i] = setun_vec_splat(0);
  do {
    const uint8_t *zeros = weights + block * (bits % 16) * 4;
    const uint8_t *scales = has_zeros ? zeros + 64 : zeros;
    const SetunVec scale = setun_block_scales(scales, at, scale_bits);
    const SetunVec offset = has_zeros ? setun_block_zeros(zeros, at)
                                      : setun_vec_splat((uint32_t)zero);
    size_t count = inputs < block ? inputs : block;
    inputs -= count;
    for (; count >= 16; count -= 16) {
      SETUN_PREFETCH(weights + at + 1024);
      setun_block_add_floats(weights + at, x, lanes, offset, scale, 16, 1,
                             bits);
      weights += 64 * (bits % 16);
      x += 16;
    }
    if (count > 0)
      setun_block_add_floats(weights + at, x, lanes, offset, scale, count, 0,
                             bits);
    weights = scales + 4 * scale_bits;
  } while (inputs > 0);
  SETUN_UNROLL
  for (size_t i = 0; i < 8; ++i)
    lanes[i] = setun_vec_plus(lanes[i], lanes[i + 8]);
  SETUN_UNROLL
  for (size_t i = 0; i < 4; ++i)
    lanes[i] = setun_vec_plus(lanes[i], lanes[i + 4]);
  lanes[0] = setun_vec_plus(lanes[0], lanes[2]);
  lanes[1] = setun_vec_plus(lanes[1], lanes[3]);
  setun_block_store(y + at / 4, left - at / 4,
                    setun_vec_plus(lanes[0], lanes[1]));
}
/* setun:end */

/* setun:begin setun_block_matmul_floats */
/* y[r][n] = sum over k of x[r][k] * ((code[n][k] - zero[n][b]) * scale[n][b])
 * in the order of products of floats: 16 lanes, each operation rounded. For few
 * rows: each unpacks the weights anew. */
static inline SETUN_INLINE void setun_block_matmul_floats(
    const float *restrict x, const uint8_t *restrict weights, float *restrict y,
    size_t rows, size_t outputs, size_t inputs, size_t block, size_t has_zeros,
    size_t zero, size_t scale_bits, const unsigned bits) {
  const size_t blocks = inputs / block + (inputs % block != 0);
  const size_t tile =
      blocks * (block * (bits % 16) * 4 + has_zeros * 64 + scale_bits * 4);
  for (size_t n = 0; n < outputs && inputs > 0; n += 32) {
    const size_t left = outputs - n;
    for (size_t r = 0; r < rows; ++r)
      for (size_t at = 0; at < 128 && at / 4 < left; at += SETUN_VEC_BYTES)
        setun_block_lanes(weights, x + r * inputs, y + r * outputs + n, left,
                          at, inputs, block, has_zeros, zero, scale_bits, bits);
    weights += tile;
  }
}
/* setun:end */

/* setun:begin setun_block_matmul_f32_2 */
/* Weights of 2 bits. */
static inline void setun_block_matmul_f32_2(const float *restrict x,
                                            const uint8_t *restrict weights,
                                            float *restrict y, size_t rows,
                                            size_t outputs, size_t inputs,
                                            size_t block, size_t has_zeros,
                                            size_t zero, size_t scale_bits) {
  setun_block_matmul_floats(x, weights, y, rows, outputs, inputs, block,
                            has_zeros, zero, scale_bits, 2);
}
/* setun:end */

/* setun:begin setun_block_matmul_f32_4 */
/* Weights of 4 bits. */
static inline void setun_block_matmul_f32_4(const float *restrict x,
                                            const uint8_t *restrict weights,
                                            float *restrict y, size_t rows,
                                            size_t outputs, size_t inputs,
                                            size_t block, size_t has_zeros,
                                            size_t zero, size_t scale_bits) {
  setun_block_matmul_floats(x, weights, y, rows, outputs, inputs, block,
                            has_zeros, zero, scale_bits, 4);
}
/* setun:end */

/* setun:begin setun_block_matmul_f32_fp4 */
/* Weights that are twice a number of E2M1; zero points are 0. */
static inline void setun_block_matmul_f32_fp4(const float *restrict x,
                                              const uint8_t *restrict weights,
                                              float *restrict y, size_t rows,
                                              size_t outputs, size_t inputs,
                                              size_t block, size_t has_zeros,
                                              size_t zero, size_t scale_bits) {
  setun_block_matmul_floats(x, weights, y, rows, outputs, inputs, block,
                            has_zeros, zero + 12, scale_bits, SETUN_FP4);
}
/* setun:end */

/* setun:begin setun_block_matmul_f32_8 */
/* Weights of 8 bits. */
static inline void setun_block_matmul_f32_8(const float *restrict x,
                                            const uint8_t *restrict weights,
                                            float *restrict y, size_t rows,
                                            size_t outputs, size_t inputs,
                                            size_t block, size_t has_zeros,
                                            size_t zero, size_t scale_bits) {
  setun_block_matmul_floats(x, weights, y, rows, outputs, inputs, block,
                            has_zeros, zero, scale_bits, 8);
}
/* setun:end */

#endif
