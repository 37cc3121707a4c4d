// Products of codes in the spelling of operators: exact products with constant weights, then codes of the sums.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// Zero points of weights are subtracted; the weights are ternary then.
// CHECK-LABEL: @matmul_integer
// CHECK: [[W:%.*]] = lowbit.constant {{.*}} : tensor<2x4x!lowbit.ternary>
// CHECK: [[SUM:%.*]] = lowbit.matmul %arg0 zero_point 3, [[W]] : tensor<1x4xui8>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
// CHECK: return [[SUM]]
func.func @matmul_integer(%a: tensor<1x4xui8>) -> tensor<1x2xi32> {
  %w = onnx.constant dense<[[129, 128], [128, 127], [127, 129], [129, 129]]> : tensor<4x2xui8>
  %za = onnx.constant dense<3> : tensor<ui8>
  %zw = onnx.constant dense<128> : tensor<ui8>
  %0 = onnx.node "MatMulInteger"(%a, %w, %za, %zw) {since_version = 10 : i64}
      : (tensor<1x4xui8>, tensor<4x2xui8>, tensor<ui8>, tensor<ui8>) -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// -----

// A zero point of run time, as behind DynamicQuantizeLinear: sum (a - z) * w = sum a * w - z * sum w.
// CHECK-LABEL: @runtime_zero_point
// CHECK-DAG: [[SUMS:%.*]] = onnx.constant dense<[6, 3]> : tensor<2xi32>
// CHECK-DAG: [[P:%.*]] = lowbit.matmul %arg0, {{.*}} -> tensor<1x2xi32>
// CHECK-DAG: [[Z:%.*]] = onnx.node "Cast"(%arg1)
// CHECK: [[S:%.*]] = onnx.node "Mul"([[Z]], [[SUMS]])
// CHECK: onnx.node "Sub"([[P]], [[S]])
func.func @runtime_zero_point(%a: tensor<1x3xui8>, %z: tensor<ui8>) -> tensor<1x2xi32> {
  %w = onnx.constant dense<[[1, 2], [2, 0], [3, 1]]> : tensor<3x2xsi8>
  %0 = onnx.node "MatMulInteger"(%a, %w, %z) {since_version = 10 : i64}
      : (tensor<1x3xui8>, tensor<3x2xsi8>, tensor<ui8>) -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// -----

// The factor of a sum is computed here; the zero point is added before the rounding; Cast saturates.
// CHECK-LABEL: @qlinear_matmul
// CHECK-DAG: [[P:%.*]] = lowbit.matmul %arg0 zero_point -1, {{.*}} : tensor<1x3xsi8>, {{.*}} -> tensor<1x2xi32>
// CHECK-DAG: [[M:%.*]] = onnx.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf64>
// CHECK-DAG: [[Z:%.*]] = onnx.constant dense<-3.000000e+00> : tensor<f64>
// CHECK: [[F:%.*]] = onnx.node "Cast"([[P]]) {{.*}} -> tensor<1x2xf64>
// CHECK: [[S:%.*]] = onnx.node "Mul"([[F]], [[M]])
// CHECK: [[T:%.*]] = onnx.node "Add"([[S]], [[Z]])
// CHECK: [[R:%.*]] = onnx.node "Round"([[T]])
// CHECK: onnx.node "Cast"([[R]]) {{.*}} -> tensor<1x2xsi8>
func.func @qlinear_matmul(%a: tensor<1x3xsi8>) -> tensor<1x2xsi8> {
  %w = onnx.constant dense<[[1, 2], [2, 0], [3, 1]]> : tensor<3x2xsi8>
  %sa = onnx.constant dense<0.25> : tensor<f32>
  %za = onnx.constant dense<-1> : tensor<si8>
  %sw = onnx.constant dense<[1.0, 0.5]> : tensor<2xf32>
  %zw = onnx.constant dense<0> : tensor<2xsi8>
  %sy = onnx.constant dense<0.5> : tensor<f32>
  %zy = onnx.constant dense<-3> : tensor<si8>
  %0 = onnx.node "QLinearMatMul"(%a, %sa, %za, %w, %sw, %zw, %sy, %zy) {since_version = 21 : i64}
      : (tensor<1x3xsi8>, tensor<f32>, tensor<si8>, tensor<3x2xsi8>, tensor<2xf32>, tensor<2xsi8>, tensor<f32>, tensor<si8>)
        -> tensor<1x2xsi8>
  return %0 : tensor<1x2xsi8>
}

// -----

// The bias belongs to the exact sum.
// CHECK-LABEL: @qlinear_conv
// CHECK: lowbit.conv %arg0 zero_point 7, {{.*}} window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> bias [5, -6]
// CHECK-SAME: -> tensor<1x2x4x4xi32>
// CHECK-NOT: "Add"
// CHECK: onnx.node "Round"
func.func @qlinear_conv(%x: tensor<1x1x4x4xui8>) -> tensor<1x2x4x4xui8> {
  %w = onnx.constant dense<3> : tensor<2x1x3x3xsi8>
  %s = onnx.constant dense<0.5> : tensor<f32>
  %zx = onnx.constant dense<7> : tensor<ui8>
  %zw = onnx.constant dense<1> : tensor<si8>
  %zy = onnx.constant dense<0> : tensor<ui8>
  %b = onnx.constant dense<[5, -6]> : tensor<2xi32>
  %0 = onnx.node "QLinearConv"(%x, %s, %zx, %w, %s, %zw, %s, %zy, %b)
      {attributes = {pads = array<i64: 1, 1, 1, 1>}, since_version = 10 : i64}
      : (tensor<1x1x4x4xui8>, tensor<f32>, tensor<ui8>, tensor<2x1x3x3xsi8>, tensor<f32>, tensor<si8>, tensor<f32>,
         tensor<ui8>, tensor<2xi32>) -> tensor<1x2x4x4xui8>
  return %0 : tensor<1x2x4x4xui8>
}

// -----

// CHECK-LABEL: @conv_integer
// CHECK: lowbit.conv %arg0, {{.*}} groups 2 : {{.*}} -> tensor<1x4x3x3xi32>
func.func @conv_integer(%x: tensor<1x2x4x4xui8>) -> tensor<1x4x3x3xi32> {
  %w = onnx.constant dense<3> : tensor<4x1x2x2xui8>
  %0 = onnx.node "ConvInteger"(%x, %w) {attributes = {group = 2 : i64}, since_version = 10 : i64}
      : (tensor<1x2x4x4xui8>, tensor<4x1x2x2xui8>) -> tensor<1x4x3x3xi32>
  return %0 : tensor<1x4x3x3xi32>
}

// -----

// Left alone: weights of run time, weights of nine bits, scales of run time.
// CHECK-LABEL: @near_misses
// CHECK-NOT: lowbit.matmul
func.func @near_misses(%a: tensor<1x3xui8>, %w: tensor<3x2xui8>, %s: tensor<f32>) -> (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xui8>) {
  %z = onnx.constant dense<100> : tensor<ui8>
  %wide = onnx.constant dense<[[255, 0], [1, 2], [3, 4]]> : tensor<3x2xui8>
  %0 = onnx.node "MatMulInteger"(%a, %w, %z) : (tensor<1x3xui8>, tensor<3x2xui8>, tensor<ui8>) -> tensor<1x2xi32>
  %1 = onnx.node "MatMulInteger"(%a, %wide, %z, %z) : (tensor<1x3xui8>, tensor<3x2xui8>, tensor<ui8>, tensor<ui8>) -> tensor<1x2xi32>
  %2 = onnx.node "QLinearMatMul"(%a, %s, %z, %wide, %s, %z, %s, %z)
      : (tensor<1x3xui8>, tensor<f32>, tensor<ui8>, tensor<3x2xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>)
        -> tensor<1x2xui8>
  return %0, %1, %2 : tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xui8>
}
