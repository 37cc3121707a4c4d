// BatchNormalization: a = scale / sqrt(var + epsilon), b = bias - mean * a, y = x * a + b.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// Constant parameters fold: a = [2/sqrt(4), 3/sqrt(9)], b = [1 - 5*1, 0 - 7*1].
// CHECK: [[$CHANNEL:#.*]] = affine_map<(d0, d1, d2) -> (d1, 0)>
// CHECK-LABEL: @constant
// CHECK-DAG: arith.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK-DAG: arith.constant dense<[-4.000000e+00, -7.000000e+00]> : tensor<2xf32>
// CHECK: linalg.generic {indexing_maps = [{{.*}}[[$CHANNEL]]
// CHECK: [[PRODUCT:%.*]] = arith.mulf %in,
// CHECK: arith.addf [[PRODUCT]],
// CHECK-NOT: math.sqrt
func.func @constant(%x: tensor<1x2x3xf32>) -> tensor<1x2x3xf32> {
  %scale = onnx.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %bias = onnx.constant dense<[1.0, 0.0]> : tensor<2xf32>
  %mean = onnx.constant dense<[5.0, 7.0]> : tensor<2xf32>
  %var = onnx.constant dense<[3.0, 8.0]> : tensor<2xf32>
  %0 = onnx.node "BatchNormalization"(%x, %scale, %bias, %mean, %var) {attributes = {epsilon = 1.0 : f32}, since_version = 9 : i64}
      : (tensor<1x2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// CHECK-LABEL: @computed
// CHECK: math.sqrt
// CHECK: arith.divf
// CHECK: arith.subf
func.func @computed(%x: tensor<1x2xf32>, %p: tensor<2xf32>) -> tensor<1x2xf32> {
  %0 = onnx.node "BatchNormalization"(%x, %p, %p, %p, %p) {since_version = 15 : i64}
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// Constant parameters of half precision fold as the numbers that they are.
// CHECK-LABEL: @half
// CHECK-DAG: arith.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK-DAG: arith.constant dense<[-4.000000e+00, -7.000000e+00]> : tensor<2xf32>
// CHECK-NOT: math.sqrt
// CHECK: return
func.func @half(%x: tensor<1x2x3xf16>) -> tensor<1x2x3xf16> {
  %scale = onnx.constant dense<[2.0, 3.0]> : tensor<2xf16>
  %bias = onnx.constant dense<[1.0, 0.0]> : tensor<2xf16>
  %mean = onnx.constant dense<[5.0, 7.0]> : tensor<2xf16>
  %var = onnx.constant dense<[3.0, 8.0]> : tensor<2xf16>
  %0 = onnx.node "BatchNormalization"(%x, %scale, %bias, %mean, %var) {attributes = {epsilon = 1.0 : f32}, since_version = 9 : i64}
      : (tensor<1x2x3xf16>, tensor<2xf16>, tensor<2xf16>, tensor<2xf16>, tensor<2xf16>) -> tensor<1x2x3xf16>
  return %0 : tensor<1x2x3xf16>
}

// Training: mean and variance of the batch, and the given ones moved toward them.
// CHECK-LABEL: @training
// CHECK: linalg.transpose {{.*}} permutation = [1, 0, 2]
// CHECK: lowbit.float_sum ins(%{{.*}} : tensor<3x8xf32>)
// CHECK: arith.divf {{.*}}, %cst
// CHECK: [[DISTANCE:%.*]] = arith.subf
// CHECK: arith.mulf [[DISTANCE]], [[DISTANCE]]
// CHECK: lowbit.float_sum ins(%{{.*}} : tensor<3x8xf32>)
// CHECK: math.sqrt
// CHECK: linalg.generic {{.*}} ins(%arg1, %{{.*}} : tensor<3xf32>, tensor<3xf32>)
// CHECK: arith.mulf %{{.*}}, %[[MOMENTUM:.*]] :
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} ins(%arg2, %{{.*}} : tensor<3xf32>, tensor<3xf32>)
func.func @training(%x: tensor<2x3x4xf32>, %mean: tensor<3xf32>, %variance: tensor<3xf32>) -> (tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>) {
  %0:3 = onnx.node "BatchNormalization"(%x, %mean, %mean, %mean, %variance) {attributes = {training_mode = 1 : i64}, since_version = 15 : i64}
      : (tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0, %0#1, %0#2 : tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>
}
