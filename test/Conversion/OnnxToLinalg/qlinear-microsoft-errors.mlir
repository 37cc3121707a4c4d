// What onnxruntime's operators on codes do not take.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @types(%a: tensor<4xui8>, %b: tensor<4xsi8>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<4xui8> {
  // expected-error @+1 {{QLinearAdd: inputs 0 and 3 have different element types}}
  %0 = onnx.node "QLinearAdd"(%a, %s, %z, %b, %s, %z, %s, %z) {domain = "com.microsoft"}
      : (tensor<4xui8>, tensor<f32>, tensor<ui8>, tensor<4xsi8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// -----

func.func @scale(%x: tensor<4xui8>, %s: tensor<2xf32>, %z: tensor<ui8>) -> tensor<4xui8> {
  // expected-error @+1 {{QLinearSigmoid: the scale in input 1 has type 'tensor<2xf32>', expected one f32}}
  %0 = onnx.node "QLinearSigmoid"(%x, %s, %z, %s, %z) {domain = "com.microsoft"}
      : (tensor<4xui8>, tensor<2xf32>, tensor<ui8>, tensor<2xf32>, tensor<ui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// -----

func.func @zero_point(%x: tensor<4xui8>, %s: tensor<f32>, %z: tensor<si8>) -> tensor<4xui8> {
  // expected-error @+1 {{QLinearLeakyRelu: the zero point in input 2 has type 'tensor<si8>', expected one 'ui8'}}
  %0 = onnx.node "QLinearLeakyRelu"(%x, %s, %z, %s, %z) {domain = "com.microsoft"}
      : (tensor<4xui8>, tensor<f32>, tensor<si8>, tensor<f32>, tensor<si8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// -----

func.func @softmax(%x: tensor<2x4xui8>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<2x4xui8> {
  // expected-error @+1 {{QLinearSoftmax: the scale of the input must be one constant f32}}
  %0 = onnx.node "QLinearSoftmax"(%x, %s, %z, %s, %z) {domain = "com.microsoft"}
      : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x4xui8>
  return %0 : tensor<2x4xui8>
}

// -----

func.func @concat(%x: tensor<2x4xui8>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<2x4xui8> {
  // expected-error @+1 {{QLinearConcat: expects a scale, a zero point, and three inputs for each part}}
  %0 = onnx.node "QLinearConcat"(%s, %z, %x, %s) {attributes = {axis = 1 : i64}, domain = "com.microsoft"}
      : (tensor<f32>, tensor<ui8>, tensor<2x4xui8>, tensor<f32>) -> tensor<2x4xui8>
  return %0 : tensor<2x4xui8>
}

// -----

func.func @bias(%a: tensor<2x3xui8>, %b: tensor<3x4xsi8>, %s: tensor<f32>, %z: tensor<ui8>, %zb: tensor<si8>, %c: tensor<4xf32>)
    -> tensor<2x4xf32> {
  // expected-error @+1 {{QGemm: the bias has type 'f32', expected i32}}
  %0 = onnx.node "QGemm"(%a, %s, %z, %b, %s, %zb, %c) {domain = "com.microsoft"}
      : (tensor<2x3xui8>, tensor<f32>, tensor<ui8>, tensor<3x4xsi8>, tensor<f32>, tensor<si8>, tensor<4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
