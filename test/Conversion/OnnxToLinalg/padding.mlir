// Pad: into a filled tensor, or looked up by position.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// A negative pad cuts off.
// CHECK-LABEL: @pad
// CHECK: linalg.fill
// CHECK: tensor.extract_slice %arg0[1, 0] [3, 5] [1, 1]
// CHECK: tensor.insert_slice {{.*}}[0, 2] [3, 5] [1, 1]
func.func @pad(%x: tensor<4x5xf32>) -> tensor<3x8xf32> {
  %pads = onnx.constant dense<[-1, 2, 0, 1]> : tensor<4xi64>
  %0 = onnx.node "Pad"(%x, %pads) {since_version = 13 : i64} : (tensor<4x5xf32>, tensor<4xi64>) -> tensor<3x8xf32>
  return %0 : tensor<3x8xf32>
}

// The value may come at run time.
// CHECK-LABEL: @pad_value
// CHECK: linalg.generic {{.*}} ins(%arg1 : tensor<f32>)
// CHECK: tensor.insert_slice %arg0
func.func @pad_value(%x: tensor<4xf32>, %value: tensor<f32>) -> tensor<6xf32> {
  %pads = onnx.constant dense<1> : tensor<2xi64>
  %0 = onnx.node "Pad"(%x, %pads, %value) {since_version = 13 : i64}
      : (tensor<4xf32>, tensor<2xi64>, tensor<f32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// 0 1 2 reflected at 0 and at 2.
// CHECK-LABEL: @reflect
// CHECK: [[AT:%.*]] = arith.constant dense<[1, 2, 1, 0, 1, 2, 1, 0]> : tensor<8xi32>
// CHECK: linalg.generic {{.*}} ins([[AT]] : tensor<8xi32>)
// CHECK: [[J:%.*]] = arith.index_cast %in
// CHECK: tensor.extract %arg0[{{.*}}, [[J]]]
func.func @reflect(%x: tensor<2x3xf32>) -> tensor<2x8xf32> {
  %pads = onnx.constant dense<[0, 3, 0, 2]> : tensor<4xi64>
  %0 = onnx.node "Pad"(%x, %pads) {attributes = {mode = "reflect"}, since_version = 13 : i64}
      : (tensor<2x3xf32>, tensor<4xi64>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
