// Scales and activations between integers, in fixed point. Weights are two rows, [1, 1, 1, 1] and [1, -1, 1, 1]; codes of ui2 make
// sums of 0 .. 12 and -3 .. 9. Expected numbers are worked out by hand.
// RUN: setun-opt %s --lowbit-fix-scales --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

// 0.75 x + 0.5 of -3 .. 12 is a number of two fraction bits: 3 x + 2, which is -7 .. 38. Nothing is rounded.
// CHECK-LABEL: @output
// CHECK-DAG: [[UNIT:%.*]] = onnx.constant dense<2.500000e-01> : tensor<f32>
// CHECK: [[P:%.*]] = lowbit.matmul
// CHECK-NEXT: [[Q:%.*]] = lowbit.requantize [[P]] multipliers [array<i64: 3>] addends [2] shift 0 lo -7 hi 38
// CHECK-SAME: {axis = 0 : i64, width = 32 : i64} : (tensor<1x2xi32>) -> tensor<1x2xi32>
// CHECK-NEXT: [[R:%.*]] = lowbit.dequantize [[Q]], [[UNIT]]
// CHECK-NEXT: return [[R]]
func.func @output(%x: tensor<1x4xui2>) -> tensor<1x2xf32> {
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui2>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %s = onnx.constant dense<0.75> : tensor<f32>
  %d = lowbit.dequantize %p, %s : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %b = onnx.constant dense<0.5> : tensor<1xf32>
  %a = onnx.node "Add"(%d, %b) : (tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x2xf32>
  return %a : tensor<1x2xf32>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// Factors of two channels, 0.5 and 0.25, and a division by 3 in front of the quantiser, which makes them 1/6 and 1/12: no
// number of bits is exact. max|x| + 1 is 13 and 10; 13 * 2^-(s+1) <= 2^-6 for s >= 9, so m = rne(512 / 6) = 85 and rne(512 / 12)
// = 43. Relu is lo = 0 and the largest results, 85 * 12 / 512 = 1.99 and 43 * 9 / 512 = 0.76, give hi = 2.
// CHECK-LABEL: @quantiser
// CHECK: [[P:%.*]] = lowbit.matmul
// CHECK-NEXT: [[Q:%.*]] = lowbit.requantize [[P]] multipliers [array<i64: 85, 43>] addends [0] shift 9 lo 0 hi 2
// CHECK-SAME: {axis = 1 : i64, half_even, width = 32 : i64} : (tensor<1x2xi32>) -> tensor<1x2xui4>
// CHECK-NEXT: return [[Q]]
func.func @quantiser(%x: tensor<1x4xui2>) -> tensor<1x2xui4> {
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui2>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %s = onnx.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %d = lowbit.dequantize %p, %s : (tensor<1x2xi32>, tensor<2xf32>) -> tensor<1x2xf32>
  %r = onnx.node "Relu"(%d) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %three = onnx.constant dense<3.0> : tensor<f32>
  %q = lowbit.quantize %r, %three : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// A residual add of codes at another scale: x / 2 + c / 4 in units of 1/2 is (2 x + c) / 2, exact with one bit of shift. An odd
// zero point behind the rounding is added by a second step, since rne(v) + 1 and rne(v + 1) are not the same.
// CHECK-LABEL: @residual
// CHECK: [[P:%.*]] = lowbit.matmul
// CHECK-NEXT: [[T:%.*]] = lowbit.requantize [[P]], %arg1 multipliers [array<i64: 2>, array<i64: 1>] addends [0] shift 1
// CHECK-SAME: half_even
// CHECK-SAME: (tensor<1x2xi32>, tensor<1x2xsi4>) -> tensor<1x2xi32>
// CHECK-NEXT: [[Q:%.*]] = lowbit.requantize [[T]] multipliers [array<i64: 1>] addends [1] shift 0 lo 0 hi 15
// CHECK-SAME: (tensor<1x2xi32>) -> tensor<1x2xui4>
// CHECK-NEXT: return [[Q]]
func.func @residual(%x: tensor<1x4xui2>, %c: tensor<1x2xsi4>) -> tensor<1x2xui4> {
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui2>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %quarter = onnx.constant dense<0.25> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %d = lowbit.dequantize %p, %half : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %e = lowbit.dequantize %c, %quarter : (tensor<1x2xsi4>, tensor<f32>) -> tensor<1x2xf32>
  %a = onnx.node "Add"(%d, %e) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %a, %half zero_point %one zero_point_last : (tensor<1x2xf32>, tensor<f32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// 4 x and x stand for x and x / 4; the larger is the leaky x, -3 .. 48 quarters. It goes two ways, and rne(-3 / 8) = 0, 48 / 8 = 6.
// CHECK-LABEL: @leaky
// CHECK: [[P:%.*]] = lowbit.matmul
// CHECK-NEXT: [[A:%.*]] = lowbit.requantize [[P]] multipliers [array<i64: 4>] addends [0] shift 0 lo -12 hi 48
// CHECK: [[M:%.*]] = onnx.node "Max"([[A]], [[P]]) {{.*}} : (tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
// CHECK-DAG: [[Q:%.*]] = lowbit.requantize [[M]] multipliers [array<i64: 1>] addends [0] shift 3 lo 0 hi 6
// CHECK-DAG: [[R:%.*]] = lowbit.dequantize [[M]]
// CHECK: return [[R]], [[Q]]
func.func @leaky(%x: tensor<1x4xui2>) -> (tensor<1x2xf32>, tensor<1x2xsi4>) {
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x4xui2>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %two = onnx.constant dense<2.0> : tensor<f32>
  %d = lowbit.dequantize %p, %one : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %l = onnx.node "LeakyRelu"(%d) {attributes = {alpha = 0.25 : f32}} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %l, %two : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xsi4>
  return %l, %q : tensor<1x2xf32>, tensor<1x2xsi4>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// Untouched: sums times a power of two are exact already.
// CHECK-LABEL: @exact
// CHECK-NOT: requantize
// CHECK: lowbit.dequantize
func.func @exact(%x: tensor<1x4xui2>, %w: tensor<2x4xsi2>) -> tensor<1x2xf32> {
  %p = lowbit.matmul %x, %w : tensor<1x4xui2>, tensor<2x4xsi2> -> tensor<1x2xi32>
  %s = onnx.constant dense<0.125> : tensor<f32>
  %d = lowbit.dequantize %p, %s : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  return %d : tensor<1x2xf32>
}

// -----

// Untouched: floats of the model.
// CHECK-LABEL: @floats
// CHECK: lowbit.quantize
func.func @floats(%x: tensor<1x4xf32>) -> tensor<1x4xui4> {
  %s = onnx.constant dense<0.1> : tensor<f32>
  // expected-warning @below {{stays float: it reads floats whose range is not proven}}
  %q = lowbit.quantize %x, %s : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xui4>
  return %q : tensor<1x4xui4>
}

// -----

// What is in front of Sigmoid is integers, rne(0.3 * 2^s); 24 bits hold 12 * 0.3.
// CHECK-LABEL: @sigmoid
// CHECK: [[Q:%.*]] = lowbit.requantize
// CHECK-SAME: -> tensor<1x2xi32>
// CHECK: [[R:%.*]] = lowbit.dequantize [[Q]]
// CHECK: onnx.node "Sigmoid"([[R]])
func.func @sigmoid(%x: tensor<1x4xui2>, %w: tensor<2x4xsi2>) -> tensor<1x2xf32> {
  %p = lowbit.matmul %x, %w : tensor<1x4xui2>, tensor<2x4xsi2> -> tensor<1x2xi32>
  %s = onnx.constant dense<0.3> : tensor<f32>
  %d = lowbit.dequantize %p, %s : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: 'Sigmoid' has no formula in fixed point}}
  %y = onnx.node "Sigmoid"(%d) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// CHECK-LABEL: @product
// CHECK: onnx.node "Mul"
func.func @product(%x: tensor<1x2xui2>, %y: tensor<1x2xui2>) -> tensor<1x2xf32> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %a = lowbit.dequantize %x, %s : (tensor<1x2xui2>, tensor<f32>) -> tensor<1x2xf32>
  %b = lowbit.dequantize %y, %s : (tensor<1x2xui2>, tensor<f32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: it multiplies two computed numbers}}
  %p = onnx.node "Mul"(%a, %b) : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %p : tensor<1x2xf32>
}

// -----

// A row and a column meet.
// CHECK-LABEL: @broadcast
// CHECK: onnx.node "Add"
func.func @broadcast(%x: tensor<1x2xui2>, %y: tensor<2x1xui2>) -> tensor<2x2xf32> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %a = lowbit.dequantize %x, %s : (tensor<1x2xui2>, tensor<f32>) -> tensor<1x2xf32>
  %b = lowbit.dequantize %y, %s : (tensor<2x1xui2>, tensor<f32>) -> tensor<2x1xf32>
  // expected-warning @below {{stays float: a value is broadcast}}
  %p = onnx.node "Add"(%a, %b) : (tensor<1x2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
  return %p : tensor<2x2xf32>
}

// -----

// Sums of 64 bits that nobody has bounded.
// CHECK-LABEL: @unproven
// CHECK: lowbit.dequantize %arg0
func.func @unproven(%x: tensor<1x2xi64>) -> tensor<1x2xf32> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  // expected-warning @below {{stays float: its range is not proven, or takes more than 64 bits}}
  %d = lowbit.dequantize %x, %s : (tensor<1x2xi64>, tensor<f32>) -> tensor<1x2xf32>
  return %d : tensor<1x2xf32>
}

// -----

// The scale of a row is found at run time.
// CHECK-LABEL: @dynamic
// CHECK: lowbit.dynamic_quantize
func.func @dynamic(%x: tensor<1x2xi32>) -> (tensor<1x2xsi8>, tensor<1x1xf32>) {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %d = lowbit.dequantize %x, %s : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: its scale is computed from the data; --static-scales fixes it}}
  %q, %t = lowbit.dynamic_quantize %d {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<1x2xf32> -> tensor<1x2xsi8>, tensor<1x1xf32>
  return %q, %t : tensor<1x2xsi8>, tensor<1x1xf32>
}

// -----

// Pools and reshapes choose among integers. Padded windows have an element each.
// CHECK-LABEL: @moves
// CHECK: [[Q:%.*]] = lowbit.requantize %arg0
// CHECK-SAME: -> tensor<1x1x4x4xi32>
// CHECK: [[M:%.*]] = onnx.node "MaxPool"([[Q]]) {{.*}} : (tensor<1x1x4x4xi32>) -> tensor<1x1x4x4xi32>
// CHECK: [[F:%.*]] = onnx.node "Flatten"([[M]]) {{.*}} : (tensor<1x1x4x4xi32>) -> tensor<1x16xi32>
// CHECK: [[R:%.*]] = lowbit.dequantize [[F]]
// CHECK: return [[R]]
func.func @moves(%x: tensor<1x1x4x4xsi8>) -> tensor<1x16xf32> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %d = lowbit.dequantize %x, %s : (tensor<1x1x4x4xsi8>, tensor<f32>) -> tensor<1x1x4x4xf32>
  %m = onnx.node "MaxPool"(%d) {attributes = {kernel_shape = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>}} : (tensor<1x1x4x4xf32>) -> tensor<1x1x4x4xf32>
  %f = onnx.node "Flatten"(%m) {attributes = {axis = 1 : i64}} : (tensor<1x1x4x4xf32>) -> tensor<1x16xf32>
  return %f : tensor<1x16xf32>
}

