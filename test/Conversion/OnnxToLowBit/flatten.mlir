// Behind a flattened Transpose the weights take the order of the image.
// RUN: setun-opt %s --convert-onnx-to-lowbit --canonicalize --split-input-file | FileCheck %s

// Elements (0, 0), (0, 1), (1, 0), (1, 1) of an image are 0, 2, 1, 3 of the transposed one.
// CHECK-LABEL: @flatten
// CHECK: [[W:%.*]] = lowbit.constant dense_resource<{{.*}}> : tensor<2x4xui4>
// CHECK: [[R:%.*]] = onnx.node "Reshape"(%arg0, {{.*}} -> tensor<3x4xf32>
// CHECK: [[Q:%.*]] = lowbit.quantize [[R]]
// CHECK: lowbit.matmul [[Q]], [[W]]
// CHECK: {{"0x........0103020405070608"}}
func.func @flatten(%x: tensor<3x2x2xf32>) -> tensor<3x2xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<si8>
  %w = onnx.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8]]> : tensor<2x4xsi8>
  %shape = onnx.constant dense<[3, 4]> : tensor<2xi64>
  %t = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 0, 2, 1>}} : (tensor<3x2x2xf32>) -> tensor<3x2x2xf32>
  %r = onnx.node "Reshape"(%t, %shape) : (tensor<3x2x2xf32>, tensor<2xi64>) -> tensor<3x4xf32>
  %q = onnx.node "QuantizeLinear"(%r, %one, %z) : (tensor<3x4xf32>, tensor<f32>, tensor<si8>) -> tensor<3x4xsi8>
  %d = onnx.node "DequantizeLinear"(%q, %one, %z) : (tensor<3x4xsi8>, tensor<f32>, tensor<si8>) -> tensor<3x4xf32>
  %v = onnx.node "DequantizeLinear"(%w, %one, %z) : (tensor<2x4xsi8>, tensor<f32>, tensor<si8>) -> tensor<2x4xf32>
  %y = onnx.node "Gemm"(%d, %v) {attributes = {transB = 1 : i64}} : (tensor<3x4xf32>, tensor<2x4xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}

// -----

// Rows that change places stay.
// CHECK-LABEL: @rows_move
// CHECK: "Transpose"
func.func @rows_move(%x: tensor<2x3x2xf32>) -> tensor<3x2xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<si8>
  %w = onnx.constant dense<[[1, 2, 3, 4], [5, 6, 7, 8]]> : tensor<2x4xsi8>
  %shape = onnx.constant dense<[3, 4]> : tensor<2xi64>
  %t = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 1, 0, 2>}} : (tensor<2x3x2xf32>) -> tensor<3x2x2xf32>
  %r = onnx.node "Reshape"(%t, %shape) : (tensor<3x2x2xf32>, tensor<2xi64>) -> tensor<3x4xf32>
  %q = onnx.node "QuantizeLinear"(%r, %one, %z) : (tensor<3x4xf32>, tensor<f32>, tensor<si8>) -> tensor<3x4xsi8>
  %d = onnx.node "DequantizeLinear"(%q, %one, %z) : (tensor<3x4xsi8>, tensor<f32>, tensor<si8>) -> tensor<3x4xf32>
  %v = onnx.node "DequantizeLinear"(%w, %one, %z) : (tensor<2x4xsi8>, tensor<f32>, tensor<si8>) -> tensor<2x4xf32>
  %y = onnx.node "Gemm"(%d, %v) {attributes = {transB = 1 : i64}} : (tensor<3x4xf32>, tensor<2x4xf32>) -> tensor<3x2xf32>
  return %y : tensor<3x2xf32>
}
