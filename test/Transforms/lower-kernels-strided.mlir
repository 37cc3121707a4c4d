// Networks read and write whole buffers: parts of others are copied.
// RUN: setun-opt %s --lowbit-lower-kernels=only-addsub | FileCheck %s

// CHECK-LABEL: @strided(
// CHECK-SAME: %[[X:.*]]: memref<4x2xi8, strided<[4, 1]>>, %[[SUMS:.*]]: memref<4x1xi32, strided<[3, 1], offset: ?>>
// CHECK: %[[ROWS:.*]] = memref.alloc() : memref<4x2xi8>
// CHECK: memref.copy %[[X]], %[[ROWS]]
// CHECK: %[[RESULT:.*]] = memref.alloc() : memref<4x1xi32>
// CHECK: scf.for
// CHECK: call @strided_network_0(%[[ROWS]], %[[RESULT]],
// CHECK: memref.copy %[[RESULT]], %[[SUMS]]
func.func private @strided(%x: memref<4x2xi8, strided<[4, 1]>>, %sums: memref<4x1xi32, strided<[3, 1], offset: ?>>) {
  lowbit.addsub ins(%x : memref<4x2xi8, strided<[4, 1]>>) outs(%sums : memref<4x1xi32, strided<[3, 1], offset: ?>>) activation si8 {
  ^bb0(%x0: i32, %x1: i32):
    %a = arith.addi %x0, %x1 : i32
    lowbit.yield %a : i32
  }
  return
}
