//===- axis.h - The border of a design --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// AXI4-Stream words with TLAST at the end of a frame. Elements lie in whole
// bytes; a word holds one.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_AXIS_H
#define SETUN_HLS_AXIS_H

#include "types.h"

#include <cstring>

#if defined(__has_include)
#if __has_include(<ap_axi_sdata.h>)
#include <ap_axi_sdata.h>
#define SETUN_HLS_HAS_AXI_SDATA 1
#endif
#endif

namespace setun_hls {

#ifdef SETUN_HLS_HAS_AXI_SDATA
template <int BITS> using axis_word = ap_axiu<BITS, 0, 0, 0>;
#else
/// What the vendor's ap_axiu<BITS, 0, 0, 0> is in a simulation without it.
template <int BITS> struct axis_word {
  ap_uint<BITS> data;
  ap_uint<BITS / 8> keep;
  ap_uint<BITS / 8> strb;
  ap_uint<1> last;
};
#endif

/// Bits of an element on the border, and back: whole bytes, codes extended by
/// their sign.
template <typename T> struct wire;
template <> struct wire<float> {
  static const int bits = 32;
  static ap_uint<32> to_bits(float x) {
    uint32_t word;
    std::memcpy(&word, &x, sizeof word);
    return word;
  }
  static float from_bits(const ap_uint<32> &bits) {
    const uint32_t word = uint32_t(bits.to_uint());
    float x;
    std::memcpy(&x, &word, sizeof x);
    return x;
  }
};
template <int B> struct wire<ap_int<B>> {
  static const int bits = B <= 8 ? 8 : B <= 16 ? 16 : B <= 32 ? 32 : 64;
  static ap_uint<bits> to_bits(const ap_int<B> &x) { return ap_int<bits>(x); }
  static ap_int<B> from_bits(const ap_uint<bits> &word) { return word; }
};
template <int B> struct wire<ap_uint<B>> {
  static const int bits = B <= 8 ? 8 : B <= 16 ? 16 : B <= 32 ? 32 : 64;
  static ap_uint<bits> to_bits(const ap_uint<B> &x) { return x; }
  static ap_uint<B> from_bits(const ap_uint<bits> &word) { return word; }
};
template <> struct wire<bipolar> {
  static const int bits = 8;
  static ap_uint<8> to_bits(const bipolar &x) {
    return x.plus ? ap_uint<8>(1) : ap_uint<8>(255);
  }
  static bipolar from_bits(const ap_uint<8> &word) {
    return make_bipolar(word == 1);
  }
};
template <> struct wire<int64_t> {
  static const int bits = 64;
  static ap_uint<64> to_bits(int64_t x) { return ap_int<64>(x); }
  static int64_t from_bits(const ap_uint<64> &word) {
    return ap_int<64>(word).to_int64();
  }
};
template <> struct wire<int32_t> {
  static const int bits = 32;
  static ap_uint<32> to_bits(int32_t x) { return ap_int<32>(x); }
  static int32_t from_bits(const ap_uint<32> &word) {
    return ap_int<32>(word).to_int();
  }
};

/// A frame from outside, an element a word. TLAST is not looked at: the size of
/// a frame is known.
template <int ELEMENTS, typename T>
void read_axis(hls::stream<axis_word<wire<T>::bits>> &in,
               hls::stream<vec<T, 1>> &out) {
  for (int i = 0; i < ELEMENTS; ++i) {
#pragma HLS PIPELINE II = 1
    vec<T, 1> beat;
    beat[0] = wire<T>::from_bits(in.read().data);
    out.write(beat);
  }
}

/// A frame to the outside; the last word carries TLAST.
template <int ELEMENTS, typename T>
void write_axis(hls::stream<vec<T, 1>> &in,
                hls::stream<axis_word<wire<T>::bits>> &out) {
  for (int i = 0; i < ELEMENTS; ++i) {
#pragma HLS PIPELINE II = 1
    axis_word<wire<T>::bits> word;
    word.data = wire<T>::to_bits(in.read()[0]);
    word.keep = -1;
    word.strb = -1;
    word.last = i == ELEMENTS - 1;
    out.write(word);
  }
}

/// The same from and to memory behind an AXI4 master.
template <int ELEMENTS, typename T>
void read_memory(const ap_uint<wire<T>::bits> *in,
                 hls::stream<vec<T, 1>> &out) {
  for (int i = 0; i < ELEMENTS; ++i) {
#pragma HLS PIPELINE II = 1
    vec<T, 1> beat;
    beat[0] = wire<T>::from_bits(in[i]);
    out.write(beat);
  }
}

template <int ELEMENTS, typename T>
void write_memory(hls::stream<vec<T, 1>> &in, ap_uint<wire<T>::bits> *out) {
  for (int i = 0; i < ELEMENTS; ++i) {
#pragma HLS PIPELINE II = 1
    out[i] = wire<T>::to_bits(in.read()[0]);
  }
}

} // namespace setun_hls

#endif // SETUN_HLS_AXIS_H
