// RUN: setun compile %s --emit=verilog-networks --kernel=packed --name=m | FileCheck %s
// RUN: setun compile %s --emit=verilog-networks --kernel=addsub --name=m | FileCheck %s --check-prefix=NETWORK

// Counters take six bits at a time; a table of 64 bits each for the bits of a count: bit 0 is the parity (0 for 0, 1 for 1,
// 1 for 2, 0 for 3: 6 hexadecimal, read from the low end), bit 2 is set from four on.
// Eight bits: one counter of six; the parity of six, and two more bits, are a counter of three; both have a bit of weight 2.
// CHECK: How many of 8 bits are set.
// CHECK: module m_count8 (
// CHECK-NEXT: input wire [7:0] b,
// CHECK-NEXT: output wire [3:0] y
// CHECK: localparam [63:0] BIT0 = 64'h6996966996696996;
// CHECK-NEXT: localparam [63:0] BIT1 = 64'h8117177e177e7ee8;
// CHECK-NEXT: localparam [63:0] BIT2 = 64'hfee8e880e8808000;
// CHECK-NEXT: wire [5:0] g0 = {b[5], b[4], b[3], b[2], b[1], b[0]};
// CHECK-NEXT: wire w0 = BIT0[g0];
// CHECK-NEXT: wire w1 = BIT1[g0];
// CHECK-NEXT: wire w2 = BIT2[g0];
// CHECK-NEXT: wire [5:0] g1 = {3'b0, w0, b[7], b[6]};
// CHECK-NEXT: wire w3 = BIT0[g1];
// CHECK-NEXT: wire w4 = BIT1[g1];
// CHECK-NEXT: wire [2:0] sum = {1'b0, w2, w1} + {1'b0, 1'b0, w4};
// CHECK-NEXT: assign y = {sum, w3};

// The module of a layer inverts the bits of negative weights: 2 * (set bits) - 8, and as many less for each inverted bit as
// all bits set are more.
// CHECK: 8 codes of 1 bits in x, 1 sums of 5 bits (two's complement) in y
// CHECK: Counts of bits,
// CHECK: module m_layer (
// CHECK: wire [3:0] c0;
// CHECK-NEXT: m_count8 c0_tree (.b({~x7, x6, x5, x4, x3, x2, ~x1, x0}), .y(c0));
// CHECK-NEXT: assign y[4:0] = {c0, 1'b0} + 5'd24;

// NETWORK-NOT: Counts of bits
// NETWORK: additions
func.func @main(%x: tensor<1x8x!lowbit.bipolar> {onnx.name = "x"}) -> (tensor<1x1xi32> {onnx.name = "y"}) {
  %w = lowbit.constant dense_resource<w> : tensor<1x8x!lowbit.bipolar>
  %y = lowbit.matmul %x, %w : tensor<1x8x!lowbit.bipolar>, tensor<1x8x!lowbit.bipolar> -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}
{-# dialect_resources: { builtin: { w: "0x0100000001FF0101010101FF" } } #-}
