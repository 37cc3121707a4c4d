// What only chooses and moves elements works on codes; what does nothing to codes goes.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// CHECK-LABEL: @movement
// CHECK-DAG: onnx.node "Slice"(%arg0, {{.*}} -> tensor<1x2x2x!lowbit.ternary>
// CHECK-DAG: onnx.node "Gather"(%arg0, {{.*}} -> tensor<1x3x4x!lowbit.ternary>
// CHECK-DAG: onnx.node "Resize"(%arg0, {{.*}} -> tensor<1x2x8x!lowbit.ternary>
// CHECK-DAG: [[PARTS:%.*]]:2 = onnx.node "Split"(%arg0) {{.*}} -> (tensor<1x2x1x!lowbit.ternary>, tensor<1x2x3x!lowbit.ternary>)
// CHECK-DAG: lowbit.dequantize [[PARTS]]#1, %{{.*}} : (tensor<1x2x3x!lowbit.ternary>, tensor<f32>) -> tensor<1x2x3xf32>
func.func @movement(%q: tensor<1x2x4x!lowbit.ternary>) -> (tensor<1x2x2xf32>, tensor<1x3x4xf32>, tensor<1x2x8xf32>, tensor<1x2x1xf32>, tensor<1x2x3xf32>) {
  %s = onnx.constant dense<0.5> : tensor<1x1x1xf32>
  %one = onnx.constant dense<[1]> : tensor<1xi64>
  %three = onnx.constant dense<[3]> : tensor<1xi64>
  %two = onnx.constant dense<[2]> : tensor<1xi64>
  %rows = onnx.constant dense<[1, 0, 1]> : tensor<3xi64>
  %none = onnx.none
  %sizes = onnx.constant dense<[1, 2, 8]> : tensor<3xi64>
  %x = lowbit.dequantize %q, %s : (tensor<1x2x4x!lowbit.ternary>, tensor<1x1x1xf32>) -> tensor<1x2x4xf32>
  %0 = onnx.node "Slice"(%x, %one, %three, %two) {since_version = 13 : i64} : (tensor<1x2x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x2x2xf32>
  %1 = onnx.node "Gather"(%x, %rows) {attributes = {axis = 1 : i64}} : (tensor<1x2x4xf32>, tensor<3xi64>) -> tensor<1x3x4xf32>
  %2 = onnx.node "Resize"(%x, %none, %none, %sizes) {attributes = {mode = "nearest"}} : (tensor<1x2x4xf32>, none, none, tensor<3xi64>) -> tensor<1x2x8xf32>
  %3:2 = onnx.node "Split"(%x) {attributes = {axis = 2 : i64, split = array<i64: 1, 3>}, since_version = 2 : i64} : (tensor<1x2x4xf32>) -> (tensor<1x2x1xf32>, tensor<1x2x3xf32>)
  return %0, %1, %2, %3#0, %3#1 : tensor<1x2x2xf32>, tensor<1x3x4xf32>, tensor<1x2x8xf32>, tensor<1x2x1xf32>, tensor<1x2x3xf32>
}

// -----

// Interpolation makes new numbers; scales for each channel would have to be chosen, too.
// CHECK-LABEL: @no_movement
// CHECK: onnx.node "Resize"{{.*}} -> tensor<1x2x8xf32>
// CHECK: onnx.node "Gather"{{.*}} -> tensor<1x3x4xf32>
func.func @no_movement(%q: tensor<1x2x4xui4>) -> (tensor<1x2x8xf32>, tensor<1x3x4xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %c = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %none = onnx.none
  %sizes = onnx.constant dense<[1, 2, 8]> : tensor<3xi64>
  %rows = onnx.constant dense<[1, 0, 1]> : tensor<3xi64>
  %x = lowbit.dequantize %q, %s : (tensor<1x2x4xui4>, tensor<f32>) -> tensor<1x2x4xf32>
  %y = lowbit.dequantize %q, %c : (tensor<1x2x4xui4>, tensor<2x1xf32>) -> tensor<1x2x4xf32>
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {attributes = {mode = "linear"}} : (tensor<1x2x4xf32>, none, none, tensor<3xi64>) -> tensor<1x2x8xf32>
  %1 = onnx.node "Gather"(%y, %rows) {attributes = {axis = 1 : i64}} : (tensor<1x2x4xf32>, tensor<3xi64>) -> tensor<1x3x4xf32>
  return %0, %1 : tensor<1x2x8xf32>, tensor<1x3x4xf32>
}

// -----

// CHECK-LABEL: @concat
// CHECK: [[C:%.*]] = onnx.node "Concat"(%arg0, %arg1) {{.*}} -> tensor<5xui4>
// CHECK: lowbit.dequantize [[C]], %{{.*}} zero_point %{{.*}} : (tensor<5xui4>, tensor<f32>, tensor<f32>) -> tensor<5xf32>
// CHECK: onnx.node "Concat"{{.*}} -> tensor<5xf32>
func.func @concat(%a: tensor<2xui4>, %b: tensor<3xui4>) -> (tensor<5xf32>, tensor<5xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %s1 = onnx.constant dense<0.5> : tensor<1xf32>
  %t = onnx.constant dense<0.25> : tensor<f32>
  %z = onnx.constant dense<3.0> : tensor<f32>
  %0 = lowbit.dequantize %a, %s zero_point %z : (tensor<2xui4>, tensor<f32>, tensor<f32>) -> tensor<2xf32>
  %1 = lowbit.dequantize %b, %s1 zero_point %z : (tensor<3xui4>, tensor<1xf32>, tensor<f32>) -> tensor<3xf32>
  %2 = lowbit.dequantize %b, %t zero_point %z : (tensor<3xui4>, tensor<f32>, tensor<f32>) -> tensor<3xf32>
  %3 = onnx.node "Concat"(%0, %1) {attributes = {axis = 0 : i64}} : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  %4 = onnx.node "Concat"(%0, %2) {attributes = {axis = 0 : i64}} : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  return %3, %4 : tensor<5xf32>, tensor<5xf32>
}

// -----

// The largest code is the largest number, with a positive scale for each channel. ceil_mode adds to the pads.
// CHECK-LABEL: @max_pool
// CHECK-DAG: [[A:%.*]] = lowbit.pool %arg0 window <size[2] strides[2] dilations[1] pads[0, 1]> : tensor<1x2x5xui4> -> tensor<1x2x3xui4>
// CHECK-DAG: lowbit.dequantize [[A]], %{{.*}} : (tensor<1x2x3xui4>, tensor<2x1xf32>) -> tensor<1x2x3xf32>
// CHECK-DAG: onnx.node "MaxPool"
func.func @max_pool(%q: tensor<1x2x5xui4>) -> (tensor<1x2x3xf32>, tensor<1x2x2xf32>) {
  %c = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %n = onnx.constant dense<[[0.5], [-0.25]]> : tensor<2x1xf32>
  %x = lowbit.dequantize %q, %c : (tensor<1x2x5xui4>, tensor<2x1xf32>) -> tensor<1x2x5xf32>
  %y = lowbit.dequantize %q, %n : (tensor<1x2x5xui4>, tensor<2x1xf32>) -> tensor<1x2x5xf32>
  %0 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 2>, strides = array<i64: 2>, ceil_mode = 1 : i64}} : (tensor<1x2x5xf32>) -> tensor<1x2x3xf32>
  %1 = onnx.node "MaxPool"(%y) {attributes = {kernel_shape = array<i64: 2>, strides = array<i64: 2>}} : (tensor<1x2x5xf32>) -> tensor<1x2x2xf32>
  return %0, %1 : tensor<1x2x3xf32>, tensor<1x2x2xf32>
}

