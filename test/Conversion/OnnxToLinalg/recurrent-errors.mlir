// Recurrent operators that do not fit.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @shape(%x: tensor<7x3x2xf32>, %w: tensor<1x5x2xf32>, %r: tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32> {
  // expected-error @+1 {{RNN: input 1 has shape [1, 5, 2] instead of [1, 4, 2]}}
  %0 = onnx.node "RNN"(%x, %w, %r) : (tensor<7x3x2xf32>, tensor<1x5x2xf32>, tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32>
  return %0 : tensor<7x1x3x4xf32>
}

// -----

func.func @direction(%x: tensor<7x3x2xf32>, %w: tensor<1x4x2xf32>, %r: tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32> {
  // expected-error @+1 {{RNN: direction 'up' is not one of forward, reverse, bidirectional}}
  %0 = onnx.node "RNN"(%x, %w, %r) {attributes = {direction = "up"}} : (tensor<7x3x2xf32>, tensor<1x4x2xf32>, tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32>
  return %0 : tensor<7x1x3x4xf32>
}

// -----

func.func @activation(%x: tensor<7x3x2xf32>, %w: tensor<1x4x2xf32>, %r: tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32> {
  // expected-error @+1 {{RNN: activation 'Gelu' is not one of Affine, Elu,}}
  %0 = onnx.node "RNN"(%x, %w, %r) {attributes = {activations = ["Gelu"]}} : (tensor<7x3x2xf32>, tensor<1x4x2xf32>, tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32>
  return %0 : tensor<7x1x3x4xf32>
}

// -----

func.func @activations(%x: tensor<7x3x2xf32>, %w: tensor<1x4x2xf32>, %r: tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32> {
  // expected-error @+1 {{RNN: has 2 activations instead of 1}}
  %0 = onnx.node "RNN"(%x, %w, %r) {attributes = {activations = ["Tanh", "Tanh"]}} : (tensor<7x3x2xf32>, tensor<1x4x2xf32>, tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32>
  return %0 : tensor<7x1x3x4xf32>
}

// -----

func.func @clip(%x: tensor<7x3x2xf32>, %w: tensor<1x4x2xf32>, %r: tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32> {
  // expected-error @+1 {{RNN: clip must not be negative}}
  %0 = onnx.node "RNN"(%x, %w, %r) {attributes = {clip = -1.0 : f32}} : (tensor<7x3x2xf32>, tensor<1x4x2xf32>, tensor<1x4x4xf32>) -> tensor<7x1x3x4xf32>
  return %0 : tensor<7x1x3x4xf32>
}
