// Signed and unsigned ONNX integers are signless inside; casts stand only at the edge.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @chain
// CHECK-SAME: (%[[X:.*]]: tensor<4xsi8>) -> tensor<4xsi8>
// CHECK: [[IN:%.*]] = builtin.unrealized_conversion_cast %[[X]] : tensor<4xsi8> to tensor<4xi8>
// CHECK-NOT: unrealized_conversion_cast
// CHECK: [[OUT:%.*]] = builtin.unrealized_conversion_cast {{%.*}} : tensor<4xi8> to tensor<4xsi8>
// CHECK: return [[OUT]]
func.func @chain(%x: tensor<4xsi8>) -> tensor<4xsi8> {
  %0 = onnx.node "Neg"(%x) : (tensor<4xsi8>) -> tensor<4xsi8>
  %1 = onnx.node "Abs"(%0) : (tensor<4xsi8>) -> tensor<4xsi8>
  return %1 : tensor<4xsi8>
}

// Constants keep their bytes: a resource is shared, a 4-bit code becomes a byte.
// CHECK-LABEL: @constants
// CHECK-DAG: arith.constant dense_resource<w> : tensor<4xi8>
// CHECK-DAG: arith.constant dense<[-8, 7, 0, -1]> : tensor<4xi8>
// CHECK-DAG: arith.constant dense<[true, false, true, true]> : tensor<4xi1>
func.func @constants() -> (tensor<4xsi8>, tensor<4xsi4>, tensor<4xi1>) {
  %0 = onnx.constant dense_resource<w> : tensor<4xsi8>
  %1 = onnx.constant dense<[-8, 7, 0, -1]> : tensor<4xsi4>
  %2 = onnx.constant dense_resource<b> : tensor<4xi1>
  return %0, %1, %2 : tensor<4xsi8>, tensor<4xsi4>, tensor<4xi1>
}

// Every op keeps the location of its node.
// CHECK-LABEL: @location
func.func @location(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = onnx.node "Relu"(%x) : (tensor<4xf32>) -> tensor<4xf32> loc("Relu_7"("Relu"))
  return %0 : tensor<4xf32>
}

// Small floats are stored as bits and computed in f32; a constant is decoded at compile time.
// CHECK-LABEL: @small_floats
// CHECK-SAME: (%[[X:.*]]: tensor<4xf16>) -> tensor<4xf16>
// CHECK: [[IN:%.*]] = builtin.unrealized_conversion_cast %[[X]] : tensor<4xf16> to tensor<4xi16>
// CHECK: [[DECODED:%.*]] = linalg.generic {{.*}} ins([[IN]] : tensor<4xi16>) outs({{.*}} : tensor<4xf32>)
// CHECK: lowbit.decode_float {{.*}} as f16 : i16 -> f32
// CHECK: [[C:%.*]] = arith.constant dense<[1.000000e+00, -2.000000e+00, 5.000000e-01, 0.000000e+00]> : tensor<4xf32>
// CHECK: [[SUM:%.*]] = linalg.generic {{.*}} ins([[DECODED]], [[C]] : tensor<4xf32>, tensor<4xf32>)
// CHECK: arith.addf {{.*}} : f32
// CHECK: [[ENCODED:%.*]] = linalg.generic {{.*}} ins([[SUM]] : tensor<4xf32>) outs({{.*}} : tensor<4xi16>)
// CHECK: lowbit.encode_float {{.*}} as f16 : f32 -> i16
// CHECK: builtin.unrealized_conversion_cast [[ENCODED]] : tensor<4xi16> to tensor<4xf16>
func.func @small_floats(%x: tensor<4xf16>) -> tensor<4xf16> {
  %c = onnx.constant dense<[1.0, -2.0, 0.5, 0.0]> : tensor<4xf16>
  %0 = onnx.node "Add"(%x, %c) : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// Operators that only move elements see their bits.
// CHECK-LABEL: @moved
// CHECK-NOT: decode_float
// CHECK: linalg.transpose ins({{.*}} : tensor<2x3xi8>)
func.func @moved(%x: tensor<2x3xf8E4M3FN>) -> tensor<3x2xf8E4M3FN> {
  %0 = onnx.node "Transpose"(%x) : (tensor<2x3xf8E4M3FN>) -> tensor<3x2xf8E4M3FN>
  return %0 : tensor<3x2xf8E4M3FN>
}

{-#
  dialect_resources: { builtin: { w: "0x01000000FF01027F", b: "0x0100000001000101" } }
#-}
