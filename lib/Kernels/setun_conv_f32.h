/* Float convolution in one fixed order: an output is the sum over channels and
 * taps in the order of its weights, starting from +0, every product and sum
 * rounded to float; the bias comes last. Outside of the image the input is 0,
 * which is multiplied like any other number.
 *
 * Outputs are computed in tiles of 32: what their taps read is gathered once
 * for all output channels, at most 64 * 32 numbers at a time.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef SETUN_CONV_F32_H
#define SETUN_CONV_F32_H

#include <stddef.h>
#include <string.h>

/* setun:begin setun_gather_line_f32 */
/* to[j] = line[start + j * stride], 0 outside of the line. */
static inline void setun_gather_line_f32(const float *restrict line,
                                         float *restrict to, size_t count,
                                         size_t length, size_t start,
                                         size_t stride) {
  /* A position before the line is a number far behind it. */
  size_t j = 0;
  if (stride == 1) {
    for (; j < count && start >= length; ++j, ++start)
      to[j] = 0.0f;
    if (j < count) {
      const size_t rest = length - start;
      const size_t run = count - j < rest ? count - j : rest;
      memcpy(to + j, line + start, run * sizeof *to);
      j += run;
      start = length;
    }
  }
  for (; j < count; ++j, start += stride)
    to[j] = start < length ? line[start] : 0.0f;
}
/* setun:end */

/* setun:begin setun_gather_tile_f32 */
/* lines[l] = what tap `tap` + l * shared reads for `line` outputs from `first`
 * on, whose lines have `padded` places. The taps are numbered like the weights
 * of an output: channel, depth, row, column. */
static inline void setun_gather_tile_f32(const float *restrict x,
                                         float *restrict lines, size_t first,
                                         size_t line, size_t padded, size_t tap,
                                         size_t shared, size_t count,
                                         const size_t window[3][6]) {
  const size_t *d = window[0], *h = window[1], *w = window[2];
  const size_t column = first % padded, row = first / padded;
  const size_t top = row % h[1], front = row / h[1];
  size_t kw = tap % w[2], kh = tap / w[2] % h[2];
  size_t kd = tap / w[2] / h[2] % d[2], c = tap / w[2] / h[2] / d[2];
  for (; count > 0; --count, lines += line) {
    size_t u = column, oh = top, od = front;
    for (size_t j = 0; j < line;) {
      /* Outputs that lie in one line. A position before the image becomes a
       * number far behind it. */
      const size_t run = padded - u < line - j ? padded - u : line - j;
      const size_t id = od * d[3] + kd * d[4] - d[5];
      const size_t ih = oh * h[3] + kh * h[4] - h[5];
      const int inside = od < d[1] && id < d[0] && ih < h[0];
      setun_gather_line_f32(
          inside ? x + ((c * d[0] + id) * h[0] + ih) * w[0] : x, lines + j, run,
          inside ? w[0] : 0, u * w[3] + kw * w[4] - w[5], w[3]);
      j += run;
      u = 0;
      oh = oh + 1 < h[1] ? oh + 1 : 0;
      od += oh == 0;
    }
    kw = kw + shared < w[2] ? kw + shared : 0;
    kh = kw > 0 ? kh : kh + 1 < h[2] ? kh + 1 : 0;
    kd = kw + kh > 0 ? kd : kd + 1 < d[2] ? kd + 1 : 0;
    c += kw + kh + kd == 0;
  }
}
/* setun:end */

/* setun:begin setun_conv_tile_f32 */
/* As many floats as a register holds, for compilers that would keep sums in
 * memory otherwise. */
#if defined(__GNUC__) && (defined(__SSE2__) || defined(__ARM_NEON) ||          \
                          defined(__wasm_simd128__) || defined(__ALTIVEC__))
#if defined(__AVX512F__)
#define SETUN_FLOATS 16
#elif defined(__AVX__)
#define SETUN_FLOATS 8
#else
#define SETUN_FLOATS 4
#endif
typedef float SetunFloats
    __attribute__((vector_size(SETUN_FLOATS * 4), aligned(4), may_alias));
#endif

/* sums[m][j] += weights[m][l][k] * lines[l * line + k * tap + j] for `channels`
 * outputs, in the order of l, k. */
static inline void setun_conv_tile_f32(const float *restrict lines,
                                       const float *restrict weights,
                                       float sums[restrict 4][32],
                                       size_t channels, size_t count,
                                       size_t taps, size_t line, size_t tap,
                                       size_t weight_stride) {
#ifdef SETUN_FLOATS
  for (size_t j = 0; channels == 4 && j < 32; j += 2 * SETUN_FLOATS) {
    SetunFloats *to[4], a0, b0, a1, b1, a2, b2, a3, b3;
    for (size_t m = 0; m < 4; ++m)
      to[m] = (SetunFloats *)&sums[m][j];
    a0 = to[0][0], b0 = to[0][1], a1 = to[1][0], b1 = to[1][1];
    a2 = to[2][0], b2 = to[2][1], a3 = to[3][0], b3 = to[3][1];
    const float *weight = weights;
    for (size_t l = 0; l < count; ++l) {
      const float *from = lines + l * line + j;
      for (size_t k = 0; k < taps; ++k, ++weight, from += tap) {
        const SetunFloats *x = (const SetunFloats *)from;
        const SetunFloats x0 = x[0], x1 = x[1];
        a0 += weight[0] * x0;
        b0 += weight[0] * x1;
        a1 += weight[weight_stride] * x0;
        b1 += weight[weight_stride] * x1;
        a2 += weight[2 * weight_stride] * x0;
        b2 += weight[2 * weight_stride] * x1;
        a3 += weight[3 * weight_stride] * x0;
        b3 += weight[3 * weight_stride] * x1;
      }
    }
    to[0][0] = a0, to[0][1] = b0, to[1][0] = a1, to[1][1] = b1;
    to[2][0] = a2, to[2][1] = b2, to[3][0] = a3, to[3][1] = b3;
  }
  if (channels == 4)
    return;
#endif
  for (size_t m = 0; m < channels; ++m) {
    const float *weight = weights + m * weight_stride;
    for (size_t l = 0; l < count; ++l)
      for (size_t k = 0; k < taps; ++k, ++weight)
        for (size_t j = 0; j < 32; ++j)
          sums[m][j] += *weight * lines[l * line + k * tap + j];
  }
}
/* setun:end */

