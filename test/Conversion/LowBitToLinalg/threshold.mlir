// Counting thresholds: comparisons in one loop; many of them by a binary search if they are sorted, else by a reduction.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// NaN is not >= anything. Counts are ternary codes less one.
// CHECK-DAG: [[ELEMENTS:#.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: [[FIRST:#.*]] = affine_map<(d0, d1) -> (d1, 0)>
// CHECK-DAG: [[SECOND:#.*]] = affine_map<(d0, d1) -> (d1, 1)>
// CHECK-LABEL: @ternary({{.*}}) -> tensor<2x3xi8>
// CHECK: linalg.generic {indexing_maps = {{\[}}[[ELEMENTS]], [[FIRST]], [[SECOND]], [[ELEMENTS]]], iterator_types = ["parallel", "parallel"]} ins(%arg0, %arg1, %arg1 :
// CHECK: [[REACHED:%.*]] = arith.cmpf oge, %in, %in_0 : f32
// CHECK: [[ONE:%.*]] = arith.extui [[REACHED]] : i1 to i32
// CHECK: arith.cmpf oge, %in, %in_1 : f32
// CHECK: [[COUNT:%.*]] = arith.addi [[ONE]], %{{.*}} : i32
// CHECK: [[LESS:%.*]] = arith.addi [[COUNT]], %c-1_i32
// CHECK: arith.trunci [[LESS]] : i32 to i8
// CHECK-NOT: linalg.generic
func.func @ternary(%x: tensor<2x3xf32>, %t: tensor<3x2xf32>) -> tensor<2x3x!lowbit.ternary> {
  %0 = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x3x!lowbit.ternary>
  return %0 : tensor<2x3x!lowbit.ternary>
}

// -----

// One row of thresholds serves all channels; integers are compared as integers.
// CHECK: [[SHARED:#.*]] = affine_map<(d0, d1) -> (0, 0)>
// CHECK-LABEL: @bipolar
// CHECK: linalg.generic {{.*}}[[SHARED]]
// CHECK: [[REACHED:%.*]] = arith.cmpi sge, %in, %in_0 : i32
// CHECK: [[COUNT:%.*]] = arith.extui [[REACHED]]
// CHECK: [[ANY:%.*]] = arith.cmpi ne, [[COUNT]], %c0_i32
// CHECK: arith.select [[ANY]], %c1_i8, %c-1_i8
func.func @bipolar(%x: tensor<2x3xi32>, %t: tensor<1x1xi32>) -> tensor<2x3x!lowbit.bipolar> {
  %0 = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<2x3xi32>, tensor<1x1xi32>) -> tensor<2x3x!lowbit.bipolar>
  return %0 : tensor<2x3x!lowbit.bipolar>
}

// -----

// CHECK-LABEL: @offset
// CHECK: arith.addi %{{.*}}, %c-3_i32
func.func @offset(%x: tensor<2x3xi64>, %t: tensor<3x4xi64>) -> tensor<2x3xsi3> {
  %0 = lowbit.threshold %x, %t {axis = 1 : i64, offset = -3 : i64} : (tensor<2x3xi64>, tensor<3x4xi64>) -> tensor<2x3xsi3>
  return %0 : tensor<2x3xsi3>
}

// -----

// All rows fall: one comparison, the other way round.
// CHECK-LABEL: @falling
// CHECK: arith.cmpi slt, %in, %in_0 : i32
// CHECK-NOT: arith.select
func.func @falling(%x: tensor<2x2xi32>, %t: tensor<2x1xi32>) -> tensor<2x2xui1> {
  %0 = lowbit.threshold %x, %t falling [true, true] {axis = 1 : i64} : (tensor<2x2xi32>, tensor<2x1xi32>) -> tensor<2x2xui1>
  return %0 : tensor<2x2xui1>
}

// -----

