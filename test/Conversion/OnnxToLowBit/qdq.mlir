// QuantizeLinear and DequantizeLinear: ONNX's small integers are codes.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// The zero point is added after the rounding; one scale for the tensor.
// CHECK-LABEL: @per_tensor
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<5.000000e-01> : tensor<f32>
// CHECK-DAG: [[Z:%.*]] = onnx.constant dense<1.310000e+02> : tensor<f32>
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, [[S]] zero_point [[Z]] zero_point_last : {{.*}} -> tensor<2x3xui8>
// CHECK: lowbit.dequantize [[Q]], [[S]] zero_point [[Z]] : {{.*}} -> tensor<2x3xf32>
func.func @per_tensor(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<131> : tensor<ui8>
  %q = onnx.node "QuantizeLinear"(%x, %s, %z) : (tensor<2x3xf32>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  %r = onnx.node "DequantizeLinear"(%q, %s, %z) : (tensor<2x3xui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// -----

// One scale for each index of an axis, counted from the end; a zero point of zeros is none.
// CHECK-LABEL: @per_axis
// CHECK: [[S:%.*]] = onnx.constant dense<{{.*}}> : tensor<2x1xf32>
// CHECK: lowbit.quantize %arg0, [[S]] : (tensor<1x2x3xf32>, tensor<2x1xf32>) -> tensor<1x2x3xsi4>
func.func @per_axis(%x: tensor<1x2x3xf32>) -> tensor<1x2x3xsi4> {
  %s = onnx.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %z = onnx.constant dense<0> : tensor<2xsi4>
  %q = onnx.node "QuantizeLinear"(%x, %s, %z) {attributes = {axis = -2 : i64}}
      : (tensor<1x2x3xf32>, tensor<2xf32>, tensor<2xsi4>) -> tensor<1x2x3xsi4>
  return %q : tensor<1x2x3xsi4>
}

// -----

// Constant integers are weights; their zero point is subtracted, here to {-1, 0, +1}.
// CHECK-LABEL: @weights
// CHECK: [[W:%.*]] = lowbit.constant {{.*}} : tensor<4x!lowbit.ternary>
// CHECK: lowbit.dequantize [[W]], {{%[a-z0-9_]*}} : {{.*}} -> tensor<4xf32>
func.func @weights() -> tensor<4xf32> {
  %w = onnx.constant dense<[127, 128, 129, 127]> : tensor<4xui8>
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<128> : tensor<ui8>
  %r = onnx.node "DequantizeLinear"(%w, %s, %z) : (tensor<4xui8>, tensor<f32>, tensor<ui8>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// Constants of E2M1 are half of whole numbers: 6, -0.5, 1.5 and 0 are 12, -1, 3 and 0 with half the scale.
// CHECK-LABEL: @float4
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<2.500000e-01> : tensor<f32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant {{.*}} : tensor<4xsi5>
// CHECK: lowbit.dequantize [[W]], [[S]] : (tensor<4xsi5>, tensor<f32>) -> tensor<4xf32>
func.func @float4() -> tensor<4xf32> {
  %w = onnx.constant dense<[6.0, -0.5, 1.5, 0.0]> : tensor<4xf4E2M1FN>
  %s = onnx.constant dense<0.5> : tensor<f32>
  %r = onnx.node "DequantizeLinear"(%w, %s) : (tensor<4xf4E2M1FN>, tensor<f32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// Without halves the whole numbers are smaller: 4, -2 and 0 of these are 2, -1 and 0 of twice the scale.
// CHECK-LABEL: @even_float4
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<[1.000000e+00, 5.000000e-01, 2.000000e+00]> : tensor<3xf32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant {{.*}} : tensor<3xsi2>
// CHECK: lowbit.dequantize [[W]], [[S]]
func.func @even_float4() -> tensor<3xf32> {
  %w = onnx.constant dense<[-4.0, -2.0, 0.0]> : tensor<3xf4E2M1FN>
  %s = onnx.constant dense<[0.5, 0.25, 1.0]> : tensor<3xf32>
  %r = onnx.node "DequantizeLinear"(%w, %s) {attributes = {axis = 0 : i64}}
      : (tensor<3xf4E2M1FN>, tensor<3xf32>) -> tensor<3xf32>
  return %r : tensor<3xf32>
}

// -----

// The smallest float has no half.
// CHECK-LABEL: @smallest_scale
// CHECK: onnx.node "DequantizeLinear"
func.func @smallest_scale() -> tensor<4xf32> {
  %w = onnx.constant dense<[6.0, -0.5, 1.5, 0.0]> : tensor<4xf4E2M1FN>
  %s = onnx.constant dense<0x00000001> : tensor<f32>
  %r = onnx.node "DequantizeLinear"(%w, %s) : (tensor<4xf4E2M1FN>, tensor<f32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// Brevitas: fewer bits as a Clip on the codes.
// CHECK-LABEL: @clip
// CHECK: [[Q:%.*]] = lowbit.quantize {{.*}} narrow : {{.*}} -> tensor<2xsi3>
// CHECK: lowbit.dequantize [[Q]]
func.func @clip(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<si8>
  %lo = onnx.constant dense<-3> : tensor<si8>
  %hi = onnx.constant dense<3> : tensor<si8>
  %q = onnx.node "QuantizeLinear"(%x, %s, %z) : (tensor<2xf32>, tensor<f32>, tensor<si8>) -> tensor<2xsi8>
  %c = onnx.node "Clip"(%q, %lo, %hi) {since_version = 13 : i64} : (tensor<2xsi8>, tensor<si8>, tensor<si8>) -> tensor<2xsi8>
  %r = onnx.node "DequantizeLinear"(%c, %s, %z) : (tensor<2xsi8>, tensor<f32>, tensor<si8>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

// In front of a product, too; constant weights are clipped here: 7 becomes 3.
// CHECK-LABEL: @clipped_product
// CHECK: [[W:%.*]] = lowbit.constant dense_resource<{{.*}}> : tensor<2x2xsi3>
// CHECK: [[Q:%.*]] = lowbit.quantize {{.*}} -> tensor<1x2xui4>
// CHECK: lowbit.matmul [[Q]], [[W]]
// CHECK: {{"0x........0103FD02"}}
func.func @clipped_product(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %0 = onnx.constant dense<0> : tensor<ui8>
  %15 = onnx.constant dense<15> : tensor<ui8>
  %minus = onnx.constant dense<-3> : tensor<si8>
  %3 = onnx.constant dense<3> : tensor<si8>
  %w = onnx.constant dense<[[0.5, 3.5], [-5.0, 1.0]]> : tensor<2x2xf32>
  %zw = onnx.constant dense<0> : tensor<si8>
  %q = onnx.node "QuantizeLinear"(%x, %s, %0) : (tensor<1x2xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2xui8>
  %c = onnx.node "Clip"(%q, %0, %15) {since_version = 13 : i64} : (tensor<1x2xui8>, tensor<ui8>, tensor<ui8>) -> tensor<1x2xui8>
  %r = onnx.node "DequantizeLinear"(%c, %s, %0) : (tensor<1x2xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2xf32>
  %qw = onnx.node "QuantizeLinear"(%w, %s, %zw) : (tensor<2x2xf32>, tensor<f32>, tensor<si8>) -> tensor<2x2xsi8>
  %cw = onnx.node "Clip"(%qw, %minus, %3) {since_version = 13 : i64} : (tensor<2x2xsi8>, tensor<si8>, tensor<si8>) -> tensor<2x2xsi8>
  %rw = onnx.node "DequantizeLinear"(%cw, %s, %zw) : (tensor<2x2xsi8>, tensor<f32>, tensor<si8>) -> tensor<2x2xf32>
  %y = onnx.node "Gemm"(%r, %rw) {attributes = {transB = 1 : i64}} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Weights of 8 bits that use 16 levels become codes of fewer bits.
// CHECK-LABEL: @few_levels
// CHECK: lowbit.constant dense_resource<{{.*}}> : tensor<2x2xsi4>
func.func @few_levels(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<si8>
  %w = onnx.constant dense<[[7, -8], [3, 2]]> : tensor<2x2xsi8>
  %q = onnx.node "QuantizeLinear"(%x, %s, %z) : (tensor<1x2xf32>, tensor<f32>, tensor<si8>) -> tensor<1x2xsi8>
  %r = onnx.node "DequantizeLinear"(%q, %s, %z) : (tensor<1x2xsi8>, tensor<f32>, tensor<si8>) -> tensor<1x2xf32>
  %rw = onnx.node "DequantizeLinear"(%w, %s, %z) : (tensor<2x2xsi8>, tensor<f32>, tensor<si8>) -> tensor<2x2xf32>
  %y = onnx.node "Gemm"(%r, %rw) {attributes = {transB = 1 : i64}} : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Bounds that are no range of a code leave the Clip, on codes.
// CHECK-LABEL: @odd_clip
// CHECK: onnx.node "Clip"
// CHECK: lowbit.dequantize
func.func @odd_clip(%x: tensor<2xf32>) -> tensor<2xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<si8>
  %lo = onnx.constant dense<-5> : tensor<si8>
  %hi = onnx.constant dense<3> : tensor<si8>
  %q = onnx.node "QuantizeLinear"(%x, %s, %z) : (tensor<2xf32>, tensor<f32>, tensor<si8>) -> tensor<2xsi8>
  %c = onnx.node "Clip"(%q, %lo, %hi) {since_version = 13 : i64} : (tensor<2xsi8>, tensor<si8>, tensor<si8>) -> tensor<2xsi8>
  %r = onnx.node "DequantizeLinear"(%c, %s, %z) : (tensor<2xsi8>, tensor<f32>, tensor<si8>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

// Blocks, i32 and zero points that are computed keep their nodes.
// CHECK-LABEL: @others
// CHECK-COUNT-3: onnx.node "DequantizeLinear"
func.func @others(%x: tensor<4xsi8>, %b: tensor<4xsi32>, %p: tensor<si8>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %blocks = onnx.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %0 = onnx.node "DequantizeLinear"(%x, %blocks) {attributes = {axis = 0 : i64, block_size = 2 : i64}}
      : (tensor<4xsi8>, tensor<2xf32>) -> tensor<4xf32>
  %1 = onnx.node "DequantizeLinear"(%b, %s) : (tensor<4xsi32>, tensor<f32>) -> tensor<4xf32>
  %2 = onnx.node "DequantizeLinear"(%x, %s, %p) : (tensor<4xsi8>, tensor<f32>, tensor<si8>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
