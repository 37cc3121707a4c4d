// FloatQuant: the step at x comes from its exponent.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: @fp4
// CHECK: linalg.generic
// CHECK: math.absf
// CHECK: arith.bitcast {{.*}} : f32 to i32
// CHECK: arith.shrui {{.*}}, %c23_i32
// CHECK: %[[STEP:.*]] = arith.bitcast {{.*}} : i32 to f32
// CHECK: %[[X:.*]] = arith.divf %in, %[[STEP]]
// CHECK: math.roundeven %[[X]]
// CHECK: arith.mulf %[[STEP]]
// CHECK: arith.maximumf
// CHECK: arith.minimumf
func.func @fp4(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %e = onnx.constant dense<2.0> : tensor<f32>
  %m = onnx.constant dense<1.0> : tensor<f32>
  %max = onnx.constant dense<6.0> : tensor<f32>
  %0 = onnx.node "FloatQuant"(%x, %s, %e, %m, %m, %max) {domain = "qonnx"}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @runtime_format(%x: tensor<4xf32>, %e: tensor<f32>) -> tensor<4xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  // expected-error @below {{input 2 must be one constant number}}
  %0 = onnx.node "FloatQuant"(%x, %s, %e, %s, %s, %s) {domain = "qonnx"}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @scaled(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<2.0> : tensor<f32>
  // expected-error @below {{must have been converted by convert-onnx-to-lowbit}}
  %0 = onnx.node "FloatQuant"(%x, %s, %s, %s, %s, %s) {domain = "qonnx"}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
