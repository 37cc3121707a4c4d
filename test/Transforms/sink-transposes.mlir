// RUN: setun-opt %s --pass-pipeline='builtin.module(func.func(lowbit-sink-transposes))' --split-input-file | FileCheck %s

// From one convolution to the next every step takes channels last, each with its numbers along the last dimension.
// CHECK-LABEL: @sequence
// CHECK-NOT: ranspose
// CHECK: %[[Q:.*]] = lowbit.requantize %arg0 multipliers {{.*}} {axis = 3 : i64{{.*}} : (tensor<1x4x6x2xi32>) -> tensor<1x4x6x2xui8>
// CHECK: %[[P:.*]] = lowbit.pool %[[Q]] window <size[2, 2] {{.*}}> channels_last : tensor<1x4x6x2xui8> -> tensor<1x2x3x2xui8>
// CHECK: %[[S:.*]] = lowbit.sum_pool %[[P]] zero_point 3 window <size[1, 1] {{.*}}> channels_last : tensor<1x2x3x2xui8> -> tensor<1x2x3x2xi32>
// CHECK: %[[T:.*]] = lowbit.threshold %[[S]], %arg1 {axis = 3 : i64} : (tensor<1x2x3x2xi32>, tensor<2x3xi32>) -> tensor<1x2x3x2xui2>
// CHECK: %[[L:.*]] = lowbit.lookup %[[T]], %arg2 {axis = 2 : i64} : (tensor<1x2x3x2xui2>, tensor<1x4xui8>) -> tensor<1x2x3x2xui8>
// CHECK: lowbit.patches %[[L]] padding 0 window <size[1, 1] {{.*}}> channels_last : tensor<1x2x3x2xui8> -> tensor<1x2x3x2xui8>
func.func @sequence(%x: tensor<1x4x6x2xi32>, %t: tensor<2x3xi32>, %table: tensor<1x4xui8>) -> tensor<1x2x3x2xui8> {
  %0 = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 0, 3, 1, 2>}, since_version = 13 : i64} : (tensor<1x4x6x2xi32>) -> tensor<1x2x4x6xi32>
  %1 = lowbit.requantize %0 multipliers [array<i64: 3, 5>] addends [1, -7] shift 4 lo 0 hi 255 {axis = 1 : i64, width = 64 : i64} : (tensor<1x2x4x6xi32>) -> tensor<1x2x4x6xui8>
  %2 = lowbit.pool %1 window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x2x4x6xui8> -> tensor<1x2x2x3xui8>
  %3 = lowbit.sum_pool %2 zero_point 3 window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xi32>
  %4 = lowbit.threshold %3, %t {axis = 1 : i64} : (tensor<1x2x2x3xi32>, tensor<2x3xi32>) -> tensor<1x2x2x3xui2>
  %5 = lowbit.lookup %4, %table {axis = 3 : i64} : (tensor<1x2x2x3xui2>, tensor<1x4xui8>) -> tensor<1x2x2x3xui8>
  %6 = lowbit.patches %5 padding 0 window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x2x2x3xui8> -> tensor<1x2x3x2xui8>
  return %6 : tensor<1x2x3x2xui8>
}

// -----

// An image is enlarged in either order; whoever wants channels second gets a transpose of codes.
// CHECK-LABEL: @resize
// CHECK: %[[SCALES:.*]] = onnx.constant {{.*}}dense<[1.000000e+00, 2.000000e+00, 2.000000e+00, 1.000000e+00]>
// CHECK: %[[R:.*]] = onnx.node "Resize"(%arg0, %{{.*}}, %[[SCALES]]) {{.*}} -> tensor<1x4x6x2xui8>
// CHECK: lowbit.transpose %[[R]] [0, 3, 1, 2] : tensor<1x4x6x2xui8> -> tensor<1x2x4x6xui8>
func.func @resize(%x: tensor<1x2x3x2xui8>) -> tensor<1x2x4x6xui8> {
  %none = onnx.constant dense<> : tensor<0xf32>
  %scales = onnx.constant dense<[1.0, 1.0, 2.0, 2.0]> : tensor<4xf32>
  %0 = lowbit.transpose %x [0, 3, 1, 2] : tensor<1x2x3x2xui8> -> tensor<1x2x2x3xui8>
  %1 = onnx.node "Resize"(%0, %none, %scales) {attributes = {coordinate_transformation_mode = "asymmetric", mode = "nearest", nearest_mode = "floor"}, since_version = 11 : i64} : (tensor<1x2x2x3xui8>, tensor<0xf32>, tensor<4xf32>) -> tensor<1x2x4x6xui8>
  return %1 : tensor<1x2x4x6xui8>
}

// -----

