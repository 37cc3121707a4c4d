//===- matrix_vector.h - Products with constant weights ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A row of K codes times a matrix [N][K], folded: PE outputs at a time, SIMD
// codes of each. Weights are ROMs of packed codes; what a code multiplies with
// decides what is built: a selected sign, an XNOR, or a multiplier.
//===----------------------------------------------------------------------===//

#ifndef SETUN_HLS_MATRIX_VECTOR_H
#define SETUN_HLS_MATRIX_VECTOR_H

#include "types.h"

namespace setun_hls {

//===-- Weights -----------------------------------------------------------===//

/// How the codes of a weight lie in a word: BITS each, the first one lowest.
template <typename Code, typename Word> struct packed {
  static const int bits = Code::bits;
  static const int per_word = int(sizeof(Word)) * 8 / bits;
  static typename Code::value get(const Word *words, int i) {
#pragma HLS INLINE
    const Word word = words[i / per_word];
    return Code::decode(unsigned(word >> (i % per_word * bits)) &
                        ((1u << bits) - 1));
  }
};

/// {-1, +1} in one bit, 1 for +1.
struct bipolar_weight {
  static const int bits = 1;
  typedef bipolar value;
  static value decode(unsigned word) { return make_bipolar(word != 0); }
};

/// A weight of {-1, 0, +1} in two bits of two's complement.
struct ternary {
  ap_int<2> code;
};
struct ternary_weight {
  static const int bits = 2;
  typedef ternary value;
  static value decode(unsigned word) {
    ternary weight;
    weight.code = word;
    return weight;
  }
};

/// A signed integer of B bits.
template <int B> struct integer_weight {
  static const int bits = B;
  typedef ap_int<B> value;
  static value decode(unsigned word) { return ap_int<B>(word); }
};

//===-- Products ----------------------------------------------------------===//

/// x with the sign of the weight.
template <typename X>
ap_int<signed_bits<X>::value> multiply(const X &x, const bipolar &weight) {
#pragma HLS INLINE
  const ap_int<signed_bits<X>::value> value = to_integer(x);
  return weight.plus ? value : ap_int<signed_bits<X>::value>(-value);
}

/// Equal signs give +1: an XNOR.
inline ap_int<2> multiply(const bipolar &x, const bipolar &weight) {
#pragma HLS INLINE
  return x.plus == weight.plus ? ap_int<2>(1) : ap_int<2>(-1);
}

/// x, -x or nothing.
template <typename X>
ap_int<signed_bits<X>::value> multiply(const X &x, const ternary &weight) {
#pragma HLS INLINE
  const ap_int<signed_bits<X>::value> value = to_integer(x);
  if (weight.code == 0)
    return 0;
  return weight.code > 0 ? value : ap_int<signed_bits<X>::value>(-value);
}

template <typename X, int B>
ap_int<signed_bits<X>::value + B> multiply(const X &x,
                                           const ap_int<B> &weight) {
#pragma HLS INLINE
  return to_integer(x) * weight;
}

template <int B>
ap_int<B + 1> multiply(const bipolar &x, const ap_int<B> &weight) {
#pragma HLS INLINE
  return x.plus ? ap_int<B + 1>(weight) : ap_int<B + 1>(-weight);
}

/// +1 or -1 for each pair of signs, without a sum of signed numbers: twice the
/// agreements, less the pairs.
template <int SIMD, typename Packed, typename Acc, typename X, typename Word>
struct dot_product {
  static Acc compute(const vec<X, SIMD> &x, const Word *words) {
#pragma HLS INLINE
    Acc sum = 0;
    for (int s = 0; s < SIMD; ++s)
#pragma HLS UNROLL
      sum += multiply(x[s], Packed::get(words, s));
    return sum;
  }
};

template <int SIMD, typename Acc, typename Word>
struct dot_product<SIMD, packed<bipolar_weight, Word>, Acc, bipolar, Word> {
  static Acc compute(const vec<bipolar, SIMD> &x, const Word *words) {
#pragma HLS INLINE
    int agreements = 0;
    for (int s = 0; s < SIMD; ++s)
#pragma HLS UNROLL
      agreements +=
          x[s].plus == packed<bipolar_weight, Word>::get(words, s).plus ? 1 : 0;
    return Acc(2 * agreements - SIMD);
  }
};

/// `rows` vectors of K codes come in, as many of N results go out. `bias` is
/// where sums start; `function` makes the result of a sum, told the output.
/// Word [p][f] of the weights: row f / (K / SIMD) * PE + p, its codes from
/// f % (K / SIMD) * SIMD on.
template <int ROWS, int K, int N, int SIMD, int PE, typename Code, typename Acc,
          typename X, typename R, typename Word, int WORDS, typename Bias,
          typename F>
void matrix_vector(hls::stream<vec<X, SIMD>> &in, hls::stream<vec<R, PE>> &out,
                   const Word (&weights)[PE][N / PE * (K / SIMD)][WORDS],
                   const Bias &bias, const F &function) {
  static_assert(K % SIMD == 0 && N % PE == 0,
                "SIMD must divide the inputs and PE the outputs");
  static_assert(WORDS * packed<Code, Word>::per_word >= SIMD,
                "the words must hold the weights");
  const int STEPS = K / SIMD;
  vec<X, SIMD> row[STEPS];
  Acc sums[PE];
#pragma HLS ARRAY_PARTITION variable = sums complete
#pragma HLS ARRAY_PARTITION variable = weights dim = 1 complete
#pragma HLS ARRAY_PARTITION variable = weights dim = 3 complete
  for (int r = 0; r < ROWS; ++r)
    for (int n = 0; n < N / PE; ++n)
      for (int k = 0; k < STEPS; ++k) {
#pragma HLS PIPELINE II = 1
        // The first outputs take the row from the stream, the others from here.
        if (n == 0)
          row[k] = in.read();
        const vec<X, SIMD> x = row[k];
        for (int p = 0; p < PE; ++p) {
#pragma HLS UNROLL
          const Acc start = k == 0 ? Acc(bias(n * PE + p)) : sums[p];
          sums[p] =
              start +
              dot_product<SIMD, packed<Code, Word>, Acc, X, Word>::compute(
                  x, weights[p][n * STEPS + k]);
        }
        if (k == STEPS - 1) {
          vec<R, PE> y;
          for (int p = 0; p < PE; ++p)
#pragma HLS UNROLL
            y[p] = function(sums[p], n * PE + p);
          out.write(y);
        }
      }
}

/// Sums that start from 0.
struct no_bias {
  int operator()(int) const { return 0; }
};

/// Sums that start from a table.
template <typename T, int N> struct bias_table {
  const T (&values)[N];
  T operator()(int n) const { return values[n]; }
};

template <typename T, int N> bias_table<T, N> make_bias(const T (&values)[N]) {
  return bias_table<T, N>{values};
}

//===-- Floats ------------------------------------------------------------===//

/// The same with floats. Each sum starts from +0 and takes its products one by
/// one, all TAPS of a channel after the other, as the reference does; the row
/// comes tap by tap. The sums of all outputs grow side by side, so that an
/// addition need not wait for the one before it.
template <int ROWS, int TAPS, int CHANNELS, int N, typename R, typename F>
void float_matrix_vector(hls::stream<vec<float, 1>> &in,
                         hls::stream<vec<R, 1>> &out,
                         const float (&weights)[TAPS * CHANNELS][N],
                         const F &function) {
  float row[TAPS * CHANNELS];
  float sums[N];
  for (int r = 0; r < ROWS; ++r) {
    for (int k = 0; k < TAPS * CHANNELS; ++k) {
#pragma HLS PIPELINE II = 1
      row[k] = in.read()[0];
    }
    for (int c = 0; c < CHANNELS; ++c)
      for (int t = 0; t < TAPS; ++t)
        for (int n = 0; n < N; ++n) {
#pragma HLS PIPELINE II = 1
#pragma HLS DEPENDENCE variable = sums inter false
          const bool first = c == 0 && t == 0;
          const float product =
              row[t * CHANNELS + c] * weights[c * TAPS + t][n];
          sums[n] = (first ? 0.0f : sums[n]) + product;
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

#endif // SETUN_HLS_MATRIX_VECTOR_H
