// Per-token absmax quantisation: three passes over a row.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// The bits of max |x| over the last dimension, starting from 0.
// CHECK-LABEL: @quotient(%arg0: tensor<2x3xf32>) -> (tensor<2x3xi8>, tensor<2x1xf32>)
// CHECK: [[START:%.*]] = linalg.fill ins(%c0{{.*}} outs(%{{.*}} : tensor<2xi32>)
// CHECK: [[ABSMAX:%.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%arg0 {{.*}} outs([[START]]
// CHECK: [[BITS:%.*]] = arith.bitcast %in : f32 to i32
// CHECK: [[MASK:%.*]] = arith.constant 2147483647
// CHECK: [[MAGNITUDE:%.*]] = arith.andi [[BITS]], [[MASK]]
// CHECK: arith.maxsi [[MAGNITUDE]], %out
// a = limit / max(absmax, epsilon)
// CHECK: [[A:%.*]] = linalg.generic {{.*}} ins([[ABSMAX]]
// CHECK: [[REAL:%.*]] = arith.bitcast %in : i32 to f32
// CHECK: [[EPSILON:%.*]] = arith.constant 9.99999974E-6
// CHECK: [[T:%.*]] = arith.maximumf [[REAL]], [[EPSILON]]
// CHECK: [[LIMIT:%.*]] = arith.constant 1.270000e+02
// CHECK: arith.divf [[LIMIT]], [[T]]
// CHECK: [[SCALES:%.*]] = linalg.generic {{.*}} ins([[A]]
// CHECK: [[ONE:%.*]] = arith.constant 1.0
// CHECK: arith.divf [[ONE]], %in
// CHECK: [[ROWS:%.*]] = tensor.expand_shape [[A]] {{.*}} into tensor<2x1xf32>
// CHECK: [[CODES:%.*]] = linalg.generic {{.*}} ins(%arg0, [[ROWS]]
// CHECK: [[SCALED:%.*]] = arith.mulf %in, %in_
// CHECK-DAG: arith.constant -1.280000e+02
// CHECK-DAG: arith.constant 1.270000e+02
// CHECK: arith.addf
// CHECK: arith.bitcast {{.*}} : f32 to i32
// CHECK: [[COLUMN:%.*]] = tensor.expand_shape [[SCALES]]
// CHECK: return [[CODES]], [[COLUMN]]
func.func @quotient(%x: tensor<2x3xf32>) -> (tensor<2x3xsi8>, tensor<2x1xf32>) {
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 127 : i64} : tensor<2x3xf32> -> tensor<2x3xsi8>, tensor<2x1xf32>
  return %q, %s : tensor<2x3xsi8>, tensor<2x1xf32>
}

// -----

// a = (1 / t) * limit, and -7 .. 7 for narrow codes.
// CHECK-LABEL: @reciprocal
// CHECK: [[T:%.*]] = arith.maximumf %
// CHECK: [[LIMIT:%.*]] = arith.constant 7.0
// CHECK: [[ONE:%.*]] = arith.constant 1.0
// CHECK: [[INVERSE:%.*]] = arith.divf [[ONE]], [[T]]
// CHECK: arith.mulf [[INVERSE]], [[LIMIT]]
// CHECK: arith.constant -7.0
func.func @reciprocal(%x: tensor<2x3xf32>) -> (tensor<2x3xsi4>, tensor<2x1xf32>) {
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 7 : i64, reciprocal, narrow} : tensor<2x3xf32> -> tensor<2x3xsi4>, tensor<2x1xf32>
  return %q, %s : tensor<2x3xsi4>, tensor<2x1xf32>
}

// -----

// One token: the scale of a vector.
// CHECK-LABEL: @vector(%arg0: tensor<3xf32>) -> (tensor<3xi16>, tensor<1xf32>)
// CHECK: iterator_types = ["reduction"]
func.func @vector(%x: tensor<3xf32>) -> (tensor<3xsi16>, tensor<1xf32>) {
  %q, %s = lowbit.dynamic_quantize %x {epsilon = 1.0e-5 : f32, limit = 32767 : i64} : tensor<3xf32> -> tensor<3xsi16>, tensor<1xf32>
  return %q, %s : tensor<3xsi16>, tensor<1xf32>
}
