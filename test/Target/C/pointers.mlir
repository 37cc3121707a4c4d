// `const` where nothing is written, `restrict` where nothing overlaps, and a barrier where the arena is reused.
// RUN: setun-opt %s --emit-c='name=pointers output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/pointers.c
// RUN: %cc %strict -O3 -I%t %t/pointers.c %S/Inputs/pointers.c -o %t/run
// RUN: %t/run

module {
  // Written by the function that it calls, through a view.
  // CHECK-LABEL: static void inner(float *restrict x, const float *restrict y, const float *restrict unused) {
  // CHECK-NEXT:    (void)unused;
  func.func private @inner(%x: memref<2xf32> loc("x"), %y: memref<2xf32> loc("y"), %z: memref<2xf32> loc("unused")) {
    memref.copy %y, %x : memref<2xf32> to memref<2xf32>
    return
  }
  // CHECK-LABEL: static void outer(float *restrict a, const float *restrict b) {
  func.func private @outer(%a: memref<2x2xf32> loc("a"), %b: memref<2xf32> loc("b")) {
    %flat = memref.collapse_shape %a [[0, 1]] : memref<2x2xf32> into memref<4xf32>
    %half = memref.subview %flat[2] [2] [1] : memref<4xf32> to memref<2xf32, strided<[1], offset: 2>>
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %v = memref.load %b[%c0] : memref<2xf32>
    memref.store %v, %half[%c1] : memref<2xf32, strided<[1], offset: 2>>
    %low = memref.subview %flat[0] [2] [1] : memref<4xf32> to memref<2xf32, strided<[1]>>
    %start = memref.cast %low : memref<2xf32, strided<[1]>> to memref<2xf32>
    %local = memref.alloca() : memref<2xf32>
    func.call @inner(%start, %b, %local) : (memref<2xf32>, memref<2xf32>, memref<2xf32>) -> ()
    return
  }
  // Called in place: its pointers may be equal.
  // CHECK-LABEL: static void negate(const float *x, float *y) {
  func.func private @negate(%x: memref<4xf32> loc("x"), %y: memref<4xf32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    scf.for %i = %c0 to %c4 step %c1 {
      %v = memref.load %x[%i] : memref<4xf32>
      %n = arith.negf %v : f32
      memref.store %n, %y[%i] : memref<4xf32>
    }
    return
  }
  // The same bytes as numbers of another type.
  // CHECK-LABEL: static void round_(const float *restrict x, int32_t *restrict y) {
  func.func private @round(%x: memref<4xf32> loc("x"), %y: memref<4xi32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    scf.for %i = %c0 to %c4 step %c1 {
      %v = memref.load %x[%i] : memref<4xf32>
      %n = arith.fptosi %v : f32 to i32
      memref.store %n, %y[%i] : memref<4xi32>
    }
    return
  }
  // CHECK-LABEL: void pointers_run(
  // CHECK:         negate(a, a);
  // CHECK-NEXT:    SETUN_BARRIER(arena);
  // CHECK-NEXT:    round_(a, b);
  // CHECK-NEXT:    SETUN_BARRIER(arena);
  func.func @main(%x: memref<2xf32> {setun.role = "input"}, %y: memref<4xi32> {setun.role = "output"},
                  %arena: memref<64xi8> {setun.arena, setun.role = "arena"}) {
    %c0 = arith.constant 0 : index
    %c16 = arith.constant 16 : index
    %a = memref.view %arena[%c0][] : memref<64xi8> to memref<2x2xf32> loc("a")
    %flat = memref.collapse_shape %a [[0, 1]] : memref<2x2xf32> into memref<4xf32>
    %low = memref.subview %flat[0] [2] [1] : memref<4xf32> to memref<2xf32, strided<[1]>>
    %b = memref.view %arena[%c16][] : memref<64xi8> to memref<4xi32> loc("b")
    %c = memref.view %arena[%c0][] : memref<64xi8> to memref<4xi32> loc("c")
    memref.copy %x, %low : memref<2xf32> to memref<2xf32, strided<[1]>>
    func.call @outer(%a, %x) : (memref<2x2xf32>, memref<2xf32>) -> ()
    func.call @negate(%flat, %flat) : (memref<4xf32>, memref<4xf32>) -> ()
    func.call @round(%flat, %b) : (memref<4xf32>, memref<4xi32>) -> ()
    memref.copy %b, %c : memref<4xi32> to memref<4xi32>
    memref.copy %c, %y : memref<4xi32> to memref<4xi32>
    return
  }
}
