// Sums of one row add an element a cycle; of three rows side by side an addition waits for the one three rounds before.

// RUN: setun inspect %s --hls | FileCheck %s
// CHECK: {{^}}sum - - 100 {{[0-9]}}
// CHECK: {{^}}mean - - 120 {{[0-9]}}
func.func @main(%x: tensor<1x100xf32>, %y: tensor<1x3x4x5xf32>) -> (tensor<1x1xf32>, tensor<1x3x1x1xf32>) {
  %0 = onnx.node "ReduceSum"(%x) {attributes = {axes = array<i64: 1>}, since_version = 11 : i64} : (tensor<1x100xf32>) -> tensor<1x1xf32> loc("sum")
  %1 = onnx.node "MaxPool"(%y) {attributes = {kernel_shape = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>}, since_version = 12 : i64} : (tensor<1x3x4x5xf32>) -> tensor<1x3x4x5xf32> loc("max")
  %2 = onnx.node "GlobalAveragePool"(%1) {since_version = 1 : i64} : (tensor<1x3x4x5xf32>) -> tensor<1x3x1x1xf32> loc("mean")
  return %0, %2 : tensor<1x1xf32>, tensor<1x3x1x1xf32>
}
