// onnxruntime's MatMulNBits: a product of codes where the left side is codes and each output has one scale.
// RUN: setun-opt %s --convert-onnx-to-lowbit --canonicalize --split-input-file | FileCheck %s

// Output 0: 2 bits 2, 1, 3, 2, ... minus 2 are 0, -1, 1, 0; output 1 begins with 1, 1, 3, 3. Two blocks of 16; K = 20.
// CHECK-LABEL: @ternary
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[NAME:.*]]> : tensor<2x20x!lowbit.ternary>
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<[2.500000e-01, 5.000000e-01]> : tensor<2xf32>
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0
// CHECK: [[P:%.*]] = lowbit.matmul [[Q]], [[W]]
// CHECK: [[D:%.*]] = lowbit.dequantize [[P]], [[S]]
// CHECK: onnx.node "Add"([[D]], {{%.*}})
// CHECK: [[NAME]]: "0x{{........}}00FF010000FF010000FF010000FF010000FF0100FFFF0101FFFF0101FFFF0101FFFF0101FFFF0101"
func.func @ternary(%x: tensor<1x20xf32>) -> tensor<1x2xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %none = onnx.none
  %b = onnx.constant dense<[[[182, 182, 182, 182], [182, 0, 0, 0]], [[245, 245, 245, 245], [245, 0, 0, 0]]]> : tensor<2x2x4xui8>
  %s = onnx.constant dense<[[0.25, 0.25], [0.5, 0.5]]> : tensor<2x2xf32>
  %bias = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %z = onnx.constant dense<0> : tensor<si8>
  %q = onnx.node "QuantizeLinear"(%x, %one, %z) : (tensor<1x20xf32>, tensor<f32>, tensor<si8>) -> tensor<1x20xsi8>
  %d = onnx.node "DequantizeLinear"(%q, %one, %z) : (tensor<1x20xsi8>, tensor<f32>, tensor<si8>) -> tensor<1x20xf32>
  %y = onnx.node "MatMulNBits"(%d, %b, %s, %none, %none, %bias) {domain = "com.microsoft", attributes = {N = 2 : i64, K = 20 : i64, bits = 2 : i64, block_size = 16 : i64}} : (tensor<1x20xf32>, tensor<2x2x4xui8>, tensor<2x2xf32>, none, none, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Blocks of different scales, and activations that are no codes, are multiplied as floats.
// CHECK-LABEL: @kept
// CHECK-COUNT-2: lowbit.block_matmul {{.*}} zero_point 2 floats
func.func @kept(%x: tensor<1x20xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>) {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %b = onnx.constant dense<182> : tensor<1x2x4xui8>
  %s = onnx.constant dense<[[0.25, 0.5]]> : tensor<1x2xf32>
  %t = onnx.constant dense<0.5> : tensor<1x2xf32>
  %z = onnx.constant dense<0> : tensor<si8>
  %q = onnx.node "QuantizeLinear"(%x, %one, %z) : (tensor<1x20xf32>, tensor<f32>, tensor<si8>) -> tensor<1x20xsi8>
  %d = onnx.node "DequantizeLinear"(%q, %one, %z) : (tensor<1x20xsi8>, tensor<f32>, tensor<si8>) -> tensor<1x20xf32>
  %0 = onnx.node "MatMulNBits"(%d, %b, %s) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 20 : i64, bits = 2 : i64, block_size = 16 : i64}} : (tensor<1x20xf32>, tensor<1x2x4xui8>, tensor<1x2xf32>) -> tensor<1x1xf32>
  %1 = onnx.node "MatMulNBits"(%x, %b, %t) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 20 : i64, bits = 2 : i64, block_size = 16 : i64}} : (tensor<1x20xf32>, tensor<1x2x4xui8>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %0, %1 : tensor<1x1xf32>, tensor<1x1xf32>
}
