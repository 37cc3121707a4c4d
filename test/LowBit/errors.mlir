// One case for each numbered constraint of LowBit.td.
// RUN: setun-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{unknown packed layout 'nibbles'; accepted: bits, ternary_pairs, trits, bytes, bit_tiles, ternary_tiles, nibble_tiles, byte_tiles, int2_tiles, int3_tiles, fp4_tiles}}
func.func private @layout(tensor<2x4x!lowbit.bipolar, #lowbit.layout<nibbles>>)

// -----
func.func @constant_c1() {
  // expected-error @below {{(c1) blob has 3 bytes, 'tensor<4x!lowbit.ternary>' needs 4}}
  %w = lowbit.constant dense_resource<w> : tensor<4x!lowbit.ternary>
  return
}
{-# dialect_resources: { builtin: { w: "0x010000000100FF" } } #-}

// -----
func.func @constant_c1_packed() {
  // expected-error @below {{(c1)}}
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.bipolar, #lowbit.layout<bits>>
  return
}
{-# dialect_resources: { builtin: { w: "0x0100000005" } } #-}

// -----
func.func @constant_c2() {
  // expected-error @below {{(c2) element 1 is 0, not a code of '!lowbit.bipolar'}}
  %w = lowbit.constant dense_resource<w> : tensor<2x!lowbit.bipolar>
  return
}
{-# dialect_resources: { builtin: { w: "0x010000000100" } } #-}

// -----
func.func @constant_c2_width() {
  // expected-error @below {{(c2) element 0 is 4, not a code of 'si3'}}
  %w = lowbit.constant dense_resource<w> : tensor<1xsi3>
  return
}
{-# dialect_resources: { builtin: { w: "0x0100000004" } } #-}

// -----
func.func @constant_c2_layout() {
  // expected-error @below {{(c2) layout bits cannot hold '!lowbit.ternary'}}
  %w = lowbit.constant dense_resource<w> : tensor<1x8x!lowbit.ternary, #lowbit.layout<bits>>
  return
}
{-# dialect_resources: { builtin: { w: "0x0100000004" } } #-}

// -----
func.func @quantize_c1(%x: tensor<2x4xf32>, %s: tensor<3xf32>) {
  // expected-error @below {{(c1) scale of type 'tensor<3xf32>' does not broadcast to 'tensor<2x4xf32>'}}
  %q = lowbit.quantize %x, %s : (tensor<2x4xf32>, tensor<3xf32>) -> tensor<2x4xsi8>
  return
}

// -----
func.func @quantize_c2(%x: tensor<2x4xf32>, %s: tensor<f32>) {
  // expected-error @below {{(c2) result 'tensor<4x2xsi8>' must have the shape of the input}}
  %q = lowbit.quantize %x, %s : (tensor<2x4xf32>, tensor<f32>) -> tensor<4x2xsi8>
  return
}

// -----
func.func @quantize_c3(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @below {{(c3) narrow needs siN or uiN with N >= 2, got '!lowbit.bipolar'}}
  %q = lowbit.quantize %x, %s narrow : (tensor<4xf32>, tensor<f32>) -> tensor<4x!lowbit.bipolar>
  return
}

// -----
func.func @quantize_c4(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{(c4) zero_point_last needs a zero point, and codes other than bipolar}}
  %q = lowbit.quantize %x, %s zero_point_last : (tensor<4xf32>, tensor<f32>) -> tensor<4xsi8>
  return
}

// -----

func.func @quantize_c4_bipolar(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{(c4) zero_point_last needs a zero point, and codes other than bipolar}}
  %q = lowbit.quantize %x, %s zero_point %s zero_point_last : (tensor<4xf32>, tensor<f32>, tensor<f32>) -> tensor<4x!lowbit.bipolar>
  return
}

// -----

func.func @quantize_code(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @below {{must be ranked tensor of a code: bipolar, ternary, siN or uiN with N = 1..16 values, but got 'tensor<4xi8>'}}
  %q = lowbit.quantize %x, %s : (tensor<4xf32>, tensor<f32>) -> tensor<4xi8>
  return
}

// -----
func.func @dequantize_c1(%q: tensor<4xsi8>, %s: tensor<3xf32>) {
  // expected-error @below {{(c1) scale of type 'tensor<3xf32>' does not broadcast to 'tensor<4xsi8>'}}
  %x = lowbit.dequantize %q, %s : (tensor<4xsi8>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----
func.func @dequantize_c2(%q: tensor<4xsi8>, %s: tensor<f32>) {
  // expected-error @below {{(c2) result}}
  %x = lowbit.dequantize %q, %s : (tensor<4xsi8>, tensor<f32>) -> tensor<1x4xf32>
  return
}

// -----
func.func @dequantize_c3(%q: tensor<4xi32>, %s: tensor<f32>) {
  // expected-error @below {{(c3) a sum of products takes no zero point}}
  %x = lowbit.dequantize %q, %s zero_point %s : (tensor<4xi32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----
func.func @dynamic_quantize_c1(%x: tensor<2x4xf32>) {
  // expected-error @below {{(c1) scales must have the shape of the input with a last dimension of 1}}
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<2x4xf32> -> tensor<2x4xsi8>, tensor<2xf32>
  return
}

// -----
func.func @dynamic_quantize_c2(%x: tensor<2x4xf32>) {
  // expected-error @below {{(c2) codes must be siN with N = 2..16}}
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<2x4xf32> -> tensor<2x4xui8>, tensor<2x1xf32>
  return
}

// -----
func.func @dynamic_quantize_c3(%x: tensor<2x4xf32>) {
  // expected-error @below {{(c3) epsilon must be positive}}
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 0.0 : f32, limit = 127 : i64} : tensor<2x4xf32> -> tensor<2x4xsi8>, tensor<2x1xf32>
  return
}

// -----
func.func @dynamic_quantize_c4(%x: tensor<2x4xf32>) {
  // expected-error @below {{(c4) limit must lie in 1..127}}
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 128 : i64} : tensor<2x4xf32> -> tensor<2x4xsi8>, tensor<2x1xf32>
  return
}

// -----
func.func @matmul_c1(%a: tensor<1x4xsi8>, %b: tensor<2x3xsi8>) {
  // expected-error @below {{(c1) needs [.., K] x [N, K] -> [.., N]}}
  %c = lowbit.matmul %a, %b : tensor<1x4xsi8>, tensor<2x3xsi8> -> tensor<1x2xi32>
  return
}

// -----
// 131072 * 128 * 128 = 2^31, one more than i32 holds.
func.func @matmul_c2(%a: tensor<1x131072xsi8>, %b: tensor<1x131072xsi8>) {
  // expected-error @below {{(c2) a sum of 131072 products can reach 2147483648, more than the accumulator 'i32' holds (2147483647)}}
  %c = lowbit.matmul %a, %b : tensor<1x131072xsi8>, tensor<1x131072xsi8> -> tensor<1x1xi32>
  return
}

// -----
func.func @matmul_c3(%a: tensor<1x4x!lowbit.bipolar, #lowbit.layout<bits>>, %b: tensor<2x4xsi8>) {
  // expected-error @below {{(c3) only the right side may be packed}}
  %c = lowbit.matmul %a, %b : tensor<1x4x!lowbit.bipolar, #lowbit.layout<bits>>, tensor<2x4xsi8> -> tensor<1x2xi32>
  return
}

// -----
func.func @matmul_c4(%a: tensor<1x4xsi8>, %b: tensor<2x4x!lowbit.ternary>) {
  // expected-error @below {{(c4) an add/sub network needs a constant right side}}
  %c = lowbit.matmul %a, %b kernel <addsub> : tensor<1x4xsi8>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  return
}

// -----
func.func @matmul_c1_batch(%a: tensor<3x1x4xsi8>, %b: tensor<2x2x4xsi8>) {
  // expected-error @below {{(c1) needs [.., K] x [N, K] -> [.., N]}}
  %c = lowbit.matmul %a, %b : tensor<3x1x4xsi8>, tensor<2x2x4xsi8> -> tensor<3x1x2xi32>
  return
}

// -----
// 65536 * 255 * 128 fits, 65536 * 255 * 129 is more than 2^31.
func.func @matmul_c2_zero_point(%a: tensor<1x65536xui8>, %b: tensor<1x65536xsi8>) {
  %0 = lowbit.matmul %a zero_point 255, %b : tensor<1x65536xui8>, tensor<1x65536xsi8> -> tensor<1x1xi32>
  // expected-error @below {{(c2) a sum of 65536 products can reach 2155806720, more than the accumulator 'i32' holds (2147483647)}}
  %1 = lowbit.matmul %a, %b zero_point 1 : tensor<1x65536xui8>, tensor<1x65536xsi8> -> tensor<1x1xi32>
  return
}

// -----
func.func @matmul_c2_bias(%a: tensor<1x4x!lowbit.ternary>, %b: tensor<2x4x!lowbit.ternary>) {
  // expected-error @below {{(c2) a sum of 4 products can reach 2147483648, more than the accumulator 'i32' holds (2147483647)}}
  %c = lowbit.matmul %a, %b bias [0, -2147483644] : tensor<1x4x!lowbit.ternary>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  return
}

// -----
func.func @matmul_c3_zero_point(%a: tensor<1x4xui8>, %b: tensor<2x4x!lowbit.bipolar, #lowbit.layout<bits>>) {
  // expected-error @below {{(c3) a packed right side goes without zero points}}
  %c = lowbit.matmul %a zero_point 1, %b : tensor<1x4xui8>, tensor<2x4x!lowbit.bipolar, #lowbit.layout<bits>> -> tensor<1x2xi32>
  return
}

// -----
func.func @matmul_c5(%a: tensor<1x4xui4>, %b: tensor<2x4xsi8>) {
  // expected-error @below {{(c5) zero point -1 does not fit the storage of 'ui4'}}
  %c = lowbit.matmul %a zero_point -1, %b : tensor<1x4xui4>, tensor<2x4xsi8> -> tensor<1x2xi32>
  return
}

// -----
func.func @matmul_c6(%a: tensor<1x4xsi8>, %b: tensor<2x4xsi8>) {
  // expected-error @below {{(c6) bias has 1 numbers for 2 outputs}}
  %c = lowbit.matmul %a, %b bias [7] : tensor<1x4xsi8>, tensor<2x4xsi8> -> tensor<1x2xi32>
  return
}

// -----
// expected-error @below {{a window needs 1 to 3 dimensions, a stride and a dilation for each and two pads, got 2 sizes, 1 strides, 2 dilations, 4 pads}}
func.func @window() attributes {w = #lowbit.window<size[3, 3] strides[1] dilations[1, 1] pads[0, 0, 0, 0]>} { return }

// -----
// expected-error @below {{sizes, strides and dilations of a window must lie in 1..2147483647}}
func.func @window_numbers() attributes {w = #lowbit.window<size[3] strides[0] dilations[1] pads[0, 0]>} { return }

// -----
// expected-error @below {{pads of a window must lie in 0..2147483647}}
func.func @window_pads() attributes {w = #lowbit.window<size[3] strides[1] dilations[1] pads[0, -1]>} { return }

// -----
func.func @conv_c1(%a: tensor<1x4x8xsi8>, %b: tensor<6x4x3xsi8>) {
  // expected-error @below {{(c1) needs [N, C, inputs..] and [O, C / groups, 3], got 'tensor<1x4x8xsi8>' and 'tensor<6x4x3xsi8>' in 2 groups}}
  %c = lowbit.conv %a, %b window <size[3] strides[1] dilations[1] pads[0, 0]> groups 2 : tensor<1x4x8xsi8>, tensor<6x4x3xsi8> -> tensor<1x6x6xi32>
  return
}

// -----
func.func @conv_c1_groups(%a: tensor<1x4x8xsi8>, %b: tensor<5x2x3xsi8>) {
  // expected-error @below {{(c1) needs}}
  %c = lowbit.conv %a, %b window <size[3] strides[1] dilations[1] pads[0, 0]> groups 2 : tensor<1x4x8xsi8>, tensor<5x2x3xsi8> -> tensor<1x5x6xi32>
  return
}

// -----
func.func @conv_c2(%a: tensor<1x1x8xsi8>, %b: tensor<1x1x3xsi8>) {
  // expected-error @below {{(c2) the result has shape [1, 1, 4], not that of 'tensor<1x1x5xi32>'}}
  %c = lowbit.conv %a, %b window <size[3] strides[2] dilations[1] pads[0, 1]> : tensor<1x1x8xsi8>, tensor<1x1x3xsi8> -> tensor<1x1x5xi32>
  return
}

// -----
func.func @conv_c2_too_small(%a: tensor<1x1x4xsi8>, %b: tensor<1x1x3xsi8>) {
  // expected-error @below {{(c2) the window does not fit into 'tensor<1x1x4xsi8>'}}
  %c = lowbit.conv %a, %b window <size[3] strides[1] dilations[2] pads[0, 0]> : tensor<1x1x4xsi8>, tensor<1x1x3xsi8> -> tensor<1x1x0xi32>
  return
}

// -----
// 3 * 65535 * 32768 is 6442352640.
func.func @conv_c3(%a: tensor<1x1x8xui16>, %b: tensor<1x1x3xsi16>) {
  // expected-error @below {{(c3) a sum of 3 products can reach 6442352640, more than the accumulator 'i32' holds (2147483647)}}
  %c = lowbit.conv %a, %b window <size[3] strides[1] dilations[1] pads[0, 0]> : tensor<1x1x8xui16>, tensor<1x1x3xsi16> -> tensor<1x1x6xi32>
  return
}

// -----
// Padding counts: 2 - (-100) is more than 1 - (-100).
func.func @conv_c3_padding(%a: tensor<1x1x8x!lowbit.ternary>, %b: tensor<1x1x1x!lowbit.ternary>) {
  // expected-error @below {{(c3) a sum of 1 products can reach 2147483648}}
  %c = lowbit.conv %a zero_point -100 padding 2, %b window <size[1] strides[1] dilations[1] pads[1, 1]> bias [2147483546] : tensor<1x1x8x!lowbit.ternary>, tensor<1x1x1x!lowbit.ternary> -> tensor<1x1x10xi32>
  return
}

// -----
func.func @conv_c4(%a: tensor<1x1x8x!lowbit.bipolar, #lowbit.layout<bits>>, %b: tensor<1x1x3xsi8>) {
  // expected-error @below {{(c4) only the right side may be packed}}
  %c = lowbit.conv %a, %b window <size[3] strides[1] dilations[1] pads[0, 0]> : tensor<1x1x8x!lowbit.bipolar, #lowbit.layout<bits>>, tensor<1x1x3xsi8> -> tensor<1x1x6xi32>
  return
}

// -----
func.func @conv_c4_zero_point(%a: tensor<1x1x8xui8>, %b: tensor<1x1x3x!lowbit.bipolar, #lowbit.layout<bits>>) {
  // expected-error @below {{(c4) a packed right side goes without zero point}}
  %c = lowbit.conv %a zero_point 1, %b window <size[3] strides[1] dilations[1] pads[0, 0]> : tensor<1x1x8xui8>, tensor<1x1x3x!lowbit.bipolar, #lowbit.layout<bits>> -> tensor<1x1x6xi32>
  return
}

// -----
func.func @conv_c5(%a: tensor<1x1x8xui8>, %b: tensor<1x1x3x!lowbit.bipolar>) {
  // expected-error @below {{(c5) an add/sub network needs a constant right side}}
  %c = lowbit.conv %a, %b window <size[3] strides[1] dilations[1] pads[0, 0]> kernel <addsub> : tensor<1x1x8xui8>, tensor<1x1x3x!lowbit.bipolar> -> tensor<1x1x6xi32>
  return
}

// -----
func.func @conv_c6(%a: tensor<1x1x8xui8>, %b: tensor<1x1x3x!lowbit.bipolar>) {
  // expected-error @below {{(c6) zero point 256 does not fit the storage of 'ui8'}}
  %c = lowbit.conv %a zero_point 256, %b window <size[3] strides[1] dilations[1] pads[0, 0]> : tensor<1x1x8xui8>, tensor<1x1x3x!lowbit.bipolar> -> tensor<1x1x6xi32>
  return
}

// -----
func.func @conv_c6_padding(%a: tensor<1x1x8xui8>, %b: tensor<1x1x3x!lowbit.bipolar>) {
  // expected-error @below {{(c6) padding -1 does not fit the storage of 'ui8'}}
  %c = lowbit.conv %a padding -1, %b window <size[3] strides[1] dilations[1] pads[0, 0]> : tensor<1x1x8xui8>, tensor<1x1x3x!lowbit.bipolar> -> tensor<1x1x6xi32>
  return
}

// -----
func.func @conv_c7(%a: tensor<1x1x8xui8>, %b: tensor<2x1x3x!lowbit.bipolar>) {
  // expected-error @below {{(c7) bias has 3 numbers for 2 outputs}}
  %c = lowbit.conv %a, %b window <size[3] strides[1] dilations[1] pads[0, 0]> bias [1, 2, 3] : tensor<1x1x8xui8>, tensor<2x1x3x!lowbit.bipolar> -> tensor<1x2x6xi32>
  return
}

// -----
func.func @pad_c1(%x: tensor<1x4xsi8>) {
  // expected-error @below {{(c1) low and high need 2 numbers that are not negative}}
  %p = lowbit.pad %x code 0 low[0, 1] high[0, -1] : tensor<1x4xsi8> -> tensor<1x4xsi8>
  return
}

// -----
func.func @pad_c2(%x: tensor<1x4xsi8>) {
  // expected-error @below {{(c2) result 'tensor<1x6xsi8>' is not 'tensor<1x4xsi8>' with codes around it}}
  %p = lowbit.pad %x code 0 low[0, 1] high[0, 0] : tensor<1x4xsi8> -> tensor<1x6xsi8>
  return
}

// -----
func.func @pad_c3(%x: tensor<4x!lowbit.bipolar>) {
  // expected-error @below {{(c3) '!lowbit.bipolar' does not hold 0 and the codes of '!lowbit.bipolar'}}
  %p = lowbit.pad %x code 0 low[1] high[0] : tensor<4x!lowbit.bipolar> -> tensor<5x!lowbit.bipolar>
  return
}

// -----
func.func @pad_c3_storage(%x: tensor<4xui4>) {
  // expected-error @below {{(c3) 'si8' does not hold 0 and the codes of 'ui4'}}
  %p = lowbit.pad %x code 0 low[1] high[0] : tensor<4xui4> -> tensor<5xsi8>
  return
}

// -----
func.func @pool_c1(%x: tensor<1x4x8xui4>) {
  // expected-error @below {{(c1) needs [N, C, inputs..] with 2 spatial dimensions, got 'tensor<1x4x8xui4>'}}
  %p = lowbit.pool %x window <size[2, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x8xui4> -> tensor<1x3x7xui4>
  return
}

// -----
func.func @pool_c2(%x: tensor<1x4x8xui4>) {
  // expected-error @below {{(c2) the result has shape [1, 4, 4], not that of 'tensor<1x4x5xui4>'}}
  %p = lowbit.pool %x window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x4x8xui4> -> tensor<1x4x5xui4>
  return
}

// -----
func.func @pool_c2_too_small(%x: tensor<1x4x1xui4>) {
  // expected-error @below {{(c2) the window does not fit into 'tensor<1x4x1xui4>'}}
  %p = lowbit.pool %x window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x4x1xui4> -> tensor<1x4x0xui4>
  return
}

// -----
func.func @pool_c3(%x: tensor<1x4x8xui4>) {
  // expected-error @below {{(c3) the largest code is 'ui4' like all, not 'ui8'}}
  %p = lowbit.pool %x window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x4x8xui4> -> tensor<1x4x4xui8>
  return
}

// -----
func.func @sum_pool_c1(%x: tensor<1x4x8xui4>) {
  // expected-error @below {{(c1) needs [N, C, inputs..] with 2 spatial dimensions, got 'tensor<1x4x8xui4>'}}
  %p = lowbit.sum_pool %x window <size[2, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x8xui4> -> tensor<1x3x7xi32>
  return
}

// -----
func.func @sum_pool_c2(%x: tensor<1x4x8xui4>) {
  // expected-error @below {{(c2) the result has shape [1, 4, 4], not that of 'tensor<1x4x5xi32>'}}
  %p = lowbit.sum_pool %x window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x4x8xui4> -> tensor<1x4x5xi32>
  return
}

// -----
func.func @sum_pool_c2_too_small(%x: tensor<1x4x1xui4>) {
  // expected-error @below {{(c2) the window does not fit into 'tensor<1x4x1xui4>'}}
  %p = lowbit.sum_pool %x window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x4x1xui4> -> tensor<1x4x0xi32>
  return
}

// -----
func.func @sum_pool_c3(%x: tensor<1x1x65536xui16>) {
  // expected-error @below {{(c3) a sum of 65536 codes does not fit 'i32'}}
  %p = lowbit.sum_pool %x window <size[65536] strides[1] dilations[1] pads[0, 0]> : tensor<1x1x65536xui16> -> tensor<1x1x1xi32>
  return
}

// -----
// 2147483647^3 positions do not even fit 64 bits.
func.func @sum_pool_c3_positions(%x: tensor<1x1x1x1x1xui1>) {
  // expected-error @below {{(c3) a sum of so many codes does not fit 'i64'}}
  %p = lowbit.sum_pool %x window <size[2147483647, 2147483647, 2147483647] strides[1, 1, 1] dilations[1, 1, 1] pads[2147483646, 2147483646, 2147483646, 0, 0, 0]> : tensor<1x1x1x1x1xui1> -> tensor<1x1x1x1x1xi64>
  return
}

// -----
func.func @sum_pool_c4(%x: tensor<1x4x8xui4>) {
  // expected-error @below {{(c4) zero point 256 does not fit the storage of 'ui4'}}
  %p = lowbit.sum_pool %x zero_point 256 window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x4x8xui4> -> tensor<1x4x4xi32>
  return
}

// -----
func.func @patches_c1(%x: tensor<1x4x8xui4>) {
  // expected-error @below {{(c1) needs [N, C, inputs..] with 2 spatial dimensions, got 'tensor<1x4x8xui4>'}}
  %p = lowbit.patches %x padding 0 window <size[2, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x8xui4> -> tensor<1x7x8xui4>
  return
}

// -----
func.func @patches_c2(%x: tensor<1x4x8xui4>) {
  // expected-error @below {{(c2) the result has shape [1, 4, 8], not that of 'tensor<1x4x4xui4>'}}
  %p = lowbit.patches %x padding 0 window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x4x8xui4> -> tensor<1x4x4xui4>
  return
}

// -----
func.func @patches_c3(%x: tensor<1x4x8x!lowbit.bipolar>) {
  // expected-error @below {{(c3) '!lowbit.bipolar' does not hold 0 and the codes of '!lowbit.bipolar'}}
  %p = lowbit.patches %x padding 0 window <size[2] strides[1] dilations[1] pads[0, 1]> : tensor<1x4x8x!lowbit.bipolar> -> tensor<1x8x8x!lowbit.bipolar>
  return
}

// -----
func.func @im2row_c1(%x: memref<1x4x8xi8>, %r: memref<1x7x8xi16>) {
  // expected-error @below {{(c1) needs [N, C, inputs..] with 1 spatial dimensions and rows of its elements}}
  lowbit.im2row ins(%x : memref<1x4x8xi8>) outs(%r : memref<1x7x8xi16>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0
  return
}

// -----
func.func @im2row_c2(%x: memref<1x4x8xi8>, %r: memref<1x6x8xi8>) {
  // expected-error @below {{(c2) rows of 'memref<1x4x8xi8>' do not have type 'memref<1x6x8xi8>'}}
  lowbit.im2row ins(%x : memref<1x4x8xi8>) outs(%r : memref<1x6x8xi8>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0
  return
}

// -----
func.func @im2row_c3(%x: memref<1x4x8xi8>, %r: memref<1x6x8xi8>, %i: index) {
  // expected-error @below {{(c3) needs 2 offsets or none, got 1}}
  lowbit.im2row ins(%x : memref<1x4x8xi8>) at [%i] outs(%r : memref<1x6x8xi8>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0
  return
}

// -----
func.func @im2row_c4(%x: tensor<1x4x8xi8>, %r: tensor<1x7x8xi8>) {
  // expected-error @below {{(c4) needs one result of the destination's type on tensors, none on memrefs}}
  lowbit.im2row ins(%x : tensor<1x4x8xi8>) outs(%r : tensor<1x7x8xi8>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0
  return
}

// -----
func.func @depthwise_c1(%x: memref<1x8x4xi8>, %w: memref<3x4xi8>, %r: memref<1x7x4xi32>) {
  // expected-error @below {{(c1) needs [N, inputs.., C] with 1 spatial dimensions and weights [2, C], got 'memref<1x8x4xi8>' and 'memref<3x4xi8>'}}
  lowbit.depthwise ins(%x, %w : memref<1x8x4xi8>, memref<3x4xi8>) outs(%r : memref<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 activation ui4
  return
}

// -----
func.func @depthwise_c2(%x: memref<1x8x4xi8>, %w: memref<2x4xi8>, %r: memref<1x8x4xi32>) {
  // expected-error @below {{(c2) sums of 'memref<1x8x4xi8>' do not have type 'memref<1x8x4xi32>'}}
  lowbit.depthwise ins(%x, %w : memref<1x8x4xi8>, memref<2x4xi8>) outs(%r : memref<1x8x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 activation ui4
  return
}

// -----
func.func @depthwise_c3(%x: memref<1x8x4xi8>, %w: memref<2x4xi8>, %r: memref<1x3x4xi32>, %i: index) {
  // expected-error @below {{(c3) needs 2 offsets or none, got 1}}
  lowbit.depthwise ins(%x, %w : memref<1x8x4xi8>, memref<2x4xi8>) at [%i] outs(%r : memref<1x3x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 activation ui4
  return
}

// -----
func.func @depthwise_c4(%x: memref<1x8x4xi16>, %w: memref<2x4xi8>, %r: memref<1x7x4xi32>) {
  // expected-error @below {{(c4) input and weights must hold codes or i8, got 'memref<1x8x4xi16>' and 'memref<2x4xi8>'}}
  lowbit.depthwise ins(%x, %w : memref<1x8x4xi16>, memref<2x4xi8>) outs(%r : memref<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 activation ui4
  return
}

// -----
func.func @depthwise_c4_padding(%x: memref<1x8x4xi8>, %w: memref<2x4xi8>, %r: memref<1x7x4xi32>) {
  // expected-error @below {{(c4) codes 'si8' of at most 8 bits must leave room for padding 128}}
  lowbit.depthwise ins(%x, %w : memref<1x8x4xi8>, memref<2x4xi8>) outs(%r : memref<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 128 activation si8
  return
}

// -----
func.func @depthwise_c4_weights(%x: tensor<1x8x4xui4>, %w: tensor<2x4xui8>, %r: tensor<1x7x4xi32>) {
  // expected-error @below {{(c4) weights 'tensor<2x4xui8>' are not unpacked values of a signed byte}}
  %0 = lowbit.depthwise ins(%x, %w : tensor<1x8x4xui4>, tensor<2x4xui8>) outs(%r : tensor<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 -> tensor<1x7x4xi32>
  return
}

// -----
func.func @depthwise_c5(%x: memref<1x65536x1xi8>, %w: memref<65536x1xi8>, %r: memref<1x1x1xi32>) {
  // expected-error @below {{(c5) a window of 65536 positions is larger than 65535}}
  lowbit.depthwise ins(%x, %w : memref<1x65536x1xi8>, memref<65536x1xi8>) outs(%r : memref<1x1x1xi32>) window <size[65536] strides[1] dilations[1] pads[0, 0]> padding 0 activation ui4
  return
}

// -----
func.func @depthwise_c6(%x: memref<1x8x4xi8>, %w: memref<2x4xi8>, %r: memref<1x7x4xi32>) {
  // expected-error @below {{(c6) the code type `activation` goes with i8 storage, and only with it, a bias with codes}}
  lowbit.depthwise ins(%x, %w : memref<1x8x4xi8>, memref<2x4xi8>) outs(%r : memref<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0
  return
}

// -----
func.func @depthwise_c6_bias(%x: tensor<1x8x4xui4>, %w: tensor<2x4xsi8>, %r: tensor<1x7x4xi32>) {
  // expected-error @below {{(c6) needs a bias of 4 numbers, got 1}}
  %0 = lowbit.depthwise ins(%x, %w : tensor<1x8x4xui4>, tensor<2x4xsi8>) outs(%r : tensor<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 bias [1] -> tensor<1x7x4xi32>
  return
}

// -----
func.func @depthwise_c7(%x: tensor<1x8x4xi8>, %w: tensor<2x4xi8>, %r: tensor<1x7x4xi32>) {
  // expected-error @below {{(c7) needs one result of the destination's type on tensors, none on memrefs}}
  lowbit.depthwise ins(%x, %w : tensor<1x8x4xi8>, tensor<2x4xi8>) outs(%r : tensor<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 activation ui4
  return
}

// -----
func.func @threshold_c1(%x: tensor<1x4xf32>, %t: tensor<3x1xf32>) {
  // expected-error @below {{(c1) thresholds must be [4 or 1, n], got 'tensor<3x1xf32>'}}
  %q = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<1x4xf32>, tensor<3x1xf32>) -> tensor<1x4xui1>
  return
}

// -----
func.func @threshold_c1_axis(%x: tensor<1x4xf32>, %t: tensor<1x1xf32>) {
  // expected-error @below {{(c1) axis 2 is not a dimension of 'tensor<1x4xf32>'}}
  %q = lowbit.threshold %x, %t {axis = 2 : i64} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xui1>
  return
}

// -----
func.func @threshold_c2(%x: tensor<1x4xi32>, %t: tensor<1x1xf32>) {
  // expected-error @below {{(c2) input and thresholds must have the same element type}}
  %q = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<1x4xi32>, tensor<1x1xf32>) -> tensor<1x4xui1>
  return
}

// -----
func.func @threshold_c3(%x: tensor<1x4xf32>, %t: tensor<1x2xf32>) {
  // expected-error @below {{(c3) codes 0..2 do not fit 'ui1'}}
  %q = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<1x4xf32>, tensor<1x2xf32>) -> tensor<1x4xui1>
  return
}

// -----
func.func @threshold_c3_bipolar(%x: tensor<1x4xf32>, %t: tensor<1x2xf32>) {
  // expected-error @below {{(c3) '!lowbit.bipolar' needs 1 thresholds and offset 0}}
  %q = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<1x4xf32>, tensor<1x2xf32>) -> tensor<1x4x!lowbit.bipolar>
  return
}

// -----
func.func @threshold_c4(%x: tensor<1x4xf32>, %t: tensor<1x1xf32>) {
  // expected-error @below {{(c4) input and result must have the same shape}}
  %q = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<4xui1>
  return
}

// -----
func.func @threshold_c5(%x: tensor<1x4xi32>, %t: tensor<4x1xi32>) {
  // expected-error @below {{(c5) falling must have 4 values}}
  %q = lowbit.threshold %x, %t falling [true] {axis = 1 : i64} : (tensor<1x4xi32>, tensor<4x1xi32>) -> tensor<1x4xui1>
  return
}

// -----
func.func @requantize_c1(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c1) input 'tensor<1x4xi32>' must have the shape of the result 'tensor<4xui4>', and neither a packed layout}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0] shift 0 lo 0 hi 15 {axis = 0 : i64, width = 32 : i64} : (tensor<1x4xi32>) -> tensor<4xui4>
  return
}

// -----
func.func @requantize_c1_none() {
  // expected-error @below {{(c1) needs an input}}
  %q = "lowbit.requantize"() {multipliers = [], addends = array<i64: 0>, shift = 0 : i64, lo = 0 : i64, hi = 15 : i64, axis = 0 : i64, width = 32 : i64} : () -> tensor<4xui4>
  return
}

// -----
func.func @requantize_c2_axis(%x: tensor<i32>) {
  // expected-error @below {{(c2) axis 0 is not a dimension of 'tensor<ui4>'}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0] shift 0 lo 0 hi 15 {axis = 0 : i64, width = 32 : i64} : (tensor<i32>) -> tensor<ui4>
  return
}

// -----
func.func @requantize_c2(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c2) multipliers must have 1 arrays}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>, array<i64: 1>] addends [0] shift 0 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x4xi32>) -> tensor<1x4xui4>
  return
}

// -----
func.func @requantize_c2_numbers(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c2) addends must have 1 or 4 numbers, got 3}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0, 1, 2] shift 0 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x4xi32>) -> tensor<1x4xui4>
  return
}

// -----
func.func @requantize_c3(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c3) width must be 32 or 64, and shift less than it}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0] shift 32 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x4xi32>) -> tensor<1x4xui4>
  return
}

// -----
func.func @requantize_c3_number(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c3) 2147483648 does not fit 32 bits}}
  %q = lowbit.requantize %x multipliers [array<i64: 2147483648>] addends [0] shift 0 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x4xi32>) -> tensor<1x4xui4>
  return
}

// -----
func.func @requantize_c3_input(%x: tensor<1x4xi64>) {
  // expected-error @below {{(c3) an i64 input needs width 64}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0] shift 0 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x4xi64>) -> tensor<1x4xui4>
  return
}

// -----
func.func @requantize_c4(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c4) 0..16 must be codes of the result type, not bipolar}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0] shift 0 lo 0 hi 16 {axis = 1 : i64, width = 32 : i64} : (tensor<1x4xi32>) -> tensor<1x4xui4>
  return
}

