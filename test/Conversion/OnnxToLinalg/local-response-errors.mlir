// What LRN does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @size(%x: tensor<1x5x3xf32>) -> tensor<1x5x3xf32> {
  // expected-error @+1 {{LRN: size must be at least 1, not 0}}
  %0 = onnx.node "LRN"(%x) : (tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  return %0 : tensor<1x5x3xf32>
}

// -----

func.func @beta(%x: tensor<1x5x3xf32>) -> tensor<1x5x3xf32> {
  // expected-error @+1 {{LRN: beta must lie between -16 and 16}}
  %0 = onnx.node "LRN"(%x) {attributes = {size = 3 : i64, beta = 17.0 : f32}} : (tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  return %0 : tensor<1x5x3xf32>
}
