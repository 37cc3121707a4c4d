/* Products with tiled weights. A block is 16 outputs; a line of it is 64 bytes:
 * four for each output, with the weights of four inputs, or of a multiple of
 * four, which lie above each other in the bytes. Up to four blocks are a group,
 * one stream: line 0 of each of its blocks, then line 1.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_TILES_H
#define SETUN_TILES_H

#include "setun_amx.h"

/* setun:begin setun_tile_sum */
/* The sum of `count` bytes, signed or unsigned ones. */
static inline SETUN_INLINE uint32_t setun_tile_sum(const uint8_t *x,
                                                   size_t count,
                                                   const int is_signed) {
  SetunVec sums = setun_vec_splat(0);
  size_t k = 0;
  for (; k + SETUN_VEC_BYTES <= count; k += SETUN_VEC_BYTES)
    sums = setun_vec_dot(sums, setun_vec_bytes(1), setun_vec_load(x + k), 2,
                         is_signed);
#if defined(SETUN_TILES_512)
  sums = setun_vec_dot(sums, setun_vec_bytes(1),
                       setun_vec_load_bytes(x + k, count - k), 2, is_signed);
  return (uint32_t)_mm512_reduce_add_epi32((__m512i)sums);
#else
  uint32_t lanes[SETUN_VEC_BYTES / 4], sum = 0;
  setun_vec_store(lanes, sums);
  for (size_t i = 0; i < SETUN_VEC_BYTES / 4; ++i)
    sum += lanes[i];
  for (; k < count; ++k) {
    const int32_t byte = is_signed ? (int8_t)x[k] : x[k];
    sum += (uint32_t)byte;
  }
  return sum;
#endif
}
/* setun:end */

/* setun:begin setun_tile_row_start */
/* What makes up for the bias of codes where they stay in their bytes. */
static inline SETUN_INLINE int32_t setun_tile_row_start(const uint8_t *x,
                                                        size_t count,
                                                        const unsigned bits,
                                                        const int is_signed) {
#if defined(SETUN_TILES_512)
  if (!is_signed && (bits == 2 || bits == SETUN_INT2 || bits == 4)) {
    /* The top places of each byte have biases of their own: -1, 0 and 0. */
    const __m512i ones =
        bits == 4 ? _mm512_set1_epi64(0x08080808)
        : bits == 2
            ? _mm512_broadcast_i32x4(
                  _mm_setr_epi32(0x01010101, 0x01010101, 0x01010101, -1))
            : _mm512_broadcast_i32x4(
                  _mm_setr_epi32(0x02020202, 0x02020202, 0x02020202, 0));
    SetunVec sums = setun_vec_splat(0);
    size_t k = 0;
    for (; k + 64 <= count; k += 64)
      sums = setun_vec_dot(sums, (SetunVec)ones, setun_vec_load(x + k), bits,
                           is_signed);
    sums =
        setun_vec_dot(sums, (SetunVec)ones,
                      setun_vec_load_bytes(x + k, count - k), bits, is_signed);
    return -_mm512_reduce_add_epi32((__m512i)sums);
  }
#endif
  const uint32_t bias = setun_tile_bias(bits, is_signed);
  return bias == 0 ? 0
                   : (int32_t)(0 - bias * setun_tile_sum(x, count, is_signed));
}
/* setun:end */

/* setun:begin setun_tile_start */
/* What a sum starts with: `start` if there is one, else what is at acc. */
static inline SETUN_INLINE SetunVec setun_tile_start(const int32_t *start,
                                                     const int32_t *acc,
                                                     size_t left, size_t v) {
  if (start)
    return setun_vec_splat((uint32_t)*start);
  return setun_vec_load_sums(acc + v * (SETUN_VEC_BYTES / 4),
                             setun_tile_lanes(left, v));
}
/* setun:end */

/* setun:begin setun_tile_ahead */
/* Fetches what follows a line: processors do not foresee the next page. From
 * memory it comes into the second cache before it comes into the nearest. */
static inline SETUN_INLINE void setun_tile_ahead(const uint8_t *line,
                                                 const int is_cold) {
  if (is_cold)
    SETUN_PREFETCH_FAR(line + 3072);
  SETUN_PREFETCH(line + (is_cold ? 512 : 1024));
}
/* setun:end */