// -----
func.func @requantize_c4_bipolar(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c4) -1..1 must be codes of the result type, not bipolar}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0] shift 0 lo -1 hi 1 {axis = 1 : i64, width = 32 : i64} : (tensor<1x4xi32>) -> tensor<1x4x!lowbit.bipolar>
  return
}

// -----
func.func @requantize_c4_fixed(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c4) 0..2147483648 must be codes of the result type, not bipolar, or numbers of i32}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0] shift 0 lo 0 hi 2147483648 {axis = 1 : i64, width = 64 : i64} : (tensor<1x4xi32>) -> tensor<1x4xi32>
  return
}

// -----
func.func @requantize_c5(%x: tensor<1x4xi32>, %e: tensor<3x1xi32>) {
  // expected-error @below {{(c5) exceptions of one input 'tensor<1x4xi32>' must be [4 or 1, n] of the same type, with at most n that raise; got 'tensor<3x1xi32>' and 0}}
  %q = lowbit.requantize %x exceptions %e multipliers [array<i64: 1>] addends [0] shift 0 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x4xi32>, tensor<3x1xi32>) -> tensor<1x4xui4>
  return
}

// -----
func.func @requantize_c5_raised(%x: tensor<1x4xi32>) {
  // expected-error @below {{(c5) nothing is raised without exceptions}}
  %q = lowbit.requantize %x multipliers [array<i64: 1>] addends [0] shift 0 lo 0 hi 15 {axis = 1 : i64, raised = 1 : i64, width = 32 : i64} : (tensor<1x4xi32>) -> tensor<1x4xui4>
  return
}

