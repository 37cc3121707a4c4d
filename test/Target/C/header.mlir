// What a caller reads: types, shapes, scales, memory; a prototype that C and C++ take.
// RUN: setun-opt %s --emit-c='name=kws output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/kws.h
// RUN: %cc %strict -c %t/kws.c -o %t/kws.o
// RUN: %cc -x c++ -std=c++98 -Wall -Wextra -pedantic -Werror -fsyntax-only %t/kws.h

// CHECK:      #ifndef KWS_H
// CHECK-NEXT: #define KWS_H
// CHECK:      #include <stdint.h>
// CHECK:      extern "C" {
// CHECK:      #define KWS_SETUN_VERSION "0.0.0"
// CHECK-NEXT: #define KWS_MODEL_SHA256 "ab12"
// CHECK:      #define KWS_INPUTS 2
// CHECK-NEXT: #define KWS_OUTPUTS 2

// CHECK:      /* Input 0, "features": uint8[1x3x4], NHWC. */
// CHECK-NEXT: #define KWS_INPUT_0_NAME "features"
// CHECK-NEXT: #define KWS_INPUT_0_COUNT 12
// CHECK-NEXT: #define KWS_INPUT_0_RANK 3
// CHECK-NEXT: #define KWS_INPUT_0_SHAPE {1, 3, 4}
// CHECK-NEXT: #define KWS_INPUT_0_CTYPE uint8_t
// CHECK-NEXT: #define KWS_INPUT_0_TYPE "uint8"
// CHECK-NEXT: #define KWS_INPUT_0_LAYOUT "NHWC"
// CHECK-NEXT: #define KWS_INPUT_0_SCALE 0.0078125f
// CHECK-NEXT: #define KWS_INPUT_0_ZERO_POINT -128

// A scalar has rank 0.
// CHECK:      #define KWS_INPUT_1_COUNT 1
// CHECK-NEXT: #define KWS_INPUT_1_RANK 0
// CHECK-NEXT: #define KWS_INPUT_1_SHAPE {1}
// CHECK-NEXT: #define KWS_INPUT_1_CTYPE uint8_t
// CHECK-NEXT: #define KWS_INPUT_1_TYPE "bool"

// CHECK:      #define KWS_OUTPUT_0_CTYPE int8_t
// CHECK-NEXT: #define KWS_OUTPUT_0_TYPE "bipolar"
// CHECK:      #define KWS_OUTPUT_1_CTYPE int64_t
// CHECK-NEXT: #define KWS_OUTPUT_1_TYPE "int64"

// CHECK:      #define KWS_ARENA_BYTES 128
// CHECK-NEXT: #define KWS_ARENA_ALIGN 64
// CHECK:      typedef struct kws_arena {
// CHECK-NEXT:   KWS_ALIGNED unsigned char bytes[KWS_ARENA_BYTES];
// CHECK-NEXT: } kws_arena;
// CHECK:      #define KWS_CONST_BYTES 8
// CHECK:      #define KWS_STATE_BYTES 0
// 112 bytes for each of @main, @outer and @inner, the deeper of the two that it calls; arrays of 40 and 24 bytes; twice the numbers
// and pointers that are alive in their loops and at the call: 16, 32 (%local, %x, %y, %i) and 28 (%local, %x, %t, %i).
// CHECK:      #define KWS_WORST_STACK_BYTES 552
// CHECK:      void kws_run(const uint8_t features[12], const uint8_t flag[1], int8_t code[2], int64_t best[1],
// CHECK-NEXT:     kws_arena *arena);

module attributes {setun.model = {file = "kws.onnx", sha256 = "ab12"}} {
  memref.global "private" constant @table : memref<2xf32> = dense<[1.0, 2.0]>
  func.func private @small(%x: memref<2xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %local = memref.alloca() : memref<2xi8>
    %one = arith.constant 1 : i8
    scf.for %i = %c0 to %c2 step %c1 {
      memref.store %one, %local[%i] : memref<2xi8>
    }
    memref.copy %local, %x : memref<2xi8> to memref<2xi8>
    return
  }
  func.func private @inner(%x: memref<2xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c6 = arith.constant 6 : index
    %local = memref.alloca() : memref<6xf32>
    %table = memref.get_global @table : memref<2xf32>
    %t = memref.load %table[%c0] : memref<2xf32>
    scf.for %i = %c0 to %c6 step %c1 {
      memref.store %t, %local[%i] : memref<6xf32>
    }
    %v = memref.load %local[%c1] : memref<6xf32>
    %i = arith.fptosi %v : f32 to i8
    memref.store %i, %x[%c0] : memref<2xi8>
    return
  }
  func.func private @outer(%x: memref<2xi8> {setun.role = "out"}, %y: memref<1xi64> {setun.role = "out"}) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c5 = arith.constant 5 : index
    %zero = arith.constant 0 : i64
    %local = memref.alloca() : memref<5xi64>
    scf.for %i = %c0 to %c5 step %c1 {
      memref.store %zero, %local[%i] : memref<5xi64>
    }
    func.call @small(%x) : (memref<2xi8>) -> ()
    func.call @inner(%x) : (memref<2xi8>) -> ()
    %v = memref.load %local[%c1] : memref<5xi64>
    memref.store %v, %y[%c0] : memref<1xi64>
    return
  }
  func.func @main(%f: memref<1x3x4xi8> {onnx.name = "features", setun.role = "input", setun.type = ui8, setun.layout = "NHWC",
                                        setun.scale = 7.8125e-3 : f32, setun.zero_point = -128 : i64},
                  %b: memref<i1> {onnx.name = "flag", setun.role = "input"},
                  %c: memref<2xi8> {onnx.name = "code", setun.role = "output", setun.type = !lowbit.bipolar},
                  %d: memref<1xi64> {onnx.name = "best", setun.role = "output"},
                  %arena: memref<128xi8> {setun.arena, setun.role = "arena"}) {
    func.call @outer(%c, %d) : (memref<2xi8>, memref<1xi64>) -> ()
    return
  }
}
