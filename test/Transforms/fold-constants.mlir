// Shape arithmetic is interpreted, float chains are run.
// RUN: setun-opt %s --onnx-fold-constants --split-input-file | FileCheck %s

// The usual spelling of a flatten: Shape, Gather, Unsqueeze, Concat.
// CHECK-LABEL: @shapes
// CHECK-NOT: onnx.node "Shape"
// CHECK: [[SHAPE:%.*]] = onnx.constant dense<[2, -1]> : tensor<2xi64>
// CHECK: onnx.node "Reshape"(%arg0, [[SHAPE]])
func.func @shapes(%x: tensor<2x3x4xf32>) -> tensor<2x12xf32> {
  %zero = onnx.constant dense<0> : tensor<i64>
  %rest = onnx.constant dense<-1> : tensor<1xi64>
  %0 = onnx.node "Shape"(%x) : (tensor<2x3x4xf32>) -> tensor<3xi64>
  %1 = onnx.node "Gather"(%0, %zero) {attributes = {axis = 0 : i64}} : (tensor<3xi64>, tensor<i64>) -> tensor<i64>
  %2 = onnx.node "Unsqueeze"(%1) {attributes = {axes = array<i64: 0>}} : (tensor<i64>) -> tensor<1xi64>
  %3 = onnx.node "Concat"(%2, %rest) {attributes = {axis = 0 : i64}} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %4 = onnx.node "Reshape"(%x, %3) : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<2x12xf32>
  return %4 : tensor<2x12xf32>
}

// -----

