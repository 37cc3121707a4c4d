// LRN: the squares of the channels around, then x / base^0.75 by square roots.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @lrn
// CHECK-DAG: [[LOW:%.*]] = arith.subi {{.*}}, %c1
// CHECK-DAG: [[FIRST:%.*]] = arith.maxsi [[LOW]], %c0
// CHECK-DAG: [[HIGH:%.*]] = arith.addi {{.*}}, %c3
// CHECK-DAG: [[END:%.*]] = arith.minsi [[HIGH]], %c5
// CHECK: scf.for {{.*}} = [[FIRST]] to [[END]]
// CHECK: [[ROOT:%.*]] = math.sqrt
// CHECK: [[FOURTH:%.*]] = math.sqrt [[ROOT]]
// CHECK: [[POWER:%.*]] = arith.mulf [[ROOT]], [[FOURTH]]
// CHECK: arith.divf {{.*}}, [[POWER]]
func.func @lrn(%x: tensor<1x5x3xf32>) -> tensor<1x5x3xf32> {
  %0 = onnx.node "LRN"(%x) {attributes = {size = 4 : i64}} : (tensor<1x5x3xf32>) -> tensor<1x5x3xf32>
  return %0 : tensor<1x5x3xf32>
}
