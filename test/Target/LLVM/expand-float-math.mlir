// math.exp becomes our own function; functions that one IEEE operation computes stay.
// RUN: setun-opt %s --expand-float-math | FileCheck %s

// CHECK-LABEL: @use
// CHECK: call @setun_exp_f32(%arg0) : (f32) -> f32
// CHECK: call @setun_exp_f32
// CHECK: math.sqrt
// CHECK: math.roundeven
func.func @use(%x: f32) -> (f32, f32, f32, f32) {
  %0 = math.exp %x : f32
  %1 = math.exp %0 : f32
  %2 = math.sqrt %x : f32
  %3 = math.roundeven %x : f32
  return %0, %1, %2, %3 : f32, f32, f32, f32
}

// One function, however often it is called.
// CHECK: func.func private @setun_exp_f32(
// CHECK-NOT: math.
// CHECK-NOT: func.func
