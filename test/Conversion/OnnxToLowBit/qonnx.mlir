// The quantisers of QONNX and FINN: which code, which scale, which rounding.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// Signed with 1 bit is {-1, +1}, whatever `narrow` says.
// CHECK-LABEL: @bipolar
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<5.000000e-01> : tensor<f32>
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, [[SCALE]] : {{.*}} -> tensor<1x4x!lowbit.bipolar>
// CHECK: lowbit.dequantize [[Q]], [[SCALE]] : {{.*}} -> tensor<1x4xf32>
func.func @bipolar(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<1.0> : tensor<f32>
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {signed = 1 : i64, narrow = 1 : i64}}
      : (tensor<1x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

// Signed, narrow, 2 bits is {-1, 0, +1}. IntQuant is another name of Quant.
// CHECK-LABEL: @ternary
// CHECK: lowbit.quantize {{.*}} -> tensor<1x4x!lowbit.ternary>
func.func @ternary(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<2.0> : tensor<f32>
  %0 = onnx.node "IntQuant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {signed = 1 : i64, narrow = 1 : i64}}
      : (tensor<1x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

// One scale per output channel of a weight; a missing `signed` is 1, a missing `narrow` 0.
// CHECK-LABEL: @signed
// CHECK: [[SCALE:%.*]] = onnx.constant dense<{{\[\[}}5.000000e-01], [2.500000e-01]]>
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, [[SCALE]] : {{.*}} -> tensor<2x4xsi4>
// CHECK: lowbit.dequantize [[Q]], [[SCALE]]
func.func @signed(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %s = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<4.0> : tensor<f32>
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {}}
      : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// CHECK-LABEL: @unsigned
// CHECK: lowbit.quantize {{.*}} -> tensor<1x4xui4>
func.func @unsigned(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<4.0> : tensor<f32>
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {signed = 0 : i64, narrow = 0 : i64}}
      : (tensor<1x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

// With a zero point 2 narrow bits stay si2: only a symmetric quantiser is ternary.
// CHECK-LABEL: @narrow
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<5.000000e-01>
// CHECK-DAG: [[ZERO:%.*]] = onnx.constant dense<1.000000e+00>
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, [[SCALE]] zero_point [[ZERO]] narrow : {{.*}} -> tensor<1x4xsi2>
// CHECK: lowbit.dequantize [[Q]], [[SCALE]] zero_point [[ZERO]]
func.func @narrow(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<1.0> : tensor<f32>
  %b = onnx.constant dense<2.0> : tensor<f32>
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {signed = 1 : i64, narrow = 1 : i64}}
      : (tensor<1x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

// Parameters of other types, and one element of a higher rank than the input.
// CHECK-LABEL: @types
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<2.500000e-01> : tensor<f32>
// CHECK-DAG: [[ZERO:%.*]] = onnx.constant dense<3.000000e+00> : tensor<f32>
// CHECK: lowbit.quantize %arg0, [[SCALE]] zero_point [[ZERO]] : {{.*}} -> tensor<4xui8>
func.func @types(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<0.25> : tensor<1x1xf64>
  %z = onnx.constant dense<3> : tensor<i64>
  %b = onnx.constant dense<8> : tensor<i32>
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {signed = 0 : i64, narrow = 0 : i64}}
      : (tensor<4xf32>, tensor<1x1xf64>, tensor<i64>, tensor<i32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Half to even is the default and not printed; names of modes are of any case.
// CHECK-LABEL: @rounding
// CHECK-NOT: rounding half_even
// CHECK: lowbit.quantize %{{[^:]*}} : {{.*}} -> tensor<4xsi8>
// CHECK: lowbit.quantize %{{[^:]*}} : {{.*}} -> tensor<4xsi8>
// CHECK: lowbit.quantize {{.*}} rounding ceil :
// CHECK: lowbit.quantize {{.*}} rounding floor :
// CHECK: lowbit.quantize {{.*}} rounding up :
// CHECK: lowbit.quantize {{.*}} rounding down :
// CHECK: lowbit.quantize {{.*}} rounding half_up :
// CHECK: lowbit.quantize {{.*}} rounding half_down :
func.func @rounding(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %t = onnx.constant dense<3.0> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<8.0> : tensor<f32>
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "ROUND"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %1 = onnx.node "Quant"(%0, %t, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "half_even"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %2 = onnx.node "Quant"(%1, %s, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "CEIL"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %3 = onnx.node "Quant"(%2, %t, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "FLOOR"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %4 = onnx.node "Quant"(%3, %s, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "UP"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %5 = onnx.node "Quant"(%4, %t, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "Down"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %6 = onnx.node "Quant"(%5, %s, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "HALF_UP"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  %7 = onnx.node "Quant"(%6, %t, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "half_down"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %7 : tensor<4xf32>
}

// -----

// BipolarQuant compares x itself with 0: its scale serves the way back only.
// CHECK-LABEL: @bipolar_quant
// CHECK-DAG: [[ONE:%.*]] = onnx.constant dense<1.000000e+00> : tensor<f32>
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<-2.000000e+00> : tensor<f32>
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, [[ONE]] : {{.*}} -> tensor<4x!lowbit.bipolar>
// CHECK: lowbit.dequantize [[Q]], [[SCALE]]
func.func @bipolar_quant(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<-2.0> : tensor<f32>
  %0 = onnx.node "BipolarQuant"(%x, %s) {domain = "qonnx"} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// 2 * {0, 1} - 1 = {-1, +1}.
// CHECK-LABEL: @threshold_bipolar
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<1.000000e+00> : tensor<f32>
// CHECK: [[Q:%.*]] = lowbit.threshold %arg0, %{{.*}} {axis = 1 : i64} : {{.*}} -> tensor<1x2x!lowbit.bipolar>
// CHECK: lowbit.dequantize [[Q]], [[SCALE]]
func.func @threshold_bipolar(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %t = onnx.constant dense<[[0.5], [-0.5]]> : tensor<2x1xf32>
  %0 = onnx.node "MultiThreshold"(%x, %t)
      {domain = "qonnx", attributes = {out_scale = 2.0 : f32, out_bias = -1.0 : f32}} : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// 0.5 * {0, 1, 2} - 0.5 = 0.5 * {-1, 0, +1}.
// CHECK-LABEL: @threshold_ternary
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<5.000000e-01> : tensor<f32>
// CHECK: [[Q:%.*]] = lowbit.threshold {{.*}} -> tensor<1x2x!lowbit.ternary>
// CHECK: lowbit.dequantize [[Q]], [[SCALE]]
func.func @threshold_ternary(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %t = onnx.constant dense<[[-0.5, 0.5]]> : tensor<1x2xf32>
  %0 = onnx.node "MultiThreshold"(%x, %t)
      {domain = "qonnx", attributes = {out_scale = 0.5 : f32, out_bias = -0.5 : f32}} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// Counts 0..3 need two bits, -3..0 three.
// CHECK-LABEL: @threshold_counts
// CHECK: lowbit.threshold %arg0, %{{.*}} {axis = 1 : i64} : {{.*}} -> tensor<1x2xui2>
// CHECK: lowbit.threshold %{{.*}} {axis = 1 : i64, offset = -3 : i64} : {{.*}} -> tensor<1x2xsi3>
func.func @threshold_counts(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %t = onnx.constant dense<[[-0.5, 0.5, 1.5]]> : tensor<1x3xf32>
  %0 = onnx.node "MultiThreshold"(%x, %t) {domain = "qonnx"} : (tensor<1x2xf32>, tensor<1x3xf32>) -> tensor<1x2xf32>
  %1 = onnx.node "MultiThreshold"(%0, %t)
      {domain = "qonnx", attributes = {out_scale = 0.5 : f32, out_bias = -1.5 : f32}} : (tensor<1x2xf32>, tensor<1x3xf32>) -> tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// Channels are last; a row of thresholds for each.
// CHECK-LABEL: @threshold_nhwc
// CHECK: lowbit.threshold {{.*}} {axis = 3 : i64} : (tensor<1x5x5x2xf32>, tensor<2x3xf32>) -> tensor<1x5x5x2xui2>
func.func @threshold_nhwc(%x: tensor<1x5x5x2xf32>) -> tensor<1x5x5x2xf32> {
  %t = onnx.constant dense<[[-0.5, 0.5, 1.5], [0.0, 1.0, 2.0]]> : tensor<2x3xf32>
  %0 = onnx.node "MultiThreshold"(%x, %t) {domain = "qonnx", attributes = {data_layout = "NHWC"}}
      : (tensor<1x5x5x2xf32>, tensor<2x3xf32>) -> tensor<1x5x5x2xf32>
  return %0 : tensor<1x5x5x2xf32>
}

// -----

// A bias that is no whole multiple of the scale is added to the real value.
// CHECK-LABEL: @threshold_bias
// CHECK-DAG: [[BIAS:%.*]] = onnx.constant dense<2.500000e-01> : tensor<f32>
// CHECK: lowbit.threshold {{.*}} {axis = 1 : i64} : {{.*}} -> tensor<1x2xui2>
// CHECK: [[REAL:%.*]] = lowbit.dequantize
// CHECK: onnx.node "Add"([[REAL]], [[BIAS]])
func.func @threshold_bias(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %t = onnx.constant dense<[[-0.5, 0.5, 1.5]]> : tensor<1x3xf32>
  %0 = onnx.node "MultiThreshold"(%x, %t) {domain = "qonnx", attributes = {out_bias = 0.25 : f32}}
      : (tensor<1x2xf32>, tensor<1x3xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// Integers that are no codes: the formula in float, with bounds for each channel.
// CHECK-LABEL: @width_per_channel
// CHECK-DAG: [[LOW:%.*]] = onnx.constant dense<{{.*}}-8.000000e+00{{.*}}-1.280000e+02{{.*}}> : tensor<2x1xf32>
// CHECK-DAG: [[HIGH:%.*]] = onnx.constant dense<{{.*}}7.000000e+00{{.*}}1.270000e+02{{.*}}> : tensor<2x1xf32>
// CHECK: [[V:%.*]] = onnx.node "Div"(%arg0
// CHECK: [[MIN:%.*]] = onnx.node "Min"([[V]], [[HIGH]])
// CHECK: [[MAX:%.*]] = onnx.node "Max"([[MIN]], [[LOW]])
// CHECK: [[ABS:%.*]] = onnx.node "Abs"([[MAX]])
// CHECK: onnx.node "Floor"([[ABS]])
// CHECK-NOT: lowbit
func.func @width_per_channel(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<[[4.0], [8.0]]> : tensor<2x1xf32>
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "DOWN"}}
      : (tensor<2x4xf32>, tensor<f32>, tensor<f32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// A scale that is computed, and equal widths for all channels, are one quantiser.
// CHECK-LABEL: @runtime_scale
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, %arg1 : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xsi4>
// CHECK: lowbit.dequantize [[Q]], %arg1
func.func @runtime_scale(%x: tensor<2x4xf32>, %s: tensor<2x1xf32>) -> tensor<2x4xf32> {
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<4.0> : tensor<2x1xf32>
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx"}
      : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<f32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// Version 1 keeps the scale and divides; 8 - 5 bits are dropped.
// CHECK-LABEL: @trunc_v1
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<5.000000e-01>
// CHECK-DAG: [[STEP:%.*]] = onnx.constant dense<8.000000e+00>
// CHECK: [[V:%.*]] = onnx.node "Div"(%arg0, [[SCALE]])
// CHECK: [[ROUND:%.*]] = onnx.node "Round"([[V]])
// CHECK: [[Y:%.*]] = onnx.node "Div"([[ROUND]], [[STEP]])
// CHECK: [[FLOOR:%.*]] = onnx.node "Floor"([[Y]])
// CHECK: onnx.node "Mul"([[FLOOR]], [[SCALE]])
func.func @trunc_v1(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %in = onnx.constant dense<8.0> : tensor<f32>
  %out = onnx.constant dense<5.0> : tensor<f32>
  %0 = onnx.node "Trunc"(%x, %s, %z, %in, %out) {domain = "qonnx", since_version = 1 : i64}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Version 2 has bounds, hence codes. 1.9 / 0.5 counts as 4; the zero point is divided, too.
// CHECK-LABEL: @trunc_v2
// CHECK-DAG: [[STEP:%.*]] = onnx.constant dense<4.000000e+00>
// CHECK-DAG: [[ZERO:%.*]] = onnx.constant dense<2.000000e+00>
// CHECK-DAG: [[OUT:%.*]] = onnx.constant dense<1.900000e+00>
// CHECK: [[ROUND:%.*]] = onnx.node "Round"
// CHECK: [[Q:%.*]] = lowbit.quantize [[ROUND]], [[STEP]] rounding{{ +}}floor : {{.*}} -> tensor<4xsi4>
// CHECK: lowbit.dequantize [[Q]], [[OUT]] zero_point [[ZERO]]
func.func @trunc_v2(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<8.0> : tensor<f32>
  %in = onnx.constant dense<8.0> : tensor<f32>
  %outs = onnx.constant dense<1.9> : tensor<f32>
  %out = onnx.constant dense<4.0> : tensor<f32>
  %0 = onnx.node "Trunc"(%x, %s, %z, %in, %outs, %out) {domain = "qonnx", since_version = 2 : i64}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// The values of e2m1 are whole multiples of a half, up to 12 of them.
// CHECK-LABEL: @fp4
// CHECK-DAG: [[STEP:%.*]] = onnx.constant dense<5.000000e-01>
// CHECK-DAG: [[SCALE:%.*]] = onnx.constant dense<1.250000e-01>
// CHECK: [[F:%.*]] = onnx.node "FloatQuant"
// CHECK: [[Q:%.*]] = lowbit.quantize [[F]], [[STEP]] narrow : {{.*}} -> tensor<4xsi5>
// CHECK: lowbit.dequantize [[Q]], [[SCALE]]
func.func @fp4(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<0.25> : tensor<f32>
  %e = onnx.constant dense<2.0> : tensor<f32>
  %m = onnx.constant dense<1.0> : tensor<f32>
  %bias = onnx.constant dense<1.0> : tensor<f32>
  %max = onnx.constant dense<6.0> : tensor<f32>
  %0 = onnx.node "FloatQuant"(%x, %s, %e, %m, %bias, %max) {domain = "qonnx", since_version = 1 : i64}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Constants become codes: by steps of 0.5 up to 2, of 1 up to 4 and of 2 up to 6, 0.26, -1.25, 2.5 and 70 are 0.5, -1
// (a tie), 2 (another) and 6, which are 1, -2, 4 and 12 times 0.5.
// CHECK-LABEL: @fp4_weights
// CHECK-NOT: FloatQuant
// CHECK: [[W:%.*]] = lowbit.constant dense_resource<[[BLOB:.*]]> : tensor<4xsi5>
// CHECK: lowbit.dequantize [[W]], {{.*}} : (tensor<4xsi5>, tensor<f32>)
// CHECK: [[BLOB]]: "0x{{.*}}01FE040C"
func.func @fp4_weights() -> tensor<4xf32> {
  %x = onnx.constant dense<[0.26, -1.25, 2.5, 70.0]> : tensor<4xf32>
  %s = onnx.constant dense<1.0> : tensor<f32>
  %e = onnx.constant dense<2.0> : tensor<f32>
  %m = onnx.constant dense<1.0> : tensor<f32>
  %bias = onnx.constant dense<1.0> : tensor<f32>
  %max = onnx.constant dense<6.0> : tensor<f32>
  %0 = onnx.node "FloatQuant"(%x, %s, %e, %m, %bias, %max) {domain = "qonnx", since_version = 1 : i64}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Operators of the default domain are not quantisers, whatever they are called.
// CHECK-LABEL: @untouched
// CHECK: onnx.node "Quant"
func.func @untouched(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Quant"(%x) {domain = "my.domain"} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
