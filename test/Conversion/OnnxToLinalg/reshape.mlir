// The same elements in another shape, and transposition.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// The output type says the shape; the shape operand is not read.
// CHECK-LABEL: @reshape
// CHECK: [[FLAT:%.*]] = tensor.collapse_shape %arg0 {{.*}} : tensor<4x6xf32> into tensor<24xf32>
// CHECK: tensor.expand_shape [[FLAT]] {{.*}} into tensor<3x8xf32>
func.func @reshape(%x: tensor<4x6xf32>, %shape: tensor<2xi64>) -> tensor<3x8xf32> {
  %0 = onnx.node "Reshape"(%x, %shape) : (tensor<4x6xf32>, tensor<2xi64>) -> tensor<3x8xf32>
  return %0 : tensor<3x8xf32>
}

// CHECK-LABEL: @flatten
// CHECK: tensor.collapse_shape %arg0 {{.*}} : tensor<1x1x28x28xf32> into tensor<1x784xf32>
func.func @flatten(%x: tensor<1x1x28x28xf32>) -> tensor<1x784xf32> {
  %0 = onnx.node "Flatten"(%x) : (tensor<1x1x28x28xf32>) -> tensor<1x784xf32>
  return %0 : tensor<1x784xf32>
}

// CHECK-LABEL: @squeeze
// CHECK: tensor.collapse_shape
// CHECK: tensor.expand_shape
func.func @squeeze(%x: tensor<1x3xf32>) -> tensor<3x1xf32> {
  %0 = onnx.node "Squeeze"(%x) : (tensor<1x3xf32>) -> tensor<3xf32>
  %1 = onnx.node "Unsqueeze"(%0) {attributes = {axes = array<i64: 1>}} : (tensor<3xf32>) -> tensor<3x1xf32>
  return %1 : tensor<3x1xf32>
}

// CHECK-LABEL: @transpose
// CHECK: linalg.transpose ins(%arg0 : tensor<2x3x4xf32>) outs({{.*}} : tensor<4x2x3xf32>) permutation = [2, 0, 1]
func.func @transpose(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 2, 0, 1>}} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  return %0 : tensor<4x2x3xf32>
}

// CHECK-LABEL: @nothing
// CHECK-NEXT: return %arg0
func.func @nothing(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = onnx.node "Identity"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  %1:2 = onnx.node "Dropout"(%0) : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xi1>)
  return %1#0 : tensor<2xf32>
}

// CHECK-LABEL: @depth_to_space
// CHECK: tensor.expand_shape %arg0 {{.*}} into tensor<1x2x2x3x4x5xf32>
// CHECK: linalg.transpose {{.*}} permutation = [0, 3, 4, 1, 5, 2]
// CHECK: tensor.collapse_shape {{.*}} into tensor<1x3x8x10xf32>
func.func @depth_to_space(%x: tensor<1x12x4x5xf32>) -> tensor<1x3x8x10xf32> {
  %0 = onnx.node "DepthToSpace"(%x) {attributes = {blocksize = 2 : i64}} : (tensor<1x12x4x5xf32>) -> tensor<1x3x8x10xf32>
  return %0 : tensor<1x3x8x10xf32>
}

// Dropout with a ratio of 0 drops nothing, also in training.
// CHECK-LABEL: @dropout
// CHECK: [[TRUE:%.*]] = arith.constant true
// CHECK: [[MASK:%.*]] = linalg.fill ins([[TRUE]] : i1)
// CHECK: return %arg0, [[MASK]]
func.func @dropout(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xi1>) {
  %ratio = onnx.constant dense<0.0> : tensor<f32>
  %yes = onnx.constant dense<true> : tensor<i1>
  %0:2 = onnx.node "Dropout"(%x, %ratio, %yes) : (tensor<4xf32>, tensor<f32>, tensor<i1>) -> (tensor<4xf32>, tensor<4xi1>)
  return %0#0, %0#1 : tensor<4xf32>, tensor<4xi1>
}
