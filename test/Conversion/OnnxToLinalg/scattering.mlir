// ScatterElements, ScatterND, TensorScatter.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// One update after the other, into the data; the index is clamped.
// CHECK-LABEL: @elements
// CHECK: scf.for %[[I:.*]] = %c0 to %c2 {{.*}} iter_args(%[[ROW:.*]] = %arg0)
// CHECK: scf.for %[[J:.*]] = %c0{{.*}} to %c3{{.*}} iter_args(%[[DATA:.*]] = %[[ROW]])
// CHECK: tensor.extract %arg1[%[[I]], %[[J]]]
// CHECK: arith.maxsi
// CHECK: arith.minsi {{.*}} %c4_i64
// CHECK: %[[UPDATE:.*]] = tensor.extract %arg2[%[[I]], %[[J]]]
// CHECK: %[[OLD:.*]] = tensor.extract %[[DATA]][%[[TO:.*]], %[[J]]]
// CHECK: %[[SUM:.*]] = arith.addf %[[OLD]], %[[UPDATE]]
// CHECK: tensor.insert %[[SUM]] into %[[DATA]][%[[TO]], %[[J]]]
func.func @elements(%x: tensor<5x3xf32>, %indices: tensor<2x3xi64>, %updates: tensor<2x3xf32>) -> tensor<5x3xf32> {
  %0 = onnx.node "ScatterElements"(%x, %indices, %updates) {attributes = {reduction = "add"}} : (tensor<5x3xf32>, tensor<2x3xi64>, tensor<2x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// A last dimension of 2 holds whole positions.
// CHECK-LABEL: @nd
// CHECK: scf.for %[[I:.*]] = %c0 to %c4
// CHECK: tensor.extract %arg1[%[[I]], %c0
// CHECK: tensor.extract %arg1[%[[I]], %c1
// CHECK: %[[UPDATE:.*]] = tensor.extract %arg2[%[[I]]]
// CHECK: tensor.insert %[[UPDATE]]
func.func @nd(%x: tensor<5x3xf32>, %indices: tensor<4x2xi64>, %updates: tensor<4xf32>) -> tensor<5x3xf32> {
  %0 = onnx.node "ScatterND"(%x, %indices, %updates) : (tensor<5x3xf32>, tensor<4x2xi64>, tensor<4xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// The circular position of a row that is appended to a cache.
// CHECK-LABEL: @cache
// CHECK: tensor.extract %arg2
// CHECK: arith.minsi {{.*}} %c7_i64
// CHECK: %[[SUM:.*]] = arith.addi
// CHECK: arith.remui %[[SUM]], %c8
func.func @cache(%x: tensor<2x8x3xf32>, %row: tensor<2x1x3xf32>, %at: tensor<2xi64>) -> tensor<2x8x3xf32> {
  %0 = onnx.node "TensorScatter"(%x, %row, %at) {attributes = {mode = "circular"}} : (tensor<2x8x3xf32>, tensor<2x1x3xf32>, tensor<2xi64>) -> tensor<2x8x3xf32>
  return %0 : tensor<2x8x3xf32>
}

// Nothing to write.
// CHECK-LABEL: @none
// CHECK-NEXT: return %arg0
func.func @none(%x: tensor<5x3xf32>, %indices: tensor<0x3xi64>, %updates: tensor<0x3xf32>) -> tensor<5x3xf32> {
  %0 = onnx.node "Scatter"(%x, %indices, %updates) : (tensor<5x3xf32>, tensor<0x3xi64>, tensor<0x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}