// -----
func.func @lookup_c1(%x: tensor<1x4xui13>, %t: tensor<1x8192xui4>) {
  // expected-error @below {{(c1) the input's codes must have at most 12 bits and no packed layout, got 'tensor<1x4xui13>'}}
  %q = lowbit.lookup %x, %t {axis = 1 : i64} : (tensor<1x4xui13>, tensor<1x8192xui4>) -> tensor<1x4xui4>
  return
}

// -----
func.func @lookup_c2(%x: tensor<1x4xui2>, %t: tensor<1x3xui4>) {
  // expected-error @below {{(c2) table must be [C or 1, 4], C the size of dimension `axis`, got 'tensor<1x3xui4>'}}
  %q = lowbit.lookup %x, %t {axis = 1 : i64} : (tensor<1x4xui2>, tensor<1x3xui4>) -> tensor<1x4xui4>
  return
}

// -----
func.func @lookup_c2_scalar(%x: tensor<ui2>, %t: tensor<1x4xui4>) {
  // expected-error @below {{(c2) table must be [C or 1, 4], C the size of dimension `axis`, got 'tensor<1x4xui4>'}}
  %q = lowbit.lookup %x, %t {axis = 0 : i64} : (tensor<ui2>, tensor<1x4xui4>) -> tensor<ui4>
  return
}

