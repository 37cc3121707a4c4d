// RUN: setun-opt %s --lowbit-unfold-convolutions -split-input-file -verify-diagnostics

func.func @weights(%x: tensor<1x2x5xui4>, %w: tensor<4x2x1x!lowbit.bipolar>) -> tensor<1x4x5xi32> {
  // expected-remark @below {{not unfolded: the weights are not constant}}
  %0 = lowbit.conv %x, %w window <size[1] strides[1] dilations[1] pads[0, 0]> kernel <packed>
    : tensor<1x2x5xui4>, tensor<4x2x1x!lowbit.bipolar> -> tensor<1x4x5xi32>
  return %0 : tensor<1x4x5xi32>
}

// -----

func.func @wide_weights(%x: tensor<1x2x5xui4>) -> tensor<1x1x5xi32> {
  %w = lowbit.constant dense_resource<wide> : tensor<1x2x1xsi9>
  // expected-remark @below {{not unfolded: the weights have more than 8 bits}}
  %0 = lowbit.conv %x, %w window <size[1] strides[1] dilations[1] pads[0, 0]> kernel <packed>
    : tensor<1x2x5xui4>, tensor<1x2x1xsi9> -> tensor<1x1x5xi32>
  return %0 : tensor<1x1x5xi32>
}

{-# dialect_resources: { builtin: { wide: "0x40000000FFFF0100" } } #-}

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
  // expected-remark @below {{not unfolded: groups or padding could make sums too large}}
  %0 = lowbit.conv %x padding 3, %w window <size[1] strides[1] dilations[1] pads[1, 0]> bias [2147483600, 0] kernel <packed>
    : tensor<1x2x5x!lowbit.bipolar>, tensor<2x2x1x!lowbit.bipolar> -> tensor<1x2x6xi32>
  return %0 : tensor<1x2x6xi32>
}

{-# dialect_resources: { builtin: { ones: "0x4000000001010101" } } #-}
