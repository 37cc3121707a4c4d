// Average pools of codes are exact sums; pools and additions of operators on bytes; branches of whole numbers that meet.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// The mean of 4: the sum of codes less their zero point, times the scale, by 4.
// CHECK-LABEL: @average_pool
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<5.000000e-01> : tensor<f32>
// CHECK-DAG: [[FOUR:%.*]] = onnx.constant dense<4.000000e+00> : tensor<f32>
// CHECK: [[SUM:%.*]] = lowbit.sum_pool %arg0 zero_point 128 window <size[2, 2] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x2x4x4xui8> -> tensor<1x2x2x2xi32>
// CHECK: [[REAL:%.*]] = lowbit.dequantize [[SUM]], [[SCALE]] : (tensor<1x2x2x2xi32>, tensor<f32>)
// CHECK: onnx.node "Div"([[REAL]], [[FOUR]])
func.func @average_pool(%x: tensor<1x2x4x4xui8>) -> tensor<1x2x2x2xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<128.0> : tensor<f32>
  %0 = lowbit.dequantize %x, %s zero_point %z : (tensor<1x2x4x4xui8>, tensor<f32>, tensor<f32>) -> tensor<1x2x4x4xf32>
  %1 = onnx.node "AveragePool"(%0) {attributes = {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}, since_version = 11 : i64} : (tensor<1x2x4x4xf32>) -> tensor<1x2x2x2xf32>
  return %1 : tensor<1x2x2x2xf32>
}

// -----

// CHECK-LABEL: @global_average_pool
// CHECK: onnx.constant dense<1.200000e+01> : tensor<f32>
// CHECK: lowbit.sum_pool %arg0 window <size[3, 4] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x2x3x4xsi4> -> tensor<1x2x1x1xi32>
// CHECK: onnx.node "Div"
func.func @global_average_pool(%x: tensor<1x2x3x4xsi4>) -> tensor<1x2x1x1xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %0 = lowbit.dequantize %x, %s : (tensor<1x2x3x4xsi4>, tensor<f32>) -> tensor<1x2x3x4xf32>
  %1 = onnx.node "GlobalAveragePool"(%0) : (tensor<1x2x3x4xf32>) -> tensor<1x2x1x1xf32>
  return %1 : tensor<1x2x1x1xf32>
}

// -----

// A mean over all axes of an image is a global pool; one over others is not.
// CHECK-LABEL: @reduce_mean
// CHECK: [[SUM:%.*]] = lowbit.sum_pool %arg0 window <size[3, 4] {{.*}} : tensor<1x2x3x4xsi4> -> tensor<1x2x1x1xi32>
// CHECK: [[REAL:%.*]] = lowbit.dequantize [[SUM]]
// CHECK: [[MEAN:%.*]] = onnx.node "Div"([[REAL]], {{.*}}) {{.*}} -> tensor<1x2x1x1xf32>
// CHECK: onnx.node "Reshape"([[MEAN]], {{.*}}) {{.*}} -> tensor<1x2xf32>
// CHECK: onnx.node "ReduceMean"
func.func @reduce_mean(%x: tensor<1x2x3x4xsi4>) -> (tensor<1x2xf32>, tensor<1x4xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %axes = onnx.constant dense<[-1, 2]> : tensor<2xi64>
  %0 = lowbit.dequantize %x, %s : (tensor<1x2x3x4xsi4>, tensor<f32>) -> tensor<1x2x3x4xf32>
  %1 = onnx.node "ReduceMean"(%0, %axes) {attributes = {keepdims = 0 : i64}, since_version = 18 : i64} : (tensor<1x2x3x4xf32>, tensor<2xi64>) -> tensor<1x2xf32>
  %2 = onnx.node "ReduceMean"(%0) {attributes = {axes = array<i64: 1, 2>, keepdims = 0 : i64}, since_version = 13 : i64} : (tensor<1x2x3x4xf32>) -> tensor<1x4xf32>
  return %1, %2 : tensor<1x2xf32>, tensor<1x4xf32>
}

// -----

// Pads divide by different numbers; a scale for each channel.
// CHECK-LABEL: @average_pool_stays
// CHECK-NOT: lowbit.sum_pool
// CHECK: onnx.node "AveragePool"
// CHECK: onnx.node "GlobalAveragePool"
func.func @average_pool_stays(%x: tensor<1x2x4xui8>) -> (tensor<1x2x5xf32>, tensor<1x2x1xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %c = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %0 = lowbit.dequantize %x, %s : (tensor<1x2x4xui8>, tensor<f32>) -> tensor<1x2x4xf32>
  %1 = onnx.node "AveragePool"(%0) {attributes = {kernel_shape = array<i64: 2>, pads = array<i64: 1, 1>}, since_version = 11 : i64} : (tensor<1x2x4xf32>) -> tensor<1x2x5xf32>
  %2 = lowbit.dequantize %x, %c : (tensor<1x2x4xui8>, tensor<2x1xf32>) -> tensor<1x2x4xf32>
  %3 = onnx.node "GlobalAveragePool"(%2) : (tensor<1x2x4xf32>) -> tensor<1x2x1xf32>
  return %1, %3 : tensor<1x2x5xf32>, tensor<1x2x1xf32>
}