// -----
func.func @lookup_c3(%x: tensor<1x4xui2>, %t: tensor<1x4xui4>) {
  // expected-error @below {{(c3) result 'tensor<1x4xui2>' must have the shape of the input and the codes of the table}}
  %q = lowbit.lookup %x, %t {axis = 1 : i64} : (tensor<1x4xui2>, tensor<1x4xui4>) -> tensor<1x4xui2>
  return
}

// -----
func.func @transpose_c1(%x: tensor<1x4xsi8>) {
  // expected-error @below {{(c1) permutation must name every dimension once}}
  %q = lowbit.transpose %x [0, 0] : tensor<1x4xsi8> -> tensor<4x1xsi8>
  return
}

// -----
func.func @transpose_c2(%x: tensor<1x4xsi8>) {
  // expected-error @below {{(c2) result 'tensor<1x4xsi8>' is not the permuted input 'tensor<1x4xsi8>'}}
  %q = lowbit.transpose %x [1, 0] : tensor<1x4xsi8> -> tensor<1x4xsi8>
  return
}

// -----
func.func @transpose_c3(%x: tensor<4x8x!lowbit.bipolar, #lowbit.layout<bits>>) {
  // expected-error @below {{(c3) a packed layout cannot be permuted}}
  %q = lowbit.transpose %x [1, 0] : tensor<4x8x!lowbit.bipolar, #lowbit.layout<bits>> -> tensor<8x4x!lowbit.bipolar>
  return
}

