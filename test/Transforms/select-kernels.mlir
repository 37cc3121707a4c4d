// RUN: setun-opt %s --lowbit-select-kernels=kernel=addsub 2>/dev/null | FileCheck %s --check-prefixes=CHECK,ADDSUB
// RUN: setun-opt %s --lowbit-select-kernels=kernel=packed 2>/dev/null | FileCheck %s --check-prefixes=CHECK,PACKED
// RUN: setun-opt %s --lowbit-select-kernels=kernel=plain 2>/dev/null | FileCheck %s --check-prefixes=CHECK,PLAIN

// CHECK-LABEL: @few_weights
func.func @few_weights(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  // ADDSUB: kernel <addsub>
  // PACKED: kernel <packed>
  // PLAIN: kernel <plain>
  %0 = lowbit.matmul %x, %w : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// Small integers have a network where one is asked for.
// CHECK-LABEL: @integer_weights
func.func @integer_weights(%x: tensor<1x2xui8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<integers> : tensor<2x2xsi4>
  // ADDSUB: kernel <addsub>
  // PACKED: kernel <packed>
  // PLAIN: kernel <plain>
  %0 = lowbit.matmul %x, %w : tensor<1x2xui8>, tensor<2x2xsi4> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// No packed layout holds 0..255.
// CHECK-LABEL: @unsigned_bytes
func.func @unsigned_bytes(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<bytes> : tensor<2x2xui8>
  // ADDSUB: kernel <addsub>
  // PACKED: kernel <plain>
  // PLAIN: kernel <plain>
  %0 = lowbit.matmul %x, %w : tensor<1x2xsi8>, tensor<2x2xui8> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// Two activations: nothing can be prepared.
// CHECK-LABEL: @not_constant
func.func @not_constant(%x: tensor<1x2xsi8>, %y: tensor<2x2xsi8>) -> tensor<1x2xi32> {
  // CHECK: kernel <plain>
  %0 = lowbit.matmul %x, %y : tensor<1x2xsi8>, tensor<2x2xsi8> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// CHECK-LABEL: @wide_activations
func.func @wide_activations(%x: tensor<1x2xsi9>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  // CHECK: kernel <plain>
  %0 = lowbit.matmul %x, %w : tensor<1x2xsi9>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// A choice that was made stays.
// CHECK-LABEL: @chosen_before
func.func @chosen_before(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  // CHECK: kernel <packed>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

{-#
  dialect_resources: {
    builtin: {
      ternary: "0x4000000001FF0100",
      integers: "0x4000000007F80100",
      bytes: "0x400000000001FF80"
    }
  }
#-}
