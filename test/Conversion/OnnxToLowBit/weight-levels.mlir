// Float matrices whose values are whole multiples of a step become codes where they meet codes; {-s, 0, +s} and
// {-s, +s} are the ternary and the binary ones.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// One s for the whole matrix. MatMul has its outputs last, codes have them first: the columns are 1 0 -1 1 and
// 0 -1 1 0. A weight of -0.0 is code 0.
// CHECK-LABEL: @ternary
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<5.000000e-01> : tensor<f32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<2x4x!lowbit.ternary>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]] : tensor<2x4xsi8>, tensor<2x4x!lowbit.ternary> -> tensor<2x2xi32>
// CHECK: lowbit.dequantize [[SUM]], [[S]] : (tensor<2x2xi32>, tensor<f32>) -> tensor<2x2xf32>
func.func @ternary(%q: tensor<2x4xsi8>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5, 0.0], [0.0, -0.5], [-0.5, 0.5], [0.5, -0.0]]> : tensor<4x2xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
// CHECK: [[BYTES]]: "0x400000000100FF0100FF0100"

// -----

// Without a zero one bit a weight is enough. Unsigned activations.
// CHECK-LABEL: @bipolar
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<5.000000e-01> : tensor<f32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<2x4x!lowbit.bipolar>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]] : tensor<2x4xui8>, tensor<2x4x!lowbit.bipolar> -> tensor<2x2xi32>
// CHECK: lowbit.dequantize [[SUM]], [[S]]
func.func @bipolar(%q: tensor<2x4xui8>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5, 0.5], [-0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]]> : tensor<4x2xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xui8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
// CHECK: [[BYTES]]: "0x4000000001FFFF0101FF0101"

// -----

// One s for each output: the scale is a vector over the outputs. An output of zeros only may have any scale.
// CHECK-LABEL: @per_output
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<[5.000000e-01, 1.500000e+00, 1.000000e+00]> : tensor<3xf32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<3x4x!lowbit.ternary>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]] : tensor<2x4xsi8>, tensor<3x4x!lowbit.ternary> -> tensor<2x3xi32>
// CHECK: lowbit.dequantize [[SUM]], [[S]] : (tensor<2x3xi32>, tensor<3xf32>) -> tensor<2x3xf32>
func.func @per_output(%q: tensor<2x4xsi8>) -> tensor<2x3xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5, 1.5, 0.0], [0.0, -1.5, 0.0], [0.5, 1.5, 0.0], [-0.5, 0.0, 0.0]]> : tensor<4x3xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
// CHECK: [[BYTES]]: "0x40000000010001FF01FF010000000000"

// -----

// Folding w + (q - w) in f32 leaves the neighbours of s beside it: 0.29999998, 0.3 and 0.30000004 are one level.
// CHECK-LABEL: @seven_levels
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<3.000000e-01> : tensor<f32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<1x8x!lowbit.ternary>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]] : tensor<2x8xsi8>, tensor<1x8x!lowbit.ternary> -> tensor<2x1xi32>
// CHECK: lowbit.dequantize [[SUM]], [[S]]
func.func @seven_levels(%q: tensor<2x8xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.3], [0.3], [-0.3], [0.29999998], [-0.29999998], [0.30000004], [-0.30000004], [0.0]]> : tensor<8x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x8xsi8>, tensor<f32>) -> tensor<2x8xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x8xf32>, tensor<8x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}
// CHECK: [[BYTES]]: "0x400000000101FF01FF01FF00"

// -----