// -----
func.func @reshape_c1(%x: tensor<1x4xsi8>) {
  // expected-error @below {{(c1) cannot reshape 'tensor<1x4xsi8>' to 'tensor<5xsi8>'}}
  %q = lowbit.reshape %x : tensor<1x4xsi8> -> tensor<5xsi8>
  return
}

// -----
func.func @reshape_c2(%x: tensor<?x4xsi8>) {
  // expected-error @below {{(c2) shapes must be static}}
  %q = lowbit.reshape %x : tensor<?x4xsi8> -> tensor<4xsi8>
  return
}

// -----
func.func @reshape_c3(%x: tensor<4x8x!lowbit.bipolar, #lowbit.layout<bits>>) {
  // expected-error @below {{(c3) a packed layout cannot be reshaped}}
  %q = lowbit.reshape %x : tensor<4x8x!lowbit.bipolar, #lowbit.layout<bits>> -> tensor<32x!lowbit.bipolar>
  return
}

// -----
func.func @addsub_c1(%x: tensor<2x3xsi8>, %o: tensor<1x1xi32>) {
  // expected-error @below {{(c1) needs [.., K] and [.., N], got 'tensor<2x3xsi8>' and 'tensor<1x1xi32>'}}
  %r = lowbit.addsub ins(%x : tensor<2x3xsi8>) outs(%o : tensor<1x1xi32>) {
  ^bb0(%x0: i32, %x1: i32, %x2: i32):
    lowbit.yield %x0 : i32
  } -> tensor<1x1xi32>
  return
}

