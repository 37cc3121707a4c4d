// What has no storage or no kernel.
// RUN: setun-opt %s --lowbit-materialize-storage --split-input-file --verify-diagnostics

func.func @wide_activation(%x: tensor<1x4xsi16>, %w: tensor<2x4x!lowbit.ternary, #lowbit.layout<ternary_pairs>>) -> tensor<1x2xi32> {
  // expected-error @below {{no packed kernel for 'si16' activations and 'i32' sums; accepted: codes of at most 8 bits and i32}}
  // expected-error @below {{failed to legalize operation 'lowbit.matmul'}}
  %0 = lowbit.matmul %x, %w : tensor<1x4xsi16>, tensor<2x4x!lowbit.ternary, #lowbit.layout<ternary_pairs>> -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// -----

func.func @wide_sum(%x: tensor<1x4xsi8>, %w: tensor<2x4x!lowbit.ternary, #lowbit.layout<ternary_pairs>>) -> tensor<1x2xi64> {
  // expected-error @below {{no packed kernel for 'si8' activations and 'i64' sums}}
  // expected-error @below {{failed to legalize operation 'lowbit.matmul'}}
  %0 = lowbit.matmul %x, %w : tensor<1x4xsi8>, tensor<2x4x!lowbit.ternary, #lowbit.layout<ternary_pairs>> -> tensor<1x2xi64>
  return %0 : tensor<1x2xi64>
}

// -----

// Signless integers below 8 bits are nobody's storage.
func.func @left_over(%x: tensor<2xi4>) -> tensor<2xi4> {
  // expected-error @below {{value of type 'tensor<2xi4>' has no storage; expected whole bytes after lowbit-materialize-storage}}
  %0 = arith.addi %x, %x : tensor<2xi4>
  return %0 : tensor<2xi4>
}

// -----

// An operator that nobody lowered still makes codes.
func.func @unlowered(%x: tensor<2xf32>) -> tensor<2xsi8> {
  // expected-error @below {{failed to legalize operation 'onnx.node'}}
  %0 = onnx.node "Cast"(%x) : (tensor<2xf32>) -> tensor<2xsi8>
  return %0 : tensor<2xsi8>
}
