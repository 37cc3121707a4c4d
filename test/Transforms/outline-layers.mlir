// RUN: setun-opt %s --lowbit-outline-layers -split-input-file -mlir-print-debuginfo -mlir-print-local-scope | FileCheck %s
// RUN: setun-opt %s --lowbit-outline-layers -split-input-file -mlir-print-debuginfo -mlir-print-local-scope | FileCheck %s --check-prefix=KNOWN --implicit-check-not='loc(unknown)'

// Input quantiser, two layers; a layer ends with the quantiser behind its product, where 4 bytes cross instead of 16.

// CHECK: func.func private @Quant_0(%[[X:.*]]: tensor<1x4xf32> loc("pixels")) -> (tensor<1x4xsi8> {setun.name = "Quant_0_codes"})
// The scale is copied to its users, never passed.
// CHECK-NEXT: %[[S:.*]] = arith.constant
// CHECK-NEXT: %[[Q:.*]] = lowbit.quantize %[[X]], %[[S]]
// CHECK-NEXT: return %[[Q]]

// CHECK: func.func private @MatMul_1(%[[X:.*]]: tensor<1x4xsi8> loc("Quant_0_codes")) -> (tensor<1x4xsi8> {setun.name = "MatMul_1_codes"})
// CHECK-DAG: %[[S:.*]] = arith.constant
// CHECK-DAG: %[[W:.*]] = lowbit.constant
// CHECK: %[[ACC:.*]] = lowbit.matmul %[[X]], %[[W]]
// CHECK-NEXT: %[[R:.*]] = lowbit.dequantize %[[ACC]], %[[S]]
// CHECK-NEXT: %[[Q:.*]] = lowbit.quantize %[[R]], %[[S]]
// CHECK-NEXT: return %[[Q]]
// CHECK: loc(fused["MatMul_1"("MatMul"), "Quant_2"("Quant")])

// CHECK: func.func private @MatMul_3(%[[X:.*]]: tensor<1x4xsi8> loc("MatMul_1_codes")) -> (tensor<1x4xf32> {setun.name = "MatMul_3_out"})
// CHECK: lowbit.matmul
// CHECK: %[[R:.*]] = lowbit.dequantize
// CHECK-NEXT: return %[[R]]

// CHECK: func.func @main(%[[X:.*]]: tensor<1x4xf32> {onnx.name = "pixels"}
// CHECK-NEXT: %[[A:.*]] = call @Quant_0(%[[X]])
// CHECK-NEXT: %[[B:.*]] = call @MatMul_1(%[[A]])
// CHECK-NEXT: %[[C:.*]] = call @MatMul_3(%[[B]])
// CHECK-NEXT: return %[[C]]
// Every op has a location now.
// KNOWN: func.func @main
func.func @main(%x: tensor<1x4xf32> {onnx.name = "pixels"} loc(unknown)) -> tensor<1x4xf32> {
  %s = arith.constant dense<0.5> : tensor<f32> loc(unknown)
  %w = lowbit.constant dense_resource<w> : tensor<4x4x!lowbit.ternary> loc(unknown)
  %q0 = lowbit.quantize %x, %s : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xsi8> loc("Quant_0"("Quant"))
  %a1 = lowbit.matmul %q0, %w : tensor<1x4xsi8>, tensor<4x4x!lowbit.ternary> -> tensor<1x4xi32> loc("MatMul_1"("MatMul"))
  %r1 = lowbit.dequantize %a1, %s : (tensor<1x4xi32>, tensor<f32>) -> tensor<1x4xf32> loc(unknown)
  %q2 = lowbit.quantize %r1, %s : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xsi8> loc("Quant_2"("Quant"))
  %a3 = lowbit.matmul %q2, %w : tensor<1x4xsi8>, tensor<4x4x!lowbit.ternary> -> tensor<1x4xi32> loc("MatMul_3"("MatMul"))
  %r3 = lowbit.dequantize %a3, %s : (tensor<1x4xi32>, tensor<f32>) -> tensor<1x4xf32> loc(unknown)
  return %r3 : tensor<1x4xf32> loc(unknown)
} loc(unknown)

