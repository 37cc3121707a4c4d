// DeformConv gathers the taps of one row of outputs, then multiplies them.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @deform
// CHECK: scf.for [[N:%.*]] = {{.*}} to %c1
// CHECK: scf.for [[ROW:%.*]] = {{.*}} to %c3
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<2x2x2x4xf32>)
// CHECK: arith.sitofp
// CHECK-COUNT-4: tensor.extract %arg0
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<1x3x4xf32>)
// CHECK: tensor.insert_slice {{.*}}{{\[}}[[N]], 0, [[ROW]], 0] [1, 3, 1, 4]
func.func @deform(%x: tensor<1x2x4x5xf32>, %w: tensor<3x2x2x2xf32>, %o: tensor<1x8x3x4xf32>) -> tensor<1x3x3x4xf32> {
  %0 = onnx.node "DeformConv"(%x, %w, %o) : (tensor<1x2x4x5xf32>, tensor<3x2x2x2xf32>, tensor<1x8x3x4xf32>) -> tensor<1x3x3x4xf32>
  return %0 : tensor<1x3x3x4xf32>
}
