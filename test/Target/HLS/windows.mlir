// Images: a line buffer sends what a window sees, all channels of a pixel together, and weights follow that order.

// RUN: setun-opt %s --pass-pipeline='builtin.module(emit-hls)' --split-input-file -o /dev/null | FileCheck %s

// RUN: setun-opt %s --pass-pipeline='builtin.module(emit-hls{target-ii=1})' --split-input-file -o /dev/null | FileCheck %s --check-prefix=NETWORK

// Weights [channel][tap] 1 2 3 4 are read as [tap][channel]: 1 3 2 4.
// CHECK-LABEL: static void conv_window(
// CHECK: typedef setun_hls::window_shape<1, 3, 1, 2, 1, 2, 1, 1, 1, 1, 0, 0> shape;
// CHECK-NEXT: setun_hls::slide_window<shape, 1, 2, ap_uint<2>>(in, out, ap_uint<2>(0));
// CHECK-LABEL: static void conv(
// CHECK: setun_hls::matrix_vector<2, 4, 1, 1, 1, setun_hls::integer_weight<4>,
// CHECK-NEXT: ap_int<6>>(in, out, conv_weights, setun_hls::no_bias(), step);
// CHECK: static const uint8_t conv_weights[1][4][1] =
// CHECK-NEXT: {{[{]+}}0x1}, {0x3}, {0x2}, {0x4}}};
// A network takes the window as one beat.
// NETWORK-LABEL: static void conv_window(hls::stream<setun_hls::vec<ap_uint<2>, 2>> &in,
// NETWORK-NEXT: hls::stream<setun_hls::vec<ap_uint<2>, 4>> &out) {
// NETWORK: setun_hls::whole_window<shape, 1, 2, ap_uint<2>>(in, out, ap_uint<2>(0));
// NETWORK-LABEL: static void conv(
// NETWORK: setun_hls::add_network<2, 4, 1, ap_int<6>>(in, out, conv_sums(), step);
func.func @main(%x: tensor<1x2x1x3xui2> {onnx.name = "x"}) -> tensor<1x1x1x2xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<1x2x1x2xsi4>
  %0 = lowbit.conv %x, %w window <size[1, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x2x1x3xui2>, tensor<1x2x1x2xsi4> -> tensor<1x1x1x2xi32> loc("conv")
  return %0 : tensor<1x1x1x2xi32>
}
{-# dialect_resources: { builtin: { w: "0x0100000001020304" } } #-}

// -----

// A bipolar code has no zero for what is outside of the image, so codes are widened first.
// CHECK-LABEL: static void conv_widened(
// CHECK: setun_hls::map<4, 1>(in, out, step);
// CHECK-LABEL: static void conv_window(
// CHECK: setun_hls::slide_window<shape, 1, 1, ap_int<2>>(in, out, ap_int<2>(0));
// NETWORK-LABEL: struct conv_sums {
// NETWORK: const setun_hls::swire<2> x0 = setun_hls::get_wire(x[0]);
func.func @main(%x: tensor<1x1x2x2x!lowbit.bipolar>) -> tensor<1x1x2x2xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<1x1x3x3x!lowbit.bipolar>
  %0 = lowbit.conv %x, %w window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> : tensor<1x1x2x2x!lowbit.bipolar>, tensor<1x1x3x3x!lowbit.bipolar> -> tensor<1x1x2x2xi32> loc("conv")
  return %0 : tensor<1x1x2x2xi32>
}
{-# dialect_resources: { builtin: { w: "0x010000000101FFFF01FF010101" } } #-}

// -----

// Pools share the line buffer; an average is a sum. A flattened image is the same stream.
// CHECK-LABEL: static void largest(
// CHECK: setun_hls::pool_windows<4, 4, 2>(in, out, setun_hls::take_max<ap_uint<4>>(), step);
// CHECK-LABEL: static void sum(
// CHECK: setun_hls::pool_windows<1, 4, 2>(in, out, setun_hls::take_sum<7, 3>(), step);
func.func @main(%x: tensor<1x2x4x4xui4>) -> tensor<1x2xf32> {
  %s = arith.constant dense<0.25> : tensor<f32>
  %0 = lowbit.pool %x window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x2x4x4xui4> -> tensor<1x2x2x2xui4> loc("largest")
  %1 = lowbit.sum_pool %0 zero_point 3 window <size[2, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x2x2x2xui4> -> tensor<1x2x1x1xi32> loc("sum")
  %2 = lowbit.dequantize %1, %s : (tensor<1x2x1x1xi32>, tensor<f32>) -> tensor<1x2x1x1xf32> loc("sum")
  %3 = onnx.node "Flatten"(%2) {since_version = 13 : i64} : (tensor<1x2x1x1xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}

// -----

// Each line and column twice.
// CHECK-LABEL: static void resize(
// CHECK: setun_hls::resize_nearest<1, 1, 2, 2, 4, 1>(in, out, resize_rows, resize_columns);
// CHECK: static const int8_t resize_columns[4] =
// CHECK-NEXT: {0, 0, 1, 1};
func.func @main(%x: tensor<1x1x1x2xui4>) -> tensor<1x1x2x4xui4> {
  %none = onnx.none
  %scales = arith.constant dense<[1.0, 1.0, 2.0, 2.0]> : tensor<4xf32>
  %0 = onnx.node "Resize"(%x, %none, %scales) {attributes = {coordinate_transformation_mode = "asymmetric", mode = "nearest", nearest_mode = "floor"}, since_version = 13 : i64} : (tensor<1x1x1x2xui4>, none, tensor<4xf32>) -> tensor<1x1x2x4xui4> loc("resize")
  return %0 : tensor<1x1x2x4xui4>
}

// -----

// Channels that do not mix: weights of a beat of the window, tap by tap.
// CHECK: setun_hls::depthwise<2, 2, 2, setun_hls::integer_weight<4>,
// CHECK: static const uint8_t conv_weights[1][4][1] =
// CHECK-NEXT: {{[{]+}}0x1}, {0x3}, {0x2}, {0x4}}};
func.func @main(%x: tensor<1x2x1x3xui2> {onnx.name = "x"}) -> tensor<1x2x1x2xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<2x1x1x2xsi4>
  %0 = lowbit.conv %x, %w window <size[1, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> groups 2 : tensor<1x2x1x3xui2>, tensor<2x1x1x2xsi4> -> tensor<1x2x1x2xi32> loc("conv")
  return %0 : tensor<1x2x1x2xi32>
}
{-# dialect_resources: { builtin: { w: "0x0100000001020304" } } #-}

// -----

// Two groups: an output reads the two channels of its own.
// CHECK: setun_hls::grouped_matrix_vector<1, 1, 4, 2, 2, 1, 1, setun_hls::integer_weight<4>,
// CHECK: static const uint8_t conv_weights[1][4][1] =
// CHECK-NEXT: {{[{]+}}0x1}, {0x2}, {0x3}, {0x4}}};
func.func @main(%x: tensor<1x4x1x1xui2> {onnx.name = "x"}) -> tensor<1x2x1x1xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<2x2x1x1xsi4>
  %0 = lowbit.conv %x, %w window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> groups 2 : tensor<1x4x1x1xui2>, tensor<2x2x1x1xsi4> -> tensor<1x2x1x1xi32> loc("conv")
  return %0 : tensor<1x2x1x1xi32>
}
{-# dialect_resources: { builtin: { w: "0x0100000001020304" } } #-}

// -----

// A line above, two columns on the right: a window of one place that starts outside.
// CHECK: typedef setun_hls::window_shape<2, 2, 3, 4, 1, 1, 1, 1, 1, 1, 1, 0> shape;
// CHECK-NEXT: setun_hls::slide_window<shape, 1, 1, float>(in, out, -1.5f);
func.func @main(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x3x4xf32> {
  %pads = onnx.constant dense<[0, 0, 1, 0, 0, 0, 0, 2]> : tensor<8xsi64>
  %value = onnx.constant dense<-1.5> : tensor<f32>
  %0 = onnx.node "Pad"(%x, %pads, %value) {since_version = 13 : i64} : (tensor<1x1x2x2xf32>, tensor<8xsi64>, tensor<f32>) -> tensor<1x1x3x4xf32> loc("pad")
  return %0 : tensor<1x1x3x4xf32>
}
