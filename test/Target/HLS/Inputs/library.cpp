// The header library of HLS designs against plain loops over int and double.

#include "setun/hls/axis.h"
#include "setun/hls/dynamic_quantize.h"
#include "setun/hls/elementwise.h"
#include "setun/hls/functions.h"
#include "setun/hls/groups.h"
#include "setun/hls/matrix_vector.h"
#include "setun/hls/network.h"
#include "setun/hls/rows.h"
#include "setun/hls/steps.h"
#include "setun/hls/streams.h"
#include "setun/hls/top1.h"
#include "setun/hls/window.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

using namespace setun_hls;

static void require(bool condition, const char *what, int line) {
  if (!condition) {
    std::printf("line %d: %s\n", line, what);
    std::exit(1);
  }
}
#define REQUIRE(condition) require(condition, #condition, __LINE__)

// Numbers that are the same on every machine.
static unsigned random_state = 1;
static int draw(int lo, int hi) {
  random_state = random_state * 1664525u + 1013904223u;
  return lo + int((random_state >> 8) % unsigned(hi - lo + 1));
}

template <typename T, int N>
std::vector<int> drain(hls::stream<vec<T, N>> &stream) {
  std::vector<int> values;
  while (!stream.empty()) {
    const vec<T, N> beat = stream.read();
    for (int i = 0; i < N; ++i)
      values.push_back(int(to_int64(beat[i])));
  }
  return values;
}

template <typename T, int N>
std::vector<int> fill(hls::stream<vec<T, N>> &stream, int count, int lo,
                      int hi) {
  std::vector<int> values;
  for (int i = 0; i < count; i += N) {
    vec<T, N> beat;
    for (int j = 0; j < N; ++j) {
      values.push_back(draw(lo, hi));
      beat[j] = values.back();
    }
    stream.write(beat);
  }
  return values;
}

struct identity {
  template <typename T> T operator()(const T &x, int) const { return x; }
};

static void test_streams() {
  hls::stream<vec<ap_int<5>, 2>> in, a, b;
  hls::stream<vec<ap_int<5>, 6>> wide;
  hls::stream<vec<ap_int<5>, 1>> narrow, reordered;
  std::vector<int> x = fill(in, 12, -16, 15);
  fork<6>(in, a, b);
  REQUIRE(drain(b) == x);
  change_lanes<12>(a, wide);
  change_lanes<12>(wide, narrow);
  // [2][3][2] -> [3][2][2]
  reorder<12, 1, 0, 1, 0, 1, 0, 3, 2, 2, 6, 2, 1>(narrow, reordered);
  std::vector<int> y = drain(reordered);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 2; ++j)
      for (int k = 0; k < 2; ++k)
        REQUIRE(y[i * 4 + j * 2 + k] == x[j * 6 + i * 2 + k]);

  hls::stream<vec<ap_int<5>, 1>> left, right, joined;
  std::vector<int> l = fill(left, 6, -16, 15), r = fill(right, 4, -16, 15);
  concatenate<2, 3, 2>(left, right, joined);
  REQUIRE((drain(joined) == std::vector<int>{l[0], l[1], l[2], r[0], r[1], l[3],
                                             l[4], l[5], r[2], r[3]}));
}

static void test_borders() {
  hls::stream<axis_word<8>> words;
  hls::stream<vec<ap_int<5>, 1>> in, back;
  std::vector<int> x = fill(in, 3, -16, 15);
  write_axis<3, ap_int<5>>(in, words);
  for (int i = 0; i < 3; ++i) {
    const axis_word<8> word = words.read();
    REQUIRE(word.data == unsigned(x[i] & 0xff) && word.last == (i == 2));
    words.write(word);
  }
  read_axis<3, ap_int<5>>(words, back);
  REQUIRE(drain(back) == x);
  REQUIRE(wire<float>::from_bits(wire<float>::to_bits(-0.1f)) == -0.1f);
  REQUIRE(wire<bipolar>::to_bits(make_bipolar(false)) == 255);
  REQUIRE(!wire<bipolar>::from_bits(255).plus);
  REQUIRE(wire<ap_int<33>>::bits == 64 && wire<ap_uint<9>>::bits == 16);
}

