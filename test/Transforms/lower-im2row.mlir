// RUN: setun-opt %s --lowbit-lower-kernels=only-addsub -split-input-file | FileCheck %s

// Every column of a tile is copied once, inside of the image channel by channel; patches are runs of columns.
// CHECK-LABEL: @padded
// CHECK: %[[STRIP:.*]] = memref.alloc() : memref<48xi8>
// CHECK: scf.if
// CHECK: memref.load %{{.*}} : memref<1x4x5x9xi8>
// CHECK: memref.store %{{.*}}, %[[STRIP]]
// CHECK: else
// CHECK: memref.store %c7_i8, %[[STRIP]]
// CHECK: %[[COLUMNS:.*]] = memref.subview %[[STRIP]][%{{.*}}] [24] [1]
// CHECK: %[[PATCH:.*]] = memref.subview %arg1[%{{.*}}] [1, 1, 1, 24] [1, 1, 1, 1]
// CHECK: memref.copy %[[COLUMNS]], %[[PATCH]]
// CHECK-NOT: lowbit.im2row
func.func @padded(%x: memref<1x4x5x9xi8>, %r: memref<1x1x4x24xi8>, %n: index, %h: index, %w: index) {
  lowbit.im2row ins(%x : memref<1x4x5x9xi8>) at [%n, %h, %w] outs(%r : memref<1x1x4x24xi8>)
    window <size[2, 3] strides[1, 1] dilations[1, 1] pads[0, 1, 0, 1]> padding 7
  return
}

// -----

// A window of one column needs no strip, one without pads no choice.
// CHECK-LABEL: @pointwise
// CHECK-NOT: memref.alloc
// CHECK-NOT: scf.if
// CHECK: memref.store %{{.*}} : memref<1x9x4xi8>
func.func @pointwise(%x: memref<1x4x9xi8>, %r: memref<1x9x4xi8>) {
  lowbit.im2row ins(%x : memref<1x4x9xi8>) outs(%r : memref<1x9x4xi8>) window <size[1] strides[1] dilations[1] pads[0, 0]> padding 0
  return
}

// -----

// Channels last: the same rows, a column of the image without gaps.
// CHECK-LABEL: @channels_last
// CHECK: scf.for
// CHECK: scf.for %[[PLACE:.*]] =
// CHECK: scf.for %[[CHANNEL:.*]] =
// CHECK: memref.load %arg0[%{{.*}}, %{{.*}}, %[[CHANNEL]]] : memref<1x9x4xi8>
// CHECK: memref.store %{{.*}}, %arg1[%{{.*}}, %[[PLACE]], %{{.*}}] : memref<1x9x4xi8>
func.func @channels_last(%x: memref<1x9x4xi8>, %r: memref<1x9x4xi8>) {
  lowbit.im2row ins(%x : memref<1x9x4xi8>) outs(%r : memref<1x9x4xi8>) window <size[1] strides[1] dilations[1] pads[0, 0]> padding 0 channels_last
  return
}

// -----

// 8 channels and more are one run.
// CHECK-LABEL: @runs
// CHECK: %[[FROM:.*]] = memref.subview %arg0[%{{.*}}] [1, 1, 8] [1, 1, 1]
// CHECK: %[[TO:.*]] = memref.subview %arg1[%{{.*}}] [1, 1, 8] [1, 1, 1]
// CHECK: memref.copy %[[FROM]], %[[TO]]
func.func @runs(%x: memref<1x9x8xi8>, %r: memref<1x5x8xi8>) {
  lowbit.im2row ins(%x : memref<1x9x8xi8>) outs(%r : memref<1x5x8xi8>) window <size[1] strides[2] dilations[1] pads[0, 0]> padding 0 channels_last
  return
}
