/* What products on microcontrollers are made of: four bytes in a word, without
 * instructions for that tables of sums, or vectors of 16 bytes (Helium).
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_WORDS_H
#define SETUN_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Generated files define it before the kernels. */
#ifndef SETUN_NOINLINE
#define SETUN_NOINLINE
#endif

/* setun:begin setun_four_bytes */
/* Microcontrollers have no vector registers, and take words instead. The same
 * bytes in the same order on both sides of a product: either endianness does.
 */
#if !defined(SETUN_WORDS) && defined(__ARM_ARCH_PROFILE)
#if __ARM_ARCH_PROFILE == 'M'
#define SETUN_WORDS
#endif
#endif
#if defined(SETUN_WORDS) && defined(__ARM_FEATURE_SIMD32)
#define SETUN_SIMD32 /* instructions for four bytes or two halves of a word */
#include <arm_acle.h>
#endif
#if defined(SETUN_WORDS) && defined(__ARM_FEATURE_MVE)
#define SETUN_HELIUM /* vectors of 16 bytes, and masks for fewer */
#include <arm_mve.h>
#endif
static inline uint32_t setun_four_bytes(const void *bytes) {
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}
/* setun:end */

/* setun:begin setun_ternary_vectors */
/* The products of a block of 128 inputs: those of bits 2j and 2j + 1 of a byte
 * of weights stand 32 * j bytes behind those of bits 0 and 1. Nothing is
 * multiplied: masks say which inputs are added. */
#ifdef SETUN_HELIUM
static inline int32_t setun_ternary_vectors(const uint8_t *x,
                                            const uint8_t *weights,
                                            size_t bytes, const int is_signed) {
  uint32_t plus = 0, minus = 0;
  for (size_t p = 0; p < bytes; p += 16) {
    /* Adding bytes to themselves moves the next bit to the top. */
    uint8x16_t pairs = vldrbq_u8(weights + p);
    for (size_t j = 4; j-- > 0;) {
      const uint8x16_t input = vldrbq_u8(x + 32 * j + p);
      const int8x16_t number = vreinterpretq_s8_u8(input);
      mve_pred16_t taken = vcmpltq_n_s8(vreinterpretq_s8_u8(pairs), 0);
      minus = is_signed ? (uint32_t)vaddvaq_p_s8((int32_t)minus, number, taken)
                        : vaddvaq_p_u8(minus, input, taken);
      pairs = vaddq_u8(pairs, pairs);
      taken = vcmpltq_n_s8(vreinterpretq_s8_u8(pairs), 0);
      plus = is_signed ? (uint32_t)vaddvaq_p_s8((int32_t)plus, number, taken)
                       : vaddvaq_p_u8(plus, input, taken);
      pairs = vaddq_u8(pairs, pairs);
    }
  }
  return (int32_t)(plus - minus);
}
#endif
/* setun:end */

/* setun:begin setun_ternary_words */
/* Simd32: the products of a block of 128 inputs: word 4 * i + j of x has the
 * inputs that belong to bits 6 - 2j and 7 - 2j of the bytes of word i of the
 * weights. Both sums take equally many bytes of `zero`; what counts stands
 * above it. Otherwise the sum over bytes of weights, each with 16 sums for its
 * lower two weights and 16 for its upper two. */
