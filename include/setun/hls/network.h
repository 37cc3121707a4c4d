//===- network.h - Products that are nothing but additions ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A row of codes times a constant matrix, all of it in every clock cycle: what
// a network of adders makes of the row. The networks are generated; each wire
// has the bits that its values need.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_NETWORK_H
#define SETUN_HLS_NETWORK_H

#include "types.h"

namespace setun_hls {

/// A wire of W bits: of two's complement, or without a sign.
template <int W> using swire = typename number<W>::type;
template <int W> using uwire = typename number<W>::natural;

/// A code as a network reads it; of -1 and +1 the bit.
template <int B> swire<B> get_wire(const ap_int<B> &x) {
#pragma HLS INLINE
  return swire<B>(to_number(x));
}
template <int B> uwire<B> get_wire(const ap_uint<B> &x) {
#pragma HLS INLINE
  return uwire<B>(to_number(x));
}
inline uwire<1> get_wire(const bipolar &x) {
#pragma HLS INLINE
  return uwire<1>(x.plus != 0 ? 1 : 0);
}

/// `rows` rows of K codes come in, as many of N results go out. `sums` makes
/// all sums of a row; `function` makes the result of a sum, told the output.
template <int ROWS, int K, int N, typename Acc, typename X, typename R,
          typename Sums, typename F>
void add_network(hls::stream<vec<X, K>> &in, hls::stream<vec<R, N>> &out,
                 const Sums &sums, const F &function) {
  for (int r = 0; r < ROWS; ++r) {
#pragma HLS PIPELINE II = 1
    const vec<X, K> x = in.read();
    vec<Acc, N> y;
    sums(x, y);
    vec<R, N> z;
    for (int n = 0; n < N; ++n)
#pragma HLS UNROLL
      z[n] = function(y[n], n);
    out.write(z);
  }
}

} // namespace setun_hls

#endif // SETUN_HLS_NETWORK_H
