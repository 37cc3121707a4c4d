// What Det does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @square(%x: tensor<2x3x4xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{Det: expects square matrices of floats}}
  %0 = onnx.node "Det"(%x) : (tensor<2x3x4xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @integers(%x: tensor<3x3xsi32>) -> tensor<si32> {
  // expected-error @+1 {{Det: expects square matrices of floats}}
  %0 = onnx.node "Det"(%x) : (tensor<3x3xsi32>) -> tensor<si32>
  return %0 : tensor<si32>
}
