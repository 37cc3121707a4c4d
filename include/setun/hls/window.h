//===- window.h - Lines of an image, and what a window sees of them ------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The image comes pixel by pixel, all channels of a pixel together. Only the
// lines that a window touches are kept.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_WINDOW_H
#define SETUN_HLS_WINDOW_H

#include "functions.h"
#include "types.h"

namespace setun_hls {

/// Sizes of a window that walks over an image: y first, then x.
template <int IH, int IW, int OH, int OW, int KH, int KW, int SH, int SW,
          int DH, int DW, int PH, int PW>
struct window_shape {
  static const int in_rows = IH, in_columns = IW;
  static const int out_rows = OH, out_columns = OW;
  static const int rows = KH, columns = KW;
  static const int row_stride = SH, column_stride = SW;
  static const int row_step = DH, column_step = DW;
  static const int top = PH, left = PW;
  /// Lines from the first to the last that a window touches.
  static const int span = (KH - 1) * DH + 1;
  /// Columns from the first to the last.
  static const int width = (KW - 1) * DW + 1;
  /// The image with as much of its border as windows need, all of it read.
  static const int bordered_rows = PH + IH > (OH - 1) * SH + span
                                       ? PH + IH
                                       : (OH - 1) * SH + span;
  static const int bordered_columns = PW + IW > (OW - 1) * SW + width
                                          ? PW + IW
                                          : (OW - 1) * SW + width;
};

/// For each output: all channels at the first place of the window, then those
/// at the next, line by line. Outside of the image is `padding`. In a round one
/// beat comes in, if no window needs what it replaces, and one goes out, if it
/// is there: a frame takes about as many rounds as the more numerous of both.
template <typename W, int IMAGES, int CHANNELS, typename T, int LANES>
void slide_window(hls::stream<vec<T, LANES>> &in,
                  hls::stream<vec<T, LANES>> &out, const T &padding) {
  static_assert(CHANNELS % LANES == 0, "a pixel must be whole beats");
  const int BEATS = CHANNELS / LANES, LINE = W::in_columns * BEATS;
  const int SPAN = W::span, COMING = W::in_rows * LINE;
  const int GOING = W::out_rows * W::out_columns * W::rows * W::columns * BEATS;
  // What comes in round i is read in round i + 3 or later, and what keeps a
  // beat from going has come in the last two rounds.
  const int ROUNDS = 3 * COMING + GOING + 8;
  vec<T, LANES> lines[SPAN][LINE];
#pragma HLS AGGREGATE variable = lines
  vec<T, LANES> outside;
  for (int lane = 0; lane < LANES; ++lane)
#pragma HLS UNROLL
    outside[lane] = padding;

  for (int image = 0; image < IMAGES; ++image) {
    int came = 0, write_slot = 0, write_at = 0;
    // Beats that have come up to the last round, the one before, and so on.
    int newest = 0, newer = 0, ready = 0;
    int gone = 0, y = 0, x = 0, ky = 0, kx = 0, c = 0;
    // (y * stride - top) % SPAN, kept positive
    int first_slot = (SPAN - W::top % SPAN) % SPAN;
    for (int round = 0; round < ROUNDS; ++round) {
#pragma HLS PIPELINE II = 1
#pragma HLS DEPENDENCE variable = lines inter RAW distance = 3 true
#pragma HLS LOOP_TRIPCOUNT max = COMING + GOING
      if (came == COMING && gone == GOING)
        break;
      const int first_row = y * W::row_stride - W::top;
      const int first_column = x * W::column_stride - W::left;
      const int row = first_row + ky * W::row_step;
      const int column = first_column + kx * W::column_step;
      const bool inside =
          row >= 0 && row < W::in_rows && column >= 0 && column < W::in_columns;
      const int place = row * LINE + column * BEATS + c;
      // The first beat that this window and later ones need.
      const int needed_column = first_column < 0 ? 0
                                : first_column < W::in_columns
                                    ? first_column
                                    : int(W::in_columns) - 1;
      const int needed =
          first_row < 0 ? 0 : first_row * LINE + needed_column * BEATS;
      const bool comes =
          came < COMING && (gone == GOING || came < needed + SPAN * LINE);
      const bool goes = gone < GOING && (!inside || place < ready);
      if (goes) {
        const int slot = first_slot + ky * W::row_step;
        out.write(
            inside
                ? lines[slot >= SPAN ? slot - SPAN : slot][column * BEATS + c]
                : outside);
        ++gone;
        const bool ends_pixel = c == BEATS - 1;
        const bool ends_line = ends_pixel && kx == W::columns - 1;
        const bool ends_window = ends_line && ky == W::rows - 1;
        const bool ends_row = ends_window && x == W::out_columns - 1;
        c = ends_pixel ? 0 : c + 1;
        kx = ends_line ? 0 : ends_pixel ? kx + 1 : kx;
        ky = ends_window ? 0 : ends_line ? ky + 1 : ky;
        x = ends_row ? 0 : ends_window ? x + 1 : x;
        if (ends_row) {
          ++y;
          const int next_slot = first_slot + W::row_stride % SPAN;
          first_slot = next_slot >= SPAN ? next_slot - SPAN : next_slot;
        }
      }
      ready = newer;
      newer = newest;
      if (comes) {
        lines[write_slot][write_at] = in.read();
        ++came;
        const bool ends_line = write_at == LINE - 1;
        write_at = ends_line ? 0 : write_at + 1;
        write_slot = !ends_line               ? write_slot
                     : write_slot == SPAN - 1 ? 0
                                              : write_slot + 1;
      }
      newest = came;
    }
  }
}

/// The same with all of a window in one beat, for one pixel a clock cycle:
/// the lines above are in memory, what the window sees is in registers. The
/// image with its border passes by; where a window has come in whole, it goes
/// out.
template <typename W, int IMAGES, int CHANNELS, typename T>
void whole_window(hls::stream<vec<T, CHANNELS>> &in,
                  hls::stream<vec<T, W::rows * W::columns * CHANNELS>> &out,
                  const T &padding) {
  const int SPAN = W::span, WIDTH = W::width, LAST = WIDTH - 1;
  const int LINES = SPAN > 1 ? SPAN - 1 : 1;
  const int ROWS = W::bordered_rows, COLUMNS = W::bordered_columns;
  vec<T, CHANNELS> lines[LINES][COLUMNS];
#pragma HLS AGGREGATE variable = lines
  vec<T, CHANNELS> seen[SPAN][WIDTH];
#pragma HLS ARRAY_PARTITION variable = lines dim = 1 complete
#pragma HLS ARRAY_PARTITION variable = seen dim = 0 complete
  vec<T, CHANNELS> outside;
  for (int c = 0; c < CHANNELS; ++c)
#pragma HLS UNROLL
    outside[c] = padding;

  for (int image = 0; image < IMAGES; ++image) {
    // The lower right corner of the next window.
    int next_row = SPAN - 1, next_column = LAST;
    for (int row = 0; row < ROWS; ++row)
      for (int column = 0; column < COLUMNS; ++column) {
#pragma HLS PIPELINE II = 1
        const bool inside = row >= W::top && row < W::top + W::in_rows &&
                            column >= W::left &&
                            column < W::left + W::in_columns;
        vec<T, CHANNELS> pixel = outside;
        if (inside)
          pixel = in.read();
        // A column comes in from the right, the pixel lowest.
        for (int y = 0; y < SPAN; ++y) {
#pragma HLS UNROLL
          for (int x = 0; x < LAST; ++x)
#pragma HLS UNROLL
            seen[y][x] = seen[y][x + 1];
          seen[y][LAST] = y == SPAN - 1 ? pixel : lines[y % LINES][column];
          if (y > 0)
            lines[y - 1][column] = seen[y][LAST];
        }
        if (row == next_row && column == next_column) {
          vec<T, W::rows * W::columns * CHANNELS> window;
          for (int ky = 0; ky < W::rows; ++ky)
#pragma HLS UNROLL
            for (int kx = 0; kx < W::columns; ++kx)
#pragma HLS UNROLL
              for (int c = 0; c < CHANNELS; ++c)
#pragma HLS UNROLL
                window[(ky * W::columns + kx) * CHANNELS + c] =
                    seen[ky * W::row_step][kx * W::column_step][c];
          out.write(window);
          next_column += W::column_stride;
        }
        if (column == COLUMNS - 1) {
          next_row += row == next_row ? int(W::row_stride) : 0;
          next_column = LAST;
        }
      }
  }
}

/// The largest code of a window.
template <typename T> struct take_max {
  typedef T state;
  T first(const T &x) const { return x; }
  T next(const T &a, const T &x) const { return a < x ? x : a; }
};
template <> struct take_max<bipolar> {
  typedef bipolar state;
  bipolar first(const bipolar &x) const { return x; }
  bipolar next(const bipolar &a, const bipolar &x) const {
    return make_bipolar(a.plus || x.plus);
  }
};

/// The same of floats: the first of equals; a NaN is never larger.
struct take_max_float {
  typedef float state;
  float first(float x) const { return next(bits_to_float(0xff800000u), x); }
  float next(float a, float x) const { return x > a ? x : a; }
};

/// The sum of floats, from +0 and place by place.
struct take_sum_float {
  typedef float state;
  float first(float x) const { return 0.0f + x; }
  float next(float a, float x) const { return a + x; }
};

/// The sum of a window in W bits, each code less ZERO.
template <int W, int ZERO> struct take_sum {
  typedef ap_int<W> state;
  template <typename T> state first(const T &x) const {
    return to_integer(x) - ZERO;
  }
  template <typename T> state next(const state &a, const T &x) const {
    return a + to_integer(x) - ZERO;
  }
};

/// Folds what slide_window() sends, POSITIONS places a window, with `combine`;
/// `function` makes the result of it, told the channel.
template <int WINDOWS, int POSITIONS, int CHANNELS, typename T, typename R,
          int LANES, typename Combine, typename F>
void pool_windows(hls::stream<vec<T, LANES>> &in,
                  hls::stream<vec<R, LANES>> &out, const Combine &combine,
                  const F &function) {
  const int BEATS = CHANNELS / LANES;
  typedef typename Combine::state State;
  vec<State, LANES> states[BEATS];
#pragma HLS AGGREGATE variable = states
  for (int w = 0; w < WINDOWS; ++w)
    for (int p = 0; p < POSITIONS; ++p)
      for (int c = 0; c < BEATS; ++c) {
#pragma HLS PIPELINE II = 1
        const vec<T, LANES> x = in.read();
        vec<State, LANES> s = states[c];
        for (int lane = 0; lane < LANES; ++lane)
#pragma HLS UNROLL
          s[lane] =
              p == 0 ? combine.first(x[lane]) : combine.next(s[lane], x[lane]);
        states[c] = s;
        if (p == POSITIONS - 1) {
          vec<R, LANES> y;
          for (int lane = 0; lane < LANES; ++lane)
#pragma HLS UNROLL
            y[lane] = function(s[lane], c * LANES + lane);
          out.write(y);
        }
      }
}

/// Images with other lines and columns: output line y is line rows[y] of the
/// input, column x is columns[x]; neither list falls.
template <int IMAGES, int IH, int IW, int OH, int OW, int CHANNELS, typename T,
          int LANES, typename RowIndex, typename ColumnIndex>
void resize_nearest(hls::stream<vec<T, LANES>> &in,
                    hls::stream<vec<T, LANES>> &out, const RowIndex (&rows)[OH],
                    const ColumnIndex (&columns)[OW]) {
  const int BEATS = CHANNELS / LANES;
  vec<T, LANES> line[IW * BEATS];
#pragma HLS AGGREGATE variable = line
  for (int image = 0; image < IMAGES; ++image) {
    int read_rows = 0;
    for (int y = 0; y < OH; ++y) {
      const int wanted = int(rows[y]);
      // At most all lines of the image, once each.
      for (int row = read_rows; row < IH && row <= wanted; ++row)
        for (int i = 0; i < IW * BEATS; ++i) {
#pragma HLS PIPELINE II = 1
          line[i] = in.read();
        }
      read_rows = wanted + 1;
      for (int x = 0; x < OW; ++x)
        for (int c = 0; c < BEATS; ++c) {
#pragma HLS PIPELINE II = 1
          out.write(line[int(columns[x]) * BEATS + c]);
        }
    }
    // Lines that nobody wants.
    for (int row = read_rows; row < IH; ++row)
      for (int i = 0; i < IW * BEATS; ++i) {
#pragma HLS PIPELINE II = 1
        (void)in.read();
      }
  }
}

} // namespace setun_hls

#endif // SETUN_HLS_WINDOW_H
