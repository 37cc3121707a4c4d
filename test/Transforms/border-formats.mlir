// RUN: setun-opt %s --pass-pipeline='builtin.module(onnx-border-formats{inputs=uint8 output=argmax})' --split-input-file | FileCheck %s

// (Scales and means: test/Driver/border-formats.test.) A softmax and its quantisers are dropped.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:.*]]: tensor<1x10xui8> {onnx.name = "x"}) -> (tensor<1xi64> {onnx.name = "y"})
// CHECK: %[[SCALE:.*]] = onnx.constant dense<1.000000e+00> : tensor<f32>
// CHECK: %[[REAL:.*]] = lowbit.dequantize %[[X]], %[[SCALE]] :
// CHECK: %[[RELU:.*]] = onnx.node "Relu"(%[[REAL]])
// CHECK: %[[INDEX:.*]] = onnx.node "ArgMax"(%[[RELU]]) {attributes = {axis = 1 : i64, keepdims = 0 : i64}
// CHECK-NEXT: return %[[INDEX]] : tensor<1xi64>
func.func @main(%x: tensor<1x10xf32> {onnx.name = "x"}) -> (tensor<1x10xf32> {onnx.name = "y"}) {
  %s = onnx.constant dense<0.25> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<ui8>
  %relu = onnx.node "Relu"(%x) {since_version = 14 : i64} : (tensor<1x10xf32>) -> tensor<1x10xf32>
  %p = onnx.node "Softmax"(%relu) {since_version = 13 : i64} : (tensor<1x10xf32>) -> tensor<1x10xf32>
  %q = onnx.node "QuantizeLinear"(%p, %s, %z) {since_version = 13 : i64} : (tensor<1x10xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x10xui8>
  %y = onnx.node "DequantizeLinear"(%q, %s, %z) {since_version = 13 : i64} : (tensor<1x10xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x10xf32>
  return %y : tensor<1x10xf32>
}

// -----

// Quantisers without a softmax stay: they decide ties. Images have their scores along the second dimension.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: -> (tensor<1x4x4xi64>
// CHECK: %[[Q:.*]] = onnx.node "DequantizeLinear"
// CHECK: onnx.node "ArgMax"(%[[Q]]) {attributes = {axis = 1 : i64, keepdims = 0 : i64}
func.func @main(%x: tensor<1x3x4x4xf32> {onnx.name = "x"}) -> (tensor<1x3x4x4xf32> {onnx.name = "y"}) {
  %s = onnx.constant dense<0.25> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<ui8>
  %q = onnx.node "QuantizeLinear"(%x, %s, %z) {since_version = 13 : i64} : (tensor<1x3x4x4xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x3x4x4xui8>
  %y = onnx.node "DequantizeLinear"(%q, %s, %z) {since_version = 13 : i64} : (tensor<1x3x4x4xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x3x4x4xf32>
  return %y : tensor<1x3x4x4xf32>
}
