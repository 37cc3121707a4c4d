//===- elementwise.h - The same for every element ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads one or more streams of the same shape and applies a function object to
// their elements. It is told where in a row of CHANNELS the element lies.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_ELEMENTWISE_H
#define SETUN_HLS_ELEMENTWISE_H

#include "types.h"

namespace setun_hls {

template <int ELEMENTS, int CHANNELS, typename A, typename R, int LANES,
          typename F>
void map(hls::stream<vec<A, LANES>> &a, hls::stream<vec<R, LANES>> &out,
         const F &function) {
  int channel = 0;
  for (int i = 0; i < ELEMENTS; i += LANES) {
#pragma HLS PIPELINE II = 1
    const vec<A, LANES> x = a.read();
    vec<R, LANES> y;
    for (int lane = 0; lane < LANES; ++lane)
#pragma HLS UNROLL
      y[lane] = function(x[lane], channel + lane);
    out.write(y);
    channel = channel + LANES >= CHANNELS ? 0 : channel + LANES;
  }
}

/// What depends on the place alone.
template <int ELEMENTS, int CHANNELS, typename R, typename F>
void generate(hls::stream<vec<R, 1>> &out, const F &function) {
  int channel = 0;
  for (int i = 0; i < ELEMENTS; ++i) {
#pragma HLS PIPELINE II = 1
    vec<R, 1> y;
    y[0] = function(channel);
    out.write(y);
    channel = channel + 1 >= CHANNELS ? 0 : channel + 1;
  }
}

/// Where two branches meet.
template <int ELEMENTS, int CHANNELS, typename A, typename B, typename R,
          int LANES, typename F>
void map(hls::stream<vec<A, LANES>> &a, hls::stream<vec<B, LANES>> &b,
         hls::stream<vec<R, LANES>> &out, const F &function) {
  int channel = 0;
  for (int i = 0; i < ELEMENTS; i += LANES) {
#pragma HLS PIPELINE II = 1
    const vec<A, LANES> x = a.read();
    const vec<B, LANES> y = b.read();
    vec<R, LANES> z;
    for (int lane = 0; lane < LANES; ++lane)
#pragma HLS UNROLL
      z[lane] = function(x[lane], y[lane], channel + lane);
    out.write(z);
    channel = channel + LANES >= CHANNELS ? 0 : channel + LANES;
  }
}

template <int ELEMENTS, int CHANNELS, typename A, typename B, typename C,
          typename R, int LANES, typename F>
void map(hls::stream<vec<A, LANES>> &a, hls::stream<vec<B, LANES>> &b,
         hls::stream<vec<C, LANES>> &c, hls::stream<vec<R, LANES>> &out,
         const F &function) {
  int channel = 0;
  for (int i = 0; i < ELEMENTS; i += LANES) {
#pragma HLS PIPELINE II = 1
    const vec<A, LANES> x = a.read();
    const vec<B, LANES> y = b.read();
    const vec<C, LANES> z = c.read();
    vec<R, LANES> w;
    for (int lane = 0; lane < LANES; ++lane)
#pragma HLS UNROLL
      w[lane] = function(x[lane], y[lane], z[lane], channel + lane);
    out.write(w);
    channel = channel + LANES >= CHANNELS ? 0 : channel + LANES;
  }
}

} // namespace setun_hls

#endif // SETUN_HLS_ELEMENTWISE_H
