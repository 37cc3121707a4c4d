/* Products of bipolar weights in the layout `bit_tiles` with inputs that are
 * signs, by counting bits; no multiplication.
 *
 * A line is 64 bytes: 32 inputs of each of 16 outputs, bit i of a lane is input
 * i. Up to four such blocks are a group, one stream: line 0 of each of its
 * blocks, then line 1.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_MATMUL_BIT_TILES_H
#define SETUN_MATMUL_BIT_TILES_H

#include "setun_matmul_popcount.h"
#include "setun_tiles.h"

/* setun:begin setun_vec_count */
/* How many bits are set, in each lane where processors count those, else in
 * each byte. */
#if defined(SETUN_TILES_512) && defined(__AVX512VPOPCNTDQ__)
#define SETUN_COUNTS_LANES
#endif
static inline SETUN_INLINE SetunVec setun_vec_count(SetunVec a) {
#if defined(SETUN_COUNTS_LANES)
  return (SetunVec)_mm512_popcnt_epi32((__m512i)a);
#elif defined(SETUN_TILES_512)
  const __m512i counts = _mm512_broadcast_i32x4(
      _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const SetunVec low = setun_vec_bytes(15);
  return (SetunVec)_mm512_add_epi8(
      _mm512_shuffle_epi8(counts, (__m512i)(a & low)),
      _mm512_shuffle_epi8(counts, (__m512i)(a >> 4 & low)));
#elif defined(SETUN_TILES_256)
  const __m256i counts = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const SetunVec low = setun_vec_bytes(15);
  return (SetunVec)_mm256_add_epi8(
      _mm256_shuffle_epi8(counts, (__m256i)(a & low)),
      _mm256_shuffle_epi8(counts, (__m256i)(a >> 4 & low)));
#elif defined(SETUN_TILES_128) && defined(__SSSE3__)
  const __m128i counts =
      _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const SetunVec low = setun_vec_bytes(15);
  return (SetunVec)_mm_add_epi8(
      _mm_shuffle_epi8(counts, (__m128i)(a & low)),
      _mm_shuffle_epi8(counts, (__m128i)(a >> 4 & low)));
#elif defined(SETUN_TILES_NEON)
  return (SetunVec)vcntq_u8((uint8x16_t)a);
#else
  a -= a >> 1 & setun_vec_bytes(0x55);
  a = (a & setun_vec_bytes(0x33)) + (a >> 2 & setun_vec_bytes(0x33));
  return (a + (a >> 4)) & setun_vec_bytes(15);
#endif
}
/* setun:end */

/* setun:begin setun_vec_sum_counts */
/* The counts of each lane. */
static inline SETUN_INLINE SetunVec setun_vec_sum_counts(SetunVec counts) {
#if !defined(SETUN_COUNTS_LANES)
  const SetunVec low = setun_vec_splat(0xff00ff);
  counts = (counts & low) + (counts >> 8 & low);
  counts = (counts & setun_vec_splat(0xffff)) + (counts >> 16);
#endif
  return counts;
}
/* setun:end */

/* setun:begin setun_pack_bits */
/* Words of the signs of 32 inputs each, and of which ones are not 0: bit i of
 * negative[w] is set where x[32 * w + i] < 0, bit i of known[w] where it is -1
 * or +1. Bits behind the last input are 0 in both. Returns how many are
 * known. */
static inline int32_t setun_pack_bits(const int8_t *restrict x, size_t count,
                                      uint32_t *restrict negative,
                                      uint32_t *restrict known) {
  int32_t all = 0;
  for (size_t k = 0; k < count; k += 32) {
    int8_t last[32];
    const int8_t *from = x + k;
    if (count - k < 32) {
      memset(last, 0, sizeof last);
      memcpy(last, from, count - k);
      from = last;
    }
    uint32_t minus, odd;
#if defined(__AVX2__)
    const __m256i codes =
        _mm256_loadu_si256((const __m256i *)(const void *)from);
    minus = (uint32_t)_mm256_movemask_epi8(codes);
    odd = (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(codes, 7));
#elif defined(SETUN_TILES_128)
    const __m128i low = _mm_loadu_si128((const __m128i *)(const void *)from);
    const __m128i high =
        _mm_loadu_si128((const __m128i *)(const void *)(from + 16));
    minus = (uint32_t)_mm_movemask_epi8(low) | (uint32_t)_mm_movemask_epi8(high)
                                                   << 16;
    odd = (uint32_t)_mm_movemask_epi8(_mm_slli_epi16(low, 7)) |
          (uint32_t)_mm_movemask_epi8(_mm_slli_epi16(high, 7)) << 16;
#else
    minus = odd = 0;
    for (unsigned i = 0; i < 32; ++i) {
      const uint32_t code = (uint8_t)from[i];
      minus |= code >> 7 << i;
      odd |= (code & 1) << i;
    }
#endif
    negative[k / 32] = minus;
    known[k / 32] = odd;
    all += setun_popcount64(odd);
  }
  return all;
}
/* setun:end */

/* setun:begin setun_bit_rows */
/* Sums of `rows` rows, not above `max_rows`, and `vecs` vectors of outputs over
 * some words of inputs, `counts[r]` of which are known in row r: replaces what
 * is at acc if `is_first`, else adds to it. Lines are `step` bytes apart, rows
 * of acc acc_row elements. */
static inline SETUN_INLINE void
setun_bit_rows(const uint8_t *weights, size_t step, size_t words,
               const uint32_t *negative, const uint32_t *known,
               const int32_t *counts, int is_first, int32_t *acc,
               size_t acc_row, size_t left, size_t rows, const size_t max_rows,
               const size_t vecs, const int is_ternary) {
  SetunVec plus[4][4];
  size_t from[4];
  /* Rows that are not there repeat the last one, and are not stored. */
  SETUN_UNROLL
  for (size_t r = 0; r < max_rows; ++r) {
    from[r] = (r < rows ? r : rows - 1) * words;
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      plus[r][v] = setun_vec_splat(0);
  }
  size_t w = 0;
  do {
    SetunVec line[4];
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      line[v] = setun_vec_load(weights + v * SETUN_VEC_BYTES);
    SETUN_UNROLL
    for (size_t r = 0; r < max_rows; ++r) {
      const SetunVec signs = setun_vec_splat(negative[from[r] + w]);
      const SetunVec valid =
          setun_vec_splat(is_ternary ? known[from[r] + w] : 0);
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v)
        /* A bit of a weight is set for +1. */
        plus[r][v] += setun_vec_count(is_ternary ? (line[v] ^ signs) & valid
                                                 : line[v] ^ signs);
    }
    weights += step;
  } while (++w < words);
  SETUN_UNROLL
  for (size_t r = 0; r < max_rows; ++r)
    if (r < rows)
      SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v) {
    int32_t *to = acc + r * acc_row + v * (SETUN_VEC_BYTES / 4);
    const size_t lanes = setun_tile_lanes(left, v);
    SetunVec sums = (setun_vec_sum_counts(plus[r][v]) << 1) -
                    setun_vec_splat((uint32_t)counts[r]);
    if (!is_first)
      sums += setun_vec_load_sums(to, lanes);
    setun_vec_store_sums(to, lanes, sums);
  }
}
/* setun:end */

