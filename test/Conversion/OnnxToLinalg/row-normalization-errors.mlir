// What InstanceNormalization and LpNormalization do not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @rank(%x: tensor<2x3xf32>, %scale: tensor<3xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{InstanceNormalization: expects a float input of rank 3 or more}}
  %0 = onnx.node "InstanceNormalization"(%x, %scale, %scale) : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @channels(%x: tensor<2x3x4xf32>, %scale: tensor<3xf32>, %bias: tensor<4xf32>) -> tensor<2x3x4xf32> {
  // expected-error @+1 {{InstanceNormalization: input 2 must hold one number for each of the 3 channels}}
  %0 = onnx.node "InstanceNormalization"(%x, %scale, %bias) : (tensor<2x3x4xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// -----

func.func @integers(%x: tensor<2x3xsi32>) -> tensor<2x3xsi32> {
  // expected-error @+1 {{LpNormalization: expects floats}}
  %0 = onnx.node "LpNormalization"(%x) : (tensor<2x3xsi32>) -> tensor<2x3xsi32>
  return %0 : tensor<2x3xsi32>
}

// -----

func.func @norm(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{LpNormalization: p must be 1 or 2, not 3}}
  %0 = onnx.node "LpNormalization"(%x) {attributes = {p = 3 : i64}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @axis(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{LpNormalization: axis -3 is out of range for rank 2}}
  %0 = onnx.node "LpNormalization"(%x) {attributes = {axis = -3 : i64}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
