// onnxruntime's MatMulNBits where int8 is permitted, or of few rows: a product with scales in blocks.
// RUN: setun-opt %s --convert-onnx-to-lowbit --canonicalize --split-input-file | FileCheck %s
// RUN: setun-opt %s --convert-onnx-to-lowbit=accuracy-level=4 --canonicalize --split-input-file | FileCheck %s --check-prefix=FOUR
// RUN: setun-opt %s --convert-onnx-to-lowbit=accuracy-level=1 --canonicalize --split-input-file | FileCheck %s --check-prefix=ONE

// Two blocks of 16 with 2 bits, K = 20: lines of 128 bytes, then scales. Byte 182 is the codes 2, 1, 3, 2, so the first four
// inputs are the lowest bits of four bytes; the next four, the same, stand above them: all of a byte are 2 * 85 = 170, 85, 255 and
// 170. 0.25 as float16 is 0x3400: they fit. Zero points are none, so 2.
// CHECK-LABEL: @bytes
// CHECK-DAG: [[W:%.*]] = onnx.constant dense_resource<[[NAME:.*]]> : tensor<384xi8>
// CHECK-DAG: [[B:%.*]] = onnx.constant dense<1.000000e+00> : tensor<1xf32>
// CHECK-DAG: [[E:%.*]] = tensor.empty() : tensor<3x1xf32>
// CHECK: [[P:%.*]] = lowbit.block_matmul ins(%arg0, [[W]] : tensor<3x20xf32>, tensor<384xi8>) outs([[E]] : tensor<3x1xf32>)
// CHECK-SAME: bits 2 block 16 scales f16 zero_point 2 -> tensor<3x1xf32>
// CHECK: onnx.node "Add"([[P]], [[B]])
// CHECK: [[NAME]]: "0x{{........}}AA55FFAA0000000000000000
// ONE-LABEL: @bytes
// ONE: lowbit.block_matmul {{.*}} scales f16 zero_point 2 floats -> tensor<3x1xf32>
func.func @bytes(%x: tensor<3x20xf32>) -> tensor<3x1xf32> {
  %none = onnx.none
  %b = onnx.constant dense<182> : tensor<1x2x4xui8>
  %s = onnx.constant dense<[[0.25, 0.5]]> : tensor<1x2xf32>
  %bias = onnx.constant dense<1.0> : tensor<1xf32>
  %y = onnx.node "MatMulNBits"(%x, %b, %s, %none, %none, %bias) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 20 : i64, bits = 2 : i64, block_size = 16 : i64, accuracy_level = 4 : i64}} : (tensor<3x20xf32>, tensor<1x2x4xui8>, tensor<1x2xf32>, none, none, tensor<1xf32>) -> tensor<3x1xf32>
  return %y : tensor<3x1xf32>
}

// -----

// Without a permission floats stay floats, but that may come from outside. One whole zero point for all is no part of the weights,
// several are; 0.1 does not fit in float16.
// CHECK-LABEL: @level
// CHECK-COUNT-2: lowbit.block_matmul {{.*}} floats
// FOUR-LABEL: @level
// FOUR: lowbit.block_matmul {{.*}} bits 4 block 16 scales f32 zero_point 7 -> tensor<1x1xf32>
// FOUR: lowbit.block_matmul {{.*}}tensor<896xi8>) {{.*}} bits 4 block 16 scales f32 -> tensor<1x1xf32>
func.func @level(%x: tensor<1x32xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>) {
  %b = onnx.constant dense<182> : tensor<1x2x8xui8>
  %s = onnx.constant dense<0.1> : tensor<1x2xf32>
  %one = onnx.constant dense<[[7.0, 7.0]]> : tensor<1x2xf32>
  %two = onnx.constant dense<0x12> : tensor<1x1xui8>
  %0 = onnx.node "MatMulNBits"(%x, %b, %s, %one) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 32 : i64, bits = 4 : i64, block_size = 16 : i64}} : (tensor<1x32xf32>, tensor<1x2x8xui8>, tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x1xf32>
  %1 = onnx.node "MatMulNBits"(%x, %b, %s, %two) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 32 : i64, bits = 4 : i64, block_size = 16 : i64}} : (tensor<1x32xf32>, tensor<1x2x8xui8>, tensor<1x2xf32>, tensor<1x1xui8>) -> tensor<1x1xf32>
  return %0, %1 : tensor<1x1xf32>, tensor<1x1xf32>
}