// -----
func.func @addsub_c2(%x: tensor<1x3xsi8>, %o: tensor<1x1xi32>) {
  // expected-error @below {{(c2) the region needs 3 arguments and 1 outputs of 'i32'}}
  %r = lowbit.addsub ins(%x : tensor<1x3xsi8>) outs(%o : tensor<1x1xi32>) {
  ^bb0(%x0: i32, %x1: i32):
    lowbit.yield %x0 : i32
  } -> tensor<1x1xi32>
  return
}

// -----
func.func @addsub_c3(%x: tensor<1x2xsi8>, %o: tensor<1x1xi32>) {
  // expected-error @below {{(c3) a network holds only additions, subtractions and shifts}}
  %r = lowbit.addsub ins(%x : tensor<1x2xsi8>) outs(%o : tensor<1x1xi32>) {
  ^bb0(%x0: i32, %x1: i32):
    // expected-note @below {{found arith.muli}}
    %0 = arith.muli %x0, %x1 : i32
    lowbit.yield %0 : i32
  } -> tensor<1x1xi32>
  return
}

// -----
func.func @addsub_c3_shift(%x: tensor<1x2xsi8>, %o: tensor<1x1xi32>) {
  // expected-error @below {{(c3) shifts must be by a constant}}
  %r = lowbit.addsub ins(%x : tensor<1x2xsi8>) outs(%o : tensor<1x1xi32>) {
  ^bb0(%x0: i32, %x1: i32):
    %0 = arith.shli %x0, %x1 : i32
    lowbit.yield %0 : i32
  } -> tensor<1x1xi32>
  return
}

