// What CumSum and CumProd do not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @run_time_axis(%x: tensor<3x5xf32>, %axis: tensor<i64>) -> tensor<3x5xf32> {
  // expected-error @+1 {{CumSum: input 1 (axis) must be a constant integer tensor}}
  %0 = onnx.node "CumSum"(%x, %axis) : (tensor<3x5xf32>, tensor<i64>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// -----

func.func @axis(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %axis = onnx.constant dense<2> : tensor<i64>
  // expected-error @+1 {{CumProd: axis 2 is out of range for rank 2}}
  %0 = onnx.node "CumProd"(%x, %axis) : (tensor<3x5xf32>, tensor<i64>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// -----

func.func @two_axes(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %axis = onnx.constant dense<[0, 1]> : tensor<2xi64>
  // expected-error @+1 {{CumSum: the axis must be one number}}
  %0 = onnx.node "CumSum"(%x, %axis) : (tensor<3x5xf32>, tensor<2xi64>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// -----

func.func @booleans(%x: tensor<3xi1>) -> tensor<3xi1> {
  %axis = onnx.constant dense<0> : tensor<i64>
  // expected-error @+1 {{CumSum: expects numbers and an output of the input's type}}
  %0 = onnx.node "CumSum"(%x, %axis) : (tensor<3xi1>, tensor<i64>) -> tensor<3xi1>
  return %0 : tensor<3xi1>
}
