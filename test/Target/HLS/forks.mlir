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
