// Regions divided into parts: the bounds of the loops come from the regions.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// CHECK-LABEL: @max
// CHECK: math.round
// CHECK: math.floor
// CHECK: [[FIRST:%.*]] = arith.index_cast {{.*}} : i64 to index
// CHECK: [[END:%.*]] = arith.index_cast {{.*}} : i64 to index
// CHECK: math.floor
// CHECK: scf.for {{.*}} = [[FIRST]] to [[END]]
// CHECK: scf.for
// CHECK: tensor.extract %arg0
func.func @max(%x: tensor<1x2x8x8xf32>, %r: tensor<3x5xf32>) -> tensor<3x2x2x2xf32> {
  %0 = onnx.node "MaxRoiPool"(%x, %r) {attributes = {pooled_shape = array<i64: 2, 2>}}
      : (tensor<1x2x8x8xf32>, tensor<3x5xf32>) -> tensor<3x2x2x2xf32>
  return %0 : tensor<3x2x2x2xf32>
}

// -----

// Two samples in each direction, four elements each.
// CHECK-LABEL: @align
// CHECK: scf.for {{.*}} to %c2
// CHECK: scf.for {{.*}} to %c2
// CHECK-COUNT-4: tensor.extract %arg0
// CHECK: arith.divf
func.func @align(%x: tensor<1x2x8x8xf32>, %r: tensor<3x4xf32>, %n: tensor<3xsi64>) -> tensor<3x2x2x2xf32> {
  %0 = onnx.node "RoiAlign"(%x, %r, %n) {attributes = {sampling_ratio = 2 : i64}, since_version = 16 : i64}
      : (tensor<1x2x8x8xf32>, tensor<3x4xf32>, tensor<3xsi64>) -> tensor<3x2x2x2xf32>
  return %0 : tensor<3x2x2x2xf32>
}
