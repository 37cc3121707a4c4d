// RUN: setun inspect %s --json --kernel=plain | FileCheck %s
// RUN: setun inspect %s --kernel=plain | FileCheck %s --check-prefix=TABLE

// Steps, buffers and energy of a model, counted by hand. Everything fits into 8 KB: 1.25 pJ a byte.

// 8 floats in (32 bytes) and 8 codes out (8 bytes): 8 * (3.7 + 0.9) + 40 * 1.25.
// CHECK:      "name": "quantize"
// CHECK:      "other_operations": 16,
// CHECK:      "energy_pj": 86.8,
// CHECK-NEXT: "step": 0,

// 24 steps of 4 by 2 bits with sums of 32 bits: 24 * (0.2 * 8 / 64 + 0.1) = 3 pJ. The step moves 8 bytes of codes in and 6 floats
// out and reads 12 weights; the one scale is a number in the code: 44 * 1.25 = 55 pJ.
// CHECK:      "name": "product"
// CHECK:      "macs": 24,
// CHECK:      "energy_pj": 58,
// CHECK-NEXT: "step": 1,

// 6 scales and 6 functions: 6 * (3.7 + 0.9), and 8 times as much.
// CHECK:      "op": "dequantize"
// CHECK:      "energy_pj": 27.6,
// CHECK:      "op": "Exp"
// CHECK:      "other_operations": 96,
// CHECK:      "energy_pj": 220.8,

// CHECK:      "steps": [
// CHECK:      "name": "quantize",
// CHECK-NEXT: "read_bytes": 32,
// CHECK-NEXT: "written_bytes": 8,
// CHECK-NEXT: "scratch_bytes": 0,
// CHECK:      "name": "product",
// CHECK-NEXT: "read_bytes": 8,
// CHECK-NEXT: "written_bytes": 24,
// CHECK-NEXT: "scratch_bytes": 0,
// CHECK-NEXT: "constant_bytes": 12,
// CHECK-NEXT: "energy_pj": {
// CHECK-NEXT:  "compute": 251.4,
// CHECK-NEXT:  "weights": 15,
// CHECK-NEXT:  "activations": 40

// CHECK:      "buffers": [
// CHECK:      "offset": 0,
// CHECK-NEXT: "bytes": 8,
// CHECK-NEXT: "first_step": 0,
// CHECK-NEXT: "last_step": 1

// TABLE: energy:    393 pJ modelled; {{.*}} pJ in int8, {{.*}} pJ in float32
func.func @main(%x: tensor<2x4xf32> {onnx.name = "x"}) -> (tensor<2x3xf32> {onnx.name = "y"}) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %w = lowbit.constant dense_resource<weights> : tensor<3x4x!lowbit.ternary>
  %q = lowbit.quantize %x, %s : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xsi4> loc("quantize"("Quant"))
  %acc = lowbit.matmul %q, %w : tensor<2x4xsi4>, tensor<3x4x!lowbit.ternary> -> tensor<2x3xi32> loc("product"("MatMul"))
  %r = lowbit.dequantize %acc, %s : (tensor<2x3xi32>, tensor<f32>) -> tensor<2x3xf32> loc("product"("MatMul"))
  %y = onnx.node "Exp"(%r) {since_version = 13 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32> loc("exp"("Exp"))
  return %y : tensor<2x3xf32>
}
{-#
  dialect_resources: {
    builtin: {
      weights: "0x010000000100FF01000101FFFF010001"
    }
  }
#-}
