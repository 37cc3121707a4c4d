// Codes and sums to real numbers.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// Signed codes are extended with their sign; the zero point is subtracted in f32, where codes are exact.
// CHECK-LABEL: @signed(%arg0: tensor<2x3xi8>
// CHECK: [[I:%.*]] = arith.extsi %in : i8 to i32
// CHECK: [[R:%.*]] = arith.sitofp [[I]] : i32 to f32
// CHECK: [[D:%.*]] = arith.subf [[R]], %in_1
// CHECK: arith.mulf [[D]], %in_0
func.func @signed(%q: tensor<2x3xsi8>, %s: tensor<2x1xf32>, %z: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = lowbit.dequantize %q, %s zero_point %z : (tensor<2x3xsi8>, tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// Unsigned codes are extended with zeros, whatever their top bit says. Without a zero point nothing is subtracted.
// CHECK-LABEL: @unsigned(%arg0: tensor<2x3xi8>
// CHECK: [[I:%.*]] = arith.extui %in : i8 to i32
// CHECK: [[R:%.*]] = arith.sitofp [[I]] : i32 to f32
// CHECK-NOT: arith.subf
// CHECK: arith.mulf [[R]], %in_0
func.func @unsigned(%q: tensor<2x3xui4>, %s: tensor<f32>) -> tensor<2x3xf32> {
  %0 = lowbit.dequantize %q, %s : (tensor<2x3xui4>, tensor<f32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: @bipolar(%arg0: tensor<3xi8>
// CHECK: arith.extsi %in : i8 to i32
func.func @bipolar(%q: tensor<3x!lowbit.bipolar>, %s: tensor<f32>) -> tensor<3xf32> {
  %0 = lowbit.dequantize %q, %s : (tensor<3x!lowbit.bipolar>, tensor<f32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// CHECK-LABEL: @wide(%arg0: tensor<3xi16>
// CHECK: arith.extui %in : i16 to i32
func.func @wide(%q: tensor<3xui9>, %s: tensor<f32>) -> tensor<3xf32> {
  %0 = lowbit.dequantize %q, %s : (tensor<3xui9>, tensor<f32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// A sum is rounded to f32 once.
// CHECK-LABEL: @sums
// CHECK: arith.sitofp %in : i64 to f32
// CHECK-NEXT: arith.mulf
func.func @sums(%a: tensor<3xi64>, %s: tensor<f32>) -> tensor<3xf32> {
  %0 = lowbit.dequantize %a, %s : (tensor<3xi64>, tensor<f32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