#if defined(SETUN_SIMD32) && !defined(SETUN_HELIUM)
static inline int32_t setun_ternary_words(const uint32_t *x,
                                          const uint8_t *weights, size_t words,
                                          uint32_t zero) {
  uint32_t plus = 0, minus = 0;
  for (const uint8_t *end = weights + 4 * words; weights != end; weights += 4) {
    /* Adding a word to itself moves the top bit of each byte to a flag. */
    uint32_t pairs = setun_four_bytes(weights);
    pairs = __uadd8(pairs, pairs);
    minus = __usada8(__sel(x[0], zero), 0, minus);
    pairs = __uadd8(pairs, pairs);
    plus = __usada8(__sel(x[0], zero), 0, plus);
    pairs = __uadd8(pairs, pairs);
    minus = __usada8(__sel(x[1], zero), 0, minus);
    pairs = __uadd8(pairs, pairs);
    plus = __usada8(__sel(x[1], zero), 0, plus);
    pairs = __uadd8(pairs, pairs);
    minus = __usada8(__sel(x[2], zero), 0, minus);
    pairs = __uadd8(pairs, pairs);
    plus = __usada8(__sel(x[2], zero), 0, plus);
    pairs = __uadd8(pairs, pairs);
    minus = __usada8(__sel(x[3], zero), 0, minus);
    pairs = __uadd8(pairs, pairs);
    plus = __usada8(__sel(x[3], zero), 0, plus);
    x += 4;
  }
  return (int32_t)(plus - minus);
}
#elif defined(SETUN_WORDS) && !defined(SETUN_HELIUM)
static SETUN_NOINLINE int32_t setun_ternary_words(const uint16_t *sums,
                                                  const uint8_t *weights,
                                                  size_t bytes) {
  uint32_t sum = 0;
  /* Offsets in bytes, as few shifts away from the weights as possible. */
  const unsigned char *at = (const unsigned char *)sums;
  for (const uint8_t *end = weights + bytes; weights != end; ++weights) {
    const uint32_t pairs = *weights;
    sum += *(const uint16_t *)(const void *)(at + (pairs << 1 & 30u));
    sum += ((const uint16_t *)(const void *)(at + (pairs >> 3 & 30u)))[16];
    at += 64;
  }
  return (int32_t)sum - 1024 * (int32_t)bytes; /* 512 too much in each */
}
#endif
/* setun:end */

/* setun:begin setun_matmul_ternary_words */
/* acc[rows][outputs] = x[rows][inputs] * weights in the layout ternary_pairs,
 * for microcontrollers; sign is 0x80 if x is signed, else 0. */
#if defined(SETUN_HELIUM)
static SETUN_NOINLINE void setun_matmul_ternary_words(
    const uint8_t *restrict x, uint32_t sign, const uint8_t *restrict weights,
    int32_t *restrict acc, size_t rows, size_t outputs, size_t inputs) {
  const size_t row_bytes = (inputs + 127) / 128 * 32;
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t first = 0; first < inputs; first += 128) {
      const size_t count = inputs - first < 128 ? inputs - first : 128;
      const size_t bytes = count <= 16 ? 16 : 32;
      uint8_t block[128] = {0};
      memcpy(block, x + first, count);
      const uint8_t *row = weights + first / 4;
      for (size_t n = 0; n < outputs; ++n) {
        acc[n] += sign ? setun_ternary_vectors(block, row, bytes, 1)
                       : setun_ternary_vectors(block, row, bytes, 0);
        row += row_bytes;
      }
    }
    x += inputs;
    acc += outputs;
  }
}
#elif defined(SETUN_SIMD32)
static SETUN_NOINLINE void setun_matmul_ternary_words(
    const uint8_t *restrict x, uint32_t sign, const uint8_t *restrict weights,
    int32_t *restrict acc, size_t rows, size_t outputs, size_t inputs) {
  const size_t row_bytes = (inputs + 127) / 128 * 32;
  /* Inputs become x + 128 where they are signed, and 0 becomes 128. */
  const uint32_t zero = sign * 0x01010101u;
  memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t first = 0; first < inputs; first += 128) {
      const size_t count = inputs - first < 128 ? inputs - first : 128;
      uint32_t bytes[32] = {0}, block[32];
      memcpy(bytes, x + first, count);
      for (size_t i = 0; i < 32; ++i)
        block[i] = bytes[i / 4 + (3 - i % 4) * 8] ^ zero;
      const uint8_t *row = weights + first / 4;
      const size_t words = count < 32 ? (count + 3) / 4 : 8;
      for (size_t n = 0; n < outputs; ++n) {
        acc[n] += setun_ternary_words(block, row, words, zero);
        row += row_bytes;
      }
    }
    x += inputs;
    acc += outputs;
  }
}
#elif defined(SETUN_WORDS)
static SETUN_NOINLINE void setun_matmul_ternary_words(
    const uint8_t *restrict x, uint32_t sign, const uint8_t *restrict weights,
    int32_t *restrict acc, size_t rows, size_t outputs, size_t inputs) {
  const size_t row_bytes = (inputs + 127) / 128 * 32;
  if (inputs == 0)
    memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    /* Tables for 16 bytes of a row of weights at a time: half a block. */
    for (size_t byte = 0; byte < row_bytes; byte += 16) {
      const size_t first = byte / 32 * 128 + byte % 32;
      if (first >= inputs)
        break;
      uint16_t sums[16 * 32];
      for (size_t i = 0; i < 32; ++i) {
        /* 256 and what the lower or the upper weight adds: +1 takes the input,
         * -1 takes it off, and 3 does not occur. */
        uint16_t parts[2][4];
        for (size_t j = 0; j < 2; ++j) {
          const size_t k = first + i / 2 + i % 2 * 64 + j * 32;
          const int input = k < inputs ? (int)(x[k] ^ sign) - (int)sign : 0;
          parts[j][0] = 256;
          parts[j][1] = (uint16_t)(256 + input);
          parts[j][2] = (uint16_t)(256 - input);
          parts[j][3] = 256;
        }
        for (size_t pair = 0; pair < 16; ++pair)
          sums[16 * i + pair] =
              (uint16_t)(parts[0][pair % 4] + parts[1][pair / 4]);
      }
      const uint8_t *row = weights + byte;
      for (size_t n = 0; n < outputs; ++n) {
        const int32_t sum = setun_ternary_words(sums, row, 16);
        acc[n] = byte > 0 ? acc[n] + sum : sum;
        row += row_bytes;
      }
    }
    x += inputs;
    acc += outputs;
  }
}
#endif
/* setun:end */

