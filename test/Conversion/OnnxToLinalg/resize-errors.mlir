// What Resize does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @mode(%x: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Resize: mode 'area' is none of nearest, linear, cubic}}
  %0 = onnx.node "Resize"(%x) {attributes = {mode = "area"}, since_version = 13 : i64} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @transform(%x: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Resize: coordinate_transformation_mode 'corner' is not known}}
  %0 = onnx.node "Resize"(%x) {attributes = {coordinate_transformation_mode = "corner"}, since_version = 13 : i64} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @nearest_mode(%x: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Resize: nearest_mode 'up' is not known}}
  %0 = onnx.node "Resize"(%x) {attributes = {nearest_mode = "up"}, since_version = 13 : i64} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @antialias(%x: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Resize: antialias goes with linear and cubic only}}
  %0 = onnx.node "Resize"(%x) {attributes = {antialias = 1 : i64}, since_version = 18 : i64} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @nothing(%x: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Resize: neither scales nor sizes are given}}
  %0 = onnx.node "Resize"(%x) {since_version = 13 : i64} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @runtime(%x: tensor<2xf32>, %scales: tensor<1xf32>) -> tensor<4xf32> {
  %none = onnx.none
  // expected-error @+1 {{Resize: input 2 (scales) must be a constant of 1 floats}}
  %0 = onnx.node "Resize"(%x, %none, %scales) {since_version = 13 : i64} : (tensor<2xf32>, none, tensor<1xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @zero(%x: tensor<2xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %scales = onnx.constant dense<-1.0> : tensor<1xf32>
  // expected-error @+1 {{Resize: the scale of axis 0 is not greater than 0}}
  %0 = onnx.node "Resize"(%x, %none, %scales) {since_version = 13 : i64} : (tensor<2xf32>, none, tensor<1xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @size(%x: tensor<2xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %sizes = onnx.constant dense<5> : tensor<1xi64>
  // expected-error @+1 {{Resize: axis 0 becomes 5, but the output is declared with size 4}}
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {since_version = 13 : i64} : (tensor<2xf32>, none, none, tensor<1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @policy(%x: tensor<2xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %sizes = onnx.constant dense<4> : tensor<1xi64>
  // expected-error @+1 {{Resize: keep_aspect_ratio_policy 'fit' is none of stretch, not_larger, not_smaller}}
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {attributes = {keep_aspect_ratio_policy = "fit"}, since_version = 18 : i64}
      : (tensor<2xf32>, none, none, tensor<1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @axes(%x: tensor<2xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %sizes = onnx.constant dense<4> : tensor<2xi64>
  // expected-error @+1 {{Resize: axis 0 stands twice in axes}}
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {attributes = {axes = array<i64: 0, -1>}, since_version = 18 : i64}
      : (tensor<2xf32>, none, none, tensor<2xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @table(%x: tensor<1000000xf32>) -> tensor<100xf32> {
  %none = onnx.none
  %sizes = onnx.constant dense<1000> : tensor<1xi64>
  // expected-error @+1 {{Resize: axis 0 becomes 1000, but the output is declared with size 100}}
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {attributes = {antialias = 1 : i64, mode = "linear"}, since_version = 18 : i64}
      : (tensor<1000000xf32>, none, none, tensor<1xi64>) -> tensor<100xf32>
  return %0 : tensor<100xf32>
}

// -----

func.func @wide_integers(%x: tensor<2xsi32>) -> tensor<4xsi32> {
  %none = onnx.none
  %sizes = onnx.constant dense<4> : tensor<1xi64>
  // expected-error @+1 {{Resize: mode 'linear' is supported on floats and integers of up to 16 bits, not on 'si32'}}
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {attributes = {mode = "linear"}, since_version = 13 : i64}
      : (tensor<2xsi32>, none, none, tensor<1xi64>) -> tensor<4xsi32>
  return %0 : tensor<4xsi32>
}

// -----

func.func @empty(%x: tensor<0xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %sizes = onnx.constant dense<4> : tensor<1xi64>
  // expected-error @+1 {{Resize: there is nothing to resize an empty tensor from}}
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {since_version = 13 : i64} : (tensor<0xf32>, none, none, tensor<1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