{-#
  dialect_resources: {
    builtin: {
      w: "0x4000000001FF0100010101010000000101FF0101"
    }
  }
#-}

// -----

// Reshapes alone are no layer; equal bytes are cut at the latest place. The scales of a dynamic quantiser cross as a
// second argument, called after what they are. A destination is made where it is written.

// CHECK: func.func private @Gemm(
// CHECK-SAME: tensor<2x2xf32>
// CHECK-SAME: -> (tensor<1x4xsi8> {setun.name = "Gemm_codes"}, tensor<1x1xf32> {setun.name = "Gemm_scale"})
// CHECK: tensor.empty
// CHECK: tensor.collapse_shape
// CHECK: tensor.expand_shape
// CHECK: lowbit.float_matmul
// CHECK: lowbit.dynamic_quantize
// CHECK: func.func private @Gemm_2(%{{.*}}: tensor<1x4xsi8> loc("Gemm_codes"), %{{.*}}: tensor<1x1xf32> loc("Gemm_scale"))
// CHECK: tensor.empty
// CHECK: lowbit.dequantize
// CHECK: lowbit.float_matmul
// CHECK: func.func @main
// CHECK-NEXT: %[[Q:.*]]:2 = call @Gemm(
// CHECK-NEXT: call @Gemm_2(%[[Q]]#0, %[[Q]]#1)
func.func @main(%x: tensor<2x2xf32>) -> tensor<1x4xf32> {
  %w = arith.constant dense<0.5> : tensor<4x4xf32>
  %e = tensor.empty() : tensor<1x4xf32>
  %flat = tensor.collapse_shape %x [[0, 1]] : tensor<2x2xf32> into tensor<4xf32>
  %row = tensor.expand_shape %flat [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
  %a = lowbit.float_matmul ins(%row, %w : tensor<1x4xf32>, tensor<4x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32> loc("Gemm"("Gemm"))
  %q, %s = lowbit.dynamic_quantize %a {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<1x4xf32> -> tensor<1x4xsi8>, tensor<1x1xf32>
  %r = lowbit.dequantize %q, %s : (tensor<1x4xsi8>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %b = lowbit.float_matmul ins(%r, %w : tensor<1x4xf32>, tensor<4x4xf32>) outs(%e : tensor<1x4xf32>) -> tensor<1x4xf32> loc("Gemm"("Gemm"))
  return %b : tensor<1x4xf32>
}

// -----

// Without a product the whole model is one layer; a hostile name becomes an identifier that nothing else has; a value
// that no layer computes is returned by @main itself.

// CHECK: func.func private @taken(
// CHECK: func.func private @taken_2(
// CHECK-NEXT: arith.constant
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK: func.func @main(%[[X:.*]]: tensor<4xf32>
// CHECK-NEXT: %[[C:.*]] = arith.constant
// CHECK-NEXT: %[[Y:.*]] = call @taken_2(%[[X]])
// CHECK-NEXT: return %[[Y]], %[[X]], %[[C]]
func.func private @taken(tensor<4xf32>)
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %c = arith.constant dense<2.0> : tensor<4xf32>
  %0 = arith.mulf %x, %c : tensor<4xf32> loc("*/taken"("Mul"))
  %1 = arith.addf %0, %c : tensor<4xf32>
  return %1, %x, %c : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// Nothing to outline, and other functions.

// CHECK: func.func @other
// CHECK-NEXT: arith.mulf
// CHECK: func.func @main
// CHECK-NEXT: return
func.func @other(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.mulf %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// Rows that a product reads are made in its layer, though as many bytes cross behind them; a depthwise convolution is a product.
// CHECK: func.func private @Conv_0(
// CHECK: lowbit.depthwise
// CHECK: lowbit.threshold
// CHECK-NEXT: return
// CHECK: func.func private @Conv_1(
// CHECK: lowbit.patches
// CHECK: lowbit.matmul
func.func @main(%x: tensor<1x5x4xui8> {onnx.name = "x"} loc("x"), %t: tensor<1x255xi32> loc("t")) -> tensor<1x5x2xi32> {
  %o = tensor.empty() : tensor<1x5x4xi32> loc("Conv_0"("Conv"))
  %w = lowbit.constant dense_resource<w> : tensor<1x4x!lowbit.ternary> loc("Conv_0"("Conv"))
  %v = lowbit.constant dense_resource<v> : tensor<2x4x!lowbit.ternary> loc("Conv_1"("Conv"))
  %0 = lowbit.depthwise ins(%x, %w : tensor<1x5x4xui8>, tensor<1x4x!lowbit.ternary>) outs(%o : tensor<1x5x4xi32>) window <size[1] strides[1] dilations[1] pads[0, 0]> padding 0 -> tensor<1x5x4xi32> loc("Conv_0"("Conv"))
  %1 = lowbit.threshold %0, %t {axis = 2 : i64} : (tensor<1x5x4xi32>, tensor<1x255xi32>) -> tensor<1x5x4xui8> loc("Conv_0"("Conv"))
  %2 = lowbit.patches %1 padding 0 window <size[1] strides[1] dilations[1] pads[0, 0]> channels_last : tensor<1x5x4xui8> -> tensor<1x5x4xui8> loc("Conv_1"("Conv"))
  %3 = lowbit.matmul %2, %v : tensor<1x5x4xui8>, tensor<2x4x!lowbit.ternary> -> tensor<1x5x2xi32> loc("Conv_1"("Conv"))
  return %3 : tensor<1x5x2xi32> loc("Conv_1"("Conv"))
}

{-# dialect_resources: { builtin: { w: "0x400000000100FF01", v: "0x400000000100FF010100FF01" } } #-}