// -----

// The largest of no element is minus infinity.
// CHECK-LABEL: @empty_window
func.func @empty_window(%x: tensor<1x1x4x4xsi8>) -> tensor<1x1x8x8xf32> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %d = lowbit.dequantize %x, %s : (tensor<1x1x4x4xsi8>, tensor<f32>) -> tensor<1x1x4x4xf32>
  // expected-warning @below {{stays float: a window may see no element}}
  %m = onnx.node "MaxPool"(%d) {attributes = {kernel_shape = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>}} : (tensor<1x1x4x4xf32>) -> tensor<1x1x8x8xf32>
  return %m : tensor<1x1x8x8xf32>
}

// -----

// Scales that no shift and no multiplier of 64 bits has, and sums of so many bits that rounding a multiplier would show.
// CHECK-LABEL: @extreme
func.func @extreme(%x: tensor<1x2xi32>, %y: tensor<1x2xi64>) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xui4>, tensor<1x2xui4>) {
  %small = onnx.constant dense<1.0e-38> : tensor<f32>
  %s = onnx.constant dense<1.3e-18> : tensor<f32>
  // expected-warning @below {{stays float: its range is not proven, or has no scale}}
  %a = lowbit.dequantize %x, %small : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: its range is not proven, or takes more than 64 bits}}
  %b = lowbit.dequantize %y, %s : (tensor<1x2xi64>, tensor<f32>) -> tensor<1x2xf32>
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %minus = onnx.constant dense<-1.0> : tensor<f32>
  %c = lowbit.dequantize %x, %s : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: its scale is not positive}}
  %q = lowbit.quantize %c, %zero : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  // expected-warning @below {{stays float: its scale is not positive}}
  %r = lowbit.quantize %c, %minus : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xui4>
  return %a, %b, %q, %r : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xui4>, tensor<1x2xui4>
}

