// Loops and branches: carried values are variables, all assigned at the same time.
// RUN: setun-opt %s --emit-c='name=flow output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/flow.c
// RUN: %cc %strict -O2 -I%t %t/flow.c %S/Inputs/control-flow.c -o %t/run
// RUN: %t/run

module {
  // The Fibonacci numbers: the second value reads the first before it changes.
  // CHECK-LABEL: static void fibonacci(
  // CHECK:         int32_t carried = 0;
  // CHECK-NEXT:    int32_t acc = 1;
  // CHECK-NEXT:    for (int32_t i = 0; i < 10; ++i) {
  // CHECK-NEXT:      int32_t next = carried + acc;
  // CHECK-NEXT:      carried = acc;
  // CHECK-NEXT:      acc = next;
  // CHECK-NEXT:    }
  // CHECK-NEXT:    y[0] = carried;
  func.func private @fibonacci(%y: memref<1xi32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c10 = arith.constant 10 : index
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %r:2 = scf.for %i = %c0 to %c10 step %c1 iter_args(%a = %zero, %b = %one) -> (i32, i32) {
      %s = arith.addi %a, %b overflow<nsw> : i32
      scf.yield %b, %s : i32, i32
    }
    memref.store %r#0, %y[%c0] : memref<1xi32>
    return
  }

  // Nested reductions use one variable; a branch without statements is a choice that guards its read.
  // CHECK-LABEL: static void window(
  // CHECK:         for (int32_t i = 0; i < 3; ++i) {
  // CHECK-NEXT:      int32_t acc = 0;
  // CHECK-NEXT:      for (int32_t j = 0; j < 3; ++j) {
  // CHECK-NEXT:        for (int32_t k = 0; k < 2; ++k) {
  // CHECK-NEXT:          const int32_t diff = i + j - 1;
  // CHECK-NEXT:          acc += (diff >= 0 && diff < 3) ? x[diff] : 0;
  func.func private @window(%x: memref<3xi32> loc("x"), %y: memref<3xi32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %zero = arith.constant 0 : i32
    scf.for %i = %c0 to %c3 step %c1 {
      %0 = scf.for %j = %c0 to %c3 step %c1 iter_args(%a = %zero) -> (i32) {
        %1 = scf.for %k = %c0 to %c2 step %c1 iter_args(%b = %a) -> (i32) {
          %p = arith.addi %i, %j : index
          %q = arith.subi %p, %c1 : index
          %low = arith.cmpi sge, %q, %c0 : index
          %high = arith.cmpi slt, %q, %c3 : index
          %inside = arith.andi %low, %high : i1
          %v = scf.if %inside -> (i32) {
            %w = memref.load %x[%q] : memref<3xi32>
            scf.yield %w : i32
          } else {
            scf.yield %zero : i32
          }
          %s = arith.addi %b, %v overflow<nsw> : i32
          scf.yield %s : i32
        }
        scf.yield %1 : i32
      }
      memref.store %0, %y[%i] : memref<3xi32>
    }
    return
  }

  // A branch that writes, one without else, and one whose results need statements.
  // CHECK-LABEL: static void branches(
  // CHECK:         if (x0 < 0) {
  // CHECK-NEXT:      y[0] = 1;
  // CHECK-NEXT:    } else {
  // CHECK-NEXT:      y[0] = 2;
  // CHECK-NEXT:    }
  // CHECK-NEXT:    if (x0 > 5) {
  // CHECK-NEXT:      y[1] = 3;
  // CHECK-NEXT:    }
  // CHECK-NEXT:    int32_t v;
  // CHECK-NEXT:    if (x0 == 7) {
  // CHECK-NEXT:      y[2] = 4;
  // CHECK-NEXT:      v = y[1];
  // CHECK-NEXT:    } else {
  // CHECK-NEXT:      v = 6;
  // CHECK-NEXT:    }
  // CHECK-NEXT:    y[3] = v;
  func.func private @branches(%x: memref<1xi32> loc("x"), %y: memref<4xi32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %three = arith.constant 3 : i32
    %four = arith.constant 4 : i32
    %five = arith.constant 5 : i32
    %six = arith.constant 6 : i32
    %seven = arith.constant 7 : i32
    %a = memref.load %x[%c0] : memref<1xi32>
    %negative = arith.cmpi slt, %a, %zero : i32
    scf.if %negative {
      memref.store %one, %y[%c0] : memref<4xi32>
    } else {
      memref.store %two, %y[%c0] : memref<4xi32>
    }
    %large = arith.cmpi sgt, %a, %five : i32
    scf.if %large {
      memref.store %three, %y[%c1] : memref<4xi32>
    }
    %is7 = arith.cmpi eq, %a, %seven : i32
    %r = scf.if %is7 -> (i32) {
      memref.store %four, %y[%c2] : memref<4xi32>
      %third = memref.load %y[%c1] : memref<4xi32>
      scf.yield %third : i32
    } else {
      scf.yield %six : i32
    }
    memref.store %r, %y[%c3] : memref<4xi32>
    return
  }

  // Bounds that are numbers of the run, a step, and a loop that runs until it is done.
  // CHECK-LABEL: static void until(
  // CHECK:         const int64_t x = count[0];
  // CHECK-NEXT:    for (int64_t i = 1; i < x; i += 3) {
  // CHECK-NEXT:      y[0] = i;
  // CHECK-NEXT:    }
  // CHECK-NEXT:    int64_t carried = x;
  // CHECK-NEXT:    int64_t passed;
  // CHECK-NEXT:    for (;;) {
  // CHECK-NEXT:      const int is_true = carried > 10;
  // CHECK-NEXT:      passed = carried;
  // CHECK-NEXT:      if (is_true) {
  // CHECK-NEXT:        carried = passed / 2;
  // CHECK-NEXT:      } else {
  // CHECK-NEXT:        break;
  // CHECK-NEXT:      }
  // CHECK-NEXT:    }
  // CHECK-NEXT:    y[1] = passed;
  func.func private @until(%n: memref<1xi64> loc("count"), %y: memref<2xi64> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %one = arith.constant 1 : i64
    %two = arith.constant 2 : i64
    %three = arith.constant 3 : i64
    %ten = arith.constant 10 : i64
    %a = memref.load %n[%c0] : memref<1xi64>
    scf.for %i = %one to %a step %three : i64 {
      memref.store %i, %y[%c0] : memref<2xi64>
    }
    %r = scf.while (%b = %a) : (i64) -> i64 {
      %more = arith.cmpi sgt, %b, %ten : i64
      scf.condition(%more) %b : i64
    } do {
    ^bb0(%c: i64):
      %half = arith.divsi %c, %two : i64
      scf.yield %half : i64
    }
    memref.store %r, %y[%c1] : memref<2xi64>
    return
  }

  // A function of numbers, which reads and writes no memory.
  // CHECK-LABEL: static int32_t twice(int32_t x) {
  // CHECK-NEXT:    return (int32_t)((uint32_t)x + (uint32_t)x);
  func.func private @twice(%x: i32) -> i32 {
    %0 = arith.addi %x, %x : i32
    return %0 : i32
  }
  // CHECK-LABEL: static void calls(
  // CHECK:         y[0] = (int32_t)((uint32_t)twice(x[1]) + (uint32_t)x[0]);
  func.func private @calls(%x: memref<3xi32> loc("x"), %y: memref<1xi32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %a = memref.load %x[%c0] : memref<3xi32>
    %b = memref.load %x[%c1] : memref<3xi32>
    %0 = func.call @twice(%b) : (i32) -> i32
    %1 = arith.addi %0, %a : i32
    memref.store %1, %y[%c0] : memref<1xi32>
    return
  }

  func.func @main(%x: memref<3xi32> {setun.role = "input"}, %s: memref<1xi32> {setun.role = "input"}, %n: memref<1xi64> {setun.role = "input"},
                  %a: memref<1xi32> {setun.role = "output"}, %b: memref<3xi32> {setun.role = "output"},
                  %c: memref<4xi32> {setun.role = "output"}, %d: memref<2xi64> {setun.role = "output"},
                  %e: memref<1xi32> {setun.role = "output"}) {
    func.call @fibonacci(%a) : (memref<1xi32>) -> ()
    func.call @window(%x, %b) : (memref<3xi32>, memref<3xi32>) -> ()
    func.call @branches(%s, %c) : (memref<1xi32>, memref<4xi32>) -> ()
    func.call @until(%n, %d) : (memref<1xi64>, memref<2xi64>) -> ()
    func.call @calls(%x, %e) : (memref<3xi32>, memref<1xi32>) -> ()
    return
  }
}