// -----

// saturate(rne(sum * 0.5 / 4 / 0.25 + 3)).
// CHECK-LABEL: @qlinear_average_pool
// CHECK-DAG: [[FOUR:%.*]] = onnx.constant dense<4.000000e+00> : tensor<f32>
// CHECK-DAG: [[Y:%.*]] = onnx.constant dense<2.500000e-01> : tensor<f32>
// CHECK-DAG: [[Z:%.*]] = onnx.constant dense<3.000000e+00> : tensor<f32>
// CHECK: lowbit.sum_pool %arg0 zero_point 7
// CHECK: [[MEAN:%.*]] = onnx.node "Div"({{.*}}, [[FOUR]])
// CHECK: lowbit.quantize [[MEAN]], [[Y]] zero_point [[Z]] : {{.*}} -> tensor<1x2x2x2xui8>
func.func @qlinear_average_pool(%x: tensor<1x2x4x4xui8>) -> tensor<1x2x2x2xui8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<7> : tensor<ui8>
  %t = onnx.constant dense<0.25> : tensor<f32>
  %y = onnx.constant dense<3> : tensor<ui8>
  %0 = onnx.node "QLinearAveragePool"(%x, %s, %z, %t, %y) {attributes = {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}, domain = "com.microsoft"}
      : (tensor<1x2x4x4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2x2x2xui8>
  return %0 : tensor<1x2x2x2xui8>
}

// -----

// One factor, 0.5 / (0.25 * 8) = 0.25, and the zero point behind the rounding.
// CHECK-LABEL: @qlinear_global_average_pool
// CHECK-DAG: [[F:%.*]] = onnx.constant dense<2.500000e-01> : tensor<f32>
// CHECK: [[SUM:%.*]] = lowbit.sum_pool %arg0 zero_point 7 window <size[2, 4]
// CHECK: [[REAL:%.*]] = lowbit.dequantize [[SUM]], [[F]]
// CHECK: lowbit.quantize [[REAL]], {{.*}} zero_point_last
func.func @qlinear_global_average_pool(%x: tensor<1x2x2x4xui8>) -> tensor<1x2x1x1xui8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<7> : tensor<ui8>
  %t = onnx.constant dense<0.25> : tensor<f32>
  %y = onnx.constant dense<3> : tensor<ui8>
  %0 = onnx.node "QLinearGlobalAveragePool"(%x, %s, %z, %t, %y) {domain = "com.microsoft"}
      : (tensor<1x2x2x4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<1x2x1x1xui8>
  return %0 : tensor<1x2x1x1xui8>
}

// -----

// CHECK-LABEL: @max_pool
// CHECK: [[P:%.*]] = lowbit.pool %arg0 window <size[2] strides[2] dilations[1] pads[0, 0]> : tensor<1x2x4xui8> -> tensor<1x2x2xui8>
// CHECK: return [[P]]
func.func @max_pool(%x: tensor<1x2x4xui8>) -> tensor<1x2x2xui8> {
  %0 = onnx.node "MaxPool"(%x) {attributes = {kernel_shape = array<i64: 2>, strides = array<i64: 2>}, since_version = 12 : i64} : (tensor<1x2x4xui8>) -> tensor<1x2x2xui8>
  return %0 : tensor<1x2x2xui8>
}

// -----

