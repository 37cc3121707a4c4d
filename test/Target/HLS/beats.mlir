// Beats have at most 4,096 bits: 256 floats come in two halves, and no network makes all of them.

// RUN: setun inspect %s --hls --target-ii=1 | FileCheck %s
// CHECK: {{^}}layer 128 1 2 {{.*}} unit
func.func @main(%x: tensor<1x1xui4> {onnx.name = "x"}) -> (tensor<1x256xf32> {onnx.name = "y"}) {
  %w = lowbit.constant dense_resource<w> : tensor<256x1x!lowbit.ternary>
  %acc = lowbit.matmul %x, %w : tensor<1x1xui4>, tensor<256x1x!lowbit.ternary> -> tensor<1x256xi32> loc("layer")
  %s = onnx.constant dense<0.5> : tensor<f32>
  %0 = onnx.node "Cast"(%acc) {attributes = {to = 1 : i64}, since_version = 13 : i64} : (tensor<1x256xi32>) -> tensor<1x256xf32> loc("layer")
  %y = onnx.node "Mul"(%0, %s) {since_version = 14 : i64} : (tensor<1x256xf32>, tensor<f32>) -> tensor<1x256xf32> loc("layer")
  return %y : tensor<1x256xf32>
}
{-# dialect_resources: { builtin: { w: "0x01000000FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01FF01" } } #-}
