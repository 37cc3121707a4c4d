// Real numbers to codes: each rounding mode, each range, each storage.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// Divide, clamp, round, in this order. A comparison with NaN is false, so that a NaN ends as the lowest code.
// CHECK-LABEL: @half_even({{.*}} -> tensor<2x3xi8>
// CHECK: [[V:%.*]] = arith.divf %in, %in_0
// CHECK-DAG: [[LO:%.*]] = arith.constant -8.0
// CHECK-DAG: [[HI:%.*]] = arith.constant 7.0
// CHECK: [[ABOVE:%.*]] = arith.cmpf oge, [[V]], [[LO]]
// CHECK: [[LOW:%.*]] = arith.select [[ABOVE]], [[V]], [[LO]]
// CHECK: [[BELOW:%.*]] = arith.cmpf ole, [[LOW]], [[HI]]
// CHECK: [[CLAMPED:%.*]] = arith.select [[BELOW]], [[LOW]], [[HI]]
// 1.5 * 2^23 has no fraction: the sum is rounded, its lower bits are the integer.
// CHECK: [[SHIFT:%.*]] = arith.constant 0x4B400000 : f32
// CHECK: [[SUM:%.*]] = arith.addf [[CLAMPED]], [[SHIFT]]
// CHECK: [[BITS:%.*]] = arith.bitcast [[SUM]] : f32 to i32
// CHECK: [[SHIFTBITS:%.*]] = arith.constant 1262485504 : i32
// CHECK: [[WIDE:%.*]] = arith.subi [[BITS]], [[SHIFTBITS]]
// CHECK: arith.trunci [[WIDE]] : i32 to i8
func.func @half_even(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xsi4> {
  %0 = lowbit.quantize %x, %s : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xsi4>
  return %0 : tensor<2x3xsi4>
}

// -----

// CHECK-LABEL: @half_up({{.*}} -> tensor<2x3xi8>
// CHECK: [[V:%.*]] = math.round %
// CHECK-NEXT: arith.fptosi [[V]]
func.func @half_up(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xsi4> {
  %0 = lowbit.quantize %x, %s rounding half_up : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xsi4>
  return %0 : tensor<2x3xsi4>
}

// -----

// Rounded, shifted, clamped.
// CHECK-LABEL: @zero_point_last({{.*}} -> tensor<2x3xi8>
// CHECK: [[V:%.*]] = arith.divf
// CHECK: [[R:%.*]] = math.roundeven [[V]]
// CHECK: [[S:%.*]] = arith.addf [[R]], %in
// CHECK: arith.cmpf oge, [[S]]
// CHECK: arith.cmpf ole
// CHECK-NEXT: [[C:%.*]] = arith.select
// CHECK-NEXT: arith.fptosi [[C]]
func.func @zero_point_last(%x: tensor<2x3xf32>, %s: tensor<f32>, %z: tensor<f32>) -> tensor<2x3xui8> {
  %0 = lowbit.quantize %x, %s zero_point %z zero_point_last : (tensor<2x3xf32>, tensor<f32>, tensor<f32>) -> tensor<2x3xui8>
  return %0 : tensor<2x3xui8>
}

// -----

// The same with a zero point that is known to be whole: clamped before it is rounded.
// CHECK-LABEL: @whole_zero_point_last({{.*}} -> tensor<2x3xi8>
// CHECK: [[V:%.*]] = arith.divf
// CHECK: [[LO:%.*]] = arith.subf %{{.*}}, [[Z:%in.*]] : f32
// CHECK: [[HI:%.*]] = arith.subf %{{.*}}, [[Z]] : f32
// CHECK: arith.cmpf oge, [[V]], [[LO]]
// CHECK: arith.cmpf ole, %{{.*}}, [[HI]]
// CHECK: [[CLAMPED:%.*]] = arith.select
// CHECK: [[ZERO:%.*]] = arith.fptosi [[Z]]
// CHECK: arith.addf [[CLAMPED]]
// CHECK: [[WHOLE:%.*]] = arith.subi
// CHECK: arith.addi [[WHOLE]], [[ZERO]]
func.func @whole_zero_point_last(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xui8> {
  %z = arith.constant dense<128.0> : tensor<f32>
  %0 = lowbit.quantize %x, %s zero_point %z zero_point_last : (tensor<2x3xf32>, tensor<f32>, tensor<f32>) -> tensor<2x3xui8>
  return %0 : tensor<2x3xui8>
}

// -----

// CHECK-LABEL: @ceil({{.*}} -> tensor<2x3xi8>
// CHECK: [[V:%.*]] = math.ceil %
// CHECK-NEXT: arith.fptosi [[V]]
func.func @ceil(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xsi4> {
  %0 = lowbit.quantize %x, %s rounding ceil : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xsi4>
  return %0 : tensor<2x3xsi4>
}

// -----

// CHECK-LABEL: @floor({{.*}} -> tensor<2x3xi8>
// CHECK: [[V:%.*]] = math.floor %
// CHECK-NEXT: arith.fptosi [[V]]
func.func @floor(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xsi4> {
  %0 = lowbit.quantize %x, %s rounding floor : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xsi4>
  return %0 : tensor<2x3xsi4>
}

// -----

// CHECK-LABEL: @down({{.*}} -> tensor<2x3xi8>
// CHECK: [[V:%.*]] = math.trunc %
// CHECK-NEXT: arith.fptosi [[V]]
func.func @down(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xsi4> {
  %0 = lowbit.quantize %x, %s rounding down : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xsi4>
  return %0 : tensor<2x3xsi4>
}

// -----

// Away from zero: round the magnitude up.
// CHECK-LABEL: @up({{.*}} -> tensor<2x3xi8>
// CHECK: [[A:%.*]] = math.absf [[V:%.*]] :
// CHECK: [[UP:%.*]] = math.ceil [[A]]
// CHECK: math.copysign [[UP]], [[V]]
func.func @up(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xsi4> {
  %0 = lowbit.quantize %x, %s rounding up : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xsi4>
  return %0 : tensor<2x3xsi4>
}

// -----

// Only more than a half goes away from zero; a - floor(a) is exact.
// CHECK-LABEL: @half_down({{.*}} -> tensor<2x3xi8>
// CHECK: [[A:%.*]] = math.absf [[V:%.*]] :
// CHECK: [[WHOLE:%.*]] = math.floor [[A]]
// CHECK: [[REST:%.*]] = arith.subf [[A]], [[WHOLE]]
// CHECK: [[HALF:%.*]] = arith.constant 5.0
// CHECK: [[MORE:%.*]] = arith.cmpf ogt, [[REST]], [[HALF]]
// CHECK: [[R:%.*]] = arith.select [[MORE]], %{{.*}}, [[WHOLE]]
// CHECK: math.copysign [[R]], [[V]]
func.func @half_down(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xsi4> {
  %0 = lowbit.quantize %x, %s rounding half_down : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xsi4>
  return %0 : tensor<2x3xsi4>
}

// -----

// Narrow: -7 .. 7.
// CHECK-LABEL: @narrow_signed({{.*}} -> tensor<2x3xi8>
// CHECK: arith.constant -7.0
// CHECK: arith.constant 7.0
func.func @narrow_signed(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xsi4> {
  %0 = lowbit.quantize %x, %s narrow : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xsi4>
  return %0 : tensor<2x3xsi4>
}

// -----

// Narrow: 0 .. 14.
// CHECK-LABEL: @narrow_unsigned({{.*}} -> tensor<2x3xi8>
// CHECK: arith.constant 0.0
// CHECK: arith.constant 1.4{{0*}}e+01
func.func @narrow_unsigned(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xui4> {
  %0 = lowbit.quantize %x, %s narrow : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xui4>
  return %0 : tensor<2x3xui4>
}

// -----

// A factor instead of a divisor; the zero point is added before the clamp; a scale for each row.
// CHECK-LABEL: @by_reciprocal({{.*}} -> tensor<2x3xi8>
// CHECK: [[P:%.*]] = arith.mulf %in, %in_0
// CHECK: [[V:%.*]] = arith.addf [[P]], %in_1
// CHECK: arith.cmpf oge, [[V]]
func.func @by_reciprocal(%x: tensor<2x3xf32>, %s: tensor<2x1xf32>, %z: tensor<f32>) -> tensor<2x3xui8> {
  %0 = lowbit.quantize %x, %s zero_point %z by_reciprocal : (tensor<2x3xf32>, tensor<2x1xf32>, tensor<f32>) -> tensor<2x3xui8>
  return %0 : tensor<2x3xui8>
}

// -----

// Codes of more than 8 bits are stored in two bytes.
// CHECK-LABEL: @wide({{.*}} -> tensor<2x3xi16>
// CHECK: arith.constant 6.553500e+04
// CHECK: arith.trunci {{.*}} : i32 to i16
func.func @wide(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3xui16> {
  %0 = lowbit.quantize %x, %s : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xui16>
  return %0 : tensor<2x3xui16>
}

// -----

// No clamp and no rounding: the sign decides, and zero is +1.
// CHECK-LABEL: @bipolar({{.*}} -> tensor<2x3xi8>
// CHECK-NOT: arith.fptosi
// CHECK: [[V:%.*]] = arith.divf
// CHECK: [[ZERO:%.*]] = arith.constant 0.0
// CHECK: [[PLUS:%.*]] = arith.cmpf oge, [[V]], [[ZERO]]
// CHECK: arith.select [[PLUS]], %c1_i8, %c-1_i8
func.func @bipolar(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3x!lowbit.bipolar> {
  %0 = lowbit.quantize %x, %s : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3x!lowbit.bipolar>
  return %0 : tensor<2x3x!lowbit.bipolar>
}

// -----

// CHECK-LABEL: @ternary({{.*}} -> tensor<2x3xi8>
// CHECK: arith.constant -1.0
// CHECK: arith.constant 1.0
// CHECK: arith.bitcast {{.*}} : f32 to i32
func.func @ternary(%x: tensor<2x3xf32>, %s: tensor<f32>) -> tensor<2x3x!lowbit.ternary> {
  %0 = lowbit.quantize %x, %s : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3x!lowbit.ternary>
  return %0 : tensor<2x3x!lowbit.ternary>
}
