// Constants are folded together, unused nodes go, random tensors stay apart.
// RUN: setun-opt %s -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func @constants
func.func @constants() -> (tensor<1xf32>, tensor<1xf32>) {
  // CHECK: %[[C:.*]] = onnx.constant dense<5.000000e-01> : tensor<1xf32>
  // CHECK-NEXT: return %[[C]], %[[C]]
  %0 = onnx.constant dense<0.5> : tensor<1xf32>
  %1 = onnx.constant dense<0.5> : tensor<1xf32>
  return %0, %1 : tensor<1xf32>, tensor<1xf32>
}

// CHECK-LABEL: func @unused
func.func @unused(%x: tensor<2xf32>) {
  // CHECK-NEXT: return
  %none = onnx.none
  %0 = onnx.node "Clip"(%x, %none) : (tensor<2xf32>, none) -> tensor<2xf32>
  %1 = onnx.node "RandomUniform"() {attributes = {shape = array<i64: 2>}} : () -> tensor<2xf32>
  return
}

// CHECK-LABEL: func @equal_nodes
func.func @equal_nodes(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  // CHECK: %[[R:.*]] = onnx.node "Relu"
  // CHECK-NEXT: return %[[R]], %[[R]]
  %0 = onnx.node "Relu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %1 = onnx.node "Relu"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: func @random
func.func @random() -> (tensor<2xf32>, tensor<2xf32>) {
  // CHECK-COUNT-2: onnx.node "RandomUniform"
  %0 = onnx.node "RandomUniform"() {attributes = {shape = array<i64: 2>}} : () -> tensor<2xf32>
  %1 = onnx.node "RandomUniform"() {attributes = {shape = array<i64: 2>}} : () -> tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}
