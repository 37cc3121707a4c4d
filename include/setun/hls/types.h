//===- types.h - What flows between the stages of a network -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// C++14 for high-level synthesis. A beat of a stream is a vector of codes; a
// code is an arbitrary-precision integer, or a bit that means -1 or +1.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_TYPES_H
#define SETUN_HLS_TYPES_H

#include <ap_int.h>
#include <hls_stream.h>

#include <cstdint>

// The numbers rest on IEEE 754 arithmetic, done as it is written. Synthesis
// tools know neither of these.
#if defined(__FAST_MATH__)
#error "compile without -ffast-math: it would change the results"
#endif
#if defined(__clang__) && !defined(__SYNTHESIS__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__) && !defined(__SYNTHESIS__)
#pragma GCC optimize("fp-contract=off")
#endif

namespace setun_hls {

/// N neighbours that move together: one beat of a stream. Where beats are kept,
/// AGGREGATE makes each one a word: tools would give every lane a memory of its
/// own.
template <typename T, int N> struct vec {
  T data[N];
  T &operator[](int i) { return data[i]; }
  const T &operator[](int i) const { return data[i]; }
};

/// A code of {-1, +1}; its one bit says whether it is +1.
struct bipolar {
  ap_uint<1> plus;
};

inline bipolar make_bipolar(bool plus) {
  bipolar code;
  code.plus = plus;
  return code;
}

/// Bits of a signed integer that holds x and -x for every code x.
template <typename T> struct signed_bits;
template <int B> struct signed_bits<ap_int<B>> {
  static const int value = B + 1;
};
template <int B> struct signed_bits<ap_uint<B>> {
  static const int value = B + 1;
};
template <> struct signed_bits<bipolar> {
  static const int value = 2;
};

/// Bits of a sum's type.
template <typename T> struct width;
template <int B> struct width<ap_int<B>> {
  static const int value = B;
};

/// The integer that a code stands for.
template <int B> ap_int<B> to_integer(const ap_int<B> &x) { return x; }
template <int B> ap_int<B + 1> to_integer(const ap_uint<B> &x) { return x; }
inline ap_int<32> to_integer(int32_t x) { return x; }
inline ap_int<2> to_integer(const bipolar &x) {
  return x.plus ? ap_int<2>(1) : ap_int<2>(-1);
}

/// The same as a C integer; no code or sum has more than 64 bits.
template <int B> int64_t to_int64(const ap_int<B> &x) { return x.to_int64(); }
template <int B> int64_t to_int64(const ap_uint<B> &x) { return x.to_int64(); }
inline int64_t to_int64(const bipolar &x) { return x.plus != 0 ? 1 : -1; }
inline int64_t to_int64(int8_t x) { return x; }
inline int64_t to_int64(int16_t x) { return x; }
inline int64_t to_int64(int32_t x) { return x; }
inline int64_t to_int64(int64_t x) { return x; }

/// What sums and products of W bits are computed in. A simulation takes C's
/// integers, which are quicker: modulo 2^64 they are equal, so they are modulo
/// 2^W, and each result ends in an ap_int<W>. SETUN_HLS_WIDTHS simulates with
/// the widths of the hardware throughout.
#if defined(__SYNTHESIS__) || defined(SETUN_HLS_WIDTHS)
template <int W> struct number {
  typedef ap_int<W> type;
  typedef ap_uint<W> natural;
};
template <typename T> ap_int<signed_bits<T>::value> to_number(const T &x) {
#pragma HLS INLINE
  return to_integer(x);
}
/// B bits of two's complement.
template <int B> ap_int<B> to_signed(unsigned word) {
#pragma HLS INLINE
  return ap_int<B>(word);
}
/// x * 2^SHIFT, of which W bits are wanted.
template <int W, int SHIFT, typename T> ap_int<W> shift_up(const T &x) {
#pragma HLS INLINE
  return ap_int<W>(x) << SHIFT;
}
#else
template <int W> struct number {
  typedef int64_t type;
  typedef int64_t natural;
};
template <typename T> int64_t to_number(const T &x) { return to_int64(x); }
template <int B> int64_t to_signed(unsigned word) {
  return int64_t(word ^ 1u << (B - 1)) - (int64_t(1) << (B - 1));
}
template <int W, int SHIFT> int64_t shift_up(int64_t x) {
  return x * (int64_t(1) << SHIFT);
}
#endif

/// The nearest float, ties to even: rounded once.
template <typename T> float to_float(const T &x) { return float(to_int64(x)); }

} // namespace setun_hls

#endif // SETUN_HLS_TYPES_H
