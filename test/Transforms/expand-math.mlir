// Small floats are read and written by functions of our own, each of them once a module.
// RUN: setun-opt %s --lowbit-expand-math --split-input-file | FileCheck %s

// bf16 is the upper half of an f32.
// CHECK-LABEL: func.func private @setun_decode_bf16(%{{.*}}: i16) -> f32
// CHECK: arith.shli
// CHECK: return
// CHECK-DAG: func.func private @setun_encode_f16(%{{.*}}: f32) -> i16
// CHECK-DAG: func.func private @setun_encode_f16_from_f64(%{{.*}}: f64) -> i16
// CHECK-DAG: func.func private @setun_encode_f8e4m3fn_saturating(%{{.*}}: f32) -> i8
// CHECK-DAG: func.func private @setun_encode_f8e8m0fnu_half_up(%{{.*}}: f32) -> i8


// CHECK-LABEL: func.func @convert
func.func @convert(%x: i16, %z: f64) -> (i16, i8, i8, i16) {
  // CHECK: %[[Y:.*]] = call @setun_decode_bf16(%{{.*}}) : (i16) -> f32
  // CHECK: call @setun_encode_f16(%[[Y]])
  // CHECK: call @setun_encode_f8e4m3fn_saturating(%[[Y]])
  // CHECK: call @setun_encode_f8e8m0fnu_half_up(%[[Y]])
  // CHECK: call @setun_encode_f16_from_f64
  %y = lowbit.decode_float %x as bf16 : i16 -> f32
  %0 = lowbit.encode_float %y as f16 : f32 -> i16
  %1 = lowbit.encode_float %y saturate as f8E4M3FN : f32 -> i8
  %2 = lowbit.encode_float %y rounding half_up as f8E8M0FNU : f32 -> i8
  %3 = lowbit.encode_float %z as f16 : f64 -> i16
  return %0, %1, %2, %3 : i16, i8, i8, i16
}

// -----

// A function of f32 that has no formula of its own is that of f64, rounded.
// CHECK-LABEL: func.func private @setun_sin_f64(%{{.*}}: f64) -> f64 attributes {setun.formula = "sin(x)
// CHECK-LABEL: func.func private @setun_sin_f32(%{{.*}}: f32) -> f32
// CHECK: arith.extf
// CHECK: call @setun_sin_f64
// CHECK: arith.truncf
// CHECK-DAG: func.func private @setun_log_f32
// CHECK-DAG: func.func private @setun_pow_i64
// CHECK-LABEL: func.func @functions
// What is one IEEE operation stays.
// CHECK: call @setun_sin_f32
// CHECK: call @setun_log_f32
// CHECK: math.sqrt
// CHECK: call @setun_pow_i64
func.func @functions(%x: f32, %n: i64) -> (f32, i64) {
  %0 = math.sin %x : f32
  %1 = math.log %0 : f32
  %2 = math.sqrt %1 : f32
  %3 = math.ipowi %n, %n : i64
  return %2, %3 : f32, i64
}
