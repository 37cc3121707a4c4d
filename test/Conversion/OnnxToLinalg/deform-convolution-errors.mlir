// What DeformConv does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @rank(%x: tensor<1x2x4xf32>, %w: tensor<3x2x2xf32>, %o: tensor<1x2x3xf32>) -> tensor<1x3x3xf32> {
  // expected-error @+1 {{DeformConv: supported are images of two dimensions only}}
  %0 = onnx.node "DeformConv"(%x, %w, %o) : (tensor<1x2x4xf32>, tensor<3x2x2xf32>, tensor<1x2x3xf32>) -> tensor<1x3x3xf32>
  return %0 : tensor<1x3x3xf32>
}

// -----

func.func @groups(%x: tensor<1x2x4x5xf32>, %w: tensor<3x2x2x2xf32>, %o: tensor<1x8x3x4xf32>) -> tensor<1x3x3x4xf32> {
  // expected-error @+1 {{DeformConv: the 2 channels cannot be divided into 3 offset groups}}
  %0 = onnx.node "DeformConv"(%x, %w, %o) {attributes = {offset_group = 3 : i64}}
      : (tensor<1x2x4x5xf32>, tensor<3x2x2x2xf32>, tensor<1x8x3x4xf32>) -> tensor<1x3x3x4xf32>
  return %0 : tensor<1x3x3x4xf32>
}

// -----

func.func @offsets(%x: tensor<1x2x4x5xf32>, %w: tensor<3x2x2x2xf32>, %o: tensor<1x7x3x4xf32>) -> tensor<1x3x3x4xf32> {
  // expected-error @+1 {{DeformConv: input 2 must have the shape [1, 8, 3, 4] and the type of the output}}
  %0 = onnx.node "DeformConv"(%x, %w, %o) : (tensor<1x2x4x5xf32>, tensor<3x2x2x2xf32>, tensor<1x7x3x4xf32>) -> tensor<1x3x3x4xf32>
  return %0 : tensor<1x3x3x4xf32>
}
