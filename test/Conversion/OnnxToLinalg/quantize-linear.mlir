// Codes: the quotient is rounded, then the zero point is added, and the sum saturates.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// A constant zero point moves the bounds instead: one clamp.
// CHECK-LABEL: @quantize
// CHECK: [[V:%.*]] = arith.divf %in
// CHECK: [[R:%.*]] = math.roundeven [[V]]
// CHECK-DAG: [[LOW:%.*]] = arith.constant -1.310000e+02
// CHECK-DAG: [[HIGH:%.*]] = arith.constant 1.240000e+02
// CHECK: arith.cmpf ole, [[LOW]], [[R]]
// CHECK: arith.cmpf ole, {{.*}}, [[HIGH]]
// CHECK: [[I:%.*]] = arith.fptosi {{.*}} : f32 to i32
// CHECK: [[ZERO:%.*]] = arith.constant 3 : i32
// CHECK: [[SUM:%.*]] = arith.addi [[I]], [[ZERO]]
// CHECK: arith.trunci [[SUM]] : i32 to i8
func.func @quantize(%x: tensor<2x3xf32>) -> tensor<2x3xsi8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<3> : tensor<si8>
  %0 = onnx.node "QuantizeLinear"(%x, %s, %z) {since_version = 13 : i64}
      : (tensor<2x3xf32>, tensor<f32>, tensor<si8>) -> tensor<2x3xsi8>
  return %0 : tensor<2x3xsi8>
}

// -----

// Zero points of run time, one per row; the sum is clamped as integers.
// CHECK-LABEL: @per_axis
// CHECK: tensor.expand_shape {{.*}} : tensor<2xf32> into tensor<2x1xf32>
// CHECK: tensor.expand_shape {{.*}} : tensor<2xi8> into tensor<2x1xi8>
// CHECK: [[Z:%.*]] = arith.extui %in{{.*}} : i8 to i32
// CHECK: [[SUM:%.*]] = arith.addi {{.*}}, [[Z]]
// CHECK: arith.maxsi [[SUM]]
// CHECK: arith.minsi
func.func @per_axis(%x: tensor<2x3xf32>, %s: tensor<2xf32>, %z: tensor<2xui8>) -> tensor<2x3xui8> {
  %0 = onnx.node "QuantizeLinear"(%x, %s, %z) {attributes = {axis = 0 : i64}, since_version = 13 : i64}
      : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xui8>) -> tensor<2x3xui8>
  return %0 : tensor<2x3xui8>
}

// -----

// Whole blocks split the axis; the four bits of a code are a byte by now.
// CHECK-LABEL: @blocks
// CHECK: tensor.expand_shape {{.*}} : tensor<2x6xi8> into tensor<2x3x2xi8>
// CHECK: tensor.expand_shape {{.*}} : tensor<2x3xf32> into tensor<2x3x1xf32>
// CHECK: [[X:%.*]] = arith.extsi %in{{.*}} : i8 to i32
// CHECK: arith.subi [[X]]
// CHECK: arith.sitofp {{.*}} : i32 to f32
// CHECK: arith.mulf
// CHECK: tensor.collapse_shape {{.*}} : tensor<2x3x2xf32> into tensor<2x6xf32>
func.func @blocks(%x: tensor<2x6xsi4>, %s: tensor<2x3xf32>, %z: tensor<2x3xsi4>) -> tensor<2x6xf32> {
  %0 = onnx.node "DequantizeLinear"(%x, %s, %z) {attributes = {axis = 1 : i64, block_size = 2 : i64}, since_version = 21 : i64}
      : (tensor<2x6xsi4>, tensor<2x3xf32>, tensor<2x3xsi4>) -> tensor<2x6xf32>
  return %0 : tensor<2x6xf32>
}

// -----

// A short last block: scales are repeated and cut. Equal zero points are one.
// CHECK-LABEL: @short_block
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<2x2x4xf32>)
// CHECK: tensor.extract_slice {{.*}}[0, 0] [2, 7] [1, 1] : tensor<2x8xf32> to tensor<2x7xf32>
// CHECK: linalg.generic
// CHECK: arith.constant 1 : i8
func.func @short_block(%x: tensor<2x7xsi8>, %s: tensor<2x2xf32>) -> tensor<2x7xf32> {
  %z = onnx.constant dense<[[1, 1], [1, 1]]> : tensor<2x2xsi8>
  %0 = onnx.node "DequantizeLinear"(%x, %s, %z) {attributes = {axis = 1 : i64, block_size = 4 : i64}, since_version = 21 : i64}
      : (tensor<2x7xsi8>, tensor<2x2xf32>, tensor<2x2xsi8>) -> tensor<2x7xf32>
  return %0 : tensor<2x7xf32>
}
