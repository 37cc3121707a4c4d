// What pools do not accept; windows are in convolution-errors.mlir.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @kernel_missing(%x: tensor<1x2x6xf32>) -> tensor<1x2x3xf32> {
  // expected-error @+1 {{MaxPool: attribute kernel_shape is missing}}
  %0 = onnx.node "MaxPool"(%x) : (tensor<1x2x6xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

func.func @kernel_size(%x: tensor<1x2x6xf32>) -> tensor<1x2x3xf32> {
  // expected-error @+1 {{MaxPool: the kernel has the size 0, expected 1 to 2147483647}}
  %0 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 0>}} : (tensor<1x2x6xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

func.func @kernel_rank(%x: tensor<1x2x6xf32>) -> tensor<1x2x3xf32> {
  // expected-error @+1 {{MaxPool: input, kernel and output differ in rank}}
  %0 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 2, 2>}} : (tensor<1x2x6xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

func.func @output(%x: tensor<1x2x6xf32>) -> tensor<1x3x6xf32> {
  // expected-error @+1 {{MaxPool: expects an input of rank 3 or more and an output like it}}
  %0 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 1>}} : (tensor<1x2x6xf32>) -> tensor<1x3x6xf32>
  return %0 : tensor<1x3x6xf32>
}

// -----

func.func @indices(%x: tensor<1x2x6xf32>) -> (tensor<1x2x6xf32>, tensor<1x2x6xsi32>) {
  // expected-error @+1 {{MaxPool: Indices must be i64 in the shape of the output}}
  %0:2 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 1>}}
      : (tensor<1x2x6xf32>) -> (tensor<1x2x6xf32>, tensor<1x2x6xsi32>)
  return %0#0, %0#1 : tensor<1x2x6xf32>, tensor<1x2x6xsi32>
}

// -----

func.func @empty(%x: tensor<1x2x0xf32>) -> tensor<1x2x1xf32> {
  // expected-error @+1 {{AveragePool: the input must not be empty}}
  %0 = onnx.node "AveragePool"(%x) {attributes = {kernel_shape = array<i64: 1>, pads = array<i64: 0, 1>}}
      : (tensor<1x2x0xf32>) -> tensor<1x2x1xf32>
  return %0 : tensor<1x2x1xf32>
}

// -----

func.func @integers(%x: tensor<1x2x6xsi8>) -> tensor<1x2x6xsi8> {
  // expected-error @+1 {{AveragePool: only floats are supported, not 'si8'}}
  %0 = onnx.node "AveragePool"(%x) {attributes = {kernel_shape = array<i64: 1>}} : (tensor<1x2x6xsi8>) -> tensor<1x2x6xsi8>
  return %0 : tensor<1x2x6xsi8>
}

// -----

func.func @lp_power(%x: tensor<1x2x6xf32>) -> tensor<1x2x6xf32> {
  // expected-error @+1 {{LpPool: p must be a whole number from 1 to 64}}
  %0 = onnx.node "LpPool"(%x) {attributes = {kernel_shape = array<i64: 1>, p = 65 : i64}}
      : (tensor<1x2x6xf32>) -> tensor<1x2x6xf32>
  return %0 : tensor<1x2x6xf32>
}
