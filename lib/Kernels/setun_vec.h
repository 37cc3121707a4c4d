/* Vectors of 32-bit lanes, and products of bytes in them, as the processor has
 * them: SetunVec, SETUN_VEC_BYTES bytes long.
 *
 * All values have this one type: where compilers must convert between vectors
 * of other elements, gcc 12 copies sums, and runs out of registers.
 *
 * `bits` of a weight are constants wherever functions take them: 2 for weights
 * -1, 0, 1 and 4 for -8 .. 7, which are stored as weight + 1 and weight + 8,
 * 8 for two's complement, and three kinds with bits of others: SETUN_INT2 for
 * -2 .. 1, stored as weight + 2, SETUN_INT3 for -4 .. 3, as weight + 4, and
 * SETUN_FP4 for twice the numbers of E2M1, as the bits of that.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_VEC_H
#define SETUN_VEC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* setun:begin setun_vec_load */
/* Vectors of 32-bit lanes. */
#if defined(__GNUC__)
#define SETUN_INLINE __attribute__((always_inline, unused))
#define SETUN_ALIGNED __attribute__((aligned(64)))
#define SETUN_PREFETCH(address) __builtin_prefetch(address) /* anywhere */
#define SETUN_PREFETCH_FAR(address) __builtin_prefetch(address, 0, 2)
#else
#define SETUN_INLINE
#define SETUN_ALIGNED
#define SETUN_PREFETCH(address) (void)(address)
#define SETUN_PREFETCH_FAR(address) (void)(address)
#endif
#if defined(__clang__)
#define SETUN_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define SETUN_UNROLL _Pragma("GCC unroll 16")
#else
#define SETUN_UNROLL
#endif
#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
#define SETUN_TILES_512 /* products of bytes of different signs */
#elif defined(__AVX2__)
#define SETUN_TILES_256
#elif defined(__SSE2__)
#define SETUN_TILES_128
#elif defined(__aarch64__) && defined(__ARM_NEON)
#define SETUN_TILES_NEON
#endif
#if defined(__AVXVNNI__) && defined(SETUN_TILES_256)
#define SETUN_TILES_VNNI
#endif
#if defined(SETUN_TILES_512) && defined(__AMX_INT8__) && defined(__GFNI__) &&  \
    defined(__AVX512VBMI__) && defined(__x86_64__) && defined(__linux__)