// a * 0.5 + (b * 2 + (3 - (1 * 0.5 + 2 * 2))): the last bracket is -1.5.
// CHECK-LABEL: @qlinear_add
// CHECK-DAG: [[HALF:%.*]] = onnx.constant dense<5.000000e-01> : tensor<f64>
// CHECK-DAG: [[TWO:%.*]] = onnx.constant dense<2.000000e+00> : tensor<f64>
// CHECK-DAG: [[B:%.*]] = onnx.node "Cast"(%arg1) {{.*}} -> tensor<4xf64>
// CHECK-DAG: [[P:%.*]] = onnx.node "Mul"([[B]], [[TWO]])
// CHECK-DAG: onnx.constant dense<-1.500000e+00>
// CHECK: [[INNER:%.*]] = onnx.node "Add"([[P]],
// CHECK: onnx.node "Cast"([[INNER]]) {{.*}} -> tensor<4xf32>
// CHECK: onnx.node "Mul"({{.*}}, [[HALF]])
// CHECK: onnx.node "Cast"({{.*}}) {{.*}} -> tensor<4xf32>
// CHECK: lowbit.quantize {{.*}} -> tensor<4xui8>
func.func @qlinear_add(%a: tensor<4xui8>, %b: tensor<4xui8>) -> tensor<4xui8> {
  %sa = onnx.constant dense<1.0> : tensor<f32>
  %za = onnx.constant dense<1> : tensor<ui8>
  %sb = onnx.constant dense<4.0> : tensor<f32>
  %zb = onnx.constant dense<2> : tensor<ui8>
  %sy = onnx.constant dense<2.0> : tensor<f32>
  %zy = onnx.constant dense<3> : tensor<ui8>
  %0 = onnx.node "QLinearAdd"(%a, %sa, %za, %b, %sb, %zb, %sy, %zy) {domain = "com.microsoft"}
      : (tensor<4xui8>, tensor<f32>, tensor<ui8>, tensor<4xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// -----

// Two branches of whole numbers meet: each becomes codes, and so does half of their sum, 0 .. 15, and what its Clip gives to the product.
// CHECK-LABEL: @residual
// CHECK: lowbit.quantize %{{.*}} -> tensor<1x4xui4>
// CHECK: lowbit.quantize %{{.*}} -> tensor<1x4xui4>
// CHECK: onnx.node "Add"
// CHECK: onnx.node "Floor"
// CHECK: lowbit.quantize %{{.*}} -> tensor<1x4xui4>
// CHECK: [[SUM:%.*]] = lowbit.quantize %{{.*}} -> tensor<1x4xui4>
// CHECK: lowbit.matmul [[SUM]],
func.func @residual(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %lo = onnx.constant dense<0.0> : tensor<f32>
  %hi = onnx.constant dense<15.0> : tensor<f32>
  %top = onnx.constant dense<255.0> : tensor<f32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %w = onnx.constant dense<[[3.0], [-100.0], [0.0], [1.0]]> : tensor<4x1xf32>
  %0 = onnx.node "Floor"(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = onnx.node "Clip"(%0, %lo, %hi) {since_version = 13 : i64} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  %2 = onnx.node "Floor"(%y) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %3 = onnx.node "Clip"(%2, %lo, %hi) {since_version = 13 : i64} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  %4 = onnx.node "Add"(%1, %3) {since_version = 14 : i64} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %5 = onnx.node "Mul"(%4, %half) {since_version = 14 : i64} : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %6 = onnx.node "Floor"(%5) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %7 = onnx.node "Clip"(%6, %lo, %top) {since_version = 13 : i64} : (tensor<1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  %8 = onnx.node "MatMul"(%7, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %8 : tensor<1x1xf32>
}

// -----

// Whole numbers of 0 .. 15 are averaged, scaled and made whole again for a product: codes before the mean, and 0 .. 30 behind it.
// CHECK-LABEL: @mean_of_whole_numbers
// CHECK: [[CODES:%.*]] = lowbit.quantize %{{.*}} -> tensor<1x4x2x2xui4>
// CHECK: [[SUM:%.*]] = lowbit.sum_pool [[CODES]] window <size[2, 2]
// CHECK: lowbit.dequantize [[SUM]]
// CHECK: onnx.node "Floor"
// CHECK: lowbit.quantize %{{.*}} -> tensor<1x4x1x1xui5>
// CHECK: lowbit.matmul
func.func @mean_of_whole_numbers(%x: tensor<1x4x2x2xf32>) -> tensor<1x1xf32> {
  %lo = onnx.constant dense<0.0> : tensor<f32>
  %hi = onnx.constant dense<15.0> : tensor<f32>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %w = onnx.constant dense<[[3.0], [-100.0], [0.0], [1.0]]> : tensor<4x1xf32>
  %0 = onnx.node "Floor"(%x) : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  %1 = onnx.node "Clip"(%0, %lo, %hi) {since_version = 13 : i64} : (tensor<1x4x2x2xf32>, tensor<f32>, tensor<f32>) -> tensor<1x4x2x2xf32>
  %2 = onnx.node "AveragePool"(%1) {attributes = {kernel_shape = array<i64: 2, 2>}, since_version = 11 : i64} : (tensor<1x4x2x2xf32>) -> tensor<1x4x1x1xf32>
  %3 = onnx.node "Mul"(%2, %two) {since_version = 14 : i64} : (tensor<1x4x1x1xf32>, tensor<f32>) -> tensor<1x4x1x1xf32>
  %4 = onnx.node "Floor"(%3) : (tensor<1x4x1x1xf32>) -> tensor<1x4x1x1xf32>
  %5 = onnx.node "Flatten"(%4) {attributes = {axis = 1 : i64}, since_version = 13 : i64} : (tensor<1x4x1x1xf32>) -> tensor<1x4xf32>
  %6 = onnx.node "MatMul"(%5, %w) : (tensor<1x4xf32>, tensor<4x1xf32>) -> tensor<1x1xf32>
  return %6 : tensor<1x1xf32>
}