/* setun:begin setun_bits_word */
/* Adds to sum: of 32 sorted inputs those whose weight bit is set, and as many
 * bytes of `zero` as there are others. */
#ifdef SETUN_SIMD32
static inline uint32_t setun_bits_word(const uint8_t *x, uint32_t bits,
                                       uint32_t zero, uint32_t sum) {
  bits = __uadd8(bits, bits);
  sum = __usada8(__sel(setun_four_bytes(x), zero), 0, sum);
  bits = __uadd8(bits, bits);
  sum = __usada8(__sel(setun_four_bytes(x + 4), zero), 0, sum);
  bits = __uadd8(bits, bits);
  sum = __usada8(__sel(setun_four_bytes(x + 8), zero), 0, sum);
  bits = __uadd8(bits, bits);
  sum = __usada8(__sel(setun_four_bytes(x + 12), zero), 0, sum);
  bits = __uadd8(bits, bits);
  sum = __usada8(__sel(setun_four_bytes(x + 16), zero), 0, sum);
  bits = __uadd8(bits, bits);
  sum = __usada8(__sel(setun_four_bytes(x + 20), zero), 0, sum);
  bits = __uadd8(bits, bits);
  sum = __usada8(__sel(setun_four_bytes(x + 24), zero), 0, sum);
  bits = __uadd8(bits, bits);
  sum = __usada8(__sel(setun_four_bytes(x + 28), zero), 0, sum);
  return sum;
}
#endif
/* setun:end */

/* setun:begin setun_matmul_bits_words */
/* acc[rows][outputs] = x[rows][inputs] * weights in the layout bits, for cores
 * without vector registers; sign is 0x80 if x is signed, else 0. */
