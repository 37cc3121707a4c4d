// With static shapes Shape, Size, ConstantOfShape and Range are constants.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @shapes
// CHECK-DAG: arith.constant dense<[2, 3, 4]> : tensor<3xi64>
// CHECK-DAG: arith.constant dense<[3, 4]> : tensor<2xi64>
// CHECK-DAG: arith.constant dense<24> : tensor<i64>
func.func @shapes(%x: tensor<2x3x4xf32>) -> (tensor<3xi64>, tensor<2xi64>, tensor<i64>) {
  %0 = onnx.node "Shape"(%x) : (tensor<2x3x4xf32>) -> tensor<3xi64>
  %1 = onnx.node "Shape"(%x) {attributes = {start = -2 : i64}} : (tensor<2x3x4xf32>) -> tensor<2xi64>
  %2 = onnx.node "Size"(%x) : (tensor<2x3x4xf32>) -> tensor<i64>
  return %0, %1, %2 : tensor<3xi64>, tensor<2xi64>, tensor<i64>
}

// CHECK-LABEL: @filled
// CHECK-DAG: arith.constant dense<0.000000e+00> : tensor<2x3xf32>
// CHECK-DAG: arith.constant dense<7> : tensor<2x3xi64>
// CHECK-DAG: arith.constant dense<[3, 5, 7]> : tensor<3xi32>
func.func @filled() -> (tensor<2x3xf32>, tensor<2x3xi64>, tensor<3xi32>) {
  %shape = onnx.constant dense<[2, 3]> : tensor<2xi64>
  %0 = onnx.node "ConstantOfShape"(%shape) : (tensor<2xi64>) -> tensor<2x3xf32>
  %1 = onnx.node "ConstantOfShape"(%shape) {attributes = {value = dense<7> : tensor<1xi64>}} : (tensor<2xi64>) -> tensor<2x3xi64>
  %start = onnx.constant dense<3> : tensor<i32>
  %limit = onnx.constant dense<9> : tensor<i32>
  %delta = onnx.constant dense<2> : tensor<i32>
  %2 = onnx.node "Range"(%start, %limit, %delta) : (tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<3xi32>
  return %0, %1, %2 : tensor<2x3xf32>, tensor<2x3xi64>, tensor<3xi32>
}

// A result without elements needs no computation, whatever the operator.
// CHECK-LABEL: @empty
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<2x0xf32>
// CHECK-NEXT: return %[[EMPTY]]
func.func @empty(%x: tensor<2x0xf32>, %y: tensor<1xf32>) -> tensor<2x0xf32> {
  %0 = onnx.node "Add"(%x, %y) : (tensor<2x0xf32>, tensor<1xf32>) -> tensor<2x0xf32>
  return %0 : tensor<2x0xf32>
}
