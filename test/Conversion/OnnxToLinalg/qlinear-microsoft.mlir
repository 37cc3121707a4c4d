// onnxruntime's operators on codes.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// A product and a sum that onnxruntime fuses are computed in double precision and rounded once.
// CHECK-LABEL: @add
// CHECK: arith.divf
// CHECK: arith.divf
// CHECK: [[P:%.*]] = arith.mulf {{.*}} : f64
// CHECK: [[S:%.*]] = arith.addf [[P]], {{.*}} : f64
// CHECK: arith.truncf [[S]] : f64 to f32
// CHECK: math.roundeven {{.*}} : f32
func.func @add(%a: tensor<4xui8>, %b: tensor<4xui8>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<4xui8> {
  %0 = onnx.node "QLinearAdd"(%a, %s, %z, %b, %s, %z, %s, %z) {domain = "com.microsoft"}
      : (tensor<4xui8>, tensor<f32>, tensor<ui8>, tensor<4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// -----

// The operand that is repeated comes second, as in onnxruntime.
// CHECK-LABEL: @add_scalar
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4xi8>, tensor<1xi8>)
func.func @add_scalar(%a: tensor<1xsi8>, %b: tensor<4xsi8>) -> tensor<4xsi8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<1> : tensor<si8>
  %0 = onnx.node "QLinearAdd"(%a, %s, %z, %b, %s, %z, %s, %z) {domain = "com.microsoft"}
      : (tensor<1xsi8>, tensor<f32>, tensor<si8>, tensor<4xsi8>, tensor<f32>, tensor<si8>, tensor<f32>, tensor<si8>) -> tensor<4xsi8>
  return %0 : tensor<4xsi8>
}

// -----

// With constant scales a function of one code is a table.
// CHECK-LABEL: @sigmoid
// CHECK: [[TABLE:%.*]] = arith.constant dense_resource<table> : tensor<256xi8>
// CHECK: [[WIDE:%.*]] = arith.extui %in : i8 to i64
// CHECK: [[I:%.*]] = arith.index_cast [[WIDE]]
// CHECK: tensor.extract [[TABLE]]{{\[}}[[I]]]
func.func @sigmoid(%x: tensor<4xsi8>) -> tensor<4xsi8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<si8>
  %sy = onnx.constant dense<0.00390625> : tensor<f32>
  %zy = onnx.constant dense<-128> : tensor<si8>
  %0 = onnx.node "QLinearSigmoid"(%x, %s, %z, %sy, %zy) {domain = "com.microsoft"}
      : (tensor<4xsi8>, tensor<f32>, tensor<si8>, tensor<f32>, tensor<si8>) -> tensor<4xsi8>
  return %0 : tensor<4xsi8>
}

// -----

// A part that has the scheme of the result is only copied.
// CHECK-LABEL: @concat
// CHECK: tensor.extract
// CHECK: tensor.insert_slice
// CHECK-NOT: linalg.generic
// CHECK: tensor.insert_slice
func.func @concat(%a: tensor<2x3xui8>, %b: tensor<2x1xui8>) -> tensor<2x4xui8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %t = onnx.constant dense<0.25> : tensor<f32>
  %z = onnx.constant dense<7> : tensor<ui8>
  %0 = onnx.node "QLinearConcat"(%s, %z, %a, %t, %z, %b, %s, %z) {attributes = {axis = 1 : i64}, domain = "com.microsoft"}
      : (tensor<f32>, tensor<ui8>, tensor<2x3xui8>, tensor<f32>, tensor<ui8>, tensor<2x1xui8>, tensor<f32>, tensor<ui8>)
        -> tensor<2x4xui8>
  return %0 : tensor<2x4xui8>
}

// -----

// The table of powers is shifted by the largest code; the sum runs from the first element on.
// CHECK-LABEL: @softmax
// CHECK: arith.constant dense_resource<powers> : tensor<256xf32>
// CHECK: arith.maxsi
// CHECK: tensor.extract
// CHECK: arith.addf
// CHECK: math.floor
// CHECK: math.roundeven
func.func @softmax(%x: tensor<2x5xsi8>) -> tensor<2x5xsi8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<si8>
  %0 = onnx.node "QLinearSoftmax"(%x, %s, %z, %s, %z) {attributes = {opset = 13 : i64}, domain = "com.microsoft"}
      : (tensor<2x5xsi8>, tensor<f32>, tensor<si8>, tensor<f32>, tensor<si8>) -> tensor<2x5xsi8>
  return %0 : tensor<2x5xsi8>
}

// -----

// CHECK-LABEL: @global_average_pool
// CHECK: arith.subi
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<2x12xi32>)
// CHECK: [[F:%.*]] = arith.divf
// CHECK: arith.mulf {{.*}}, [[F]] : f32
// CHECK: [[R:%.*]] = arith.fptosi
// CHECK: arith.addi [[R]]
func.func @global_average_pool(%x: tensor<1x2x3x4xui8>, %s: tensor<f32>, %t: tensor<f32>, %z: tensor<ui8>) -> tensor<1x2x1x1xui8> {
  %0 = onnx.node "QLinearGlobalAveragePool"(%x, %s, %z, %t, %z) {domain = "com.microsoft"}
      : (tensor<1x2x3x4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2x1x1xui8>
  return %0 : tensor<1x2x1x1xui8>
}

// -----

// CHECK-LABEL: @average_pool
// CHECK: scf.for
// CHECK: [[D:%.*]] = arith.subi
// CHECK: [[F:%.*]] = arith.sitofp [[D]]
// CHECK: [[R:%.*]] = arith.mulf {{.*}}, [[F]]
// CHECK: arith.addf {{.*}}, [[R]]
// CHECK: math.roundeven
func.func @average_pool(%x: tensor<1x2x4x4xui8>, %s: tensor<f32>, %t: tensor<f32>, %z: tensor<ui8>) -> tensor<1x2x2x2xui8> {
  %0 = onnx.node "QLinearAveragePool"(%x, %s, %z, %t, %z)
      {attributes = {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}, domain = "com.microsoft"}
      : (tensor<1x2x4x4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2x2x2xui8>
  return %0 : tensor<1x2x2x2xui8>
}

// -----

// Without the scale of y, a float.
// CHECK-LABEL: @gemm
// CHECK: [[F:%.*]] = arith.constant 1.500000e+00 : f32
// CHECK: [[SUM:%.*]] = arith.sitofp {{.*}} : i32 to f32
// CHECK: arith.mulf [[SUM]], [[F]]
// CHECK-NOT: roundeven
func.func @gemm(%a: tensor<2x3xui8>, %b: tensor<4x3xsi8>, %za: tensor<ui8>, %zb: tensor<si8>) -> tensor<2x4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %t = onnx.constant dense<1.5> : tensor<f32>
  %0 = onnx.node "QGemm"(%a, %s, %za, %b, %t, %zb) {attributes = {alpha = 2.0 : f32, transB = 1 : i64}, domain = "com.microsoft"}
      : (tensor<2x3xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xsi8>, tensor<f32>, tensor<si8>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
