// Einsum becomes products of matrices, sums, transposes.
// RUN: setun-opt %s --convert-onnx-to-linalg --canonicalize | FileCheck %s

// CHECK-LABEL: @batch
// CHECK: %[[T:.*]] = linalg.transpose ins(%arg1 : tensor<2x5x4xf32>) {{.*}} permutation = [0, 2, 1]
// CHECK: %[[PRODUCT:.*]] = lowbit.float_matmul ins(%arg0, %{{.*}}
// CHECK: return %[[PRODUCT]] : tensor<2x3x5xf32>
func.func @batch(%a: tensor<2x3x4xf32>, %b: tensor<2x5x4xf32>) -> tensor<2x3x5xf32> {
  %0 = onnx.node "Einsum"(%a, %b) {attributes = {equation = "bij,bkj->bik"}} : (tensor<2x3x4xf32>, tensor<2x5x4xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// What one operand alone has is summed before the product; nothing is left to sum then.
// CHECK-LABEL: @early
// CHECK: %[[SUM:.*]] = lowbit.float_sum ins(%arg0
// CHECK-NOT: float_matmul
// CHECK: arith.mulf
func.func @early(%a: tensor<3x4xf32>, %b: tensor<5xf32>) -> tensor<3x5xf32> {
  %0 = onnx.node "Einsum"(%a, %b) {attributes = {equation = "ij, k -> ik"}} : (tensor<3x4xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// CHECK-LABEL: @diagonal
// CHECK: %[[I:.*]] = linalg.index 1
// CHECK: tensor.extract %arg0[%{{.*}}, %[[I]], %[[I]]]
func.func @diagonal(%a: tensor<2x4x4xf32>) -> tensor<2x4xf32> {
  %0 = onnx.node "Einsum"(%a) {attributes = {equation = "...ii->...i"}} : (tensor<2x4x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
