// RUN: setun-opt %s --lowbit-pack-weights | FileCheck %s

// +1 -1 / -1 -1: one bit a weight, a row is a byte.
// CHECK-LABEL: @bipolar
// CHECK-SAME: %[[X:.*]]: tensor<1x2xsi8>
func.func @bipolar(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  // CHECK: %[[W:.*]] = lowbit.constant dense_resource<signs.packed> : tensor<2x2x!lowbit.bipolar, #lowbit.layout<bits>>
  // CHECK-NOT: lowbit.constant
  %w = lowbit.constant dense_resource<signs> : tensor<2x2x!lowbit.bipolar>
  // CHECK: lowbit.matmul %[[X]], %[[W]] kernel <packed>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.bipolar> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// CHECK-LABEL: @ternary
func.func @ternary(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  // CHECK: lowbit.constant dense_resource<ternary.packed> : tensor<2x2x!lowbit.ternary, #lowbit.layout<ternary_pairs>>
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// Kernels know no zero point: it moves to the bias, 10 - 3 * (1 - 1) and 20 - 3 * (1 + 0).
// CHECK-LABEL: @zero_point
func.func @zero_point(%x: tensor<1x2xui8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  // CHECK: lowbit.matmul %{{.*}}, %{{.*}} bias [10, 17] kernel <packed>
  %0 = lowbit.matmul %x zero_point 3, %w bias [10, 20] kernel <packed> : tensor<1x2xui8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// Two products share a constant, a third reads it unpacked.
// CHECK-LABEL: @shared
func.func @shared(%x: tensor<1x2xsi8>) -> (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) {
  // CHECK: %[[PLAIN:.*]] = lowbit.constant dense_resource<integers> : tensor<2x2xsi4>
  // CHECK: %[[PACKED:.*]] = lowbit.constant dense_resource<integers.packed> : tensor<2x2xsi4, #lowbit.layout<bytes>>
  %w = lowbit.constant dense_resource<integers> : tensor<2x2xsi4>
  // CHECK: lowbit.matmul %{{.*}}, %[[PACKED]] kernel <packed>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2xsi4> -> tensor<1x2xi32>
  // CHECK: lowbit.matmul %{{.*}}, %[[PACKED]] kernel <packed>
  %1 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2xsi4> -> tensor<1x2xi32>
  // CHECK: lowbit.matmul %{{.*}}, %[[PLAIN]] kernel <plain>
  %2 = lowbit.matmul %x, %w kernel <plain> : tensor<1x2xsi8>, tensor<2x2xsi4> -> tensor<1x2xi32>
  return %0, %1, %2 : tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>
}

// Products without a kernel or with packed weights stay.
// CHECK-LABEL: @untouched
func.func @untouched(%x: tensor<1x2xsi8>) -> (tensor<1x2xi32>, tensor<1x2xi32>) {
  // CHECK-DAG: lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  // CHECK-DAG: lowbit.constant dense_resource<bits> : tensor<2x2x!lowbit.bipolar, #lowbit.layout<bits>>
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  %p = lowbit.constant dense_resource<bits> : tensor<2x2x!lowbit.bipolar, #lowbit.layout<bits>>
  %0 = lowbit.matmul %x, %w : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  %1 = lowbit.matmul %x, %p kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.bipolar, #lowbit.layout<bits>> -> tensor<1x2xi32>
  return %0, %1 : tensor<1x2xi32>, tensor<1x2xi32>
}

// CHECK: signs.packed: "0x400000000100"
// 32 bytes a row; 01 is +1, 10 is -1; inputs 0 and 1 are bits 0-1 of bytes 0 and 1.
// CHECK: ternary.packed: "0x4000000001020000000000000000000000000000000000000000000000000000000000000100

{-#
  dialect_resources: {
    builtin: {
      signs: "0x4000000001FFFFFF",
      ternary: "0x4000000001FF0100",
      integers: "0x4000000007F80100",
      bits: "0x400000000103"
    }
  }
#-}