// -----

// A division by 0, a constant that is no number, and one that differs along two dimensions.
// CHECK-LABEL: @constants
func.func @constants(%x: tensor<2x2xui4>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %d = lowbit.dequantize %x, %s : (tensor<2x2xui4>, tensor<f32>) -> tensor<2x2xf32>
  %zero = onnx.constant dense<0.0> : tensor<f32>
  %nan = onnx.constant dense<0x7FC00000> : tensor<f32>
  %both = onnx.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  // expected-warning @below {{stays float: it divides by 0}}
  %a = onnx.node "Div"(%d, %zero) : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x2xf32>
  // expected-warning @below {{stays float: a constant is not finite}}
  %b = onnx.node "Add"(%d, %nan) : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x2xf32>
  // expected-warning @below {{stays float: a constant differs along two dimensions}}
  %c = onnx.node "Mul"(%d, %both) : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return %a, %b, %c : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}

// -----

// The sign of 0.75 x - 0.5, that is of 3 x - 2 quarters.
// CHECK-LABEL: @sign
// CHECK-DAG: [[ZERO:%.*]] = onnx.constant dense<0> : tensor<1x1xi32>
// CHECK: [[Q:%.*]] = lowbit.requantize %arg0 multipliers [array<i64: 3>] addends [-2] shift 0 lo -26 hi 19
// CHECK: lowbit.threshold [[Q]], [[ZERO]] {axis = 0 : i64} : (tensor<1x2xi32>, tensor<1x1xi32>) -> tensor<1x2x!lowbit.bipolar>
func.func @sign(%x: tensor<1x2xsi4>) -> tensor<1x2x!lowbit.bipolar> {
  %s = onnx.constant dense<0.75> : tensor<f32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %d = lowbit.dequantize %x, %s : (tensor<1x2xsi4>, tensor<f32>) -> tensor<1x2xf32>
  %a = onnx.node "Sub"(%d, %half) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %a, %one : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2x!lowbit.bipolar>
  return %q : tensor<1x2x!lowbit.bipolar>
}

