// Codes and packed matrices become bytes: packed products are kernel calls, the rest is lowered plainly.
// RUN: setun-opt %s --lowbit-materialize-storage --split-input-file | FileCheck %s

// Two rows of nine weights take two bytes each.
// CHECK-LABEL: @packed(%arg0: tensor<3x9xi8> {setun.type = ui8}) -> tensor<3x2xi32>
// CHECK: [[W:%.*]] = arith.constant dense_resource<w> : tensor<4xi8>
// CHECK: [[OUT:%.*]] = tensor.empty() : tensor<3x2xi32>
// CHECK: lowbit.packed_matmul ins(%arg0, [[W]] : tensor<3x9xi8>, tensor<4xi8>) outs([[OUT]] : tensor<3x2xi32>) layout <bits> activation ui8 weight !lowbit.bipolar -> tensor<3x2xi32>
func.func @packed(%x: tensor<3x9xui8>) -> tensor<3x2xi32> {
  %w = lowbit.constant dense_resource<w> : tensor<2x9x!lowbit.bipolar, #lowbit.layout<bits>>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<3x9xui8>, tensor<2x9x!lowbit.bipolar, #lowbit.layout<bits>> -> tensor<3x2xi32>
  return %0 : tensor<3x2xi32>
}
{-# dialect_resources: { builtin: { w: "0x01000000FF01AA00" } } #-}

// -----

// The bias comes after the kernel.
// CHECK-LABEL: @bias
// CHECK: [[SUMS:%.*]] = lowbit.packed_matmul
// CHECK: [[BIAS:%.*]] = arith.constant dense<[1, -2]> : tensor<2xi32>
// CHECK: linalg.generic {{.*}} ins([[SUMS]], [[BIAS]]
// CHECK: arith.addi %in, %in_{{[0-9]+}} overflow<nsw> : i32
func.func @bias(%x: tensor<3x9xui8>, %w: tensor<2x9x!lowbit.bipolar, #lowbit.layout<bits>>) -> tensor<3x2xi32> {
  %0 = lowbit.matmul %x, %w bias [1, -2] : tensor<3x9xui8>, tensor<2x9x!lowbit.bipolar, #lowbit.layout<bits>> -> tensor<3x2xi32>
  return %0 : tensor<3x2xi32>
}

// -----

// A packed matrix may also be an argument.
// CHECK-LABEL: @argument(%arg0: tensor<1x4xi8> {setun.type = si4}, %arg1: tensor<64xi8>)
// CHECK: lowbit.packed_matmul {{.*}} layout <ternary_pairs> activation si4 weight !lowbit.ternary
func.func @argument(%x: tensor<1x4xsi4>, %w: tensor<2x4x!lowbit.ternary, #lowbit.layout<ternary_pairs>>) -> tensor<1x2xi32> {
  %0 = lowbit.matmul %x, %w : tensor<1x4xsi4>, tensor<2x4x!lowbit.ternary, #lowbit.layout<ternary_pairs>> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// -----

// Unpacked products, quantisers and networks take the plain lowering.
// CHECK-LABEL: @plain
// CHECK: arith.bitcast {{.*}} : f32 to i32
// CHECK: arith.muli
// CHECK: lowbit.addsub {{.*}} activation si8
// CHECK-NOT: si8>
func.func @plain(%x: tensor<1x4xf32>, %w: tensor<2x4x!lowbit.ternary>, %o: tensor<1x1xi32>) -> (tensor<1x2xi32>, tensor<1x1xi32>) {
  %s = arith.constant dense<1.0> : tensor<f32>
  %q = lowbit.quantize %x, %s : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xsi8>
  %0 = lowbit.matmul %q, %w kernel <plain> : tensor<1x4xsi8>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %1 = lowbit.addsub ins(%q : tensor<1x4xsi8>) outs(%o : tensor<1x1xi32>) {
  ^bb0(%x0: i32, %x1: i32, %x2: i32, %x3: i32):
    %sum = arith.addi %x0, %x3 : i32
    lowbit.yield %sum : i32
  } -> tensor<1x1xi32>
  return %0, %1 : tensor<1x2xi32>, tensor<1x1xi32>
}

// -----

// Truth values are bytes in memory, but not codes.
// CHECK-LABEL: @untouched(%arg0: tensor<2xi1>, %arg1: tensor<2xi64>)
func.func @untouched(%x: tensor<2xi1>, %y: tensor<2xi64>) -> (tensor<2xi1>, tensor<2xi64>) {
  return %x, %y : tensor<2xi1>, tensor<2xi64>
}