// Both sides have a scale, and the left one varies from row to row: their product is computed in f32.
// CHECK-LABEL: @scales
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<{{\[\[}}2.500000e-01], [1.250000e-01]]> : tensor<2x1xf32>
// CHECK-DAG: [[WS:%.*]] = onnx.constant dense<[5.000000e-01, 1.500000e+00]> : tensor<2xf32>
// CHECK: [[SUM:%.*]] = lowbit.matmul
// CHECK: [[PRODUCT:%.*]] = onnx.node "Mul"([[S]], [[WS]]) {{.*}} -> tensor<2x2xf32>
// CHECK: lowbit.dequantize [[SUM]], [[PRODUCT]]
func.func @scales(%q: tensor<2x4xsi8>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<[[0.25], [0.125]]> : tensor<2x1xf32>
  %w = onnx.constant dense<[[0.5, 1.5], [0.0, -1.5], [0.5, 1.5], [-0.5, 0.0]]> : tensor<4x2xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

// A sum of 32769 times 65535 does not fit i32.
// CHECK-LABEL: @wide_sum
// CHECK: lowbit.matmul {{.*}} -> tensor<2x1xi64>
func.func @wide_sum(%q: tensor<2x32769xui16>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<0.5> : tensor<32769x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x32769xui16>, tensor<f32>) -> tensor<2x32769xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x32769xf32>, tensor<32769x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// transB: the outputs are first already. alpha scales the product, beta the bias, each in an operation of its own.
// CHECK-LABEL: @gemm
// CHECK-DAG: [[ALPHA:%.*]] = onnx.constant dense<2.000000e+00> : tensor<f32>
// CHECK-DAG: [[BETA:%.*]] = onnx.constant dense<3.000000e+00> : tensor<f32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<2x4x!lowbit.bipolar>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]] : tensor<2x4xsi8>, tensor<2x4x!lowbit.bipolar> -> tensor<2x2xi32>
// CHECK: [[REAL:%.*]] = lowbit.dequantize [[SUM]]
// CHECK: [[SCALED:%.*]] = onnx.node "Mul"([[REAL]], [[ALPHA]])
// CHECK: [[BIAS:%.*]] = onnx.node "Mul"(%arg1, [[BETA]])
// CHECK: onnx.node "Add"([[SCALED]], [[BIAS]])
func.func @gemm(%q: tensor<2x4xsi8>, %c: tensor<2xf32>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5, -0.5, 0.5, 0.5], [0.5, -0.5, 0.5, -0.5]]> : tensor<2x4xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "Gemm"(%x, %w, %c) {attributes = {transB = 1 : i64, alpha = 2.0 : f32, beta = 3.0 : f32}} : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
// CHECK: [[BYTES]]: "0x4000000001FF010101FF01FF"

// -----

// Factors of 1 leave only the bias.
// CHECK-LABEL: @gemm_plain
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<2x4x!lowbit.ternary>
// CHECK: [[REAL:%.*]] = lowbit.dequantize
// CHECK-NEXT: onnx.node "Add"([[REAL]], %arg1)
// CHECK-NEXT: return
func.func @gemm_plain(%q: tensor<2x4xsi8>, %c: tensor<2xf32>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5, 0.0], [0.0, -0.5], [-0.5, 0.5], [0.5, -0.0]]> : tensor<4x2xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "Gemm"(%x, %w, %c) : (tensor<2x4xf32>, tensor<4x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
// CHECK: [[BYTES]]: "0x400000000100FF0100FF0100"

// -----

// Whole multiples of one step, here of 0.1: 3, -1, 0, 2, and -8 make 4 bits. One multiple is off by an ulp.
// CHECK-LABEL: @few_levels
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<1.000000e-01>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<1x5xsi4>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]]
// CHECK: lowbit.dequantize [[SUM]], [[S]]
func.func @few_levels(%q: tensor<2x5xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.30000004], [-0.1], [0.0], [0.2], [-0.8]]> : tensor<5x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x5xsi8>, tensor<f32>) -> tensor<2x5xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x5xf32>, tensor<5x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}
// CHECK: [[BYTES]]: "0x4000000003FF0002F8"

// -----

// Whole numbers: their step is 1 though none of them is.
// CHECK-LABEL: @integers
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<1.000000e+00>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<1x5xsi8>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]]
// CHECK: lowbit.dequantize [[SUM]], [[S]]
func.func @integers(%q: tensor<2x5xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[127.0], [-128.0], [0.0], [2.0], [3.0]]> : tensor<5x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x5xsi8>, tensor<f32>) -> tensor<2x5xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x5xf32>, tensor<5x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}
// CHECK: [[BYTES]]: "0x400000007F80000203"

// -----

// A step for each output where that saves bits: 1 and 2 times 0.5, 1 and 3 times 0.7.
// CHECK-LABEL: @few_levels_per_output
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<[5.000000e-01, 0.699999988]>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[BYTES:[a-z_0-9]+]]> : tensor<2x4xsi3>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]]
// CHECK: lowbit.dequantize [[SUM]], [[S]]
func.func @few_levels_per_output(%q: tensor<2x4xsi8>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5, -0.7], [1.0, 0.7], [-0.5, 2.1], [0.5, 0.0]]> : tensor<4x2xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
// CHECK: [[BYTES]]: "0x400000000102FF01FF010300"

// -----

