// RUN: setun-opt %s --lowbit-pack-weights -split-input-file -verify-diagnostics

func.func @not_constant(%x: tensor<1x2xsi8>, %y: tensor<2x2x!lowbit.ternary>) -> tensor<1x2xi32> {
  // expected-remark @below {{weights are not packed: they are not constant}}
  %0 = lowbit.matmul %x, %y kernel <packed> : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// -----

func.func @no_layout(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<bytes> : tensor<2x2xui8>
  // expected-remark @below {{weights are not packed: no layout holds 'ui8'}}
  %0 = lowbit.matmul %x, %w kernel <packed> : tensor<1x2xsi8>, tensor<2x2xui8> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

{-#
  dialect_resources: {
    builtin: {
      bytes: "0x400000000001FF80"
    }
  }
#-}

// -----

// The bias is -2^31 + 511, and 255 * (1 + 1) too near to the end of i32.
func.func @no_room_for_zero_point(%x: tensor<1x2xui8>) -> tensor<1x1xi32> {
  %w = lowbit.constant dense_resource<ones> : tensor<1x2x!lowbit.bipolar>
  // expected-remark @below {{weights are not packed: the zero point does not fit into the bias}}
  %0 = lowbit.matmul %x zero_point 255, %w bias [-2147483137] kernel <packed> : tensor<1x2xui8>, tensor<1x2x!lowbit.bipolar> -> tensor<1x1xi32>
  return %0 : tensor<1x1xi32>
}

{-#
  dialect_resources: {
    builtin: {
      ones: "0x400000000101"
    }
  }
#-}
