// What a product of codes does not take.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @not_codes(%a: tensor<2x3xi32>, %b: tensor<3x4xsi8>) -> tensor<2x4xi32> {
  // expected-error @+1 {{MatMulInteger: input 0 has element type 'i32', expected int8 or uint8}}
  %0 = onnx.node "MatMulInteger"(%a, %b) : (tensor<2x3xi32>, tensor<3x4xsi8>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

func.func @zero_point_type(%a: tensor<2x3xsi8>, %b: tensor<3x4xsi8>, %z: tensor<ui8>) -> tensor<2x4xi32> {
  // expected-error @+1 {{MatMulInteger: the zero point in input 2 has type 'ui8', the codes 'si8'}}
  %0 = onnx.node "MatMulInteger"(%a, %b, %z) : (tensor<2x3xsi8>, tensor<3x4xsi8>, tensor<ui8>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

func.func @zero_point_size(%a: tensor<2x3xsi8>, %b: tensor<3x4xsi8>, %z: tensor<3xsi8>) -> tensor<2x4xi32> {
  %none = onnx.none
  // expected-error @+1 {{MatMulInteger: input 3 has shape [3], expected one element or 4}}
  %0 = onnx.node "MatMulInteger"(%a, %b, %none, %z) : (tensor<2x3xsi8>, tensor<3x4xsi8>, none, tensor<3xsi8>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

func.func @zero_point_along_sum(%a: tensor<2x3xsi8>, %b: tensor<3x4xsi8>, %z: tensor<1x3xsi8>) -> tensor<2x4xi32> {
  // expected-error @+1 {{MatMulInteger: input 2 has shape [1, 3], which varies along the summed dimension}}
  %0 = onnx.node "MatMulInteger"(%a, %b, %z) : (tensor<2x3xsi8>, tensor<3x4xsi8>, tensor<1x3xsi8>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

func.func @shapes(%a: tensor<2x3xsi8>, %b: tensor<5x4xsi8>) -> tensor<2x4xi32> {
  // expected-error @+1 {{MatMulInteger: shapes [2, 3] and [5, 4] do not fit}}
  %0 = onnx.node "MatMulInteger"(%a, %b) : (tensor<2x3xsi8>, tensor<5x4xsi8>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

func.func @bias(%x: tensor<1x1x4x4xui8>, %w: tensor<2x1x3x3xsi8>, %s: tensor<f32>, %z: tensor<ui8>, %zw: tensor<si8>, %b: tensor<3xi32>)
    -> tensor<1x2x2x2xui8> {
  // expected-error @+1 {{QLinearConv: the bias must hold one i32 for each of the 2 outputs}}
  %0 = onnx.node "QLinearConv"(%x, %s, %z, %w, %s, %zw, %s, %z, %b)
      : (tensor<1x1x4x4xui8>, tensor<f32>, tensor<ui8>, tensor<2x1x3x3xsi8>, tensor<f32>, tensor<si8>, tensor<f32>, tensor<ui8>,
         tensor<3xi32>) -> tensor<1x2x2x2xui8>
  return %0 : tensor<1x2x2x2xui8>
}

// -----

func.func @weight_scales(%x: tensor<1x1x4x4xui8>, %w: tensor<2x1x3x3xsi8>, %s: tensor<f32>, %z: tensor<ui8>, %zw: tensor<si8>,
                         %sw: tensor<3xf32>) -> tensor<1x2x2x2xui8> {
  // expected-error @+1 {{QLinearConv: input 4 has shape [3], expected one element or 2}}
  %0 = onnx.node "QLinearConv"(%x, %s, %z, %w, %sw, %zw, %s, %z)
      : (tensor<1x1x4x4xui8>, tensor<f32>, tensor<ui8>, tensor<2x1x3x3xsi8>, tensor<3xf32>, tensor<si8>, tensor<f32>, tensor<ui8>)
        -> tensor<1x2x2x2xui8>
  return %0 : tensor<1x2x2x2xui8>
}

// -----

func.func @empty(%x: tensor<1x0x4x4xui8>, %w: tensor<2x0x3x3xui8>) -> tensor<1x2x2x2xi32> {
  // expected-error @+1 {{ConvInteger: input, weights and output must not be empty}}
  %0 = onnx.node "ConvInteger"(%x, %w) : (tensor<1x0x4x4xui8>, tensor<2x0x3x3xui8>) -> tensor<1x2x2x2xi32>
  return %0 : tensor<1x2x2x2xi32>
}
