// RUN: setun-opt %s --lowbit-lower-kernels -split-input-file | FileCheck %s
// RUN: setun-opt %s --lowbit-lower-kernels=only-addsub -split-input-file | FileCheck %s --check-prefix=KERNEL

// Outside of the image each weight meets the padding; the innermost loops go along the channels.
// CHECK-LABEL: @padded
// CHECK-NOT: lowbit.depthwise
// CHECK: arith.cmpi ult
// CHECK: scf.if
// CHECK: scf.for %[[C:.*]] =
// CHECK: memref.load %arg1[%{{.*}}, %[[C]]] : memref<9x4xi8>
// CHECK: arith.extui
// CHECK: else
// CHECK: scf.for
// CHECK: arith.muli %{{.*}}, %c7_i32
// KERNEL-LABEL: @padded
// KERNEL: lowbit.depthwise
func.func @padded(%x: memref<1x5x9x4xi8>, %w: memref<9x4xi8>, %r: memref<1x1x3x4xi32>, %n: index, %h: index) {
  lowbit.depthwise ins(%x, %w : memref<1x5x9x4xi8>, memref<9x4xi8>) at [%n, %h, %n] outs(%r : memref<1x1x3x4xi32>)
    window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> padding 7 activation ui8
  return
}

// -----

// A padding of 0 adds nothing, no pads need no choice.
// CHECK-LABEL: @zeros
// CHECK: scf.if
// CHECK-NOT: else
// CHECK-LABEL: @inside
// CHECK-NOT: scf.if
func.func @zeros(%x: memref<1x5x4xi8>, %w: memref<3x4xi8>, %r: memref<1x5x4xi32>) {
  lowbit.depthwise ins(%x, %w : memref<1x5x4xi8>, memref<3x4xi8>) outs(%r : memref<1x5x4xi32>) window <size[3] strides[1] dilations[1] pads[1, 1]> padding 0 activation si8
  return
}
func.func @inside(%x: memref<1x5x4xi8>, %w: memref<3x4xi8>, %r: memref<1x3x4xi32>) {
  lowbit.depthwise ins(%x, %w : memref<1x5x4xi8>, memref<3x4xi8>) outs(%r : memref<1x3x4xi32>) window <size[3] strides[1] dilations[1] pads[0, 0]> padding 5 activation si8
  return
}