// Two magnitudes that are no multiples of one step: these weights stay float.
// CHECK-LABEL: @no_step
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "MatMul"
func.func @no_step(%q: tensor<2x4xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5], [-0.7071067], [0.0], [0.5]]> : tensor<4x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// 129 steps of 1 are more than a byte has.
// CHECK-LABEL: @too_many_steps
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "MatMul"
func.func @too_many_steps(%q: tensor<2x4xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[1.0], [129.0], [0.0], [1.0]]> : tensor<4x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// Infinity is no level.
// CHECK-LABEL: @infinite
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "MatMul"
func.func @infinite(%q: tensor<2x4xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0x7F800000], [0.0], [0x7F800000], [0.0]]> : tensor<4x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// A matrix of zeros has no scale.
// CHECK-LABEL: @zeros
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "MatMul"
func.func @zeros(%q: tensor<2x4xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<0.0> : tensor<4x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// Three numbers of one magnitude say nothing about a matrix.
// CHECK-LABEL: @three_inputs
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "MatMul"
func.func @three_inputs(%q: tensor<2x3xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5], [-0.5], [0.5]]> : tensor<3x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x3xsi8>, tensor<f32>) -> tensor<2x3xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x3xf32>, tensor<3x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// Float activations times ternary weights are a float product.
// CHECK-LABEL: @float_activations
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "MatMul"
func.func @float_activations(%q: tensor<2x4xf32>) -> tensor<2x1xf32> {
  %w = onnx.constant dense<[[0.5], [-0.5], [0.0], [0.5]]> : tensor<4x1xf32>
  %0 = onnx.node "MatMul"(%q, %w) : (tensor<2x4xf32>, tensor<4x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// A scale that varies along the summed dimension cannot leave the sum.
// CHECK-LABEL: @scale_per_input
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "MatMul"
func.func @scale_per_input(%q: tensor<2x4xsi8>) -> tensor<2x1xf32> {
  %s = onnx.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %w = onnx.constant dense<[[0.5], [-0.5], [0.0], [0.5]]> : tensor<4x1xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x4xsi8>, tensor<4xf32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// transA sums over rows of codes.
// CHECK-LABEL: @gemm_transposed_left
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "Gemm"
func.func @gemm_transposed_left(%q: tensor<2x2xsi8>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5, 0.5], [-0.5, 0.5]]> : tensor<2x2xf32>
  %x = lowbit.dequantize %q, %s : (tensor<2x2xsi8>, tensor<f32>) -> tensor<2x2xf32>
  %0 = onnx.node "Gemm"(%x, %w) {attributes = {transA = 1 : i64}} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

// A zero point on the left stays with the product.
// CHECK-LABEL: @zero_point
// CHECK: lowbit.matmul %arg0 zero_point 1, %{{.*}} : tensor<2x4xui8>, tensor<1x4x!lowbit.ternary> -> tensor<2x1xi32>
func.func @zero_point(%q: tensor<2x4xui8>) -> tensor<2x1xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = onnx.constant dense<[[0.5], [-0.5], [0.0], [0.5]]> : tensor<4x1xf32>
  %x = lowbit.dequantize %q, %one zero_point %one : (tensor<2x4xui8>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// -----

// Weights that were quantised, one scale for each output: [1, N] for outputs last.
// CHECK-LABEL: @quantised_weights
// CHECK-DAG: [[S:%.*]] = onnx.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK-DAG: [[W:%.*]] = lowbit.transpose %arg1 [1, 0]
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0, [[W]] : tensor<2x4xsi8>, tensor<2x4xsi4> -> tensor<2x2xi32>
// CHECK: lowbit.dequantize [[SUM]], [[S]]
func.func @quantised_weights(%q: tensor<2x4xsi8>, %v: tensor<4x2xsi4>) -> tensor<2x2xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %s = onnx.constant dense<[[0.5, 0.25]]> : tensor<1x2xf32>
  %x = lowbit.dequantize %q, %one : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %w = lowbit.dequantize %v, %s : (tensor<4x2xsi4>, tensor<1x2xf32>) -> tensor<4x2xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

// One scale for each input of a weight stands inside the sum.
// CHECK-LABEL: @scale_along_inputs
// CHECK-NOT: lowbit.matmul
// CHECK: onnx.node "MatMul"
func.func @scale_along_inputs(%q: tensor<2x4xsi8>, %v: tensor<4x2xsi4>) -> tensor<2x2xf32> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %s = onnx.constant dense<[[0.5], [0.25], [0.5], [0.25]]> : tensor<4x1xf32>
  %x = lowbit.dequantize %q, %one : (tensor<2x4xsi8>, tensor<f32>) -> tensor<2x4xf32>
  %w = lowbit.dequantize %v, %s : (tensor<4x2xsi4>, tensor<4x1xf32>) -> tensor<4x2xf32>
  %0 = onnx.node "MatMul"(%x, %w) : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
