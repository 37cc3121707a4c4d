// RUN: setun-opt %s --lowbit-split-for-threads --split-input-file | FileCheck %s
// RUN: setun-opt %s --lowbit-split-for-threads=threads=1 --split-input-file | FileCheck %s --check-prefix=ONE
// RUN: setun-opt %s --lowbit-split-for-threads=threads=3 --split-input-file | FileCheck %s --check-prefix=THREE
// ONE-NOT: scf.parallel

// Two streams of weights, 20 groups of tiles each; with three threads 14, 14 and 12.
// CHECK-LABEL: func private @product
// CHECK: scf.parallel (%[[PART:.*]]) = (%{{.*}}) to (%c2) step
// CHECK: %[[FIRST:.*]] = arith.muli %[[PART]], %c1280
// CHECK: %[[SUMS:.*]] = memref.subview %arg1[0, %[[FIRST]]] [1, 1280]
// CHECK: %[[BYTE:.*]] = arith.muli %[[PART]], %c819200
// CHECK: %[[WEIGHTS:.*]] = memref.subview %{{.*}}[%[[BYTE]]] [819200]
// CHECK: lowbit.packed_matmul ins(%arg0, %[[WEIGHTS]] {{.*}} outs(%[[SUMS]]
// THREE-LABEL: func private @product
// THREE: scf.parallel {{.*}} to (%c3)
// THREE: arith.cmpi eq, %{{.*}}, %c2
// THREE: scf.if
// THREE: memref<491520xi8,
// THREE: outs(%{{.*}} : memref<1x768xi32,
// THREE: } else {
// THREE: memref<573440xi8,
// THREE: outs(%{{.*}} : memref<1x896xi32,
func.func private @product(%x: memref<1x2560xi8>, %y: memref<1x2560xi32>) {
  %w = memref.get_global @w : memref<1638400xi8>
  lowbit.packed_matmul ins(%x, %w : memref<1x2560xi8>, memref<1638400xi8>) outs(%y : memref<1x2560xi32>) layout <ternary_tiles> activation si8 weight !lowbit.ternary
  return
}

// Sums of a few rows have gaps between them.
// CHECK-LABEL: func private @few_rows
// CHECK: %[[ALL:.*]] = memref.alloc() : memref<40960xi8>
// CHECK: scf.parallel
// CHECK: %[[OWN:.*]] = memref.view %[[ALL]][%{{.*}}][] : memref<40960xi8> to memref<4x1280xi32>
// CHECK: %[[SUMS:.*]] = memref.subview %{{.*}}[0, %{{.*}}] [4, 1280]
// CHECK: lowbit.packed_matmul {{.*}} outs(%[[OWN]]
// CHECK: memref.copy %[[OWN]], %[[SUMS]]
func.func private @few_rows(%x: memref<2x2x2560xi8>, %y: memref<2x2x2560xi32>) {
  %w = memref.get_global @w : memref<1638400xi8>
  lowbit.packed_matmul ins(%x, %w : memref<2x2x2560xi8>, memref<1638400xi8>) outs(%y : memref<2x2x2560xi32>) layout <ternary_tiles> activation si8 weight !lowbit.ternary
  return
}

// CHECK-LABEL: func private @many_rows
// CHECK: scf.parallel
// CHECK: memref.subview %{{.*}}[%{{.*}}, 0] [50, 64] {{.*}} : memref<100x64xi8>
// CHECK: lowbit.packed_matmul {{.*}} : memref<50x64xi8, {{.*}}, memref<4096xi8>) outs(%{{.*}} : memref<50x64xi32,
func.func private @many_rows(%x: memref<10x10x64xi8>, %y: memref<10x10x64xi32>) {
  %w = memref.get_global @bytes : memref<4096xi8>
  lowbit.packed_matmul ins(%x, %w : memref<10x10x64xi8>, memref<4096xi8>) outs(%y : memref<10x10x64xi32>) layout <bytes> activation si8 weight si8
  return
}

