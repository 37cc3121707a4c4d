// Without an option the cheapest kernel is taken, as the target of the module has it; KernelChoiceTest.cpp looks at the
// estimates themselves.
// RUN: setun-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(lowbit-select-kernels))' | FileCheck %s

// Two additions and two loads are less than any loop, and small code has no price on x86.
// CHECK-LABEL: @few_weights
module attributes {setun.target = "x86-64-v3"} {
  func.func @few_weights(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
    %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
    // CHECK: kernel <addsub>
    %0 = lowbit.matmul %x, %w : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
    return %0 : tensor<1x2xi32>
  }
}
{-# dialect_resources: { builtin: { ternary: "0x4000000001FF0100" } } #-}

// -----

// Two activations: nothing can be prepared.
// CHECK-LABEL: @not_constant
func.func @not_constant(%x: tensor<1x2xsi8>, %y: tensor<2x2xsi8>) -> tensor<1x2xi32> {
  // CHECK: kernel <plain>
  %0 = lowbit.matmul %x, %y : tensor<1x2xsi8>, tensor<2x2xsi8> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// -----

// A choice that was made stays.
// CHECK-LABEL: @chosen_before
func.func @chosen_before(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<ternary> : tensor<2x2x!lowbit.ternary>
  // CHECK: kernel <packed>
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}
{-# dialect_resources: { builtin: { ternary: "0x4000000001FF0100" } } #-}
