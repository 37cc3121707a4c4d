// Exact convolutions on the bytes of codes.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// Two groups; the image is copied between codes of its zero point, sums start from the bias.
// CHECK-DAG: [[IMAGE:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1, d5, d3 * 2 + d6, d4 + d7 * 3)>
// CHECK-DAG: [[WEIGHTS:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d1, d2, d5, d6, d7)>
// CHECK-DAG: [[SUMS:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1, d2, d3, d4)>
// CHECK-LABEL: @grouped(%arg0: tensor<1x4x6x7xi8>, %arg1: tensor<2x2x3x3xi8>)
// CHECK: [[EDGE:%.*]] = arith.constant -125 : i8
// CHECK: [[FILLED:%.*]] = linalg.fill ins([[EDGE]] : i8) outs({{.*}} : tensor<1x4x7x9xi8>)
// CHECK: [[PADDED:%.*]] = tensor.insert_slice %arg0 into [[FILLED]][0, 0, 1, 0] [1, 4, 6, 7] [1, 1, 1, 1]
// CHECK: arith.constant dense<{{\[\[\[}}5{{\]\], \[\[}}-7{{\]\]\]}}> : tensor<2x1x1xi32>
// CHECK: [[X:%.*]] = tensor.expand_shape [[PADDED]] {{\[}}[0], [1, 2], [3], [4]] output_shape [1, 2, 2, 7, 9]
// CHECK: [[W:%.*]] = tensor.expand_shape %arg1 {{\[}}[0, 1], [2], [3], [4]] output_shape [2, 1, 2, 3, 3]
// CHECK: linalg.generic {indexing_maps = {{\[}}[[IMAGE]], [[WEIGHTS]], [[SUMS]]], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins([[X]], [[W]]
// CHECK: [[A:%.*]] = arith.extui %in : i8 to i32
// CHECK: arith.subi [[A]], %c131_i32 overflow<nsw> : i32
// CHECK: arith.muli {{.*}} overflow<nsw> : i32
// CHECK: tensor.collapse_shape {{.*}} : tensor<1x2x1x3x3xi32> into tensor<1x2x3x3xi32>
func.func @grouped(%x: tensor<1x4x6x7xui8>, %w: tensor<2x2x3x3x!lowbit.ternary>) -> tensor<1x2x3x3xi32> {
  %0 = lowbit.conv %x zero_point 131, %w window <size[3, 3] strides[2, 1] dilations[1, 3] pads[1, 0, 0, 2]> groups 2 bias [5, -7]
    : tensor<1x4x6x7xui8>, tensor<2x2x3x3x!lowbit.ternary> -> tensor<1x2x3x3xi32>
  return %0 : tensor<1x2x3x3xi32>
}

// -----

// Without pads the image stays where it is.
// CHECK-LABEL: @line(%arg0: tensor<1x3x9xi16>
// CHECK-NOT: tensor.insert_slice
// CHECK: tensor.expand_shape %arg0
// CHECK: arith.extsi %in : i16 to i64
func.func @line(%x: tensor<1x3x9xsi16>, %w: tensor<2x3x2xsi16>) -> tensor<1x2x8xi64> {
  %0 = lowbit.conv %x, %w window <size[2] strides[1] dilations[1] pads[0, 0]> : tensor<1x3x9xsi16>, tensor<2x3x2xsi16> -> tensor<1x2x8xi64>
  return %0 : tensor<1x2x8xi64>
}
