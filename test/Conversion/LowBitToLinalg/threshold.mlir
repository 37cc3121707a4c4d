// Counting thresholds: a reduction over the thresholds of a channel, then the code.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// NaN is not >= anything. Counts are ternary codes less one.
// CHECK-DAG: [[ELEMENTS:#.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: [[CHANNELS:#.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: @ternary({{.*}}) -> tensor<2x3xi8>
// CHECK: [[COUNT:%.*]] = linalg.generic {indexing_maps = {{\[}}[[ELEMENTS]], [[CHANNELS]], [[ELEMENTS]]], iterator_types = ["parallel", "parallel", "reduction"]}
// CHECK: [[REACHED:%.*]] = arith.cmpf oge, %in, %in_0 : f32
// CHECK: [[ONE:%.*]] = arith.extui [[REACHED]] : i1 to i32
// CHECK: arith.addi %out, [[ONE]]
// CHECK: linalg.generic {{.*}} ins([[COUNT]]
// CHECK: [[LESS:%.*]] = arith.addi %in, %c-1_i32
// CHECK: arith.trunci [[LESS]] : i32 to i8
func.func @ternary(%x: tensor<2x3xf32>, %t: tensor<3x2xf32>) -> tensor<2x3x!lowbit.ternary> {
  %0 = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x3x!lowbit.ternary>
  return %0 : tensor<2x3x!lowbit.ternary>
}

// -----

// One row of thresholds serves all channels; integers are compared as integers.
// CHECK: [[SHARED:#.*]] = affine_map<(d0, d1, d2) -> (0, d2)>
// CHECK-LABEL: @bipolar
// CHECK: linalg.generic {{.*}}[[SHARED]]
// CHECK: arith.cmpi sge, %in, %in_0 : i32
// CHECK: [[ANY:%.*]] = arith.cmpi ne, %in, %c0_i32
// CHECK: arith.select [[ANY]], %c1_i8, %c-1_i8
func.func @bipolar(%x: tensor<2x3xi32>, %t: tensor<1x1xi32>) -> tensor<2x3x!lowbit.bipolar> {
  %0 = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<2x3xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.bipolar>
  return %0 : tensor<2x3x!lowbit.bipolar>
}

// -----

// CHECK-LABEL: @offset
// CHECK: arith.addi %in, %c-3_i32
func.func @offset(%x: tensor<2x3xi64>, %t: tensor<3x4xi64>) -> tensor<2x3xsi3> {
  %0 = lowbit.threshold %x, %t {axis = 1 : i64, offset = -3 : i64} : (tensor<2x3xi64>, tensor<3x4xi64>) -> tensor<2x3xsi3>
  return %0 : tensor<2x3xsi3>
}