// -----

// Codes from the zero point up are not negative. Quantising what was dequantised by the same numbers gives the code;
// by other numbers it may not.
// CHECK-LABEL: @nothing_to_do
// CHECK-DAG: [[R:%.*]] = lowbit.dequantize %arg0, %{{.*}} : (tensor<4xui4>
// CHECK-DAG: [[T:%.*]] = lowbit.quantize
// CHECK-DAG: [[N:%.*]] = onnx.node "Relu"
// CHECK: return [[R]], %arg0, [[T]], [[N]]
func.func @nothing_to_do(%q: tensor<4xui4>) -> (tensor<4xf32>, tensor<4xui4>, tensor<4xui4>, tensor<4xf32>) {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %t = onnx.constant dense<0.4> : tensor<f32>
  %z = onnx.constant dense<3.0> : tensor<f32>
  %x = lowbit.dequantize %q, %s : (tensor<4xui4>, tensor<f32>) -> tensor<4xf32>
  %y = lowbit.dequantize %q, %s zero_point %z : (tensor<4xui4>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %0 = onnx.node "Relu"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = lowbit.quantize %y, %s zero_point %z : (tensor<4xf32>, tensor<f32>, tensor<f32>) -> tensor<4xui4>
  %2 = lowbit.quantize %x, %t : (tensor<4xf32>, tensor<f32>) -> tensor<4xui4>
  %3 = onnx.node "Relu"(%y) : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xui4>, tensor<4xui4>, tensor<4xf32>
}
