// QONNX's operators on channels-last tensors become ONNX's own between transposes.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: @conv
// CHECK: [[X:%.*]] = onnx.node "Transpose"(%arg0) {attributes = {perm = array<i64: 0, 3, 1, 2>}{{.*}} -> tensor<1x2x7x6xf32>
// CHECK: [[W:%.*]] = onnx.node "Transpose"(%arg1) {attributes = {perm = array<i64: 0, 3, 1, 2>}{{.*}} -> tensor<4x2x3x3xf32>
// CHECK: [[Y:%.*]] = onnx.node "Conv"([[X]], [[W]]) {attributes = {kernel_shape = array<i64: 3, 3>}{{.*}}since_version = 11 : i64} {{.*}} -> tensor<1x4x5x4xf32>
// CHECK: onnx.node "Transpose"([[Y]]) {attributes = {perm = array<i64: 0, 2, 3, 1>}{{.*}} -> tensor<1x5x4x4xf32>
func.func @conv(%x: tensor<1x7x6x2xf32>, %w: tensor<4x3x3x2xf32>) -> tensor<1x5x4x4xf32> {
  %0 = onnx.node "Conv"(%x, %w) {attributes = {kernel_shape = array<i64: 3, 3>}, domain = "qonnx.custom_op.channels_last", since_version = 1 : i64}
      : (tensor<1x7x6x2xf32>, tensor<4x3x3x2xf32>) -> tensor<1x5x4x4xf32>
  return %0 : tensor<1x5x4x4xf32>
}

// -----

// One spatial dimension; the parameters stay.
// CHECK-LABEL: @batch_normalization
// CHECK: [[X:%.*]] = onnx.node "Transpose"(%arg0) {attributes = {perm = array<i64: 0, 2, 1>}
// CHECK: [[Y:%.*]] = onnx.node "BatchNormalization"([[X]], %arg1, %arg1, %arg1, %arg1)
// CHECK: onnx.node "Transpose"([[Y]]) {attributes = {perm = array<i64: 0, 2, 1>}
func.func @batch_normalization(%x: tensor<1x7x2xf32>, %p: tensor<2xf32>) -> tensor<1x7x2xf32> {
  %0 = onnx.node "BatchNormalization"(%x, %p, %p, %p, %p) {domain = "qonnx.custom_op.channels_last", since_version = 1 : i64}
      : (tensor<1x7x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x7x2xf32>
  return %0 : tensor<1x7x2xf32>
}

// -----

func.func @unknown(%x: tensor<1x7x6x2xf32>) -> tensor<1x7x6x2xf32> {
  // expected-error @below {{operator 'LRN' of the QONNX domain for channels last is not supported; accepted: Conv, MaxPool, BatchNormalization}}
  %0 = onnx.node "LRN"(%x) {domain = "qonnx.custom_op.channels_last"} : (tensor<1x7x6x2xf32>) -> tensor<1x7x6x2xf32>
  return %0 : tensor<1x7x6x2xf32>
}

// -----

func.func @rank(%x: tensor<7x2xf32>) -> tensor<7x2xf32> {
  // expected-error @below {{input 0 must be a tensor of rank 3 or more}}
  %0 = onnx.node "MaxPool"(%x) {domain = "qonnx.custom_op.channels_last"} : (tensor<7x2xf32>) -> tensor<7x2xf32>
  return %0 : tensor<7x2xf32>
}
