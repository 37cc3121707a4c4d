// One scalar formula per operator, numpy broadcasting in the indexing maps.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// A dimension of size 1 stays at index 0; missing leading dimensions are not indexed.
// CHECK: [[$ROW:#.*]] = affine_map<(d0, d1, d2) -> (d1, 0)>
// CHECK-LABEL: @broadcast
// CHECK: linalg.generic {indexing_maps = [{{#.*}}, [[$ROW]], {{#.*}}]
// CHECK: [[SUM:%.*]] = arith.addf %in, %in_0 : f32
// CHECK: linalg.yield [[SUM]]
func.func @broadcast(%a: tensor<2x3x5xf32>, %b: tensor<3x1xf32>) -> tensor<2x3x5xf32> {
  %0 = onnx.node "Add"(%a, %b) : (tensor<2x3x5xf32>, tensor<3x1xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// A constant of one value is written into the body.
// CHECK-LABEL: @scalar
// CHECK-NOT: dense
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<4xf32>)
// CHECK: [[HALF:%.*]] = arith.constant 5.000000e-01 : f32
// CHECK: arith.mulf %in, [[HALF]]
func.func @scalar(%a: tensor<4xf32>) -> tensor<4xf32> {
  %half = onnx.constant dense<0.5> : tensor<1xf32>
  %0 = onnx.node "Mul"(%a, %half) : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Integers: signed and unsigned by the ONNX type, computed on signless ones.
// CHECK-LABEL: @signs
// CHECK: arith.maxsi {{.*}} : i8
// CHECK: arith.maxui {{.*}} : i8
func.func @signs(%a: tensor<4xsi8>, %b: tensor<4xui8>) -> (tensor<4xsi8>, tensor<4xui8>) {
  %0 = onnx.node "Max"(%a, %a) : (tensor<4xsi8>, tensor<4xsi8>) -> tensor<4xsi8>
  %1 = onnx.node "Max"(%b, %b) : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %0, %1 : tensor<4xsi8>, tensor<4xui8>
}

// No value of the divisor may trap: 0 gives 0, -1 negates.
// CHECK-LABEL: @integer_division
// CHECK: [[IS_ZERO:%.*]] = arith.cmpi eq, %in_0, %c0_i32
// CHECK: arith.divsi
// CHECK: arith.select [[IS_ZERO]], %c0_i32
func.func @integer_division(%a: tensor<4xi32>, %b: tensor<4xi32>) -> tensor<4xi32> {
  %0 = onnx.node "Div"(%a, %b) : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}

// Relu keeps a NaN: x < 0 ? 0 : x.
// CHECK-LABEL: @relu
// CHECK: [[BELOW:%.*]] = arith.cmpf olt, %in, [[ZERO:%.*]] : f32
// CHECK: arith.select [[BELOW]], [[ZERO]], %in
func.func @relu(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Relu"(%a) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Bounds of Clip: attributes before opset 11, inputs since, each may be omitted.
// CHECK-LABEL: @clip
// CHECK: arith.cmpf olt
// CHECK-NOT: arith.cmpf
// CHECK: linalg.yield
// CHECK: arith.cmpf olt, {{%.*}}, [[HIGH:%.*]] : f32
// CHECK-NOT: arith.cmpf
// CHECK: linalg.yield
func.func @clip(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %none = onnx.none
  %high = onnx.constant dense<6.0> : tensor<f32>
  %0 = onnx.node "Clip"(%a) {attributes = {min = -1.0 : f32}, since_version = 6 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "Clip"(%a, %none, %high) {since_version = 13 : i64}
      : (tensor<4xf32>, none, tensor<f32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: @pow
// CHECK: arith.mulf %in, %in
// CHECK: math.sqrt
func.func @pow(%a: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %two = onnx.constant dense<2.0> : tensor<f32>
  %half = onnx.constant dense<0.5> : tensor<f32>
  %0 = onnx.node "Pow"(%a, %two) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = onnx.node "Pow"(%a, %half) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: @round_half_even
// CHECK: math.roundeven
func.func @round_half_even(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Round"(%a) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @logic
// CHECK: arith.cmpf olt, %in_0, %in
// CHECK: arith.andi {{.*}} : i1
// CHECK: arith.select %in, %in_{{.*}}, %in_
func.func @logic(%a: tensor<4xf32>, %b: tensor<4xf32>, %p: tensor<4xi1>) -> tensor<4xf32> {
  %0 = onnx.node "Greater"(%a, %b) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %1 = onnx.node "And"(%0, %p) : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  %2 = onnx.node "Where"(%1, %a, %b) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: @sigmoid
// CHECK: arith.negf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: arith.divf
func.func @sigmoid(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Sigmoid"(%a) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Any other power: floats of one type stay that, integers are 64 bits wide, what is mixed is f64.
// CHECK-LABEL: @powers
// CHECK: math.powf {{.*}} : f32
// CHECK: arith.extsi {{.*}} : i32 to i64
// CHECK: math.ipowi {{.*}} : i64
// CHECK: arith.trunci {{.*}} : i64 to i32
// CHECK: math.powf {{.*}} : f64
// CHECK: arith.truncf {{.*}} : f64 to f32
func.func @powers(%x: tensor<4xf32>, %i: tensor<4xi32>) -> (tensor<4xf32>, tensor<4xi32>, tensor<4xf32>) {
  %0 = onnx.node "Pow"(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = onnx.node "Pow"(%i, %i) : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %2 = onnx.node "Pow"(%x, %i) : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xi32>, tensor<4xf32>
}

// No divisor traps, and a remainder takes the sign of the divisor.
// CHECK-LABEL: @mod
// CHECK: arith.remsi
// CHECK: arith.xori
// CHECK: arith.addi
// CHECK-LABEL: @fmod
// CHECK: arith.remf
// CHECK-NOT: arith.addf
// CHECK: linalg.yield
func.func @mod(%x: tensor<4xi32>, %y: tensor<4xi32>) -> tensor<4xi32> {
  %0 = onnx.node "Mod"(%x, %y) : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}
func.func @fmod(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Mod"(%x, %y) {attributes = {fmod = 1 : i64}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A count of all bits or more shifts everything out.
// CHECK-LABEL: @shift
// CHECK: arith.cmpi ult, {{.*}} : i8
// CHECK: arith.shrui
// CHECK: arith.select
func.func @shift(%x: tensor<4xui8>, %y: tensor<4xui8>) -> tensor<4xui8> {
  %0 = onnx.node "BitShift"(%x, %y) {attributes = {direction = "RIGHT"}} : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}