// -----

// What folding leaves of the scale of two rows is one number twice, which differs along no dimension.
// CHECK-LABEL: @rows
// CHECK: lowbit.requantize %arg0 multipliers [array<i64: 1, 3>] addends [0] shift 0 {{.*}} {axis = 1 : i64
func.func @rows(%x: tensor<2x2xsi4>) -> tensor<2x2xf32> {
  %s = onnx.constant dense_resource<rows> : tensor<2x1xf32>
  %m = onnx.constant dense<[1.0, 3.0]> : tensor<2xf32>
  %d = lowbit.dequantize %x, %s : (tensor<2x2xsi4>, tensor<2x1xf32>) -> tensor<2x2xf32>
  %a = onnx.node "Mul"(%d, %m) : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %a : tensor<2x2xf32>
}

{-# dialect_resources: { builtin: { rows: "0x040000000000003F0000003F" } } #-}

// -----

// What several ops read is looked at once: 16^12 ways lead to the product. 0.3 * 12 = 3.6, ties to even.
// CHECK-LABEL: @many_ways
// CHECK: lowbit.requantize {{.*}} lo -1 hi 4
func.func @many_ways(%x: tensor<1x4xui2>) -> tensor<1x2xsi8> {
  %w = lowbit.constant dense_resource<w> : tensor<2x4x!lowbit.ternary>
  %m0 = lowbit.matmul %x, %w : tensor<1x4xui2>, tensor<2x4x!lowbit.ternary> -> tensor<1x2xi32>
  %m1 = onnx.node "Max"(%m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0, %m0) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m2 = onnx.node "Min"(%m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1, %m1) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m3 = onnx.node "Max"(%m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2, %m2) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m4 = onnx.node "Min"(%m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3, %m3) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m5 = onnx.node "Max"(%m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4, %m4) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m6 = onnx.node "Min"(%m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5, %m5) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m7 = onnx.node "Max"(%m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6, %m6) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m8 = onnx.node "Min"(%m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7, %m7) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m9 = onnx.node "Max"(%m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8, %m8) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m10 = onnx.node "Min"(%m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9, %m9) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m11 = onnx.node "Max"(%m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10, %m10) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %m12 = onnx.node "Min"(%m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11, %m11) : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
  %s = onnx.constant dense<0.3> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %d = lowbit.dequantize %m12, %s : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %d, %one : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xsi8>
  return %q : tensor<1x2xsi8>
}

{-# dialect_resources: { builtin: { w: "0x010000000101010101FF0101" } } #-}

// -----

// 2^128 is no scale of f32, and 2^-160 would be 0.
// CHECK-LABEL: @powers
func.func @powers(%x: tensor<1x2xi32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %large = onnx.constant dense<0x5F800000> : tensor<f32>
  %small = onnx.constant dense<0x17800000> : tensor<f32>
  // CHECK: [[D:%.*]] = lowbit.dequantize %arg0
  %d = lowbit.dequantize %x, %large : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  %e = lowbit.dequantize %x, %small : (tensor<1x2xi32>, tensor<f32>) -> tensor<1x2xf32>
  // CHECK: onnx.node "Mul"([[D]],
  // expected-warning @below {{stays float: its range is not proven, or has no scale}}
  %a = onnx.node "Mul"(%d, %large) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: its range is not proven, or has no scale}}
  %b = onnx.node "Mul"(%e, %small) : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xf32>
  return %a, %b : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// Nothing is above minus infinity: the smallest code; what is made of it has no fixed point. A bound that is no number is none.
// CHECK-LABEL: @infinite_bounds
// CHECK: lowbit.requantize {{.*}} lo -8 hi -8
// CHECK: onnx.node "Clip"
func.func @infinite_bounds(%x: tensor<1x2xsi4>) -> (tensor<1x2xsi4>, tensor<1x2xf32>, tensor<1x2xsi4>) {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %d = lowbit.dequantize %x, %s : (tensor<1x2xsi4>, tensor<f32>) -> tensor<1x2xf32>
  %c = onnx.node "Clip"(%d) {attributes = {max = 0xFF800000 : f32}, since_version = 6 : i64} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %c, %one : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xsi4>
  // expected-warning @below {{stays float: a bound is not a number}}
  %e = onnx.node "Clip"(%d) {attributes = {max = 0x7FC00000 : f32}, since_version = 6 : i64} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: its range is not proven, or has no scale}}
  %f = onnx.node "Clip"(%d) {attributes = {max = 0xFF800000 : f32}, since_version = 6 : i64} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: its range is not proven, or has no scale}}
  %n = onnx.node "Neg"(%f) : (tensor<1x2xf32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: it reads floats whose range is not proven}}
  %r = lowbit.quantize %n, %one : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xsi4>
  return %q, %e, %r : tensor<1x2xsi4>, tensor<1x2xf32>, tensor<1x2xsi4>
}

