// What MaxUnpool does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @indices(%x: tensor<1x2x2xf32>, %i: tensor<1x2x3xsi64>) -> tensor<1x2x4xf32> {
  // expected-error @+1 {{MaxUnpool: expects a non-empty input of rank 3 or more and int64 indices of its shape}}
  %0 = onnx.node "MaxUnpool"(%x, %i) {attributes = {kernel_shape = array<i64: 2>}}
      : (tensor<1x2x2xf32>, tensor<1x2x3xsi64>) -> tensor<1x2x4xf32>
  return %0 : tensor<1x2x4xf32>
}

// -----

func.func @size(%x: tensor<1x2x2xf32>, %i: tensor<1x2x2xsi64>) -> tensor<1x2x3xf32> {
  // expected-error @+1 {{MaxUnpool: dimension 2 becomes 4, but the output is declared with size 3}}
  %0 = onnx.node "MaxUnpool"(%x, %i) {attributes = {kernel_shape = array<i64: 2>, strides = array<i64: 2>}}
      : (tensor<1x2x2xf32>, tensor<1x2x2xsi64>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}
