// CumSum, CumProd: a loop along the axis carries the value so far.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// CHECK-LABEL: @sum
// CHECK: scf.for [[ROW:%.*]] = %c0{{.*}} to %c3
// CHECK: scf.for [[STEP:%.*]] = {{.*}} to %c5{{.*}} iter_args([[WHOLE:%.*]] = {{.*}}, [[SUM:%.*]] = %cst)
// CHECK: [[X:%.*]] = tensor.extract %arg0{{\[}}[[ROW]], [[STEP]]]
// CHECK: [[NEXT:%.*]] = arith.addf [[SUM]], [[X]]
// CHECK: tensor.insert [[NEXT]] into [[WHOLE]]{{\[}}[[ROW]], [[STEP]]]
func.func @sum(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %axis = onnx.constant dense<-1> : tensor<i64>
  %0 = onnx.node "CumSum"(%x, %axis) : (tensor<3x5xf32>, tensor<i64>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// -----

// From the end, and without the element itself.
// CHECK-LABEL: @product
// CHECK: scf.for [[STEP:%.*]] = {{.*}} iter_args([[WHOLE:%.*]] = {{.*}}, [[SOFAR:%.*]] = %c1_i32)
// CHECK: [[PLACE:%.*]] = arith.subi %c4, [[STEP]]
// CHECK: [[X:%.*]] = tensor.extract {{.*}}{{\[}}[[PLACE]]]
// CHECK: arith.muli [[SOFAR]], [[X]]
// CHECK: tensor.insert [[SOFAR]] into [[WHOLE]]{{\[}}[[PLACE]]]
func.func @product(%x: tensor<5xsi32>) -> tensor<5xsi32> {
  %axis = onnx.constant dense<0> : tensor<i64>
  %0 = onnx.node "CumProd"(%x, %axis) {attributes = {exclusive = 1 : i64, reverse = 1 : i64}} : (tensor<5xsi32>, tensor<i64>) -> tensor<5xsi32>
  return %0 : tensor<5xsi32>
}