// Too little to be worth it.
// CHECK-LABEL: func private @small
// CHECK-NOT: scf.parallel
// CHECK: return
func.func private @small(%x: memref<1x64xi8>, %y: memref<1x64xi32>) {
  %w = memref.get_global @bytes : memref<4096xi8>
  lowbit.packed_matmul ins(%x, %w : memref<1x64xi8>, memref<4096xi8>) outs(%y : memref<1x64xi32>) layout <bytes> activation si8 weight si8
  return
}

// Tiles of 32 outputs; each part makes bytes of the row itself.
// CHECK-LABEL: func private @blocks
// CHECK: memref.alloc() : memref<20480xi8>
// CHECK: scf.parallel
// CHECK: memref.view {{.*}} to memref<10240xi8>
// CHECK: memref.subview %{{.*}}[%{{.*}}] [327680]
// CHECK: lowbit.block_matmul {{.*}} outs(%{{.*}} : memref<1x64xf32,
func.func private @blocks(%x: memref<1x8192xf32>, %y: memref<1x128xf32>, %w: memref<655360xi8>) {
  %s = memref.alloc() : memref<10240xi8>
  lowbit.block_matmul ins(%x, %w scratch %s : memref<1x8192xf32>, memref<655360xi8> scratch memref<10240xi8>) outs(%y : memref<1x128xf32>) bits 4 block 32 scales f32 zero_point 8
  return
}

// CHECK-LABEL: func private @floats
// CHECK: scf.parallel
// CHECK: lowbit.float_matmul {{.*}} : memref<2x32x64xf32, {{.*}}, memref<2x64x32xf32,
// CHECK: scf.parallel
// CHECK: lowbit.float_matmul {{.*}} : memref<64x64xf32, {{.*}}, memref<64x32xf32>)
func.func private @floats(%a: memref<2x2x32x64xf32>, %b: memref<2x2x64x32xf32>, %c: memref<2x2x32x32xf32>, %d: memref<64x32xf32>) {
  lowbit.float_matmul ins(%a, %b : memref<2x2x32x64xf32>, memref<2x2x64x32xf32>) outs(%c : memref<2x2x32x32xf32>)
  lowbit.float_matmul ins(%a, %d : memref<2x2x32x64xf32>, memref<64x32xf32>) outs(%c : memref<2x2x32x32xf32>)
  return
}

// Outputs of one sample, each part with a scratch of its own.
// CHECK-LABEL: func private @convolution
// CHECK: memref.alloc() : memref<9216xi8>
// CHECK: scf.parallel
// CHECK: memref.view {{.*}} to memref<36x32xf32>
// CHECK: %[[BIAS:.*]] = memref.subview %arg2[%{{.*}}] [4]
// CHECK: lowbit.float_conv ins(%arg0, %{{.*}} bias %[[BIAS]] scratch %{{.*}} : memref<1x4x32x32xf32>, memref<4x4x3x3xf32,
// CHECK-SAME: outs(%{{.*}} : memref<1x4x30x30xf32,
func.func private @convolution(%x: memref<1x4x32x32xf32>, %w: memref<8x4x3x3xf32>, %b: memref<8xf32>, %y: memref<1x8x30x30xf32>) {
  %s = memref.alloc() : memref<36x32xf32>
  lowbit.float_conv ins(%x, %w bias %b scratch %s : memref<1x4x32x32xf32>, memref<8x4x3x3xf32>, memref<8xf32> scratch memref<36x32xf32>) outs(%y : memref<1x8x30x30xf32>) window <size[3, 3] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]>
  return
}

