// Products of dequantised codes: zero points on both sides, two activations, constants in their smallest type.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// Constant weights less their zero points, one for each output, and in the type that these need. A row of one zero
// point more than its codes is 0.
// CHECK-LABEL: @constant_zero_points
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<{{.*}}> : tensor<2x3xsi3>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0 zero_point 128, [[W]] : tensor<1x3xui8>, tensor<2x3xsi3> -> tensor<1x2xi32>
// CHECK: lowbit.dequantize [[SUM]], [[S]]
func.func @constant_zero_points(%q: tensor<1x3xui8>) -> tensor<1x2xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %zero = onnx.constant dense<128.0> : tensor<f32>
  %s = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %z = onnx.constant dense<[[130.0], [7.0]]> : tensor<2x1xf32>
  %w = lowbit.constant dense_resource<w> : tensor<2x3xui8>
  %x = lowbit.dequantize %q, %one zero_point %zero : (tensor<1x3xui8>, tensor<f32>, tensor<f32>) -> tensor<1x3xf32>
  %y = lowbit.dequantize %w, %s zero_point %z : (tensor<2x3xui8>, tensor<2x1xf32>, tensor<2x1xf32>) -> tensor<2x3xf32>
  %0 = onnx.node "Gemm"(%x, %y) {attributes = {transB = 1 : i64}} : (tensor<1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
// 127 - 130, 130 - 130, 132 - 130; 6 - 7, 7 - 7, 8 - 7
// CHECK: "0x40000000FD0002FF0001"
{-# dialect_resources: { builtin: { w: "0x400000007F8284060708" } } #-}

// -----

// Bytes of nothing but -1, 0 and +1 are ternary, also where they are no constant of this dialect.
// CHECK-LABEL: @bytes_of_three_levels
// CHECK: lowbit.constant dense_resource<{{.*}}> : tensor<1x4x!lowbit.ternary>
func.func @bytes_of_three_levels(%q: tensor<1x4xsi8>) -> tensor<1x1xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[1, 0, -1, 1]]> : tensor<1x4xsi8>
  %x = lowbit.dequantize %q, %one : (tensor<1x4xsi8>, tensor<f32>) -> tensor<1x4xf32>
  %y = lowbit.dequantize %w, %one : (tensor<1x4xsi8>, tensor<f32>) -> tensor<1x4xf32>
  %0 = onnx.node "Gemm"(%x, %y) {attributes = {transB = 1 : i64}} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// -----

// Codes of one bit less a zero point that 16 bits cannot make up for stay as they are.
// CHECK-LABEL: @too_wide
// CHECK: lowbit.dequantize %{{.*}} zero_point
// CHECK: onnx.node "Gemm"
func.func @too_wide(%q: tensor<1x2xsi8>) -> tensor<1x1xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %z = onnx.constant dense<[[-65536.0, 3.0]]> : tensor<1x2xf32>
  %w = lowbit.constant dense_resource<w> : tensor<1x2xui8>
  %x = lowbit.dequantize %q, %one : (tensor<1x2xsi8>, tensor<f32>) -> tensor<1x2xf32>
  %y = lowbit.dequantize %w, %one zero_point %z : (tensor<1x2xui8>, tensor<f32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %0 = onnx.node "Gemm"(%x, %y) {attributes = {transB = 1 : i64}} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}
{-# dialect_resources: { builtin: { w: "0x400000000107" } } #-}

// -----

// Attention: q . k^T and weights . v, both sides computed, each with its zero point; the two transposes of k cancel.
// CHECK-LABEL: @attention
// CHECK: lowbit.matmul %arg0 zero_point 3, %arg1 zero_point 5 : tensor<2x4x6x8xui8>, tensor<2x4x7x8xui8> -> tensor<2x4x6x7xi32>
// CHECK: [[V:%.*]] = lowbit.transpose %arg2 [0, 1, 3, 2] : tensor<1x4x7x9xsi8> -> tensor<1x4x9x7xsi8>
// CHECK: lowbit.matmul %{{.*}}, [[V]] : tensor<2x4x6x7xui8>, tensor<1x4x9x7xsi8> -> tensor<2x4x6x9xi32>
func.func @attention(%q: tensor<2x4x6x8xui8>, %k: tensor<2x4x7x8xui8>, %v: tensor<1x4x7x9xsi8>) -> tensor<2x4x6x9xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %three = onnx.constant dense<3.0> : tensor<f32>
  %five = onnx.constant dense<5.0> : tensor<f32>
  %0 = lowbit.dequantize %q, %s zero_point %three : (tensor<2x4x6x8xui8>, tensor<f32>, tensor<f32>) -> tensor<2x4x6x8xf32>
  %1 = lowbit.dequantize %k, %s zero_point %five : (tensor<2x4x7x8xui8>, tensor<f32>, tensor<f32>) -> tensor<2x4x7x8xf32>
  %2 = lowbit.dequantize %v, %s : (tensor<1x4x7x9xsi8>, tensor<f32>) -> tensor<1x4x7x9xf32>
  %3 = onnx.node "Transpose"(%1) {attributes = {perm = array<i64: 0, 1, 3, 2>}} : (tensor<2x4x7x8xf32>) -> tensor<2x4x8x7xf32>
  %4 = onnx.node "MatMul"(%0, %3) : (tensor<2x4x6x8xf32>, tensor<2x4x8x7xf32>) -> tensor<2x4x6x7xf32>
  %5 = onnx.node "Softmax"(%4) : (tensor<2x4x6x7xf32>) -> tensor<2x4x6x7xf32>
  %6 = lowbit.quantize %5, %s : (tensor<2x4x6x7xf32>, tensor<f32>) -> tensor<2x4x6x7xui8>
  %7 = lowbit.dequantize %6, %s : (tensor<2x4x6x7xui8>, tensor<f32>) -> tensor<2x4x6x7xf32>
  %8 = onnx.node "MatMul"(%7, %2) : (tensor<2x4x6x7xf32>, tensor<1x4x7x9xf32>) -> tensor<2x4x6x9xf32>
  return %8 : tensor<2x4x6x9xf32>
}

// -----

// The left side would have to be repeated; a scale along the summed dimension; zero points that differ or that the
// bytes could not hold: all stay float.
// CHECK-LABEL: @near_misses
// CHECK-NOT: lowbit.matmul
// CHECK-COUNT-4: onnx.node "MatMul"
func.func @near_misses(%q: tensor<2x4xui8>, %k: tensor<3x4x5xui8>) -> (tensor<3x2x5xf32>, tensor<3x2x5xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<[3.0, 3.0, 3.0, 4.0]> : tensor<4xf32>
  %m = onnx.constant dense<-1.0> : tensor<f32>
  %r = onnx.constant dense<[[0.5], [0.5], [0.25], [0.5]]> : tensor<4x1xf32>
  %w = onnx.constant dense<[[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [1.0, 1.0]]> : tensor<4x2xf32>
  %0 = lowbit.dequantize %q, %s : (tensor<2x4xui8>, tensor<f32>) -> tensor<2x4xf32>
  %1 = lowbit.dequantize %k, %s : (tensor<3x4x5xui8>, tensor<f32>) -> tensor<3x4x5xf32>
  %2 = lowbit.dequantize %k, %r : (tensor<3x4x5xui8>, tensor<4x1xf32>) -> tensor<3x4x5xf32>
  %3 = lowbit.dequantize %q, %s zero_point %z : (tensor<2x4xui8>, tensor<f32>, tensor<4xf32>) -> tensor<2x4xf32>
  %4 = lowbit.dequantize %q, %s zero_point %m : (tensor<2x4xui8>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  %5 = onnx.node "MatMul"(%0, %1) : (tensor<2x4xf32>, tensor<3x4x5xf32>) -> tensor<3x2x5xf32>
  %6 = onnx.node "MatMul"(%0, %2) : (tensor<2x4xf32>, tensor<3x4x5xf32>) -> tensor<3x2x5xf32>
  %7 = onnx.node "MatMul"(%3, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  %8 = onnx.node "MatMul"(%4, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %5, %6, %7, %8 : tensor<3x2x5xf32>, tensor<3x2x5xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// 127 - (-2) needs nine bits, whose extremes could leave the sums of 32 bits: the zero point stays.
// CHECK-LABEL: @zero_point_stays
// CHECK: lowbit.matmul %arg0, {{%.*}} zero_point -2 bias [2050000000] : tensor<1x8xui16>, tensor<1x8xsi8> -> tensor<1x1xi32>
func.func @zero_point_stays(%x: tensor<1x8xui16>) -> tensor<1x1xi32> {
  %w = onnx.constant dense<127> : tensor<1x8xsi8>
  %0 = lowbit.matmul %x, %w zero_point -2 bias [2050000000] : tensor<1x8xui16>, tensor<1x8xsi8> -> tensor<1x1xi32>
  return %0 : tensor<1x1xi32>
}
