// Kernel ops on buffers become plain loops.
// RUN: setun-opt %s --lowbit-lower-kernels --split-input-file | FileCheck %s
// RUN: setun-opt %s --lowbit-lower-kernels=only-addsub --split-input-file | FileCheck %s --check-prefix=ONLY

// Weight k is bit k % 8 of byte k / 8 of its row, and a row of nine takes two bytes. 1 adds, 0 subtracts.
// CHECK-LABEL: @bits
// CHECK: [[START:%.*]] = arith.muli %arg4, %c2{{.*}} overflow<nsw> : index
// CHECK: scf.for [[K:%.*]] = %c0{{.*}} to %c9{{.*}} iter_args([[SUM:%.*]] = %c0_i32
// CHECK: [[CODE:%.*]] = memref.load %arg0[%arg3, [[K]]]
// CHECK: [[X:%.*]] = arith.extui [[CODE]] : i8 to i32
// CHECK-DAG: [[BYTE:%.*]] = arith.divui [[K]], %c8
// CHECK-DAG: [[BIT:%.*]] = arith.remui [[K]], %c8
// CHECK: [[AT:%.*]] = arith.addi [[START]], [[BYTE]]
// CHECK: memref.load %arg1[[[AT]]]
// CHECK: arith.shrui
// CHECK: [[SET:%.*]] = arith.cmpi ne
// CHECK-DAG: [[MORE:%.*]] = arith.addi [[SUM]], [[X]] overflow<nsw>
// CHECK-DAG: [[LESS:%.*]] = arith.subi [[SUM]], [[X]] overflow<nsw>
// CHECK: [[NEXT:%.*]] = arith.select [[SET]], [[MORE]], [[LESS]]
// CHECK: scf.yield [[NEXT]]
// CHECK: memref.store %{{.*}}, %arg2[%arg3, %arg4]
// CHECK-NOT: arith.muli {{.*}} : i32
// ONLY-LABEL: @bits
// ONLY-NEXT: lowbit.packed_matmul
func.func private @bits(%x: memref<2x9xi8>, %w: memref<6xi8>, %sums: memref<2x3xi32>) {
  lowbit.packed_matmul ins(%x, %w : memref<2x9xi8>, memref<6xi8>) outs(%sums : memref<2x3xi32>) layout <bits> activation ui8 weight !lowbit.bipolar
  return
}

// -----

// 6 groups of 32 inputs, then 8 of another. Group g is a pair of bits, by g % 4, of 32 bytes, by g / 4: bit 0 adds,
// bit 1 subtracts.
// CHECK-LABEL: @ternary_pairs
// CHECK: scf.for [[G:%.*]] = %c0{{.*}} to %c6
// CHECK: arith.divui [[G]], %c4
// CHECK: arith.remui [[G]], %c4
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c32
// CHECK: arith.extsi %{{.*}} : i8 to i32
// CHECK: arith.shrui
// CHECK: arith.andi %{{.*}}, %c1_i32
// CHECK: [[PLUS:%.*]] = arith.select %{{.*}}, [[X:%.*]], %c0_i32
// CHECK: arith.andi %{{.*}}, %c2_i32
// CHECK: [[MINUS:%.*]] = arith.select %{{.*}}, [[X]], %c0_i32
// CHECK: [[MORE:%.*]] = arith.addi %{{.*}}, [[PLUS]]
// CHECK: arith.subi [[MORE]], [[MINUS]]
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c8
// ONLY-LABEL: @ternary_pairs
// ONLY-NEXT: lowbit.packed_matmul
func.func private @ternary_pairs(%x: memref<1x200xi8>, %w: memref<64xi8>, %sums: memref<1x1xi32>) {
  lowbit.packed_matmul ins(%x, %w : memref<1x200xi8>, memref<64xi8>) outs(%sums : memref<1x1xi32>) layout <ternary_pairs> activation si8 weight !lowbit.ternary
  return
}

// -----

// A block of 160 inputs, then 23 in 5 bytes: digit j of a byte, j = 0 .. 4, is what 3^j divides; the last has 3 inputs.
// CHECK-LABEL: @trits
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c1{{.*}}
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c32
// CHECK: [[LOWEST:%.*]] = arith.divui %{{.*}}, %c1_i32
// CHECK: [[DIGIT:%.*]] = arith.remui [[LOWEST]], %c3_i32
// CHECK: [[W:%.*]] = arith.subi [[DIGIT]], %c1_i32
// CHECK: arith.muli [[W]], %{{.*}} overflow<nsw> : i32
// CHECK: arith.divui %{{.*}}, %c81_i32
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c5
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c3
// CHECK: arith.divui %{{.*}}, %c81_i32
// ONLY-LABEL: @trits
// ONLY-NEXT: lowbit.packed_matmul
func.func private @trits(%x: memref<1x183xi8>, %w: memref<37xi8>, %sums: memref<1x1xi32>) {
  lowbit.packed_matmul ins(%x, %w : memref<1x183xi8>, memref<37xi8>) outs(%sums : memref<1x1xi32>) layout <trits> activation si8 weight !lowbit.ternary
  return
}

