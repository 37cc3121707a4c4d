// RUN: setun compile %s --emit=verilog-networks --name=m | FileCheck %s
// RUN: not setun compile %s --emit=verilog-networks --kernel=plain 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: no product is a network of additions; --kernel=addsub makes networks of all that can be

// Weights 2 1 0 / -1 8 1 / 0 0 0 and the bias 0 5 7 on codes 0..15: every wire has the bits of its own range, and only bits
// that a carry reaches are added.
// CHECK: node 'products' (MatMul)
// CHECK-NEXT: 3 codes of 4 bits in x, 3 sums of 9 bits (two's complement) in y
// CHECK: module m_products (
// CHECK-NEXT: input wire [11:0] x,
// CHECK-NEXT: output wire [26:0] y
// CHECK: wire [3:0] x0 = x[3:0];
// CHECK-NEXT: wire [3:0] x1 = x[7:4];
// CHECK-NEXT: wire [3:0] x2 = x[11:8];
// CHECK-DAG: wire [4:0] h[[A:[0-9]+]] = {{.*}}x1[3:1]} + {{.*}}x0}
// CHECK-DAG: wire [5:0] s[[A]] = {h[[A]], x1[0]};
// x2 - x0 comes before 8 * x1, which is wider.
// CHECK-DAG: wire [4:0] s[[D:[0-9]+]] = {1'b0, x2} - {1'b0, x0};
// CHECK-DAG: = {{.*}}s[[D]][4:3]} + {{.*}}x1};
// CHECK-DAG: assign y[8:0] = {3'b0, s[[A]]};
// CHECK-DAG: assign y[17:9] = {{.*}} + 9'd5;
// CHECK-DAG: assign y[26:18] = 9'd7;
// CHECK: endmodule
#node = loc("products"("MatMul"))
func.func @main(%x: tensor<1x3xui4> {onnx.name = "x"}) -> (tensor<1x3xi32> {onnx.name = "y"}) {
  %w = lowbit.constant dense_resource<w> : tensor<3x3xsi5>
  %y = lowbit.matmul %x, %w bias [0, 5, 7] : tensor<1x3xui4>, tensor<3x3xsi5> -> tensor<1x3xi32> loc(#node)
  return %y : tensor<1x3xi32>
}
{-# dialect_resources: { builtin: { w: "0x01000000020100FF0801000000" } } #-}
