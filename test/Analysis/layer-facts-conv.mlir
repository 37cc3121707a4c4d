// RUN: setun inspect %s --json --kernel=plain | FileCheck %s

// 2 x 3 x 4 outputs of 2 channels times 2 x 2 weights each: 8 steps a sum; 24 sums.
// CHECK:      "op": "conv",
// CHECK-NEXT: "kernel": "plain",
// CHECK-NEXT: "domain": "integer",
// CHECK:      "input_bits": 4,
// CHECK-NEXT: "weight_bits": 2,
// CHECK-NEXT: "output_bits": 32,
// CHECK-NEXT: "macs": 192,
// CHECK-NEXT: "multiplications": 192,
// CHECK-NEXT: "additions": 192,
func.func @main(%x: tensor<1x4x4x5xui4> {onnx.name = "x"}) -> (tensor<1x2x3x4xi32> {onnx.name = "y"}) {
  %w = lowbit.constant dense_resource<weights> : tensor<2x2x2x2x!lowbit.ternary>
  %y = lowbit.conv %x, %w window <size[2, 2] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> groups 2
    : tensor<1x4x4x5xui4>, tensor<2x2x2x2x!lowbit.ternary> -> tensor<1x2x3x4xi32>
  return %y : tensor<1x2x3x4xi32>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x010000000100FF01000101FFFF01000101FF0001"
    }
  }
#-}