#ifdef SETUN_WORDS
static SETUN_NOINLINE void
setun_matmul_bits_words(const uint8_t *restrict x, uint32_t sign,
                        const uint8_t *restrict weights, int32_t *restrict acc,
                        size_t rows, size_t outputs, size_t inputs) {
  const size_t row_bytes = inputs / 8 + (inputs % 8 != 0);
  if (inputs == 0)
    memset(acc, 0, rows * outputs * sizeof *acc);
  for (size_t r = 0; r < rows; ++r) {
    /* 16 bytes of a row of weights at a time. */
    for (size_t first = 0; first < inputs; first += 128) {
      const size_t count = inputs - first < 128 ? inputs - first : 128;
      const size_t bytes = (count + 7) / 8;
      int32_t all = 0;
#ifdef SETUN_SIMD32
      /* Sorted by the bits of a word of weights, from the top; signed inputs
       * become x + 128, and 0 becomes 128. */
      const uint32_t zero = sign * 0x01010101u;
      uint8_t sorted[128];
      for (size_t k = 0; k < 128; ++k) {
        const uint32_t biased = (k < count ? x[first + k] : 0u) ^ sign;
        all += (int32_t)biased - (int32_t)sign;
        sorted[k / 32 * 32 + (7 - k % 8) * 4 + k / 8 % 4] = (uint8_t)biased;
      }
#else
      /* 512 and the sum of the inputs whose bits are set, for each half of a
       * byte of weights. */
      uint16_t sums[16 * 32];
      for (size_t i = 0; i < 32; ++i) {
        uint16_t *half = sums + 16 * i;
        half[0] = 512;
        for (size_t j = 0; j < 4; ++j) {
          const size_t k = 4 * i + j;
          const uint32_t biased = (k < count ? x[first + k] : 0u) ^ sign;
          const int32_t input = (int32_t)biased - (int32_t)sign;
          all += input;
          for (size_t set = 0; set < (size_t)1 << j; ++set)
            half[set | (size_t)1 << j] = (uint16_t)(half[set] + input);
        }
      }
#endif
      const uint8_t *row = weights + first / 8;
      for (size_t n = 0; n < outputs; ++n) {
#ifdef SETUN_SIMD32
        uint32_t sum = 0;
        size_t i = 0;
        for (; i + 4 <= bytes; i += 4)
          sum = setun_bits_word(sorted + 8 * i, setun_four_bytes(row + i), zero,
                                sum);
        if (i < bytes) {
          uint32_t bits = 0;
          memcpy(&bits, row + i, bytes - i);
          sum = setun_bits_word(sorted + 8 * i, bits, zero, sum);
          i += 4;
        }
        const int32_t plus = (int32_t)sum - (int32_t)(sign * 8u * (uint32_t)i);
#else
        const int32_t plus = setun_ternary_words(sums, row, bytes);
#endif
        acc[n] = (first > 0 ? acc[n] : 0) + plus + plus - all;
        row += row_bytes;
      }
    }
    x += inputs;
    acc += outputs;
  }
}
#endif
/* setun:end */

/* setun:begin setun_matmul_vectors */
/* acc[rows][outputs] = x[rows][inputs] * signed weights, a byte each; `flip` is
 * 0 if x is signed. Else it is 0x80, which makes x - 128 of x: the weights take
 * part once more, 128 times. Four outputs at a time, the last one repeated. */
#ifdef SETUN_HELIUM
static SETUN_NOINLINE void
setun_matmul_vectors(const uint8_t *restrict x, uint8_t flip,
                     const int8_t *restrict weights, int32_t *restrict acc,
                     size_t rows, size_t outputs, size_t inputs) {
  const uint8x16_t flips = vdupq_n_u8(flip);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t n = 0; n < outputs; n += 4) {
      const size_t left = outputs - n;
      const int8_t *row_0 = weights + n * inputs;
      const int8_t *row_1 = left > 1 ? row_0 + inputs : row_0;
      const int8_t *row_2 = left > 2 ? row_1 + inputs : row_0;
      const int8_t *row_3 = left > 3 ? row_2 + inputs : row_0;
      int32_t sums[4] = {0}, all[4] = {0};
      for (size_t k = 0; k < inputs; k += 16) {
        const mve_pred16_t some = vctp8q((uint32_t)(inputs - k));
        const int8x16_t input =
            vreinterpretq_s8_u8(veorq_u8(vldrbq_z_u8(x + k, some), flips));
        const int8x16_t w_0 = vldrbq_z_s8(row_0 + k, some);
        const int8x16_t w_1 = vldrbq_z_s8(row_1 + k, some);
        sums[0] = vmladavaq_s8(sums[0], w_0, input);
        sums[1] = vmladavaq_s8(sums[1], w_1, input);
        const int8x16_t w_2 = vldrbq_z_s8(row_2 + k, some);
        const int8x16_t w_3 = vldrbq_z_s8(row_3 + k, some);
        sums[2] = vmladavaq_s8(sums[2], w_2, input);
        sums[3] = vmladavaq_s8(sums[3], w_3, input);
        if (flip) {
          all[0] = vaddvaq_s8(all[0], w_0);
          all[1] = vaddvaq_s8(all[1], w_1);
          all[2] = vaddvaq_s8(all[2], w_2);
          all[3] = vaddvaq_s8(all[3], w_3);
        }
      }
      for (size_t i = 0; i < 4 && i < left; ++i)
        acc[n + i] = sums[i] + all[i] * flip;
    }
    x += inputs;
    acc += outputs;
  }
}
#endif
/* setun:end */

