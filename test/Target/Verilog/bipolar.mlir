// RUN: setun compile %s --emit=verilog-networks --kernel=addsub --name=m | FileCheck %s

// A bipolar code is the bit (x + 1) / 2, so a row of +1 +1 is 2 * (b0 + b1) - 2.
// CHECK: 2 codes of 1 bits in x, 2 sums of 3 bits (two's complement) in y
// CHECK: module m_layer (
// CHECK: wire [0:0] x0 = x[0];
// CHECK-NEXT: wire [0:0] x1 = x[1];
// CHECK-DAG: wire [1:0] s[[SUM:[0-9]+]] = {1'b0, x0} + {1'b0, x1};
// CHECK-DAG: wire [1:0] s[[DIFFERENCE:[0-9]+]] = {1'b0, x0} - {1'b0, x1};
// CHECK-DAG: assign y[2:0] = {s[[SUM]], 1'b0} + 3'd6;
// CHECK-DAG: assign y[5:3] = {s[[DIFFERENCE]], 1'b0};
func.func @main(%x: tensor<1x2x!lowbit.bipolar> {onnx.name = "x"}) -> (tensor<1x2xi32> {onnx.name = "y"}) {
  %w = lowbit.constant dense_resource<w> : tensor<2x2x!lowbit.bipolar>
  %y = lowbit.matmul %x, %w : tensor<1x2x!lowbit.bipolar>, tensor<2x2x!lowbit.bipolar> -> tensor<1x2xi32>
  return %y : tensor<1x2xi32>
}
{-# dialect_resources: { builtin: { w: "0x01000000010101FF" } } #-}
