// RUN: setun-opt %s --lowbit-ternary-to-addsub -split-input-file -verify-diagnostics

// The remark counts additions before and after.
func.func @counts(%x: tensor<1x3xsi8>) -> tensor<1x3xi32> {
  %w = lowbit.constant dense_resource<pair> : tensor<3x3x!lowbit.ternary>
  // expected-remark @below {{network of 3 additions and subtractions, 5 without sharing; depth 2}}
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<1x3xsi8>, tensor<3x3x!lowbit.ternary> -> tensor<1x3xi32>
  return %0 : tensor<1x3xi32>
}

{-#
  dialect_resources: {
    builtin: {
      pair: "0x400000000101000101FFFFFF01"
    }
  }
#-}

// -----

func.func @wide_weights(%x: tensor<1x1xsi8>) -> tensor<1x1xi32> {
  %w = lowbit.constant dense_resource<wide> : tensor<1x1xsi9>
  // expected-remark @below {{no network: the weights are not constant codes of at most 8 bits}}
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<1x1xsi8>, tensor<1x1xsi9> -> tensor<1x1xi32>
  return %0 : tensor<1x1xi32>
}

{-#
  dialect_resources: {
    builtin: {
      wide: "0x400000000700"
    }
  }
#-}

// -----

// x0 + x1, that + x2, and that + x3.
func.func @depth(%x: tensor<1x4xsi8>) -> tensor<1x3xi32> {
  %w = lowbit.constant dense_resource<prefixes> : tensor<3x4x!lowbit.ternary>
  // expected-remark @below {{network of 3 additions and subtractions, 6 without sharing; depth 3}}
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<1x4xsi8>, tensor<3x4x!lowbit.ternary> -> tensor<1x3xi32>
  return %0 : tensor<1x3xi32>
}

{-#
  dialect_resources: {
    builtin: {
      prefixes: "0x40000000010100000101010001010101"
    }
  }
#-}
