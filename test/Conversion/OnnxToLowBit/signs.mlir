// Binary and ternary activations spelled with Sign and comparisons.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// ONNX: Sign(0) = 0. Rounding away from zero within -1 .. 1 is the sign.
// CHECK-LABEL: @sign
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, {{.*}} rounding{{ +}}up : {{.*}} -> tensor<1x4x!lowbit.ternary>
// CHECK: lowbit.matmul [[Q]]
func.func @sign(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[1.0], [-1.0], [-1.0], [1.0]]> : tensor<4x1xf32>
  %0 = onnx.node "Sign"(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.node "MatMul"(%0, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// -----

// larq: sign(sign(x) + 0.1) is +1 for 0.
// CHECK-LABEL: @sign_of_sign
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, {{.*}} -> tensor<1x4x!lowbit.bipolar>
// CHECK: lowbit.matmul [[Q]]
func.func @sign_of_sign(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[0.3], [-0.3], [-0.3], [0.3]]> : tensor<4x1xf32>
  %eps = onnx.constant dense<0.1> : tensor<f32>
  %0 = onnx.node "Sign"(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.node "Add"(%eps, %0) : (tensor<f32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = onnx.node "Sign"(%1) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %3 = onnx.node "MatMul"(%2, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %3 : tensor<1x1xf32>
}

// -----

// CHECK-LABEL: @where
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<0.000000e+00> : tensor<1x1xf32>
// CHECK: [[Q:%.*]] = lowbit.threshold %arg0, [[T]] {{.*}} -> tensor<1x4x!lowbit.bipolar>
// CHECK: lowbit.matmul [[Q]]
func.func @where(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[1.0], [-1.0], [-1.0], [1.0]]> : tensor<4x1xf32>
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %minus = onnx.constant dense<-1.0> : tensor<f32>
  %c = onnx.node "GreaterOrEqual"(%x, %zero) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xi1>
  %0 = onnx.node "Where"(%c, %one, %minus) : (tensor<1x4xi1>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  %1 = onnx.node "MatMul"(%0, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// -----

// BitNet's sign: 0 is -1, so the threshold is the first float above 0. 0 < x is x > 0.
// CHECK-LABEL: @strict
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<1.401300e-45> : tensor<1x1xf32>
// CHECK: lowbit.threshold %arg0, [[T]] {{.*}} -> tensor<1x4x!lowbit.bipolar>
func.func @strict(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[1.0], [-1.0], [-1.0], [1.0]]> : tensor<4x1xf32>
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %minus = onnx.constant dense<-1.0> : tensor<f32>
  %c = onnx.node "Less"(%zero, %x) : (tensor<f32>, tensor<1x4xf32>) -> tensor<1x4xi1>
  %0 = onnx.node "Where"(%c, %one, %minus) : (tensor<1x4xi1>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  %1 = onnx.node "MatMul"(%0, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// -----

// 2 * (x >= 0.5) - 1, spelled as 1 - 2 * not (x >= 0.5).
// CHECK-LABEL: @cast
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<5.000000e-01> : tensor<1x1xf32>
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<1.000000e+00> : tensor<f32>
// CHECK: [[Q:%.*]] = lowbit.threshold %arg0, [[T]] {{.*}} -> tensor<1x4x!lowbit.bipolar>
// CHECK: [[SUM:%.*]] = lowbit.matmul [[Q]]
// CHECK: lowbit.dequantize [[SUM]], [[S]]
func.func @cast(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[1.0], [-1.0], [-1.0], [1.0]]> : tensor<4x1xf32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %c = onnx.node "GreaterOrEqual"(%x, %half) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xi1>
  %not = onnx.node "Not"(%c) : (tensor<1x4xi1>) -> tensor<1x4xi1>
  %0 = onnx.node "Cast"(%not) {attributes = {to = 1 : i64}} : (tensor<1x4xi1>) -> tensor<1x4xf32>
  %1 = onnx.node "Mul"(%0, %two) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %2 = onnx.node "Sub"(%one, %1) : (tensor<f32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %3 = onnx.node "MatMul"(%2, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %3 : tensor<1x1xf32>
}

// -----

// A comparison alone is one bit: 0 or 1.
// CHECK-LABEL: @heaviside
// CHECK: lowbit.quantize {{.*}} -> tensor<1x4xui1>
// CHECK: lowbit.matmul
func.func @heaviside(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %w = onnx.constant dense<[[1.0], [-1.0], [-1.0], [1.0]]> : tensor<4x1xf32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %c = onnx.node "GreaterOrEqual"(%x, %half) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xi1>
  %0 = onnx.node "Cast"(%c) {attributes = {to = 1 : i64}} : (tensor<1x4xi1>) -> tensor<1x4xf32>
  %1 = onnx.node "MatMul"(%0, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// -----

// A mask that meets no low-bit weights is none of ours; neither are 1 and 2.
// CHECK-LABEL: @untouched
// CHECK-NOT: lowbit
func.func @untouched(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x1xf32>) {
  %w = onnx.constant dense<[[1.0], [-1.0], [-1.0], [1.0]]> : tensor<4x1xf32>
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %one = onnx.constant dense<1.5> : tensor<f32>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %c = onnx.node "Less"(%x, %zero) : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xi1>
  %0 = onnx.node "Where"(%c, %zero, %one) : (tensor<1x4xi1>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  %1 = onnx.node "Where"(%c, %two, %one) : (tensor<1x4xi1>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  %2 = onnx.node "MatMul"(%1, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %0, %2 : tensor<1x4xf32>, tensor<1x1xf32>
}