// CHECK-LABEL: @mixed
// CHECK: [[FALLS:%.*]] = arith.constant dense<[false, true]> : tensor<2xi1>
// CHECK: linalg.generic {{.*}} ins(%arg0, %arg1, [[FALLS]] :
// CHECK: [[BELOW:%.*]] = arith.cmpf olt, %in, %in_0 : f32
// CHECK: [[ABOVE:%.*]] = arith.cmpf oge, %in, %in_0 : f32
// CHECK: arith.select %in_1, [[BELOW]], [[ABOVE]] : i1
func.func @mixed(%x: tensor<2x2xf32>, %t: tensor<2x1xf32>) -> tensor<2x2xui1> {
  %0 = lowbit.threshold %x, %t falling [false, true] {axis = 1 : i64} : (tensor<2x2xf32>, tensor<2x1xf32>) -> tensor<2x2xui1>
  return %0 : tensor<2x2xui1>
}

// -----

// 17 sorted thresholds: steps of 16, 8, 4, 2 and 1. A step past the end does not count. The table has 16 bits.
// CHECK-LABEL: @search
// CHECK: [[TABLE:%.*]] = arith.constant dense<{{.*}}> : tensor<1x17xi16>
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<2x3xi32>)
// CHECK: %c16 = arith.constant 16 : index
// CHECK: tensor.extract [[TABLE]][%c0, %{{.*}}]
// CHECK: %c8 = arith.constant 8 : index
// CHECK: [[NEXT:%.*]] = arith.addi %{{.*}}, %c8
// CHECK: [[INSIDE:%.*]] = arith.cmpi ule, [[NEXT]], %{{.*}} : index
// CHECK: [[STORED:%.*]] = tensor.extract [[TABLE]]
// CHECK: [[T:%.*]] = arith.extsi [[STORED]] : i16 to i32
// CHECK: [[REACHED:%.*]] = arith.cmpi sge, %in, [[T]] : i32
// CHECK: [[COUNTS:%.*]] = arith.andi [[INSIDE]], [[REACHED]]
// CHECK: arith.select [[COUNTS]], [[NEXT]], %{{.*}} : index
// CHECK-COUNT-3: tensor.extract [[TABLE]]
// CHECK-NOT: tensor.extract
// CHECK: linalg.yield
func.func @search(%x: tensor<2x3xi32>) -> tensor<2x3xui5> {
  %t = arith.constant dense<[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16]]> : tensor<1x17xi32>
  %0 = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<2x3xi32>, tensor<1x17xi32>) -> tensor<2x3xui5>
  return %0 : tensor<2x3xui5>
}

// -----

// Thresholds that 16 bits do not hold.
// CHECK-LABEL: @wide_search
// CHECK-NOT: i16
// CHECK: tensor.extract %{{.*}} : tensor<1x17xi32>
func.func @wide_search(%x: tensor<2x3xi32>) -> tensor<2x3xui5> {
  %t = arith.constant dense<[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 32768]]> : tensor<1x17xi32>
  %0 = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<2x3xi32>, tensor<1x17xi32>) -> tensor<2x3xui5>
  return %0 : tensor<2x3xui5>
}

// -----

// Not known to be sorted: a reduction over the thresholds of a channel.
// CHECK-DAG: [[ELEMENTS:#.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: [[CHANNELS:#.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: @loop
// CHECK: [[COUNT:%.*]] = linalg.generic {indexing_maps = {{\[}}[[ELEMENTS]], [[CHANNELS]], [[ELEMENTS]]], iterator_types = ["parallel", "parallel", "reduction"]} ins(%arg0, %arg1 :
// CHECK: [[REACHED:%.*]] = arith.cmpi sge, %in, %in_0 : i32
// CHECK: [[ONE:%.*]] = arith.extui [[REACHED]] : i1 to i32
// CHECK: arith.addi %out, [[ONE]]
// CHECK: linalg.generic {{.*}} ins([[COUNT]]
func.func @loop(%x: tensor<2x3xi32>, %t: tensor<3x17xi32>) -> tensor<2x3xui5> {
  %0 = lowbit.threshold %x, %t {axis = 1 : i64} : (tensor<2x3xi32>, tensor<3x17xi32>) -> tensor<2x3xui5>
  return %0 : tensor<2x3xui5>
}
