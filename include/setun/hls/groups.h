//===- groups.h - Convolutions whose channels do not mix --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Outputs of a group read the channels of that group alone. Windows come as
// slide_window() sends them: place by place, all channels of a place together.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_GROUPS_H
#define SETUN_HLS_GROUPS_H

#include "matrix_vector.h"
#include "types.h"

namespace setun_hls {

/// As matrix_vector(), of windows with TAPS places. The weights of an output
/// are those of its group: tap by tap, CHANNELS / GROUPS of each.
template <int WINDOWS, int TAPS, int CHANNELS, int N, int GROUPS, int SIMD,
          int PE, typename Code, typename Acc, typename X, typename R,
          typename Word, int WORDS, typename Bias, typename F>
void grouped_matrix_vector(
    hls::stream<vec<X, SIMD>> &in, hls::stream<vec<R, PE>> &out,
    const Word (
        &weights)[PE][N / PE * (TAPS * (CHANNELS / GROUPS) / SIMD)][WORDS],
    const Bias &bias, const F &function) {
  static_assert(CHANNELS / GROUPS % SIMD == 0 && N / GROUPS % PE == 0,
                "SIMD must divide the inputs of a group and PE its outputs");
  const int BEATS = CHANNELS / SIMD, STEPS = CHANNELS / GROUPS / SIMD,
            ROUNDS = N / GROUPS / PE, BITS = width<Acc>::value;
  vec<X, SIMD> window[TAPS * BEATS];
#pragma HLS AGGREGATE variable = window
  typename number<BITS>::type sums[PE];
#pragma HLS ARRAY_PARTITION variable = sums complete
#pragma HLS ARRAY_PARTITION variable = weights dim = 1 complete
#pragma HLS ARRAY_PARTITION variable = weights dim = 3 complete
  for (int w = 0; w < WINDOWS; ++w) {
    for (int i = 0; i < TAPS * BEATS; ++i) {
#pragma HLS PIPELINE II = 1
      window[i] = in.read();
    }
    for (int g = 0; g < GROUPS; ++g)
      for (int n = 0; n < ROUNDS; ++n)
        for (int t = 0; t < TAPS; ++t)
          for (int c = 0; c < STEPS; ++c) {
#pragma HLS PIPELINE II = 1
            const vec<X, SIMD> &x = window[t * BEATS + g * STEPS + c];
            const int round = g * ROUNDS + n;
            for (int p = 0; p < PE; ++p) {
#pragma HLS UNROLL
              if (t == 0 && c == 0)
                sums[p] = bias(round * PE + p);
              sums[p] +=
                  dot_product<SIMD, packed<Code, Word>, BITS, X, Word>::compute(
                      x, weights[p][(round * TAPS + t) * STEPS + c]);
            }
            if (t == TAPS - 1 && c == STEPS - 1) {
              vec<R, PE> y;
              for (int p = 0; p < PE; ++p)
#pragma HLS UNROLL
                y[p] = function(Acc(sums[p]), round * PE + p);
              out.write(y);
            }
          }
  }
}

/// Each channel by itself: LANES of them at a time, sums of all grow as the
/// window comes. Word [0][f] of the weights: those of beat f of the window.
template <int WINDOWS, int TAPS, int CHANNELS, typename Code, typename Acc,
          typename X, typename R, typename Word, int LANES, int WORDS,
          typename Bias, typename F>
void depthwise(hls::stream<vec<X, LANES>> &in, hls::stream<vec<R, LANES>> &out,
               const Word (&weights)[1][TAPS * (CHANNELS / LANES)][WORDS],
               const Bias &bias, const F &function) {
  static_assert(CHANNELS % LANES == 0, "a pixel must be whole beats");
  const int BEATS = CHANNELS / LANES, BITS = width<Acc>::value;
  typedef typename number<BITS>::type Sum;
  vec<Sum, LANES> sums[BEATS];
#pragma HLS AGGREGATE variable = sums
#pragma HLS ARRAY_PARTITION variable = weights dim = 3 complete
  for (int w = 0; w < WINDOWS; ++w)
    for (int t = 0; t < TAPS; ++t)
      for (int c = 0; c < BEATS; ++c) {
#pragma HLS PIPELINE II = 1
        const vec<X, LANES> x = in.read();
        vec<Sum, LANES> sum = sums[c];
        for (int lane = 0; lane < LANES; ++lane) {
#pragma HLS UNROLL
          const Sum start = t == 0 ? Sum(bias(c * LANES + lane)) : sum[lane];
          sum[lane] =
              start + multiply(x[lane], packed<Code, Word>::get(
                                            weights[0][t * BEATS + c], lane));
        }
        sums[c] = sum;
        if (t == TAPS - 1) {
          vec<R, LANES> y;
          for (int lane = 0; lane < LANES; ++lane)
#pragma HLS UNROLL
            y[lane] = function(Acc(sum[lane]), c * LANES + lane);
          out.write(y);
        }
      }
}

/// The same with floats, in the order of float_matrix_vector(): all TAPS of a
/// channel after the other. `weights` has the terms of a group's outputs.
template <int WINDOWS, int TAPS, int CHANNELS, int N, int GROUPS, typename R,
          typename F>
void float_grouped(hls::stream<vec<float, 1>> &in, hls::stream<vec<R, 1>> &out,
                   const float (&weights)[TAPS * (CHANNELS / GROUPS)][N],
                   const F &function) {
  const int PER_GROUP = CHANNELS / GROUPS, OUTPUTS = N / GROUPS;
  float window[TAPS * CHANNELS];
  float sums[N];
  for (int w = 0; w < WINDOWS; ++w) {
    for (int i = 0; i < TAPS * CHANNELS; ++i) {
#pragma HLS PIPELINE II = 1
      window[i] = in.read()[0];
    }
    for (int c = 0; c < PER_GROUP; ++c)
      for (int t = 0; t < TAPS; ++t)
        for (int g = 0; g < GROUPS; ++g)
          for (int m = 0; m < OUTPUTS; ++m) {
#pragma HLS PIPELINE II = 1
#pragma HLS DEPENDENCE variable = sums inter RAW distance = N true
            const int n = g * OUTPUTS + m;
            const float product = window[t * CHANNELS + g * PER_GROUP + c] *
                                  weights[c * TAPS + t][n];
            sums[n] = (c == 0 && t == 0 ? 0.0f : sums[n]) + product;
          }
    for (int n = 0; n < N; ++n) {
#pragma HLS PIPELINE II = 1
      vec<R, 1> y;
      y[0] = function(sums[n], n);
      out.write(y);
    }
  }
}

} // namespace setun_hls

#endif // SETUN_HLS_GROUPS_H