// -----

// CHECK-LABEL: @bytes
// CHECK: [[X:%.*]] = arith.extsi %{{.*}} : i8 to i32
// CHECK: [[W:%.*]] = arith.extsi %{{.*}} : i8 to i32
// CHECK: [[P:%.*]] = arith.muli [[W]], [[X]] overflow<nsw> : i32
// CHECK: arith.addi %{{.*}}, [[P]]
func.func private @bytes(%x: memref<1x4xi8>, %w: memref<8xi8>, %sums: memref<1x2xi32>) {
  lowbit.packed_matmul ins(%x, %w : memref<1x4xi8>, memref<8xi8>) outs(%sums : memref<1x2xi32>) layout <bytes> activation si8 weight si4
  return
}

// -----

// Sixteen lanes start from +0; 35 terms are two rounds and a rest of three; then the upper half is added to the
// lower one, four times. The lanes are allocated once, outside of all loops.
// CHECK-LABEL: @float_sum
// CHECK-NEXT: [[LANES:%.*]] = memref.alloca() : memref<16xf32>
// CHECK: scf.for [[ROW:%.*]] = %c0{{.*}} to %c2
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c16
// CHECK-NEXT: memref.store %cst, [[LANES]]
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c2
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c16
// CHECK: memref.load %arg0[[[ROW]], %{{.*}}]
// CHECK: [[OLD:%.*]] = memref.load [[LANES]]
// CHECK: arith.addf [[OLD]], %
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c3
// CHECK: %c32{{.*}} = arith.constant 32 : index
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c8
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c4
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c2
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c1
// CHECK: [[SUM:%.*]] = memref.load [[LANES]][%c0
// CHECK: memref.store [[SUM]], %arg1[[[ROW]]]
// ONLY-LABEL: @float_sum
// ONLY-NEXT: lowbit.float_sum
func.func private @float_sum(%x: memref<2x35xf32>, %y: memref<2xf32>) {
  lowbit.float_sum ins(%x : memref<2x35xf32>) outs(%y : memref<2xf32>)
  return
}

// -----

// The same order; products are rounded before they are added. A matrix on the right serves all matrices on the left.
// CHECK-LABEL: @float_matmul
// CHECK-NEXT: memref.alloca() : memref<16xf32>
// CHECK: scf.for [[B:%.*]] = %c0{{.*}} to %c3
// CHECK: scf.for [[M:%.*]] = %c0{{.*}} to %c2
// CHECK: scf.for [[N:%.*]] = %c0{{.*}} to %c5
// CHECK-NOT: to %c0
// CHECK: memref.load %arg0[[[B]], [[M]], [[K:%.*]]]
// CHECK: memref.load %arg1[[[K]], [[N]]]
// CHECK: [[P:%.*]] = arith.mulf
// CHECK: arith.addf %{{.*}}, [[P]]
// CHECK: memref.store %{{.*}}, %arg2[[[B]], [[M]], [[N]]]
// ONLY-LABEL: @float_matmul
// ONLY-NEXT: lowbit.float_matmul
func.func private @float_matmul(%a: memref<3x2x4xf32>, %b: memref<4x5xf32>, %c: memref<3x2x5xf32>) {
  lowbit.float_matmul ins(%a, %b : memref<3x2x4xf32>, memref<4x5xf32>) outs(%c : memref<3x2x5xf32>)
  return
}

// -----

// CHECK-LABEL: @untouched
// CHECK-NEXT: memref.copy
func.func private @untouched(%x: memref<2xf32>, %y: memref<2xf32>) {
  memref.copy %x, %y : memref<2xf32> to memref<2xf32>
  return
}

// -----