#define SETUN_TILES_AMX /* products of 16 rows and a block */
/* Tiles read and write memory. */
#define SETUN_FENCE __asm__ volatile("" ::: "memory")
#endif
#if defined(SETUN_TILES_512) && defined(__AVX512VBMI__)
#define SETUN_TRITS_512
#endif
#if defined(SETUN_TILES_512)
#include <immintrin.h>
typedef uint32_t SetunVec __attribute__((vector_size(64)));
typedef int32_t SetunSigned __attribute__((vector_size(64)));
#define SETUN_VEC_BYTES 64
#define SETUN_TILE_VECS 4
#define SETUN_TILE_ROWS 6
#elif defined(SETUN_TILES_256)
#include <immintrin.h>
typedef uint32_t SetunVec __attribute__((vector_size(32)));
typedef int32_t SetunSigned __attribute__((vector_size(32)));
#define SETUN_VEC_BYTES 32
#define SETUN_TILE_VECS 2
#elif defined(SETUN_TILES_128)
#include <emmintrin.h>
#if defined(__SSSE3__)
#include <tmmintrin.h>
#endif
typedef uint32_t SetunVec __attribute__((vector_size(16)));
typedef int32_t SetunSigned __attribute__((vector_size(16)));
#define SETUN_VEC_BYTES 16
#define SETUN_TILE_VECS 2
#elif defined(SETUN_TILES_NEON)
#include <arm_neon.h>
typedef uint32_t SetunVec __attribute__((vector_size(16)));
typedef int32_t SetunSigned __attribute__((vector_size(16)));
#define SETUN_VEC_BYTES 16
#define SETUN_TILE_VECS 4
#elif defined(__GNUC__)
/* What compilers make of arithmetic in lanes. */
#if defined(__wasm_simd128__)
#define SETUN_TILES_WASM
#include <wasm_simd128.h>
#endif
typedef uint32_t SetunVec __attribute__((vector_size(16)));
typedef int32_t SetunSigned __attribute__((vector_size(16)));
typedef int16_t SetunPairs __attribute__((vector_size(16)));
#define SETUN_VEC_BYTES 16
#define SETUN_TILE_VECS 2
#define SETUN_TILES_PAIRS
#else
typedef uint32_t SetunVec; /* one lane */
typedef int32_t SetunSigned;
#define SETUN_VEC_BYTES 4
#define SETUN_TILE_VECS 2
#endif
#if defined(SETUN_TILES_VNNI)
#define SETUN_TILE_ROWS 5
#elif !defined(SETUN_TILE_ROWS)
#define SETUN_TILE_ROWS 4
#endif
/* Products of signed bytes and codes, which have less than 8 bits. */
#if defined(SETUN_TILES_WASM) && defined(__wasm_relaxed_simd__)
#define SETUN_TILES_RELAXED
#endif
#if defined(SETUN_TILES_256) && !defined(SETUN_TILES_VNNI)
typedef int16_t SetunPairs __attribute__((vector_size(32)));
#define SETUN_TILES_PAIRS /* two products fit in 16 bits */
#endif
#define SETUN_INT2 18
#define SETUN_INT3 20
#define SETUN_FP4 36
static inline SETUN_INLINE SetunVec setun_vec_load(const void *from) {
  SetunVec a;
  memcpy(&a, from, sizeof a);
  return a;
}
static inline SETUN_INLINE void setun_vec_store(void *to, SetunVec a) {
  memcpy(to, &a, sizeof a);
}
static inline SETUN_INLINE SetunVec setun_vec_splat(uint32_t lane) {
#if SETUN_VEC_BYTES == 64
  return (SetunVec)_mm512_set1_epi32((int32_t)lane);
#elif SETUN_VEC_BYTES == 32
  return (SetunVec)_mm256_set1_epi32((int32_t)lane);
#elif defined(SETUN_TILES_128)
  return (SetunVec)_mm_set1_epi32((int32_t)lane);
#elif SETUN_VEC_BYTES == 16
  const SetunVec lanes = {lane, lane, lane, lane};
  return lanes;
#else
  return lane;
#endif
}
/* setun:end */

/* setun:begin setun_vec_load_bytes */
/* Less than 64 bytes; those behind them are 0, and not read. */
#if defined(SETUN_TILES_512)
static inline SETUN_INLINE SetunVec setun_vec_load_bytes(const void *from,
                                                         size_t left) {
  return (SetunVec)_mm512_maskz_loadu_epi8(((uint64_t)1 << left) - 1, from);
}
#endif
/* setun:end */

/* setun:begin setun_vec_bytes */
/* The same byte everywhere. */
static inline SETUN_INLINE SetunVec setun_vec_bytes(uint32_t byte) {
  return setun_vec_splat(byte * 0x01010101u);
}
/* setun:end */

/* setun:begin setun_vec_four */
/* The four bytes everywhere. */
static inline SETUN_INLINE SetunVec setun_vec_four(const void *bytes) {
  uint32_t four;
  memcpy(&four, bytes, sizeof four);
  return setun_vec_splat(four);
}
/* setun:end */

/* setun:begin setun_tile_places */
/* How many weights each byte of a line has, or its three bytes for 3 bits. */
static inline SETUN_INLINE unsigned setun_tile_places(const unsigned bits) {
  return bits == SETUN_INT3 ? 8 : 8 / (bits % 16);
}
/* setun:end */

/* setun:begin setun_tile_vectors */
/* The vectors that outputs have in a line. */
static inline SETUN_INLINE size_t setun_tile_vectors(const unsigned bits) {
  return bits == SETUN_INT3 ? 3 : 1;
}
/* setun:end */

/* setun:begin setun_tile_count */
/* The lines of some inputs. */
static inline SETUN_INLINE size_t setun_tile_count(size_t inputs,
                                                   const unsigned bits) {
  const size_t per_line = 4 * setun_tile_places(bits);
  return inputs / per_line + (inputs % per_line != 0);
}
/* setun:end */

