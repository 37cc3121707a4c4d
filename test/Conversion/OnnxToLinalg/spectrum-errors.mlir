// What DFT, STFT and MelWeightMatrix do not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @parts(%x: tensor<2x4x3xf32>) -> tensor<2x4x2xf32> {
  // expected-error @+1 {{DFT: expects floats of rank 2 or more whose last dimension holds a real or a complex number}}
  %0 = onnx.node "DFT"(%x) : (tensor<2x4x3xf32>) -> tensor<2x4x2xf32>
  return %0 : tensor<2x4x2xf32>
}

// -----

func.func @axis(%x: tensor<2x4x1xf32>) -> tensor<2x4x2xf32> {
  // expected-error @+1 {{DFT: the axis must not be that of real and imaginary part}}
  %0 = onnx.node "DFT"(%x) {attributes = {axis = -1 : i64}, since_version = 17 : i64} : (tensor<2x4x1xf32>) -> tensor<2x4x2xf32>
  return %0 : tensor<2x4x2xf32>
}

// -----

func.func @length(%x: tensor<2x4x1xf32>) -> tensor<2x4x2xf32> {
  %length = onnx.constant dense<0> : tensor<i64>
  // expected-error @+1 {{DFT: the length must be at least 1, not 0}}
  %0 = onnx.node "DFT"(%x, %length) : (tensor<2x4x1xf32>, tensor<i64>) -> tensor<2x4x2xf32>
  return %0 : tensor<2x4x2xf32>
}

// -----

func.func @run_time_length(%x: tensor<2x4x1xf32>, %length: tensor<i64>) -> tensor<2x4x2xf32> {
  // expected-error @+1 {{DFT: input 1 (dft_length) must be a constant integer tensor}}
  %0 = onnx.node "DFT"(%x, %length) : (tensor<2x4x1xf32>, tensor<i64>) -> tensor<2x4x2xf32>
  return %0 : tensor<2x4x2xf32>
}

// -----

func.func @one_sided(%x: tensor<2x4x2xf32>) -> tensor<2x3x2xf32> {
  // expected-error @+1 {{DFT: onesided expects a real signal, or half the spectrum of one to go back from}}
  %0 = onnx.node "DFT"(%x) {attributes = {onesided = 1 : i64}} : (tensor<2x4x2xf32>) -> tensor<2x3x2xf32>
  return %0 : tensor<2x3x2xf32>
}

// -----

func.func @table(%x: tensor<2x4x1xf32>) -> tensor<2x33554432x2xf32> {
  %length = onnx.constant dense<33554432> : tensor<i64>
  // expected-error @+1 {{DFT: needs a table of 33554432 entries; supported are up to 16777216}}
  %0 = onnx.node "DFT"(%x, %length) {since_version = 20 : i64} : (tensor<2x4x1xf32>, tensor<i64>) -> tensor<2x33554432x2xf32>
  return %0 : tensor<2x33554432x2xf32>
}

// -----

func.func @output(%x: tensor<2x4x1xf32>) -> tensor<2x5x2xf32> {
  // expected-error @+1 {{DFT: computes [2, 4, 2], but the output is declared as [2, 5, 2]}}
  %0 = onnx.node "DFT"(%x) : (tensor<2x4x1xf32>) -> tensor<2x5x2xf32>
  return %0 : tensor<2x5x2xf32>
}

// -----

func.func @step(%x: tensor<1x10x1xf32>, %window: tensor<4xf32>) -> tensor<1x4x3x2xf32> {
  %step = onnx.constant dense<0> : tensor<i64>
  // expected-error @+1 {{STFT: expects a signal [batch, samples, 1 or 2] of at least one frame, and a step of at least 1}}
  %0 = onnx.node "STFT"(%x, %step, %window) : (tensor<1x10x1xf32>, tensor<i64>, tensor<4xf32>) -> tensor<1x4x3x2xf32>
  return %0 : tensor<1x4x3x2xf32>
}

// -----

func.func @window(%x: tensor<1x10x1xf32>, %window: tensor<4xf32>) -> tensor<1x4x3x2xf32> {
  %two = onnx.constant dense<2> : tensor<i64>
  %five = onnx.constant dense<5> : tensor<i64>
  // expected-error @+1 {{STFT: the window must have one number for each of the 5 samples of a frame}}
  %0 = onnx.node "STFT"(%x, %two, %window, %five) : (tensor<1x10x1xf32>, tensor<i64>, tensor<4xf32>, tensor<i64>) -> tensor<1x4x3x2xf32>
  return %0 : tensor<1x4x3x2xf32>
}

// -----

func.func @frame(%x: tensor<1x10x1xf32>) -> tensor<1x4x3x2xf32> {
  %two = onnx.constant dense<2> : tensor<i64>
  // expected-error @+1 {{STFT: expects a window or a frame_length}}
  %0 = onnx.node "STFT"(%x, %two) : (tensor<1x10x1xf32>, tensor<i64>) -> tensor<1x4x3x2xf32>
  return %0 : tensor<1x4x3x2xf32>
}

// -----

func.func @mel(%high: tensor<f32>) -> tensor<9x8xf32> {
  %filters = onnx.constant dense<8> : tensor<i64>
  %length = onnx.constant dense<16> : tensor<i64>
  %rate = onnx.constant dense<8192> : tensor<i64>
  %low = onnx.constant dense<0.0> : tensor<f32>
  // expected-error @+1 {{MelWeightMatrix: the edges must be constants}}
  %0 = onnx.node "MelWeightMatrix"(%filters, %length, %rate, %low, %high) : (tensor<i64>, tensor<i64>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<9x8xf32>
  return %0 : tensor<9x8xf32>
}

// -----

func.func @mel_edges() -> tensor<9x8xf32> {
  %filters = onnx.constant dense<8> : tensor<i64>
  %length = onnx.constant dense<16> : tensor<i64>
  %rate = onnx.constant dense<8192> : tensor<i64>
  %low = onnx.constant dense<0.0> : tensor<f32>
  %high = onnx.constant dense<9000.0> : tensor<f32>
  // expected-error @+1 {{MelWeightMatrix: the edges must lie between 0 and half the rate}}
  %0 = onnx.node "MelWeightMatrix"(%filters, %length, %rate, %low, %high) : (tensor<i64>, tensor<i64>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<9x8xf32>
  return %0 : tensor<9x8xf32>
}

// -----

func.func @mel_numbers() -> tensor<9x8xf32> {
  %filters = onnx.constant dense<[8, 8]> : tensor<2xi64>
  %length = onnx.constant dense<16> : tensor<i64>
  %low = onnx.constant dense<0.0> : tensor<f32>
  // expected-error @+1 {{MelWeightMatrix: input 0 (num_mel_bins) must be one number}}
  %0 = onnx.node "MelWeightMatrix"(%filters, %length, %length, %low, %low) : (tensor<2xi64>, tensor<i64>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<9x8xf32>
  return %0 : tensor<9x8xf32>
}
