// Elementwise ops behind a sum or an input: integers as narrow as their values, floats as they are written.

// RUN: setun-opt %s --pass-pipeline='builtin.module(convert-onnx-to-linalg{streamed-only},canonicalize,emit-hls)' --split-input-file -o /dev/null | FileCheck %s

// |13 * x - 20| <= 124: 8 bits.
// CHECK-LABEL: struct quantizer_step {
// CHECK: const ap_int<8> [[SUM:[a-z_0-9]+]] = setun_hls::to_integer(x) *
// CHECK-NEXT: ap_int<5>([[FACTORS:[a-z_0-9]+]][channel]) + ap_int<6>(-20);
// CHECK: setun_hls::clamp_integer(setun_hls::shift_down<2>([[SUM]]), -8,
// CHECK-NEXT: 7);
// CHECK: static const int8_t [[FACTORS]][2] =
// CHECK-NEXT: {13, -3};
func.func @main(%x: tensor<1x2xsi4>) -> tensor<1x2xsi4> {
  %0 = lowbit.requantize %x multipliers [array<i64: 13, -3>] addends [-20] shift 2 lo -8 hi 7 {axis = 1 : i64, width = 32 : i64} : (tensor<1x2xsi4>) -> tensor<1x2xsi4> loc("quantizer")
  return %0 : tensor<1x2xsi4>
}

// -----

// A division by 1 is left out; a zero point behind the rounding moves into the bounds.
// CHECK-LABEL: struct scale_step {
// CHECK: const float [[V:[a-z_0-9]+]] = x * 3.0f;
// CHECK-NEXT: const ap_uint<8> {{.*}} = setun_hls::round_half_even(setun_hls::clamp_float([[V]], 0.0f - 7.0f,
// CHECK-NEXT: 255.0f - 7.0f)) + int(7.0f);
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xui8> {
  %three = onnx.constant dense<3.0> : tensor<f32>
  %one = arith.constant dense<1.0> : tensor<f32>
  %seven = arith.constant dense<7.0> : tensor<f32>
  %0 = onnx.node "Mul"(%x, %three) {since_version = 14 : i64} : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32> loc("scale")
  %1 = lowbit.quantize %0, %one zero_point %seven zero_point_last : (tensor<1x2xf32>, tensor<f32>, tensor<f32>) -> tensor<1x2xui8> loc("quant")
  return %1 : tensor<1x2xui8>
}

// -----

// What reads a value twice, element by element, is one stage.
// CHECK-LABEL: static void lookup(hls::stream<setun_hls::vec<ap_uint<4>, 1>> &in,
// CHECK: setun_hls::map<2, 2>(in, out, step);
func.func @main(%x: tensor<1x2xui4> {onnx.name = "x"}) -> tensor<1x2xui5> {
  %table = lowbit.constant dense_resource<t> : tensor<1x16xui2>
  %0 = lowbit.lookup %x, %table {axis = 1 : i64} : (tensor<1x2xui4>, tensor<1x16xui2>) -> tensor<1x2xui2> loc("lookup")
  %1 = lowbit.requantize %x, %0 multipliers [array<i64: 1>, array<i64: 2>] addends [0] shift 0 lo 0 hi 31 {axis = 1 : i64, width = 32 : i64} : (tensor<1x2xui4>, tensor<1x2xui2>) -> tensor<1x2xui5> loc("sum")
  return %1 : tensor<1x2xui5>
}
{-# dialect_resources: { builtin: { t: "0x0100000000010203000102030001020300010203" } } #-}

// -----

// Branches fork and meet; the shorter one holds what the longer one may read first, here all of a frame.
// CHECK-LABEL: static void sum(hls::stream<setun_hls::vec<ap_uint<4>, 1>> &in,
// CHECK-NEXT: hls::stream<setun_hls::vec<ap_uint<4>, 1>> &in2,
// CHECK: setun_hls::map<4, 4>(in, in2, out, step);
// CHECK: // what the other branch may read before sum gets as much of it.
// CHECK-NEXT: #pragma HLS STREAM variable = x_frame_a depth = 3
// CHECK: // a frame: the other branch may need all of it first.
// CHECK-NEXT: #pragma HLS STREAM variable = x_frame_b depth = 4
// CHECK: x_frame_fork(x_frame, x_frame_a, x_frame_b);
func.func @main(%x: tensor<1x1x2x2xui4> {onnx.name = "x"}) -> tensor<1x1x2x2xui5> {
  %0 = lowbit.pool %x window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> : tensor<1x1x2x2xui4> -> tensor<1x1x2x2xui4> loc("pool")
  %1 = lowbit.requantize %x, %0 multipliers [array<i64: 1>, array<i64: 1>] addends [0] shift 0 lo 0 hi 31 {axis = 1 : i64, width = 32 : i64} : (tensor<1x1x2x2xui4>, tensor<1x1x2x2xui4>) -> tensor<1x1x2x2xui5> loc("sum")
  return %1 : tensor<1x1x2x2xui5>
}

// -----

// The scale of a row goes out before its codes, and into the product that it belongs to.
// CHECK-LABEL: struct product_step {
// CHECK-NEXT: float [[SCALE:[a-z_0-9]+]];
// CHECK: = setun_hls::to_float(x) * [[SCALE]];
// CHECK: const product_step step = {[[SCALE]]_in.read()[0]};
// CHECK: quant(x_frame, quant_codes, quant_scale);
// CHECK-NEXT: product(quant_codes, quant_scale, product_out);
func.func @main(%x: tensor<1x2xf32> {onnx.name = "x"}) -> tensor<1x1xf32> {
  %w = lowbit.constant dense_resource<w> : tensor<1x2x!lowbit.ternary>
  %codes, %scales = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<1x2xf32> -> tensor<1x2xsi8>, tensor<1x1xf32> loc("quant")
  %0 = lowbit.matmul %codes, %w : tensor<1x2xsi8>, tensor<1x2x!lowbit.ternary> -> tensor<1x1xi32> loc("product")
  %1 = lowbit.dequantize %0, %scales : (tensor<1x1xi32>, tensor<1x1xf32>) -> tensor<1x1xf32> loc("product")
  return %1 : tensor<1x1xf32>
}
{-# dialect_resources: { builtin: { w: "0x010000000100" } } #-}
