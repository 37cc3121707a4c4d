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

{-#
  dialect_resources: { builtin: { w: "0x01000000FF01027F", b: "0x0100000001000101" } }
#-}
