// BatchNormalization becomes one factor and one offset a channel; exact factors merge into scales. All numbers
// here are exact in f32.
// RUN: setun-opt %s --lowbit-fold-scales --split-input-file | FileCheck %s

// a = scale / sqrt(var + epsilon): 4 / sqrt(3 + 1) = 2, 3 / sqrt(8 + 1) = 1.
// b = bias - mean * a: 3 - 0.5 * 2 = 2, -1 - 4 * 1 = -5.
// CHECK-LABEL: @batch_normalization
// CHECK-DAG: [[A:%.*]] = onnx.constant dense<[2.000000e+00, 1.000000e+00]> : tensor<2xf32>
// CHECK-DAG: [[B:%.*]] = onnx.constant dense<[2.000000e+00, -5.000000e+00]> : tensor<2xf32>
// CHECK: [[SCALED:%.*]] = onnx.node "Mul"(%arg0, [[A]])
// CHECK-NEXT: onnx.node "Add"([[SCALED]], [[B]])
func.func @batch_normalization(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %scale = onnx.constant dense<[4.0, 3.0]> : tensor<2xf32>
  %bias = onnx.constant dense<[3.0, -1.0]> : tensor<2xf32>
  %mean = onnx.constant dense<[0.5, 4.0]> : tensor<2xf32>
  %var = onnx.constant dense<[3.0, 8.0]> : tensor<2xf32>
  %0 = onnx.node "BatchNormalization"(%x, %scale, %bias, %mean, %var) {attributes = {epsilon = 1.0 : f32}}
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// Channels are the second dimension: factors are [C, 1, 1].
// CHECK-LABEL: @images
// CHECK: onnx.constant dense<{{.*}}> : tensor<2x1x1xf32>
// CHECK: onnx.constant dense<{{.*}}> : tensor<2x1x1xf32>
func.func @images(%x: tensor<1x2x5x5xf32>) -> tensor<1x2x5x5xf32> {
  %p = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = onnx.node "BatchNormalization"(%x, %p, %p, %p, %p)
      : (tensor<1x2x5x5xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x5x5xf32>
  return %0 : tensor<1x2x5x5xf32>
}

// -----

// Parameters that are computed, and training, which would measure the mean.
// CHECK-LABEL: @batch_normalization_stays
// CHECK-COUNT-2: onnx.node "BatchNormalization"
func.func @batch_normalization_stays(%x: tensor<1x2xf32>, %s: tensor<2xf32>) -> tensor<1x2xf32> {
  %p = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = onnx.node "BatchNormalization"(%x, %s, %p, %p, %p)
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = onnx.node "BatchNormalization"(%0, %p, %p, %p, %p) {attributes = {training_mode = 1 : i64}}
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// q * 3 * 0.5 = q * 1.5: the factor is a power of two.
// CHECK-LABEL: @factor
// CHECK: [[S:%.*]] = onnx.constant dense<1.500000e+00>
// CHECK: [[R:%.*]] = lowbit.dequantize %arg0, [[S]]
// CHECK-NEXT: return [[R]]
func.func @factor(%q: tensor<4xsi8>) -> tensor<4xf32> {
  %s = onnx.constant dense<3.0> : tensor<f32>
  %c = onnx.constant dense<0.5> : tensor<f32>
  %0 = lowbit.dequantize %q, %s : (tensor<4xsi8>, tensor<f32>) -> tensor<4xf32>
  %1 = onnx.node "Mul"(%c, %0) : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// q * 0.25 * -3 = q * -0.75: the scale is one; and q * 3 / 4 = q * 0.75.
// CHECK-LABEL: @scale_and_divisor
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<-7.500000e-01> : tensor<1x1xf32>
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<7.500000e-01> : tensor<f32>
// CHECK: lowbit.dequantize %arg0, [[S]] zero_point %arg1
// CHECK: lowbit.dequantize %arg0, [[T]]
func.func @scale_and_divisor(%q: tensor<1x4xsi8>, %z: tensor<f32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %s = onnx.constant dense<0.25> : tensor<1x1xf32>
  %c = onnx.constant dense<-3.0> : tensor<f32>
  %0 = lowbit.dequantize %q, %s zero_point %z : (tensor<1x4xsi8>, tensor<1x1xf32>, tensor<f32>) -> tensor<1x4xf32>
  %1 = onnx.node "Mul"(%0, %c) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %t = onnx.constant dense<3.0> : tensor<f32>
  %d = onnx.constant dense<4.0> : tensor<f32>
  %2 = lowbit.dequantize %q, %t : (tensor<1x4xsi8>, tensor<f32>) -> tensor<1x4xf32>
  %3 = onnx.node "Div"(%2, %d) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  return %1, %3 : tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// Neither is a power of two (one rounding instead of two); the divisor is not (0.25 / 3 is rounded); the product
// 2^-80 is so small that codes times it might be denormal; and a divided constant is no divisor.
// CHECK-LABEL: @inexact
// CHECK: onnx.node "Mul"
// CHECK: onnx.node "Div"
// CHECK: onnx.node "Mul"
// CHECK: onnx.node "Div"
func.func @inexact(%q: tensor<4xsi8>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %c = onnx.constant dense<3.0> : tensor<f32>
  %quarter = onnx.constant dense<0.25> : tensor<f32>
  %tiny = onnx.constant dense<0x2B800000> : tensor<f32>
  %0 = lowbit.dequantize %q, %s : (tensor<4xsi8>, tensor<f32>) -> tensor<4xf32>
  %1 = onnx.node "Mul"(%0, %c) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = lowbit.dequantize %q, %quarter : (tensor<4xsi8>, tensor<f32>) -> tensor<4xf32>
  %3 = onnx.node "Div"(%2, %c) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %4 = lowbit.dequantize %q, %tiny : (tensor<4xsi8>, tensor<f32>) -> tensor<4xf32>
  %5 = onnx.node "Mul"(%4, %tiny) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %6 = onnx.node "Div"(%quarter, %2) : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  return %1, %3, %5, %6 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// A scale for each column, and a factor that enlarges the tensor.
// CHECK-LABEL: @shapes
// CHECK-COUNT-2: onnx.node "Mul"
func.func @shapes(%q: tensor<4xsi8>) -> (tensor<4xf32>, tensor<1x4xf32>) {
  %s = onnx.constant dense<[1.0, 2.0, 4.0, 8.0]> : tensor<4xf32>
  %t = onnx.constant dense<1.0> : tensor<f32>
  %c = onnx.constant dense<2.0> : tensor<f32>
  %d = onnx.constant dense<2.0> : tensor<1x1xf32>
  %0 = lowbit.dequantize %q, %s : (tensor<4xsi8>, tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "Mul"(%0, %c) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = lowbit.dequantize %q, %t : (tensor<4xsi8>, tensor<f32>) -> tensor<4xf32>
  %3 = onnx.node "Mul"(%2, %d) : (tensor<4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  return %1, %3 : tensor<4xf32>, tensor<1x4xf32>
}
