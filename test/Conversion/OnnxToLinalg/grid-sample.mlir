// GridSample: positions from the grid, then the elements around them.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// x = ((grid + 1) * size - 1) / 2, the last dimension of the image first.
// CHECK-LABEL: @linear
// CHECK: [[Y:%.*]] = tensor.extract %arg1[{{.*}}, %c1]
// CHECK: arith.addf [[Y]]
// CHECK: arith.mulf {{.*}}, %cst
// CHECK: arith.subf
// CHECK: arith.divf
// CHECK: math.floor
// CHECK: tensor.extract %arg1[{{.*}}, %c0
// CHECK-COUNT-4: tensor.extract %arg0
func.func @linear(%x: tensor<1x3x4x5xf32>, %grid: tensor<1x2x2x2xf32>) -> tensor<1x3x2x2xf32> {
  %0 = onnx.node "GridSample"(%x, %grid) : (tensor<1x3x4x5xf32>, tensor<1x2x2x2xf32>) -> tensor<1x3x2x2xf32>
  return %0 : tensor<1x3x2x2xf32>
}

// -----

// CHECK-LABEL: @nearest
// CHECK: math.roundeven
// CHECK: arith.fptosi
// CHECK: tensor.extract %arg0
// CHECK-NOT: tensor.extract %arg0
func.func @nearest(%x: tensor<1x3x5xf32>, %grid: tensor<1x2x1xf32>) -> tensor<1x3x2xf32> {
  %0 = onnx.node "GridSample"(%x, %grid) {attributes = {mode = "nearest", padding_mode = "reflection", align_corners = 1 : i64}}
      : (tensor<1x3x5xf32>, tensor<1x2x1xf32>) -> tensor<1x3x2xf32>
  return %0 : tensor<1x3x2xf32>
}