/* setun:begin setun_tile_row */
/* acc[] += the products of one row of inputs and `vecs` vectors of outputs;
 * lines are `step` bytes apart. The inputs of the last line are in `tail`,
 * those of the others in x. */
static inline SETUN_INLINE void
setun_tile_row(const uint8_t *weights, size_t step, size_t lines,
               const uint8_t *x, const uint8_t *tail, const int32_t *start,
               int32_t *acc, size_t left, const size_t vecs,
               const unsigned bits, const int is_signed, const int is_cold) {
  const unsigned places = setun_tile_places(bits);
  if (lines == 1)
    x = tail;
#if defined(SETUN_TILES_512)
  /* Weights stay where they are in their bytes: a sum for each place, too large
   * by a power of two. Unsigned inputs meet signed bytes: the top place less
   * 128, which is 2 or 8 of its codes, has its upper bit turned round. No more
   * than 4096 lines: 4 * 4096 terms of at most 0xc0 * 255, or 16 * 4096 of at
   * most 0x70 * 255, fit in 31 bits. */
  const unsigned spots = bits == SETUN_INT3 ? 2 : places;
  const unsigned shift = bits == 8 || bits == SETUN_FP4 ? 0 : 8 / spots;
  SetunVec sums[4][4];
  SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v)
    SETUN_UNROLL
  for (size_t p = 0; p < spots; ++p)
    sums[v][p] = setun_vec_splat(0);
  do {
    SetunVec inputs[8];
    SETUN_UNROLL
    for (size_t p = 0; p < places; ++p)
      inputs[p] = setun_vec_four(x + 4 * p);
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v) {
      SetunVec line[3], codes;
      setun_tile_load(line, weights + v * SETUN_VEC_BYTES, step, bits);
      SETUN_UNROLL
      for (size_t i = 0; i < setun_tile_vectors(bits); ++i)
        setun_tile_ahead(weights + i * step + v * SETUN_VEC_BYTES, is_cold);
      SETUN_UNROLL
      for (unsigned p = 0; p < places; ++p) {
        const SetunVec mask =
            setun_vec_bytes(((1u << shift) - 1) << (shift * p % 8));
        if (shift == 0)
          codes = setun_tile_codes(line, p, bits, is_signed);
        else if (bits == SETUN_INT3)
          codes = setun_tile_nibbles(line, p / 2) &
                  setun_vec_bytes(p % 2 ? 0x70 : 0x07);
        else if (!is_signed && p + 1 == places)
          codes = (SetunVec)_mm512_ternarylogic_epi32(
              (__m512i)line[0], (__m512i)mask, (__m512i)setun_vec_bytes(0x80),
              0x6a); /* a & b ^ c */
        else
          codes = line[0] & mask;
        sums[v][p % spots] = setun_vec_dot(sums[v][p % spots], codes, inputs[p],
                                           bits, is_signed);
      }
    }
    weights += setun_tile_vectors(bits) * step;
    x = lines == 2 ? tail : x + 4 * places;
  } while (--lines > 0);
  SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v) {
    SetunVec sum = sums[v][0] + setun_tile_start(start, acc, left, v);
    SETUN_UNROLL
    for (unsigned p = 1; p < spots; ++p)
      sum += (SetunVec)((SetunSigned)sums[v][p] >> (shift * p));
    setun_vec_store_sums(acc + v * (SETUN_VEC_BYTES / 4),
                         setun_tile_lanes(left, v), sum);
  }
