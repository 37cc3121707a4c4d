// Softmax: exp(x - max) over its sum; before opset 13 over all dimensions from the axis on.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @last_axis
// CHECK: arith.maximumf
// CHECK: arith.subf
// CHECK: math.exp
// CHECK: lowbit.float_sum ins({{.*}} : tensor<2x3x4xf32>)
// CHECK: arith.divf
func.func @last_axis(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = onnx.node "Softmax"(%x) {since_version = 13 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @first_axis
// CHECK: linalg.transpose {{.*}} permutation = [2, 1, 0]
// CHECK: lowbit.float_sum ins({{.*}} : tensor<4x3x2xf32>)
// CHECK: linalg.transpose {{.*}} permutation = [2, 1, 0]
func.func @first_axis(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = onnx.node "Softmax"(%x) {attributes = {axis = 0 : i64}, since_version = 13 : i64}
      : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @flattened
// CHECK: lowbit.float_sum ins({{.*}} : tensor<2x12xf32>)
func.func @flattened(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = onnx.node "Softmax"(%x) {since_version = 11 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @logarithm
// CHECK: arith.maximumf
// CHECK: [[C:%.*]] = linalg.generic
// CHECK: arith.subf
// CHECK: math.exp
// CHECK: lowbit.float_sum
// CHECK: [[L:%.*]] = linalg.generic
// CHECK: math.log
// CHECK: linalg.generic {{.*}} ins([[C]], [[L]]
// CHECK: arith.subf
func.func @logarithm(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = onnx.node "LogSoftmax"(%x) {since_version = 13 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// Of equal maxima the first counts.
// CHECK-LABEL: @hard
// CHECK: arith.maximumf
// CHECK: linalg.index 1
// CHECK: arith.minsi {{.*}} : i64
// CHECK: arith.cmpi eq
func.func @hard(%x: tensor<2x3xf64>) -> tensor<2x3xf64> {
  %0 = onnx.node "Hardmax"(%x) {since_version = 13 : i64} : (tensor<2x3xf64>) -> tensor<2x3xf64>
  return %0 : tensor<2x3xf64>
}
