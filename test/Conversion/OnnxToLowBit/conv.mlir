// Convolutions of dequantised codes.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// One scale product for each channel, then the bias in f32 as the graph has it. Padding is the zero point.
// CHECK-LABEL: @grouped
// CHECK-DAG: [[B:%.*]] = onnx.constant dense<{{\[\[\[}}1.000000e+00]], {{\[\[}}2.000000e+00]]]> : tensor<2x1x1xf32>
// CHECK-DAG: [[S:%.*]] = onnx.node "Mul"({{.*}}) {{.*}} -> tensor<2x1x1xf32>
// CHECK-DAG: [[SUM:%.*]] = lowbit.conv %arg0 zero_point 8, %arg1 window <size[3, 1] strides[2, 1] dilations[1, 3] pads[1, 0, 1, 0]> groups 2 : tensor<1x4x5x6xui4>, tensor<2x2x3x1xsi3> -> tensor<1x2x3x6xi32>
// CHECK: [[R:%.*]] = lowbit.dequantize [[SUM]], [[S]] : (tensor<1x2x3x6xi32>, tensor<2x1x1xf32>) -> tensor<1x2x3x6xf32>
// CHECK: onnx.node "Add"([[R]], [[B]])
func.func @grouped(%q: tensor<1x4x5x6xui4>, %v: tensor<2x2x3x1xsi3>) -> tensor<1x2x3x6xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<8.0> : tensor<1x1x1x1xf32>
  %t = onnx.constant dense<[[[[0.5]]], [[[0.25]]]]> : tensor<2x1x1x1xf32>
  %b = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %x = lowbit.dequantize %q, %s zero_point %z : (tensor<1x4x5x6xui4>, tensor<f32>, tensor<1x1x1x1xf32>) -> tensor<1x4x5x6xf32>
  %w = lowbit.dequantize %v, %t : (tensor<2x2x3x1xsi3>, tensor<2x1x1x1xf32>) -> tensor<2x2x3x1xf32>
  %0 = onnx.node "Conv"(%x, %w, %b) {attributes = {group = 2 : i64, strides = array<i64: 2, 1>, dilations = array<i64: 1, 3>, pads = array<i64: 1, 0, 1, 0>}}
      : (tensor<1x4x5x6xf32>, tensor<2x2x3x1xf32>, tensor<2xf32>) -> tensor<1x2x3x6xf32>
  return %0 : tensor<1x2x3x6xf32>
}

// -----

// Float weights of two levels for each output. SAME_LOWER pads the begin more.
// CHECK-LABEL: @levels
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<{{.*}}> : tensor<2x1x4x!lowbit.bipolar>
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<{{\[\[}}5.000000e-01], [2.500000e-01]]> : tensor<2x1xf32>
// CHECK: lowbit.conv %arg0, [[W]] window <size[4] strides[1] dilations[1] pads[2, 1]> : {{.*}} -> tensor<1x2x6xi32>
// CHECK: lowbit.dequantize {{.*}}, [[S]]
func.func @levels(%q: tensor<1x1x6x!lowbit.bipolar>) -> tensor<1x2x6xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[[0.5, -0.5, -0.5, 0.5]], [[0.25, 0.25, -0.25, -0.25]]]> : tensor<2x1x4xf32>
  %x = lowbit.dequantize %q, %s : (tensor<1x1x6x!lowbit.bipolar>, tensor<f32>) -> tensor<1x1x6xf32>
  %0 = onnx.node "Conv"(%x, %w) {attributes = {auto_pad = "SAME_LOWER"}} : (tensor<1x1x6xf32>, tensor<2x1x4xf32>) -> tensor<1x2x6xf32>
  return %0 : tensor<1x2x6xf32>
}

// -----

