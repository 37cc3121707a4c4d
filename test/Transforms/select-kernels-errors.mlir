// RUN: setun-opt %s --lowbit-select-kernels=kernel=addsub -split-input-file -verify-diagnostics
// RUN: not setun-opt %s --lowbit-select-kernels=kernel=fast 2>&1 | FileCheck %s

// CHECK: error: unknown kernel 'fast'; accepted: auto, addsub, packed, depthwise, plain
func.func @wide_weights(%x: tensor<1x2xsi8>) -> tensor<1x2xi32> {
  %w = lowbit.constant dense_resource<integers> : tensor<2x2xsi9>
  // expected-remark @below {{not kernel 'addsub': the weights are si9, more than 8 bits}}
  // expected-remark @below {{not kernel 'packed': no packed layout holds si9}}
  // expected-remark @below {{not kernel 'depthwise': it is no convolution with one input and one output for each group}}
  %0 = lowbit.matmul %x, %w : tensor<1x2xsi8>, tensor<2x2xsi9> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

{-#
  dialect_resources: {
    builtin: {
      integers: "0x400000000700F8FF01000000"
    }
  }
#-}

// -----

func.func @not_constant(%x: tensor<1x2xsi8>, %y: tensor<2x2x!lowbit.ternary>) -> tensor<1x2xi32> {
  // expected-remark @below {{not kernel 'addsub': the weights are not constant}}
  // expected-remark @below {{not kernel 'packed': the weights are not constant}}
  // expected-remark @below {{not kernel 'depthwise': it is no convolution with one input and one output for each group}}
  %0 = lowbit.matmul %x, %y : tensor<1x2xsi8>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// -----

func.func @zero_points(%x: tensor<1x2xui8>) -> (tensor<1x1xi32>, tensor<1x1xi32>) {
  %w = lowbit.constant dense_resource<ones> : tensor<1x2x!lowbit.bipolar>
  // expected-remark @below {{not kernel 'addsub': the sums without zero point do not fit the accumulator}}
  // expected-remark @below {{not kernel 'packed': the sums without zero point do not fit the accumulator}}
  // expected-remark @below {{not kernel 'depthwise': it is no convolution with one input and one output for each group}}
  %0 = lowbit.matmul %x zero_point 255, %w bias [-2147483137] : tensor<1x2xui8>, tensor<1x2x!lowbit.bipolar> -> tensor<1x1xi32>
  // expected-remark @below {{not kernel 'addsub': the weights have a zero point}}
  // expected-remark @below {{not kernel 'packed': the weights have a zero point}}
  // expected-remark @below {{not kernel 'depthwise': it is no convolution with one input and one output for each group}}
  %1 = lowbit.matmul %x, %w zero_point 1 : tensor<1x2xui8>, tensor<1x2x!lowbit.bipolar> -> tensor<1x1xi32>
  return %0, %1 : tensor<1x1xi32>, tensor<1x1xi32>
}

{-#
  dialect_resources: {
    builtin: {
      ones: "0x400000000101"
    }
  }
#-}
