// Indices that do not fit, where it can be seen.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @elements_index(%x: tensor<4xf32>) -> tensor<1xf32> {
  %i = onnx.constant dense<-5> : tensor<1xi64>
  // expected-error @+1 {{GatherElements: index -5 is out of range for axis 0 of size 4}}
  %0 = onnx.node "GatherElements"(%x, %i) : (tensor<4xf32>, tensor<1xi64>) -> tensor<1xf32>
  return %0 : tensor<1xf32>
}

// -----

func.func @elements_shape(%x: tensor<4x2xf32>, %i: tensor<1x3xi64>) -> tensor<1x3xf32> {
  // expected-error @+1 {{GatherElements: the indices are larger than the data}}
  %0 = onnx.node "GatherElements"(%x, %i) : (tensor<4x2xf32>, tensor<1x3xi64>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

func.func @nd_depth(%x: tensor<4x2xf32>, %i: tensor<1x3xi64>) -> tensor<1xf32> {
  // expected-error @+1 {{GatherND: the indices have 3 coordinates, more than the data}}
  %0 = onnx.node "GatherND"(%x, %i) : (tensor<4x2xf32>, tensor<1x3xi64>) -> tensor<1xf32>
  return %0 : tensor<1xf32>
}

// -----

func.func @nd_batch(%x: tensor<4x2xf32>, %i: tensor<1x1xi64>) -> tensor<1xf32> {
  // expected-error @+1 {{GatherND: batch_dims = 7 does not fit data and indices}}
  %0 = onnx.node "GatherND"(%x, %i) {attributes = {batch_dims = 7 : i64}} : (tensor<4x2xf32>, tensor<1x1xi64>) -> tensor<1xf32>
  return %0 : tensor<1xf32>
}

// -----

func.func @reduction(%x: tensor<4xf32>, %i: tensor<1xi64>, %u: tensor<1xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{ScatterElements: reduction 'mean' is not one of none, add, mul, max, min}}
  %0 = onnx.node "ScatterElements"(%x, %i, %u) {attributes = {reduction = "mean"}} : (tensor<4xf32>, tensor<1xi64>, tensor<1xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @updates(%x: tensor<4x2xf32>, %i: tensor<3x1xi64>, %u: tensor<3xf32>) -> tensor<4x2xf32> {
  // expected-error @+1 {{ScatterND: the updates have shape [3] instead of [3, 2]}}
  %0 = onnx.node "ScatterND"(%x, %i, %u) : (tensor<4x2xf32>, tensor<3x1xi64>, tensor<3xf32>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// -----

func.func @lengths(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %n = onnx.constant dense<[1, 5]> : tensor<2xi64>
  // expected-error @+1 {{ReverseSequence: length 5 is not within 0..4}}
  %0 = onnx.node "ReverseSequence"(%x, %n) : (tensor<4x2xf32>, tensor<2xi64>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// -----

func.func @cache(%x: tensor<2x4xf32>, %u: tensor<2x5xf32>) -> tensor<2x4xf32> {
  // expected-error @+1 {{TensorScatter: the update does not fit the data}}
  %0 = onnx.node "TensorScatter"(%x, %u) {attributes = {axis = 1 : i64}} : (tensor<2x4xf32>, tensor<2x5xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
