// AffineGrid: a matrix times positions from tables.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @grid
// CHECK-DAG: arith.constant dense<[-0.666666686, 0.000000e+00, 0.666666686]> : tensor<3xf32>
// CHECK-DAG: [[Y:%.*]] = arith.constant dense<[-5.000000e-01, 5.000000e-01]> : tensor<2xf32>
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<1x2x3x2xf32>)
// CHECK: tensor.extract %arg0[{{.*}}, %c0
// CHECK: arith.mulf
// CHECK: tensor.extract [[Y]]
// CHECK: arith.addf
// CHECK: tensor.extract %arg0[{{.*}}, %c2
// CHECK: arith.addf
func.func @grid(%theta: tensor<1x2x3xf32>) -> tensor<1x2x3x2xf32> {
  %size = onnx.constant dense<[1, 5, 2, 3]> : tensor<4xi64>
  %0 = onnx.node "AffineGrid"(%theta, %size) : (tensor<1x2x3xf32>, tensor<4xi64>) -> tensor<1x2x3x2xf32>
  return %0 : tensor<1x2x3x2xf32>
}