/* setun:begin setun_bit_group */
/* Up to four rows and one group of up to 4 blocks, whose sums stand at acc. */
static inline SETUN_INLINE void
setun_bit_group(const uint8_t *weights, size_t bytes, size_t words,
                const uint32_t *negative, const uint32_t *known,
                const int32_t *counts, int is_first, int32_t *acc,
                size_t acc_row, size_t left, size_t rows, const size_t max_rows,
                const int is_ternary) {
  size_t b = 0;
  for (; b / 4 < left && bytes - b >= SETUN_TILE_VECS * SETUN_VEC_BYTES;
       b += SETUN_TILE_VECS * SETUN_VEC_BYTES)
    setun_bit_rows(weights + b, bytes, words, negative, known, counts, is_first,
                   acc + b / 4, acc_row, left - b / 4, rows, max_rows,
                   SETUN_TILE_VECS, is_ternary);
#if SETUN_TILE_VECS * SETUN_VEC_BYTES > 64
  for (; b < bytes; b += SETUN_VEC_BYTES)
    setun_bit_rows(weights + b, bytes, words, negative, known, counts, is_first,
                   acc + b / 4, acc_row, left - b / 4, rows, max_rows, 1,
                   is_ternary);
#endif
}
/* setun:end */

/* setun:begin setun_matmul_bit_tiles */
/* acc[rows][outputs] = x[rows][inputs] * bipolar weights in bit_tiles; inputs
 * are -1, +1 and, if is_ternary, 0. With c inputs that are not 0, of which p
 * have a product of +1, a sum is p - (c - p). */
