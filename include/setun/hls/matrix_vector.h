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

/// A signed integer of B bits.
template <int B> struct integer {
  typename number<B>::type value;
};
template <int B> struct integer_weight {
  static const int bits = B;
  typedef integer<B> value;
  static value decode(unsigned word) { return integer<B>{to_signed<B>(word)}; }
};

/// A weight of {-1, 0, +1} in two bits of two's complement.
struct ternary {
  number<2>::type value;
};
struct ternary_weight {
  static const int bits = 2;
  typedef ternary value;
  static value decode(unsigned word) { return ternary{to_signed<2>(word)}; }
};

//===-- Products ----------------------------------------------------------===//

/// Any product of a code X and a signed number of B bits.
template <typename X, int B> struct product {
  typedef typename number<signed_bits<X>::value + B>::type type;
};

/// x with the sign of the weight.
template <typename X>
typename number<signed_bits<X>::value>::type multiply(const X &x,
                                                      const bipolar &weight) {
#pragma HLS INLINE
  typedef typename number<signed_bits<X>::value>::type result;
  const result value = to_number(x);
  return weight.plus != 0 ? value : result(-value);
}

/// Equal signs give +1: an XNOR.
inline number<2>::type multiply(const bipolar &x, const bipolar &weight) {
#pragma HLS INLINE
  return x.plus == weight.plus ? 1 : -1;
}

/// x, -x or nothing.
template <typename X>
typename number<signed_bits<X>::value>::type multiply(const X &x,
                                                      const ternary &weight) {
#pragma HLS INLINE
  typedef typename number<signed_bits<X>::value>::type result;
  const result value = to_number(x);
  const result signed_value = weight.value < 0 ? result(-value) : value;
  return weight.value == 0 ? result(0) : signed_value;
}

template <typename X, int B>
typename product<X, B>::type multiply(const X &x, const integer<B> &weight) {
#pragma HLS INLINE
  return to_number(x) * weight.value;
}

template <int B>
typename number<B + 1>::type multiply(const bipolar &x,
                                      const integer<B> &weight) {
#pragma HLS INLINE
  typedef typename number<B + 1>::type result;
  return x.plus != 0 ? result(weight.value) : result(-weight.value);
}

/// The sum of SIMD products, of which W bits are wanted.
template <int SIMD, typename Packed, int W, typename X, typename Word>
struct dot_product {
  static typename number<W>::type compute(const vec<X, SIMD> &x,
                                          const Word *words) {
#pragma HLS INLINE
    typename number<W>::type sum = 0;
    for (int s = 0; s < SIMD; ++s)
#pragma HLS UNROLL
      sum += multiply(x[s], Packed::get(words, s));
    return sum;
  }
};

/// +1 or -1 for each pair of signs, without a sum of signed numbers: twice the
/// agreements, less the pairs.
template <int SIMD, int W, typename Word>
struct dot_product<SIMD, packed<bipolar_weight, Word>, W, bipolar, Word> {
  static typename number<W>::type compute(const vec<bipolar, SIMD> &x,
                                          const Word *words) {
#pragma HLS INLINE
    int agreements = 0;
    for (int s = 0; s < SIMD; ++s)
#pragma HLS UNROLL
      agreements +=
          x[s].plus == packed<bipolar_weight, Word>::get(words, s).plus ? 1 : 0;
    return 2 * agreements - SIMD;
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
  const int STEPS = K / SIMD, BITS = width<Acc>::value;
  vec<X, SIMD> row[STEPS];
#pragma HLS AGGREGATE variable = row
  typename number<BITS>::type sums[PE];
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
        const vec<X, SIMD> &x = row[k];
        for (int p = 0; p < PE; ++p) {
#pragma HLS UNROLL
          if (k == 0)
            sums[p] = bias(n * PE + p);
          sums[p] +=
              dot_product<SIMD, packed<Code, Word>, BITS, X, Word>::compute(
                  x, weights[p][n * STEPS + k]);
        }
        if (k == STEPS - 1) {
          vec<R, PE> y;
          for (int p = 0; p < PE; ++p)
#pragma HLS UNROLL
            y[p] = function(Acc(sums[p]), n * PE + p);
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
/// comes tap by tap. The sums of all outputs grow side by side: an addition
/// waits for the one N rounds before it.
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
#pragma HLS DEPENDENCE variable = sums inter RAW distance = N true
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
