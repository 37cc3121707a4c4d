// RUN: setun-opt %s --pass-pipeline='builtin.module(func.func(lowbit-tile-convolutions))' --split-input-file | FileCheck %s

// 4 places of 1024 bytes are one tile; the epilogue reads their sums transposed and writes into the result.
// CHECK-LABEL: @epilogue
// CHECK: scf.for %[[H:.*]] = %c0{{.*}} to %c3 step %c1
// CHECK: scf.for %[[W:.*]] = %c0{{.*}} to %c8 step %c4
// CHECK: %[[ROWS:.*]] = lowbit.im2row {{.*}} at{{ ?}}[%{{.*}}, %[[H]], %[[W]]] {{.*}} -> tensor<1x1x4x1024xi8>
// CHECK: %[[SUMS:.*]] = lowbit.packed_matmul ins(%[[ROWS]], {{.*}} -> tensor<1x1x4x2xi32>
// CHECK: linalg.generic {{.*}} ins(%[[SUMS]] : tensor<1x1x4x2xi32>) outs(%{{.*}} : tensor<1x2x1x4xi8>)
// CHECK: tensor.insert_slice {{.*}}[0, 0, %[[H]], %[[W]]] [1, 2, 1, 4]
func.func @epilogue(%x: tensor<1x1024x3x8xi8>, %w: tensor<2048xi8>) -> tensor<1x2x3x8xi8> {
  %r = tensor.empty() : tensor<1x3x8x1024xi8>
  %o = tensor.empty() : tensor<1x3x8x2xi32>
  %y = tensor.empty() : tensor<1x2x3x8xi8>
  %0 = lowbit.im2row ins(%x : tensor<1x1024x3x8xi8>) outs(%r : tensor<1x3x8x1024xi8>)
    window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> padding 0 -> tensor<1x3x8x1024xi8>
  %1 = lowbit.packed_matmul ins(%0, %w : tensor<1x3x8x1024xi8>, tensor<2048xi8>) outs(%o : tensor<1x3x8x2xi32>) layout <bytes> activation si4 weight si4 -> tensor<1x3x8x2xi32>
  %2 = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, h, w, c)>, affine_map<(n, c, h, w) -> (n, c, h, w)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%1 : tensor<1x3x8x2xi32>) outs(%y : tensor<1x2x3x8xi8>) {
  ^bb0(%sum: i32, %out: i8):
    %t = arith.trunci %sum : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x2x3x8xi8>
  return %2 : tensor<1x2x3x8xi8>
}

// -----

// Sums that are returned as they are come from the loops.
// CHECK-LABEL: @sums
// CHECK: scf.for
// CHECK: lowbit.packed_matmul {{.*}} -> tensor<1x3x2xi32>
// CHECK: tensor.insert_slice {{.*}} : tensor<1x3x2xi32> into tensor<2x3x2xi32>
func.func @sums(%x: tensor<2x1024x3xi8>, %w: tensor<2048xi8>) -> tensor<2x3x2xi32> {
  %r = tensor.empty() : tensor<2x3x1024xi8>
  %o = tensor.empty() : tensor<2x3x2xi32>
  %0 = lowbit.im2row ins(%x : tensor<2x1024x3xi8>) outs(%r : tensor<2x3x1024xi8>)
    window <size[1] strides[1] dilations[1] pads[0, 0]> padding 0 -> tensor<2x3x1024xi8>
  %1 = lowbit.packed_matmul ins(%0, %w : tensor<2x3x1024xi8>, tensor<2048xi8>) outs(%o : tensor<2x3x2xi32>) layout <bytes> activation si4 weight si4 -> tensor<2x3x2xi32>
  return %1 : tensor<2x3x2xi32>
}

// -----

