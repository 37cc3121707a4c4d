// Add/sub networks become private functions of few statements, for both targets.
// RUN: setun-opt %s --lowbit-lower-kernels=max-statements=8 --split-input-file | FileCheck %s
// RUN: setun-opt %s --lowbit-lower-kernels="only-addsub max-statements=8" --split-input-file | FileCheck %s
// RUN: setun-opt %s --lowbit-lower-kernels --split-input-file | FileCheck %s --check-prefix=WHOLE

// An op counts itself, a store for others, one for each output that it is, and loads of what has not been used
// before: 4, 5 and 4, no two of which fit into 8. %a crosses functions and waits in the scratch buffer.
// CHECK-LABEL: func.func private @layer_network_0
// CHECK-SAME: (%arg0: memref<1x3xi8> {setun.role = "in"}, %arg1: memref<1x2xi32> {setun.role = "out"}, %arg2: memref<1xi32> {setun.role = "scratch"})
// CHECK: [[X0:%.*]] = arith.extsi %{{.*}} : i8 to i32
// CHECK: [[X1:%.*]] = arith.extsi
// CHECK: [[A:%.*]] = arith.addi [[X0]], [[X1]]
// CHECK: memref.store [[A]], %arg2[%c0
// CHECK-NEXT: return
// CHECK-LABEL: func.func private @layer_network_1
// CHECK: [[A:%.*]] = memref.load %arg2[%c0
// CHECK: [[B:%.*]] = arith.subi [[A]], %
// CHECK: memref.store [[B]], %arg1[%c0{{.*}}, %c0
// CHECK-NEXT: return
// CHECK-LABEL: func.func private @layer_network_2
// CHECK: [[A:%.*]] = memref.load %arg2[%c0
// CHECK: [[C:%.*]] = arith.shli [[A]], %c1_i32
// CHECK: memref.store [[C]], %arg1[%c0{{.*}}, %c1
// CHECK-LABEL: func.func private @layer(
// CHECK: [[SCRATCH:%.*]] = memref.alloc() : memref<1xi32>
// CHECK-NEXT: call @layer_network_0(%arg0, %arg1, [[SCRATCH]])
// CHECK-NEXT: call @layer_network_1(%arg0, %arg1, [[SCRATCH]])
// CHECK-NEXT: call @layer_network_2(%arg0, %arg1, [[SCRATCH]])
// CHECK-NEXT: return
// WHOLE-LABEL: func.func private @layer_network_0
// WHOLE-NOT: func.func private @layer_network_1
// WHOLE: func.func private @layer(
// WHOLE: call @layer_network_0
func.func private @layer(%x: memref<1x3xi8>, %sums: memref<1x2xi32>) {
  lowbit.addsub ins(%x : memref<1x3xi8>) outs(%sums : memref<1x2xi32>) activation si8 {
  ^bb0(%x0: i32, %x1: i32, %x2: i32):
    %one = arith.constant 1 : i32
    %a = arith.addi %x0, %x1 : i32
    %b = arith.subi %a, %x2 : i32
    %c = arith.shli %a, %one : i32
    lowbit.yield %b, %c : i32, i32
  }
  return
}

// -----

// Several rows: a loop over them, and the row as last argument. Unsigned codes are extended with zeros.
// CHECK-LABEL: func.func private @rows_network_0
// CHECK-SAME: %arg3: index {setun.role = "in"})
// CHECK: memref.load %arg0[%arg3, %c
// CHECK: arith.extui
// CHECK: memref.store %{{.*}}, %arg1[%arg3, %c0
// CHECK-LABEL: func.func private @rows(
// CHECK-DAG: [[X:%.*]] = memref.collapse_shape %arg0 {{\[\[}}0, 1], [2]]
// CHECK-DAG: [[SUMS:%.*]] = memref.collapse_shape %arg1 {{\[\[}}0, 1], [2]]
// CHECK: scf.for [[ROW:%.*]] = %c0{{.*}} to %c6
// CHECK-NEXT: call @rows_network_0([[X]], [[SUMS]], %{{.*}}, [[ROW]])
func.func private @rows(%x: memref<2x3x2xi8>, %sums: memref<2x3x1xi32>) {
  lowbit.addsub ins(%x : memref<2x3x2xi8>) outs(%sums : memref<2x3x1xi32>) activation ui8 {
  ^bb0(%x0: i32, %x1: i32):
    %a = arith.subi %x0, %x1 : i32
    lowbit.yield %a : i32
  }
  return
}

// -----

// Outputs that are an input, or zero, are only stored; four to a function here. One value may be two outputs.
// CHECK-LABEL: func.func private @direct_network_0
// CHECK: [[A:%.*]] = arith.addi
// CHECK-DAG: memref.store [[A]], %arg1[%c0{{.*}}, %c0
// CHECK-DAG: memref.store [[A]], %arg1[%c0{{.*}}, %c6
// CHECK: return
// CHECK-LABEL: func.func private @direct_network_1
// CHECK-COUNT-4: memref.store
// CHECK-NOT: memref.store
// CHECK: return
// CHECK-LABEL: func.func private @direct_network_2
// CHECK: memref.store %c0_i32, %arg1[%c0{{.*}}, %c5
// CHECK-NOT: memref.store
// CHECK: return
// CHECK-LABEL: func.func private @direct(
func.func private @direct(%x: memref<1x2xi8>, %sums: memref<1x7xi32>) {
  lowbit.addsub ins(%x : memref<1x2xi8>) outs(%sums : memref<1x7xi32>) activation !lowbit.ternary {
  ^bb0(%x0: i32, %x1: i32):
    %zero = arith.constant 0 : i32
    %a = arith.addi %x0, %x1 : i32
    lowbit.yield %a, %x0, %x1, %zero, %x0, %zero, %a : i32, i32, i32, i32, i32, i32, i32
  }
  return
}

// -----

// A name that is taken is not taken again; a vector is one row.
// CHECK: func.func private @taken_network_1(
// CHECK: call @taken_network_1
// CHECK: func.func private @taken_network_0()
func.func private @taken(%x: memref<2xi8>, %sums: memref<1xi32>) {
  lowbit.addsub ins(%x : memref<2xi8>) outs(%sums : memref<1xi32>) activation si8 {
  ^bb0(%x0: i32, %x1: i32):
    %a = arith.addi %x0, %x1 : i32
    lowbit.yield %a : i32
  }
  return
}
func.func private @taken_network_0()
