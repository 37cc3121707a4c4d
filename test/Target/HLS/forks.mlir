// Streams behind what writes two of them hold what the readers may wait for.

// RUN: setun-opt %s --pass-pipeline='builtin.module(convert-onnx-to-linalg{streamed-only},canonicalize,emit-hls)' --split-input-file -o /dev/null | FileCheck %s

// An exponential and a division have more steps than 64: the other branch holds twice their estimate.
// CHECK: #pragma HLS STREAM variable = input_frame_a depth = 235
// CHECK: #pragma HLS STREAM variable = input_frame_b depth = 67
func.func @main(%x: tensor<1000xf32>) -> tensor<1000xf32> {
  %0 = onnx.node "Relu"(%x) {since_version = 14 : i64} : (tensor<1000xf32>) -> tensor<1000xf32> loc("ramp")
  %1 = onnx.node "Sigmoid"(%x) {since_version = 13 : i64} : (tensor<1000xf32>) -> tensor<1000xf32> loc("curve")
  %2 = onnx.node "Add"(%0, %1) {since_version = 14 : i64} : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32> loc("sum")
  return %2 : tensor<1000xf32>
}

// -----

// Softmax wants all values before it gives one, and then an index for each.
// CHECK-LABEL: setun_hls::top_k<1, 100, 10, true>
// CHECK: #pragma HLS STREAM variable = best_values depth = 10
// CHECK: #pragma HLS STREAM variable = best_indices depth = 10
func.func @main(%x: tensor<1x100xf32>) -> tensor<1x10xf32> {
  %k = onnx.constant dense<10> : tensor<1xsi64>
  %0, %1 = onnx.node "TopK"(%x, %k) {since_version = 11 : i64} : (tensor<1x100xf32>, tensor<1xsi64>) -> (tensor<1x10xf32>, tensor<1x10xsi64>) loc("best")
  %2 = onnx.node "Softmax"(%0) {since_version = 13 : i64} : (tensor<1x10xf32>) -> tensor<1x10xf32> loc("shares")
  %3 = onnx.node "Cast"(%1) {attributes = {to = 1 : i64}, since_version = 13 : i64} : (tensor<1x10xsi64>) -> tensor<1x10xf32> loc("places")
  %4 = onnx.node "Mul"(%2, %3) {since_version = 14 : i64} : (tensor<1x10xf32>, tensor<1x10xf32>) -> tensor<1x10xf32> loc("product")
  return %4 : tensor<1x10xf32>
}

// -----

// All scales are kept before the first one is repeated.
// CHECK-LABEL: setun_hls::dynamic_quantize<3, 4,
// CHECK: #pragma HLS STREAM variable = quant_codes depth = 12
// CHECK: #pragma HLS STREAM variable = quant_scale depth = 3
func.func @main(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %codes, %scales = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<3x4xf32> -> tensor<3x4xsi8>, tensor<3x1xf32> loc("quant")
  %0 = onnx.node "Cast"(%codes) {attributes = {to = 1 : i64}, since_version = 13 : i64} : (tensor<3x4xsi8>) -> tensor<3x4xf32> loc("cast")
  %1 = onnx.node "Mul"(%0, %scales) {since_version = 14 : i64} : (tensor<3x4xf32>, tensor<3x1xf32>) -> tensor<3x4xf32> loc("back")
  return %1 : tensor<3x4xf32>
}
