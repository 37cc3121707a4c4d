// Pads that do not fit.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @mode(%x: tensor<4xf32>) -> tensor<6xf32> {
  %pads = onnx.constant dense<1> : tensor<2xi64>
  // expected-error @+1 {{Pad: mode 'mirror' is none of constant, reflect, edge, wrap}}
  %0 = onnx.node "Pad"(%x, %pads) {attributes = {mode = "mirror"}, since_version = 13 : i64}
      : (tensor<4xf32>, tensor<2xi64>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

func.func @count(%x: tensor<4xf32>) -> tensor<6xf32> {
  %pads = onnx.constant dense<1> : tensor<3xi64>
  // expected-error @+1 {{Pad: expects two pads for each of 1 axes}}
  %0 = onnx.node "Pad"(%x, %pads) {since_version = 13 : i64} : (tensor<4xf32>, tensor<3xi64>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

func.func @overflow(%x: tensor<4xf32>) -> tensor<6xf32> {
  %pads = onnx.constant dense<9223372036854775807> : tensor<2xi64>
  // expected-error @+1 {{Pad: pads do not fit axis 0}}
  %0 = onnx.node "Pad"(%x, %pads) {since_version = 13 : i64} : (tensor<4xf32>, tensor<2xi64>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

func.func @value(%x: tensor<4xf32>, %value: tensor<f64>) -> tensor<6xf32> {
  %pads = onnx.constant dense<1> : tensor<2xi64>
  // expected-error @+1 {{Pad: the padding value must be one number of the input's type}}
  %0 = onnx.node "Pad"(%x, %pads, %value) {since_version = 13 : i64}
      : (tensor<4xf32>, tensor<2xi64>, tensor<f64>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

func.func @empty(%x: tensor<0xf32>) -> tensor<2xf32> {
  %pads = onnx.constant dense<1> : tensor<2xi64>
  // expected-error @+1 {{Pad: there is nothing to pad an empty tensor with}}
  %0 = onnx.node "Pad"(%x, %pads) {attributes = {mode = "edge"}, since_version = 13 : i64}
      : (tensor<0xf32>, tensor<2xi64>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @table(%x: tensor<4xf32>) -> tensor<1000000004xf32> {
  %pads = onnx.constant dense<500000000> : tensor<2xi64>
  // expected-error @+1 {{Pad: needs a table of 1000000004 entries; supported are up to 16777216}}
  %0 = onnx.node "Pad"(%x, %pads) {attributes = {mode = "wrap"}, since_version = 13 : i64}
      : (tensor<4xf32>, tensor<2xi64>) -> tensor<1000000004xf32>
  return %0 : tensor<1000000004xf32>
}
