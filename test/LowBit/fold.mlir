// Constants are quantised, transposed and reshaped at compile time; values worked out by hand.
// RUN: setun-opt %s --canonicalize | FileCheck %s

// 2.5 and -2.5 are ties: half to even gives 2 and -2; 9 saturates at 7.
// CHECK-LABEL: func.func @half_even
// CHECK: lowbit.constant dense_resource<[[HALF_EVEN:[a-z_0-9]+]]> : tensor<4xsi4>
func.func @half_even() -> tensor<4xsi4> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %x = onnx.constant dense<[2.5, -2.5, 9.0, 0.4]> : tensor<4xf32>
  %q = lowbit.quantize %x, %s : (tensor<4xf32>, tensor<f32>) -> tensor<4xsi4>
  return %q : tensor<4xsi4>
}

// Ties away from zero: 3 and -3.
// CHECK-LABEL: func.func @half_up
// CHECK: lowbit.constant dense_resource<[[HALF_UP:[a-z_0-9]+]]> : tensor<4xsi4>
func.func @half_up() -> tensor<4xsi4> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %x = onnx.constant dense<[2.5, -2.5, 9.0, 0.4]> : tensor<4xf32>
  %q = lowbit.quantize %x, %s rounding half_up : (tensor<4xf32>, tensor<f32>) -> tensor<4xsi4>
  return %q : tensor<4xsi4>
}

// Zero is +1, and so is -0.0.
// CHECK-LABEL: func.func @bipolar
// CHECK: lowbit.constant dense_resource<[[BIPOLAR:[a-z_0-9]+]]> : tensor<4x!lowbit.bipolar>
func.func @bipolar() -> tensor<4x!lowbit.bipolar> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %x = onnx.constant dense<[0.0, -0.0, -0.5, 3.0]> : tensor<4xf32>
  %q = lowbit.quantize %x, %s : (tensor<4xf32>, tensor<f32>) -> tensor<4x!lowbit.bipolar>
  return %q : tensor<4x!lowbit.bipolar>
}

// One scale and one zero point per column: [[2/2+1, 2/0.5-1], [-4/2+1, 1/0.5-1]] = [[2, 3], [-1, 1]].
// CHECK-LABEL: func.func @per_column
// CHECK: lowbit.constant dense_resource<[[COLUMN:[a-z_0-9]+]]> : tensor<2x2xsi8>
func.func @per_column() -> tensor<2x2xsi8> {
  %s = onnx.constant dense<[2.0, 0.5]> : tensor<2xf32>
  %z = onnx.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %x = onnx.constant dense<[[2.0, 2.0], [-4.0, 1.0]]> : tensor<2x2xf32>
  %q = lowbit.quantize %x, %s zero_point %z : (tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xsi8>
  return %q : tensor<2x2xsi8>
}

// 2.5 + 1: rounded first, 2 + 1 = 3, else rne(3.5) = 4.
// CHECK-LABEL: func.func @zero_point_last
// CHECK: lowbit.constant dense_resource<[[LAST:[a-z_0-9]+]]> : tensor<2xsi8>
func.func @zero_point_last() -> tensor<2xsi8> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %z = onnx.constant dense<1.0> : tensor<f32>
  %x = onnx.constant dense<[2.5, -300.0]> : tensor<2xf32>
  %q = lowbit.quantize %x, %s zero_point %z zero_point_last : (tensor<2xf32>, tensor<f32>, tensor<f32>) -> tensor<2xsi8>
  return %q : tensor<2xsi8>
}

// [[1, 2, 3], [4, 5, 6]] -> [[1, 4], [2, 5], [3, 6]]
// CHECK-LABEL: func.func @transpose
// CHECK: lowbit.constant dense_resource<[[TRANSPOSED:[a-z_0-9]+]]> : tensor<3x2xsi8>
func.func @transpose() -> tensor<3x2xsi8> {
  %c = lowbit.constant dense_resource<m> : tensor<2x3xsi8>
  %t = lowbit.transpose %c [1, 0] : tensor<2x3xsi8> -> tensor<3x2xsi8>
  return %t : tensor<3x2xsi8>
}

// CHECK-LABEL: func.func @identities
// CHECK-NEXT: return %arg0
func.func @identities(%x: tensor<2x3xsi8>) -> tensor<2x3xsi8> {
  %t = lowbit.transpose %x [0, 1] : tensor<2x3xsi8> -> tensor<2x3xsi8>
  %a = lowbit.reshape %t : tensor<2x3xsi8> -> tensor<6xsi8>
  %b = lowbit.reshape %a : tensor<6xsi8> -> tensor<2x3xsi8>
  return %b : tensor<2x3xsi8>
}

// A value that is known only at run time stays.
// CHECK-LABEL: func.func @untouched
// CHECK: lowbit.quantize
func.func @untouched(%x: tensor<4xf32>) -> tensor<4xsi4> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %q = lowbit.quantize %x, %s : (tensor<4xf32>, tensor<f32>) -> tensor<4xsi4>
  return %q : tensor<4xsi4>
}

// 1.5 is 0x3e00 as f16; 0.1 is not a number of f8E5M2: 0.09375 is, 0x2e. What overflows stays.
// CHECK-LABEL: func.func @small_floats
func.func @small_floats() -> (f32, i8, i16) {
  // CHECK-DAG: %[[DECODED:.*]] = arith.constant 1.500000e+00 : f32
  // CHECK-DAG: %[[ENCODED:.*]] = arith.constant 46 : i8
  // CHECK: %[[OVERFLOW:.*]] = lowbit.encode_float
  // CHECK: return %[[DECODED]], %[[ENCODED]], %[[OVERFLOW]]
  %bits = arith.constant 0x3e00 : i16
  %tenth = arith.constant 0.1 : f32
  %large = arith.constant 1.0e5 : f32
  %0 = lowbit.decode_float %bits as f16 : i16 -> f32
  %1 = lowbit.encode_float %tenth as f8E5M2 : f32 -> i8
  %2 = lowbit.encode_float %large as f16 : f32 -> i16
  return %0, %1, %2 : f32, i8, i16
}

{-#
  dialect_resources: {
    builtin: {
      m: "0x01000000010203040506"
    }
  }
#-}

// CHECK: dialect_resources
// CHECK-DAG: [[HALF_EVEN]]: "0x4000000002FE0700"
// CHECK-DAG: [[HALF_UP]]: "0x4000000003FD0700"
// CHECK-DAG: [[BIPOLAR]]: "0x400000000101FF01"
// CHECK-DAG: [[COLUMN]]: "0x400000000203FF01"
// CHECK-DAG: [[LAST]]: "0x400000000380"
// CHECK-DAG: [[TRANSPOSED]]: "0x40000000010402050306"
