// RUN: setun-opt %s --lowbit-quantized-io --split-input-file --verify-diagnostics | FileCheck %s

// Codes in, exact sums out; the scales move to the border.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[X:.*]]: tensor<1x3xsi4> {onnx.name = "x", setun.scale = 5.000000e-01 : f32, setun.zero_point = 0 : i64}
// CHECK-SAME: -> (tensor<1x2xi32> {setun.scale = 2.500000e-01 : f32, setun.zero_point = 0 : i64})
// CHECK: %[[SUM:.*]] = lowbit.matmul %[[X]]
// CHECK-NEXT: return %[[SUM]]
func.func @main(%x: tensor<1x3xf32> {onnx.name = "x"}, %w: tensor<2x3xsi8>) -> tensor<1x2xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %t = onnx.constant dense<0.25> : tensor<f32>
  // expected-remark @+1 {{left to the caller, who hands in codes}}
  %q = lowbit.quantize %x, %s : (tensor<1x3xf32>, tensor<f32>) -> tensor<1x3xsi4>
  %acc = lowbit.matmul %q, %w : tensor<1x3xsi4>, tensor<2x3xsi8> -> tensor<1x2xi32>
  // expected-remark @+1 {{left to the caller, who gets codes}}
  %y = lowbit.dequantize %acc, %t : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// A zero point; a scale that the model multiplies by.
// CHECK-LABEL: func.func @main
// CHECK-SAME: tensor<4xui8> {setun.scale = 2.500000e-01 : f32, setun.zero_point = 128 : i64}
// CHECK-SAME: -> (tensor<4xui8> {setun.scale = 5.000000e-01 : f32, setun.zero_point = 3 : i64})
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<4.0> : tensor<1xf32>
  %z = onnx.constant dense<128.0> : tensor<1xf32>
  %t = onnx.constant dense<0.5> : tensor<f32>
  %v = onnx.constant dense<3.0> : tensor<f32>
  // expected-remark @+1 {{left to the caller}}
  %q = lowbit.quantize %x, %s zero_point %z by_reciprocal : (tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xui8>
  // expected-remark @+1 {{left to the caller}}
  %y = lowbit.dequantize %q, %t zero_point %v : (tensor<4xui8>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// A second use, a scale per channel and a fractional zero point stay.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %{{.*}}: tensor<2xf32>, %{{.*}}: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
// expected-warning @+1 {{they stay as in the model}}
func.func @main(%x: tensor<2xf32>, %p: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %c = onnx.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %z = onnx.constant dense<0.5> : tensor<f32>
  %q = lowbit.quantize %x, %s : (tensor<2xf32>, tensor<f32>) -> tensor<2xsi4>
  %r = lowbit.quantize %p, %c : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xsi4>
  %y = lowbit.dequantize %q, %c : (tensor<2xsi4>, tensor<2xf32>) -> tensor<2xf32>
  %t = lowbit.dequantize %r, %s zero_point %z : (tensor<2xsi4>, tensor<f32>, tensor<f32>) -> tensor<2xf32>
  return %x, %y, %t : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}
