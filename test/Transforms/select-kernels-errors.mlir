// RUN: setun-opt %s --lowbit-select-kernels=kernel=addsub -split-input-file -verify-diagnostics
// RUN: not setun-opt %s --lowbit-select-kernels=kernel=fast 2>&1 | FileCheck %s

// CHECK: error: unknown kernel 'fast'; accepted: auto, addsub, packed, plain
func.func @integer_weights(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<integers> : tensor<2x2xsi4>
  // expected-remark @below {{not kernel 'addsub': the weights are si4, not ternary or bipolar}}
  %0 = lowbit.matmul %x, %w : tensor<1x2xsi8>, tensor<2x2xsi4> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

{-#
  dialect_resources: {
    builtin: {
      integers: "0x4000000007F80100"
    }
  }
#-}

// -----

func.func @not_constant(%x: tensor<1x2xsi8>, %y: tensor<2x2x!lowbit.ternary>) -> tensor<1x2xi32> {
  // expected-remark @below {{not kernel 'addsub': the weights are not constant}}
  // expected-remark @below {{not kernel 'packed': the weights are not constant}}
  %0 = lowbit.matmul %x, %y : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}
