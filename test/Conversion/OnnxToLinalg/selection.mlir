// ArgMax, ArgMin, TopK: ties go to the lowest index, or to the last one if so asked.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @first
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK: [[BETTER:%.*]] = arith.cmpf olt, %out, %in
// CHECK: [[HERE:%.*]] = linalg.index 1
// CHECK: arith.select [[BETTER]], %in, %out
// CHECK: arith.select [[BETTER]], {{.*}}, %out_{{.*}} : i64
func.func @first(%x: tensor<2x3xf32>) -> tensor<2xi64> {
  %0 = onnx.node "ArgMax"(%x) {attributes = {axis = 1 : i64, keepdims = 0 : i64}} : (tensor<2x3xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// CHECK-LABEL: @last
// CHECK: arith.cmpf ole, %in, %out
func.func @last(%x: tensor<2x3xf32>) -> tensor<2x1xi64> {
  %0 = onnx.node "ArgMin"(%x) {attributes = {axis = -1 : i64, select_last_index = 1 : i64}}
      : (tensor<2x3xf32>) -> tensor<2x1xi64>
  return %0 : tensor<2x1xi64>
}

// Rank of each element, then place r takes the element of rank r.
// CHECK-LABEL: @topk
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: arith.cmpf olt, %in, %in_
// CHECK: arith.cmpi ult
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: -> (tensor<2x2xf32>, tensor<2x2xi64>)
func.func @topk(%x: tensor<2x5xf32>) -> (tensor<2x2xf32>, tensor<2x2xi64>) {
  %k = onnx.constant dense<2> : tensor<1xi64>
  %0:2 = onnx.node "TopK"(%x, %k) {since_version = 11 : i64}
      : (tensor<2x5xf32>, tensor<1xi64>) -> (tensor<2x2xf32>, tensor<2x2xi64>)
  return %0#0, %0#1 : tensor<2x2xf32>, tensor<2x2xi64>
}
