// Dequantize moves down through operators that only move elements, so that codes meet the product.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// A scale for each row becomes one for each column.
// CHECK-LABEL: @transpose
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<{{\[\[}}5.000000e-01], [2.500000e-01]]> : tensor<2x1xf32>
// CHECK: [[P:%.*]] = onnx.node "Transpose"([[S]]) {{.*}} -> tensor<1x2xf32>
// CHECK: [[T:%.*]] = lowbit.transpose %arg0 [1, 0] : tensor<2x3xsi4> -> tensor<3x2xsi4>
// CHECK: lowbit.dequantize [[T]], [[P]] : {{.*}} -> tensor<3x2xf32>
func.func @transpose(%q: tensor<2x3xsi4>) -> tensor<3x2xf32> {
  %s = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %0 = lowbit.dequantize %q, %s : (tensor<2x3xsi4>, tensor<2x1xf32>) -> tensor<2x3xf32>
  %1 = onnx.node "Transpose"(%0) {attributes = {perm = array<i64: 1, 0>}} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// -----

// Without `perm` all dimensions are reversed; one scale and one zero point stay what they are.
// CHECK-LABEL: @transpose_reverses
// CHECK: [[T:%.*]] = lowbit.transpose %arg0 [2, 1, 0] : tensor<2x3x4xui4> -> tensor<4x3x2xui4>
// CHECK: lowbit.dequantize [[T]], %{{.*}} zero_point %{{.*}} : (tensor<4x3x2xui4>, tensor<f32>, tensor<f32>) -> tensor<4x3x2xf32>
func.func @transpose_reverses(%q: tensor<2x3x4xui4>) -> tensor<4x3x2xf32> {
  %s = onnx.constant dense<0.5> : tensor<1x1xf32>
  %z = onnx.constant dense<8.0> : tensor<f32>
  %0 = lowbit.dequantize %q, %s zero_point %z : (tensor<2x3x4xui4>, tensor<1x1xf32>, tensor<f32>) -> tensor<2x3x4xf32>
  %1 = onnx.node "Transpose"(%0) : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
  return %1 : tensor<4x3x2xf32>
}

// -----

// CHECK-LABEL: @reshape
// CHECK: [[R:%.*]] = lowbit.reshape %arg0 : tensor<1x6x!lowbit.ternary> -> tensor<3x2x!lowbit.ternary>
// CHECK: lowbit.dequantize [[R]], %{{.*}} zero_point %{{.*}} : (tensor<3x2x!lowbit.ternary>, tensor<f32>, tensor<f32>) -> tensor<3x2xf32>
func.func @reshape(%q: tensor<1x6x!lowbit.ternary>) -> tensor<3x2xf32> {
  %s = onnx.constant dense<0.5> : tensor<1x1xf32>
  %z = onnx.constant dense<1.0> : tensor<f32>
  %shape = onnx.constant dense<[3, 2]> : tensor<2xi64>
  %0 = lowbit.dequantize %q, %s zero_point %z : (tensor<1x6x!lowbit.ternary>, tensor<1x1xf32>, tensor<f32>) -> tensor<1x6xf32>
  %1 = onnx.node "Reshape"(%0, %shape) : (tensor<1x6xf32>, tensor<2xi64>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// -----

// CHECK-LABEL: @flatten
// CHECK: [[R:%.*]] = lowbit.reshape %arg0 : tensor<1x6x!lowbit.ternary> -> tensor<6x1x!lowbit.ternary>
// CHECK: lowbit.dequantize [[R]], %{{.*}} zero_point %{{.*}} : (tensor<6x1x!lowbit.ternary>, tensor<f32>, tensor<f32>) -> tensor<6x1xf32>
func.func @flatten(%q: tensor<1x6x!lowbit.ternary>) -> tensor<6x1xf32> {
  %s = onnx.constant dense<0.5> : tensor<1x1xf32>
  %z = onnx.constant dense<1.0> : tensor<f32>
  %0 = lowbit.dequantize %q, %s zero_point %z : (tensor<1x6x!lowbit.ternary>, tensor<1x1xf32>, tensor<f32>) -> tensor<1x6xf32>
  %1 = onnx.node "Flatten"(%0) {attributes = {axis = 2 : i64}} : (tensor<1x6xf32>) -> tensor<6x1xf32>
  return %1 : tensor<6x1xf32>
}

// -----

// CHECK-LABEL: @squeeze
// CHECK: [[R:%.*]] = lowbit.reshape %arg0 : tensor<1x6x!lowbit.ternary> -> tensor<6x!lowbit.ternary>
// CHECK: lowbit.dequantize [[R]], %{{.*}} zero_point %{{.*}} : (tensor<6x!lowbit.ternary>, tensor<f32>, tensor<f32>) -> tensor<6xf32>
func.func @squeeze(%q: tensor<1x6x!lowbit.ternary>) -> tensor<6xf32> {
  %s = onnx.constant dense<0.5> : tensor<1x1xf32>
  %z = onnx.constant dense<1.0> : tensor<f32>
  %0 = lowbit.dequantize %q, %s zero_point %z : (tensor<1x6x!lowbit.ternary>, tensor<1x1xf32>, tensor<f32>) -> tensor<1x6xf32>
  %1 = onnx.node "Squeeze"(%0) : (tensor<1x6xf32>) -> tensor<6xf32>
  return %1 : tensor<6xf32>
}

// -----

// CHECK-LABEL: @unsqueeze
// CHECK: [[R:%.*]] = lowbit.reshape %arg0 : tensor<1x6x!lowbit.ternary> -> tensor<1x1x6x1x!lowbit.ternary>
// CHECK: lowbit.dequantize [[R]], %{{.*}} zero_point %{{.*}} : (tensor<1x1x6x1x!lowbit.ternary>, tensor<f32>, tensor<f32>) -> tensor<1x1x6x1xf32>
func.func @unsqueeze(%q: tensor<1x6x!lowbit.ternary>) -> tensor<1x1x6x1xf32> {
  %s = onnx.constant dense<0.5> : tensor<1x1xf32>
  %z = onnx.constant dense<1.0> : tensor<f32>
  %0 = lowbit.dequantize %q, %s zero_point %z : (tensor<1x6x!lowbit.ternary>, tensor<1x1xf32>, tensor<f32>) -> tensor<1x6xf32>
  %1 = onnx.node "Unsqueeze"(%0) : (tensor<1x6xf32>) -> tensor<1x1x6x1xf32>
  return %1 : tensor<1x1x6x1xf32>
}

// -----

// Scales by column would have to be reshaped with the codes; a vector of scales does not say what it is permuted to.
// CHECK-LABEL: @many_scales
// CHECK-NOT: lowbit.reshape
// CHECK-NOT: lowbit.transpose
// CHECK: onnx.node "Flatten"
// CHECK: onnx.node "Transpose"
func.func @many_scales(%q: tensor<2x3xsi4>) -> (tensor<1x6xf32>, tensor<3x2xf32>) {
  %s = onnx.constant dense<[0.5, 0.25, 0.125]> : tensor<3xf32>
  %0 = lowbit.dequantize %q, %s : (tensor<2x3xsi4>, tensor<3xf32>) -> tensor<2x3xf32>
  %1 = onnx.node "Flatten"(%0) {attributes = {axis = 0 : i64}} : (tensor<2x3xf32>) -> tensor<1x6xf32>
  %2 = onnx.node "Transpose"(%0) : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %1, %2 : tensor<1x6xf32>, tensor<3x2xf32>
}

// -----

// A sum of products is not a code: its dequantize stays where it is.
// CHECK-LABEL: @sums
// CHECK: [[R:%.*]] = lowbit.dequantize %arg0
// CHECK: onnx.node "Transpose"([[R]])
func.func @sums(%a: tensor<2x3xi32>) -> tensor<3x2xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %0 = lowbit.dequantize %a, %s : (tensor<2x3xi32>, tensor<f32>) -> tensor<2x3xf32>
  %1 = onnx.node "Transpose"(%0) : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}
