// Float sums go through lowbit.float_sum, the reduced axes last.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s
// RUN: setun-opt %s --convert-onnx-to-linalg=reduce-in-f64 --split-input-file | FileCheck %s --check-prefix=F64

// CHECK-LABEL: @mean
// CHECK: [[T:%.*]] = linalg.transpose ins(%arg0 : tensor<2x3x4xf32>) {{.*}} permutation = [1, 0, 2]
// CHECK: [[FLAT:%.*]] = tensor.collapse_shape [[T]] {{\[}}[0], [1, 2]] : tensor<3x2x4xf32> into tensor<3x8xf32>
// CHECK: [[SUM:%.*]] = lowbit.float_sum ins([[FLAT]] : tensor<3x8xf32>)
// CHECK: linalg.generic {{.*}} ins([[SUM]]
// CHECK: arith.divf %in, %cst{{.*}} : f32
// CHECK: tensor.expand_shape {{.*}} into tensor<1x3x1xf32>
// F64-LABEL: @mean
// F64-NOT: lowbit.float_sum
// F64: arith.extf {{.*}} : f32 to f64
// F64: arith.addf {{.*}} : f64
// F64: arith.divf {{.*}} : f64
// F64: arith.truncf {{.*}} : f64 to f32
func.func @mean(%x: tensor<2x3x4xf32>) -> tensor<1x3x1xf32> {
  %0 = onnx.node "ReduceMean"(%x) {attributes = {axes = array<i64: 0, -1>}, since_version = 13 : i64}
      : (tensor<2x3x4xf32>) -> tensor<1x3x1xf32>
  return %0 : tensor<1x3x1xf32>
}

// -----

// Axes are an input since opset 13 (ReduceSum) or 18.
// CHECK-LABEL: @sum
// CHECK-NOT: linalg.transpose
// CHECK: lowbit.float_sum ins(%arg0 : tensor<2x3xf32>)
func.func @sum(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  %axes = onnx.constant dense<-1> : tensor<1xi64>
  %0 = onnx.node "ReduceSum"(%x, %axes) {attributes = {keepdims = 0 : i64}, since_version = 13 : i64}
      : (tensor<2x3xf32>, tensor<1xi64>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// The order of a maximum does not matter; a NaN wins.
// CHECK-LABEL: @max
// CHECK: linalg.fill ins(%cst : f32)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
// CHECK: arith.maximumf
func.func @max(%x: tensor<2x3xf32>) -> tensor<2x1xf32> {
  %0 = onnx.node "ReduceMax"(%x) {attributes = {axes = array<i64: 1>}, since_version = 13 : i64}
      : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// CHECK-LABEL: @pool
// CHECK: tensor.collapse_shape %arg0 {{.*}} into tensor<2x3x20xf32>
// CHECK: lowbit.float_sum
func.func @pool(%x: tensor<2x3x4x5xf32>) -> tensor<2x3x1x1xf32> {
  %0 = onnx.node "GlobalAveragePool"(%x) : (tensor<2x3x4x5xf32>) -> tensor<2x3x1x1xf32>
  return %0 : tensor<2x3x1x1xf32>
}

// -----

// CHECK-LABEL: @integers
// CHECK: arith.addi
func.func @integers(%x: tensor<2x3xi64>) -> tensor<2x1xi64> {
  %0 = onnx.node "ReduceSum"(%x) {attributes = {axes = array<i64: 1>}, since_version = 11 : i64}
      : (tensor<2x3xi64>) -> tensor<2x1xi64>
  return %0 : tensor<2x1xi64>
}

// CHECK-LABEL: @prod
// CHECK: arith.muli {{.*}} : i32
func.func @prod(%x: tensor<2x3xi32>) -> tensor<2x1xi32> {
  %0 = onnx.node "ReduceProd"(%x) {attributes = {axes = array<i64: 1>}, since_version = 13 : i64} : (tensor<2x3xi32>) -> tensor<2x1xi32>
  return %0 : tensor<2x1xi32>
}

// The maximum is taken out, so that nothing overflows; an infinite one is not.
// CHECK-LABEL: @log_sum_exp
// CHECK: arith.maximumf
// CHECK: math.absf
// CHECK: math.exp
// CHECK: lowbit.float_sum
// CHECK: math.log
// CHECK: arith.addf
func.func @log_sum_exp(%x: tensor<2x3xf32>) -> tensor<2x1xf32> {
  %0 = onnx.node "ReduceLogSumExp"(%x) {attributes = {axes = array<i64: 1>}, since_version = 13 : i64} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// The root of an integer is taken in f64 and cut off.
// CHECK-LABEL: @integer_l2
// CHECK: arith.sitofp {{.*}} : i32 to f64
// CHECK: math.sqrt {{.*}} : f64
// CHECK: arith.fptosi {{.*}} : f64 to i32
func.func @integer_l2(%x: tensor<2x3xi32>) -> tensor<2x1xi32> {
  %0 = onnx.node "ReduceL2"(%x) {attributes = {axes = array<i64: 1>}, since_version = 13 : i64} : (tensor<2x3xi32>) -> tensor<2x1xi32>
  return %0 : tensor<2x1xi32>
}
