// Each output of a pool visits the positions of its window that are inside.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// Without pads the window stands where the output says.
// CHECK-LABEL: @max
// CHECK: linalg.generic
// CHECK: [[O:%.*]] = linalg.index 2
// CHECK: [[FIRST:%.*]] = arith.subi
// CHECK: [[END:%.*]] = arith.addi [[FIRST]], %c2
// CHECK: scf.for [[I:%.*]] = [[FIRST]] to [[END]] step %c1{{.*}} iter_args([[BEST:%.*]] = %cst)
// CHECK: [[X:%.*]] = tensor.extract %arg0{{\[}}{{.*}}, [[I]]]
// CHECK: [[LARGER:%.*]] = arith.cmpf olt, [[BEST]], [[X]]
// CHECK: arith.select [[LARGER]], [[X]], [[BEST]]
func.func @max(%x: tensor<1x2x6xf32>) -> tensor<1x2x3xf32> {
  %0 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 2>, strides = array<i64: 2>}}
      : (tensor<1x2x6xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

// Pads bound the loop; indices count over the whole input.
// CHECK-LABEL: @max_indices
// CHECK: linalg.generic
// CHECK-SAME: outs({{.*}} : tensor<1x2x6xi8>, tensor<1x2x6xi64>)
// CHECK: [[START:%.*]] = arith.subi
// CHECK: [[FIRST:%.*]] = arith.maxsi [[START]], %c0
// CHECK: [[END:%.*]] = arith.minsi {{.*}}, %c6
// CHECK: scf.for {{.*}} = [[FIRST]] to [[END]] {{.*}} iter_args({{.*}} = %c-128_i8, {{.*}} = %c0_i64
// CHECK: arith.cmpi slt
// CHECK: arith.index_cast {{.*}} : index to i64
func.func @max_indices(%x: tensor<1x2x6xsi8>) -> (tensor<1x2x6xsi8>, tensor<1x2x6xsi64>) {
  %0:2 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 3>, pads = array<i64: 1, 1>}}
      : (tensor<1x2x6xsi8>) -> (tensor<1x2x6xsi8>, tensor<1x2x6xsi64>)
  return %0#0, %0#1 : tensor<1x2x6xsi8>, tensor<1x2x6xsi64>
}

// -----

// The divisor is the number of positions that were visited.
// CHECK-LABEL: @average
// CHECK: scf.for {{.*}} = [[FIRST:%.*]] to [[END:%.*]] step %c2
// CHECK: arith.addf
// CHECK: [[LENGTH:%.*]] = arith.subi [[END]], [[FIRST]]
// CHECK: [[MORE:%.*]] = arith.addi [[LENGTH]], %c1
// CHECK: arith.divui [[MORE]], %c2
// CHECK: arith.divf
func.func @average(%x: tensor<1x2x6xf32>) -> tensor<1x2x6xf32> {
  %0 = onnx.node "AveragePool"(%x) {attributes = {kernel_shape = array<i64: 2>, dilations = array<i64: 2>, pads = array<i64: 1, 1>}}
      : (tensor<1x2x6xf32>) -> tensor<1x2x6xf32>
  return %0 : tensor<1x2x6xf32>
}

// -----

// Some files have ceil_mode as an empty string: 0.
// CHECK-LABEL: @lp
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: math.sqrt
func.func @lp(%x: tensor<1x2x6xf32>) -> tensor<1x2x3xf32> {
  %0 = onnx.node "LpPool"(%x) {attributes = {ceil_mode = "", kernel_shape = array<i64: 2>, strides = array<i64: 2>}}
      : (tensor<1x2x6xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// -----

// In opset 1 the norm is a float: the fourth power is three products, the fourth root two square roots.
// CHECK-LABEL: @lp_four
// CHECK: scf.for
// CHECK: math.absf
// CHECK-COUNT-3: arith.mulf
// CHECK: [[ROOT:%.*]] = math.sqrt
// CHECK: math.sqrt [[ROOT]]
func.func @lp_four(%x: tensor<1x2x6xf32>) -> tensor<1x2x3xf32> {
  %0 = onnx.node "LpPool"(%x) {attributes = {p = 4.0 : f32, kernel_shape = array<i64: 2>, strides = array<i64: 2>}, since_version = 1 : i64}
      : (tensor<1x2x6xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}
