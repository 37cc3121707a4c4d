//===- top1.h - The largest of each row -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows come one after the other. Of equals the first counts, or the last where
// that is asked for.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_TOP1_H
#define SETUN_HLS_TOP1_H

#include "functions.h"
#include "types.h"

namespace setun_hls {

/// Where a search starts: no element of the type is below or above.
template <typename T> struct limits;
template <> struct limits<float> {
  static float lowest() { return bits_to_float(0xff800000u); }
  static float highest() { return bits_to_float(0x7f800000u); }
};
template <int B> struct limits<ap_uint<B>> {
  static ap_uint<B> lowest() { return 0; }
  static ap_uint<B> highest() { return ~ap_uint<B>(0); }
};
template <int B> struct limits<ap_int<B>> {
  static ap_int<B> highest() {
    ap_int<B> all = -1;
    all[B - 1] = 0;
    return all;
  }
  static ap_int<B> lowest() { return -highest() - 1; }
};
template <> struct limits<int32_t> {
  static int32_t lowest() { return INT32_MIN; }
  static int32_t highest() { return INT32_MAX; }
};
template <> struct limits<int64_t> {
  static int64_t lowest() { return INT64_MIN; }
  static int64_t highest() { return INT64_MAX; }
};

/// The index of the largest or smallest of N elements; 0 if all are NaN, since
/// no comparison with one holds.
template <int ROWS, int N, bool LARGEST, bool LAST, typename T, typename R>
void argmax(hls::stream<vec<T, 1>> &in, hls::stream<vec<R, 1>> &out) {
  for (int r = 0; r < ROWS; ++r) {
    T best = LARGEST ? limits<T>::lowest() : limits<T>::highest();
    vec<R, 1> index;
    index[0] = 0;
    for (int i = 0; i < N; ++i) {
#pragma HLS PIPELINE II = 1
      const T x = in.read()[0];
      const bool better = LARGEST ? x > best : x < best;
      if (better || (LAST && x == best)) {
        best = x;
        index[0] = i;
      }
    }
    out.write(index);
  }
}

/// The K best of N elements, the best one first, and their indices. They are
/// kept sorted: what is worse than the next element moves on by one place.
template <int ROWS, int N, int K, bool LARGEST, typename T, typename R>
void top_k(hls::stream<vec<T, 1>> &in, hls::stream<vec<T, 1>> &values,
           hls::stream<vec<R, 1>> &indices) {
  static_assert(K <= N, "there are not so many");
  T best[K];
  int place[K];
#pragma HLS ARRAY_PARTITION variable = best complete
#pragma HLS ARRAY_PARTITION variable = place complete
  for (int r = 0; r < ROWS; ++r) {
    for (int i = 0; i < N; ++i) {
#pragma HLS PIPELINE II = 1
      const T x = in.read()[0];
      T next_best[K];
      int next_place[K];
      bool stays_before = true;
      for (int j = 0; j < K; ++j) {
#pragma HLS UNROLL
        // Of i elements there are so many in the list.
        const bool stays = j < i && !(LARGEST ? x > best[j] : x < best[j]);
        next_best[j] = stays ? best[j] : stays_before ? x : best[j - 1];
        next_place[j] = stays ? place[j] : stays_before ? i : place[j - 1];
        stays_before = stays;
      }
      for (int j = 0; j < K; ++j) {
#pragma HLS UNROLL
        best[j] = next_best[j];
        place[j] = next_place[j];
      }
    }
    for (int j = 0; j < K; ++j) {
#pragma HLS PIPELINE II = 1
      vec<T, 1> value;
      value[0] = best[j];
      values.write(value);
      vec<R, 1> index;
      index[0] = place[j];
      indices.write(index);
    }
  }
}

} // namespace setun_hls

#endif // SETUN_HLS_TOP1_H
