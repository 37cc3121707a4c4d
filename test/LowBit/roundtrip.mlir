// Every op prints and parses, as text and as bytecode.
// RUN: setun-opt %s | setun-opt | FileCheck %s
// RUN: setun-opt %s --emit-bytecode | setun-opt | FileCheck %s

// CHECK-LABEL: func.func @images
func.func @images(%x: tensor<1x4x8x8xui4>, %w: tensor<6x2x3x3x!lowbit.ternary>, %y: tensor<6x4x1x1x!lowbit.ternary>) -> tensor<1x6x4x4xi32> {
  // CHECK: lowbit.conv %{{.*}} zero_point 8 padding 0, %{{.*}} window <size[3, 3] strides[2, 2] dilations[1, 1] pads[1, 1, 0, 0]> groups 2 bias [1, 2, 3, 4, 5, -6] kernel <plain> : tensor<1x4x8x8xui4>, tensor<6x2x3x3x!lowbit.ternary> -> tensor<1x6x4x4xi32>
  %0 = lowbit.conv %x zero_point 8 padding 0, %w window <size[3, 3] strides[2, 2] dilations[1, 1] pads[1, 1, 0, 0]> groups 2 bias [1, 2, 3, 4, 5, -6] kernel <plain> : tensor<1x4x8x8xui4>, tensor<6x2x3x3x!lowbit.ternary> -> tensor<1x6x4x4xi32>
  // CHECK: lowbit.conv %{{.*}}, %{{.*}} window <size[1, 1] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor
  %1 = lowbit.conv %x, %y window <size[1, 1] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x8x8xui4>, tensor<6x4x1x1x!lowbit.ternary> -> tensor<1x6x4x4xi32>
  // CHECK: lowbit.pad %{{.*}} code 8 low [0, 0, 1, 0] high [0, 0, 0, 2] : tensor<1x4x8x8xui4> -> tensor<1x4x9x10xui4>
  %2 = lowbit.pad %x code 8 low[0, 0, 1, 0] high[0, 0, 0, 2] : tensor<1x4x8x8xui4> -> tensor<1x4x9x10xui4>
  // CHECK: lowbit.pool %{{.*}} window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x9x10xui4> -> tensor<1x4x4x5xui4>
  %3 = lowbit.pool %2 window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x9x10xui4> -> tensor<1x4x4x5xui4>
  // CHECK: lowbit.pool %{{.*}} window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> channels_last : tensor<1x4x9x10xui4> -> tensor<1x4x9x10xui4>
  %pooled = lowbit.pool %2 window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> channels_last : tensor<1x4x9x10xui4> -> tensor<1x4x9x10xui4>
  // CHECK: lowbit.sum_pool %{{.*}} zero_point 1 window <size[4, 9] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> channels_last : tensor<1x4x9x10xui4> -> tensor<1x1x1x10xi32>
  %summed = lowbit.sum_pool %2 zero_point 1 window <size[4, 9] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> channels_last : tensor<1x4x9x10xui4> -> tensor<1x1x1x10xi32>
  // CHECK: lowbit.patches %{{.*}} padding 0 window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> channels_last : tensor<1x4x9x10xui4> -> tensor<1x4x9x10xui4>
  %last = lowbit.patches %2 padding 0 window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> channels_last : tensor<1x4x9x10xui4> -> tensor<1x4x9x10xui4>
  // CHECK: lowbit.patches %{{.*}} padding 8 window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x9x10xui4> -> tensor<1x4x5x16xui4>
  %4 = lowbit.patches %2 padding 8 window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x4x9x10xui4> -> tensor<1x4x5x16xui4>
  return %0 : tensor<1x6x4x4xi32>
}