#else
  SetunVec sums[4];
  SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v)
    sums[v] = setun_tile_start(start, acc, left, v);
  do {
    SetunVec inputs[8];
    SETUN_UNROLL
    for (size_t p = 0; p < places; ++p)
      inputs[p] = setun_vec_four(x + 4 * p);
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v) {
      SetunVec line[3];
      setun_tile_load(line, weights + v * SETUN_VEC_BYTES, step, bits);
      SETUN_UNROLL
      for (size_t i = 0; i < setun_tile_vectors(bits); ++i)
        if (v * SETUN_VEC_BYTES % 64 == 0)
          setun_tile_ahead(weights + i * step + v * SETUN_VEC_BYTES, is_cold);
#if defined(SETUN_TILES_PAIRS)
      if (setun_vec_has_pairs(bits, is_signed)) {
        /* Four pairs of 2 bits are at most 4 * 2 * 3 * 255, eight of 3 bits
         * 8 * 2 * 7 * 255, two of E2M1 2 * 2 * 24 * 255 < 2^15. */
        SetunPairs pairs = setun_vec_pairs(
            setun_tile_codes(line, 0, bits, is_signed), inputs[0], is_signed);
        SETUN_UNROLL
        for (unsigned p = 1; p < places; ++p)
          pairs += setun_vec_pairs(setun_tile_codes(line, p, bits, is_signed),
                                   inputs[p], is_signed);
        sums[v] += setun_vec_wide(pairs);
        continue;
      }
#endif
      SETUN_UNROLL
      for (unsigned p = 0; p < places; ++p)
        sums[v] =
            setun_vec_dot(sums[v], setun_tile_codes(line, p, bits, is_signed),
                          inputs[p], bits, is_signed);
    }
    weights += setun_tile_vectors(bits) * step;
    x = lines == 2 ? tail : x + 4 * places;
  } while (--lines > 0);
  SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v)
    setun_vec_store_sums(acc + v * (SETUN_VEC_BYTES / 4),
                         setun_tile_lanes(left, v), sums[v]);
#endif
}
/* setun:end */

/* setun:begin setun_tile_lines */
/* sums[r][] += the products of `count` inputs, a multiple of 4 and not 0, of
 * rows from[r] and of codes of `vecs` vectors, one a byte. */
static inline SETUN_INLINE void
setun_tile_lines(SetunVec sums[12][4], const uint8_t *const *from,
                 const uint8_t *codes, size_t count, const size_t rows,
                 const size_t vecs, const unsigned bits, const int is_signed) {
  size_t k = 0;
#if defined(SETUN_TILES_PAIRS)
  /* Pairs are at most 2 * 255 times the largest code, which is 2, 3, 7, 15 and
   * 24 (or 12, where inputs have no sign and codes do): 32, 16, 8, 4 and 2 of
   * them fit in 15 bits. */
  const size_t span = bits == 2            ? 128
                      : bits == SETUN_INT2 ? 64
                      : bits == SETUN_INT3 ? 32
                      : bits == 4          ? 16
                                           : 8;
  while (setun_vec_has_pairs(bits, is_signed) && k < count) {
    const size_t end = count - k < span ? count : k + span;
    SetunPairs pairs[12][4];
    SETUN_UNROLL
    for (size_t r = 0; r < rows; ++r)
      SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      pairs[r][v] = (SetunPairs)setun_vec_splat(0);
    do {
      SetunVec line[4];
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v)
        line[v] = setun_vec_load(codes + v * SETUN_VEC_BYTES);
      SETUN_UNROLL
      for (size_t r = 0; r < rows; ++r) {
        const SetunVec input = setun_vec_four(from[r] + k);
        SETUN_UNROLL
        for (size_t v = 0; v < vecs; ++v)
          pairs[r][v] += setun_vec_pairs(line[v], input, is_signed);
      }
      codes += vecs * SETUN_VEC_BYTES;
      k += 4;
    } while (k < end);
    SETUN_UNROLL
    for (size_t r = 0; r < rows; ++r)
      SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      sums[r][v] += setun_vec_wide(pairs[r][v]);
  }
  if (setun_vec_has_pairs(bits, is_signed))
    return;
#endif
  /* At least once: otherwise gcc 12 copies sums. */
  do {
    SetunVec line[4];
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      line[v] = setun_vec_load(codes + v * SETUN_VEC_BYTES);
    SETUN_UNROLL
    for (size_t r = 0; r < rows; ++r) {
      const SetunVec input = setun_vec_four(from[r] + k);
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v)
        sums[r][v] = setun_vec_dot(sums[r][v], line[v], input, bits, is_signed);
    }
    codes += vecs * SETUN_VEC_BYTES;
    k += 4;
  } while (k < count);
}
/* setun:end */

/* setun:begin setun_tile_rows */
/* acc[r][] += the products of `count` inputs of `rows` rows, not above
 * `max_rows`, and `vecs` vectors of outputs, with weights as codes, one a byte.
 * Rows of x are x_row bytes apart, those of acc acc_row elements. */