// Windows of every kind of size over images of several channels.
template <int IH, int IW, int KH, int KW, int SH, int SW, int DH, int DW,
          int PH, int PW, int EH, int EW, int C, int LANES>
void test_window() {
  const int OH = (IH + PH + EH - DH * (KH - 1) - 1) / SH + 1;
  const int OW = (IW + PW + EW - DW * (KW - 1) - 1) / SW + 1;
  typedef window_shape<IH, IW, OH, OW, KH, KW, SH, SW, DH, DW, PH, PW> shape;
  const int IMAGES = 2;
  hls::stream<vec<ap_uint<4>, LANES>> in, out;
  std::vector<int> x = fill(in, IMAGES * IH * IW * C, 0, 15);
  hls::stream<vec<ap_uint<4>, LANES>> lanes, again;
  hls::stream<vec<ap_uint<4>, C>> pixels;
  hls::stream<vec<ap_uint<4>, KH * KW * C>> windows;
  fork<IMAGES * IH * IW * C / LANES>(in, lanes, again);
  change_lanes<IMAGES * IH * IW * C>(again, pixels);
  slide_window<shape, IMAGES, C>(lanes, out, ap_uint<4>(9));
  whole_window<shape, IMAGES, C>(pixels, windows, ap_uint<4>(9));
  REQUIRE(lanes.empty() && pixels.empty());
  std::vector<int> got = drain(out);
  REQUIRE(drain(windows) == got);
  size_t at = 0;
  for (int n = 0; n < IMAGES; ++n)
    for (int y = 0; y < OH; ++y)
      for (int z = 0; z < OW; ++z)
        for (int ky = 0; ky < KH; ++ky)
          for (int kx = 0; kx < KW; ++kx)
            for (int c = 0; c < C; ++c) {
              const int row = y * SH - PH + ky * DH;
              const int column = z * SW - PW + kx * DW;
              const bool inside =
                  row >= 0 && row < IH && column >= 0 && column < IW;
              const int index = ((n * IH + row) * IW + column) * C + c;
              REQUIRE(got[at++] == (inside ? x[size_t(index)] : 9));
            }
  REQUIRE(at == got.size());
}

static void test_windows() {
  test_window<5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 4, 2>();
  test_window<5, 6, 3, 2, 2, 3, 1, 1, 0, 1, 1, 0, 2, 1>();
  test_window<7, 7, 3, 3, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3>();
  test_window<9, 4, 2, 2, 4, 1, 1, 1, 0, 0, 0, 0, 1, 1>();
  test_window<1, 9, 1, 4, 1, 2, 1, 1, 0, 3, 0, 3, 2, 2>();
  test_window<2, 2, 5, 5, 1, 1, 1, 1, 3, 3, 3, 3, 1, 1>();

  hls::stream<vec<ap_int<4>, 2>> in, first, second, largest;
  hls::stream<vec<ap_int<8>, 2>> sums;
  std::vector<int> x = fill(in, 3 * 5 * 4, -8, 7);
  fork<30>(in, first, second);
  pool_windows<3, 5, 4>(first, largest, take_max<ap_int<4>>(), identity());
  pool_windows<3, 5, 4>(second, sums, take_sum<8, -2>(), identity());
  std::vector<int> max = drain(largest), sum = drain(sums);
  for (int w = 0; w < 3; ++w)
    for (int c = 0; c < 4; ++c) {
      int best = -8, total = 0;
      for (int p = 0; p < 5; ++p) {
        const int value = x[size_t((w * 5 + p) * 4 + c)];
        best = value > best ? value : best;
        total += value + 2;
      }
      REQUIRE(max[size_t(w * 4 + c)] == best);
      REQUIRE(sum[size_t(w * 4 + c)] == total);
    }

  const int8_t rows[5] = {0, 0, 1, 3, 3}, columns[3] = {1, 2, 2};
  hls::stream<vec<ap_int<4>, 1>> image, resized;
  x = fill(image, 5 * 4 * 2, -8, 7);
  resize_nearest<1, 5, 4, 5, 3, 2>(image, resized, rows, columns);
  std::vector<int> y = drain(resized);
  REQUIRE(image.empty());
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 3; ++j)
      for (int c = 0; c < 2; ++c)
        REQUIRE(y[size_t((i * 3 + j) * 2 + c)] ==
                x[size_t((rows[i] * 4 + columns[j]) * 2 + c)]);
}

