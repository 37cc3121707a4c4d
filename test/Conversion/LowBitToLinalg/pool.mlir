// Pooling and padding of the bytes of codes.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// Around the image is the smallest code.
// CHECK-DAG: [[IMAGE:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2 * 2 + d4, d3 + d5 * 3)>
// CHECK-DAG: [[WINDOW:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d4, d5)>
// CHECK-DAG: [[RESULT:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>
// CHECK-LABEL: @signed(%arg0: tensor<1x2x5x6xi8>)
// CHECK: [[LOWEST:%.*]] = arith.constant -8 : i8
// CHECK: linalg.fill ins([[LOWEST]] : i8)
// CHECK: [[PADDED:%.*]] = tensor.insert_slice %arg0 into {{.*}}[0, 0, 1, 0] [1, 2, 5, 6] [1, 1, 1, 1]
// CHECK: linalg.generic {indexing_maps = {{\[}}[[IMAGE]], [[WINDOW]], [[RESULT]]], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]} ins([[PADDED]],
// CHECK: arith.maxsi %in, %out : i8
func.func @signed(%x: tensor<1x2x5x6xsi4>) -> tensor<1x2x2x3xsi4> {
  %0 = lowbit.pool %x window <size[3, 2] strides[2, 1] dilations[1, 3] pads[1, 0, 0, 0]> : tensor<1x2x5x6xsi4> -> tensor<1x2x2x3xsi4>
  return %0 : tensor<1x2x2x3xsi4>
}

// -----

// CHECK-LABEL: @unsigned
// CHECK-NOT: tensor.insert_slice
// CHECK: arith.maxui %in, %out : i16
func.func @unsigned(%x: tensor<1x2x6xui9>) -> tensor<1x2x3xui9> {
  %0 = lowbit.pool %x window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x2x6xui9> -> tensor<1x2x3xui9>
  return %0 : tensor<1x2x3xui9>
}

// -----

// Pads hold the zero point, 128, which adds nothing.
// CHECK-LABEL: @sum
// CHECK: [[ZERO:%.*]] = arith.constant -128 : i8
// CHECK: linalg.fill ins([[ZERO]] : i8)
// CHECK: [[PADDED:%.*]] = tensor.insert_slice %arg0
// CHECK: linalg.fill ins(%c0_i32 : i32)
// CHECK: linalg.generic {{.*}} ins([[PADDED]],
// CHECK: [[X:%.*]] = arith.extui %in : i8 to i32
// CHECK: [[LESS:%.*]] = arith.subi [[X]], %c128_i32
// CHECK: arith.addi %out, [[LESS]] overflow<nsw> : i32
func.func @sum(%x: tensor<1x2x6xui8>) -> tensor<1x2x4xi32> {
  %0 = lowbit.sum_pool %x zero_point 128 window <size[2] strides[2] dilations[1] pads[1, 1]> : tensor<1x2x6xui8> -> tensor<1x2x4xi32>
  return %0 : tensor<1x2x4xi32>
}

// -----

// CHECK-LABEL: @pad(%arg0: tensor<2x3xi8>)
// CHECK: [[ZERO:%.*]] = arith.constant 0 : i8
// CHECK: [[AROUND:%.*]] = linalg.fill ins([[ZERO]] : i8) outs({{.*}} : tensor<5x3xi8>)
// CHECK: tensor.insert_slice %arg0 into [[AROUND]][1, 0] [2, 3] [1, 1] : tensor<2x3xi8> into tensor<5x3xi8>
func.func @pad(%x: tensor<2x3x!lowbit.bipolar>) -> tensor<5x3x!lowbit.ternary> {
  %0 = lowbit.pad %x code 0 low[1, 0] high[2, 0] : tensor<2x3x!lowbit.bipolar> -> tensor<5x3x!lowbit.ternary>
  return %0 : tensor<5x3x!lowbit.ternary>
}
