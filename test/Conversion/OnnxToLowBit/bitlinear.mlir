// BitLinear's activation quantiser as exporters spell it: absmax per token, Round, Clip, and back; and the
// same chain with any other scale.
// RUN: setun-opt %s --convert-onnx-to-lowbit --split-input-file | FileCheck %s

// PyTorch's TorchScript exporter writes 127 / t as Reciprocal and Mul.
// CHECK-LABEL: @reciprocal
// CHECK: [[Q:%.*]], [[S:%.*]] = lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64, reciprocal} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
// CHECK-NEXT: [[R:%.*]] = lowbit.dequantize [[Q]], [[S]]
// CHECK-NEXT: return [[R]]
func.func @reciprocal(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: -1>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<2x1xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<2x1xf32>, tensor<f32>, none) -> tensor<2x1xf32>
  %inverse = onnx.node "Reciprocal"(%t) : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %a = onnx.node "Mul"(%inverse, %limit) : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %limit) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// 127 / t rounds once where (1 / t) * 127 rounds twice: two different quantisers.
// CHECK-LABEL: @division
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @division(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
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
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// 1 / t is a Reciprocal, and the limit may stand first.
// CHECK-LABEL: @one_over
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64, reciprocal} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @one_over(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: 1>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<2x1xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<2x1xf32>, tensor<f32>, none) -> tensor<2x1xf32>
  %inverse = onnx.node "Div"(%one, %t) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %a = onnx.node "Mul"(%limit, %inverse) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// Axes as an input, from opset 18.
// CHECK-LABEL: @axes_input
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @axes_input(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %axes = onnx.constant dense<-1> : tensor<1xi64>
  %max = onnx.node "ReduceMax"(%abs, %axes) {since_version = 18 : i64} : (tensor<2x8xf32>, tensor<1xi64>) -> tensor<2x1xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<2x1xf32>, tensor<f32>, none) -> tensor<2x1xf32>
  %a = onnx.node "Div"(%limit, %t) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// Max for the lower bound, constant first.