static inline SETUN_INLINE void
setun_tile_rows(const uint8_t *codes, size_t count, const uint8_t *x,
                size_t x_row, const int32_t *start, int32_t *acc,
                size_t acc_row, size_t left, size_t rows, const size_t max_rows,
                const size_t vecs, const unsigned bits, const int is_signed) {
  SetunVec sums[12][4];
  const uint8_t *from[12];
  /* Rows that are not there repeat the last one, and are not stored. */
  SETUN_UNROLL
  for (size_t r = 0; r < max_rows; ++r) {
    const size_t row = r < rows ? r : rows - 1;
    from[r] = x + row * x_row;
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      sums[r][v] = setun_tile_start(start ? start + row : start,
                                    acc + row * acc_row, left, v);
  }
  const size_t whole = count / 4 * 4;
  if (whole < count) {
    const uint8_t *line = codes + whole / 4 * (vecs * SETUN_VEC_BYTES);
    SETUN_UNROLL
    for (size_t r = 0; r < max_rows; ++r) {
      uint8_t last[4] = {0, 0, 0, 0};
      for (size_t i = 0; i < count - whole; ++i)
        last[i] = from[r][whole + i];
      const SetunVec input = setun_vec_four(last);
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v)
        sums[r][v] = setun_vec_dot(sums[r][v],
                                   setun_vec_load(line + v * SETUN_VEC_BYTES),
                                   input, bits, is_signed);
    }
  }
  setun_tile_lines(sums, from, codes, whole, max_rows, vecs, bits, is_signed);
  SETUN_UNROLL
  for (size_t r = 0; r < max_rows; ++r)
    if (r < rows)
      SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v)
    setun_vec_store_sums(acc + r * acc_row + v * (SETUN_VEC_BYTES / 4),
                         setun_tile_lanes(left, v), sums[r][v]);
}
/* setun:end */

/* setun:begin setun_tile_unpack */
/* The codes of `vecs` vectors of `lines` lines, which are `step` bytes apart,
 * one code a byte. */
static inline SETUN_INLINE void
setun_tile_unpack(const uint8_t *weights, size_t step, size_t lines,
                  uint8_t *codes, const size_t vecs, const unsigned bits,
                  const int is_signed) {
  for (size_t i = 0; i < lines; ++i) {
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v) {
      SetunVec line[3];
      setun_tile_load(line, weights + v * SETUN_VEC_BYTES, step, bits);
      SETUN_UNROLL
      for (unsigned p = 0; p < setun_tile_places(bits); ++p)
        setun_vec_store(codes + (p * vecs + v) * SETUN_VEC_BYTES,
                        setun_tile_codes(line, p, bits, is_signed));
    }
    weights += setun_tile_vectors(bits) * step;
    codes += vecs * SETUN_VEC_BYTES * setun_tile_places(bits);
  }
}
/* setun:end */

/* setun:begin setun_tile_group_row */
/* One row and one group of up to 4 blocks, whose sums stand at acc. */
static inline SETUN_INLINE void
setun_tile_group_row(const uint8_t *weights, size_t bytes, size_t inputs,
                     const uint8_t *x, const int32_t *start, int32_t *acc,
                     size_t left, const unsigned bits, const int is_signed,
                     const int is_cold) {
  const size_t per_line = 4 * setun_tile_places(bits);
  while (inputs > 0) {
    /* As many lines as setun_tile_row takes. */
    const size_t count = inputs < 4096 * per_line ? inputs : 4096 * per_line;
    const size_t lines = (count + per_line - 1) / per_line;
    const size_t last = (lines - 1) * per_line;
    uint8_t copy[32];
    const uint8_t *tail = x + last;
    if (count - last < per_line) {
      memset(copy, 0, sizeof copy);
      memcpy(copy, tail, count - last);
      tail = copy;
    }
    size_t b = 0;
    for (; b / 4 < left && bytes - b >= 4 * SETUN_VEC_BYTES;
         b += 4 * SETUN_VEC_BYTES)
      setun_tile_row(weights + b, bytes, lines, x, tail, start, acc + b / 4,
                     left - b / 4, 4, bits, is_signed, is_cold);
#if SETUN_VEC_BYTES > 16
    if (bytes - b >= 2 * SETUN_VEC_BYTES) {
      setun_tile_row(weights + b, bytes, lines, x, tail, start, acc + b / 4,
                     left - b / 4, 2, bits, is_signed, is_cold);
      b += 2 * SETUN_VEC_BYTES;
    }
#endif
#if SETUN_VEC_BYTES > 32
    if (b < bytes)
      setun_tile_row(weights + b, bytes, lines, x, tail, start, acc + b / 4,
                     left - b / 4, 1, bits, is_signed, is_cold);
#endif
    weights += lines * setun_tile_vectors(bits) * bytes;
    x += count;
    inputs -= count;
    start = NULL;
  }
}
/* setun:end */