// -----
func.func @addsub_c4(%x: tensor<1x1xi8>, %o: tensor<1x1xi32>) {
  // expected-error @below {{(c4) the code type `activation` goes with i8 storage, and only with it}}
  %r = lowbit.addsub ins(%x : tensor<1x1xi8>) outs(%o : tensor<1x1xi32>) {
  ^bb0(%x0: i32):
    lowbit.yield %x0 : i32
  } -> tensor<1x1xi32>
  return
}

// -----
func.func @addsub_c5(%x: memref<1x1xi8>, %o: tensor<1x1xi32>) {
  // expected-error @below {{(c5) mixes tensors and memrefs}}
  %r = lowbit.addsub ins(%x : memref<1x1xi8>) outs(%o : tensor<1x1xi32>) activation si8 {
  ^bb0(%x0: i32):
    lowbit.yield %x0 : i32
  } -> tensor<1x1xi32>
  return
}

// -----
func.func @packed_matmul_c1(%x: memref<2x8xi8>, %w: memref<1xi8>, %o: memref<1x1xi32>) {
  // expected-error @below {{(c1) needs [.., K] and [.., N]}}
  lowbit.packed_matmul ins(%x, %w : memref<2x8xi8>, memref<1xi8>) outs(%o : memref<1x1xi32>) layout <bits> activation si8 weight !lowbit.bipolar
  return
}

// -----
func.func @packed_matmul_c2(%x: memref<1x9xi8>, %w: memref<1xi8>, %o: memref<1x1xi32>) {
  // expected-error @below {{(c2) layout bits needs 2 bytes, got 'memref<1xi8>'}}
  lowbit.packed_matmul ins(%x, %w : memref<1x9xi8>, memref<1xi8>) outs(%o : memref<1x1xi32>) layout <bits> activation si8 weight !lowbit.bipolar
  return
}

// -----
func.func @packed_matmul_c3(%x: memref<1x8xi8>, %w: memref<1xi8>, %o: memref<1x1xi32>) {
  // expected-error @below {{(c3) activation must be a code of at most 8 bits}}
  lowbit.packed_matmul ins(%x, %w : memref<1x8xi8>, memref<1xi8>) outs(%o : memref<1x1xi32>) layout <bits> activation si16 weight !lowbit.bipolar
  return
}

// -----
func.func @packed_matmul_c3_weight(%x: memref<1x8xi8>, %w: memref<1xi8>, %o: memref<1x1xi32>) {
  // expected-error @below {{(c3) layout bits cannot hold '!lowbit.ternary'}}
  lowbit.packed_matmul ins(%x, %w : memref<1x8xi8>, memref<1xi8>) outs(%o : memref<1x1xi32>) layout <bits> activation si8 weight !lowbit.ternary
  return
}

// -----
func.func @packed_matmul_c3_bit_tiles(%x: memref<1x8xi8>, %w: memref<64xi8>, %o: memref<1x1xi32>) {
  // expected-error @below {{(c3) layout bit_tiles multiplies codes of -1, 0 and +1, got 'si8'}}
  lowbit.packed_matmul ins(%x, %w : memref<1x8xi8>, memref<64xi8>) outs(%o : memref<1x1xi32>) layout <bit_tiles> activation si8 weight !lowbit.bipolar
  return
}

// -----
func.func @packed_matmul_c4(%x: tensor<1x8xi8>, %w: tensor<1xi8>, %o: tensor<1x1xi32>) {
  // expected-error @below {{(c4) needs one result of the destination's type on tensors, none on memrefs}}
  lowbit.packed_matmul ins(%x, %w : tensor<1x8xi8>, tensor<1xi8>) outs(%o : tensor<1x1xi32>) layout <bits> activation si8 weight !lowbit.bipolar
  return
}

// -----
func.func @float_matmul_c1(%a: memref<1x4xf32>, %b: memref<3x2xf32>, %c: memref<1x2xf32>) {
  // expected-error @below {{(c1) needs [.., M, K] x [.., K, N] -> [.., M, N]}}
  lowbit.float_matmul ins(%a, %b : memref<1x4xf32>, memref<3x2xf32>) outs(%c : memref<1x2xf32>)
  return
}

// -----
func.func @float_matmul_c2(%a: tensor<1x4xf32>, %b: tensor<4x2xf32>, %c: memref<1x2xf32>) {
  // expected-error @below {{(c2) mixes tensors and memrefs}}
  lowbit.float_matmul ins(%a, %b : tensor<1x4xf32>, tensor<4x2xf32>) outs(%c : memref<1x2xf32>)
  return
}

// -----
func.func @float_sum_c1(%x: memref<2x4xf32>, %y: memref<4xf32>) {
  // expected-error @below {{(c1) needs [.., K] -> [..]}}
  lowbit.float_sum ins(%x : memref<2x4xf32>) outs(%y : memref<4xf32>)
  return
}

// -----
func.func @float_sum_c2(%x: tensor<2x4xf32>, %y: tensor<2xf32>) {
  // expected-error @below {{(c2) needs one result of the destination's type on tensors, none on memrefs}}
  lowbit.float_sum ins(%x : tensor<2x4xf32>) outs(%y : tensor<2xf32>)
  return
}

// -----
func.func @decode_float_c1(%x: i8) -> f32 {
  // expected-error @below {{(c1) 'f6E3M2FN' is no small float; accepted: f16, bf16, f8E4M3FN, f8E4M3FNUZ, f8E5M2, f8E5M2FNUZ, f8E8M0FNU, f4E2M1FN}}
  %y = lowbit.decode_float %x as f6E3M2FN : i8 -> f32
  return %y : f32
}

// -----
func.func @decode_float_c2(%x: i8) -> f32 {
  // expected-error @below {{(c2) input of 'f16' must be i16, not 'i8'}}
  %y = lowbit.decode_float %x as f16 : i8 -> f32
  return %y : f32
}

// -----
func.func @encode_float_c1(%x: f32) -> i16 {
  // expected-error @below {{(c1) 'f32' is no small float}}
  %y = lowbit.encode_float %x as f32 : f32 -> i16
  return %y : i16
}

// -----
func.func @encode_float_c2(%x: f32) -> i16 {
  // expected-error @below {{(c2) result of 'f8E5M2' must be i8, not 'i16'}}
  %y = lowbit.encode_float %x as f8E5M2 : f32 -> i16
  return %y : i16
}

// -----
func.func @encode_float_c3(%x: f32) -> i8 {
  // expected-error @below {{(c3) rounding half_even to 'f8E8M0FNU'; accepted: up, down, half_up}}
  %y = lowbit.encode_float %x as f8E8M0FNU : f32 -> i8
  return %y : i8
}

// -----
func.func @float_conv_c1(%x: memref<1x4x8xf32>, %w: memref<6x4x3xf32>, %y: memref<1x6x6xf32>) {
  // expected-error @below {{(c1) needs [N, C, inputs..] and [M, C / groups, 3], got 'memref<1x4x8xf32>' and 'memref<6x4x3xf32>' in 2 groups}}
  lowbit.float_conv ins(%x, %w : memref<1x4x8xf32>, memref<6x4x3xf32>) outs(%y : memref<1x6x6xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]> groups 2
  return
}