// Patches of one element each are the image itself.
// CHECK-LABEL: @pointwise
// CHECK: scf.for %[[H:.*]] = %c0{{.*}} to %c3 step %c1
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %arg0[%{{.*}}, %[[H]], %{{.*}}, 0] [1, 1, 8, 16] [1, 1, 1, 1]
// CHECK: lowbit.packed_matmul ins(%[[ROWS]], {{.*}} -> tensor<1x1x8x128xi32>
func.func @pointwise(%x: tensor<1x3x8x16xi8>, %w: tensor<2048xi8>) -> tensor<1x3x8x128xi32> {
  %r = tensor.empty() : tensor<1x3x8x16xi8>
  %o = tensor.empty() : tensor<1x3x8x128xi32>
  %0 = lowbit.im2row ins(%x : tensor<1x3x8x16xi8>) outs(%r : tensor<1x3x8x16xi8>)
    window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> padding 0 channels_last -> tensor<1x3x8x16xi8>
  %1 = lowbit.packed_matmul ins(%0, %w : tensor<1x3x8x16xi8>, tensor<2048xi8>) outs(%o : tensor<1x3x8x128xi32>) layout <bytes> activation si4 weight si4 -> tensor<1x3x8x128xi32>
  return %1 : tensor<1x3x8x128xi32>
}

// -----

// A depthwise convolution needs no rows: tiles are as large as their sums allow, 4 places of 1024 bytes.
// CHECK-LABEL: @depthwise
// CHECK: scf.for %[[W:.*]] = %c0{{.*}} to %c8 step %c4
// CHECK: %[[SUMS:.*]] = lowbit.depthwise {{.*}} at{{ ?}}[%{{.*}}, %[[W]]] outs({{.*}} padding 3 activation ui8 -> tensor<1x4x256xi32>
// CHECK: tensor.insert_slice %[[SUMS]] into {{.*}}[0, %[[W]], 0] [1, 4, 256]
func.func @depthwise(%x: tensor<1x8x256xi8>, %w: tensor<3x256xi8>) -> tensor<1x8x256xi32> {
  %o = tensor.empty() : tensor<1x8x256xi32>
  %0 = lowbit.depthwise ins(%x, %w : tensor<1x8x256xi8>, tensor<3x256xi8>) outs(%o : tensor<1x8x256xi32>)
    window <size[3] strides[1] dilations[1] pads[1, 1]> padding 3 activation ui8 -> tensor<1x8x256xi32>
  return %0 : tensor<1x8x256xi32>
}

// -----

// Rows that nothing multiplies, and rows of which a part was made already, stay.
// CHECK-LABEL: @untouched
// CHECK-NOT: scf.for
// CHECK-COUNT-2: lowbit.im2row
// CHECK: lowbit.packed_matmul
// CHECK-NOT: scf.for
func.func @untouched(%x: tensor<2x8x3xi8>, %w: tensor<16xi8>, %i: index) -> (tensor<2x3x8xi8>, tensor<1x3x2xi32>) {
  %r = tensor.empty() : tensor<2x3x8xi8>
  %s = tensor.empty() : tensor<1x3x8xi8>
  %o = tensor.empty() : tensor<1x3x2xi32>
  %0 = lowbit.im2row ins(%x : tensor<2x8x3xi8>) outs(%r : tensor<2x3x8xi8>)
    window <size[1] strides[1] dilations[1] pads[0, 0]> padding 0 -> tensor<2x3x8xi8>
  %1 = lowbit.im2row ins(%x : tensor<2x8x3xi8>) at [%i, %i] outs(%s : tensor<1x3x8xi8>)
    window <size[1] strides[1] dilations[1] pads[0, 0]> padding 0 -> tensor<1x3x8xi8>
  %2 = lowbit.packed_matmul ins(%1, %w : tensor<1x3x8xi8>, tensor<16xi8>) outs(%o : tensor<1x3x2xi32>) layout <bytes> activation si4 weight si4 -> tensor<1x3x2xi32>
  return %0, %2 : tensor<2x3x8xi8>, tensor<1x3x2xi32>
}

// -----

// Without vectors memory is small: 2 places of 1024 bytes.
// CHECK-LABEL: @small
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c8 step %c2
module attributes {setun.target = "cortex-m4"} {
  func.func @small(%x: tensor<1x8x256xi8>, %w: tensor<3x256xi8>) -> tensor<1x8x256xi32> {
    %o = tensor.empty() : tensor<1x8x256xi32>
    %0 = lowbit.depthwise ins(%x, %w : tensor<1x8x256xi8>, tensor<3x256xi8>) outs(%o : tensor<1x8x256xi32>)
      window <size[3] strides[1] dilations[1] pads[1, 1]> padding 3 activation ui8 -> tensor<1x8x256xi32>
    return %0 : tensor<1x8x256xi32>
  }
}
