// Exact products and networks on the bytes of codes.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// Each side is extended as its code type says; the right side has one row per output.
// CHECK-DAG: [[LEFT:#.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: [[RIGHT:#.*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// CHECK-DAG: [[OUT:#.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: @matmul(%arg0: tensor<5x2x3xi8>, %arg1: tensor<4x3xi8>)
// CHECK: linalg.fill ins(%c0_i32
// CHECK: linalg.generic {indexing_maps = {{\[}}[[LEFT]], [[RIGHT]], [[OUT]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK: [[A:%.*]] = arith.extui %in : i8 to i32
// CHECK: [[B:%.*]] = arith.extsi %in_0 : i8 to i32
// CHECK: [[P:%.*]] = arith.muli [[A]], [[B]] overflow<nsw> : i32
// CHECK: arith.addi %out, [[P]] overflow<nsw> : i32
func.func @matmul(%a: tensor<5x2x3xui8>, %b: tensor<4x3x!lowbit.ternary>) -> tensor<5x2x4xi32> {
  %0 = lowbit.matmul %a, %b : tensor<5x2x3xui8>, tensor<4x3x!lowbit.ternary> -> tensor<5x2x4xi32>
  return %0 : tensor<5x2x4xi32>
}

// -----

// CHECK-LABEL: @wide(%arg0: tensor<1x3xi16>, %arg1: tensor<4x3xi16>)
// CHECK: arith.extsi %in : i16 to i64
// CHECK: arith.extui %in_0 : i16 to i64
// CHECK: arith.muli {{.*}} : i64
func.func @wide(%a: tensor<1x3xsi16>, %b: tensor<4x3xui9>) -> tensor<1x4xi64> {
  %0 = lowbit.matmul %a, %b : tensor<1x3xsi16>, tensor<4x3xui9> -> tensor<1x4xi64>
  return %0 : tensor<1x4xi64>
}

// -----

// Zero points are subtracted from the extended codes; sums start from the bias.
// CHECK-LABEL: @shifted
// CHECK: [[BIAS:%.*]] = arith.constant dense<[5, -7]> : tensor<2xi32>
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins([[BIAS]]
// CHECK: linalg.generic
// CHECK: [[A:%.*]] = arith.extui %in : i8 to i32
// CHECK: arith.subi [[A]], %c128_i32 overflow<nsw> : i32
// CHECK: [[B:%.*]] = arith.extsi %in_{{[0-9]+}} : i8 to i32
// CHECK: arith.subi [[B]], %c-3_i32 overflow<nsw> : i32
func.func @shifted(%a: tensor<1x3xui8>, %b: tensor<2x3xsi8>) -> tensor<1x2xi32> {
  %0 = lowbit.matmul %a zero_point 128, %b zero_point -3 bias [5, -7] : tensor<1x3xui8>, tensor<2x3xsi8> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// -----

// Two activations: leading dimensions of the right side are those of the left, or one for all.
// CHECK-DAG: [[RIGHT:#.*]] = affine_map<(d0, d1, d2, d3, d4) -> (0, d1, d3, d4)>
// CHECK-LABEL: @batched
// CHECK: linalg.generic {indexing_maps = {{\[}}{{.*}}, [[RIGHT]], {{.*}}]
func.func @batched(%a: tensor<5x2x7x3xui8>, %b: tensor<1x2x4x3xsi8>) -> tensor<5x2x7x4xi32> {
  %0 = lowbit.matmul %a, %b : tensor<5x2x7x3xui8>, tensor<1x2x4x3xsi8> -> tensor<5x2x7x4xi32>
  return %0 : tensor<5x2x7x4xi32>
}

// -----

// A network remembers which codes its bytes are.
// CHECK-LABEL: @addsub(%arg0: tensor<1x2xi8>
// CHECK: lowbit.addsub ins(%arg0 : tensor<1x2xi8>) outs(%arg1 : tensor<1x1xi32>) activation ui4 {
// CHECK: arith.subi
func.func @addsub(%x: tensor<1x2xui4>, %o: tensor<1x1xi32>) -> tensor<1x1xi32> {
  %r = lowbit.addsub ins(%x : tensor<1x2xui4>) outs(%o : tensor<1x1xi32>) {
  ^bb0(%x0: i32, %x1: i32):
    %0 = arith.subi %x0, %x1 : i32
    lowbit.yield %0 : i32
  } -> tensor<1x1xi32>
  return %r : tensor<1x1xi32>
}

// -----

// Kernels on storage are not touched.
// CHECK-LABEL: @kernels
// CHECK: lowbit.packed_matmul
// CHECK: lowbit.float_matmul
// CHECK: lowbit.float_sum
func.func @kernels(%x: tensor<1x8xi8>, %w: tensor<1xi8>, %a: tensor<1x1xi32>, %l: tensor<1x8xf32>, %r: tensor<8x1xf32>,
                   %f: tensor<1x1xf32>, %y: tensor<1xf32>) -> (tensor<1x1xi32>, tensor<1x1xf32>, tensor<1xf32>) {
  %0 = lowbit.packed_matmul ins(%x, %w : tensor<1x8xi8>, tensor<1xi8>) outs(%a : tensor<1x1xi32>) layout <bits> activation si8 weight !lowbit.bipolar -> tensor<1x1xi32>
  %1 = lowbit.float_matmul ins(%l, %r : tensor<1x8xf32>, tensor<8x1xf32>) outs(%f : tensor<1x1xf32>) -> tensor<1x1xf32>
  %2 = lowbit.float_sum ins(%l : tensor<1x8xf32>) outs(%y : tensor<1xf32>) -> tensor<1xf32>
  return %0, %1, %2 : tensor<1x1xi32>, tensor<1x1xf32>, tensor<1xf32>
}