// 100 rounds, every second row: two parts have 50 each, three 34, 34 and 32.
// CHECK-LABEL: func private @rounds
// CHECK: %[[ALL:.*]] = memref.alloc() : memref<8064xi8>
// CHECK: scf.parallel (%[[PART:.*]]) =
// CHECK-DAG: memref.alloca() {setun.in_loop} : memref<1xf32>
// CHECK-DAG: memref.view %[[ALL]]{{.*}} to memref<1000xf32>
// CHECK: %[[FIRST:.*]] = arith.muli %[[PART]], %c100
// CHECK: arith.addi %[[FIRST]], %c100
// CHECK: scf.for
// THREE-LABEL: func private @rounds
// THREE: arith.muli %{{.*}}, %c68
// THREE: arith.minsi
// THREE: scf.for
func.func private @rounds(%x: memref<100x1000xf32>, %y: memref<1x200x1000xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c200 = arith.constant 200 : index
  %c1000 = arith.constant 1000 : index
  %one = memref.alloca() {setun.in_loop} : memref<1xf32>
  %whole = memref.collapse_shape %y [[0, 1], [2]] : memref<1x200x1000xf32> into memref<200x1000xf32>
  scf.for %i = %c0 to %c200 step %c2 {
    %row2 = memref.alloc() : memref<1000xf32>
    scf.for %j = %c0 to %c1000 step %c1 {
      %v = memref.load %x[%c1, %j] : memref<100x1000xf32>
      memref.store %v, %row2[%j] : memref<1000xf32>
      memref.store %v, %one[%c0] : memref<1xf32>
      memref.store %v, %whole[%i, %j] : memref<200x1000xf32>
    }
  }
  return
}

memref.global "private" constant @w : memref<1638400xi8> = dense<0>
memref.global "private" constant @bytes : memref<4096xi8> = dense<0>
func.func @main(%x: memref<1x2560xi8>, %y: memref<1x2560xi32>, %a: memref<2x2x2560xi8>, %b: memref<2x2x2560xi32>, %c: memref<10x10x64xi8>, %d: memref<10x10x64xi32>, %e: memref<1x64xi8>, %f: memref<1x64xi32>, %g: memref<2x2x32x64xf32>, %h: memref<2x2x64x32xf32>, %i: memref<2x2x32x32xf32>, %j: memref<64x32xf32>, %k: memref<1x4x32x32xf32>, %l: memref<8x4x3x3xf32>, %m: memref<8xf32>, %n: memref<1x8x30x30xf32>, %o: memref<100x1000xf32>, %p: memref<1x200x1000xf32>, %q: memref<1x8192xf32>, %r: memref<1x128xf32>, %s: memref<655360xi8>) {
  call @blocks(%q, %r, %s) : (memref<1x8192xf32>, memref<1x128xf32>, memref<655360xi8>) -> ()
  call @product(%x, %y) : (memref<1x2560xi8>, memref<1x2560xi32>) -> ()
  call @few_rows(%a, %b) : (memref<2x2x2560xi8>, memref<2x2x2560xi32>) -> ()
  call @many_rows(%c, %d) : (memref<10x10x64xi8>, memref<10x10x64xi32>) -> ()
  call @small(%e, %f) : (memref<1x64xi8>, memref<1x64xi32>) -> ()
  call @floats(%g, %h, %i, %j) : (memref<2x2x32x64xf32>, memref<2x2x64x32xf32>, memref<2x2x32x32xf32>, memref<64x32xf32>) -> ()
  call @convolution(%k, %l, %m, %n) : (memref<1x4x32x32xf32>, memref<8x4x3x3xf32>, memref<8xf32>, memref<1x8x30x30xf32>) -> ()
  call @rounds(%o, %p) : (memref<100x1000xf32>, memref<1x200x1000xf32>) -> ()
  return
}

// -----

