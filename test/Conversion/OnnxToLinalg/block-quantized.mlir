// MatMulNBits, MatMulBnb4, GatherBlockQuantized: weights stay packed, one row at a time is f32.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// A row of two blocks of 16 codes, two in a byte; then 16 partial sums: 16 terms and 4 more.
// CHECK-LABEL: @packed_zero_points
// CHECK: scf.for %[[N:.*]] = %c0
// CHECK: tensor.extract_slice %{{.*}}[%[[N]], 0, 0] [1, 2, 8] [1, 1, 1] : tensor<3x2x8xi8> to tensor<2x8xi8>
// CHECK: arith.shrui
// CHECK: arith.andi %{{.*}}, %c15_i32
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: -> tensor<2x8x2xf32>
// CHECK: scf.for %[[M:.*]] = %c0
// CHECK: linalg.fill {{.*}} outs(%{{.*}} : tensor<16xf32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%{{.*}} : tensor<1x16xf32>, tensor<1x16xf32>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<1x4xf32>, tensor<1x4xf32>)
// CHECK: %[[LANE0:.*]] = tensor.extract
// CHECK-COUNT-15: tensor.extract
// CHECK-COUNT-15: arith.addf
// CHECK: tensor.insert %{{.*}} into %{{.*}}[%[[M]], %[[N]]] : tensor<2x3xf32>
// CHECK-NOT: tensor<3x20xf32>
func.func @packed_zero_points(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>, %z: tensor<3x1xui8>) -> tensor<2x3xf32> {
  %0 = onnx.node "MatMulNBits"(%a, %b, %s, %z) {attributes = {K = 20 : i64, N = 3 : i64, bits = 4 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>, tensor<3x1xui8>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// Bytes need no unpacking; without zero points 128 is taken away. Flat scales, a bias, a trivial g_idx.
// CHECK-LABEL: @flat_scales
// CHECK: tensor.expand_shape %{{.*}} : tensor<4xf32> into tensor<4x1xf32>
// CHECK: scf.for
// CHECK-NOT: arith.shrui
// CHECK: arith.subf %{{.*}}, %cst
// CHECK: arith.addf %{{.*}}, %{{.*}} : f32
func.func @flat_scales(%a: tensor<16xf32>, %b: tensor<4x1x16xui8>, %s: tensor<4xf32>, %bias: tensor<4xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %g = onnx.constant dense<0> : tensor<16xi32>
  %0 = onnx.node "MatMulNBits"(%a, %b, %s, %none, %g, %bias) {attributes = {K = 16 : i64, N = 4 : i64, bits = 8 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<16xf32>, tensor<4x1x16xui8>, tensor<4xf32>, none, tensor<16xi32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// The scale of element n * K + k is number (n * K + k) / block_size; the high half of a byte comes first.
// CHECK-LABEL: @bnb4
// CHECK: arith.constant dense<[-1.000000e+00, -0.6961928, {{.*}}, 1.000000e+00]> : tensor<16xf32>
// CHECK: scf.for %[[N:.*]] = %c0
// CHECK: arith.muli %[[N]], %c5
// CHECK: tensor.extract %{{.*}} : tensor<8xi8>
// CHECK: tensor.extract %{{.*}} : tensor<1xf32>
func.func @bnb4(%a: tensor<1x5xf32>, %b: tensor<8xui8>, %s: tensor<1xf32>) -> tensor<1x3xf32> {
  %0 = onnx.node "MatMulBnb4"(%a, %b, %s) {attributes = {K = 5 : i64, N = 3 : i64, block_size = 16 : i64, quant_type = 1 : i64}, domain = "com.microsoft"} : (tensor<1x5xf32>, tensor<8xui8>, tensor<1xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// An index from outside gives zeros.
// CHECK-LABEL: @gather
// CHECK: linalg.generic {{.*}} ins(%arg1 : tensor<2xi64>)
// CHECK: %[[INSIDE:.*]] = arith.cmpi eq
// CHECK: tensor.extract %{{.*}} : tensor<7x16xi8>
// CHECK: arith.subi %{{.*}}, %c8_i32
// CHECK: arith.select %[[INSIDE]]
func.func @gather(%data: tensor<7x16xui8>, %indices: tensor<2xi64>, %s: tensor<7x2xf32>) -> tensor<2x32xf32> {
  %0 = onnx.node "GatherBlockQuantized"(%data, %indices, %s) {attributes = {block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<7x16xui8>, tensor<2xi64>, tensor<7x2xf32>) -> tensor<2x32xf32>
  return %0 : tensor<2x32xf32>
}
