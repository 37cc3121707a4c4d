// Resize: tables made at compile time, then lookups or weighted sums axis by axis.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// CHECK-LABEL: @nearest
// CHECK: [[AT:%.*]] = arith.constant dense<[0, 0, 1, 1, 2, 2]> : tensor<6xi32>
// CHECK: linalg.generic {{.*}} ins([[AT]] : tensor<6xi32>)
// CHECK: arith.index_cast %in
// CHECK: tensor.extract {{.*}} : tensor<1x3xi8>
func.func @nearest(%x: tensor<1x3xui8>) -> tensor<1x6xui8> {
  %none = onnx.none
  %scales = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = onnx.node "Resize"(%x, %none, %scales) {since_version = 13 : i64} : (tensor<1x3xui8>, none, tensor<2xf32>) -> tensor<1x6xui8>
  return %0 : tensor<1x6xui8>
}

// -----

// Positions -0.25, 0.25, 0.75, 1.25 between elements 0 and 1.
// CHECK-LABEL: @linear
// CHECK-DAG: [[AT:%.*]] = arith.constant dense<[0, 0, 0, 1, 0, 1, 1, 1]> : tensor<8xi32>
// CHECK-DAG: [[WEIGHTS:%.*]] = arith.constant dense<[2.500000e-01, 7.500000e-01, 7.500000e-01, 2.500000e-01, 2.500000e-01, 7.500000e-01, 7.500000e-01, 2.500000e-01]> : tensor<8xf32>
// CHECK: linalg.generic
// CHECK: tensor.extract [[AT]]
// CHECK: arith.mulf
// CHECK: arith.mulf
// CHECK: arith.addf
func.func @linear(%x: tensor<1x2xf32>) -> tensor<1x4xf32> {
  %none = onnx.none
  %scales = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = onnx.node "Resize"(%x, %none, %scales) {attributes = {mode = "linear"}, since_version = 13 : i64}
      : (tensor<1x2xf32>, none, tensor<2xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

// Both axes: the one that shrinks more goes first. Integers are rounded to even.
// CHECK-LABEL: @integers
// CHECK: arith.sitofp
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<4x2xf32>)
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<3x2xf32>)
// CHECK: math.roundeven
func.func @integers(%x: tensor<4x8xsi8>) -> tensor<3x2xsi8> {
  %none = onnx.none
  %sizes = onnx.constant dense<[3, 2]> : tensor<2xi64>
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {attributes = {mode = "linear"}, since_version = 13 : i64}
      : (tensor<4x8xsi8>, none, none, tensor<2xi64>) -> tensor<3x2xsi8>
  return %0 : tensor<3x2xsi8>
}

// -----

// With many taps a loop goes over them.
// CHECK-LABEL: @antialias
// CHECK: scf.for {{.*}} to %c8
func.func @antialias(%x: tensor<16xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %sizes = onnx.constant dense<4> : tensor<1xi64>
  %0 = onnx.node "Resize"(%x, %none, %none, %sizes) {attributes = {mode = "linear", antialias = 1 : i64}, since_version = 18 : i64}
      : (tensor<16xf32>, none, none, tensor<1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// What lies outside of the input has a value of its own.
// CHECK-LABEL: @crop
// CHECK: arith.constant dense<[true, false, false, true]> : tensor<4xi1>
// CHECK: arith.select {{.*}}, %cst{{.*}}, {{.*}} : f32
func.func @crop(%x: tensor<3xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %roi = onnx.constant dense<[-0.5, 1.5]> : tensor<2xf32>
  %sizes = onnx.constant dense<4> : tensor<1xi64>
  %0 = onnx.node "Resize"(%x, %roi, %none, %sizes)
      {attributes = {coordinate_transformation_mode = "tf_crop_and_resize", mode = "linear", extrapolation_value = 9.0 : f32}, since_version = 13 : i64}
      : (tensor<3xf32>, tensor<2xf32>, none, tensor<1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// The first versions have attributes.
// CHECK-LABEL: @upsample
// CHECK: dense<[0, 0, 1, 1]> : tensor<4xi32>
func.func @upsample(%x: tensor<2xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Upsample"(%x) {attributes = {scales = array<f32: 2.0>}, since_version = 7 : i64} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
