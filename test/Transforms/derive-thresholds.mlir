// Quantisers of integers become integer steps. Weights are two rows, [1, 1, 1, 1] and [1, -1, 1, 1], unless said otherwise;
// expected numbers are worked out by hand.
// RUN: setun-opt %s --lowbit-derive-thresholds --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

// The sums lie in -4 .. 4. rne(acc / 2) is 0 up to 1, 1 at 2, and 2 at 3 (1.5) and 4; nothing reaches 3.
// Both channels have one row.
// CHECK-LABEL: @rising
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<{{\[\[}}2, 3]]> : tensor<1x2xi32>
// CHECK: [[P:%.*]] = lowbit.matmul
// CHECK-NEXT: [[Q:%.*]] = lowbit.threshold [[P]], [[T]] {axis = {{[01]}} : i64} : (tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xui2>
// CHECK-NEXT: return [[Q]]
func.func @rising(%x: tensor<1x4x!lowbit.ternary>) -> tensor<1x2xui2> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4x!lowbit.ternary>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<2.0> : tensor<f32>
  %q = lowbit.quantize %d, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui2>
  return %q : tensor<1x2xui2>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// The second channel computes rne(-acc / 2): 2 up to -3 (1.5), 1 at -2, 0 from -1 (0.5) on. It is below -2 and below -1.
// Nobody else reads the sums: with weights of the other sign they are at least 2 and at least 3.
// CHECK-LABEL: @turned
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<{{\[\[}}2, 3], [2, 3]]> : tensor<2x2xi32>
// CHECK-DAG: [[W:%.*]] = lowbit.constant dense_resource<[[WEIGHT:.*]]> : tensor<2x4x!lowbit.ternary>
// CHECK: [[P:%.*]] = lowbit.matmul %{{.*}}, [[W]]
// CHECK: lowbit.threshold [[P]], [[T]] {axis = 1 : i64}
// CHECK: [[WEIGHT]]: "0x{{.*}}01010101FF01FFFF"
func.func @turned(%x: tensor<1x4x!lowbit.ternary>) -> tensor<1x2xui2> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4x!lowbit.ternary>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %m = onnx.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %a = onnx.node "Mul"(%d, %m) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<2.0> : tensor<f32>
  %q = lowbit.quantize %a, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui2>
  return %q : tensor<1x2xui2>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// The second channel computes rne(-acc / 2): 2 up to -3 (1.5), 1 at -2, 0 from -1 (0.5) on. It is below -2 and below -1. Others read the sums.
