// Once storage is materialized nothing is left between ONNX's signed integers and signless ones; the entry
// remembers them.
// RUN: setun-opt %s --convert-onnx-to-linalg --lowbit-materialize-storage | FileCheck %s

// CHECK-LABEL: @main
// CHECK-SAME: tensor<4xi8> {setun.type = ui8}
// CHECK-SAME: tensor<4xi32> {setun.type = ui32}
// CHECK-SAME: -> (tensor<4xi8> {setun.type = si8}, tensor<4xi32>)
// CHECK-NOT: unrealized_conversion_cast
func.func @main(%x: tensor<4xui8>, %y: tensor<4xui32>) -> (tensor<4xsi8>, tensor<4xi32>) {
  %0 = onnx.node "Cast"(%x) : (tensor<4xui8>) -> tensor<4xsi8>
  %1 = onnx.node "Neg"(%0) : (tensor<4xsi8>) -> tensor<4xsi8>
  %2 = onnx.node "Cast"(%y) : (tensor<4xui32>) -> tensor<4xi32>
  return %1, %2 : tensor<4xsi8>, tensor<4xi32>
}
