// What was missed, and what another order of summation could round otherwise.
// RUN: setun-opt %s --onnx-fold-constants --split-input-file --verify-diagnostics -o %t

func.func @missed() -> tensor<2xf32> {
  %w = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // expected-remark @+1 {{stays in the program, although it is constant: operator not supported: Unknown}}
  %0 = onnx.node "Unknown"(%w) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// 0.5 is a tie, 0.50000012 lies 2 ulp above it, 0.5000002 lies 3 ulp above it.
func.func @boundaries() -> tensor<6xf32> {
  %w = onnx.constant dense<[0.5, 0.50000012, 0.5000002, -1.5, 2.4, 1.0e20]> : tensor<6xf32>
  // expected-remark @+1 {{3 of 6 constants lie within 2 ulp of a rounding boundary}}
  %0 = onnx.node "Round"(%w) : (tensor<6xf32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}
