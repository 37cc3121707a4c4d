// RUN: setun-opt %s --lowbit-pack-weights | FileCheck %s

module attributes {setun.dense_ternary} {
// CHECK-LABEL: @bytes
func.func @bytes(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  // CHECK: lowbit.constant dense_resource<ternary.packed> : tensor<2x2x!lowbit.ternary, #lowbit.layout<trits>>
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// Kernels that count bits are there for pairs of bits only.
// CHECK-LABEL: @counted
func.func @counted(%x: tensor<1x2xui2>) -> tensor<1x2xi32> {
  // CHECK: lowbit.constant {{.*}} : tensor<2x2x!lowbit.ternary, #lowbit.layout<ternary_pairs>>
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xui2>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// CHECK-LABEL: @bipolar
func.func @bipolar(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  // CHECK: lowbit.constant {{.*}} : tensor<2x2x!lowbit.bipolar, #lowbit.layout<bits>>
  %w = lowbit.constant dense_resource<signs> : tensor<2x2x!lowbit.bipolar>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.bipolar> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}
}
// Rows (1 -1) and (1 0) are 2 + 0 + 9 + 27 + 81 and 2 + 3 + 9 + 27 + 81.
// CHECK: ternary.packed: "0x40000000777A"

{-#
  dialect_resources: {
    builtin: {
      signs: "0x4000000001FFFFFF",
      ternary: "0x4000000001FF0100"
    }
  }
#-}
