// Chains that look like a quantiser and are none: every node stays.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s --implicit-check-not=lowbit.

// -127.5 .. 127 clips between two codes.
// CHECK-LABEL: @fractional_bound
// CHECK: onnx.node "Round"
// CHECK: onnx.node "Div"(%{{.*}}, %{{.*}}) : (tensor<2x8xf32>
func.func @fractional_bound(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-127.5> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: 1>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<2x1xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<2x1xf32>, tensor<f32>, none) -> tensor<2x1xf32>
  %a = onnx.node "Div"(%limit, %t) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// No code type holds exactly -100 .. 127.
// CHECK-LABEL: @odd_range
// CHECK: onnx.node "Round"
// CHECK: onnx.node "Div"(%{{.*}}, %{{.*}}) : (tensor<2x8xf32>
func.func @odd_range(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-100.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: 1>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<2x1xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<2x1xf32>, tensor<f32>, none) -> tensor<2x1xf32>
  %a = onnx.node "Div"(%limit, %t) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// Divided by another scale than it was multiplied with.
// CHECK-LABEL: @unequal_scales
// CHECK: onnx.node "Round"
// CHECK: onnx.node "Div"(%{{.*}}, %{{.*}}) : (tensor<2x8xf32>
func.func @unequal_scales(%x: tensor<2x8xf32>, %b: tensor<2x1xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: 1>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<2x1xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<2x1xf32>, tensor<f32>, none) -> tensor<2x1xf32>
  %a = onnx.node "Div"(%limit, %t) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %b) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// Without Round there are no codes.
// CHECK-LABEL: @no_round
// CHECK: onnx.node "Clip"
// CHECK: onnx.node "Div"
func.func @no_round(%x: tensor<2x8xf32>, %a: tensor<f32>) -> tensor<2x8xf32> {
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %0 = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %1 = onnx.node "Clip"(%0, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %2 = onnx.node "Div"(%1, %a) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  return %2 : tensor<2x8xf32>
}

// -----

// Bounded on one side only.
// CHECK-LABEL: @one_bound
// CHECK: onnx.node "Max"
// CHECK: onnx.node "Mul"
func.func @one_bound(%x: tensor<2x8xf32>, %s: tensor<f32>) -> tensor<2x8xf32> {
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %0 = onnx.node "Div"(%x, %s) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %1 = onnx.node "Round"(%0) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %2 = onnx.node "Max"(%1, %lo) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %3 = onnx.node "Mul"(%2, %s) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  return %3 : tensor<2x8xf32>
}

// -----

// A scale that enlarges x quantises a larger tensor than x.
// CHECK-LABEL: @enlarging_scale
// CHECK: onnx.node "Round"
// CHECK: onnx.node "Mul"
func.func @enlarging_scale(%x: tensor<8xf32>, %s: tensor<2x1xf32>) -> tensor<2x8xf32> {
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %0 = onnx.node "Div"(%x, %s) : (tensor<8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %1 = onnx.node "Round"(%0) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %2 = onnx.node "Clip"(%1, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %3 = onnx.node "Mul"(%2, %s) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %3 : tensor<2x8xf32>
}
