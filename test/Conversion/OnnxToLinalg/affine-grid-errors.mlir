// What AffineGrid does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --verify-diagnostics

func.func @matrices(%theta: tensor<1x2x2xf32>) -> tensor<1x2x3x2xf32> {
  %size = onnx.constant dense<[1, 5, 2, 3]> : tensor<4xi64>
  // expected-error @+1 {{AffineGrid: the matrices [1, 2, 2] do not fit the grid [1, 2, 3, 2]}}
  %0 = onnx.node "AffineGrid"(%theta, %size) : (tensor<1x2x2xf32>, tensor<4xi64>) -> tensor<1x2x3x2xf32>
  return %0 : tensor<1x2x3x2xf32>
}
