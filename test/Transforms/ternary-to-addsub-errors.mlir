// RUN: setun-opt %s --lowbit-ternary-to-addsub -split-input-file -verify-diagnostics

// The remark counts additions before and after.
func.func @counts(%x: tensor<1x3xsi8>) -> tensor<1x3xi32> {
  %w = lowbit.constant dense_resource<pair> : tensor<3x3x!lowbit.ternary>
  // expected-remark @below {{network of 3 additions and subtractions, 5 without sharing}}
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

func.func @integer_weights(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<integers> : tensor<2x2xsi4>
  // expected-remark @below {{no network: the weights are not constant ternary or bipolar codes}}
  %0 = lowbit.matmul %x, %w kernel <addsub> : tensor<1x2xsi8>, tensor<2x2xsi4> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

{-#
  dialect_resources: {
    builtin: {
      integers: "0x4000000007F80100"
    }
  }
#-}
