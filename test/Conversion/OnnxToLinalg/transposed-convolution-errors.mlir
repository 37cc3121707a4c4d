// What ConvTranspose and Col2Im do not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @channels(%x: tensor<1x4x4xf32>, %w: tensor<3x1x2xf32>) -> tensor<1x1x5xf32> {
  // expected-error @+1 {{ConvTranspose: weights [3, 1, 2] in 1 groups do not fit the 4 channels of the input}}
  %0 = onnx.node "ConvTranspose"(%x, %w) : (tensor<1x4x4xf32>, tensor<3x1x2xf32>) -> tensor<1x1x5xf32>
  return %0 : tensor<1x1x5xf32>
}

// -----

func.func @outputs(%x: tensor<1x4x4xf32>, %w: tensor<4x1x2xf32>) -> tensor<1x3x5xf32> {
  // expected-error @+1 {{ConvTranspose: the output does not fit the inputs}}
  %0 = onnx.node "ConvTranspose"(%x, %w) : (tensor<1x4x4xf32>, tensor<4x1x2xf32>) -> tensor<1x3x5xf32>
  return %0 : tensor<1x3x5xf32>
}

// -----

func.func @size(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x7xf32> {
  // expected-error @+1 {{ConvTranspose: spatial dimension 0 becomes 5, but the output is declared with size 7}}
  %0 = onnx.node "ConvTranspose"(%x, %w) : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x7xf32>
  return %0 : tensor<1x1x7xf32>
}

// -----

func.func @auto_pad(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x5xf32> {
  // expected-error @+1 {{ConvTranspose: auto_pad 'FULL' is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID}}
  %0 = onnx.node "ConvTranspose"(%x, %w) {attributes = {auto_pad = "FULL"}}
      : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x5xf32>
  return %0 : tensor<1x1x5xf32>
}

// -----

func.func @room(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x7xf32> {
  // expected-error @+1 {{ConvTranspose: needs a buffer of shape [1, 1, 6442450943]; supported are up to 2147483647 elements}}
  %0 = onnx.node "ConvTranspose"(%x, %w) {attributes = {strides = array<i64: 2147483647>, output_shape = array<i64: 7>}}
      : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x7xf32>
  return %0 : tensor<1x1x7xf32>
}

// -----

func.func @block(%x: tensor<1x6x2xf32>) -> tensor<1x3x3xf32> {
  %image = onnx.constant dense<3> : tensor<1xi64>
  %block = onnx.constant dense<4> : tensor<1xi64>
  // expected-error @+1 {{Col2Im: the block does not fit into the image}}
  %0 = onnx.node "Col2Im"(%x, %image, %block) : (tensor<1x6x2xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x3x3xf32>
  return %0 : tensor<1x3x3xf32>
}

// -----

func.func @columns(%x: tensor<1x6x2xf32>) -> tensor<1x3x4xf32> {
  %image = onnx.constant dense<4> : tensor<1xi64>
  %block = onnx.constant dense<2> : tensor<1xi64>
  // expected-error @+1 {{Col2Im: the block fits 3 times, but the input has 2 columns of 6 elements}}
  %0 = onnx.node "Col2Im"(%x, %image, %block) : (tensor<1x6x2xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x3x4xf32>
  return %0 : tensor<1x3x4xf32>
}

// -----

func.func @runtime(%x: tensor<1x6x2xf32>, %image: tensor<1xi64>) -> tensor<1x3x3xf32> {
  %block = onnx.constant dense<2> : tensor<1xi64>
  // expected-error @+1 {{Col2Im: input 1 (image_shape) must be a constant integer tensor}}
  %0 = onnx.node "Col2Im"(%x, %image, %block) : (tensor<1x6x2xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x3x3xf32>
  return %0 : tensor<1x3x3xf32>
}
