//===- streams.h - Moving beats without computing ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forks, beats of another width, another order, and the border of the design.
// Every function moves one frame and then returns.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_STREAMS_H
#define SETUN_HLS_STREAMS_H

#include "types.h"

namespace setun_hls {

/// One stream for two readers.
template <int BEATS, typename T>
void fork(hls::stream<T> &in, hls::stream<T> &first, hls::stream<T> &second) {
  for (int i = 0; i < BEATS; ++i) {
#pragma HLS PIPELINE II = 1
    const T beat = in.read();
    first.write(beat);
    second.write(beat);
  }
}

/// What nobody reads.
template <int BEATS, typename T> void discard(hls::stream<T> &in) {
  for (int i = 0; i < BEATS; ++i) {
#pragma HLS PIPELINE II = 1
    (void)in.read();
  }
}

/// Beats of FROM elements become beats of TO; one is a multiple of the other.
template <int ELEMENTS, typename T, int FROM, int TO>
void change_lanes(hls::stream<vec<T, FROM>> &in, hls::stream<vec<T, TO>> &out) {
  static_assert(FROM % TO == 0 || TO % FROM == 0,
                "one width must divide the other");
  static_assert(ELEMENTS % FROM == 0 && ELEMENTS % TO == 0,
                "a frame must be whole beats");
  const int LEAST = FROM < TO ? FROM : TO;
  vec<T, FROM> from;
  vec<T, TO> to;
  for (int i = 0; i < ELEMENTS; i += LEAST) {
#pragma HLS PIPELINE II = 1
    if (i % FROM == 0)
      from = in.read();
    for (int lane = 0; lane < LEAST; ++lane)
#pragma HLS UNROLL
      to[i % TO + lane] = from[i % FROM + lane];
    if ((i + LEAST) % TO == 0)
      out.write(to);
  }
}

/// A frame in another order, or some of its elements again. It is kept in
/// memory, then read in six nested loops: position = sum of index * STRIDE.
/// With a stride of 0 a loop stays where it is.
template <int ELEMENTS, int N0, int S0, int N1, int S1, int N2, int S2, int N3,
          int S3, int N4, int S4, int N5, int S5, typename T>
void reorder(hls::stream<vec<T, 1>> &in, hls::stream<vec<T, 1>> &out) {
  T frame[ELEMENTS];
  for (int i = 0; i < ELEMENTS; ++i) {
#pragma HLS PIPELINE II = 1
    frame[i] = in.read()[0];
  }
  for (int i0 = 0; i0 < N0; ++i0)
    for (int i1 = 0; i1 < N1; ++i1)
      for (int i2 = 0; i2 < N2; ++i2)
        for (int i3 = 0; i3 < N3; ++i3)
          for (int i4 = 0; i4 < N4; ++i4)
            for (int i5 = 0; i5 < N5; ++i5) {
#pragma HLS PIPELINE II = 1
              vec<T, 1> beat;
              beat[0] = frame[i0 * S0 + i1 * S1 + i2 * S2 + i3 * S3 + i4 * S4 +
                              i5 * S5];
              out.write(beat);
            }
}

/// Rows of A elements and rows of B elements, one after the other.
template <int ROWS, int A, int B, typename T, int LANES>
void concatenate(hls::stream<vec<T, LANES>> &a, hls::stream<vec<T, LANES>> &b,
                 hls::stream<vec<T, LANES>> &out) {
  static_assert(A % LANES == 0 && B % LANES == 0, "rows must be whole beats");
  for (int row = 0; row < ROWS; ++row)
    for (int i = 0; i < A + B; i += LANES) {
#pragma HLS PIPELINE II = 1
      out.write(i < A ? a.read() : b.read());
    }
}

} // namespace setun_hls

#endif // SETUN_HLS_STREAMS_H
