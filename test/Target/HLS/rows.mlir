// Folds of rows, products of floats and what is broadcast are stages; sums have the order of all targets.

// RUN: setun-opt %s --pass-pipeline='builtin.module(convert-onnx-to-linalg{streamed-only},canonicalize,emit-hls)' --split-input-file -o /dev/null | FileCheck %s

// The pixels of an image come with all their channels: rows side by side. The division is a step behind the sum.
// CHECK-LABEL: struct pool_step {
// CHECK: x / 20.0f;
// CHECK: setun_hls::sum_rows<1, 20, 3>(in, out, step);
func.func @main(%x: tensor<1x3x4x5xf32>) -> tensor<1x3x1x1xf32> {
  %0 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>}, since_version = 12 : i64} : (tensor<1x3x4x5xf32>) -> tensor<1x3x4x5xf32> loc("max")
  %1 = onnx.node "GlobalAveragePool"(%0) {since_version = 1 : i64} : (tensor<1x3x4x5xf32>) -> tensor<1x3x1x1xf32> loc("pool")
  return %1 : tensor<1x3x1x1xf32>
}

// -----

// CHECK-LABEL: struct best_fold {
// CHECK: setun_hls::maximum_f32(y, x);
// CHECK: setun_hls::fold_rows<2, 5, 1>(in, out, setun_hls::bits_to_float(0xff800000u), best_fold(), step);
// One number for each element of its row.
// CHECK: setun_hls::repeat<2, 5>(in, out);
// CHECK: setun_hls::map<10, 10>(in, in2, out, step);
func.func @main(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %0 = onnx.node "ReduceMax"(%x) {attributes = {axes = array<i64: 1>}, since_version = 13 : i64} : (tensor<2x5xf32>) -> tensor<2x1xf32> loc("best")
  %1 = onnx.node "Sub"(%x, %0) {since_version = 14 : i64} : (tensor<2x5xf32>, tensor<2x1xf32>) -> tensor<2x5xf32> loc("difference")
  return %1 : tensor<2x5xf32>
}

// -----

// What another dimension repeats is kept.
// CHECK: setun_hls::reorder<5, 1, 0, 1, 0, 1, 0, 1, 0, 2, 0, 5, 1>(in, out);
func.func @main(%x: tensor<2x5xf32>, %y: tensor<5xf32>) -> tensor<2x5xf32> {
  %0 = onnx.node "Sub"(%x, %y) {since_version = 14 : i64} : (tensor<2x5xf32>, tensor<5xf32>) -> tensor<2x5xf32> loc("difference")
  return %0 : tensor<2x5xf32>
}

// -----

// Weights of an output stand next to each other.
// CHECK: setun_hls::float_matmul<3, 2, 2>(in, out, product_weights, step);
// CHECK: static const float product_weights[2][2] =
// CHECK-NEXT: 1.0f, 3.0f},
// CHECK-NEXT: {2.0f, 4.0f}};
func.func @main(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = onnx.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %0 = onnx.node "MatMul"(%x, %w) {since_version = 13 : i64} : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32> loc("product")
  return %0 : tensor<3x2xf32>
}

// -----

// The channels of a pixel are a row; codes are compared as they are.
// CHECK: setun_hls::top_k<6, 4, 2, true>(in, values, indices);
func.func @main(%x: tensor<1x4x2x3xsi4>) -> (tensor<1x2x2x3xsi4>, tensor<1x2x2x3xsi64>) {
  %k = onnx.constant dense<2> : tensor<1xsi64>
  %0, %1 = onnx.node "TopK"(%x, %k) {attributes = {axis = 1 : i64}, since_version = 11 : i64} : (tensor<1x4x2x3xsi4>, tensor<1xsi64>) -> (tensor<1x2x2x3xsi4>, tensor<1x2x2x3xsi64>) loc("best")
  return %0, %1 : tensor<1x2x2x3xsi4>, tensor<1x2x2x3xsi64>
}