/* setun:begin setun_tile_panel_rows rows>=3 */
/* Some rows and `vecs` vectors of outputs, whose sums stand at acc, by
 * `max_rows` rows at a time; `count` inputs, no more than 547. */
static inline SETUN_INLINE void
setun_tile_panel_rows(const uint8_t *weights, size_t step, size_t count,
                      const uint8_t *x, size_t x_row, const int32_t *start,
                      int32_t *acc, size_t acc_row, size_t left, size_t rows,
                      const size_t max_rows, const size_t vecs,
                      const unsigned bits, const int is_signed) {
#if SETUN_TILE_VECS * SETUN_VEC_BYTES > 64
  uint8_t codes[576 * 64] SETUN_ALIGNED;
#else
  uint8_t codes[576 * 16] SETUN_ALIGNED;
#endif
  setun_tile_unpack(weights, step, setun_tile_count(count, bits), codes, vecs,
                    bits, is_signed);
  for (size_t r = 0; r < rows; r += max_rows)
    setun_tile_rows(codes, count, x + r * x_row, x_row,
                    start ? start + r : start, acc + r * acc_row, acc_row, left,
                    rows - r, max_rows, vecs, bits, is_signed);
}
/* setun:end */

/* setun:begin setun_tile_group_rows rows>=3 */
/* Some rows and one group of up to 4 blocks, whose sums stand at acc. */
static inline SETUN_INLINE void
setun_tile_group_rows(const uint8_t *weights, size_t bytes, size_t inputs,
                      const uint8_t *x, const int32_t *start, int32_t *acc,
                      size_t acc_row, size_t left, size_t rows,
                      const unsigned bits, const int is_signed) {
  /* About 512 inputs at a time, which stay in the nearest cache, in equal
   * parts; not less than 4. */
  const size_t parts = (inputs + 540 - 1) / 540;
  const size_t part = (inputs / parts + 31) / 32 * 32;
  for (size_t k = 0; k < inputs;) {
    const size_t count = inputs - k < part + 4 ? inputs - k : part;
    size_t b = 0;
    for (; b / 4 < left && bytes - b >= SETUN_TILE_VECS * SETUN_VEC_BYTES;
         b += SETUN_TILE_VECS * SETUN_VEC_BYTES)
      setun_tile_panel_rows(weights + b, bytes, count, x + k, inputs, start,
                            acc + b / 4, acc_row, left - b / 4, rows,
                            SETUN_TILE_ROWS, SETUN_TILE_VECS, bits, is_signed);
#if SETUN_TILE_VECS * SETUN_VEC_BYTES > 64
    for (; b < bytes; b += SETUN_VEC_BYTES)
      setun_tile_panel_rows(weights + b, bytes, count, x + k, inputs, start,
                            acc + b / 4, acc_row, left - b / 4, rows, 12, 1,
                            bits, is_signed);
#endif
    start = NULL;
    k += count;
    weights += setun_tile_count(count, bits) * setun_tile_vectors(bits) * bytes;
  }
}
/* setun:end */

/* setun:begin setun_tile_few_rows rows>=3 */
/* `rows` rows, not above `max_rows`, and `vecs` vectors of outputs, whose sums
 * stand at acc: weights become codes where they are needed. At least one whole
 * line. */