/* setun:begin setun_tile_bias */
/* Codes are more than their weights by this. */
static inline SETUN_INLINE uint32_t setun_tile_bias(const unsigned bits,
                                                    const int is_signed) {
  (void)is_signed;
#if defined(SETUN_TILES_512) || defined(SETUN_TILES_VNNI)
  if (bits == 8)
    return is_signed ? 128 : 0;
#elif defined(SETUN_TILES_NEON)
  if (bits == 8)
    return is_signed ? 0 : 128;
#endif
#if defined(SETUN_TILES_512) || defined(SETUN_TILES_256)
  if (bits == SETUN_FP4)
    return is_signed ? 12 : 0;
#elif defined(SETUN_TILES_NEON)
  if (bits == SETUN_FP4)
    return is_signed ? 0 : 12;
#endif
  switch (bits) {
  case 2:
    return 1;
  case SETUN_INT2:
    return 2;
  case SETUN_INT3:
    return 4;
  case 4:
    return 8;
  case SETUN_FP4:
    return 12;
  default:
    return 0;
  }
}
/* setun:end */

/* setun:begin setun_vec_fp4 */
/* Codes of numbers of E2M1 in the lower halves of bytes: twice the number, with
 * the bias of setun_tile_bias. */
static inline SETUN_INLINE SetunVec setun_vec_fp4(SetunVec numbers,
                                                  const int is_signed) {
#if SETUN_VEC_BYTES > 4 &&                                                     \
    (defined(SETUN_TILES_512) || defined(SETUN_TILES_256) ||                   \
     defined(__SSSE3__) || defined(SETUN_TILES_NEON) ||                        \
     defined(SETUN_TILES_WASM))
  const uint8_t bias = (uint8_t)setun_tile_bias(SETUN_FP4, is_signed);
  const uint8_t codes[16] = {
      bias,
      (uint8_t)(bias + 1),
      (uint8_t)(bias + 2),
      (uint8_t)(bias + 3),
      (uint8_t)(bias + 4),
      (uint8_t)(bias + 6),
      (uint8_t)(bias + 8),
      (uint8_t)(bias + 12),
      bias,
      (uint8_t)(bias - 1),
      (uint8_t)(bias - 2),
      (uint8_t)(bias - 3),
      (uint8_t)(bias - 4),
      (uint8_t)(bias - 6),
      (uint8_t)(bias - 8),
      (uint8_t)(bias - 12),
  };
#if defined(SETUN_TILES_NEON)
  return (SetunVec)vqtbl1q_u8(vld1q_u8(codes), (uint8x16_t)numbers);
#elif defined(SETUN_TILES_WASM)
  return (SetunVec)wasm_i8x16_swizzle(wasm_v128_load(codes), (v128_t)numbers);
#else
  const __m128i table = _mm_loadu_si128((const __m128i *)(const void *)codes);
#if defined(SETUN_TILES_512)
  return (SetunVec)_mm512_shuffle_epi8(_mm512_broadcast_i32x4(table),
                                       (__m512i)numbers);
#elif defined(SETUN_TILES_256)
  return (SetunVec)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table),
                                       (__m256i)numbers);
#else
  return (SetunVec)_mm_shuffle_epi8(table, (__m128i)numbers);
#endif
#endif
#else
  /* Of 0 .. 7, the bits without a sign, those from 4 on mean 4, 6, 8, 12. */
  const SetunVec size = numbers & setun_vec_bytes(7);
  const SetunVec large = size >> 2 & setun_vec_bytes(1);
  const SetunVec more = size & (large | large << 1);
  const SetunVec most = more & more >> 1 & setun_vec_bytes(1);
  const SetunVec code = size + more + (most << 1);
  const SetunVec sign = numbers >> 3 & setun_vec_bytes(1);
  (void)is_signed;
  return setun_vec_bytes(12) + code - (code << 1 & ((sign << 8) - sign));
#endif
}
/* setun:end */

/* setun:begin setun_vec_codes */
/* The weights above place `place` of each byte: of 2 and 4
 * bits as they are stored, of 8 bits and of E2M1 with the bias of
 * setun_tile_bias. */
