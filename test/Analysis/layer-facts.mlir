// RUN: setun inspect %s --json --kernel=packed | FileCheck %s
// RUN: setun inspect %s --json --kernel=addsub | FileCheck %s --check-prefix=ADDSUB
// RUN: not setun compile %s --require=lowbit -o %t 2>&1 | FileCheck %s --check-prefix=REQUIRE

// Two rows of 4 activations times ternary weights for 3 outputs, 9 of them not 0; then a float product.

// 24 steps, no multiplication; packed in 3 rows of 32 bytes.
// CHECK:      "op": "quantize",
// CHECK:      "input_bits": 32,
// CHECK-NEXT: "weight_bits": 0,
// CHECK-NEXT: "output_bits": 4,
// CHECK:      "op": "matmul",
// CHECK-NEXT: "kernel": "packed",
// CHECK-NEXT: "domain": "integer",
// CHECK-NEXT: "shape": [
// CHECK-NEXT:   2,
// CHECK-NEXT:   3
// CHECK-NEXT: ],
// CHECK-NEXT: "input_bits": 4,
// CHECK-NEXT: "weight_bits": 2,
// CHECK-NEXT: "output_bits": 32,
// CHECK-NEXT: "macs": 24,
// CHECK-NEXT: "multiplications": 0,
// CHECK-NEXT: "additions": 24,
// CHECK-NEXT: "additions_before_sharing": 24,
// CHECK-NEXT: "weight_bytes": 96,

// One multiplication by the scale for each of the 6 sums, apart from the products.
// CHECK:      "op": "dequantize",
// CHECK:      "macs": 0,
// CHECK-NEXT: "multiplications": 6,

// CHECK:      "op": "Gemm",
// CHECK-NEXT: "kernel": "float",
// CHECK-NEXT: "domain": "float",
// CHECK:      "macs": 12,
// CHECK-NEXT: "multiplications": 12,
// CHECK:      "weight_bytes": 24,

// Without sharing a network has an addition for every weight but 0, in both rows; its weights are code.
// ADDSUB:      "kernel": "addsub",
// ADDSUB:      "weight_bits": 2,
// ADDSUB:      "macs": 24,
// ADDSUB-NEXT: "multiplications": 0,
// ADDSUB-NEXT: "additions": {{[0-9]|1[0-8]}},
// ADDSUB-NEXT: "additions_before_sharing": 18,
// ADDSUB-NEXT: "weight_bytes": 0,

// REQUIRE: node 'dense' (Gemm): error: the product is not low-bit: it is computed in f32
func.func @main(%x: tensor<2x4xf32> {onnx.name = "x"}) -> (tensor<2x2xf32> {onnx.name = "y"}) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %w = lowbit.constant dense_resource<weights> : tensor<3x4x!lowbit.ternary>
  %v = onnx.constant dense<[[1.5, 2.5], [3.5, 4.5], [5.5, 6.5]]> : tensor<3x2xf32>
  %q = lowbit.quantize %x, %s : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xsi4> loc("Quant_0"("Quant"))
  %acc = lowbit.matmul %q, %w : tensor<2x4xsi4>, tensor<3x4x!lowbit.ternary> -> tensor<2x3xi32> loc("MatMul_1"("MatMul"))
  %r = lowbit.dequantize %acc, %s : (tensor<2x3xi32>, tensor<f32>) -> tensor<2x3xf32> loc("MatMul_1"("MatMul"))
  %y = onnx.node "Gemm"(%r, %v) {since_version = 13 : i64} : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32> loc("dense"("Gemm"))
  return %y : tensor<2x2xf32>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x010000000100FF01000101FFFF010001"
    }
  }
#-}
