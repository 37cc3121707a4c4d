// Attributes of windows that do not fit, and what Conv does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @rank(%x: tensor<1x4xf32>, %w: tensor<1x4xf32>) -> tensor<1x1xf32> {
  // expected-error @+1 {{Conv: expects an input and weights of one rank, 3 or more}}
  %0 = onnx.node "Conv"(%x, %w) : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// -----

func.func @kernel_shape(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x3xf32> {
  // expected-error @+1 {{Conv: kernel_shape [3] differs from that of the weights [2]}}
  %0 = onnx.node "Conv"(%x, %w) {attributes = {kernel_shape = array<i64: 3>}}
      : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %0 : tensor<1x1x3xf32>
}

// -----

func.func @groups(%x: tensor<1x4x4xf32>, %w: tensor<2x4x2xf32>) -> tensor<1x2x3xf32> {
  // expected-error @+1 {{Conv: weights [2, 4, 2] in 2 groups do not fit the 4 channels of the input}}
  %0 = onnx.node "Conv"(%x, %w) {attributes = {group = 2 : i64}}
      : (tensor<1x4x4xf32>, tensor<2x4x2xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

func.func @output_size(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x5xf32> {
  // expected-error @+1 {{Conv: the window fits 3 times into spatial dimension 0, but the output is declared with size 5}}
  %0 = onnx.node "Conv"(%x, %w) : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x5xf32>
  return %0 : tensor<1x1x5xf32>
}

// -----

func.func @output_channels(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x7x3xf32> {
  // expected-error @+1 {{Conv: the output does not fit the inputs}}
  %0 = onnx.node "Conv"(%x, %w) : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x7x3xf32>
  return %0 : tensor<1x7x3xf32>
}

// -----

func.func @strides(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x3xf32> {
  // expected-error @+1 {{Conv: attribute strides has the entry 0, expected 1 to 2147483647}}
  %0 = onnx.node "Conv"(%x, %w) {attributes = {strides = array<i64: 0>}}
      : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %0 : tensor<1x1x3xf32>
}

// -----

func.func @dilations(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x3xf32> {
  // expected-error @+1 {{Conv: attribute dilations has 2 entries, expected 1}}
  %0 = onnx.node "Conv"(%x, %w) {attributes = {dilations = array<i64: 1, 1>}}
      : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %0 : tensor<1x1x3xf32>
}

// -----

func.func @pads(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x3xf32> {
  // expected-error @+1 {{Conv: attribute pads has the entry -1, expected 0 to 2147483647}}
  %0 = onnx.node "Conv"(%x, %w) {attributes = {pads = array<i64: 0, -1>}}
      : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %0 : tensor<1x1x3xf32>
}

// -----

func.func @auto_pad(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x3xf32> {
  // expected-error @+1 {{Conv: auto_pad 'SAME' is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID}}
  %0 = onnx.node "Conv"(%x, %w) {attributes = {auto_pad = "SAME"}}
      : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x3xf32>
  return %0 : tensor<1x1x3xf32>
}

// -----

func.func @bias(%x: tensor<1x1x4xf32>, %w: tensor<3x1x2xf32>, %b: tensor<2xf32>) -> tensor<1x3x3xf32> {
  // expected-error @+1 {{Conv: the bias must hold one number for each of the 3 outputs}}
  %0 = onnx.node "Conv"(%x, %w, %b) : (tensor<1x1x4xf32>, tensor<3x1x2xf32>, tensor<2xf32>) -> tensor<1x3x3xf32>
  return %0 : tensor<1x3x3xf32>
}

// -----

func.func @integers(%x: tensor<1x1x4xsi8>, %w: tensor<1x1x2xsi8>) -> tensor<1x1x3xsi8> {
  // expected-error @+1 {{Conv: expects floats of one type, not 'si8' and 'si8'}}
  %0 = onnx.node "Conv"(%x, %w) : (tensor<1x1x4xsi8>, tensor<1x1x2xsi8>) -> tensor<1x1x3xsi8>
  return %0 : tensor<1x1x3xsi8>
}

// -----

func.func @empty(%x: tensor<1x0x4xf32>, %w: tensor<2x0x2xf32>) -> tensor<1x2x3xf32> {
  // expected-error @+1 {{Conv: input and weights must not be empty}}
  %0 = onnx.node "Conv"(%x, %w) : (tensor<1x0x4xf32>, tensor<2x0x2xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}