// A row of outputs is innermost: before the image, in it and behind it, where the weight is multiplied by 0. The C
// target gets room for a patch instead.
// CHECK-LABEL: @float_conv
// CHECK: scf.for [[N:%.*]] = %c0{{.*}} to %c1
// CHECK: scf.for [[M:%.*]] = %c0{{.*}} to %c6
// CHECK: scf.for [[Y:%.*]] = %c0{{.*}} to %c5
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c4
// CHECK-NEXT: memref.store %cst, %arg3[[[N]], [[M]], [[Y]], %{{.*}}]
// CHECK: scf.for [[C:%.*]] = %c0{{.*}} to %c2
// CHECK: scf.for [[KY:%.*]] = %c0{{.*}} to %c3
// CHECK: scf.for [[KX:%.*]] = %c0{{.*}} to %c3
// CHECK: [[W:%.*]] = memref.load %arg1[[[M]], [[C]], [[KY]], [[KX]]]
// CHECK: [[ZERO:%.*]] = arith.mulf [[W]], %cst
// CHECK: arith.cmpi ult
// CHECK: scf.for %{{.*}} = %c0{{.*}} to [[FIRST:%.*]] step
// CHECK: arith.addf %{{.*}}, [[ZERO]]
// CHECK: scf.for %{{.*}} = [[FIRST]] to [[END:%.*]] step
// CHECK: [[X:%.*]] = memref.load %arg0
// CHECK: arith.mulf [[W]], [[X]]
// CHECK: scf.for %{{.*}} = [[END]] to %c4
// CHECK: arith.addf %{{.*}}, [[ZERO]]
// CHECK: [[B:%.*]] = memref.load %arg2[[[M]]]
// CHECK: arith.addf %{{.*}}, [[B]]
// ONLY-LABEL: @float_conv
// ONLY-NEXT: [[SCRATCH:%.*]] = memref.alloc() : memref<18x32xf32>
// ONLY-NEXT: lowbit.float_conv ins(%arg0, %arg1 bias %arg2 scratch [[SCRATCH]]
func.func private @float_conv(%x: memref<1x4x5x8xf32>, %w: memref<6x2x3x3xf32>, %b: memref<6xf32>, %y: memref<1x6x5x4xf32>) {
  lowbit.float_conv ins(%x, %w bias %b : memref<1x4x5x8xf32>, memref<6x2x3x3xf32>, memref<6xf32>) outs(%y : memref<1x6x5x4xf32>)
      window <size[3, 3] strides[1, 2] dilations[1, 1] pads[1, 1, 1, 1]> groups 2
  return
}

// -----

// The largest magnitude of each block, its scale and factor, the bytes of the row; then an exact sum for each block. The C
// target gets room for the bytes instead.
// CHECK-LABEL: @block_matmul
// CHECK: [[CODES:%.*]] = memref.alloc() : memref<40xi32>
// CHECK: scf.for [[ROW:%.*]] = %c0{{.*}} to %c2
// CHECK: [[X:%.*]] = memref.load %arg0[[[ROW]], [[K:%.*]]]
// CHECK: arith.maxsi
// CHECK: arith.divf %{{.*}}, %cst
// CHECK: arith.divf %cst{{.*}}, %
// CHECK: arith.mulf
// CHECK: arith.addf %{{.*}}, %cst
// CHECK: memref.store %{{.*}}, [[CODES]]
// CHECK: scf.for [[N:%.*]] = %c0{{.*}} to %c5
// CHECK: memref.store %cst{{.*}}, %arg2[[[ROW]], [[N]]]
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c2
// CHECK: scf.for
// CHECK: memref.load %arg1
// CHECK: arith.subi %{{.*}}, %c8
// CHECK: memref.load [[CODES]]
// CHECK: [[EXACT:%.*]] = arith.sitofp
// CHECK: [[SCALE:%.*]] = arith.mulf
// CHECK: [[TERM:%.*]] = arith.mulf [[EXACT]], [[SCALE]]
// CHECK: [[SUM:%.*]] = arith.addf %{{.*}}, [[TERM]]
// CHECK: memref.store [[SUM]], %arg2[[[ROW]], [[N]]]
// ONLY-LABEL: @block_matmul
// ONLY-NEXT: [[SCRATCH:%.*]] = memref.alloc() : memref<160xi8>
// ONLY-NEXT: lowbit.block_matmul ins(%arg0, %arg1 scratch [[SCRATCH]]
func.func private @block_matmul(%x: memref<2x40xf32>, %w: memref<1280xi8>, %y: memref<2x5xf32>) {
  lowbit.block_matmul ins(%x, %w : memref<2x40xf32>, memref<1280xi8>) outs(%y : memref<2x5xf32>) bits 4 block 32 scales f32 zero_point 8
  return
}

// -----

// Inputs that stay floats: 16 lanes, then halves; no scratch.
// CHECK-LABEL: @block_matmul_floats
// CHECK: [[LANES:%.*]] = memref.alloc() : memref<16xf32>
// CHECK: arith.subi %{{.*}}, %c8
// CHECK: [[CODE:%.*]] = arith.sitofp
// CHECK: [[WEIGHT:%.*]] = arith.mulf [[CODE]]
// CHECK: [[TERM:%.*]] = arith.mulf %{{.*}}, [[WEIGHT]]
// CHECK: [[LANE:%.*]] = arith.remui %{{.*}}, %c16
// CHECK: [[SUM:%.*]] = memref.load [[LANES]][[[LANE]]]
// CHECK: arith.addf [[SUM]], [[TERM]]
// CHECK-COUNT-4: scf.for
// ONLY-LABEL: @block_matmul_floats
// ONLY-NEXT: lowbit.block_matmul ins(%arg0, %arg1 :
func.func private @block_matmul_floats(%x: memref<2x40xf32>, %w: memref<1280xi8>, %y: memref<2x5xf32>) {
  lowbit.block_matmul ins(%x, %w : memref<2x40xf32>, memref<1280xi8>) outs(%y : memref<2x5xf32>) bits 4 block 32 scales f32 zero_point 8 floats
  return
}
