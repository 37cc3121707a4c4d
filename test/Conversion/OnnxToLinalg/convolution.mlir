// Conv on f32 is one op; other types are padded, split into groups, and summed over c, kh, kw with the row innermost.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s
// RUN: setun-opt %s --convert-onnx-to-linalg=reduce-in-f64 --split-input-file | FileCheck %s --check-prefix=F64

// Loops: n, g, m, oh; c, kh, kw; ow.
// CHECK-DAG: [[X:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1, d4, d3 * 2 + d5, d7 + d6 * 3)>
// CHECK-DAG: [[W:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d1, d2, d4, d5, d6)>
// CHECK-DAG: [[Y:#.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1, d2, d3, d7)>
// CHECK-LABEL: @grouped
// CHECK: [[PADDED:%.*]] = tensor.insert_slice %arg0 into {{%.*}}[0, 0, 1, 0] [1, 4, 5, 9] [1, 1, 1, 1]
// CHECK-SAME: into tensor<1x4x7x9xf64>
// CHECK: tensor.expand_shape [[PADDED]]
// CHECK-SAME: into tensor<1x2x2x7x9xf64>
// CHECK: tensor.expand_shape %arg1
// CHECK-SAME: into tensor<2x3x2x3x3xf64>
// CHECK: linalg.generic {indexing_maps = {{\[}}[[X]], [[W]], [[Y]]],
// CHECK-SAME: iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]
// CHECK: [[T:%.*]] = arith.mulf
// CHECK-NEXT: arith.addf %out, [[T]]
// CHECK: linalg.generic
// CHECK: arith.addf
func.func @grouped(%x: tensor<1x4x5x9xf64>, %w: tensor<6x2x3x3xf64>, %b: tensor<6xf64>) -> tensor<1x6x3x3xf64> {
  %0 = onnx.node "Conv"(%x, %w, %b)
      {attributes = {group = 2 : i64, strides = array<i64: 2, 1>, dilations = array<i64: 1, 3>, pads = array<i64: 1, 0, 1, 0>}}
      : (tensor<1x4x5x9xf64>, tensor<6x2x3x3xf64>, tensor<6xf64>) -> tensor<1x6x3x3xf64>
  return %0 : tensor<1x6x3x3xf64>
}

// -----

// CHECK-LABEL: @float
// CHECK: [[Y:%.*]] = tensor.empty() : tensor<1x6x5x4xf32>
// CHECK: lowbit.float_conv ins(%arg0, %arg1 bias %arg2 : {{.*}}) outs([[Y]] : {{.*}}) window <size[3, 3] strides[1, 2] dilations[1, 1] pads[1, 0, 1, 1]> groups 2
// For constants that become weights the sums are taken in double precision.
// F64-LABEL: @float
// F64-NOT: lowbit.float_conv
// F64: arith.extf
// F64: linalg.generic
// F64: arith.addf {{.*}} : f64
// F64: arith.truncf
// F64: arith.addf {{.*}} : f32
func.func @float(%x: tensor<1x4x5x8xf32>, %w: tensor<6x2x3x3xf32>, %b: tensor<6xf32>) -> tensor<1x6x5x4xf32> {
  %0 = onnx.node "Conv"(%x, %w, %b) {attributes = {group = 2 : i64, strides = array<i64: 1, 2>, auto_pad = "SAME_UPPER"}}
      : (tensor<1x4x5x8xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<1x6x5x4xf32>
  return %0 : tensor<1x6x5x4xf32>
}

// -----

// More than three spatial dimensions are plain loops.
// CHECK-LABEL: @four
// CHECK-NOT: lowbit.float_conv
// CHECK: linalg.generic
func.func @four(%x: tensor<1x1x2x2x2x2xf32>, %w: tensor<1x1x2x2x2x2xf32>) -> tensor<1x1x1x1x1x1xf32> {
  %0 = onnx.node "Conv"(%x, %w) : (tensor<1x1x2x2x2x2xf32>, tensor<1x1x2x2x2x2xf32>) -> tensor<1x1x1x1x1x1xf32>
  return %0 : tensor<1x1x1x1x1x1xf32>
}
