// Without detection float weights of few levels stay float, and the layer says why; codes of the graph are used as before.
// RUN: setun-opt %s --convert-onnx-to-lowbit=detect-levels=false | FileCheck %s

// CHECK: module {
// CHECK-LABEL: @float_weights
// CHECK: onnx.node "MatMul"
// CHECK-NOT: lowbit.matmul
func.func @float_weights(%q: tensor<2x4xsi8>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5, 0.0], [0.0, -0.5], [-0.5, 0.5], [0.5, -0.0]]> : tensor<4x2xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// CHECK-LABEL: @codes
// CHECK: lowbit.matmul
func.func @codes(%q: tensor<2x4xsi8>, %c: tensor<4x2xsi8>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %w = lowbit.dequantize %c, %s : (tensor<4x2xsi8>, tensor<f32>) -> tensor<4x2xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