#if defined(SETUN_TILES_512)
static inline SETUN_INLINE void
setun_tile_few_rows(const uint8_t *weights, size_t step, size_t inputs,
                    const uint8_t *x, const int32_t *start, int32_t *acc,
                    size_t acc_row, size_t left, size_t rows,
                    const size_t max_rows, const size_t vecs,
                    const unsigned bits, const int is_signed) {
  const size_t per_line = 4 * setun_tile_places(bits);
  const size_t whole = inputs / per_line * per_line;
  SetunVec sums[8][4];
  uint8_t tails[8][64] SETUN_ALIGNED;
  const uint8_t *from[8];
  SETUN_UNROLL
  for (size_t r = 0; r < max_rows; ++r) {
    const size_t row = r < rows ? r : rows - 1;
    from[r] = x + row * inputs;
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v)
      sums[r][v] = setun_vec_splat((uint32_t)start[row]);
  }
  if (whole < inputs) {
    const uint8_t *last =
        weights + whole / per_line * setun_tile_vectors(bits) * step;
    SETUN_UNROLL
    for (size_t r = 0; r < max_rows; ++r)
      setun_vec_store(tails[r],
                      setun_vec_load_bytes(from[r] + whole, inputs - whole));
    SETUN_UNROLL
    for (unsigned p = 0; p < setun_tile_places(bits); ++p) {
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v) {
        SetunVec line[3];
        setun_tile_load(line, last + v * SETUN_VEC_BYTES, step, bits);
        const SetunVec codes = setun_tile_codes(line, p, bits, is_signed);
        SETUN_UNROLL
        for (size_t r = 0; r < max_rows; ++r)
          sums[r][v] =
              setun_vec_dot(sums[r][v], codes, setun_vec_four(tails[r] + 4 * p),
                            bits, is_signed);
      }
    }
  }
  size_t k = 0;
  do {
    SetunVec line[4][3];
    SETUN_UNROLL
    for (size_t v = 0; v < vecs; ++v) {
      setun_tile_load(line[v], weights + v * SETUN_VEC_BYTES, step, bits);
      /* 1 KB ahead: processors do not foresee the next page. */
      SETUN_UNROLL
      for (size_t i = 0; i < setun_tile_vectors(bits); ++i)
        SETUN_PREFETCH(weights + i * step + v * SETUN_VEC_BYTES + 1024);
    }
    SETUN_UNROLL
    for (unsigned p = 0; p < setun_tile_places(bits); ++p) {
      SetunVec codes[4];
      SETUN_UNROLL
      for (size_t v = 0; v < vecs; ++v)
        codes[v] = setun_tile_codes(line[v], p, bits, is_signed);
      SETUN_UNROLL
      for (size_t r = 0; r < max_rows; ++r) {
        const SetunVec input = setun_vec_four(from[r] + k + 4 * p);
        SETUN_UNROLL
        for (size_t v = 0; v < vecs; ++v)
          sums[r][v] =
              setun_vec_dot(sums[r][v], codes[v], input, bits, is_signed);
      }
    }
    weights += setun_tile_vectors(bits) * step;
    k += per_line;
  } while (k < whole);
  SETUN_UNROLL
  for (size_t r = 0; r < max_rows; ++r)
    if (r < rows)
      SETUN_UNROLL
  for (size_t v = 0; v < vecs; ++v)
    setun_vec_store_sums(acc + r * acc_row + v * (SETUN_VEC_BYTES / 4),
                         setun_tile_lanes(left, v), sums[r][v]);
}
#endif
/* setun:end */

/* setun:begin setun_tile_group_few_rows rows>=3 */
/* Up to `max_rows` rows and one group of up to 4 blocks, whose sums stand at
 * acc. */
#if defined(SETUN_TILES_512)
static inline SETUN_INLINE void
setun_tile_group_few_rows(const uint8_t *weights, size_t bytes, size_t inputs,
                          const uint8_t *x, const int32_t *start, int32_t *acc,
                          size_t acc_row, size_t left, size_t rows,
                          const size_t max_rows, const unsigned bits,
                          const int is_signed) {
  size_t b = 0;
  /* Six sums would wait for each other. */
  if (max_rows == 3 && bits != SETUN_INT3 && bytes == 4 * SETUN_VEC_BYTES) {
    setun_tile_few_rows(weights, bytes, inputs, x, start, acc, acc_row, left,
                        rows, max_rows, 4, bits, is_signed);
    return;
  }
  for (; b + 2 * SETUN_VEC_BYTES <= bytes; b += 2 * SETUN_VEC_BYTES)
    setun_tile_few_rows(weights + b, bytes, inputs, x, start, acc + b / 4,
                        acc_row, left - b / 4, rows, max_rows, 2, bits,
                        is_signed);
  if (b < bytes)
    setun_tile_few_rows(weights + b, bytes, inputs, x, start, acc + b / 4,
                        acc_row, left - b / 4, rows, max_rows, 1, bits,
                        is_signed);
}
#endif
/* setun:end */