static inline SETUN_INLINE void
setun_matmul_bit_tiles(const int8_t *x, const uint8_t *weights, int32_t *acc,
                       size_t rows, size_t outputs, size_t inputs,
                       const int is_ternary) {
  /* Bytes hold the counts of 31 words. */
#if defined(SETUN_COUNTS_LANES)
  const size_t most = 124;
#else
  const size_t most = 31;
#endif
  const size_t lines = inputs / 32 + (inputs % 32 != 0);
  if (inputs == 0)
    memset(acc, 0, rows * outputs * sizeof *acc);
#if defined(SETUN_TILES_AMX)
  /* Bytes by AMX, where enough rows share what it takes to unpack weights. */
  if (rows >= 12 && inputs >= 64 &&
      rows * outputs * inputs >= (size_t)1 << 20 && setun_amx_start()) {
    setun_amx_matmul((const uint8_t *)x, weights, acc, rows, outputs, inputs, 1,
                     1);
    return;
  }
#endif
  for (size_t row = 0; row < rows && inputs > 0; row += 4) {
    const size_t some = rows - row < 4 ? rows - row : 4;
    for (size_t first = 0; first < lines; first += most) {
      const size_t words = lines - first < most ? lines - first : most;
      const size_t rest = inputs - 32 * first;
      uint32_t negative[4 * 124], known[4 * 124];
      int32_t counts[4];
      for (size_t r = 0; r < some; ++r)
        counts[r] = setun_pack_bits(x + (row + r) * inputs + 32 * first,
                                    rest < 32 * words ? rest : 32 * words,
                                    negative + r * words, known + r * words);
      const uint8_t *group = weights;
      for (size_t n = 0; n < outputs; n += 64) {
        const size_t left = outputs - n < 64 ? outputs - n : 64;
        const size_t bytes = (left + 15) / 16 * 64;
        int32_t *to = acc + row * outputs + n;
        if (some == 3)
          setun_bit_group(group + first * bytes, bytes, words, negative, known,
                          counts, first == 0, to, outputs, left, 3, 3,
                          is_ternary);
        else if (some == 1)
          setun_bit_group(group + first * bytes, bytes, words, negative, known,
                          counts, first == 0, to, outputs, left, 1, 1,
                          is_ternary);
        else
          setun_bit_group(group + first * bytes, bytes, words, negative, known,
                          counts, first == 0, to, outputs, left, some, 4,
                          is_ternary);
        group += lines * bytes;
      }
    }
  }
}
/* setun:end */

/* setun:begin setun_matmul_bit_tiles_b1 */
/* acc[rows][outputs] = x[rows][inputs] * weights in bit_tiles; x is -1 or +1.
 */
static inline void setun_matmul_bit_tiles_b1(const int8_t *restrict x,
                                             const uint8_t *restrict weights,
                                             int32_t *restrict acc, size_t rows,
                                             size_t outputs, size_t inputs) {
  setun_matmul_bit_tiles(x, weights, acc, rows, outputs, inputs, 0);
}
/* setun:end */

/* setun:begin setun_matmul_bit_tiles_t2 */
/* acc[rows][outputs] = x[rows][inputs] * weights in bit_tiles; x is -1, 0 or
 * +1. */
static inline void setun_matmul_bit_tiles_t2(const int8_t *restrict x,
                                             const uint8_t *restrict weights,
                                             int32_t *restrict acc, size_t rows,
                                             size_t outputs, size_t inputs) {
  setun_matmul_bit_tiles(x, weights, acc, rows, outputs, inputs, 1);
}
/* setun:end */

#endif