template <typename Code> int draw_weight() {
  const int bound = 1 << (Code::bits - 1);
  return draw(-bound, bound - 1);
}
template <> int draw_weight<bipolar_weight>() { return 2 * draw(0, 1) - 1; }
template <> int draw_weight<ternary_weight>() { return draw(-1, 1); }

// Any folding, word and kind of weight gives the plain sums.
template <int K, int N, int SIMD, int PE, typename Code, typename Word,
          typename X>
void test_product(int lo, int hi) {
  const int ROWS = 3, STEPS = K / SIMD, PER_WORD = packed<Code, Word>::per_word,
            WORDS = (SIMD + PER_WORD - 1) / PER_WORD;
  static Word words[PE][N / PE * STEPS][WORDS];
  int weights[N][K];
  int16_t bias[N];
  for (int n = 0; n < N; ++n) {
    bias[n] = int16_t(draw(-99, 99));
    for (int k = 0; k < K; ++k) {
      weights[n][k] = draw_weight<Code>();
      const unsigned code =
          Code::bits == 1 ? unsigned(weights[n][k] > 0)
                          : unsigned(weights[n][k]) & ((1u << Code::bits) - 1);
      const int s = k % SIMD;
      Word &word = words[n % PE][n / PE * STEPS + k / SIMD][s / PER_WORD];
      word = Word(word | Word(Word(code) << (s % PER_WORD * Code::bits)));
    }
  }
  hls::stream<vec<X, SIMD>> in;
  hls::stream<vec<ap_int<24>, PE>> out;
  std::vector<int> x;
  for (int i = 0; i < ROWS * K; ++i)
    x.push_back(draw(lo, hi));
  for (int i = 0; i < ROWS * K; i += SIMD) {
    vec<X, SIMD> beat;
    for (int s = 0; s < SIMD; ++s)
      beat[s] = x[size_t(i + s)];
    in.write(beat);
  }
  matrix_vector<ROWS, K, N, SIMD, PE, Code, ap_int<24>>(
      in, out, words, make_bias(bias), identity());
  std::vector<int> got = drain(out);
  for (int r = 0; r < ROWS; ++r)
    for (int n = 0; n < N; ++n) {
      int sum = bias[n];
      for (int k = 0; k < K; ++k)
        sum += x[size_t(r * K + k)] * weights[n][k];
      REQUIRE(got[size_t(r * N + n)] == sum);
    }
}

struct small_network {
  void operator()(const vec<ap_uint<4>, 3> &x, vec<ap_int<8>, 2> &y) const {
    const uwire<4> x0 = get_wire(x[0]), x1 = get_wire(x[1]);
    const uwire<7> s0 = x0 + shift_up<7, 2>(x1);
    y[0] = s0 - 7;
    y[1] = s0 - shift_up<8, 1>(get_wire(x[2]));
  }
};