/* setun:begin setun_matmul_tiles */
/* acc[rows][outputs] = x[rows][inputs] * tiled weights of `bits` bits. */
static inline SETUN_INLINE void
setun_matmul_tiles(const uint8_t *x, const uint8_t *weights, int32_t *acc,
                   size_t rows, size_t outputs, size_t inputs,
                   const unsigned bits, const int is_signed) {
  const size_t lines =
      setun_tile_count(inputs, bits) * setun_tile_vectors(bits);
  const uint32_t bias = setun_tile_bias(bits, is_signed);
  /* Weights that do not stay in the second cache. */
  const int is_cold = lines * outputs >= (size_t)1 << 18;
  if (inputs == 0)
    memset(acc, 0, rows * outputs * sizeof *acc);
#if defined(SETUN_TILES_AMX)
  /* More than 4 rows, and enough work to ask the system. */
  if (rows > 4 && inputs >= 64 && rows * outputs * inputs >= (size_t)1 << 20 &&
      setun_amx_start()) {
    setun_amx_matmul(x, weights, acc, rows, outputs, inputs, bits, is_signed);
    return;
  }
#endif
  while (rows > 0 && inputs > 0) {
    /* As many as stay in the second cache, and some dozens. */
    const size_t count = rows < 252 ? rows : 252;
    /* Codes are weights and a bias, which each row's inputs make up for. */
    int32_t start[252];
    const int are_few = count < 3 || inputs < 4;
    for (size_t r = 0; r < count; ++r) {
      const uint8_t *row = x + r * inputs;
      if (are_few)
        start[r] = setun_tile_row_start(row, inputs, bits, is_signed);
      else
        start[r] =
            bias == 0
                ? 0
                : (int32_t)(0 - bias * setun_tile_sum(row, inputs, is_signed));
    }
    const uint8_t *group = weights;
    for (size_t n = 0; n < outputs; n += 64) {
      const size_t left = outputs - n < 64 ? outputs - n : 64;
      const size_t bytes = (left + 15) / 16 * 64;
      if (are_few)
        for (size_t r = 0; r < count; ++r)
          if (is_cold)
            setun_tile_group_row(group, bytes, inputs, x + r * inputs,
                                 start + r, acc + r * outputs + n, left, bits,
                                 is_signed, 1);
          else
            setun_tile_group_row(group, bytes, inputs, x + r * inputs,
                                 start + r, acc + r * outputs + n, left, bits,
                                 is_signed, 0);
#if defined(SETUN_TILES_512)
      else if (count == 3 && inputs >= 32)
        setun_tile_group_few_rows(group, bytes, inputs, x, start, acc + n,
                                  outputs, left, 3, 3, bits, is_signed);
      else if (count == 4 && inputs >= 32)
        setun_tile_group_few_rows(group, bytes, inputs, x, start, acc + n,
                                  outputs, left, 4, 4, bits, is_signed);
      else if (count <= 6 && inputs >= 32)
        setun_tile_group_few_rows(group, bytes, inputs, x, start, acc + n,
                                  outputs, left, count, 6, bits, is_signed);
      else if (count <= 8 && inputs >= 32)
        setun_tile_group_few_rows(group, bytes, inputs, x, start, acc + n,
                                  outputs, left, count, 8, bits, is_signed);
#endif
      else
        setun_tile_group_rows(group, bytes, inputs, x, start, acc + n, outputs,
                              left, count, bits, is_signed);
      group += lines * bytes;
    }
    x += count * inputs;
    acc += count * outputs;
    rows -= count;
  }
}
/* setun:end */

#endif
