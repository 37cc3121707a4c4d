// Codes of integers by a multiplication and a shift, and by a table.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// Numbers that differ run along the axis; one for all is one. No sum overflows, so the order does not matter.
// CHECK-DAG: [[ALL:#.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: [[CHANNELS:#.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: [[ONE:#.*]] = affine_map<(d0, d1) -> (0)>
// CHECK-LABEL: @two_inputs
// CHECK-DAG: [[M1:%.*]] = arith.constant dense<[3, 5, -7]> : tensor<3xi64>
// CHECK-DAG: [[M2:%.*]] = arith.constant dense<9> : tensor<1xi64>
// CHECK-DAG: [[B:%.*]] = arith.constant dense<[1, -7, 2]> : tensor<3xi64>
// CHECK: linalg.generic {indexing_maps = {{\[}}[[ALL]], [[ALL]], [[CHANNELS]], [[ONE]], [[CHANNELS]], [[ALL]]], iterator_types = ["parallel", "parallel"]} ins(%arg0, %arg1, [[M1]], [[M2]], [[B]] :
// CHECK: [[X:%.*]] = arith.extsi %in : i32 to i64
// CHECK: [[P:%.*]] = arith.muli [[X]], %{{.*}} overflow<nsw> : i64
// CHECK: [[S:%.*]] = arith.addi %{{.*}}, [[P]] overflow<nsw> : i64
// CHECK: [[Y:%.*]] = arith.extui %{{.*}} : i8 to i64
// CHECK: [[Q:%.*]] = arith.muli [[Y]],
// CHECK: [[T:%.*]] = arith.addi [[S]], [[Q]]
// CHECK: [[V:%.*]] = arith.shrsi [[T]], %c4_i64
// CHECK: [[L:%.*]] = arith.maxsi [[V]], %c-128_i64
// CHECK: [[H:%.*]] = arith.minsi [[L]], %c100_i64
// CHECK: arith.trunci [[H]] : i64 to i8
func.func @two_inputs(%x: tensor<2x3xi32>, %y: tensor<2x3xui4>) -> tensor<2x3xsi8> {
  %0 = lowbit.requantize %x, %y multipliers [array<i64: 3, 5, -7>, array<i64: 9, 9, 9>] addends [1, -7, 2] shift 4 lo -128 hi 100 {axis = 1 : i64, width = 64 : i64} : (tensor<2x3xi32>, tensor<2x3xui4>) -> tensor<2x3xsi8>
  return %0 : tensor<2x3xsi8>
}

// -----

// CHECK-LABEL: @narrow
// CHECK-NOT: i64
// CHECK: arith.muli %in, %{{.*}} : i32
// CHECK: arith.shrsi %{{.*}}, %c10_i32
func.func @narrow(%x: tensor<2x3xi32>) -> tensor<2x3xui4> {
  %0 = lowbit.requantize %x multipliers [array<i64: 3>] addends [512] shift 10 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<2x3xi32>) -> tensor<2x3xui4>
  return %0 : tensor<2x3xui4>
}

// -----

// A row for each channel, from the smallest code on.
// CHECK-LABEL: @lookup
// CHECK: [[CODE:%.*]] = arith.extsi %in : i8 to i32
// CHECK: [[FROM:%.*]] = arith.subi [[CODE]], %c-2_i32
// CHECK: [[AT:%.*]] = arith.index_cast [[FROM]]
// CHECK: [[ROW:%.*]] = linalg.index 1
// CHECK: tensor.extract %arg1{{\[}}[[ROW]], [[AT]]] : tensor<3x4xi8>
func.func @lookup(%x: tensor<2x3xsi2>, %t: tensor<3x4xui8>) -> tensor<2x3xui8> {
  %0 = lowbit.lookup %x, %t {axis = 1 : i64} : (tensor<2x3xsi2>, tensor<3x4xui8>) -> tensor<2x3xui8>
  return %0 : tensor<2x3xui8>
}