static void test_products() {
  test_product<12, 6, 1, 1, ternary_weight, uint8_t, ap_int<8>>(-128, 127);
  test_product<12, 6, 4, 3, ternary_weight, uint8_t, ap_uint<8>>(0, 255);
  test_product<48, 4, 48, 2, ternary_weight, uint64_t, ap_int<2>>(-1, 1);
  test_product<12, 6, 6, 2, bipolar_weight, uint8_t, ap_uint<1>>(0, 1);
  test_product<40, 3, 40, 3, integer_weight<3>, uint64_t, ap_uint<16>>(0,
                                                                       65535);
  test_product<6, 4, 2, 4, integer_weight<8>, uint16_t, ap_int<8>>(-128, 127);
  test_product<6, 4, 3, 1, integer_weight<16>, uint64_t, ap_int<4>>(-8, 7);

  // Signs times signs and others: all four cases.
  for (int a = 0; a < 2; ++a) {
    const bipolar x = make_bipolar(a != 0);
    for (int b = 0; b < 2; ++b)
      REQUIRE(multiply(x, make_bipolar(b != 0)) == (2 * a - 1) * (2 * b - 1));
    REQUIRE(multiply(x, integer<4>{-8}) == (2 * a - 1) * -8);
    REQUIRE(multiply(ap_int<4>(-8), x) == (2 * a - 1) * -8);
  }
  vec<bipolar, 5> signs;
  for (int i = 0; i < 5; ++i)
    signs[i] = make_bipolar(i % 2 == 0);
  const uint8_t word[1] = {0x0b}; // + + - + -
  typedef packed<bipolar_weight, uint8_t> bits;
  REQUIRE((dot_product<5, bits, 4, bipolar, uint8_t>::compute(signs, word)) ==
          1 - 1 - 1 - 1 - 1);

  // A network: wires, shifts, constants.
  hls::stream<vec<ap_uint<4>, 3>> rows;
  hls::stream<vec<ap_int<8>, 2>> network_sums;
  std::vector<int> v = fill(rows, 12, 0, 15);
  add_network<4, 3, 2, ap_int<8>>(rows, network_sums, small_network(),
                                  identity());
  std::vector<int> w = drain(network_sums);
  for (size_t r = 0; r < 4; ++r) {
    REQUIRE(w[2 * r] == v[3 * r] + 4 * v[3 * r + 1] - 7);
    REQUIRE(w[2 * r + 1] == v[3 * r] + 4 * v[3 * r + 1] - 2 * v[3 * r + 2]);
  }
  REQUIRE(get_wire(make_bipolar(false)) == 0);
  REQUIRE(get_wire(ap_int<4>(-8)) == -8);

  // Channel by channel, tap by tap, from +0.
  const float weights[4][1] = {{0.1f}, {0.7f}, {-0.3f}, {1e-8f}};
  const float row[4] = {3.3f, 1e8f, -2.7f, 0.9f}; // [tap][channel]
  hls::stream<vec<float, 1>> in, out;
  for (int i = 0; i < 4; ++i)
    in.write(vec<float, 1>{{row[i]}});
  float_matrix_vector<1, 2, 2, 1>(in, out, weights, identity());
  const int order[4] = {0, 2, 1, 3};
  float sum = 0;
  for (int i = 0; i < 4; ++i) {
    const float product = row[order[i]] * weights[i][0];
    sum = sum + product;
  }
  REQUIRE(out.read()[0] == sum);
}

// Windows of TAPS places with all channels; an output reads those of its group.
template <int TAPS, int CHANNELS, int N, int GROUPS, int SIMD, int PE>
void test_groups() {
  const int WINDOWS = 3, PER_GROUP = CHANNELS / GROUPS, K = TAPS * PER_GROUP,
            WORDS = (SIMD + 1) / 2,
            LANES = PER_GROUP == 1 && N == GROUPS ? 3 : 1;
  static uint8_t words[PE][N / PE * K / SIMD][WORDS];
  static uint8_t beats[1][TAPS * CHANNELS / LANES][(LANES + 1) / 2];
  static float floats[K][N];
  int weights[N][K]; // [tap][channel of the group]
  int8_t bias[N];
  auto put = [](uint8_t &word, int at, int weight) {
    word = uint8_t(word | unsigned(weight & 15) << (at % 2 * 4));
  };
  for (int n = 0; n < N; ++n) {
    bias[n] = int8_t(draw(-99, 99));
    for (int k = 0; k < K; ++k) {
      const int weight = weights[n][k] = draw(-8, 7);
      const int s = k % SIMD, tap = k / PER_GROUP, c = k % PER_GROUP;
      put(words[n % PE][n / PE * (K / SIMD) + k / SIMD][s / 2], s, weight);
      floats[c * TAPS + tap][n] = float(weight);
      if (N == GROUPS && PER_GROUP == 1)
        put(beats[0][(tap * CHANNELS + n) / LANES][n % LANES / 2], n % LANES,
            weight);
    }
  }
  hls::stream<vec<ap_uint<4>, SIMD>> in;
  hls::stream<vec<ap_uint<4>, LANES>> in_lanes;
  hls::stream<vec<float, 1>> in_floats, out_floats;
  hls::stream<vec<ap_int<24>, PE>> out;
  hls::stream<vec<ap_int<24>, LANES>> out_lanes;
  const std::vector<int> x = fill(in, WINDOWS * TAPS * CHANNELS, 0, 15);
  const bool is_depthwise = N == GROUPS && PER_GROUP == 1;
  for (size_t i = 0; is_depthwise && i < x.size(); i += size_t(LANES)) {
    vec<ap_uint<4>, LANES> beat;
    for (size_t lane = 0; lane < size_t(LANES); ++lane)
      beat[int(lane)] = x[i + lane];
    in_lanes.write(beat);
  }
  for (int value : x)
    in_floats.write(vec<float, 1>{{float(value)}});
  typedef integer_weight<4> Code;
  grouped_matrix_vector<WINDOWS, TAPS, CHANNELS, N, GROUPS, SIMD, PE, Code,
                        ap_int<24>>(in, out, words, make_bias(bias),
                                    identity());
  float_grouped<WINDOWS, TAPS, CHANNELS, N, GROUPS>(in_floats, out_floats,
                                                    floats, identity());
  if (is_depthwise)
    depthwise<WINDOWS, TAPS, CHANNELS, Code, ap_int<24>>(
        in_lanes, out_lanes, beats, make_bias(bias), identity());
  const std::vector<int> got = drain(out), by_lanes = drain(out_lanes);
  for (int w = 0; w < WINDOWS; ++w)
    for (int n = 0; n < N; ++n) {
      int sum = 0;
      for (int k = 0; k < K; ++k)
        sum += weights[n][k] *
               x[size_t((w * TAPS + k / PER_GROUP) * CHANNELS +
                        n / (N / GROUPS) * PER_GROUP + k % PER_GROUP)];
      REQUIRE(got[size_t(w * N + n)] == sum + bias[n]);
      REQUIRE(out_floats.read()[0] == float(sum));
      REQUIRE(!is_depthwise || by_lanes[size_t(w * N + n)] == sum + bias[n]);
    }
}