// CHECK-LABEL: @integers
// CHECK-DAG: onnx.constant dense<[7, -3, 2]> : tensor<3xi64>
// CHECK-DAG: onnx.constant dense<[3, -1]> : tensor<2xi64>
// CHECK-DAG: onnx.constant dense<[true, false, false]> : tensor<3xi1>
// CHECK-DAG: onnx.constant dense<-2147483648> : tensor<i32>
// CHECK-NOT: onnx.node
func.func @integers() -> (tensor<3xi64>, tensor<2xi64>, tensor<3xi1>, tensor<i32>) {
  %a = onnx.constant dense<[5, -1, 1]> : tensor<3xi64>
  %b = onnx.constant dense<[2, -2, 1]> : tensor<3xi64>
  %five = onnx.constant dense<5> : tensor<i64>
  %big = onnx.constant dense<2147483647> : tensor<i32>
  %one = onnx.constant dense<1> : tensor<i32>
  %0 = onnx.node "Add"(%a, %b) : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
  %start = onnx.constant dense<0> : tensor<1xi64>
  %end = onnx.constant dense<2> : tensor<1xi64>
  %1 = onnx.node "Sub"(%0, %b) : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi64>
  %2 = onnx.node "Slice"(%1, %start, %end) : (tensor<3xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %minus = onnx.constant dense<[2, 0]> : tensor<2xi64>
  %minus2 = onnx.node "Sub"(%2, %minus) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  %3 = onnx.node "Equal"(%a, %five) : (tensor<3xi64>, tensor<i64>) -> tensor<3xi1>
  %4 = onnx.node "Add"(%big, %one) : (tensor<i32>, tensor<i32>) -> tensor<i32>
  return %0, %minus2, %3, %4 : tensor<3xi64>, tensor<2xi64>, tensor<3xi1>, tensor<i32>
}

// -----

// The weights of a BitLinear layer: w * s, s = 1 / mean|w|, rounded and clipped. Here mean|w| = 1.
// CHECK-LABEL: @weights
// CHECK: [[CODES:%.*]] = onnx.constant dense<[1.000000e+00, -1.000000e+00, 0.000000e+00, -1.000000e+00]> : tensor<4xf32>
// CHECK-NEXT: onnx.node "Mul"(%arg0, [[CODES]])
func.func @weights(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = onnx.constant dense<[0.75, -1.25, 0.25, -1.75]> : tensor<4xf32>
  %low = onnx.constant dense<-1.0> : tensor<f32>
  %high = onnx.constant dense<1.0> : tensor<f32>
  %0 = onnx.node "Abs"(%w) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "ReduceMean"(%0) {attributes = {keepdims = 0 : i64}} : (tensor<4xf32>) -> tensor<f32>
  %2 = onnx.node "Reciprocal"(%1) : (tensor<f32>) -> tensor<f32>
  %3 = onnx.node "Mul"(%w, %2) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %4 = onnx.node "Round"(%3) : (tensor<4xf32>) -> tensor<4xf32>
  %5 = onnx.node "Clip"(%4, %low, %high) {since_version = 13 : i64}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %6 = onnx.node "Mul"(%x, %5) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %6 : tensor<4xf32>
}

// -----

// Sums in double precision: in f32 the ones would be lost beside 2^24.
// CHECK-LABEL: @double_sum
// CHECK: onnx.constant dense<2.000000e+00> : tensor<f32>
func.func @double_sum() -> tensor<f32> {
  %w = onnx.constant dense<[16777216.0, 1.0, -16777216.0, 1.0]> : tensor<4xf32>
  %0 = onnx.node "ReduceSum"(%w) {attributes = {keepdims = 0 : i64}} : (tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// Integers of 32 bits, as of a bias, are no codes.
// CHECK-LABEL: @bias
// CHECK: onnx.constant dense<[5.000000e-01, -1.000000e+00]> : tensor<2xf32>
// CHECK-NEXT: return
func.func @bias() -> tensor<2xf32> {
  %codes = onnx.constant dense<[2, -4]> : tensor<2xi32>
  %scale = onnx.constant dense<0.25> : tensor<f32>
  %0 = onnx.node "DequantizeLinear"(%codes, %scale) : (tensor<2xi32>, tensor<f32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// Quantisers belong to the low-bit conversions, random numbers to the program, and what grows too much is
// cheaper to expand at run time.
// CHECK-LABEL: @untouched
// CHECK: onnx.node "DequantizeLinear"
// CHECK: onnx.node "BipolarQuant"
// CHECK: onnx.node "RandomUniform"
// CHECK: onnx.node "Expand"
func.func @untouched() -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<1000x1000xf32>) {
  %codes = onnx.constant dense<[1, 2, 3, 4]> : tensor<4xsi8>
  %scale = onnx.constant dense<0.5> : tensor<f32>
  %w = onnx.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %shape = onnx.constant dense<1000> : tensor<2xi64>
  %0 = onnx.node "DequantizeLinear"(%codes, %scale) : (tensor<4xsi8>, tensor<f32>) -> tensor<4xf32>
  %1 = onnx.node "BipolarQuant"(%w, %scale) {domain = "qonnx"} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = onnx.node "RandomUniform"() : () -> tensor<4xf32>
  %3 = onnx.node "Expand"(%scale, %shape) : (tensor<f32>, tensor<2xi64>) -> tensor<1000x1000xf32>
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<1000x1000xf32>
}

// -----

// What is around a node that cannot be run still folds.
// CHECK-LABEL: @around
// CHECK: [[DOUBLED:%.*]] = onnx.constant dense<[2.000000e+00, 4.000000e+00]>
// CHECK: onnx.node "Unknown"([[DOUBLED]])
// CHECK: onnx.constant dense<[-1.000000e+00, -2.000000e+00]>
func.func @around() -> (tensor<2xf32>, tensor<2xf32>) {
  %w = onnx.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %0 = onnx.node "Mul"(%w, %two) : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %1 = onnx.node "Unknown"(%0) : (tensor<2xf32>) -> tensor<2xf32>
  %2 = onnx.node "Neg"(%w) : (tensor<2xf32>) -> tensor<2xf32>
  return %1, %2 : tensor<2xf32>, tensor<2xf32>
}
