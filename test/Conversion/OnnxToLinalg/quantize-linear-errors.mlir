// What a model can get wrong about scales and codes.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @code_type(%x: tensor<4xf32>, %s: tensor<f32>) -> tensor<4xi64> {
  // expected-error @+1 {{QuantizeLinear: codes of type 'i64' are not supported}}
  %0 = onnx.node "QuantizeLinear"(%x, %s) : (tensor<4xf32>, tensor<f32>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}

// -----

func.func @zero_point_type(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<4xsi8> {
  // expected-error @+1 {{QuantizeLinear: the zero point has type 'ui8', the codes 'si8'}}
  %0 = onnx.node "QuantizeLinear"(%x, %s, %z) : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xsi8>
  return %0 : tensor<4xsi8>
}

// -----

func.func @precision(%x: tensor<4xf32>, %s: tensor<f32>) -> tensor<4xsi8> {
  // expected-error @+1 {{QuantizeLinear: precision 7 is not supported}}
  %0 = onnx.node "QuantizeLinear"(%x, %s) {attributes = {precision = 7 : i64}} : (tensor<4xf32>, tensor<f32>) -> tensor<4xsi8>
  return %0 : tensor<4xsi8>
}

// -----

func.func @scale_shape(%x: tensor<4x3xf32>, %s: tensor<4xf32>) -> tensor<4x3xsi8> {
  // expected-error @+1 {{QuantizeLinear: scale of shape [4] does not fit the input of shape [4, 3]; expected one scale, or 3 along axis 1}}
  %0 = onnx.node "QuantizeLinear"(%x, %s) : (tensor<4x3xf32>, tensor<4xf32>) -> tensor<4x3xsi8>
  return %0 : tensor<4x3xsi8>
}

// -----

func.func @axis(%x: tensor<4xf32>, %s: tensor<4xf32>) -> tensor<4xsi8> {
  // expected-error @+1 {{QuantizeLinear: axis 1 is out of range for rank 1}}
  %0 = onnx.node "QuantizeLinear"(%x, %s) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xsi8>
  return %0 : tensor<4xsi8>
}

// -----

func.func @blocks(%x: tensor<4x6xsi8>, %s: tensor<4x2xf32>) -> tensor<4x6xf32> {
  // expected-error @+1 {{DequantizeLinear: scale of shape [4, 2] does not fit the input of shape [4, 6]; expected that of the input with 3 along axis 1}}
  %0 = onnx.node "DequantizeLinear"(%x, %s) {attributes = {block_size = 2 : i64}} : (tensor<4x6xsi8>, tensor<4x2xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// -----

func.func @zero_point_shape(%x: tensor<4x6xsi8>, %s: tensor<6xf32>, %z: tensor<si8>) -> tensor<4x6xf32> {
  // expected-error @+1 {{DequantizeLinear: input 2 has shape [], the scale [6]}}
  %0 = onnx.node "DequantizeLinear"(%x, %s, %z) : (tensor<4x6xsi8>, tensor<6xf32>, tensor<si8>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}