static inline SETUN_INLINE SetunVec setun_vec_codes(SetunVec line,
                                                    const unsigned place,
                                                    const unsigned bits,
                                                    const int is_signed) {
  (void)is_signed;
  if (bits == SETUN_FP4)
    return setun_vec_fp4(line >> (place * 4) & setun_vec_bytes(15), is_signed);
  if (bits != 8)
    return line >> (place * (bits % 16)) &
           setun_vec_bytes((1u << bits % 16) - 1);
#if defined(SETUN_TILES_512) || defined(SETUN_TILES_VNNI)
  if (is_signed)
    return line ^ setun_vec_bytes(0x80);
#elif defined(SETUN_TILES_NEON)
  if (!is_signed)
    return line ^ setun_vec_bytes(0x80);
#endif
  return line;
}
/* setun:end */

/* setun:begin setun_tile_load */
/* What one vector of outputs has in a line; `step` bytes lie between lines of
 * 64 bytes. */
static inline SETUN_INLINE void setun_tile_load(SetunVec line[3],
                                                const uint8_t *weights,
                                                size_t step,
                                                const unsigned bits) {
  line[0] = setun_vec_load(weights);
  if (bits == SETUN_INT3) {
    line[1] = setun_vec_load(weights + step);
    line[2] = setun_vec_load(weights + 2 * step);
  }
}
/* setun:end */

/* setun:begin setun_tile_nibbles */
/* Two places of a line of 3 bits in the bytes of a vector, at bits 0 and 4;
 * bits 3 and 7 are any. The first two vectors have the lower two bits of all
 * weights, the third one the upper. */
static inline SETUN_INLINE SetunVec setun_tile_nibbles(const SetunVec line[3],
                                                       const unsigned pair) {
  const SetunVec low = setun_vec_bytes(0x33);
  const SetunVec lower = line[pair / 2] >> (pair % 2 * 2);
  const SetunVec upper =
      pair < 2 ? line[2] << (2 - pair) : line[2] >> (pair - 2);
  return (lower & low) | (upper & ~low);
}
/* setun:end */

/* setun:begin setun_tile_codes */
/* The weights at place `place` of a line, as setun_vec_codes says. */
static inline SETUN_INLINE SetunVec setun_tile_codes(const SetunVec line[3],
                                                     const unsigned place,
                                                     const unsigned bits,
                                                     const int is_signed) {
  if (bits == SETUN_INT3)
    return setun_tile_nibbles(line, place / 2) >> (place % 2 * 4) &
           setun_vec_bytes(7);
  return setun_vec_codes(line[0], place, bits, is_signed);
}
/* setun:end */

/* setun:begin setun_vec_has_pairs */
/* Is a sum of two products in 16 bits the fastest way? */
static inline SETUN_INLINE int setun_vec_has_pairs(const unsigned bits,
                                                   const int is_signed) {
  (void)is_signed;
#if defined(SETUN_TILES_RELAXED)
  if (is_signed)
    return 0;
#endif
  return bits != 8;
}
/* setun:end */

/* setun:begin setun_vec_pairs */
/* The products of codes of less than 8 bits and bytes of x, summed up in pairs:
 * at most 2 * 24 * 255; and the sums of two of these. */
#if defined(SETUN_TILES_PAIRS)
static inline SETUN_INLINE SetunPairs setun_vec_pairs(SetunVec codes,
                                                      SetunVec x,
                                                      const int is_signed) {
#if defined(SETUN_TILES_256)
  return (SetunPairs)(is_signed
                          ? _mm256_maddubs_epi16((__m256i)codes, (__m256i)x)
                          : _mm256_maddubs_epi16((__m256i)x, (__m256i)codes));
#else
  const SetunVec low = setun_vec_splat(0xff00ff);
  const SetunPairs w_0 = (SetunPairs)(codes & low);
  const SetunPairs w_1 = (SetunPairs)(codes >> 8 & low);
  const SetunPairs x_0 =
      is_signed ? (SetunPairs)(x << 8) >> 8 : (SetunPairs)(x & low);
  const SetunPairs x_1 =
      is_signed ? (SetunPairs)x >> 8 : (SetunPairs)(x >> 8 & low);
  return w_0 * x_0 + w_1 * x_1;
#endif
}
static inline SETUN_INLINE SetunVec setun_vec_wide(SetunPairs pairs) {
#if defined(SETUN_TILES_256)
  return (SetunVec)_mm256_madd_epi16((__m256i)pairs, _mm256_set1_epi16(1));
#else
  return (SetunVec)(((SetunSigned)pairs >> 16) +
                    ((SetunSigned)((SetunVec)pairs << 16) >> 16));
#endif
}
#endif
/* setun:end */

