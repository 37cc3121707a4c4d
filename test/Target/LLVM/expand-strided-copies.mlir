// A copy of a subview becomes loops, a contiguous one stays for memcpy.
// RUN: setun-opt %s --expand-strided-copies | FileCheck %s

// CHECK-LABEL: @strided
// CHECK: scf.for [[I:%.*]] = %c0 to
// CHECK: scf.for [[J:%.*]] = %c0 to
// CHECK: [[VALUE:%.*]] = memref.load %arg0{{\[}}[[I]], [[J]]]
// CHECK: memref.store [[VALUE]], {{%.*}}{{\[}}[[I]], [[J]]]
// CHECK-NOT: memref.copy
func.func @strided(%x: memref<2x3xf32>, %y: memref<2x8xf32>) {
  %part = memref.subview %y[0, 4] [2, 3] [1, 1] : memref<2x8xf32> to memref<2x3xf32, strided<[8, 1], offset: 4>>
  memref.copy %x, %part : memref<2x3xf32> to memref<2x3xf32, strided<[8, 1], offset: 4>>
  return
}

// CHECK-LABEL: @contiguous
// CHECK-NEXT: memref.copy
func.func @contiguous(%x: memref<2x3xf32>, %y: memref<2x3xf32>) {
  memref.copy %x, %y : memref<2x3xf32> to memref<2x3xf32>
  return
}