/* setun:begin setun_dot_words_s8 */
/* sums[i] = the product of x, signed bytes, and the weights of output i. */
#if defined(SETUN_WORDS) && !defined(SETUN_HELIUM)
static SETUN_NOINLINE void setun_dot_words_s8(const int8_t *restrict x,
                                              const int8_t *first,
                                              const int8_t *second,
                                              size_t count, int32_t sums[2]) {
  int32_t sum_0 = 0, sum_1 = 0;
#ifdef SETUN_SIMD32
  for (; count >= 4; count -= 4) {
    const uint32_t bytes = setun_four_bytes(x);
    const int16x2_t even = __sxtb16((int32_t)bytes);
    const int16x2_t odd = __sxtb16((int32_t)(bytes >> 8));
    const uint32_t weights_0 = setun_four_bytes(first);
    sum_0 = __smlad(__sxtb16((int32_t)weights_0), even, sum_0);
    sum_0 = __smlad(__sxtb16((int32_t)(weights_0 >> 8)), odd, sum_0);
    const uint32_t weights_1 = setun_four_bytes(second);
    sum_1 = __smlad(__sxtb16((int32_t)weights_1), even, sum_1);
    sum_1 = __smlad(__sxtb16((int32_t)(weights_1 >> 8)), odd, sum_1);
    x += 4;
    first += 4;
    second += 4;
  }
#endif
  for (; count > 0; --count) {
    const int32_t input = *x++;
    sum_0 += *first++ * input;
    sum_1 += *second++ * input;
  }
  sums[0] = sum_0;
  sums[1] = sum_1;
}
#endif
/* setun:end */

/* setun:begin setun_dot_words_u8 */
/* sums[i] = the product of x, unsigned bytes, and the weights of output i. */
#if defined(SETUN_WORDS) && !defined(SETUN_HELIUM)
static SETUN_NOINLINE void setun_dot_words_u8(const uint8_t *restrict x,
                                              const int8_t *first,
                                              const int8_t *second,
                                              size_t count, int32_t sums[2]) {
  int32_t sum_0 = 0, sum_1 = 0;
#ifdef SETUN_SIMD32
  for (; count >= 4; count -= 4) {
    const uint32_t bytes = setun_four_bytes(x);
    const int16x2_t even = (int16x2_t)__uxtb16(bytes);
    const int16x2_t odd = (int16x2_t)__uxtb16(bytes >> 8);
    const uint32_t weights_0 = setun_four_bytes(first);
    sum_0 = __smlad(__sxtb16((int32_t)weights_0), even, sum_0);
    sum_0 = __smlad(__sxtb16((int32_t)(weights_0 >> 8)), odd, sum_0);
    const uint32_t weights_1 = setun_four_bytes(second);
    sum_1 = __smlad(__sxtb16((int32_t)weights_1), even, sum_1);
    sum_1 = __smlad(__sxtb16((int32_t)(weights_1 >> 8)), odd, sum_1);
    x += 4;
    first += 4;
    second += 4;
  }
#endif
  for (; count > 0; --count) {
    const int32_t input = *x++;
    sum_0 += *first++ * input;
    sum_1 += *second++ * input;
  }
  sums[0] = sum_0;
  sums[1] = sum_1;
}
#endif
/* setun:end */

#endif