static void test_steps() {
  const int8_t thresholds[3] = {-4, 0, 5};
  const float levels[2] = {-0.5f, 1.5f};
  for (int x = -8; x < 8; ++x) {
    int reached = 0;
    for (int t : thresholds)
      reached += x >= t;
    REQUIRE(count_thresholds<4>(ap_int<4>(x), thresholds) == reached);
    REQUIRE(count_thresholds<4>(ap_int<4>(x), thresholds, true) == 3 - reached);
    REQUIRE((correct_exceptions<1, 4>(ap_int<4>(x), thresholds)) ==
            (x == -4) - (x == 0) - (x == 5));
    REQUIRE(clamp_integer(ap_int<4>(x), -3, 2) == (x < -3  ? -3
                                                   : x > 2 ? 2
                                                           : x));
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  REQUIRE(count_thresholds(1.5f, levels) == 2);
  REQUIRE(count_thresholds(nan, levels) == 0);
  REQUIRE(clamp_float(nan, -3.0f, 4.0f) == -3.0f);
  for (int x = -300; x <= 300; ++x) {
    REQUIRE(shift_down<3>(ap_int<10>(x)) == std::floor(x / 8.0));
    REQUIRE(shift_half_even<3>(ap_int<11>(x)) == std::nearbyint(x / 8.0));
    REQUIRE(shift_half_even<0>(ap_int<10>(x)) == x);
    const float v = float(x) / 8;
    const double away = std::floor(std::fabs(v) + 0.5),
                 toward = std::ceil(std::fabs(v) - 0.5);
    REQUIRE(round_half_even(v) == std::nearbyint(v));
    REQUIRE(round_floor(v) == std::floor(v));
    REQUIRE(round_ceil(v) == std::ceil(v));
    REQUIRE(round_down(v) == std::trunc(v));
    REQUIRE(round_up(v) == std::copysign(std::ceil(std::fabs(v)), v));
    REQUIRE(round_half_up(v) == std::copysign(away, v));
    REQUIRE(round_half_down(v) == std::copysign(toward, v));
  }
}

static void test_functions() {
  const float numbers[] = {0.0f,  -0.0f,   0.5f,       -0.5f,      1.5f,
                           2.5f,  -2.5f,   -0.3f,      8388607.5f, -8388608.0f,
                           1e20f, -1e-40f, 0.49999997f};
  for (float x : numbers) {
    REQUIRE(float_to_bits(floor_f32(x)) == float_to_bits(std::floor(x)));
    REQUIRE(float_to_bits(ceil_f32(x)) == float_to_bits(std::ceil(x)));
    REQUIRE(float_to_bits(trunc_f32(x)) == float_to_bits(std::trunc(x)));
    REQUIRE(float_to_bits(round_f32(x)) == float_to_bits(std::round(x)));
    REQUIRE(float_to_bits(round_even_f32(x)) ==
            float_to_bits(std::nearbyint(x)));
    REQUIRE(float_to_bits(abs_f32(x)) == float_to_bits(std::fabs(x)));
  }
  REQUIRE(float_to_bits(maximum_f32(-0.0f, 0.0f)) == 0);
  REQUIRE(float_to_bits(minimum_f32(0.0f, -0.0f)) == 0x80000000u);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  REQUIRE(maximum_f32(nan, 1.0f) != maximum_f32(nan, 1.0f));
  for (float x = -100.0f; x < 88.0f; x += 0.37f) {
    const double want = std::exp(double(x));
    REQUIRE(std::fabs(exp_f32(x) - want) <= want * 1.2e-7 + 1.5e-45);
  }
  REQUIRE(exp_f32(200.0f) == std::numeric_limits<float>::infinity());
  REQUIRE(exp_f32(-200.0f) == 0.0f && exp_f32(nan) != exp_f32(nan));
}

static void test_rows() {
  hls::stream<vec<float, 1>> in, scales;
  hls::stream<vec<ap_int<8>, 1>> codes;
  const float row[2][3] = {{0.25f, -2.0f, 1.0f}, {0.0f, 0.0f, 0.0f}};
  for (int i = 0; i < 6; ++i)
    in.write(vec<float, 1>{{row[i / 3][i % 3]}});
  dynamic_quantize<2, 3, 127, -128, false>(in, codes, scales, 1e-5f);
  // 127 / 2 = 63.5: 15.875, -127, 63.5; a row of zeros has the scale of
  // epsilon.
  REQUIRE((drain(codes) == std::vector<int>{16, -127, 64, 0, 0, 0}));
  REQUIRE(scales.read()[0] == 1.0f / 63.5f);
  REQUIRE(scales.read()[0] == 1.0f / (127.0f / 1e-5f));

  hls::stream<vec<ap_int<5>, 1>> scores;
  hls::stream<vec<ap_uint<4>, 1>> first, last;
  for (int times = 0; times < 2; ++times)
    for (int score : {-7, 3, -2, 3, 0})
      scores.write(vec<ap_int<5>, 1>{{score}});
  argmax<1, 5, true, false>(scores, first);
  argmax<1, 5, true, true>(scores, last);
  REQUIRE(first.read()[0] == 1 && last.read()[0] == 3);
  scores.write(vec<ap_int<5>, 1>{{15}});
  scores.write(vec<ap_int<5>, 1>{{-16}});
  argmax<1, 2, false, false>(scores, first);
  REQUIRE(first.read()[0] == 1);
  REQUIRE(limits<ap_int<5>>::lowest() == -16 &&
          limits<ap_int<5>>::highest() == 15);
  REQUIRE(limits<ap_int<1>>::lowest() == -1 &&
          limits<ap_uint<3>>::highest() == 7);
}

template <bool LARGEST> static void test_top_k() {
  hls::stream<vec<ap_int<4>, 1>> in, values;
  hls::stream<vec<ap_uint<4>, 1>> indices;
  const std::vector<int> x = fill(in, 3 * 12, -8, 7);
  top_k<3, 12, 5, LARGEST>(in, values, indices);
  const std::vector<int> best = drain(values), place = drain(indices);
  REQUIRE(best.size() == 15 && place.size() == 15);
  for (size_t i = 0; i < 15; ++i) {
    const int *row = &x[i / 5 * 12];
    REQUIRE(row[place[i]] == best[i]);
    // As many come before: better ones, and equal ones further left.
    size_t before = 0;
    for (int j = 0; j < 12; ++j)
      before += (LARGEST ? row[j] > best[i] : row[j] < best[i]) ||
                (row[j] == best[i] && j < place[i]);
    REQUIRE(before == i % 5);
  }
}

struct keep {
  float operator()(float x, int) const { return x; }
};
struct larger {
  int operator()(const ap_int<6> &x, int y, int) const {
    return x > y ? int(x) : y;
  }
};
struct add_place {
  int operator()(int x, int place) const { return x + 100 * place; }
};

/// Sixteen lanes, then halves.
static float sum_in_order(const std::vector<float> &terms) {
  float lanes[16] = {};
  for (size_t k = 0; k < terms.size(); ++k)
    lanes[k % 16] += terms[k];
  for (int half = 8; half > 0; half /= 2)
    for (int i = 0; i < half; ++i)
      lanes[i] += lanes[i + half];
  return lanes[0];
}

template <int OUTER, int K, int INNER> static void test_sums() {
  hls::stream<vec<float, 1>> in, out;
  std::vector<float> rows[OUTER * INNER];
  for (int i = 0; i < OUTER * K * INNER; ++i) {
    const float x = float(draw(-1000000, 1000000)) / 7.0f;
    in.write(vec<float, 1>{{x}});
    rows[i / (K * INNER) * INNER + i % INNER].push_back(x);
  }
  sum_rows<OUTER, K, INNER>(in, out, keep());
  for (const std::vector<float> &row : rows)
    REQUIRE(float_to_bits(out.read()[0]) == float_to_bits(sum_in_order(row)));
}

static void test_folds() {
  test_sums<1, 49, 3>();
  test_sums<4, 5, 1>();
  test_sums<2, 16, 2>();
  test_sums<3, 37, 1>();
  test_sums<2, 17, 4>();
  hls::stream<vec<ap_int<6>, 1>> in;
  hls::stream<vec<int, 1>> out;
  const std::vector<int> x = fill(in, 2 * 5 * 3, -32, 31);
  fold_rows<2, 5, 3>(in, out, -100, larger(), add_place());
  for (int row = 0; row < 6; ++row) {
    int most = -100;
    for (int k = 0; k < 5; ++k)
      most = std::max(most, x[size_t(row / 3 * 15 + k * 3 + row % 3)]);
    REQUIRE(out.read()[0] == most + 100 * row);
  }
}

static void test_float_products() {
  hls::stream<vec<float, 1>> in, out;
  float weights[4][37];
  std::vector<float> rows[3];
  for (auto &row : weights)
    for (float &weight : row)
      weight = float(draw(-999, 999)) / 11.0f;
  for (std::vector<float> &row : rows)
    for (int k = 0; k < 37; ++k) {
      row.push_back(float(draw(-999, 999)) / 13.0f);
      in.write(vec<float, 1>{{row.back()}});
    }
  float_matmul<3, 37, 4>(in, out, weights, keep());
  for (const std::vector<float> &row : rows)
    for (const auto &column : weights) {
      std::vector<float> products;
      for (size_t k = 0; k < 37; ++k)
        products.push_back(row[k] * column[k]);
      REQUIRE(float_to_bits(out.read()[0]) ==
              float_to_bits(sum_in_order(products)));
    }
}

static void test_repetition() {
  hls::stream<vec<ap_uint<4>, 1>> in, out;
  fill(in, 2, 3, 3);
  repeat<2, 3>(in, out);
  REQUIRE((drain(out) == std::vector<int>(6, 3)));
  for (int i = 0; i < 3; ++i)
    in.write(vec<ap_uint<4>, 1>{{ap_uint<4>(i)}});
  // [2, 3, 2] of [3, 1]
  reorder<3, 1, 0, 1, 0, 1, 0, 2, 0, 3, 1, 2, 0>(in, out);
  REQUIRE((drain(out) == std::vector<int>{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2}));
}

int main() {
  test_streams();
  test_borders();
  test_windows();
  test_products();
  test_groups<9, 8, 4, 2, 2, 1>();
  test_groups<4, 6, 12, 3, 1, 4>();
  test_groups<3, 4, 4, 1, 4, 2>();
  test_groups<9, 6, 6, 6, 1, 1>();
  test_steps();
  test_functions();
  test_rows();
  test_top_k<true>();
  test_top_k<false>();
  test_folds();
  test_float_products();
  test_repetition();
  std::printf("the library agrees\n");
}
