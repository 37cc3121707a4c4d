// InstanceNormalization, LpNormalization: sums over a row, then its elements.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// scale * (x - mean) / sqrt(variance + epsilon) + bias
// CHECK-LABEL: @instance
// CHECK: tensor.collapse_shape %arg0 {{\[}}[0], [1], [2, 3]]
// CHECK: lowbit.float_sum
// CHECK: arith.divf {{.*}}, %cst{{.*}} : f32
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: lowbit.float_sum
// CHECK: [[DEVIATION:%.*]] = math.sqrt
// CHECK: [[SCALED:%.*]] = arith.mulf
// CHECK: [[QUOTIENT:%.*]] = arith.divf [[SCALED]], [[DEVIATION]]
// CHECK: arith.addf [[QUOTIENT]]
func.func @instance(%x: tensor<2x3x4x5xf32>, %scale: tensor<3xf32>, %bias: tensor<3xf32>) -> tensor<2x3x4x5xf32> {
  %0 = onnx.node "InstanceNormalization"(%x, %scale, %bias) : (tensor<2x3x4x5xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x4x5xf32>
  return %0 : tensor<2x3x4x5xf32>
}

// -----

// CHECK-LABEL: @l1
// CHECK: linalg.transpose {{.*}} permutation = [1, 0]
// CHECK: math.absf
// CHECK: lowbit.float_sum
// CHECK-NOT: math.sqrt
// CHECK: [[ISZERO:%.*]] = arith.cmpf oeq
// CHECK: [[QUOTIENT:%.*]] = arith.divf
// CHECK: arith.select [[ISZERO]], %cst{{.*}}, [[QUOTIENT]]
func.func @l1(%x: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %0 = onnx.node "LpNormalization"(%x) {attributes = {axis = 0 : i64, p = 1 : i64}} : (tensor<4x5xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// -----

// CHECK-LABEL: @l2
// CHECK-NOT: linalg.transpose
// CHECK: lowbit.float_sum
// CHECK: math.sqrt
func.func @l2(%x: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %0 = onnx.node "LpNormalization"(%x) : (tensor<4x5xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}
