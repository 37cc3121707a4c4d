// Layers and kernels once for the compiler's options, then for each level under other names; constants once.
// RUN: setun-opt %s --emit-c='name=net output-dir=%t dispatch' -o /dev/null
// RUN: FileCheck %s < %t/net.c
// RUN: %cc %strict -O2 -c %t/net.c -o %t/net.o

// CHECK: #if defined(__clang__) ? __clang_major__ >= {{[0-9]+}} : defined(__GNUC__)
// CHECK: #define SETUN_CPU_AVX2
// CHECK: static inline void setun_matmul_bits_s8(
// CHECK: static const SETUN_WEIGHTS uint8_t setun_w_[2] = {0x05, 0x04};
// CHECK: static void fc(
// CHECK-NEXT: SETUN_LAYER_BEGIN(fc);
// CHECK: setun_matmul_bits_s8(x_2, setun_w_, y_2
// CHECK: static void fc_avx2(

// No name meets one of the model; a constant keeps its own, and hooks get that of the layer.
// CHECK: #if defined(SETUN_LEVELS_X86) && !defined(__AVX2__)
// CHECK-NEXT: #define SETUN_LEVEL_AVX2
// CHECK: #pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,popcnt"))), apply_to = function)
// CHECK: #pragma GCC target("avx2,fma,bmi,bmi2,popcnt,tune=haswell")
// CHECK-NOT: uint8_t setun_w_{{.*}} = {
// CHECK: static inline void setun_matmul_bits_s8_avx2_(
// CHECK: static void fc_avx2_(
// CHECK-NEXT: SETUN_LAYER_BEGIN(fc);
// CHECK: setun_matmul_bits_s8_avx2_(x_2, setun_w_, y_2
// CHECK: static void fc_avx2_avx2_(
// CHECK: static void net_run_avx2_(
// CHECK: fc_avx2_(

// These kernels ask for nothing beyond AVX2.
// CHECK-NOT: SETUN_LEVEL_{{AVX512|AMX|DOTPROD}}
// CHECK: {{^}}void net_run(
// CHECK-NEXT: #if defined(SETUN_LEVEL_AVX2)
// CHECK-NEXT: if (SETUN_CPU_AVX2) {
// CHECK-NEXT: net_run_avx2_(x, y, arena);
// CHECK-NEXT: return;
// CHECK-NEXT: }
// CHECK-NEXT: #endif
// CHECK: fc(

// RUN: setun-opt %s --emit-c='name=net output-dir=%t' -o /dev/null && FileCheck %s --check-prefix=STATIC < %t/net.c
// STATIC-NOT: {{SETUN_LEVEL|SETUN_CPU|pragma GCC target|immintrin}}

module {
  memref.global "private" constant @setun_w : memref<2xi8> = dense<[5, 4]>
  func.func private @fc(%x: memref<1x3xi8> loc("x"), %y: memref<1x2xi32> loc("y")) {
    %w = memref.get_global @setun_w : memref<2xi8>
    lowbit.packed_matmul ins(%x, %w : memref<1x3xi8>, memref<2xi8>) outs(%y : memref<1x2xi32>) layout <bits> activation si8 weight !lowbit.bipolar
    return
  }
  func.func private @fc_avx2(%x: memref<1x2xi32> loc("x"), %y: memref<1x2xi32> loc("y")) {
    memref.copy %x, %y : memref<1x2xi32> to memref<1x2xi32>
    return
  }
  func.func @main(%x: memref<1x3xi8> {onnx.name = "x", setun.role = "input"},
                  %y: memref<1x2xi32> {onnx.name = "y", setun.role = "output"},
                  %arena: memref<64xi8> {setun.arena, setun.role = "arena"}) {
    %c0 = arith.constant 0 : index
    %v = memref.view %arena[%c0][] : memref<64xi8> to memref<1x2xi32>
    func.call @fc(%x, %v) : (memref<1x3xi8>, memref<1x2xi32>) -> ()
    func.call @fc_avx2(%v, %y) : (memref<1x2xi32>, memref<1x2xi32>) -> ()
    return
  }
}
