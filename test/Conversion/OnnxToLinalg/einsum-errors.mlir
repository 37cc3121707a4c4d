// Equations that do not fit.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @terms(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Einsum: the equation has 2 terms for 1 inputs}}
  %0 = onnx.node "Einsum"(%a) {attributes = {equation = "i,j->i"}} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @rank(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Einsum: term 'ij' does not fit input 0 of rank 1}}
  %0 = onnx.node "Einsum"(%a) {attributes = {equation = "ij->i"}} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @letter(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Einsum: the equation has '3' where a letter or one '...' is expected}}
  %0 = onnx.node "Einsum"(%a) {attributes = {equation = "3->i"}} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @sizes(%a: tensor<4xf32>, %b: tensor<3xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Einsum: an index has size 4 in one place and 3 in another}}
  %0 = onnx.node "Einsum"(%a, %b) {attributes = {equation = "i,i->i"}} : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @output(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Einsum: each index of the output must occur in the inputs, and once in the output}}
  %0 = onnx.node "Einsum"(%a) {attributes = {equation = "i->j"}} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @diagonal(%a: tensor<4x3xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Einsum: an index that repeats has sizes 4 and 3}}
  %0 = onnx.node "Einsum"(%a) {attributes = {equation = "ii->i"}} : (tensor<4x3xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