// Sums of 16-bit codes that could pass 31 bits are 64 bits wide. A computed bias is aligned with the channels.
// CHECK-LABEL: @wide
// CHECK: lowbit.conv {{.*}} -> tensor<1x2x6xi64>
// CHECK: [[B:%.*]] = onnx.node "Reshape"(%arg2, {{.*}} -> tensor<2x1xf32>
// CHECK: onnx.node "Add"({{.*}}, [[B]])
func.func @wide(%q: tensor<1x1x6xui16>, %v: tensor<2x1x1xui16>, %b: tensor<2xf32>) -> tensor<1x2x6xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %x = lowbit.dequantize %q, %s : (tensor<1x1x6xui16>, tensor<f32>) -> tensor<1x1x6xf32>
  %w = lowbit.dequantize %v, %s : (tensor<2x1x1xui16>, tensor<f32>) -> tensor<2x1x1xf32>
  %0 = onnx.node "Conv"(%x, %w, %b) : (tensor<1x1x6xf32>, tensor<2x1x1xf32>, tensor<2xf32>) -> tensor<1x2x6xf32>
  return %0 : tensor<1x2x6xf32>
}

// -----

// Scales for each channel of the image cannot leave the sum; nor can scales within a kernel; weights of many levels;
// a window that does not give the declared output: all stay float.
// CHECK-LABEL: @near_misses
// CHECK-NOT: lowbit.conv
// CHECK-COUNT-4: onnx.node "Conv"
func.func @near_misses(%q: tensor<1x2x6xui4>, %v: tensor<2x2x3xsi3>) -> (tensor<1x2x4xf32>, tensor<1x2x4xf32>, tensor<1x1x4xf32>, tensor<1x2x5xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %c = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %k = onnx.constant dense<[0.5, 0.25, 0.5]> : tensor<3xf32>
  %f = onnx.constant dense<[[[0.3137, 0.2718, 0.1411], [0.5772, 0.6931, 0.0917]]]> : tensor<1x2x3xf32>
  %x = lowbit.dequantize %q, %s : (tensor<1x2x6xui4>, tensor<f32>) -> tensor<1x2x6xf32>
  %y = lowbit.dequantize %q, %c : (tensor<1x2x6xui4>, tensor<2x1xf32>) -> tensor<1x2x6xf32>
  %w = lowbit.dequantize %v, %s : (tensor<2x2x3xsi3>, tensor<f32>) -> tensor<2x2x3xf32>
  %u = lowbit.dequantize %v, %k : (tensor<2x2x3xsi3>, tensor<3xf32>) -> tensor<2x2x3xf32>
  %0 = onnx.node "Conv"(%y, %w) : (tensor<1x2x6xf32>, tensor<2x2x3xf32>) -> tensor<1x2x4xf32>
  %1 = onnx.node "Conv"(%x, %u) : (tensor<1x2x6xf32>, tensor<2x2x3xf32>) -> tensor<1x2x4xf32>
  %2 = onnx.node "Conv"(%x, %f) : (tensor<1x2x6xf32>, tensor<1x2x3xf32>) -> tensor<1x1x4xf32>
  %3 = onnx.node "Conv"(%x, %w) : (tensor<1x2x6xf32>, tensor<2x2x3xf32>) -> tensor<1x2x5xf32>
  return %0, %1, %2, %3 : tensor<1x2x4xf32>, tensor<1x2x4xf32>, tensor<1x1x4xf32>, tensor<1x2x5xf32>
}

// -----

// Zeros around the image are codes of its zero point, and padding of the convolution behind it.
// CHECK-LABEL: @pad_then_conv
// CHECK-NOT: lowbit.pad
// CHECK: lowbit.conv %arg0 zero_point 8, %arg1 window <size[3] strides[1] dilations[1] pads[2, 1]>
func.func @pad_then_conv(%q: tensor<1x1x4xui4>, %v: tensor<1x1x3xsi3>) -> tensor<1x1x5xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<8.0> : tensor<f32>
  %pads = onnx.constant dense<[0, 0, 1, 0, 0, 0]> : tensor<6xi64>
  %x = lowbit.dequantize %q, %s zero_point %z : (tensor<1x1x4xui4>, tensor<f32>, tensor<f32>) -> tensor<1x1x4xf32>
  %w = lowbit.dequantize %v, %s : (tensor<1x1x3xsi3>, tensor<f32>) -> tensor<1x1x3xf32>
  %0 = onnx.node "Pad"(%x, %pads) {since_version = 13 : i64} : (tensor<1x1x4xf32>, tensor<6xi64>) -> tensor<1x1x5xf32>
  %1 = onnx.node "Conv"(%0, %w) {attributes = {pads = array<i64: 1, 1>}} : (tensor<1x1x5xf32>, tensor<1x1x3xf32>) -> tensor<1x1x5xf32>
  return %1 : tensor<1x1x5xf32>
}

