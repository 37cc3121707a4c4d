// RUN: setun-opt %s --lowbit-select-kernels=kernel=addsub 2>/dev/null | FileCheck %s --check-prefixes=CHECK,ADDSUB
// RUN: setun-opt %s --lowbit-select-kernels=kernel=packed 2>&1 | FileCheck %s --check-prefixes=CHECK,PACKED,REMARK

// REMARK: remark: not kernel 'packed': 5 groups are more than 4
// REMARK: remark: not kernel 'depthwise': the weights are ui8, which no signed byte holds

// CHECK-LABEL: @ternary
func.func @ternary(%x: tensor<1x2x8x8xui4>) -> tensor<1x8x8x8xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<8x2x1x1x!lowbit.ternary>
  // ADDSUB: kernel <addsub>
  // PACKED: kernel <packed>
  %0 = lowbit.conv %x, %w window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]>
    : tensor<1x2x8x8xui4>, tensor<8x2x1x1x!lowbit.ternary> -> tensor<1x8x8x8xi32>
  return %0 : tensor<1x8x8x8xi32>
}

// CHECK-LABEL: @long_rows
func.func @long_rows(%x: tensor<1x4x8x8xui4>) -> tensor<1x1x7x7xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<1x4x2x2xsi4>
  // ADDSUB: kernel <addsub>
  // PACKED: kernel <packed>
  %0 = lowbit.conv %x, %w window <size[2, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]>
    : tensor<1x4x8x8xui4>, tensor<1x4x2x2xsi4> -> tensor<1x1x7x7xi32>
  return %0 : tensor<1x1x7x7xi32>
}

// CHECK-LABEL: @short_rows
func.func @short_rows(%x: tensor<1x1x8x8xui4>) -> tensor<1x4x7x7xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<4x1x2x2xsi4>
  // ADDSUB: kernel <addsub>
  // PACKED: kernel <packed>
  %0 = lowbit.conv %x, %w window <size[2, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]>
    : tensor<1x1x8x8xui4>, tensor<4x1x2x2xsi4> -> tensor<1x4x7x7xi32>
  return %0 : tensor<1x4x7x7xi32>
}

// Every channel has weights of its own: the packed matrix would be mostly zeros.
// CHECK-LABEL: @depthwise
func.func @depthwise(%x: tensor<1x5x8xui4>) -> (tensor<1x5x8xi32>, tensor<1x5x8xi32>) {
  %w = lowbit.constant dense_resource<v> : tensor<5x1x1xsi4>
  %u = lowbit.constant dense_resource<v> : tensor<5x1x1xui8>
  // ADDSUB: kernel <addsub>
  // PACKED: kernel <depthwise>
  %0 = lowbit.conv %x, %w window <size[1] strides[1] dilations[1] pads[0, 0]> groups 5
    : tensor<1x5x8xui4>, tensor<5x1x1xsi4> -> tensor<1x5x8xi32>
  // No signed byte holds these.
  // PACKED: kernel <plain>
  %1 = lowbit.conv %x, %u window <size[1] strides[1] dilations[1] pads[0, 0]> groups 5
    : tensor<1x5x8xui4>, tensor<5x1x1xui8> -> tensor<1x5x8xi32>
  return %0, %1 : tensor<1x5x8xi32>, tensor<1x5x8xi32>
}

// Packed weights would be mostly zeros between groups.
// CHECK-LABEL: @groups
func.func @groups(%x: tensor<1x5x8xui4>) -> tensor<1x5x8xi32> {
  %w = lowbit.constant dense_resource<v> : tensor<5x1x1x!lowbit.ternary>
  // ADDSUB: kernel <addsub>
  // PACKED: kernel <depthwise>
  %0 = lowbit.conv %x, %w window <size[1] strides[1] dilations[1] pads[0, 0]> groups 5
    : tensor<1x5x8xui4>, tensor<5x1x1x!lowbit.ternary> -> tensor<1x5x8xi32>
  return %0 : tensor<1x5x8xi32>
}

{-# dialect_resources: { builtin: {
  w: "0x4000000001FF010001FF010001FF010001FF0100",
  v: "0x4000000001FF010001"
} } #-}
