// Products: weights packed for PE and SIMD, sums as wide as the weights make them, steps behind them in the same stage.

// RUN: setun-opt %s --pass-pipeline='builtin.module(emit-hls)' --split-input-file -o /dev/null | FileCheck %s
// RUN: setun-opt %s --pass-pipeline='builtin.module(emit-hls{target-ii=1})' --split-input-file -o /dev/null | FileCheck %s --check-prefix=NETWORK

// Ternary weights -1 0 1 1 and 1 1 0 -1 in two bits each: sums of 3 values of ui4 lie in -15..30.
// CHECK-LABEL: struct layer_step {
// CHECK-NEXT: ap_uint<2> operator()(const ap_int<6> &x, int channel) const {
// CHECK-NEXT: #pragma HLS INLINE
// CHECK-NEXT: const ap_uint<2> layer = setun_hls::count_thresholds<5>(x, layer_thresholds[channel]);
// CHECK: static void layer(hls::stream<setun_hls::vec<ap_uint<4>, 1>> &in,
// CHECK: setun_hls::matrix_vector<1, 4, 2, 1, 1, setun_hls::ternary_weight,
// CHECK-NEXT: ap_int<6>>(in, out, layer_weights, setun_hls::no_bias(), step);
// CHECK: #pragma HLS DATAFLOW
// CHECK: read_x(x, x_frame);
// CHECK-NEXT: layer(x_frame, layer_out);
// CHECK-NEXT: write_y(layer_out, y);
// CHECK: static const int8_t layer_thresholds[2][2] =
// CHECK-NEXT: {{[{]+}}1, 5},
// CHECK-NEXT: {-3, 9}};
// CHECK: static const uint8_t layer_weights[1][8][1] =
// CHECK-NEXT: {{[{]+}}0x3}, {0x0}, {0x1}, {0x1}, {0x1}, {0x1}, {0x0}, {0x3}}};

// All of it in one clock cycle: -x0 + x2 + x3 and x0 + x1 - x3 share x0 - x3. No wire has more bits than its values need.
// NETWORK: // 3 additions, about {{[0-9]+}} lookup tables.
// NETWORK-NEXT: struct layer_sums {
// NETWORK-NEXT: void operator()(const setun_hls::vec<ap_uint<4>, 4> &x, setun_hls::vec<ap_int<6>, 2> &y) const {
// NETWORK: const setun_hls::uwire<4> x3 = setun_hls::get_wire(x[3]);
// NETWORK-NEXT: const setun_hls::swire<5> s0 = x0 - x3;
// NETWORK-NEXT: const setun_hls::swire<6> s1 = x2 - s0;
// NETWORK-NEXT: const setun_hls::swire<6> s2 = x1 + s0;
// NETWORK-NEXT: y[0] = s1;
// NETWORK-NEXT: y[1] = s2;
// NETWORK: static void layer(hls::stream<setun_hls::vec<ap_uint<4>, 4>> &in,
// NETWORK: setun_hls::add_network<1, 4, 2, ap_int<6>>(in, out, layer_sums(), step);
// NETWORK-NOT: layer_weights
func.func @main(%x: tensor<1x4xui4> {onnx.name = "x"}) -> (tensor<1x2xui2> {onnx.name = "y"}) {
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %t = arith.constant dense<[[1, 5], [-3, 9]]> : tensor<2x2xi32>
  %acc = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32> loc("layer")
  %y = lowbit.threshold %acc, %t {axis = 1 : i64} : (tensor<1x2xi32>, tensor<2x2xi32>) -> tensor<1x2xui2> loc("layer")
  return %y : tensor<1x2xui2>
}
{-# dialect_resources: { builtin: { w: "0x01000000FF000101010100FF" } } #-}

// -----

// Bipolar codes and weights are an XNOR and a count; what a zero point takes is where sums start: -(5 * 2) here.
// CHECK-LABEL: static void xnor(
// CHECK: setun_hls::matrix_vector<1, 2, 1, 1, 1, setun_hls::bipolar_weight,
// CHECK-NEXT: ap_int<3>>(in, out, xnor_weights, setun_hls::no_bias(), step);
// CHECK-LABEL: static void shifted(
// CHECK: shifted_weights, setun_hls::make_bias(shifted_bias), step);
// CHECK: static const uint8_t xnor_weights[1][2][1] =
// CHECK-NEXT: {{[{]+}}0x1}, {0x0}}};
// CHECK: static const int8_t shifted_bias[1] =
// CHECK-NEXT: {-10};

// With bits b for signs, (2 b0 - 1) - (2 b1 - 1) is 2 (b0 - b1).
// NETWORK: const setun_hls::swire<2> s0 = x0 - x1;
// NETWORK-NEXT: y[0] = setun_hls::shift_up<3, 1>(s0);
// -3 x0 + 5 x1 - 10.
// NETWORK: y[0] = s2 - 10;
func.func @main(%x: tensor<1x2x!lowbit.bipolar> {onnx.name = "x"}, %z: tensor<1x2xui4> {onnx.name = "z"}) -> (tensor<1x1xi32>, tensor<1x1xi32>) {
  %a = lowbit.constant dense_resource<a> : tensor<1x2x!lowbit.bipolar>
  %b = lowbit.constant dense_resource<b> : tensor<1x2xsi4>
  %0 = lowbit.matmul %x, %a : tensor<1x2x!lowbit.bipolar>, tensor<1x2x!lowbit.bipolar> -> tensor<1x1xi32> loc("xnor")
  %1 = lowbit.matmul %z zero_point 5, %b : tensor<1x2xui4>, tensor<1x2xsi4> -> tensor<1x1xi32> loc("shifted")
  return %0, %1 : tensor<1x1xi32>, tensor<1x1xi32>
}
{-# dialect_resources: { builtin: { a: "0x0100000001FF", b: "0x01000000FD05" } } #-}

// -----

// Weights of more than 8 bits are no network: a word for each output.
// NETWORK-LABEL: static void wide(
// NETWORK: setun_hls::matrix_vector<1, 2, 2, 2, 2, setun_hls::integer_weight<10>,
// NETWORK: static const uint32_t wide_weights[2][1][1] =
// NETWORK-NEXT: {{[{]+}}0xffd2c}}, {{[{]+}}0xc02}}};
func.func @main(%x: tensor<1x2xui4> {onnx.name = "x"}) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<2x2xsi16>
  %0 = lowbit.matmul %x, %w : tensor<1x2xui4>, tensor<2x2xsi16> -> tensor<1x2xi32> loc("wide")
  return %0 : tensor<1x2xi32>
}
{-# dialect_resources: { builtin: { w: "0x020000002C01FFFF02000300" } } #-}