// A depthwise convolution asked for channels last: the two cancel.
// CHECK-LABEL: @cancelled
// CHECK-NOT: ranspose
// CHECK: return %arg0, %arg1
func.func @cancelled(%x: tensor<1x4x6x2xui8>, %y: tensor<1x4x6x2xi32>) -> (tensor<1x4x6x2xui8>, tensor<1x4x6x2xi32>) {
  %0 = lowbit.transpose %x [0, 3, 1, 2] : tensor<1x4x6x2xui8> -> tensor<1x2x4x6xui8>
  %1 = lowbit.transpose %0 [0, 2, 3, 1] : tensor<1x2x4x6xui8> -> tensor<1x4x6x2xui8>
  %2 = onnx.node "Transpose"(%y) {attributes = {perm = array<i64: 0, 3, 1, 2>}, since_version = 13 : i64} : (tensor<1x4x6x2xi32>) -> tensor<1x2x4x6xi32>
  %3 = onnx.node "Transpose"(%2) {attributes = {perm = array<i64: 0, 2, 3, 1>}, since_version = 13 : i64} : (tensor<1x2x4x6xi32>) -> tensor<1x4x6x2xi32>
  return %1, %3 : tensor<1x4x6x2xui8>, tensor<1x4x6x2xi32>
}

// -----

// Other permutations, floats, sums of which another summand has channels second, and matrices stay.
// CHECK-LABEL: @untouched
// CHECK: lowbit.transpose
// CHECK: lowbit.pool {{.*}} pads[0, 0, 0, 0]> : tensor<1x4x2x6xui8>
// CHECK: onnx.node "Transpose"
// CHECK: onnx.node "Resize"{{.*}} -> tensor<1x2x8x12xf32>
// CHECK: lowbit.transpose
// CHECK: lowbit.requantize {{.*}} {axis = 1 : i64
func.func @untouched(%x: tensor<1x4x6x2xui8>, %f: tensor<1x4x6x2xf32>, %y: tensor<1x2x4x6xui8>) -> (tensor<1x4x2x6xui8>, tensor<1x2x8x12xf32>, tensor<1x2x4x6xui4>) {
  %none = onnx.constant dense<> : tensor<0xf32>
  %scales = onnx.constant dense<[1.0, 1.0, 2.0, 2.0]> : tensor<4xf32>
  %0 = lowbit.transpose %x [0, 1, 3, 2] : tensor<1x4x6x2xui8> -> tensor<1x4x2x6xui8>
  %1 = lowbit.pool %0 window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x2x6xui8> -> tensor<1x4x2x6xui8>
  %2 = onnx.node "Transpose"(%f) {attributes = {perm = array<i64: 0, 3, 1, 2>}, since_version = 13 : i64} : (tensor<1x4x6x2xf32>) -> tensor<1x2x4x6xf32>
  %3 = onnx.node "Resize"(%2, %none, %scales) {attributes = {mode = "nearest"}, since_version = 11 : i64} : (tensor<1x2x4x6xf32>, tensor<0xf32>, tensor<4xf32>) -> tensor<1x2x8x12xf32>
  %4 = lowbit.transpose %x [0, 3, 1, 2] : tensor<1x4x6x2xui8> -> tensor<1x2x4x6xui8>
  %5 = lowbit.requantize %4, %y multipliers [array<i64: 1>, array<i64: 1>] addends [0] shift 4 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x2x4x6xui8>, tensor<1x2x4x6xui8>) -> tensor<1x2x4x6xui4>
  return %1, %3, %5 : tensor<1x4x2x6xui8>, tensor<1x2x8x12xf32>, tensor<1x2x4x6xui4>
}

// -----

// Patches of three lines of many channels read each code once.
// CHECK-LABEL: func.func @many_channels
// CHECK: %[[T:.+]] = lowbit.transpose %{{.*}} [0, 2, 3, 1] : tensor<1x16x4x5xui8> -> tensor<1x4x5x16xui8>
// CHECK: lowbit.patches %[[T]] {{.*}} channels_last : tensor<1x4x5x16xui8> -> tensor<1x2x3x144xui8>
func.func @many_channels(%x: tensor<1x16x4x5xui8>) -> tensor<1x2x3x144xui8> {
  %0 = lowbit.patches %x padding 0 window <size[3, 3] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x16x4x5xui8> -> tensor<1x2x3x144xui8>
  return %0 : tensor<1x2x3x144xui8>
}

// Of one line each code is read once.
// CHECK-LABEL: func.func @one_line
// CHECK-NOT: lowbit.transpose
func.func @one_line(%x: tensor<1x16x4x5xui8>) -> tensor<1x4x3x48xui8> {
  %0 = lowbit.patches %x padding 0 window <size[1, 3] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x16x4x5xui8> -> tensor<1x4x3x48xui8>
  return %0 : tensor<1x4x3x48xui8>
}

// -----

// A microcontroller has no memory for that.
module attributes {setun.target = "cortex-m4"} {
// CHECK-LABEL: func.func @no_vectors
// CHECK-NOT: lowbit.transpose
func.func @no_vectors(%x: tensor<1x16x4x5xui8>) -> tensor<1x2x3x144xui8> {
  %0 = lowbit.patches %x padding 0 window <size[3, 3] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x16x4x5xui8> -> tensor<1x2x3x144xui8>
  return %0 : tensor<1x2x3x144xui8>
}
}
