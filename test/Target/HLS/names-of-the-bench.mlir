// Ports whose names a test bench or the types have get others.

// RUN: setun-opt %s --pass-pipeline='builtin.module(emit-hls)' -o /dev/null | FileCheck %s

// CHECK: void model(hls::stream<[[WORD:word_[0-9]+]]_word> &[[WORD]], hls::stream<[[TYPE:ap_int_[0-9]+]]_word> &[[TYPE]]);
func.func @main(%x: tensor<1x2xui4> {onnx.name = "word"}) -> (tensor<1x2xui4> {onnx.name = "ap_int"}) {
  %0 = lowbit.requantize %x multipliers [array<i64: 1>] addends [1] shift 0 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x2xui4>) -> tensor<1x2xui4> loc("step")
  return %0 : tensor<1x2xui4>
}
