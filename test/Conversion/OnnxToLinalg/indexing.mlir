// Gather, Expand, Tile.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// An index from outside is clamped into the tensor; negative ones count from the end.
// CHECK-LABEL: @gather
// CHECK: linalg.generic {{.*}} ins(%arg1 : tensor<2xi64>)
// CHECK: arith.addi %in, %c5_i64
// CHECK: arith.maxsi
// CHECK: arith.minsi {{.*}} %c4_i64
// CHECK: tensor.extract %arg0
func.func @gather(%x: tensor<5x3xf32>, %indices: tensor<2xi64>) -> tensor<2x3xf32> {
  %0 = onnx.node "Gather"(%x, %indices) : (tensor<5x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @expand
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<3x1xf32>)
// CHECK: linalg.yield %in
func.func @expand(%x: tensor<3x1xf32>, %shape: tensor<3xi64>) -> tensor<2x3x4xf32> {
  %0 = onnx.node "Expand"(%x, %shape) : (tensor<3x1xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @tile
// CHECK: tensor.expand_shape %arg0 {{.*}} into tensor<1x2x1x3xf32>
// CHECK: linalg.generic
// CHECK: } -> tensor<2x2x3x3xf32>
// CHECK: tensor.collapse_shape {{.*}} into tensor<4x9xf32>
func.func @tile(%x: tensor<2x3xf32>, %repeats: tensor<2xi64>) -> tensor<4x9xf32> {
  %0 = onnx.node "Tile"(%x, %repeats) : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<4x9xf32>
  return %0 : tensor<4x9xf32>
}
