// RUN: setun-opt %s --lowbit-unfold-convolutions -split-input-file -verify-diagnostics

func.func @groups(%x: tensor<1x2x5xui4>) -> tensor<1x4x5xi32> {
  %w = lowbit.constant dense_resource<ones> : tensor<4x1x1x!lowbit.bipolar>
  // expected-remark @below {{not unfolded: the convolution has groups}}
  %0 = lowbit.conv %x, %w window <size[1] strides[1] dilations[1] pads[0, 0]> groups 2 kernel <packed>
    : tensor<1x2x5xui4>, tensor<4x1x1x!lowbit.bipolar> -> tensor<1x4x5xi32>
  return %0 : tensor<1x4x5xi32>
}

{-# dialect_resources: { builtin: { ones: "0x4000000001010101" } } #-}

// -----

func.func @zero_point(%x: tensor<1x2x5xui8>) -> tensor<1x2x5xi32> {
  %w = lowbit.constant dense_resource<ones> : tensor<2x2x1x!lowbit.bipolar>
  // expected-remark @below {{not unfolded: the zero point does not fit into the bias}}
  %0 = lowbit.conv %x zero_point 255, %w window <size[1] strides[1] dilations[1] pads[0, 0]> bias [-2147483137, 0] kernel <packed>
    : tensor<1x2x5xui8>, tensor<2x2x1x!lowbit.bipolar> -> tensor<1x2x5xi32>
  return %0 : tensor<1x2x5xi32>
}

{-# dialect_resources: { builtin: { ones: "0x4000000001010101" } } #-}

// -----

// Rows of bipolar codes and of padding 3 have the type of their storage, whose range is larger.
func.func @padding(%x: tensor<1x2x5x!lowbit.bipolar>) -> tensor<1x2x6xi32> {
  %w = lowbit.constant dense_resource<ones> : tensor<2x2x1x!lowbit.bipolar>
  // expected-remark @below {{not unfolded: the padding could make sums too large}}
  %0 = lowbit.conv %x padding 3, %w window <size[1] strides[1] dilations[1] pads[1, 0]> bias [2147483600, 0] kernel <packed>
    : tensor<1x2x5x!lowbit.bipolar>, tensor<2x2x1x!lowbit.bipolar> -> tensor<1x2x6xi32>
  return %0 : tensor<1x2x6xi32>
}

{-# dialect_resources: { builtin: { ones: "0x4000000001010101" } } #-}
