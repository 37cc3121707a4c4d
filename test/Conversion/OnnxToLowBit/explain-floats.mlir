// A product that stays float says what came nearest to codes.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// CHECK-LABEL: @no_quantiser
// CHECK: onnx.node "MatMul"{{.*}}setun.why_float = "activation is float: no quantiser before it; it comes from node 'r' (Relu); weights: 7 levels, 1 within 1e-7 of the next, no multiples of one step"
func.func @no_quantiser(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.constant dense<[[0.1, 0.23], [1.7, -0.9], [0.1, 3.3], [3.3000002, 5.5]]> : tensor<4x2xf32>
  %0 = onnx.node "Relu"(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32> loc(#r)
  %1 = onnx.node "MatMul"(%0, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
#relu = loc("Relu")
#r = loc("r"(#relu))

// -----

// CHECK-LABEL: @input
// CHECK: setun.why_float = "activation is float: no quantiser before it; it is input 'x'; weights are computed at run time; it is input 'w'"
func.func @input(%x: tensor<1x4xf32> loc("x"), %w: tensor<4x2xf32> loc("w")) -> tensor<1x2xf32> {
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// CHECK-LABEL: @half_bounds
// CHECK: setun.why_float = "activation: rounded by node 'round' (Round), but its Clip bounds -127.5..127 are not whole"
func.func @half_bounds(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %low = onnx.constant dense<-127.5> : tensor<f32>
  %high = onnx.constant dense<127.0> : tensor<f32>
  %w = onnx.constant dense<[[1.0, 0.0], [-1.0, 1.0], [1.0, 1.0], [0.0, -1.0]]> : tensor<4x2xf32>
  %0 = onnx.node "Div"(%x, %s) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %1 = onnx.node "Round"(%0) : (tensor<1x4xf32>) -> tensor<1x4xf32> loc(#round)
  %2 = onnx.node "Clip"(%1, %low, %high) {since_version = 13 : i64} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  %3 = onnx.node "Mul"(%2, %s) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %4 = onnx.node "MatMul"(%3, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %4 : tensor<1x2xf32>
}
#op = loc("Round")
#round = loc("round"(#op))

// -----

// CHECK-LABEL: @unclipped
// CHECK: setun.why_float = "activation: rounded by node 'round' (Round), but not clipped"
func.func @unclipped(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %w = onnx.constant dense<[[1.0, 0.0], [-1.0, 1.0], [1.0, 1.0], [0.0, -1.0]]> : tensor<4x2xf32>
  %0 = onnx.node "Div"(%x, %s) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %1 = onnx.node "Round"(%0) : (tensor<1x4xf32>) -> tensor<1x4xf32> loc(#round)
  %2 = onnx.node "Mul"(%1, %s) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %3 = onnx.node "MatMul"(%2, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %3 : tensor<1x2xf32>
}
#op = loc("Round")
#round = loc("round"(#op))

// -----

// CHECK-LABEL: @only_clipped
// CHECK: setun.why_float = "activation is float: clipped by node 'clip' (Clip), but not rounded"
func.func @only_clipped(%x: tensor<1x4xf32>) -> tensor<1x2xf32> {
  %w = onnx.constant dense<[[1.0, 0.0], [-1.0, 1.0], [1.0, 1.0], [0.0, -1.0]]> : tensor<4x2xf32>
  %0 = onnx.node "Clip"(%x) {attributes = {min = 0.0 : f32, max = 6.0 : f32}, since_version = 6 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32> loc(#clip)
  %1 = onnx.node "Gemm"(%0, %w) : (tensor<1x4xf32>, tensor<4x2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
#op = loc("Clip")
#clip = loc("clip"(#op))

// -----

// CHECK-LABEL: @double
// CHECK: setun.why_float = "computes in f64; low-bit products are scaled in f32"
func.func @double(%x: tensor<1x4xf64>, %w: tensor<4x2xf64>) -> tensor<1x2xf64> {
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<1x4xf64>, tensor<4x2xf64>) -> tensor<1x2xf64>
  return %0 : tensor<1x2xf64>
}

// -----

// Integer products and other nodes are left alone.
// CHECK-LABEL: @others
// CHECK-NOT: why_float
func.func @others(%x: tensor<1x4xi32>, %w: tensor<4x2xi32>) -> tensor<1x2xi32> {
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<1x4xi32>, tensor<4x2xi32>) -> tensor<1x2xi32>
  %1 = onnx.node "Abs"(%0) : (tensor<1x2xi32>) -> tensor<1x2xi32>
  return %1 : tensor<1x2xi32>
}
