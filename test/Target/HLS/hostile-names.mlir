// Names of a model reach C++ as identifiers and as safe comments, whatever they are.

// RUN: setun-opt %s --pass-pipeline='builtin.module(emit-hls)' -o /dev/null | FileCheck %s

// CHECK-NOT: {{^}}int evil
// CHECK-NOT: {{^}}#define
// CHECK: #ifndef MODEL_H
// CHECK: typedef {{.*}} int__word;
// CHECK: void model(hls::stream<int__word> &int_, hls::stream<a_int_evil_b_word> &a_int_evil_b);
// CHECK: // {{.*}}system{{.*}} element by element.
// CHECK-NEXT: static void system_rm_rf_
// CHECK-NOT: {{^}}int evil
func.func @main(%x: tensor<1x2xui4> {onnx.name = "int"}) -> (tensor<1x2xui4> {onnx.name = "a\0Aint evil;\0A*/ \22b\\"}) {
  %0 = lowbit.requantize %x multipliers [array<i64: 1>] addends [1] shift 0 lo 0 hi 15 {axis = 1 : i64, width = 32 : i64} : (tensor<1x2xui4>) -> tensor<1x2xui4> loc("system(\22rm -rf /\22);\0Aint evil = 1; // */ \\")
  return %0 : tensor<1x2xui4>
}
