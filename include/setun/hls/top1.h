//===- top1.h - The largest of each row -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_TOP1_H
#define SETUN_HLS_TOP1_H

#include "types.h"

namespace setun_hls {

/// The index of the largest of N elements, the first or the last of equals; 0
/// if none is above `lowest`, as a NaN never is.
template <int ROWS, int N, bool LAST, typename T, typename R>
void argmax(hls::stream<vec<T, 1>> &in, hls::stream<vec<R, 1>> &out,
            const T &lowest) {
  for (int r = 0; r < ROWS; ++r) {
    T best = lowest;
    vec<R, 1> index;
    index[0] = 0;
    for (int i = 0; i < N; ++i) {
#pragma HLS PIPELINE II = 1
      const T x = in.read()[0];
      if (LAST ? x >= best : x > best) {
        best = x;
        index[0] = i;
      }
    }
    out.write(index);
  }
}

} // namespace setun_hls

#endif // SETUN_HLS_TOP1_H