// CHECK-LABEL: @mixed
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<{{\[\[}}2, 3], [-2, -1]]> : tensor<2x2xi32>
// CHECK: lowbit.threshold %{{.*}}, [[T]] falling [false, true] {axis = 1 : i64}
func.func @mixed(%x: tensor<1x4x!lowbit.ternary>) -> (tensor<1x2xui2>, tensor<1x2xf32>) {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4x!lowbit.ternary>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %m = onnx.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %a = onnx.node "Mul"(%d, %m) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<2.0> : tensor<f32>
  %q = lowbit.quantize %a, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui2>
  return %q, %d : tensor<1x2xui2>, tensor<1x2xf32>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// Both fall: rne(-acc / 2).
// CHECK-LABEL: @falling
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<{{\[\[}}-2, -1]]> : tensor<1x2xi32>
// CHECK: lowbit.threshold %{{.*}}, [[T]] falling [true]
func.func @falling(%x: tensor<1x4x!lowbit.ternary>) -> (tensor<1x2xui2>, tensor<1x2xi32>) {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4x!lowbit.ternary>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %a = onnx.node "Neg"(%d) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<2.0> : tensor<f32>
  %q = lowbit.quantize %a, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui2>
  return %q, %p : tensor<1x2xui2>, tensor<1x2xi32>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// acc - 0.5 >= 0 from 1 on; acc + 4.5 always.
// CHECK-LABEL: @bipolar
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<{{\[\[}}1], [-2147483648]]> : tensor<2x1xi32>
// CHECK: lowbit.threshold %{{.*}}, [[T]] {axis = 1 : i64} : {{.*}} -> tensor<1x2x!lowbit.bipolar>
func.func @bipolar(%x: tensor<1x4x!lowbit.ternary>) -> tensor<1x2x!lowbit.bipolar> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4x!lowbit.ternary>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %m = onnx.constant dense<[-0.5, 4.5]> : tensor<2xf32>
  %a = onnx.node "Add"(%d, %m) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<1.0> : tensor<f32>
  %q = lowbit.quantize %a, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2x!lowbit.bipolar>
  return %q : tensor<1x2x!lowbit.bipolar>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// rne(acc / 3): 0 from -1 (-0.33) on, 1 from 2 (0.67) on.
// CHECK-LABEL: @ternary
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<{{\[\[}}-1, 2]]> : tensor<1x2xi32>
// CHECK: lowbit.threshold %{{.*}}, [[T]] {{.*}} -> tensor<1x2x!lowbit.ternary>
func.func @ternary(%x: tensor<1x4x!lowbit.ternary>) -> tensor<1x2x!lowbit.ternary> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4x!lowbit.ternary>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<3.0> : tensor<f32>
  %q = lowbit.quantize %d, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2x!lowbit.ternary>
  return %q : tensor<1x2x!lowbit.ternary>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// The sums lie in -15 .. 60. floor(acc / 4 + 1/2) = (acc + 2) >> 2; a smaller shift has no slope of 1/4.
// CHECK-LABEL: @requantize_sums
// CHECK: lowbit.requantize %{{.*}} multipliers [array<i64: 1>] addends [2] shift 2 lo 0 hi 15 {axis = {{[01]}} : i64, width = 32 : i64} : (tensor<1x2xi32>) -> tensor<1x2xui4>
func.func @requantize_sums(%x: tensor<1x4xui4>) -> tensor<1x2xui4> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  %q = lowbit.quantize %d, %sq rounding half_up : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// Ties to even: 1 from 3 on, 2 from 6 (1.5), 3 from 11, 4 from 14 (3.5).. As 10 is less than 3 and 6 is at least 2, 4 m is less than
// 2^s; as 10 is less than 3 and 14 is at least 4, 4 m is more. Rounded down there are no such numbers; rounded to the nearest
// it is acc / 2^2 as it stands.
// CHECK-LABEL: @ties_to_even
// CHECK: lowbit.requantize %{{.*}} multipliers [array<i64: 1>] addends [0] shift 2 lo 0 hi 15 {axis = {{[01]}} : i64, half_even, width = 32 : i64} : (tensor<1x2xi32>) -> tensor<1x2xui4>
func.func @ties_to_even(%x: tensor<1x4xui4>) -> tensor<1x2xui4> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  %q = lowbit.quantize %d, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// floor(2 x / 4 + 1/2) = (x + 1) >> 1; 15 gives 8, which is clamped.
// CHECK-LABEL: @requantize_codes
// CHECK: lowbit.requantize %arg0 multipliers [array<i64: 1>] addends [1] shift 1 lo 0 hi 7 {axis = 0 : i64, width = 32 : i64} : (tensor<1x4xui4>) -> tensor<1x4xui3>
func.func @requantize_codes(%x: tensor<1x4xui4>) -> tensor<1x4xui3> {
  %two = onnx.constant dense<2.0> : tensor<f32>
  %d = lowbit.dequantize %x, %two : (tensor<1x4xui4>, tensor<f32>) -> tensor<1x4xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  %q = lowbit.quantize %d, %sq rounding half_up : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui3>
  return %q : tensor<1x4xui3>
}

// -----

// a + 2 b, from 0 to 45, as it is.
// CHECK-LABEL: @residual
// CHECK: lowbit.requantize %arg0, %arg1 multipliers [array<i64: 1>, array<i64: 2>] addends [0] shift 0 lo 0 hi 45 {axis = 0 : i64, width = 32 : i64} : (tensor<1x4xui4>, tensor<1x4xui4>) -> tensor<1x4xui6>
func.func @residual(%a: tensor<1x4xui4>, %b: tensor<1x4xui4>) -> tensor<1x4xui6> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %0 = lowbit.dequantize %a, %one : (tensor<1x4xui4>, tensor<f32>) -> tensor<1x4xf32>
  %1 = lowbit.dequantize %b, %two : (tensor<1x4xui4>, tensor<f32>) -> tensor<1x4xf32>
  %2 = onnx.node "Add"(%0, %1) : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %sq = onnx.constant dense<1.0> : tensor<f32>
  %q = lowbit.quantize %2, %sq : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui6>
  return %q : tensor<1x4xui6>
}

// -----

// The input with fewer codes comes first: numbers stay with their inputs. 3 a + b, from 0 to 24.
// CHECK-LABEL: @residual_swapped
// CHECK: lowbit.requantize %arg0, %arg1 multipliers [array<i64: 3>, array<i64: 1>] addends [0] shift 0 lo 0 hi 24
func.func @residual_swapped(%a: tensor<1x4xui2>, %b: tensor<1x4xui4>) -> tensor<1x4xui5> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %three = onnx.constant dense<3.0> : tensor<f32>
  %0 = lowbit.dequantize %a, %three : (tensor<1x4xui2>, tensor<f32>) -> tensor<1x4xf32>
  %1 = lowbit.dequantize %b, %one : (tensor<1x4xui4>, tensor<f32>) -> tensor<1x4xf32>
  %2 = onnx.node "Add"(%0, %1) : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %q = lowbit.quantize %2, %one : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui5>
  return %q : tensor<1x4xui5>
}

