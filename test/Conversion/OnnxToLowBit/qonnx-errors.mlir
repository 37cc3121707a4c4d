// What a quantiser of QONNX or FINN must not ask for.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file --verify-diagnostics

func.func @unknown_operator(%x: tensor<4xf32>, %s: tensor<f32>) -> tensor<4xf32> {
  // expected-error @below {{operator 'XnorPopcount' of the QONNX domain is not supported; accepted: Quant, IntQuant, BipolarQuant, Trunc, FloatQuant, MultiThreshold}}
  %0 = onnx.node "XnorPopcount"(%x, %s) {domain = "qonnx"} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @runtime_integer_scale(%x: tensor<4xf32>, %s: tensor<i64>) -> tensor<4xf32> {
  %z = onnx.constant dense<4.0> : tensor<f32>
  %b = onnx.constant dense<4.0> : tensor<f32>
  // expected-error @below {{input 1 (scale) must be a constant tensor}}
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx"}
      : (tensor<4xf32>, tensor<i64>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @runtime_zeropt(%x: tensor<4xf32>, %z: tensor<f32>) -> tensor<4xf32> {
  %s = onnx.constant dense<4.0> : tensor<f32>
  %b = onnx.constant dense<4.0> : tensor<f32>
  // expected-error @below {{input 2 (zeropt) must be a constant tensor}}
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx"}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @runtime_bitwidth(%x: tensor<4xf32>, %b: tensor<f32>) -> tensor<4xf32> {
  %s = onnx.constant dense<4.0> : tensor<f32>
  %z = onnx.constant dense<4.0> : tensor<f32>
  // expected-error @below {{input 3 (bitwidth) must be a constant tensor}}
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx"}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// An omitted input is not a constant either.
func.func @missing_bitwidth(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  // expected-error @below {{input 3 (bitwidth) must be a constant tensor}}
  %0 = onnx.node "Quant"(%x, %s, %z) {domain = "qonnx"} : (tensor<4xf32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @runtime_thresholds(%x: tensor<1x4xf32>, %t: tensor<1x3xf32>) -> tensor<1x4xf32> {
  // expected-error @below {{input 1 (thresholds) must be a constant tensor}}
  %0 = onnx.node "MultiThreshold"(%x, %t) {domain = "qonnx"} : (tensor<1x4xf32>, tensor<1x3xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

func.func @open_dimension(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  // expected-error @below {{input 0 must be a float32 tensor of static shape; give open dimensions with --dim NAME=VALUE}}
  %0 = onnx.node "BipolarQuant"(%x, %s) {domain = "qonnx"} : (tensor<?x4xf32>, tensor<f32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

func.func @double(%x: tensor<4xf64>) -> tensor<4xf64> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  // expected-error @below {{input 0 must be a float32 tensor of static shape; give open dimensions with --dim NAME=VALUE}}
  %0 = onnx.node "BipolarQuant"(%x, %s) {domain = "qonnx"} : (tensor<4xf64>, tensor<f32>) -> tensor<4xf64>
  return %0 : tensor<4xf64>
}

// -----

func.func @scale_shape(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %s = onnx.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  // expected-error @below {{scale of shape [3] does not broadcast to the input of shape [2, 4]}}
  %0 = onnx.node "BipolarQuant"(%x, %s) {domain = "qonnx"} : (tensor<2x4xf32>, tensor<3xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// More dimensions than the input would enlarge it.
func.func @zero_point_shape(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %z = onnx.constant dense<[[0.0], [1.0]]> : tensor<2x1xf32>
  %b = onnx.constant dense<4.0> : tensor<f32>
  // expected-error @below {{zeropt of shape [2, 1] does not broadcast to the input of shape [4]}}
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx"}
      : (tensor<4xf32>, tensor<f32>, tensor<2x1xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @width_fraction(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<2.5> : tensor<f32>
  // expected-error @below {{bitwidth 2.500000e+00 is not supported; accepted: whole numbers of 1..32}}
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {signed = 1 : i64, narrow = 0 : i64}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @width_zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<0.0> : tensor<f32>
  // expected-error @below {{bitwidth 0.000000e+00 is not supported; accepted: whole numbers of 1..32}}
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {signed = 1 : i64, narrow = 0 : i64}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @rounding_mode(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0.0> : tensor<f32>
  %b = onnx.constant dense<4.0> : tensor<f32>
  // expected-error @below {{unknown rounding_mode 'STOCHASTIC'; accepted: ROUND, HALF_EVEN, CEIL, FLOOR, UP, DOWN, HALF_UP, HALF_DOWN}}
  %0 = onnx.node "Quant"(%x, %s, %z, %b) {domain = "qonnx", attributes = {rounding_mode = "STOCHASTIC"}}
      : (tensor<4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @threshold_channels(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %t = onnx.constant dense<[[1.0], [2.0], [3.0]]> : tensor<3x1xf32>
  // expected-error @below {{thresholds of shape [3, 1] must be [channels or 1, n] with 4 channels}}
  %0 = onnx.node "MultiThreshold"(%x, %t) {domain = "qonnx"} : (tensor<1x4xf32>, tensor<3x1xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

func.func @threshold_rank(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %t = onnx.constant dense<1.0> : tensor<4xf32>
  // expected-error @below {{thresholds of shape [4] must be [channels or 1, n] with 4 channels}}
  %0 = onnx.node "MultiThreshold"(%x, %t) {domain = "qonnx"} : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

func.func @threshold_of_scalar(%x: tensor<f32>) -> tensor<f32> {
  %t = onnx.constant dense<1.0> : tensor<1x1xf32>
  // expected-error @below {{input 0 is a scalar; accepted: at least one dimension, for the channels}}
  %0 = onnx.node "MultiThreshold"(%x, %t) {domain = "qonnx"} : (tensor<f32>, tensor<1x1xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

// 65535 is the largest code there is.
func.func @threshold_offset(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %t = onnx.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  // expected-error @below {{2 thresholds with an offset of 65534 need codes of more than 16 bits}}
  %0 = onnx.node "MultiThreshold"(%x, %t) {domain = "qonnx", attributes = {out_bias = 65534.0 : f32}}
      : (tensor<1x4xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

func.func @width_33(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c0 = onnx.constant dense<0.5> : tensor<f32>
  %c1 = onnx.constant dense<0.0> : tensor<f32>
  %c2 = onnx.constant dense<33.0> : tensor<f32>
  // expected-error @below {{bitwidth 3.300000e+01 is not supported; accepted: whole numbers of 1..32}}
  %0 = onnx.node "Quant"(%x, %c0, %c1, %c2) {domain = "qonnx"}
      : (tensor<2x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @mixed_one_bit(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c0 = onnx.constant dense<0.5> : tensor<f32>
  %c1 = onnx.constant dense<0.0> : tensor<f32>
  %c2 = onnx.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  // expected-error @below {{a signed bit width of 1 must be the same for the whole tensor}}
  %0 = onnx.node "Quant"(%x, %c0, %c1, %c2) {domain = "qonnx"}
      : (tensor<2x4xf32>, tensor<f32>, tensor<f32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @trunc_bits(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c0 = onnx.constant dense<0.5> : tensor<f32>
  %c1 = onnx.constant dense<0.0> : tensor<f32>
  %c2 = onnx.constant dense<8.0> : tensor<f32>
  %c3 = onnx.constant dense<2.5> : tensor<f32>
  // expected-error @below {{out_bits must be one whole number of 1..64}}
  %0 = onnx.node "Trunc"(%x, %c0, %c1, %c2, %c3) {domain = "qonnx"}
      : (tensor<2x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @trunc_scales(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c0 = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %c1 = onnx.constant dense<0.0> : tensor<f32>
  %c2 = onnx.constant dense<8.0> : tensor<f32>
  %c3 = onnx.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %c4 = onnx.constant dense<4.0> : tensor<f32>
  // expected-error @below {{scale and out_scale must have one shape}}
  %0 = onnx.node "Trunc"(%x, %c0, %c1, %c2, %c3, %c4) {domain = "qonnx", since_version = 2 : i64}
      : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<f32>, tensor<f32>, tensor<4xf32>, tensor<f32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @trunc_zero_point(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c0 = onnx.constant dense<[[0.5], [0.25]]> : tensor<2x1xf32>
  %c1 = onnx.constant dense<3.0> : tensor<f32>
  %c2 = onnx.constant dense<8.0> : tensor<f32>
  %c3 = onnx.constant dense<2.0> : tensor<f32>
  %c4 = onnx.constant dense<4.0> : tensor<f32>
  // expected-error @below {{a zero point needs one scale for the whole tensor}}
  %0 = onnx.node "Trunc"(%x, %c0, %c1, %c2, %c3, %c4) {domain = "qonnx", since_version = 2 : i64}
      : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @float_bits(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c0 = onnx.constant dense<1.0> : tensor<f32>
  %c1 = onnx.constant dense<9.0> : tensor<f32>
  %c2 = onnx.constant dense<1.0> : tensor<f32>
  %c3 = onnx.constant dense<1.0> : tensor<f32>
  %c4 = onnx.constant dense<6.0> : tensor<f32>
  // expected-error @below {{exponent_bits must be one whole number of 0..8}}
  %0 = onnx.node "FloatQuant"(%x, %c0, %c1, %c2, %c3, %c4) {domain = "qonnx"}
      : (tensor<2x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @float_limit(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c0 = onnx.constant dense<1.0> : tensor<f32>
  %c1 = onnx.constant dense<2.0> : tensor<f32>
  %c2 = onnx.constant dense<1.0> : tensor<f32>
  %c3 = onnx.constant dense<1.0> : tensor<f32>
  %c4 = onnx.constant dense<-6.0> : tensor<f32>
  // expected-error @below {{max_val must be one positive number}}
  %0 = onnx.node "FloatQuant"(%x, %c0, %c1, %c2, %c3, %c4) {domain = "qonnx"}
      : (tensor<2x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @float_overflow(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %c0 = onnx.constant dense<1.0> : tensor<f32>
  %c1 = onnx.constant dense<2.0> : tensor<f32>
  %c2 = onnx.constant dense<1.0> : tensor<f32>
  %c3 = onnx.constant dense<1.0> : tensor<f32>
  %c4 = onnx.constant dense<6.0> : tensor<f32>
  // expected-error @below {{saturation = 0 needs has_inf or has_nan}}
  %0 = onnx.node "FloatQuant"(%x, %c0, %c1, %c2, %c3, %c4) {domain = "qonnx", attributes = {saturation = 0 : i64}}
      : (tensor<2x4xf32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