// -----

// float16 around it.
// CHECK-LABEL: @half
// CHECK: [[X:%.*]] = onnx.node "Cast"(%arg0) {{.*}} -> tensor<1x16xf32>
// CHECK: [[P:%.*]] = lowbit.block_matmul ins([[X]], {{.*}} scales f16 zero_point 8
// CHECK: onnx.node "Cast"([[P]]) {{.*}} -> tensor<1x1xf16>
func.func @half(%x: tensor<1x16xf16>) -> tensor<1x1xf16> {
  %b = onnx.constant dense<182> : tensor<1x1x8xui8>
  %s = onnx.constant dense<0.1> : tensor<1x1xf16>
  %y = onnx.node "MatMulNBits"(%x, %b, %s) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 16 : i64, block_size = 16 : i64, accuracy_level = 4 : i64}} : (tensor<1x16xf16>, tensor<1x1x8xui8>, tensor<1x1xf16>) -> tensor<1x1xf16>
  return %y : tensor<1x1xf16>
}

// -----

// What stays float says why: zero points of 1.5, blocks of 512, weights that are no constant.
// CHECK-LABEL: @why
// CHECK-COUNT-3: setun.why_float = "int8 is permitted, but needs constant weights in blocks of at most 256, whole zero points of a byte and no g_idx"
func.func @why(%x: tensor<1x16xf32>, %w: tensor<1x1x8xui8>) -> (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %b = onnx.constant dense<182> : tensor<1x1x8xui8>
  %wide = onnx.constant dense<182> : tensor<1x1x256xui8>
  %s = onnx.constant dense<0.1> : tensor<1x1xf32>
  %z = onnx.constant dense<1.5> : tensor<1x1xf32>
  %0 = onnx.node "MatMulNBits"(%x, %b, %s, %z) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 16 : i64, block_size = 16 : i64, accuracy_level = 4 : i64}} : (tensor<1x16xf32>, tensor<1x1x8xui8>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %1 = onnx.node "MatMulNBits"(%x, %wide, %s) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 16 : i64, block_size = 512 : i64, accuracy_level = 4 : i64}} : (tensor<1x16xf32>, tensor<1x1x256xui8>, tensor<1x1xf32>) -> tensor<1x1xf32>
  %2 = onnx.node "MatMulNBits"(%x, %w, %s) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 16 : i64, block_size = 16 : i64, accuracy_level = 4 : i64}} : (tensor<1x16xf32>, tensor<1x1x8xui8>, tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0, %1, %2 : tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}

// -----

// Floats of many rows are left to the lowering of the node.
// CHECK-LABEL: @rows
// CHECK: onnx.node "MatMulNBits"
// FOUR-LABEL: @rows
// FOUR: lowbit.block_matmul
func.func @rows(%x: tensor<5x16xf32>) -> tensor<5x1xf32> {
  %b = onnx.constant dense<182> : tensor<1x1x8xui8>
  %s = onnx.constant dense<0.1> : tensor<1x1xf32>
  %y = onnx.node "MatMulNBits"(%x, %b, %s) {domain = "com.microsoft", attributes = {N = 1 : i64, K = 16 : i64, block_size = 16 : i64}} : (tensor<5x16xf32>, tensor<1x1x8xui8>, tensor<1x1xf32>) -> tensor<5x1xf32>
  return %y : tensor<5x1xf32>
}
