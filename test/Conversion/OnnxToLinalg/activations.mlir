// Activations are formulas in the order of ONNX's definitions.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// The exponent is never positive, so that nothing overflows.
// CHECK-LABEL: @softplus
// CHECK: math.absf
// CHECK: arith.negf
// CHECK: math.exp
// CHECK: math.log1p
// CHECK: arith.addf
func.func @softplus(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Softplus"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @gelu
// CHECK: math.erf
// CHECK: linalg.yield
// CHECK: math.tanh
func.func @gelu(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = onnx.node "Gelu"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "Gelu"(%x) {attributes = {approximate = "tanh"}} : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// On integers the attributes stay floats.
// CHECK-LABEL: @shrink
// CHECK: arith.sitofp {{.*}} : i8 to f64
// CHECK: arith.subf {{.*}} : f64
// CHECK: arith.fptosi {{.*}} : f64 to i8
func.func @shrink(%x: tensor<4xsi8>) -> tensor<4xsi8> {
  %0 = onnx.node "Shrink"(%x) {attributes = {lambd = 1.5 : f32, bias = 0.5 : f32}} : (tensor<4xsi8>) -> tensor<4xsi8>
  return %0 : tensor<4xsi8>
}