// CHECK-LABEL: @floor_by_max
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @floor_by_max(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: 1>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<2x1xf32>
  %t = onnx.node "Max"(%eps, %max) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %a = onnx.node "Div"(%limit, %t) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// The dynamo exporter writes clamp as Max and Min.
// CHECK-LABEL: @clip_by_min_and_max
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @clip_by_min_and_max(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
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
  %clipped_low = onnx.node "Max"(%rounded, %lo) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Min"(%hi, %clipped_low) : (tensor<f32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// Bounds as attributes, before opset 11.
// CHECK-LABEL: @clip_attributes
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @clip_attributes(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: 1>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<2x1xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<2x1xf32>, tensor<f32>, none) -> tensor<2x1xf32>
  %a = onnx.node "Div"(%limit, %t) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded) {attributes = {min = -128.0 : f32, max = 127.0 : f32}, since_version = 6 : i64} : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// Whole bounds, so the order of Round and Clip does not matter.
// CHECK-LABEL: @clip_before_round
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @clip_before_round(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
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
  %bounded = onnx.node "Clip"(%scaled, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Round"(%bounded) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// The scale stands first.
// CHECK-LABEL: @commuted
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @commuted(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: 1>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<2x1xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<2x1xf32>, tensor<f32>, none) -> tensor<2x1xf32>
  %a = onnx.node "Div"(%limit, %t) : (tensor<f32>, tensor<2x1xf32>) -> tensor<2x1xf32>
  %scaled = onnx.node "Mul"(%a, %x) : (tensor<2x1xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// -127 .. 127 is si8 without its lowest code.
// CHECK-LABEL: @narrow
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 127 : i64, narrow} : tensor<2x8xf32> -> tensor<2x8xsi8>, tensor<2x1xf32>
func.func @narrow(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-127.0> : tensor<f32>
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

// 7 / t and -8 .. 7: four bits.
// CHECK-LABEL: @four_bits
// CHECK: lowbit.dynamic_quantize %arg0 {epsilon = 9.99999974E-6 : f32, limit = 7 : i64} : tensor<2x8xf32> -> tensor<2x8xsi4>, tensor<2x1xf32>
func.func @four_bits(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<7.0> : tensor<f32>
  %lo = onnx.constant dense<-8.0> : tensor<f32>
  %hi = onnx.constant dense<7.0> : tensor<f32>
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

// A limit that is not the highest code: no absmax quantiser, but one with a scale that is computed at run time.
// CHECK-LABEL: @other_limit
// CHECK-NOT: lowbit.dynamic_quantize
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, [[A:%.*]] by_reciprocal : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xsi8>
// CHECK: [[S:%.*]] = onnx.node "Reciprocal"([[A]])
// CHECK: lowbit.dequantize [[Q]], [[S]]
func.func @other_limit(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<100.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
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

// The absmax of another tensor is a scale like any other.
// CHECK-LABEL: @other_values
// CHECK-NOT: lowbit.dynamic_quantize
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, [[A:%.*]] by_reciprocal : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xsi8>
// CHECK: [[S:%.*]] = onnx.node "Reciprocal"([[A]])
// CHECK: lowbit.dequantize [[Q]], [[S]]
func.func @other_values(%x: tensor<2x8xf32>, %y: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%y) : (tensor<2x8xf32>) -> tensor<2x8xf32>
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

// The maximum over another axis is one scale per column.
// CHECK-LABEL: @other_axis
// CHECK-NOT: lowbit.dynamic_quantize
// CHECK: onnx.node "ReduceMax"
// CHECK: lowbit.quantize %arg0, %{{.*}} by_reciprocal : (tensor<2x8xf32>, tensor<1x8xf32>) -> tensor<2x8xsi8>
func.func @other_axis(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %none = onnx.none
  %eps = onnx.constant dense<1.0e-5> : tensor<f32>
  %limit = onnx.constant dense<127.0> : tensor<f32>
  %lo = onnx.constant dense<-128.0> : tensor<f32>
  %hi = onnx.constant dense<127.0> : tensor<f32>
  %abs = onnx.node "Abs"(%x) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %max = onnx.node "ReduceMax"(%abs) {attributes = {axes = array<i64: 0>, keepdims = 1 : i64}} : (tensor<2x8xf32>) -> tensor<1x8xf32>
  %t = onnx.node "Clip"(%max, %eps, %none) {since_version = 13 : i64} : (tensor<1x8xf32>, tensor<f32>, none) -> tensor<1x8xf32>
  %a = onnx.node "Div"(%limit, %t) : (tensor<f32>, tensor<1x8xf32>) -> tensor<1x8xf32>
  %scaled = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<1x8xf32>) -> tensor<2x8xf32>
  %rounded = onnx.node "Round"(%scaled) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %clipped = onnx.node "Clip"(%rounded, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %real = onnx.node "Div"(%clipped, %a) : (tensor<2x8xf32>, tensor<1x8xf32>) -> tensor<2x8xf32>
  return %real : tensor<2x8xf32>
}

// -----

// A scale that is an argument of the model.
// CHECK-LABEL: @runtime_scale
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, %arg1 by_reciprocal : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xui4>
// CHECK: [[S:%.*]] = onnx.node "Reciprocal"(%arg1)
// CHECK: lowbit.dequantize [[Q]], [[S]]
func.func @runtime_scale(%x: tensor<2x8xf32>, %a: tensor<f32>) -> tensor<2x8xf32> {
  %lo = onnx.constant dense<0.0> : tensor<f32>
  %hi = onnx.constant dense<15.0> : tensor<f32>
  %0 = onnx.node "Mul"(%x, %a) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %1 = onnx.node "Round"(%0) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %2 = onnx.node "Clip"(%1, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %3 = onnx.node "Div"(%2, %a) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  return %3 : tensor<2x8xf32>
}

// -----

// Div by s, Mul by s: s itself is the scale. Equal constants are the same scale.
// CHECK-LABEL: @scale
// CHECK: [[S:%.*]] = onnx.constant dense<2.500000e-01>
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0, %{{.*}} : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8x!lowbit.ternary>
// CHECK: lowbit.dequantize [[Q]], %{{.*}} : (tensor<2x8x!lowbit.ternary>, tensor<f32>) -> tensor<2x8xf32>
func.func @scale(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %s = onnx.constant dense<0.25> : tensor<f32>
  %again = onnx.constant dense<0.25> : tensor<f32>
  %lo = onnx.constant dense<-1.0> : tensor<f32>
  %hi = onnx.constant dense<1.0> : tensor<f32>
  %0 = onnx.node "Div"(%x, %s) : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %1 = onnx.node "Round"(%0) : (tensor<2x8xf32>) -> tensor<2x8xf32>
  %2 = onnx.node "Clip"(%1, %lo, %hi) {since_version = 13 : i64} : (tensor<2x8xf32>, tensor<f32>, tensor<f32>) -> tensor<2x8xf32>
  %3 = onnx.node "Mul"(%again, %2) : (tensor<f32>, tensor<2x8xf32>) -> tensor<2x8xf32>
  return %3 : tensor<2x8xf32>
}

// -----

// x + (q(x) - x) of training is q(x), whichever operand of the sum comes first.
// CHECK-LABEL: @straight_through
// CHECK: [[Q:%.*]] = lowbit.quantize %arg0
// CHECK-NEXT: [[R:%.*]] = lowbit.dequantize [[Q]]
// CHECK-NEXT: return [[R]], [[R]]
func.func @straight_through(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %q = onnx.node "BipolarQuant"(%x, %s) {domain = "qonnx"} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %d = onnx.node "Sub"(%q, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %0 = onnx.node "Add"(%x, %d) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "Add"(%d, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// y + (q(x) - x) and x + (x - q(x)) are sums.
// CHECK-LABEL: @no_straight_through
// CHECK-COUNT-2: onnx.node "Add"
func.func @no_straight_through(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %s = onnx.constant dense<1.0> : tensor<f32>
  %q = onnx.node "BipolarQuant"(%x, %s) {domain = "qonnx"} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %d = onnx.node "Sub"(%q, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %e = onnx.node "Sub"(%x, %q) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %0 = onnx.node "Add"(%y, %d) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "Add"(%x, %e) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: @identities
// CHECK-NEXT: return %arg0
func.func @identities(%x: tensor<4xf32>) -> tensor<4xf32> {
  %one = onnx.constant dense<1.0> : tensor<4xf32>
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %0 = onnx.node "Identity"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1:2 = onnx.node "Dropout"(%0) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  %2 = onnx.node "Cast"(%1#0) {attributes = {to = 1 : i64}} : (tensor<4xf32>) -> tensor<4xf32>
  %3 = onnx.node "Mul"(%2, %one) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = onnx.node "Div"(%3, %one) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %5 = onnx.node "Sub"(%4, %zero) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %5 : tensor<4xf32>
}

// -----

// A cast to another type, a factor that broadcasts, and x - (-0.0), which turns -0.0 into 0.0.
// CHECK-LABEL: @no_identities
// CHECK: onnx.node "Cast"
// CHECK: onnx.node "Mul"
// CHECK-COUNT-2: onnx.node "Sub"
func.func @no_identities(%i: tensor<2xi32>) -> tensor<2x2xf32> {
  %one = onnx.constant dense<1.0> : tensor<2x1xf32>
  %zero = onnx.constant dense<-0.0> : tensor<f32>
  %zeros = onnx.constant dense<[0.0, -0.0]> : tensor<2xf32>
  %0 = onnx.node "Cast"(%i) {attributes = {to = 1 : i64}} : (tensor<2xi32>) -> tensor<2xf32>
  %1 = onnx.node "Mul"(%0, %one) : (tensor<2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
  %2 = onnx.node "Sub"(%1, %zero) : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x2xf32>
  %3 = onnx.node "Sub"(%2, %zeros) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %3 : tensor<2x2xf32>
}
