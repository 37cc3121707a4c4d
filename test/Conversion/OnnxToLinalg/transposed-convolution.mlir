// ConvTranspose and Col2Im add up in a tensor with room for every tap and cut the pads off.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// Loops: n, g, m; c, k; i.
// CHECK-DAG: [[X:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d3, d5)>
// CHECK-DAG: [[W:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, d3, d2, d4)>
// CHECK-DAG: [[Y:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d5 * 2 + d4 * 3)>
// CHECK-LABEL: @transposed
// CHECK: linalg.generic {indexing_maps = {{\[}}[[X]], [[W]], [[Y]]],
// CHECK-SAME: iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
// CHECK-SAME: outs({{.*}} : tensor<1x2x3x10xf64>)
// CHECK: tensor.extract_slice {{.*}}[0, 0, 1] [1, 6, 8] [1, 1, 1]
func.func @transposed(%x: tensor<1x4x4xf64>, %w: tensor<4x3x2xf64>) -> tensor<1x6x8xf64> {
  %0 = onnx.node "ConvTranspose"(%x, %w)
      {attributes = {group = 2 : i64, strides = array<i64: 2>, dilations = array<i64: 3>, pads = array<i64: 1, 1>}}
      : (tensor<1x4x4xf64>, tensor<4x3x2xf64>) -> tensor<1x6x8xf64>
  return %0 : tensor<1x6x8xf64>
}

// -----

// An asked-for size decides on the pads, the odd one before the output.
// CHECK-LABEL: @output_shape
// CHECK: tensor.extract_slice {{.*}}[0, 0, 2] [1, 1, 5] [1, 1, 1] : tensor<1x1x8xf32>
func.func @output_shape(%x: tensor<1x1x4xf32>, %w: tensor<1x1x2xf32>) -> tensor<1x1x5xf32> {
  %0 = onnx.node "ConvTranspose"(%x, %w) {attributes = {strides = array<i64: 2>, output_shape = array<i64: 5>}}
      : (tensor<1x1x4xf32>, tensor<1x1x2xf32>) -> tensor<1x1x5xf32>
  return %0 : tensor<1x1x5xf32>
}

// -----

// Two blocks of two elements, one apart.
// CHECK-DAG: [[Y:#.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 + d3)>
// CHECK-LABEL: @blocks
// CHECK: linalg.generic {indexing_maps = [{{#.*}}, [[Y]]]
// CHECK-SAME: ins({{.*}} : tensor<1x3x2x2xf32>) outs({{.*}} : tensor<1x3x3xf32>)
// CHECK: arith.addf
func.func @blocks(%x: tensor<1x6x2xf32>) -> tensor<1x3x3xf32> {
  %image = onnx.constant dense<3> : tensor<1xi64>
  %block = onnx.constant dense<2> : tensor<1xi64>
  %0 = onnx.node "Col2Im"(%x, %image, %block) : (tensor<1x6x2xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x3x3xf32>
  return %0 : tensor<1x3x3xf32>
}
