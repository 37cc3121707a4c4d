// Names in a model are arbitrary bytes: nothing of them gets out of a comment, a string or an identifier.
// RUN: setun-opt %s --emit-c='name=evil output-dir=%t with-main' -o /dev/null
// RUN: cat %t/evil.h %t/evil.c %t/evil_main.c | FileCheck %s --implicit-check-not='system('
// RUN: %cc %strict -c %t/evil.c -o %t/evil.o
// RUN: %cc %strict -c %t/evil_main.c -o %t/evil_main.o

// CHECK: /* Input 0, "* /;system(1);/ *": float32[2], row-major. */
// CHECK: #define EVIL_INPUT_0_NAME "*/;system(1);/*"
// CHECK: #define EVIL_INPUT_1_NAME "a\012\"b\\"
// CHECK: void evil_run(const float system_1[2], const float a_b[2], const float double_[2],
// CHECK-NEXT: float EVIL_INPUTS_2[2], evil_arena *arena);
// CHECK: producer "pytorch * / #include <evil.h>"
// CHECK: /* Layer 1/2: * / int x; / *
// CHECK: static void memcpy_(
// CHECK: static void i_2(

module attributes {setun.model = {file = "evil.onnx", sha256 = "00", producer = "pytorch */\0A#include <evil.h>"}} {
  func.func private @memcpy(%x: memref<2xf32> loc("restrict"), %y: memref<2xf32> loc("memcpy_")) {
    memref.copy %x, %y : memref<2xf32> to memref<2xf32>
    return
  } loc("*/ int x; /*"("Conv\0Aint y;"))
  func.func private @i(%x: memref<2xf32> loc("i"), %y: memref<2xf32> loc("j")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    scf.for %k = %c0 to %c2 step %c1 {
      %v = memref.load %x[%k] : memref<2xf32>
      memref.store %v, %y[%k] : memref<2xf32>
    }
    return
  }
  func.func @main(%a: memref<2xf32> {onnx.name = "*/;system(1);/*", setun.role = "input"},
                  %b: memref<2xf32> {onnx.name = "a\0A\22b\5C", setun.role = "input"},
                  %c: memref<2xf32> {onnx.name = "double", setun.role = "input"},
                  %d: memref<2xf32> {onnx.name = "EVIL_INPUTS", setun.role = "output"},
                  %arena: memref<64xi8> {setun.arena, setun.role = "arena"}) {
    %c0 = arith.constant 0 : index
    %v = memref.view %arena[%c0][] : memref<64xi8> to memref<2xf32>
    func.call @memcpy(%a, %v) : (memref<2xf32>, memref<2xf32>) -> ()
    func.call @i(%v, %d) : (memref<2xf32>, memref<2xf32>) -> ()
    return
  }
}