// -----

// Ones around bipolar codes, zeros around the same: the latter need ternary codes, until a convolution takes them.
// CHECK-LABEL: @bipolar_pads
// CHECK: lowbit.pad %arg0 code 1 low [0, 0, 1] high [0, 0, 2] : tensor<1x1x4x!lowbit.bipolar> -> tensor<1x1x7x!lowbit.bipolar>
// CHECK: lowbit.pad %arg0 code 0 low [0, 0, 1] high [0, 0, 2] : tensor<1x1x4x!lowbit.bipolar> -> tensor<1x1x7x!lowbit.ternary>
// CHECK: lowbit.conv %arg0, %arg1 window <size[3] strides[1] dilations[1] pads[1, 2]>
func.func @bipolar_pads(%q: tensor<1x1x4x!lowbit.bipolar>, %v: tensor<1x1x3x!lowbit.ternary>) -> (tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x1x5xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %x = lowbit.dequantize %q, %s : (tensor<1x1x4x!lowbit.bipolar>, tensor<f32>) -> tensor<1x1x4xf32>
  %w = lowbit.dequantize %v, %s : (tensor<1x1x3x!lowbit.ternary>, tensor<f32>) -> tensor<1x1x3xf32>
  %0 = onnx.node "Pad"(%x) {attributes = {pads = array<i64: 0, 0, 1, 0, 0, 2>, value = 0.5 : f32}, since_version = 2 : i64} : (tensor<1x1x4xf32>) -> tensor<1x1x7xf32>
  %1 = onnx.node "Pad"(%x) {attributes = {pads = array<i64: 0, 0, 1, 0, 0, 2>}, since_version = 2 : i64} : (tensor<1x1x4xf32>) -> tensor<1x1x7xf32>
  %2 = onnx.node "Conv"(%1, %w) : (tensor<1x1x7xf32>, tensor<1x1x3xf32>) -> tensor<1x1x5xf32>
  return %0, %1, %2 : tensor<1x1x7xf32>, tensor<1x1x7xf32>, tensor<1x1x5xf32>
}

// -----

// 0.3 is no code; negative pads cut off; the channels are padded: all stay what they are.
// CHECK-LABEL: @pad_near_misses
// CHECK: onnx.node "Pad"
// CHECK: onnx.node "Pad"
// CHECK: lowbit.pad
// CHECK: lowbit.conv {{.*}} pads[0, 0]
func.func @pad_near_misses(%q: tensor<1x1x4xui4>, %v: tensor<1x2x3xsi3>) -> (tensor<1x1x7xf32>, tensor<1x1x4xf32>, tensor<1x1x2xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %x = lowbit.dequantize %q, %s : (tensor<1x1x4xui4>, tensor<f32>) -> tensor<1x1x4xf32>
  %w = lowbit.dequantize %v, %s : (tensor<1x2x3xsi3>, tensor<f32>) -> tensor<1x2x3xf32>
  %0 = onnx.node "Pad"(%x) {attributes = {pads = array<i64: 0, 0, 1, 0, 0, 2>, value = 0.3 : f32}, since_version = 2 : i64} : (tensor<1x1x4xf32>) -> tensor<1x1x7xf32>
  %1 = onnx.node "Pad"(%x) {attributes = {pads = array<i64: 0, 0, 1, 0, 0, -1>}, since_version = 2 : i64} : (tensor<1x1x4xf32>) -> tensor<1x1x4xf32>
  %2 = onnx.node "Pad"(%x) {attributes = {pads = array<i64: 0, 1, 0, 0, 0, 0>}, since_version = 2 : i64} : (tensor<1x1x4xf32>) -> tensor<1x2x4xf32>
  %3 = onnx.node "Conv"(%2, %w) : (tensor<1x2x4xf32>, tensor<1x2x3xf32>) -> tensor<1x1x2xf32>
  return %0, %1, %3 : tensor<1x1x7xf32>, tensor<1x1x4xf32>, tensor<1x1x2xf32>
}
