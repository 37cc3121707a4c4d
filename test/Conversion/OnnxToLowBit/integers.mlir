// Whole numbers in float tensors become codes with scale 1 in front of a product with low-bit weights.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// The quantiser saturates at 0 and 255 by itself, so Clip goes.
// CHECK-LABEL: @floor_clip
// CHECK-DAG: [[ONE:%.*]] = onnx.constant dense<1.000000e+00> : tensor<f32>
// CHECK: [[FLOOR:%.*]] = onnx.node "Floor"(%arg0)
// CHECK: [[Q:%.*]] = lowbit.quantize [[FLOOR]], [[ONE]] : {{.*}} -> tensor<1x4xui8>
// CHECK: [[SUM:%.*]] = lowbit.matmul [[Q]], {{.*}} : tensor<1x4xui8>, tensor<1x4xsi8> -> tensor<1x1xi32>
// CHECK: lowbit.dequantize [[SUM]], [[ONE]]
func.func @floor_clip(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[3.0], [-100.0], [0.0], [1.0]]> : tensor<4x1xf32>
  %0 = onnx.node "Floor"(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.node "Clip"(%0) {attributes = {min = 0.0 : f32, max = 255.0 : f32}, since_version = 6 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = onnx.node "MatMul"(%1, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// -----

// A Cast from an integer type is whole; 0..100 needs 7 bits and keeps its Clip. Reshapes stand between.
// CHECK-LABEL: @cast_clip
// CHECK: [[CLIP:%.*]] = onnx.node "Clip"
// CHECK: [[Q:%.*]] = lowbit.quantize [[CLIP]], {{.*}} -> tensor<2x2xui7>
// CHECK: lowbit.reshape [[Q]]
// CHECK: lowbit.matmul
func.func @cast_clip(%x: tensor<2x2xi64>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[3.0], [-100.0], [0.0], [1.0]]> : tensor<4x1xf32>
  %lo = onnx.constant dense<0.0> : tensor<f32>
  %hi = onnx.constant dense<100.0> : tensor<f32>
  %0 = onnx.node "Cast"(%x) {attributes = {to = 1 : i64}, since_version = 13 : i64} : (tensor<2x2xi64>) -> tensor<2x2xf32>
  %1 = onnx.node "Clip"(%0, %lo, %hi) {since_version = 13 : i64} : (tensor<2x2xf32>, tensor<f32>, tensor<f32>) -> tensor<2x2xf32>
  %2 = onnx.node "Flatten"(%1) {attributes = {axis = 0 : i64}} : (tensor<2x2xf32>) -> tensor<1x4xf32>
  %3 = onnx.node "MatMul"(%2, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %3 : tensor<1x1xf32>
}

// -----

// round(clip(x, 0, 1) * 3) / 3: the codes are 0..3, the division is their scale.
// CHECK-LABEL: @fractions
// CHECK-DAG: [[THIRD:%.*]] = onnx.constant dense<0.333333343> : tensor<f32>
// CHECK: [[ROUND:%.*]] = onnx.node "Round"
// CHECK: [[Q:%.*]] = lowbit.quantize [[ROUND]], {{.*}} -> tensor<1x4xui2>
// CHECK: [[SUM:%.*]] = lowbit.matmul [[Q]]
// CHECK: lowbit.dequantize [[SUM]], [[THIRD]]
func.func @fractions(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[1.0], [-1.0], [0.0], [1.0]]> : tensor<4x1xf32>
  %three = onnx.constant dense<3.0> : tensor<f32>
  %0 = onnx.node "Clip"(%x) {attributes = {min = 0.0 : f32, max = 1.0 : f32}, since_version = 6 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.node "Mul"(%0, %three) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %2 = onnx.node "Round"(%1) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %3 = onnx.node "Div"(%2, %three) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %4 = onnx.node "MatMul"(%3, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %4 : tensor<1x1xf32>
}

// -----

// Not whole: half steps stay float.
// CHECK-LABEL: @halves
// CHECK-NOT: lowbit
func.func @halves(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[1.0], [-1.0], [0.0], [1.0]]> : tensor<4x1xf32>
  %0 = onnx.node "Clip"(%x) {attributes = {min = 0.0 : f32, max = 1.0 : f32}, since_version = 6 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.node "MatMul"(%0, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// -----

// Unbounded, or too far apart for codes of 16 bits.
// CHECK-LABEL: @unbounded
// CHECK-NOT: lowbit
func.func @unbounded(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[1.0], [-1.0], [0.0], [1.0]]> : tensor<4x1xf32>
  %0 = onnx.node "Floor"(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.node "Clip"(%0) {attributes = {min = -1.0 : f32, max = 40000.0 : f32}, since_version = 6 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = onnx.node "MatMul"(%1, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// -----

// Weights that are no codes: nothing is gained.
// CHECK-LABEL: @float_weights
// CHECK-NOT: lowbit
func.func @float_weights(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[0.1], [-0.23], [0.77], [0.5123]]> : tensor<4x1xf32>
  %0 = onnx.node "Floor"(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.node "Clip"(%0) {attributes = {min = 0.0 : f32, max = 255.0 : f32}, since_version = 6 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = onnx.node "MatMul"(%1, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}