// -----

// F = 1398101 * 2^-20 and 2^20, A = 3 F, x = -3 .. 3: x F + A is never negative, but with t = 7, m = rne(F * 128) = 171 and
// b = rne(A * 128) = 512, and (171 * -3 + 512) >> 7 = -1. Rounded towards 0 it is 0.
// CHECK-LABEL: @towards_zero
// CHECK: lowbit.requantize {{.*}} multipliers [array<i64: 171, 134217728>] addends [512, 402653184] shift 7 lo 0 hi 127
func.func @towards_zero(%x: tensor<1x2xui2>) -> tensor<1x2xsi8> {
  %w = lowbit.constant dense_resource<w> : tensor<2x2x!lowbit.ternary>
  %p = lowbit.matmul %x, %w : tensor<1x2xui2>, tensor<2x2x!lowbit.ternary> -> tensor<1x2xi32>
  %f = onnx.constant dense<[1.33333301544189453125, 1048576.0]> : tensor<2xf32>
  %a = onnx.constant dense<[3.99999904632568359375, 3145728.0]> : tensor<2xf32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %d = lowbit.dequantize %p, %f : (tensor<1x2xi32>, tensor<2xf32>) -> tensor<1x2xf32>
  %s = onnx.node "Add"(%d, %a) : (tensor<1x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %q = lowbit.quantize %s, %one rounding down : (tensor<1x2xf32>, tensor<f32>) -> tensor<1x2xsi8>
  return %q : tensor<1x2xsi8>
}

{-# dialect_resources: { builtin: { w: "0x0100000001FF01FF" } } #-}

// -----

// A zero point behind the rounding does not make the number in front of it positive.
// CHECK-LABEL: @zero_point_behind
// CHECK: lowbit.quantize
func.func @zero_point_behind(%x: tensor<1x2xsi4>) -> tensor<1x2xui4> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %one = onnx.constant dense<1.0> : tensor<f32>
  %zero = onnx.constant dense<8.0> : tensor<f32>
  %d = lowbit.dequantize %x, %s : (tensor<1x2xsi4>, tensor<f32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: it rounds negative numbers in another way than positive ones}}
  %q = lowbit.quantize %d, %one zero_point %zero zero_point_last rounding half_up : (tensor<1x2xf32>, tensor<f32>, tensor<f32>) -> tensor<1x2xui4>
  return %q : tensor<1x2xui4>
}

// -----

// What only arranges numbers, but has no form here, is named, too.
// CHECK-LABEL: @arranged
// CHECK: onnx.node "Concat"
func.func @arranged(%x: tensor<1x2xsi4>) -> tensor<1x4xf32> {
  %s = onnx.constant dense<0.3> : tensor<f32>
  %d = lowbit.dequantize %x, %s : (tensor<1x2xsi4>, tensor<f32>) -> tensor<1x2xf32>
  // expected-warning @below {{stays float: 'Concat' has no formula in fixed point}}
  %c = onnx.node "Concat"(%d, %d) {attributes = {axis = 1 : i64}} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  return %c : tensor<1x4xf32>
}
