// Det: elimination, the largest element of a column as pivot.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// CHECK-LABEL: @det
// CHECK: scf.for [[BATCH:%.*]] = %c0{{.*}} to %c2
// CHECK: [[MATRIX:%.*]] = tensor.extract_slice %arg0{{\[}}[[BATCH]], 0, 0] [1, 3, 3] [1, 1, 1] : tensor<2x3x3xf32> to tensor<3x3xf32>
// CHECK: scf.for [[COLUMN:%.*]] = {{.*}} iter_args([[ROWS:%.*]] = [[MATRIX]], [[PRODUCT:%.*]] = %cst)
// CHECK: [[ROW:%.*]]:2 = scf.for {{.*}} = [[COLUMN]]
// CHECK: arith.cmpf olt
// CHECK: [[PIVOT:%.*]] = tensor.extract [[ROWS]]{{\[}}[[ROW]]#0, [[COLUMN]]]
// CHECK: [[NEGATED:%.*]] = arith.negf [[PIVOT]]
// CHECK: [[FACTOR:%.*]] = arith.select {{.*}}, [[PIVOT]], [[NEGATED]]
// CHECK: arith.divf
// CHECK: arith.mulf [[PRODUCT]], [[FACTOR]]
func.func @det(%x: tensor<2x3x3xf32>) -> tensor<2xf32> {
  %0 = onnx.node "Det"(%x) : (tensor<2x3x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