// -----

// |-4|, |-3| .. |3|.
// CHECK-LABEL: @lookup
// CHECK: [[T:%.*]] = lowbit.constant dense_resource<[[TABLE:.*]]> : tensor<1x8xui3>
// CHECK: lowbit.lookup %arg0, [[T]] {axis = 0 : i64} : (tensor<1x4xsi3>, tensor<1x8xui3>) -> tensor<1x4xui3>
// CHECK: [[TABLE]]: "0x{{.*}}0403020100010203"
func.func @lookup(%x: tensor<1x4xsi3>) -> tensor<1x4xui3> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %0 = lowbit.dequantize %x, %one : (tensor<1x4xsi3>, tensor<f32>) -> tensor<1x4xf32>
  %1 = onnx.node "Abs"(%0) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %sq = onnx.constant dense<1.0> : tensor<f32>
  %q = lowbit.quantize %1, %sq : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui3>
  return %q : tensor<1x4xui3>
}

// -----

// Quantised as it was before: the codes themselves.
// CHECK-LABEL: @identity
// CHECK-NEXT: return %arg0
func.func @identity(%x: tensor<1x4xui4>) -> tensor<1x4xui4> {
  %half = onnx.constant dense<0.5> : tensor<f32>
  %0 = lowbit.dequantize %x, %half : (tensor<1x4xui4>, tensor<f32>) -> tensor<1x4xf32>
  %sq = onnx.constant dense<0.5> : tensor<f32>
  %q = lowbit.quantize %0, %sq : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui4>
  return %q : tensor<1x4xui4>
}

// -----

