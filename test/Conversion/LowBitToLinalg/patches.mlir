// Patches of the bytes of codes: the kernel op on storage, into a fresh destination.
// RUN: setun-opt %s --convert-lowbit-to-linalg | FileCheck %s
// RUN: setun-opt %s --lowbit-materialize-storage | FileCheck %s

// CHECK-LABEL: @patches
// CHECK: [[ROWS:%.*]] = tensor.empty() : tensor<1x3x3x24xi8>
// CHECK: lowbit.im2row ins(%arg0 : tensor<1x4x6x7xi8>) outs([[ROWS]] : tensor<1x3x3x24xi8>) window <size[2, 3] strides[2, 1] dilations[1, 3] pads[0, 0, 0, 2]> padding 8 -> tensor<1x3x3x24xi8>
func.func @patches(%x: tensor<1x4x6x7xui4>) -> tensor<1x3x3x24xui4> {
  %0 = lowbit.patches %x padding 8 window <size[2, 3] strides[2, 1] dilations[1, 3] pads[0, 0, 0, 2]> : tensor<1x4x6x7xui4> -> tensor<1x3x3x24xui4>
  return %0 : tensor<1x3x3x24xui4>
}

// The kernel op on storage is not touched.
// CHECK-LABEL: @storage
// CHECK: lowbit.im2row
func.func @storage(%x: tensor<1x4x8xi8>, %r: tensor<1x7x8xi8>) -> tensor<1x7x8xi8> {
  %0 = lowbit.im2row ins(%x : tensor<1x4x8xi8>) outs(%r : tensor<1x7x8xi8>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 -> tensor<1x7x8xi8>
  return %0 : tensor<1x7x8xi8>
}
