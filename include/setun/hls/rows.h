//===- rows.h - Folds, float products and copies of rows --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements that are folded come next to each other (INNER = 1), or INNER rows
// come side by side: the pixels of an image, all channels of one together.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_ROWS_H
#define SETUN_HLS_ROWS_H

#include "types.h"

namespace setun_hls {

/// Folds K elements with `fold(element, state)`, from `start` on; `function`
/// makes the result of a state, told its position in the frame.
template <int OUTER, int K, int INNER, typename T, typename R, typename S,
          typename Fold, typename F>
void fold_rows(hls::stream<vec<T, 1>> &in, hls::stream<vec<R, 1>> &out,
               const S &start, const Fold &fold, const F &function) {
  S states[INNER];
  for (int outer = 0; outer < OUTER; ++outer)
    for (int k = 0; k < K; ++k)
      for (int i = 0; i < INNER; ++i) {
#pragma HLS PIPELINE II = 1
        const S before = k == 0 ? start : states[i];
        const S state = fold(in.read()[0], before, i);
        states[i] = state;
        if (k == K - 1) {
          vec<R, 1> y;
          y[0] = function(state, outer * INNER + i);
          out.write(y);
        }
      }
}

/// Lanes of a sum of floats: term k goes to lane k % 16. They move on by one
/// place with each term, so that the oldest is always the first: indices are
/// constant, and it is plain that an addition has 16 rounds.
const int FLOAT_LANES = 16;

/// Adds the next term of a sum, or the first one.
inline void add_term(float (&lanes)[FLOAT_LANES], float term, bool first) {
#pragma HLS INLINE
  const float sum = (first ? 0.0f : lanes[0]) + term;
  for (int place = 1; place < FLOAT_LANES; ++place)
#pragma HLS UNROLL
    lanes[place - 1] = first ? 0.0f : lanes[place];
  lanes[FLOAT_LANES - 1] = sum;
}

template <int HALF> void add_half(float (&sums)[FLOAT_LANES]) {
#pragma HLS INLINE
  for (int lane = 0; lane < HALF; ++lane)
#pragma HLS UNROLL
    sums[lane] = sums[lane] + sums[lane + HALF];
}

/// The sum of K terms that lie in lanes, the last one in the last place: halves
/// are added, 8, 4, 2, 1. A lane that no term came to is +0.
template <int K> float add_lanes(const float (&lanes)[FLOAT_LANES]) {
#pragma HLS INLINE
  float sums[FLOAT_LANES];
#pragma HLS ARRAY_PARTITION variable = sums complete
  for (int lane = 0; lane < FLOAT_LANES; ++lane)
#pragma HLS UNROLL
    sums[lane] = lanes[(lane + FLOAT_LANES - K % FLOAT_LANES) % FLOAT_LANES];
  add_half<8>(sums);
  add_half<4>(sums);
  add_half<2>(sums);
  add_half<1>(sums);
  return sums[0];
}

/// The lanes of INNER rows side by side, in memory: an addition waits for the
/// one INNER rounds before.
template <int OUTER, int K, int INNER> struct row_sums {
  template <typename T, typename R, typename F>
  static void compute(hls::stream<vec<T, 1>> &in, hls::stream<vec<R, 1>> &out,
                      const F &function) {
    float memory[INNER][FLOAT_LANES];
#pragma HLS ARRAY_PARTITION variable = memory dim = 2 complete
    for (int outer = 0; outer < OUTER; ++outer)
      for (int k = 0; k < K; ++k)
        for (int i = 0; i < INNER; ++i) {
#pragma HLS PIPELINE II = 1
#pragma HLS DEPENDENCE variable = memory inter RAW distance = INNER true
          float lanes[FLOAT_LANES];
#pragma HLS ARRAY_PARTITION variable = lanes complete
          for (int place = 0; place < FLOAT_LANES; ++place)
#pragma HLS UNROLL
            lanes[place] = k == 0 ? 0.0f : memory[i][place];
          add_term(lanes, in.read()[0], k == 0);
          for (int place = 0; place < FLOAT_LANES; ++place)
#pragma HLS UNROLL
            memory[i][place] = lanes[place];
          if (k == K - 1) {
            vec<R, 1> y;
            y[0] = function(add_lanes<K>(lanes), outer * INNER + i);
            out.write(y);
          }
        }
  }
};

/// Those of one row, in registers.
template <int OUTER, int K> struct row_sums<OUTER, K, 1> {
  template <typename T, typename R, typename F>
  static void compute(hls::stream<vec<T, 1>> &in, hls::stream<vec<R, 1>> &out,
                      const F &function) {
    float lanes[FLOAT_LANES];
#pragma HLS ARRAY_PARTITION variable = lanes complete
    for (int outer = 0; outer < OUTER; ++outer)
      for (int k = 0; k < K; ++k) {
#pragma HLS PIPELINE II = 1
        add_term(lanes, in.read()[0], k == 0);
        if (k == K - 1) {
          vec<R, 1> y;
          y[0] = function(add_lanes<K>(lanes), outer);
          out.write(y);
        }
      }
  }
};

/// Sums of K floats in the order that all targets have.
template <int OUTER, int K, int INNER, typename T, typename R, typename F>
void sum_rows(hls::stream<vec<T, 1>> &in, hls::stream<vec<R, 1>> &out,
              const F &function) {
#pragma HLS INLINE
  row_sums<OUTER, K, INNER>::compute(in, out, function);
}

/// Rows of K floats times a matrix, given as [N][K], in the same order.
template <int ROWS, int K, int N, typename R, typename F>
void float_matmul(hls::stream<vec<float, 1>> &in, hls::stream<vec<R, 1>> &out,
                  const float (&weights)[N][K], const F &function) {
  float row[K];
  float lanes[FLOAT_LANES];
#pragma HLS ARRAY_PARTITION variable = lanes complete
  for (int r = 0; r < ROWS; ++r)
    for (int n = 0; n < N; ++n)
      for (int k = 0; k < K; ++k) {
#pragma HLS PIPELINE II = 1
        // The first output takes the row from the stream, the others from here.
        if (n == 0)
          row[k] = in.read()[0];
        add_term(lanes, row[k] * weights[n][k], k == 0);
        if (k == K - 1) {
          vec<R, 1> y;
          y[0] = function(add_lanes<K>(lanes), n);
          out.write(y);
        }
      }
}

/// Each element K times.
template <int ELEMENTS, int K, typename T>
void repeat(hls::stream<vec<T, 1>> &in, hls::stream<vec<T, 1>> &out) {
  vec<T, 1> beat;
  for (int i = 0; i < ELEMENTS; ++i)
    for (int k = 0; k < K; ++k) {
#pragma HLS PIPELINE II = 1
      if (k == 0)
        beat = in.read();
      out.write(beat);
    }
}

} // namespace setun_hls

#endif // SETUN_HLS_ROWS_H