// -----
func.func @float_conv_c2(%x: memref<1x4x2xf32>, %w: memref<6x4x3xf32>, %y: memref<1x6x1xf32>) {
  // expected-error @below {{(c2) the window does not fit into 'memref<1x4x2xf32>'}}
  lowbit.float_conv ins(%x, %w : memref<1x4x2xf32>, memref<6x4x3xf32>) outs(%y : memref<1x6x1xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]>
  return
}

// -----
func.func @float_conv_c2_result(%x: memref<1x4x8xf32>, %w: memref<6x4x3xf32>, %y: memref<1x6x7xf32>) {
  // expected-error @below {{(c2) the result has shape [1, 6, 6], not that of 'memref<1x6x7xf32>'}}
  lowbit.float_conv ins(%x, %w : memref<1x4x8xf32>, memref<6x4x3xf32>) outs(%y : memref<1x6x7xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]>
  return
}

// -----
func.func @float_conv_c3(%x: memref<1x4x8xf32>, %w: memref<6x4x3xf32>, %b: memref<4xf32>, %y: memref<1x6x6xf32>) {
  // expected-error @below {{(c3) bias needs 6 numbers, got 'memref<4xf32>'}}
  lowbit.float_conv ins(%x, %w bias %b : memref<1x4x8xf32>, memref<6x4x3xf32>, memref<4xf32>) outs(%y : memref<1x6x6xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]>
  return
}

// -----
func.func @float_conv_c4(%x: memref<1x4x8xf32>, %w: memref<6x4x3xf32>, %s: memref<64x32xf32>, %y: memref<1x6x6xf32>) {
  // expected-error @below {{(c4) scratch needs a memref of 12 x 32 numbers, got 'memref<64x32xf32>'}}
  lowbit.float_conv ins(%x, %w scratch %s : memref<1x4x8xf32>, memref<6x4x3xf32> scratch memref<64x32xf32>) outs(%y : memref<1x6x6xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]>
  return
}

// -----
func.func @float_conv_c5(%x: tensor<1x4x8xf32>, %w: tensor<6x4x3xf32>, %y: tensor<1x6x6xf32>) {
  // expected-error @below {{(c5) needs one result of the destination's type on tensors, none on memrefs}}
  lowbit.float_conv ins(%x, %w : tensor<1x4x8xf32>, tensor<6x4x3xf32>) outs(%y : tensor<1x6x6xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]>
  return
}

// -----
func.func @block_matmul_c1(%x: memref<2x64xf32>, %w: memref<1280xi8>, %y: memref<1x32xf32>) {
  // expected-error @below {{(c1) needs [.., K] and [.., N], got 'memref<2x64xf32>' and 'memref<1x32xf32>'}}
  lowbit.block_matmul ins(%x, %w : memref<2x64xf32>, memref<1280xi8>) outs(%y : memref<1x32xf32>) bits 4 block 32 scales f32 zero_point 8
  return
}

// -----
func.func @block_matmul_c2(%x: memref<1x64xf32>, %w: memref<1280xi8>, %y: memref<1x32xf32>) {
  // expected-error @below {{(c2) needs 2, 4 or 8 bits, blocks of a power of two of 16 .. 256 and a zero point of so many bits, got 4, 48 and 8}}
  lowbit.block_matmul ins(%x, %w : memref<1x64xf32>, memref<1280xi8>) outs(%y : memref<1x32xf32>) bits 4 block 48 scales f32 zero_point 8
  return
}

// -----
func.func @block_matmul_c2_zero_point(%x: memref<1x64xf32>, %w: memref<1280xi8>, %y: memref<1x32xf32>) {
  // expected-error @below {{got 4, 32 and 16}}
  lowbit.block_matmul ins(%x, %w : memref<1x64xf32>, memref<1280xi8>) outs(%y : memref<1x32xf32>) bits 4 block 32 scales f32 zero_point 16
  return
}

// -----
func.func @block_matmul_c2_fp4(%x: memref<1x64xf32>, %w: memref<1280xi8>, %y: memref<1x32xf32>) {
  // expected-error @below {{(c2) fp4 needs 4 bits and zero_point 0}}
  lowbit.block_matmul ins(%x, %w : memref<1x64xf32>, memref<1280xi8>) outs(%y : memref<1x32xf32>) bits 4 block 32 scales f32 zero_point 8 fp4
  return
}

// -----
func.func @block_matmul_c3(%x: memref<1x64xf32>, %w: memref<1280xi8>, %y: memref<1x32xf32>) {
  // expected-error @below {{(c3) scales are f16 or f32, not 'bf16'}}
  lowbit.block_matmul ins(%x, %w : memref<1x64xf32>, memref<1280xi8>) outs(%y : memref<1x32xf32>) bits 4 block 32 scales bf16 zero_point 8
  return
}

// -----
func.func @block_matmul_c4(%x: memref<1x64xf32>, %w: memref<1280xi8>, %y: memref<1x33xf32>) {
  // expected-error @below {{(c4) needs 2560 packed bytes, got 'memref<1280xi8>'}}
  lowbit.block_matmul ins(%x, %w : memref<1x64xf32>, memref<1280xi8>) outs(%y : memref<1x33xf32>) bits 4 block 32 scales f32 zero_point 8
  return
}

// -----
func.func @block_matmul_c5(%x: memref<3x64xf32>, %w: memref<1280xi8>, %s: memref<80xi8>, %y: memref<3x32xf32>) {
  // expected-error @below {{(c5) scratch needs a memref of 240 bytes, got 'memref<80xi8>'}}
  lowbit.block_matmul ins(%x, %w scratch %s : memref<3x64xf32>, memref<1280xi8> scratch memref<80xi8>) outs(%y : memref<3x32xf32>) bits 4 block 32 scales f32 zero_point 8
  return
}

// -----
func.func @block_matmul_c5_floats(%x: memref<3x64xf32>, %w: memref<1280xi8>, %s: memref<240xi8>, %y: memref<3x32xf32>) {
  // expected-error @below {{(c5) floats need no scratch}}
  lowbit.block_matmul ins(%x, %w scratch %s : memref<3x64xf32>, memref<1280xi8> scratch memref<240xi8>) outs(%y : memref<3x32xf32>) bits 4 block 32 scales f32 zero_point 8 floats
  return
}

// -----
func.func @block_matmul_c6(%x: tensor<1x64xf32>, %w: tensor<1280xi8>, %y: tensor<1x32xf32>) {
  // expected-error @below {{(c6) needs one result of the destination's type on tensors, none on memrefs}}
  lowbit.block_matmul ins(%x, %w : tensor<1x64xf32>, tensor<1280xi8>) outs(%y : tensor<1x32xf32>) bits 4 block 32 scales f32 zero_point 8
  return
}
