// f32 products are lowbit.float_matmul; leading dimensions are rows, vectors get a dimension.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s
// RUN: setun-opt %s --convert-onnx-to-linalg=reduce-in-f64 --split-input-file | FileCheck %s --check-prefix=F64

// CHECK-LABEL: @rows
// CHECK: [[ROWS:%.*]] = tensor.collapse_shape %arg0 {{.*}} into tensor<6x4xf32>
// CHECK: [[PRODUCT:%.*]] = lowbit.float_matmul ins([[ROWS]], %arg1 : tensor<6x4xf32>, tensor<4x5xf32>)
// CHECK: tensor.expand_shape [[PRODUCT]] {{.*}} into tensor<2x3x5xf32>
// F64-LABEL: @rows
// F64: arith.extf
// F64: arith.mulf {{.*}} : f64
// F64: arith.addf {{.*}} : f64
// F64: arith.truncf
func.func @rows(%a: tensor<2x3x4xf32>, %b: tensor<4x5xf32>) -> tensor<2x3x5xf32> {
  %0 = onnx.node "MatMul"(%a, %b) : (tensor<2x3x4xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// -----

// CHECK-LABEL: @batches
// CHECK: lowbit.float_matmul ins({{.*}} : tensor<2x7x3x4xf32>, tensor<2x7x4x5xf32>)
func.func @batches(%a: tensor<2x1x3x4xf32>, %b: tensor<7x4x5xf32>) -> tensor<2x7x3x5xf32> {
  %0 = onnx.node "MatMul"(%a, %b) : (tensor<2x1x3x4xf32>, tensor<7x4x5xf32>) -> tensor<2x7x3x5xf32>
  return %0 : tensor<2x7x3x5xf32>
}

// -----

// CHECK-LABEL: @vectors
// CHECK: lowbit.float_matmul ins({{.*}} : tensor<1x4xf32>, tensor<4x1xf32>)
// CHECK: tensor.collapse_shape {{.*}} : tensor<1x1xf32> into tensor<f32>
func.func @vectors(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<f32> {
  %0 = onnx.node "MatMul"(%a, %b) : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// A constant is transposed at compile time; a factor of 1 is not multiplied.
// CHECK-LABEL: @gemm
// CHECK-NOT: linalg.transpose
// CHECK: [[W:%.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 3.000000e+00, 5.000000e+00], [2.000000e+00, 4.000000e+00, 6.000000e+00]]>
// CHECK: [[PRODUCT:%.*]] = lowbit.float_matmul ins(%arg0, [[W]] : tensor<1x2xf32>, tensor<2x3xf32>)
// CHECK-NOT: arith.mulf
// CHECK: arith.addf
func.func @gemm(%a: tensor<1x2xf32>, %c: tensor<3xf32>) -> tensor<1x3xf32> {
  %w = onnx.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %0 = onnx.node "Gemm"(%a, %w, %c) {attributes = {transB = 1 : i64}}
      : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

// CHECK-LABEL: @gemm_factors
// CHECK: linalg.transpose ins(%arg0
// CHECK: [[SCALED:%.*]] = arith.mulf %in
// CHECK: [[BIAS:%.*]] = arith.mulf %in_
// CHECK: arith.addf [[SCALED]], [[BIAS]]
func.func @gemm_factors(%a: tensor<2x1xf32>, %b: tensor<2x3xf32>, %c: tensor<3xf32>) -> tensor<1x3xf32> {
  %0 = onnx.node "Gemm"(%a, %b, %c) {attributes = {transA = 1 : i64, alpha = 0.5 : f32, beta = 2.0 : f32}}
      : (tensor<2x1xf32>, tensor<2x3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

// Integers wrap, so any order will do.
// CHECK-LABEL: @integers
// CHECK: arith.muli
// CHECK: arith.addi
func.func @integers(%a: tensor<2x3xi32>, %b: tensor<3x4xi32>) -> tensor<2x4xi32> {
  %0 = onnx.node "MatMul"(%a, %b) : (tensor<2x3xi32>, tensor<3x4xi32>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}
