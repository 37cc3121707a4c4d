// RUN: setun-opt %s --lowbit-unfold-convolutions | FileCheck %s

// The zero point moves to the bias, 10 - 3 * (1 - 1 + 0 + 1); padding keeps its code.
// CHECK-LABEL: @unfolded
// CHECK: %[[P:.*]] = lowbit.patches %arg0 padding 3 window <size[2] strides[1] dilations[1] pads[1, 0]> : tensor<1x2x5xui4> -> tensor<1x5x4xui4>
// CHECK: %[[W:.*]] = lowbit.constant {{.*}} : tensor<1x4x!lowbit.ternary>
// CHECK: %[[SUMS:.*]] = lowbit.matmul %[[P]], %[[W]] bias [7] kernel <packed> : tensor<1x5x4xui4>, tensor<1x4x!lowbit.ternary> -> tensor<1x5x1xi32>
// CHECK: onnx.node "Transpose"(%[[SUMS]]) {attributes = {perm = array<i64: 0, 2, 1>}{{.*}} -> tensor<1x1x5xi32>
func.func @unfolded(%x: tensor<1x2x5xui4>) -> tensor<1x1x5xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<1x2x2x!lowbit.ternary>
  %0 = lowbit.conv %x zero_point 3, %w window <size[2] strides[1] dilations[1] pads[1, 0]> bias [10] kernel <packed>
    : tensor<1x2x5xui4>, tensor<1x2x2x!lowbit.ternary> -> tensor<1x1x5xi32>
  return %0 : tensor<1x1x5xi32>
}

// Zeros around bipolar codes: the patches are ternary.
// CHECK-LABEL: @bipolar
// CHECK: lowbit.patches {{.*}} -> tensor<1x5x4x!lowbit.ternary>
func.func @bipolar(%x: tensor<1x2x5x!lowbit.bipolar>) -> tensor<1x1x5xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<1x2x2x!lowbit.ternary>
  %0 = lowbit.conv %x, %w window <size[2] strides[1] dilations[1] pads[1, 0]> kernel <addsub>
    : tensor<1x2x5x!lowbit.bipolar>, tensor<1x2x2x!lowbit.ternary> -> tensor<1x1x5xi32>
  return %0 : tensor<1x1x5xi32>
}

// Two groups are one matrix with zeros between them, so that bipolar weights become ternary.
// CHECK-LABEL: @groups
// CHECK: %[[P:.*]] = lowbit.patches %arg0 padding 0 {{.*}} : tensor<1x2x5xui4> -> tensor<1x5x2xui4>
// CHECK: %[[W:.*]] = lowbit.constant dense_resource<[[GROUPED:.*]]> : tensor<4x2x!lowbit.ternary>
// CHECK: lowbit.matmul %[[P]], %[[W]] kernel <packed> : tensor<1x5x2xui4>, tensor<4x2x!lowbit.ternary> -> tensor<1x5x4xi32>
func.func @groups(%x: tensor<1x2x5xui4>) -> tensor<1x4x5xi32> {
  %w = lowbit.constant dense_resource<signs> : tensor<4x1x1x!lowbit.bipolar>
  %0 = lowbit.conv %x, %w window <size[1] strides[1] dilations[1] pads[0, 0]> groups 2 kernel <packed>
    : tensor<1x2x5xui4>, tensor<4x1x1x!lowbit.bipolar> -> tensor<1x4x5xi32>
  return %0 : tensor<1x4x5xi32>
}

// Plain ones stay, and those without a kernel.
// CHECK-LABEL: @untouched
// CHECK: lowbit.conv {{.*}} kernel <plain>
// CHECK: lowbit.conv
// CHECK-NOT: lowbit.patches
func.func @untouched(%x: tensor<1x2x5xui4>) -> (tensor<1x1x4xi32>, tensor<1x1x4xi32>) {
  %w = lowbit.constant dense_resource<w> : tensor<1x2x2x!lowbit.ternary>
  %0 = lowbit.conv %x, %w window <size[2] strides[1] dilations[1] pads[0, 0]> kernel <plain>
    : tensor<1x2x5xui4>, tensor<1x2x2x!lowbit.ternary> -> tensor<1x1x4xi32>
  %1 = lowbit.conv %x, %w window <size[2] strides[1] dilations[1] pads[0, 0]>
    : tensor<1x2x5xui4>, tensor<1x2x2x!lowbit.ternary> -> tensor<1x1x4xi32>
  return %0, %1 : tensor<1x1x4xi32>, tensor<1x1x4xi32>
}

// One input and one output for each group: channels stay apart, and go last.
// CHECK-LABEL: @depthwise
// CHECK: %[[X:.*]] = lowbit.transpose %arg0 [0, 2, 1] : tensor<1x4x5xui4> -> tensor<1x5x4xui4>
// CHECK: %[[W:.*]] = lowbit.constant {{.*}} : tensor<1x4x!lowbit.bipolar>
// CHECK: %[[SUMS:.*]] = lowbit.depthwise ins(%[[X]], %[[W]] : {{.*}}) outs(%{{.*}} : tensor<1x7x4xi32>) window <size[1] strides[1] dilations[1] pads[1, 1]> padding 2 bias [-1, 0, -1, 1] -> tensor<1x7x4xi32>
// CHECK: onnx.node "Transpose"(%[[SUMS]]) {attributes = {perm = array<i64: 0, 2, 1>}{{.*}} -> tensor<1x4x7xi32>
func.func @depthwise(%x: tensor<1x4x5xui4>) -> tensor<1x4x7xi32> {
  %w = lowbit.constant dense_resource<signs> : tensor<4x1x1x!lowbit.bipolar>
  %0 = lowbit.conv %x zero_point 2, %w window <size[1] strides[1] dilations[1] pads[1, 1]> groups 4 bias [1, 2, 1, -1] kernel <depthwise>
    : tensor<1x4x5xui4>, tensor<4x1x1x!lowbit.bipolar> -> tensor<1x4x7xi32>
  return %0 : tensor<1x4x7xi32>
}

{-# dialect_resources: { builtin: { w: "0x400000000100FF01", signs: "0x40000000010101FF" } } #-}