// c = (acc + 2) >> 2, then rne(4 c / 16): 1 from c = 3 (0.75) on, 2 from 6 (1.5), 3 from 11 (2.75). c is 3 from 10 on, 6 from 22, 11 from 42.
// CHECK-LABEL: @composition
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<{{\[\[}}10, 22, 42]]> : tensor<1x3xi32>
// CHECK: [[P:%.*]] = lowbit.matmul
// CHECK-NEXT: [[Q:%.*]] = lowbit.threshold [[P]], [[T]] {{.*}} -> tensor<1x2xui2>
// CHECK-NEXT: return [[Q]]
func.func @composition(%x: tensor<1x4xui4>) -> tensor<1x2xui2> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %sc = onnx.constant dense<4.0> : tensor<f32>
  %c = lowbit.quantize %d, %sc rounding half_up : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  %e = lowbit.dequantize %c, %sc : (tensor<1x2xui4>, tensor<f32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<16.0> : tensor<f32>
  %q = lowbit.quantize %e, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui2>
  return %q : tensor<1x2xui2>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// The inner codes have another reader: each quantiser is a step of its own. rne(c / 4).
// CHECK-LABEL: @two_readers
// CHECK: [[C:%.*]] = lowbit.requantize %{{.*}} multipliers [array<i64: 1>] addends [2] shift 2 lo 0 hi 15 {axis
// CHECK: [[Q:%.*]] = lowbit.requantize [[C]] multipliers [array<i64: 1>] addends [0] shift 2 lo 0 hi 3 {axis = 0 : i64, half_even
// CHECK: return [[C]], [[Q]]
func.func @two_readers(%x: tensor<1x4xui4>) -> (tensor<1x2xui4>, tensor<1x2xui2>) {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %sc = onnx.constant dense<4.0> : tensor<f32>
  %c = lowbit.quantize %d, %sc rounding half_up : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  %e = lowbit.dequantize %c, %sc : (tensor<1x2xui4>, tensor<f32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<16.0> : tensor<f32>
  %q = lowbit.quantize %e, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui2>
  return %c, %q : tensor<1x2xui4>, tensor<1x2xui2>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// Dimensions of size 1 come and go; the channels keep their place: rne(acc * 2 / 4) and rne(acc * -2 / 4), as above.
// CHECK-LABEL: @reshapes
// CHECK-DAG: [[T:%.*]] = onnx.constant dense<{{\[\[}}2, 3], [2, 3]]> : tensor<2x2xi32>
// CHECK: [[P:%.*]] = lowbit.matmul
// CHECK: [[Q:%.*]] = lowbit.threshold [[P]], [[T]] {axis = 1 : i64}
// CHECK: [[R:%.*]] = lowbit.reshape [[Q]] : tensor<1x2xui2> -> tensor<1x2x1xui2>
// CHECK-NEXT: return [[R]]
func.func @reshapes(%x: tensor<1x4x!lowbit.ternary>) -> tensor<1x2x1xui2> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4x!lowbit.ternary>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %axes = onnx.constant dense<2> : tensor<1xi64>
  %m = onnx.constant dense<[[2.0], [-2.0]]> : tensor<2x1xf32>
  %a = onnx.node "Unsqueeze"(%d, %axes) {since_version = 13 : i64} : (tensor<1x2xf32>, tensor<1xi64>) -> tensor<1x2x1xf32>
  %b = onnx.node "Mul"(%a, %m) : (tensor<1x2x1xf32>, tensor<2x1xf32>) -> tensor<1x2x1xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  %q = lowbit.quantize %b, %sq : (tensor<1x2x1xf32>, tensor<f32>) -> tensor<1x2x1xui2>
  return %q : tensor<1x2x1xui2>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// CHECK-LABEL: @no_operator
// CHECK: lowbit.quantize {{.*}}setun.why_float = "'Softmax' is not an elementwise operator that steps are made of"
func.func @no_operator(%x: tensor<1x4xui4>) -> tensor<1x2xui4> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %a = onnx.node "Softmax"(%d) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  // expected-remark @below {{stays float: 'Softmax' is not an elementwise operator that steps are made of}}
  %q = lowbit.quantize %a, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// CHECK-LABEL: @broadcast
// CHECK: lowbit.quantize {{.*}}setun.why_float = "a value is broadcast"
func.func @broadcast(%x: tensor<1x4xui4>, %y: tensor<1x1xui4>) -> tensor<1x2xui4> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %a = lowbit.dequantize %y, %one : (tensor<1x1xui4>, tensor<f32>) -> tensor<1x1xf32>
  %b = onnx.node "Add"(%d, %a) : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  // expected-remark @below {{stays float: a value is broadcast}}
  %q = lowbit.quantize %b, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// CHECK-LABEL: @three_inputs
// CHECK: lowbit.quantize {{.*}}setun.why_float = "codes of more than two inputs meet"
func.func @three_inputs(%x: tensor<1x4xui4>, %y: tensor<1x2xui4>, %z: tensor<1x2xui4>) -> tensor<1x2xui4> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %a = lowbit.dequantize %y, %one : (tensor<1x2xui4>, tensor<f32>) -> tensor<1x2xf32>
  %b = lowbit.dequantize %z, %one : (tensor<1x2xui4>, tensor<f32>) -> tensor<1x2xf32>
  %e = onnx.node "Add"(%d, %a) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %f = onnx.node "Add"(%e, %b) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  // expected-remark @below {{stays float: codes of more than two inputs meet}}
  %q = lowbit.quantize %f, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// Two slopes: acc / 4 below zero. -3 from -13 on (-3.25; -14 is a tie, -3.5, and goes to -4), -2 from -10 (-2.5), -1 from -5, 0 from -2
// (-0.5), then every number. Neither an affine form nor one with 8 exceptions.
// CHECK-LABEL: @many_thresholds
// CHECK-DAG: [[T:%.*]] = onnx.constant dense_resource<[[TABLE:.*]]> : tensor<1x64xi32>
// CHECK: lowbit.threshold %{{.*}}, [[T]] {axis = {{[01]}} : i64, offset = -4 : i64} : {{.*}} -> tensor<1x2xsi7>
// CHECK: [[TABLE]]: "0x{{.*}}F3FFFFFFF6FFFFFFFBFFFFFFFEFFFFFF010000000200000003000000{{.*}}3A0000003B0000003C000000"
func.func @many_thresholds(%x: tensor<1x4xui4>) -> tensor<1x2xsi7> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %r = onnx.node "LeakyRelu"(%d) {attributes = {alpha = 2.5e-01 : f32}, since_version = 16 : i64} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %r, %one : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xsi7>
  return %q : tensor<1x2xsi7>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// A step at 1, 5, 9, .., 65 but for the ninth, at 34 instead of 33: it cannot lie on the line of the others, which reach 9 at 33
// at the latest. 33 is one less.
// CHECK-LABEL: @exception
// CHECK-DAG: [[X:%.*]] = onnx.constant dense<33> : tensor<1x1xi32>
// CHECK: lowbit.requantize %{{.*}} exceptions [[X]] multipliers {{.*}} lo 0 hi 17 {axis = {{[01]}} : i64, width = {{32|64}} : i64} : (tensor<1x2xi32>, tensor<1x1xi32>) -> tensor<1x2xui5>
func.func @exception(%x: tensor<1x4xui5>) -> tensor<1x2xui5> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %t = onnx.constant dense<[[0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5, 33.5, 36.5, 40.5, 44.5, 48.5, 52.5, 56.5, 60.5, 64.5]]> : tensor<1x17xf32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui5>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %q = lowbit.threshold %d, %t {axis = 1 : i64} : (tensor<1x2xf32>, tensor<1x17xf32>) -> tensor<1x2xui5>
  return %q : tensor<1x2xui5>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// The sums lie in -65535 .. 262140. Two slopes have no affine form, and there are more codes than a table may have.
// CHECK-LABEL: @many_codes
// CHECK: lowbit.quantize {{.*}}setun.why_float = "no multiplier and shift give the same codes"
func.func @many_codes(%x: tensor<1x4xui16>) -> tensor<1x2xsi14> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui16>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %r = onnx.node "LeakyRelu"(%d) {attributes = {alpha = 2.5e-01 : f32}, since_version = 16 : i64} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<64.0> : tensor<f32>
  // expected-remark @below {{stays float: no multiplier and shift give the same codes}}
  %q = lowbit.quantize %r, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xsi14>
  return %q : tensor<1x2xsi14>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// CHECK-LABEL: @not_monotone
// CHECK: lowbit.quantize {{.*}}setun.why_float = "the chain is not monotone"
func.func @not_monotone(%x: tensor<1x4xui4>) -> tensor<1x2xui4> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %a = onnx.node "Abs"(%d) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  // expected-remark @below {{stays float: the chain is not monotone}}
  %q = lowbit.quantize %a, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// 60 * 1e38 is infinite.
// CHECK-LABEL: @infinite
// CHECK: lowbit.quantize {{.*}}setun.why_float = "a number is infinite, not a number, or overflows its type"
func.func @infinite(%x: tensor<1x4xui4>) -> tensor<1x2xui4> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui4>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %m = onnx.constant dense<1.0e38> : tensor<f32>
  %a = onnx.node "Mul"(%d, %m) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  %sq = onnx.constant dense<4.0> : tensor<f32>
  // expected-remark @below {{stays float: a number is infinite, not a number, or overflows its type}}
  %q = lowbit.quantize %a, %sq : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// CHECK-LABEL: @scalar
// CHECK: lowbit.quantize {{.*}}setun.why_float = "a scalar has no channels"
func.func @scalar(%x: tensor<ui4>) -> tensor<ui3> {
  %one = onnx.constant dense<1.0> : tensor<f32>
  %0 = lowbit.dequantize %x, %one : (tensor<ui4>, tensor<f32>) -> tensor<f32>
  %s = onnx.constant dense<2.0> : tensor<f32>
  // expected-remark @below {{stays float: a scalar has no channels}}
  %q = lowbit.quantize %0, %s : (tensor<f32>, tensor<f32>) -> tensor<ui3>
  return %q : tensor<ui3>
}

// -----

// The model's own floats need no excuse.
// CHECK-LABEL: @floats
// CHECK-NOT: setun.why_float
// CHECK: lowbit.quantize
func.func @floats(%x: tensor<1x4xf32>) -> tensor<1x4xui4> {
  %0 = onnx.node "Relu"(%x) : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %sq = onnx.constant dense<0.5> : tensor<f32>
  %q = lowbit.quantize %0, %sq : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui4>
  return %q : tensor<1x4xui4>
}
