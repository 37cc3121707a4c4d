/* Float convolution in one fixed order: an output is the sum over channels and
 * taps in the order of its weights, starting from +0, every product and sum
 * rounded to float; the bias comes last. Outside of the image the input is 0,
 * which is multiplied like any other number.
 *
 * Outputs are computed in tiles of 32 positions: the elements that their taps
 * read are gathered once, 64 taps at a time, for all output channels.
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
                                         ptrdiff_t length, ptrdiff_t start,
                                         ptrdiff_t stride) {
  /* Elements first .. end - 1 are inside. */
  size_t first = start < 0 ? (size_t)((stride - 1 - start) / stride) : 0;
  size_t end = start < length ? (size_t)((length - 1 - start) / stride) + 1 : 0;
  if (end > count)
    end = count;
  if (first > end)
    first = end;
  for (size_t j = 0; j < first; ++j)
    to[j] = 0.0f;
  for (size_t j = end; j < count; ++j)
    to[j] = 0.0f;
  if (stride == 1 && end - first == 32) /* Compilers know how to copy these. */
    memcpy(to, line + start, 32 * sizeof *to);
  else
    for (size_t j = first; j < end; ++j)
      to[j] = line[start + (ptrdiff_t)j * stride];
}
/* setun:end */

/* setun:begin setun_gather_taps_f32 */
/* patch[t][j] = what tap `tap` + t of output `position` + j reads. The taps are
 * numbered like the weights of an output: channel, depth, row, column. */
static inline void setun_gather_taps_f32(const float *restrict x,
                                         float *restrict patch, size_t position,
                                         size_t columns, size_t tap,
                                         size_t taps,
                                         const size_t window[3][6]) {
  const size_t *d = window[0], *h = window[1], *w = window[2];
  for (size_t j = 0; j < columns;) {
    /* Outputs that lie in one line. */
    const size_t ow = (position + j) % w[1], line = (position + j) / w[1];
    const size_t oh = line % h[1], od = line / h[1];
    const size_t rest = w[1] - ow;
    const size_t run = columns - j < rest ? columns - j : rest;
    const ptrdiff_t start = (ptrdiff_t)(ow * w[3]) - (ptrdiff_t)w[5];
    size_t kw = tap % w[2], kh = tap / w[2] % h[2];
    size_t kd = tap / w[2] / h[2] % d[2], c = tap / w[2] / h[2] / d[2];
    for (size_t t = 0; t < taps;) {
      /* A position before the image becomes a number far behind it. */
      const size_t id = od * d[3] + kd * d[4] - d[5];
      const size_t ih = oh * h[3] + kh * h[4] - h[5];
      const int inside = id < d[0] && ih < h[0];
      const float *from = inside ? x + ((c * d[0] + id) * h[0] + ih) * w[0] : x;
      for (; t < taps && kw < w[2]; ++t, ++kw)
        setun_gather_line_f32(from, patch + t * 32 + j, run,
                              inside ? (ptrdiff_t)w[0] : 0,
                              start + (ptrdiff_t)(kw * w[4]), (ptrdiff_t)w[3]);
      if (kw < w[2])
        continue;
      kw = 0;
      if (++kh < h[2])
        continue;
      kh = 0;
      if (++kd < d[2])
        continue;
      kd = 0;
      ++c;
    }
    j += run;
  }
}
/* setun:end */

/* setun:begin setun_conv_tile_f32 */
/* sums[m] += weights[m][t] * patch[t] for 1 to 4 output channels. */
static inline void setun_conv_tile_f32(const float *restrict patch,
                                       const float *restrict weights,
                                       float sums[restrict 4][32],
                                       size_t channels, size_t taps,
                                       size_t weight_stride) {
  if (channels ==
      4) /* Compilers keep a constant number of sums in registers. */
    for (size_t t = 0; t < taps; ++t)
      for (size_t m = 0; m < 4; ++m)
        for (size_t j = 0; j < 32; ++j)
          sums[m][j] += weights[m * weight_stride + t] * patch[t * 32 + j];
  else
    for (size_t m = 0; m < channels; ++m)
      for (size_t t = 0; t < taps; ++t)
        for (size_t j = 0; j < 32; ++j)
          sums[m][j] += weights[m * weight_stride + t] * patch[t * 32 + j];
}
/* setun:end */

/* setun:begin setun_conv_f32 */
/* y[samples][groups][outputs][..] from x[samples][groups][inputs][..] and
 * weights[groups][outputs][inputs][..]; bias[groups][outputs] or NULL. Each
 * spatial dimension (depth, height, width) has a row {size of x, size of y,
 * taps, stride, dilation, pad before} in `window`. `patch` has room for
 * min(64, taps) * 32 numbers. */
static inline void setun_conv_f32(const float *restrict x,
                                  const float *restrict weights,
                                  const float *restrict bias, float *restrict y,
                                  float *restrict patch, size_t samples,
                                  size_t groups, size_t inputs, size_t outputs,
                                  const size_t window[3][6]) {
  const size_t pixels = window[0][0] * window[1][0] * window[2][0];
  const size_t positions = window[0][1] * window[1][1] * window[2][1];
  const size_t taps = inputs * window[0][2] * window[1][2] * window[2][2];
  for (size_t i = 0; i < samples * groups; ++i) {
    const float *w = weights + i % groups * outputs * taps;
    for (size_t p = 0; p < positions; p += 32) {
      const size_t columns = positions - p < 32 ? positions - p : 32;
      if (columns < 32)
        memset(patch, 0, (taps < 64 ? taps : 64) * 32 * sizeof *patch);
      for (size_t t = 0; t < taps; t += 64) {
        const size_t count = taps - t < 64 ? taps - t : 64;
        setun_gather_taps_f32(x, patch, p, columns, t, count, window);
        for (size_t m = 0; m < outputs; m += 4) {
          const size_t channels = outputs - m < 4 ? outputs - m : 4;
          float sums[4][32] = {{0}};
          float *row = y + m * positions + p;
          for (size_t n = 0; t > 0 && n < channels; ++n)
            memcpy(sums[n], row + n * positions, columns * sizeof *row);
          setun_conv_tile_f32(patch, w + m * taps + t, sums, channels, count,
                              taps);
          for (size_t n = 0; n < channels; ++n)
            memcpy(row + n * positions, sums[n], columns * sizeof *row);
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