/* setun:begin setun_vec_dot */
/* Adds to each lane the four products of codes and bytes of x, signed or
 * unsigned ones. */
static inline SETUN_INLINE SetunVec setun_vec_dot(SetunVec sum, SetunVec codes,
                                                  SetunVec x,
                                                  const unsigned bits,
                                                  const int is_signed) {
#if defined(SETUN_TILES_512)
  (void)bits;
  const __m512i a = (__m512i)(is_signed ? codes : x);
  const __m512i b = (__m512i)(is_signed ? x : codes);
  return (SetunVec)_mm512_dpbusd_epi32((__m512i)sum, a, b);
#elif defined(SETUN_TILES_VNNI)
  (void)bits;
  const __m256i a = (__m256i)(is_signed ? codes : x);
  const __m256i b = (__m256i)(is_signed ? x : codes);
  return (SetunVec)_mm256_dpbusd_avx_epi32((__m256i)sum, a, b);
#elif defined(SETUN_TILES_256)
  /* Bytes 1 and 3 of each lane, and 0 and 2. */
  if (bits != 8)
    return sum + setun_vec_wide(setun_vec_pairs(codes, x, is_signed));
  const __m256i w_1 = _mm256_srai_epi16((__m256i)codes, 8);
  const __m256i w_0 = _mm256_srai_epi16((__m256i)(codes << 8), 8);
  const __m256i x_1 = is_signed ? _mm256_srai_epi16((__m256i)x, 8)
                                : _mm256_srli_epi16((__m256i)x, 8);
  const __m256i x_0 = is_signed ? _mm256_srai_epi16((__m256i)(x << 8), 8)
                                : (__m256i)(x & setun_vec_splat(0xff00ff));
  return sum + (SetunVec)_mm256_madd_epi16(w_0, x_0) +
         (SetunVec)_mm256_madd_epi16(w_1, x_1);
#elif defined(SETUN_TILES_128)
  /* Bytes 1 and 3 of each lane, and 0 and 2. */
  const SetunVec low = setun_vec_splat(0xff00ff);
  const __m128i w_1 = bits != 8 ? (__m128i)(codes >> 8 & low)
                                : _mm_srai_epi16((__m128i)codes, 8);
  const __m128i w_0 = bits != 8 ? (__m128i)(codes & low)
                                : _mm_srai_epi16((__m128i)(codes << 8), 8);
  const __m128i x_1 =
      is_signed ? _mm_srai_epi16((__m128i)x, 8) : _mm_srli_epi16((__m128i)x, 8);
  const __m128i x_0 =
      is_signed ? _mm_srai_epi16((__m128i)(x << 8), 8) : (__m128i)(x & low);
  return sum + (SetunVec)_mm_madd_epi16(w_0, x_0) +
         (SetunVec)_mm_madd_epi16(w_1, x_1);
#elif defined(SETUN_TILES_NEON)
  (void)bits;
  if (is_signed) {
    const int8x16_t w = (int8x16_t)codes, y = (int8x16_t)x;
#if defined(__ARM_FEATURE_DOTPROD)
    return (SetunVec)vdotq_s32((int32x4_t)sum, w, y);
#else
    const int16x8_t low = vmull_s8(vget_low_s8(w), vget_low_s8(y));
    const int16x8_t high = vmull_s8(vget_high_s8(w), vget_high_s8(y));
    return sum + (SetunVec)vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high));
#endif
  }
  const uint8x16_t w = (uint8x16_t)codes, y = (uint8x16_t)x;
