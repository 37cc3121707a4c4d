// What a layer hands on keeps its name down to the buffers: the argument that writes it, the one that reads it, and its
// place in the arena.
// RUN: setun-opt %s --lowbit-outline-layers --lowbit-materialize-storage --lowbit-bufferize --lowbit-plan-memory -mlir-print-debuginfo -mlir-print-local-scope | FileCheck %s

// CHECK: func.func private @Quant_0({{.*}} loc("x"), {{.*}} loc("Quant_0_codes"))
// CHECK: func.func private @MatMul_1({{.*}} loc("Quant_0_codes"), {{.*}} loc("MatMul_1_out"))
// CHECK: func.func @main
// CHECK: memref.view {{.*}} loc("Quant_0_codes")
// CHECK-NOT: setun.name
func.func @main(%x: tensor<1x4xf32> loc("x")) -> tensor<1x4xf32> {
  %s = arith.constant dense<0.5> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<4x4x!lowbit.ternary>
  %q = lowbit.quantize %x, %s : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xsi8> loc("Quant_0"("Quant"))
  %a = lowbit.matmul %q, %w : tensor<1x4xsi8>, tensor<4x4x!lowbit.ternary> -> tensor<1x4xi32> loc("MatMul_1"("MatMul"))
  %r = lowbit.dequantize %a, %s : (tensor<1x4xi32>, tensor<f32>) -> tensor<1x4xf32>
  return %r : tensor<1x4xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x4000000001FF0100010101010000000101FF0101"
    }
  }
#-}