// Rounds that are not independent: one adds to what another wrote, writes where it does, or carries a number on.
// CHECK-LABEL: func private @dependent
// CHECK-NOT: scf.parallel
// CHECK: return
func.func private @dependent(%x: memref<1000x100xf32>, %y: memref<1000x100xf32>, %z: memref<100xf32>, %n: memref<1000xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %c999 = arith.constant 999 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c999 step %c1 {
    %next = arith.addi %i, %c1 : index
    scf.for %j = %c0 to %c100 step %c1 {
      %v = memref.load %y[%i, %j] : memref<1000x100xf32>
      memref.store %v, %y[%next, %j] : memref<1000x100xf32>
    }
  }
  scf.for %i = %c0 to %c999 step %c1 {
    scf.for %j = %c0 to %c100 step %c1 {
      %v = memref.load %x[%i, %j] : memref<1000x100xf32>
      memref.store %v, %z[%j] : memref<100xf32>
    }
  }
  scf.for %i = %c0 to %c999 step %c1 {
    %row = memref.load %n[%i] : memref<1000xindex>
    scf.for %j = %c0 to %c100 step %c1 {
      %v = memref.load %x[%i, %j] : memref<1000x100xf32>
      memref.store %v, %y[%row, %j] : memref<1000x100xf32>
    }
  }
  %sum = scf.for %i = %c0 to %c999 step %c1 iter_args(%s = %zero) -> f32 {
    %t = scf.for %j = %c0 to %c100 step %c1 iter_args(%u = %s) -> f32 {
      %v = memref.load %x[%i, %j] : memref<1000x100xf32>
      %w = arith.addf %u, %v : f32
      scf.yield %w : f32
    }
    scf.yield %t : f32
  }
  memref.store %sum, %z[%c0] : memref<100xf32>
  return
}

// Rows of an image with channels first: positions of two rounds lie between each other, their rows are apart.
// CHECK-LABEL: func private @channels
// CHECK: scf.parallel
// CHECK-NOT: scf.parallel
// CHECK: return
func.func private @channels(%x: memref<64x1000xf32>, %y: memref<3x64x500xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c63 = arith.constant 63 : index
  %c64 = arith.constant 64 : index
  %c500 = arith.constant 500 : index
  scf.for %i = %c0 to %c64 step %c1 {
    %row = memref.subview %y[0, %i, 0] [3, 1, 500] [1, 1, 1] : memref<3x64x500xf32> to memref<3x1x500xf32, strided<[32000, 500, 1], offset: ?>>
    scf.for %j = %c0 to %c500 step %c1 {
      scf.for %k = %c0 to %c3 step %c1 {
        %v = memref.load %x[%i, %j] : memref<64x1000xf32>
        memref.store %v, %row[%k, %c0, %j] : memref<3x1x500xf32, strided<[32000, 500, 1], offset: ?>>
      }
    }
  }
  // Each round reads the row of the next one.
  scf.for %i = %c0 to %c63 step %c1 {
    %next = arith.addi %i, %c1 : index
    scf.for %j = %c0 to %c500 step %c1 {
      scf.for %k = %c0 to %c3 step %c1 {
        %v = memref.load %y[%k, %next, %j] : memref<3x64x500xf32>
        memref.store %v, %y[%k, %i, %j] : memref<3x64x500xf32>
      }
    }
  }
  return
}