#if defined(__ARM_FEATURE_DOTPROD)
  return (SetunVec)vdotq_u32((uint32x4_t)sum, w, y);
#else
  const uint16x8_t low = vmull_u8(vget_low_u8(w), vget_low_u8(y));
  const uint16x8_t high = vmull_u8(vget_high_u8(w), vget_high_u8(y));
  return sum + (SetunVec)vpaddq_u32(vpaddlq_u16(low), vpaddlq_u16(high));
#endif
#else
#if defined(SETUN_TILES_PAIRS)
  if (setun_vec_has_pairs(bits, is_signed))
    return sum + setun_vec_wide(setun_vec_pairs(codes, x, is_signed));
#endif
#if defined(SETUN_TILES_RELAXED)
  if (bits != 8)
    return (SetunVec)wasm_i32x4_relaxed_dot_i8x16_i7x16_add(
        (v128_t)x, (v128_t)codes, (v128_t)sum);
#endif
#if defined(SETUN_TILES_WASM)
  /* Weights of 8 bits; bytes 1 and 3 of each lane, and 0 and 2. */
  const v128_t w_1 = wasm_i16x8_shr((v128_t)codes, 8);
  const v128_t w_0 = wasm_i16x8_shr((v128_t)(codes << 8), 8);
  const v128_t x_1 =
      is_signed ? wasm_i16x8_shr((v128_t)x, 8) : wasm_u16x8_shr((v128_t)x, 8);
  const v128_t x_0 = is_signed ? wasm_i16x8_shr((v128_t)(x << 8), 8)
                               : (v128_t)(x & setun_vec_splat(0xff00ff));
  return sum + (SetunVec)wasm_i32x4_dot_i16x8(w_0, x_0) +
         (SetunVec)wasm_i32x4_dot_i16x8(w_1, x_1);
#else
  const SetunVec low = setun_vec_splat(0xff);
  SETUN_UNROLL
  for (unsigned i = 0; i < 32; i += 8) {
    const SetunVec code =
        bits != 8 ? codes >> i & low
                  : (SetunVec)((SetunSigned)(codes << (24 - i)) >> 24);
    const SetunVec byte = is_signed
                              ? (SetunVec)((SetunSigned)(x << (24 - i)) >> 24)
                              : x >> i & low;
    sum += code * byte;
  }
  return sum;
#endif
#endif
}
/* setun:end */

/* setun:begin setun_vec_load_sums */
/* `left` lanes at most; what lies behind them is 0, and not read. */
static inline SETUN_INLINE SetunVec setun_vec_load_sums(const int32_t *from,
                                                        size_t left) {
#if defined(SETUN_TILES_512)
  const __mmask16 mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffffu);
  return (SetunVec)_mm512_maskz_loadu_epi32(mask, from);
#else
  int32_t lanes[SETUN_VEC_BYTES / 4] = {0};
  if (left >= SETUN_VEC_BYTES / 4)
    return setun_vec_load(from);
  for (size_t i = 0; i < left; ++i)
    lanes[i] = from[i];
  return setun_vec_load(lanes);
#endif
}
/* setun:end */

/* setun:begin setun_vec_store_sums */
/* `left` lanes at most. */
static inline SETUN_INLINE void setun_vec_store_sums(int32_t *to, size_t left,
                                                     SetunVec sums) {
#if defined(SETUN_TILES_512)
  const __mmask16 mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffffu);
  _mm512_mask_storeu_epi32(to, mask, (__m512i)sums);
#else
  int32_t lanes[SETUN_VEC_BYTES / 4];
  if (left >= SETUN_VEC_BYTES / 4) {
    setun_vec_store(to, sums);
    return;
  }
  setun_vec_store(lanes, sums);
  for (size_t i = 0; i < left; ++i)
    to[i] = lanes[i];
#endif
}
/* setun:end */

/* setun:begin setun_tile_lanes */
/* How many of `left` outputs are in vector v and behind it. */
static inline SETUN_INLINE size_t setun_tile_lanes(size_t left, size_t v) {
  const size_t before = v * (SETUN_VEC_BYTES / 4);
  return left > before ? left - before : 0;
}
/* setun:end */

#endif