// CHECK-LABEL: func.func @rows
func.func @rows(%x: memref<1x4x8xi8>, %r: memref<1x7x8xi8>, %i: index) {
  // CHECK: lowbit.im2row ins(%{{.*}} : memref<1x4x8xi8>) at{{ ?}}[%{{.*}}, %{{.*}}] outs(%{{.*}} : memref<1x7x8xi8>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0
  lowbit.im2row ins(%x : memref<1x4x8xi8>) at [%i, %i] outs(%r : memref<1x7x8xi8>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0
  // CHECK: lowbit.im2row ins(%{{.*}} : memref<1x4x8xi8>) outs(%{{.*}} : memref<1x7x8xi8>) window
  lowbit.im2row ins(%x : memref<1x4x8xi8>) outs(%r : memref<1x7x8xi8>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0
  return
}

// CHECK-LABEL: func.func @channels_apart
func.func @channels_apart(%x: memref<1x8x4xi8>, %w: memref<2x4xi8>, %r: memref<1x3x4xi32>, %i: index, %c: tensor<1x8x4xui4>, %v: tensor<2x4xsi8>, %o: tensor<1x7x4xi32>) {
  // CHECK: lowbit.depthwise ins(%{{.*}}, %{{.*}} : memref<1x8x4xi8>, memref<2x4xi8>) at{{ ?}}[%{{.*}}, %{{.*}}] outs(%{{.*}} : memref<1x3x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 3 activation ui4
  lowbit.depthwise ins(%x, %w : memref<1x8x4xi8>, memref<2x4xi8>) at [%i, %i] outs(%r : memref<1x3x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 3 activation ui4
  // CHECK: lowbit.depthwise ins(%{{.*}}, %{{.*}} : tensor<1x8x4xui4>, tensor<2x4xsi8>) outs(%{{.*}} : tensor<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 bias [1, 2, 3, 4] -> tensor<1x7x4xi32>
  %0 = lowbit.depthwise ins(%c, %v : tensor<1x8x4xui4>, tensor<2x4xsi8>) outs(%o : tensor<1x7x4xi32>) window <size[2] strides[1] dilations[1] pads[0, 0]> padding 0 bias [1, 2, 3, 4] -> tensor<1x7x4xi32>
  return
}

// CHECK-LABEL: func.func @codes
func.func @codes(%x: tensor<1x4xf32>, %s: tensor<f32>, %z: tensor<4xf32>) -> tensor<1x2xf32> {
  // CHECK: lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  // CHECK: lowbit.quantize %{{.*}}, %{{.*}} zero_point %{{.*}} rounding half_up narrow : (tensor<1x4xf32>, tensor<f32>, tensor<4xf32>) -> tensor<1x4xsi8>
  %q = lowbit.quantize %x, %s zero_point %z rounding half_up narrow : (tensor<1x4xf32>, tensor<f32>, tensor<4xf32>) -> tensor<1x4xsi8>
  // CHECK: lowbit.quantize %{{.*}}, %{{.*}} zero_point %{{.*}} zero_point_last : (tensor<1x4xf32>, tensor<f32>, tensor<4xf32>) -> tensor<1x4xui8>
  %l = lowbit.quantize %x, %s zero_point %z zero_point_last : (tensor<1x4xf32>, tensor<f32>, tensor<4xf32>) -> tensor<1x4xui8>
  // CHECK: lowbit.quantize %{{.*}}, %{{.*}} by_reciprocal : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui4>
  %u = lowbit.quantize %x, %s by_reciprocal : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui4>
  // CHECK: lowbit.dequantize %{{.*}}, %{{.*}} zero_point %{{.*}} : (tensor<1x4xui4>, tensor<f32>, tensor<4xf32>) -> tensor<1x4xf32>
  %r = lowbit.dequantize %u, %s zero_point %z : (tensor<1x4xui4>, tensor<f32>, tensor<4xf32>) -> tensor<1x4xf32>
  // CHECK: lowbit.dynamic_quantize %{{.*}} {epsilon = 9.99999974E-6 : f32, limit = 127 : i64, reciprocal} : tensor<1x4xf32> -> tensor<1x4xsi8>, tensor<1x1xf32>
  %d, %a = lowbit.dynamic_quantize %r {epsilon = 1.0e-5 : f32, limit = 127 : i64, reciprocal} : tensor<1x4xf32> -> tensor<1x4xsi8>, tensor<1x1xf32>
  // CHECK: lowbit.matmul %{{.*}}, %{{.*}} kernel <packed> : tensor<1x4xsi8>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %m = lowbit.matmul %d, %w kernel <packed> : tensor<1x4xsi8>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  // CHECK: lowbit.matmul %{{.*}} zero_point -3, %{{.*}} zero_point 1 bias [5, -7] kernel <plain> : tensor<1x4xsi8>
  %n = lowbit.matmul %d zero_point -3, %w zero_point 1 bias [5, -7] kernel <plain> : tensor<1x4xsi8>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  // CHECK: lowbit.dequantize %{{.*}}, %{{.*}} : (tensor<1x2xi32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %y = lowbit.dequantize %m, %a : (tensor<1x2xi32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// CHECK-LABEL: func.func @structure
func.func @structure(%x: tensor<1x4xf32>, %t: tensor<1x1xf32>) -> tensor<4x!lowbit.bipolar> {
  // CHECK: lowbit.threshold %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4x!lowbit.bipolar>
  %q = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4x!lowbit.bipolar>
  // CHECK: lowbit.transpose %{{.*}} [1, 0] : tensor<1x4x!lowbit.bipolar> -> tensor<4x1x!lowbit.bipolar>
  %p = lowbit.transpose %q [1, 0] : tensor<1x4x!lowbit.bipolar> -> tensor<4x1x!lowbit.bipolar>
  // CHECK: lowbit.reshape %{{.*}} : tensor<4x1x!lowbit.bipolar> -> tensor<4x!lowbit.bipolar>
  %r = lowbit.reshape %p : tensor<4x1x!lowbit.bipolar> -> tensor<4x!lowbit.bipolar>
  return %r : tensor<4x!lowbit.bipolar>
}

// CHECK-LABEL: func.func @packed
func.func @packed() -> tensor<2x4x!lowbit.bipolar, #lowbit.layout<bits>> {
  // CHECK: lowbit.constant dense_resource<bits> : tensor<2x4x!lowbit.bipolar, #lowbit.layout<bits>>
  %w = lowbit.constant dense_resource<bits> : tensor<2x4x!lowbit.bipolar, #lowbit.layout<bits>>
  return %w : tensor<2x4x!lowbit.bipolar, #lowbit.layout<bits>>
}

// CHECK-LABEL: func.func @kernels
func.func @kernels(%x: memref<1x4xi8>, %w: memref<32xi8>, %acc: memref<1x1xi32>, %a: memref<1x4xf32>,
                   %b: memref<4x1xf32>, %c: memref<1x1xf32>, %sum: memref<1xf32>) {
  // CHECK: lowbit.packed_matmul ins(%{{.*}}, %{{.*}} : memref<1x4xi8>, memref<32xi8>) outs(%{{.*}} : memref<1x1xi32>) layout <ternary_pairs> activation si8 weight !lowbit.ternary
  lowbit.packed_matmul ins(%x, %w : memref<1x4xi8>, memref<32xi8>) outs(%acc : memref<1x1xi32>) layout <ternary_pairs> activation si8 weight !lowbit.ternary
  // CHECK: lowbit.float_matmul ins(%{{.*}}, %{{.*}} : memref<1x4xf32>, memref<4x1xf32>) outs(%{{.*}} : memref<1x1xf32>)
  lowbit.float_matmul ins(%a, %b : memref<1x4xf32>, memref<4x1xf32>) outs(%c : memref<1x1xf32>)
  // CHECK: lowbit.float_sum ins(%{{.*}} : memref<1x4xf32>) outs(%{{.*}} : memref<1xf32>)
  lowbit.float_sum ins(%a : memref<1x4xf32>) outs(%sum : memref<1xf32>)
  return
}

// CHECK-LABEL: func.func @float_conv
func.func @float_conv(%x: memref<1x4x8xf32>, %w: memref<6x2x3xf32>, %b: memref<6xf32>, %s: memref<6x32xf32>, %y: memref<1x6x6xf32>) {
  // CHECK: lowbit.float_conv ins(%{{.*}}, %{{.*}} : memref<1x4x8xf32>, memref<6x2x3xf32>) outs(%{{.*}} : memref<1x6x6xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]> groups 2
  lowbit.float_conv ins(%x, %w : memref<1x4x8xf32>, memref<6x2x3xf32>) outs(%y : memref<1x6x6xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]> groups 2
  // CHECK: lowbit.float_conv ins(%{{.*}}, %{{.*}} bias %{{.*}} scratch %{{.*}} : memref<1x4x8xf32>, memref<6x2x3xf32>, memref<6xf32> scratch memref<6x32xf32>) outs(
  lowbit.float_conv ins(%x, %w bias %b scratch %s : memref<1x4x8xf32>, memref<6x2x3xf32>, memref<6xf32> scratch memref<6x32xf32>) outs(%y : memref<1x6x6xf32>) window <size[3] strides[1] dilations[1] pads[0, 0]> groups 2
  return
}

// CHECK-LABEL: func.func @block_matmul
func.func @block_matmul(%x: memref<3x64xf32>, %w: memref<1280xi8>, %z: memref<1280xi8>, %s: memref<240xi8>, %y: memref<3x32xf32>) {
  // CHECK: lowbit.block_matmul ins(%{{.*}}, %{{.*}} : memref<3x64xf32>, memref<1280xi8>) outs(%{{.*}} : memref<3x32xf32>) bits 4 block 32 scales f32 zero_point 8
  lowbit.block_matmul ins(%x, %w : memref<3x64xf32>, memref<1280xi8>) outs(%y : memref<3x32xf32>) bits 4 block 32 scales f32 zero_point 8
  // CHECK: lowbit.block_matmul ins(%{{.*}}, %{{.*}} scratch %{{.*}} : memref<3x64xf32>, memref<1280xi8> scratch memref<240xi8>) outs(%{{.*}} : memref<3x32xf32>) bits 4 block 32 scales f16{{$}}
  lowbit.block_matmul ins(%x, %z scratch %s : memref<3x64xf32>, memref<1280xi8> scratch memref<240xi8>) outs(%y : memref<3x32xf32>) bits 4 block 32 scales f16
  // CHECK: lowbit.block_matmul {{.*}} bits 4 block 32 scales f32 zero_point 8 floats
  lowbit.block_matmul ins(%x, %w : memref<3x64xf32>, memref<1280xi8>) outs(%y : memref<3x32xf32>) bits 4 block 32 scales f32 zero_point 8 floats
  return
}

// CHECK-LABEL: func.func @steps
func.func @steps(%x: tensor<1x2xi32>, %y: tensor<1x2xui4>, %t: tensor<2x1xi32>, %l: tensor<1x16xsi8>, %p: tensor<1x8x28x28xui8>) -> tensor<1x2xsi8> {
  // CHECK: lowbit.threshold %{{.*}}, %{{.*}} falling [true, false] {axis = 1 : i64, offset = 3 : i64} : (tensor<1x2xi32>, tensor<2x1xi32>) -> tensor<1x2xui3>
  %0 = lowbit.threshold %x, %t falling [true, false] {axis = 1 : i64, offset = 3 : i64} : (tensor<1x2xi32>, tensor<2x1xi32>) -> tensor<1x2xui3>
  // CHECK: lowbit.requantize %{{.*}}, %{{.*}} multipliers [array<i64: 3, -5>, array<i64: 2>] addends [1, -7] shift 4 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x2xi32>, tensor<1x2xui4>) -> tensor<1x2xui4>
  %1 = lowbit.requantize %x, %y multipliers [array<i64: 3, -5>, array<i64: 2>] addends [1, -7] shift 4 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x2xi32>, tensor<1x2xui4>) -> tensor<1x2xui4>
  // CHECK: lowbit.lookup %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<1x2xui4>, tensor<1x16xsi8>) -> tensor<1x2xsi8>
  %2 = lowbit.lookup %1, %l {axis = 1 : i64} : (tensor<1x2xui4>, tensor<1x16xsi8>) -> tensor<1x2xsi8>
  // CHECK: lowbit.sum_pool %{{.*}} zero_point 128 window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x8x28x28xui8> -> tensor<1x8x14x14xi32>
  %3 = lowbit.sum_pool %p zero_point 128 window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x8x28x28xui8> -> tensor<1x8x14x14xi32>
  return %2 : tensor<1x2xsi8>
}

// CHECK-LABEL: func.func @network
func.func @network(%x: tensor<1x3xsi8>, %o: tensor<1x1xi32>) -> tensor<1x1xi32> {
  // CHECK: lowbit.addsub ins(%{{.*}} : tensor<1x3xsi8>) outs(%{{.*}} : tensor<1x1xi32>) {
  // CHECK: lowbit.yield %{{.*}} : i32
  // CHECK: } -> tensor<1x1xi32>
  %r = lowbit.addsub ins(%x : tensor<1x3xsi8>) outs(%o : tensor<1x1xi32>) {
  ^bb0(%x0: i32, %x1: i32, %x2: i32):
    %0 = arith.subi %x0, %x1 : i32
    %1 = arith.addi %0, %x2 : i32
    lowbit.yield %1 : i32
  } -> tensor<1x1xi32>
  return %r : tensor<1x1xi32>
}

// CHECK-LABEL: func.func @small_floats
func.func @small_floats(%x: i16, %y: f64) -> (f32, i8, i8) {
  // CHECK: lowbit.decode_float %{{.*}} as bf16 : i16 -> f32
  %0 = lowbit.decode_float %x as bf16 : i16 -> f32
  // CHECK: lowbit.encode_float %{{.*}} saturate as f8E4M3FN : f32 -> i8
  %1 = lowbit.encode_float %0 saturate as f8E4M3FN : f32 -> i8
  // CHECK: lowbit.encode_float %{{.*}} rounding up as f8E8M0FNU : f64 -> i8
  %2 = lowbit.encode_float %y rounding up as f8E8M0FNU : f64 -> i8
  return %0, %1, %2 : f32, i8, i8
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x0100000001FF0001FF010101",
      bits: "0x01000000050F"
    }
  }
#-}
