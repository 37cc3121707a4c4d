// A row's scale becomes the one of the largest row: a = 127 / 4 = 31.75, or (1 / 4) * 127, and 1 / a = 0.031496064 in f32.
// RUN: setun-opt %s --pass-pipeline='builtin.module(lowbit-static-scales{maxima=4,0.5})' --split-input-file --verify-diagnostics | FileCheck %s
// RUN: setun-opt %s --pass-pipeline='builtin.module(lowbit-static-scales)' --split-input-file | FileCheck %s --check-prefix=NUMBERED

// The second is smaller than epsilon, 1: then a = 127.
// CHECK-LABEL: @rows
// CHECK: [[A:%.*]] = onnx.constant dense<3.175000e+01> : tensor<f32>
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, [[A]] by_reciprocal : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xsi8>
// CHECK: [[S:%.*]] = onnx.constant dense<0.0314960629> : tensor<2x1xf32>
// CHECK: [[B:%.*]] = onnx.constant dense<1.270000e+02> : tensor<f32>
// CHECK: [[R:%.*]] = lowbit.quantize %arg0, [[B]] narrow by_reciprocal
// CHECK: return [[Q]], [[S]], [[R]]
// NUMBERED-LABEL: @rows
// NUMBERED: dynamic_quantize {{.*}}setun.static_scale = 0
// NUMBERED: dynamic_quantize {{.*}}setun.static_scale = 1
func.func @rows(%x: tensor<2x8xf32>) -> (tensor<2x8xsi8>, tensor<2x1xf32>, tensor<2x8xsi8>) {
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64, reciprocal} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
  %r, %t = lowbit.dynamic_quantize %x {epsilon = 1.0 : f32, limit = 127 : i64, narrow} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
  return %q, %s, %r : tensor<2x8xsi8>, tensor<2x1xf32>, tensor<2x8xsi8>
}

// -----

// expected-error @below {{has 1 scales that are found at run time, but 2 maxima are given}}
module {
  func.func @count(%x: tensor<2x8xf32>) -> tensor<2x8xsi8> {
    %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
    return %q : tensor<2x8xsi8>
  }
}

// -----

func.func @limit(%x: tensor<2x8xf32>) -> (tensor<2x8xsi8>, tensor<2x8xsi8>) {
  // expected-error @below {{has the limit 100, but static scales accept the largest code, 127}}
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 100 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
  %r, %t = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
  return %q, %r : tensor<2x8xsi8>, tensor<2x8xsi8>
}