// Rows of a tile, a window of two rows for each, a part of a larger buffer.
// CHECK-LABEL: func private @tiles
// CHECK: scf.parallel
// CHECK: scf.parallel
// CHECK-NOT: scf.parallel
// CHECK: return
func.func private @tiles(%x: memref<64x1000xf32>, %y: memref<64x1000xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c1000 = arith.constant 1000 : index
  scf.for %i = %c0 to %c64 step %c4 {
    %part = memref.subview %y[%i, 0] [4, 1000] [1, 1] : memref<64x1000xf32> to memref<4x1000xf32, strided<[1000, 1], offset: ?>>
    scf.for %k0 = %c0 to %c4 step %c2 {
      // The last of these rounds begins with row 2, not 3.
      %two_rows = memref.subview %part[%k0, 0] [2, 1000] [1, 1] : memref<4x1000xf32, strided<[1000, 1], offset: ?>> to memref<2x1000xf32, strided<[1000, 1], offset: ?>>
      %v = memref.load %x[%i, %c0] : memref<64x1000xf32>
      memref.store %v, %two_rows[%c1, %c0] : memref<2x1000xf32, strided<[1000, 1], offset: ?>>
    }
    scf.for %k = %c0 to %c4 step %c1 {
      scf.for %j = %c0 to %c1000 step %c1 {
        %v = memref.load %x[%k, %j] : memref<64x1000xf32>
        memref.store %v, %part[%k, %j] : memref<4x1000xf32, strided<[1000, 1], offset: ?>>
      }
    }
  }
  scf.for %i = %c0 to %c32 step %c1 {
    %two = arith.muli %i, %c2 : index
    scf.for %k = %c0 to %c2 step %c1 {
      %row = arith.addi %two, %k : index
      scf.for %j = %c0 to %c1000 step %c1 {
        %v = memref.load %x[%row, %j] : memref<64x1000xf32>
        memref.store %v, %y[%row, %j] : memref<64x1000xf32>
      }
    }
  }
  // Tiles of four rows, two apart.
  scf.for %i = %c0 to %c32 step %c2 {
    %part = memref.subview %y[%i, 0] [4, 1000] [1, 1] : memref<64x1000xf32> to memref<4x1000xf32, strided<[1000, 1], offset: ?>>
    scf.for %k = %c0 to %c4 step %c1 {
      scf.for %j = %c0 to %c1000 step %c1 {
        %v = memref.load %x[%k, %j] : memref<64x1000xf32>
        memref.store %v, %part[%k, %j] : memref<4x1000xf32, strided<[1000, 1], offset: ?>>
      }
    }
  }
  return
}

// A loop that a layer calls a function in: that function is not split again.
// CHECK-LABEL: func private @inner
// CHECK-NOT: scf.parallel
// CHECK: return
func.func private @inner(%y: memref<1000x100xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %c1000 = arith.constant 1000 : index
  %zero = arith.constant 0.0 : f32
  scf.for %i = %c0 to %c1000 step %c1 {
    scf.for %j = %c0 to %c100 step %c1 {
      memref.store %zero, %y[%i, %j] : memref<1000x100xf32>
    }
  }
  return
}
func.func private @outer(%y: memref<1000x100xf32>) {
  call @inner(%y) : (memref<1000x100xf32>) -> ()
  return
}
func.func @main(%x: memref<1000x100xf32>, %y: memref<1000x100xf32>, %z: memref<100xf32>, %n: memref<1000xindex>, %a: memref<64x1000xf32>, %b: memref<64x1000xf32>, %c: memref<3x64x500xf32>) {
  call @channels(%a, %c) : (memref<64x1000xf32>, memref<3x64x500xf32>) -> ()
  call @dependent(%x, %y, %z, %n) : (memref<1000x100xf32>, memref<1000x100xf32>, memref<100xf32>, memref<1000xindex>) -> ()
  call @tiles(%a, %b) : (memref<64x1000xf32>, memref<64x1000xf32>) -> ()
  call @outer(%y) : (memref<1000x100xf32>) -> ()
  return
}

// -----

// One row: columns, 512 and 488 of them.
// CHECK-LABEL: func private @row
// CHECK: scf.parallel
// CHECK: lowbit.float_matmul ins(%arg0, %{{.*}} : memref<1x2560xf32>, memref<2560x488xf32, strided<[1000, 1], offset: ?>>) outs(%{{.*}} : memref<1x488xf32,
// CHECK: lowbit.float_matmul ins(%arg0, %{{.*}} : memref<1x2560xf32>, memref<2560x512xf32, strided<[1000, 1], offset: ?>>) outs(%{{.*}} : memref<1x512xf32,
func.func private @row(%a: memref<1x2560xf32>, %b: memref<2560x1000xf32>, %c: memref<1x1000xf32>) {
  lowbit.float_matmul ins(%a, %b : memref<1x2560xf32>, memref<2560x1000xf32>) outs(%c : memref<1x1000xf32>)
  return
}
func.func @main(%a: memref<1x2560xf32>, %b: memref<2560x1000xf32>, %c: memref<1x1000xf32>) {
  call @row(%a, %b, %c) : (memref<1x2560xf32>, memref<2560x1000xf32>, memref<1x1000xf32>) -> ()
  return
}