/* setun:begin setun_conv_columns_f32 */
/* Moves the sums of outputs first .. first + 31 to or from y, whose lines have
 * `width` numbers; lines of the tile have `padded`. */
static inline void setun_conv_columns_f32(float *restrict y,
                                          float *restrict sums, size_t first,
                                          size_t width, size_t padded,
                                          size_t lines, int load) {
  size_t row = first / padded, column = first % padded;
  for (size_t j = 0; j < 32 && row < lines; ++row, column = 0) {
    const size_t run = padded - column < 32 - j ? padded - column : 32 - j;
    const size_t rest = column < width ? width - column : 0;
    const size_t count = run < rest ? run : rest;
    float *line = y + row * width + column;
    if (count > 0 && load)
      memcpy(sums + j, line, count * sizeof *sums);
    else if (count > 0)
      memcpy(line, sums + j, count * sizeof *sums);
    j += run;
  }
}
/* setun:end */

/* setun:begin setun_conv_f32 */
/* y[samples][groups][outputs][..] from x[samples][groups][inputs][..] and
 * weights[groups][outputs][inputs][..]; bias[groups][outputs] or NULL. Each
 * spatial dimension (depth, height, width) has a row {size of x, size of y,
 * taps, stride, dilation, pad before} in `window`. `patch` has room for
 * min(64, taps) * 32 numbers.
 *
 * With stride 1, lines of the tile are as long as what all taps of a line read,
 * so that neighbouring outputs read neighbouring numbers across the ends of
 * lines, too: a gathered line serves all taps of a row of weights. What the
 * places behind the last output of a line give is not used. */
static inline void setun_conv_f32(const float *restrict x,
                                  const float *restrict weights,
                                  const float *restrict bias, float *restrict y,
                                  float *restrict patch, size_t samples,
                                  size_t groups, size_t inputs, size_t outputs,
                                  const size_t window[3][6]) {
  const size_t *d = window[0], *h = window[1], *w = window[2];
  const size_t pixels = d[0] * h[0] * w[0], positions = d[1] * h[1] * w[1];
  const size_t taps = inputs * d[2] * h[2] * w[2];
  const size_t room = (taps < 64 ? taps : 64) * 32;
#ifdef SETUN_FLOATS
  const int is_vector = 1;
#else /* Multiplications cost more than gathering. */
  const int is_vector = 0;
#endif
  /* Numbers that a tile reads in a line behind its own 32, and taps that share
   * a gathered line: all, or each has one of its own. */
  size_t behind = (w[2] - 1) * w[4], shared = w[2];
  if (!is_vector || w[3] > 1 || 32 + behind > room) {
    behind = 0;
    shared = 1;
  }
  const size_t padded = w[1] + behind, line = 32 + behind;
  const size_t lines = taps / shared, most = room / line;
  /* Outputs that read one place each read the image itself. */
  const int direct =
      taps == inputs && pixels == positions && d[5] + h[5] + w[5] == 0;
  for (size_t i = 0; i < samples * groups; ++i) {
    const float *weight = weights + i % groups * outputs * taps;
    for (size_t p = 0; p < d[1] * h[1] * padded; p += 32) {
      const int is_image = direct && positions - p >= 32;
      size_t count;
      for (size_t l = 0; l < lines; l += count) {
        count = is_image || lines - l < most ? lines - l : most;
        if (!is_image)
          setun_gather_tile_f32(x, patch, p, line, padded, l * shared, shared,
                                count, window);
        for (size_t m = 0; m < outputs; m += 4) {
          const size_t channels = outputs - m < 4 ? outputs - m : 4;
          float sums[4][32] = {{0}};
          for (size_t n = 0; l > 0 && n < channels; ++n)
            setun_conv_columns_f32(y + (m + n) * positions, sums[n], p, w[1],
                                   padded, d[1] * h[1], 1);
          setun_conv_tile_f32(
              is_image ? x + p : patch, weight + m * taps + l * shared, sums,
              channels, count, shared, is_image ? pixels : line, w[4], taps);
          for (size_t n = 0; n < channels; ++n)
            setun_conv_columns_f32(y + (m + n) * positions, sums[n], p, w[1],
                                   padded, d[1] * h[1], 0);
        }
      }
    }
    for (size_t m = 0; bias && m < outputs; ++m)
      for (size_t p = 0; p < positions; ++p)
        y[m * positions + p] += bias[i % groups * outputs + m];
    x += inputs * pixels;
    y += outputs * positions;
  }
}
/* setun:end */

#endif
