// OneHot, Trilu, EyeLike, ReverseSequence.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @one_hot
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<2x4xf32>)
// CHECK: %[[HERE:.*]] = linalg.index 1
// CHECK: arith.cmpi slt
// CHECK: arith.cmpi eq
// CHECK-DAG: tensor.extract %arg1[%c1
// CHECK-DAG: tensor.extract %arg1[%c0
func.func @one_hot(%indices: tensor<2xi64>, %values: tensor<2xf32>) -> tensor<2x4xf32> {
  %depth = onnx.constant dense<4> : tensor<i64>
  %0 = onnx.node "OneHot"(%indices, %depth, %values) : (tensor<2xi64>, tensor<i64>, tensor<2xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// CHECK-LABEL: @lower_triangle
// CHECK: %[[COLUMN:.*]] = linalg.index 1
// CHECK: %[[ROW:.*]] = linalg.index 0
// CHECK: %[[KEPT:.*]] = arith.cmpi sle, {{.*}}, %c0_i64
// CHECK: arith.select %[[KEPT]], %in, %cst
func.func @lower_triangle(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = onnx.node "Trilu"(%x) {attributes = {upper = 0 : i64}} : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// CHECK-LABEL: @eye
// CHECK: %[[WANTED:.*]] = arith.addi {{.*}}, %c1
// CHECK: arith.cmpi eq, {{.*}}, %[[WANTED]] : index
func.func @eye(%x: tensor<3x4xi32>) -> tensor<3x4xf32> {
  %0 = onnx.node "EyeLike"(%x) {attributes = {dtype = 1 : i64, k = 1 : i64}} : (tensor<3x4xi32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// A length from outside is at most the size; a negative one reverses nothing.
// CHECK-LABEL: @reverse
// CHECK: %[[LENGTH:.*]] = arith.minsi {{.*}}, %c4_i64
// CHECK: arith.cmpi slt, {{.*}}, %[[LENGTH]]
// CHECK: tensor.extract %arg0
func.func @reverse(%x: tensor<4x3xf32>, %lengths: tensor<3xi64>) -> tensor<4x3xf32> {
  %0 = onnx.node "ReverseSequence"(%x, %lengths) : (tensor<4x3xf32>, tensor<3xi64>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}
