// Cast: floats are cut off and saturate, integers wrap, everything else is exact.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// The conversion itself never sees a NaN or a value outside of i8.
// CHECK-LABEL: @float_to_int8
// CHECK: [[LOW:%.*]] = arith.constant -1.280000e+02 : f32
// CHECK: [[TOO_LOW:%.*]] = arith.cmpf olt, %in, [[LOW]]
// CHECK: [[HIGH:%.*]] = arith.constant 1.280000e+02 : f32
// CHECK: [[TOO_HIGH:%.*]] = arith.cmpf ole, [[HIGH]], %in
// CHECK: arith.cmpf oeq, %in, %in
// CHECK: [[INTEGER:%.*]] = arith.fptosi {{.*}} : f32 to i8
// CHECK: arith.select [[TOO_HIGH]], %c127_i8, [[INTEGER]]
func.func @float_to_int8(%a: tensor<4xf32>) -> tensor<4xsi8> {
  %0 = onnx.node "Cast"(%a) {attributes = {to = 3 : i64}} : (tensor<4xf32>) -> tensor<4xsi8>
  return %0 : tensor<4xsi8>
}

// CHECK-LABEL: @unsigned
// CHECK: arith.extui {{.*}} : i8 to i32
// CHECK: arith.extsi {{.*}} : i8 to i32
// CHECK: arith.uitofp {{.*}} : i8 to f32
func.func @unsigned(%a: tensor<4xui8>, %b: tensor<4xsi8>) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xf32>) {
  %0 = onnx.node "Cast"(%a) : (tensor<4xui8>) -> tensor<4xi32>
  %1 = onnx.node "Cast"(%b) : (tensor<4xsi8>) -> tensor<4xi32>
  %2 = onnx.node "Cast"(%a) : (tensor<4xui8>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xi32>, tensor<4xi32>, tensor<4xf32>
}

// A 4-bit code lives in a byte: wrap by shifting.
// CHECK-LABEL: @to_int4
// CHECK: arith.trunci {{.*}} : i32 to i8
// CHECK: arith.shli {{.*}} %c4_i8
// CHECK: arith.shrsi {{.*}} %c4_i8
func.func @to_int4(%a: tensor<4xi32>) -> tensor<4xsi4> {
  %0 = onnx.node "Cast"(%a) : (tensor<4xi32>) -> tensor<4xsi4>
  return %0 : tensor<4xsi4>
}

// CHECK-LABEL: @to_bool
// CHECK: [[IS_ZERO:%.*]] = arith.cmpf oeq, %in, %cst
// CHECK: arith.xori [[IS_ZERO]], %true
func.func @to_bool(%a: tensor<4xf32>) -> tensor<4xi1> {
  %0 = onnx.node "Cast"(%a) : (tensor<4xf32>) -> tensor<4xi1>
  return %0 : tensor<4xi1>
}

// CHECK-LABEL: @same
// CHECK-NEXT: return %arg0
func.func @same(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Cast"(%a) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A float below 32 bits is one operation, also from f64: it is rounded once.
// CHECK-LABEL: @small_floats
// CHECK: lowbit.encode_float {{.*}} as f16 : f64 -> i16
// CHECK: lowbit.encode_float {{.*}} saturate as f8E5M2 : f32 -> i8
// CHECK: lowbit.encode_float {{.*}} as f8E5M2 : f32 -> i8
// CHECK: lowbit.encode_float {{.*}} saturate rounding half_up as f8E8M0FNU : f32 -> i8
func.func @small_floats(%a: tensor<4xf64>, %b: tensor<4xsi8>) -> (tensor<4xf16>, tensor<4xf8E5M2>, tensor<4xf8E5M2>, tensor<4xf8E8M0FNU>) {
  %0 = onnx.node "Cast"(%a) : (tensor<4xf64>) -> tensor<4xf16>
  %1 = onnx.node "Cast"(%b) : (tensor<4xsi8>) -> tensor<4xf8E5M2>
  %2 = onnx.node "Cast"(%b) {attributes = {saturate = 0 : i64}} : (tensor<4xsi8>) -> tensor<4xf8E5M2>
  %3 = onnx.node "Cast"(%b) {attributes = {round_mode = "nearest"}} : (tensor<4xsi8>) -> tensor<4xf8E8M0FNU>
  return %0, %1, %2, %3 : tensor<4xf16>, tensor<4xf8E5M2>, tensor<4xf8E5M2>, tensor<4xf8E8M0FNU>
}

// CHECK-LABEL: @bits
// CHECK: arith.bitcast {{.*}} : f32 to i32
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @bits(%a: tensor<4xf32>) -> tensor<4xui32> {
  %0 = onnx.node "BitCast"(%a) : (tensor<4xf32>) -> tensor<4xui32>
  return %0 : tensor<4xui32>
}
