// RUN: setun-opt %s --lowbit-derive-thresholds --split-input-file | FileCheck %s

// Scores that rise strictly with the sums, alike for all: the sums decide.
// CHECK-LABEL: @rising
// CHECK: %[[SUM:.*]] = lowbit.matmul
// CHECK: onnx.node "ArgMax"(%[[SUM]])
func.func @rising(%x: tensor<1x3xui2>, %w: tensor<4x3x!lowbit.ternary>) -> tensor<1xi64> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %b = onnx.constant dense<-7.0> : tensor<1xf32>
  %acc = lowbit.matmul %x, %w : tensor<1x3xui2>, tensor<4x3x!lowbit.ternary> -> tensor<1x4xi32>
  %r = lowbit.dequantize %acc, %s : (tensor<1x4xi32>, tensor<f32>) -> tensor<1x4xf32>
  %y = onnx.node "Add"(%r, %b) {since_version = 14 : i64} : (tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x4xf32>
  %i = onnx.node "ArgMax"(%y) {attributes = {axis = 1 : i64, keepdims = 0 : i64}, since_version = 13 : i64} : (tensor<1x4xf32>) -> tensor<1xi64>
  return %i : tensor<1xi64>
}

// -----

// TopK of one element, of which only the index is used.
// CHECK-LABEL: @top
// CHECK: %[[SUM:.*]] = lowbit.matmul
// CHECK: onnx.node "ArgMax"(%[[SUM]]) {attributes = {axis = -1 : i64, keepdims = 1 : i64}{{.*}} -> tensor<1x1xi64>
func.func @top(%x: tensor<1x3xui2>, %w: tensor<4x3x!lowbit.ternary>) -> tensor<1x1xi64> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %k = onnx.constant dense<1> : tensor<1xi64>
  %acc = lowbit.matmul %x, %w : tensor<1x3xui2>, tensor<4x3x!lowbit.ternary> -> tensor<1x4xi32>
  %r = lowbit.dequantize %acc, %s : (tensor<1x4xi32>, tensor<f32>) -> tensor<1x4xf32>
  %v, %i = onnx.node "TopK"(%r, %k) {attributes = {axis = -1 : i64, largest = 1 : i64, sorted = 1 : i64}, since_version = 11 : i64} : (tensor<1x4xf32>, tensor<1xi64>) -> (tensor<1x1xf32>, tensor<1x1xi64>)
  return %i : tensor<1x1xi64>
}

// -----

// Untouched: a falling score, a scale for each, 1e8 + x (two sums have one f32), the last of equal ones.
// CHECK-LABEL: @untouched
// CHECK-COUNT-4: onnx.node "ArgMax"(%{{.*}} : (tensor<1x4xf32>)
func.func @untouched(%x: tensor<1x3xui2>, %w: tensor<4x3x!lowbit.ternary>) -> (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %n = onnx.constant dense<-0.3> : tensor<f32>
  %each = onnx.constant dense<[0.1, 0.2, 0.3, 0.4]> : tensor<4xf32>
  %far = onnx.constant dense<1.0e+08> : tensor<f32>
  %acc = lowbit.matmul %x, %w : tensor<1x3xui2>, tensor<4x3x!lowbit.ternary> -> tensor<1x4xi32>
  %a = lowbit.dequantize %acc, %n : (tensor<1x4xi32>, tensor<f32>) -> tensor<1x4xf32>
  %i = onnx.node "ArgMax"(%a) {attributes = {axis = 1 : i64, keepdims = 0 : i64}, since_version = 13 : i64} : (tensor<1x4xf32>) -> tensor<1xi64>
  %b = lowbit.dequantize %acc, %each : (tensor<1x4xi32>, tensor<4xf32>) -> tensor<1x4xf32>
  %j = onnx.node "ArgMax"(%b) {attributes = {axis = 1 : i64, keepdims = 0 : i64}, since_version = 13 : i64} : (tensor<1x4xf32>) -> tensor<1xi64>
  %r = lowbit.dequantize %acc, %s : (tensor<1x4xi32>, tensor<f32>) -> tensor<1x4xf32>
  %c = onnx.node "Add"(%r, %far) {since_version = 14 : i64} : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %k = onnx.node "ArgMax"(%c) {attributes = {axis = 1 : i64, keepdims = 0 : i64}, since_version = 13 : i64} : (tensor<1x4xf32>) -> tensor<1xi64>
  %l = onnx.node "ArgMax"(%r) {attributes = {axis = 1 : i64, keepdims = 0 : i64, select_last_index = 1 : i64}, since_version = 13 : i64} : (tensor<1x4xf32>) -> tensor<1xi64>
  return %i, %j, %k, %l : tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>
}
