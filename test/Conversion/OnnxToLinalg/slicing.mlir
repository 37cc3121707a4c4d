// Slice, Split, Concat at positions known at compile time.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @slice
// CHECK: tensor.extract_slice %arg0[0, 1] [4, 2] [1, 2] : tensor<4x5xf32> to tensor<4x2xf32>
func.func @slice(%x: tensor<4x5xf32>) -> tensor<4x2xf32> {
  %start = onnx.constant dense<1> : tensor<1xi64>
  %end = onnx.constant dense<9223372036854775807> : tensor<1xi64>
  %axis = onnx.constant dense<-1> : tensor<1xi64>
  %step = onnx.constant dense<2> : tensor<1xi64>
  %0 = onnx.node "Slice"(%x, %start, %end, %axis, %step) {since_version = 13 : i64}
      : (tensor<4x5xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// A negative step loads at 3 - i.
// CHECK-LABEL: @reverse
// CHECK: linalg.index 0
// CHECK: arith.muli {{.*}} %c-1
// CHECK: arith.addi {{.*}} %c3
// CHECK: tensor.extract %arg0
func.func @reverse(%x: tensor<4xf32>) -> tensor<4xf32> {
  %start = onnx.constant dense<-1> : tensor<1xi64>
  %end = onnx.constant dense<-9223372036854775808> : tensor<1xi64>
  %axis = onnx.constant dense<0> : tensor<1xi64>
  %step = onnx.constant dense<-1> : tensor<1xi64>
  %0 = onnx.node "Slice"(%x, %start, %end, %axis, %step) {since_version = 13 : i64}
      : (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A part without elements may lie behind the last one.
// CHECK-LABEL: @split_nothing
// CHECK-NOT: [0, 5]
// CHECK-NOT: tensor.insert_slice {{.*}} tensor<4x0xf32>
// CHECK: return
func.func @split_nothing(%x: tensor<4x5xf32>) -> (tensor<4x0xf32>, tensor<4x5xf32>) {
  %sizes = onnx.constant dense<[5, 0]> : tensor<2xi64>
  %0:2 = onnx.node "Split"(%x, %sizes) {attributes = {axis = 1 : i64}, since_version = 13 : i64}
      : (tensor<4x5xf32>, tensor<2xi64>) -> (tensor<4x5xf32>, tensor<4x0xf32>)
  %1 = onnx.node "Concat"(%0#0, %0#1) {attributes = {axis = 1 : i64}, since_version = 13 : i64}
      : (tensor<4x5xf32>, tensor<4x0xf32>) -> tensor<4x5xf32>
  return %0#1, %1 : tensor<4x0xf32>, tensor<4x5xf32>
}

// CHECK-LABEL: @split
// CHECK: tensor.extract_slice %arg0[0, 0] [4, 2] [1, 1]
// CHECK: tensor.extract_slice %arg0[0, 2] [4, 3] [1, 1]
// CHECK: tensor.insert_slice {{.*}}[0, 0] [4, 3] [1, 1]
// CHECK: tensor.insert_slice {{.*}}[0, 3] [4, 2] [1, 1]
func.func @split(%x: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %sizes = onnx.constant dense<[2, 3]> : tensor<2xi64>
  %0:2 = onnx.node "Split"(%x, %sizes) {attributes = {axis = 1 : i64}, since_version = 13 : i64}
      : (tensor<4x5xf32>, tensor<2xi64>) -> (tensor<4x2xf32>, tensor<4x3xf32>)
  %1 = onnx.node "Concat"(%0#1, %0#0) {attributes = {axis = 1 : i64}} : (tensor<4x3xf32>, tensor<4x2xf32>) -> tensor<4x5xf32>
  return %1 : tensor<4x5xf32>
}

// More than 16 parts are copied as one: a chain of insertions would take bufferization too long.
// CHECK-LABEL: func @concat_many
// CHECK-NOT: tensor.insert_slice
// CHECK: tensor.concat dim(1)
func.func @concat_many(%a: tensor<2x1xf32>) -> tensor<2x17xf32> {
  %0 = onnx.node "Concat"(%a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a, %a) {attributes = {axis = -1 : i64}, since_version = 13 : i64}
      : (tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>,
         tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>,
         tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x17xf32>
  return %0 : tensor<2x17xf32>
}
