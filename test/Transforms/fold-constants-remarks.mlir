// What was missed, and what another order of summation could round otherwise.
// RUN: setun-opt %s --onnx-fold-constants --split-input-file --verify-diagnostics -o %t

func.func @missed() -> tensor<2xf32> {
  %w = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // expected-remark @+1 {{stays in the program, although it is constant: operator not supported: Unknown}}
  %0 = onnx.node "Unknown"(%w) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// 0.5 is a tie; 0.50000042 lies 0.84e-6 of 0.5 above it, 0.5000006 lies 1.2e-6; 1.5000014 lies 0.95e-6 of 1.5 above one.
func.func @boundaries() -> tensor<7xf32> {
  %w = onnx.constant dense<[0.5, 0.50000042, 0.5000006, 1.5000014, -1.5, 2.4, 1.0e20]> : tensor<7xf32>
  // expected-remark @+1 {{4 of 7 constants lie within 1e-6 of a rounding boundary}}
  %0 = onnx.node "Round"(%w) : (tensor<7xf32>) -> tensor<7xf32>
  return %0 : tensor<7xf32>
}
