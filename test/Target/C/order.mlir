// A value with one use stands where it is used; a read never moves past a write.
// RUN: setun-opt %s --emit-c='name=order output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/order.c
// RUN: %cc %strict -O2 -I%t %t/order.c %S/Inputs/order.c -o %t/run
// RUN: %t/run

module {
  memref.global "private" constant @table : memref<1xi32> = dense<100>

  // x[0] is read before it is overwritten, and used after; a constant needs no care.
  // CHECK-LABEL: static void swap(int32_t *restrict x) {
  // CHECK:         const int32_t x0 = x[0];
  // CHECK-NEXT:    x[0] = x[1];
  // CHECK-NEXT:    x[1] = x0 / 2 + table[0];
  func.func private @swap(%x: memref<2xi32> loc("x")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %two = arith.constant 2 : i32
    %k = memref.get_global @table : memref<1xi32>
    %hundred = memref.load %k[%c0] : memref<1xi32>
    %a = memref.load %x[%c0] : memref<2xi32>
    %b = memref.load %x[%c1] : memref<2xi32>
    memref.store %b, %x[%c0] : memref<2xi32>
    %half = arith.divsi %a, %two : i32
    %sum = arith.addi %half, %hundred overflow<nsw> : i32
    memref.store %sum, %x[%c1] : memref<2xi32>
    return
  }

  // The whole waiting expression is put into a variable, not only the read in it.
  // CHECK-LABEL: static void before_call(
  // CHECK:         const int32_t v = x[0] / 3;
  // CHECK-NEXT:    swap(x);
  // CHECK-NEXT:    x[0] = v;
  func.func private @before_call(%x: memref<2xi32> loc("x")) {
    %c0 = arith.constant 0 : index
    %three = arith.constant 3 : i32
    %a = memref.load %x[%c0] : memref<2xi32>
    %third = arith.divsi %a, %three : i32
    func.call @swap(%x) : (memref<2xi32>) -> ()
    memref.store %third, %x[%c0] : memref<2xi32>
    return
  }

  // Before a loop that writes, but not before one that does not.
  // CHECK-LABEL: static void before_loop(
  // CHECK:         const int32_t x0 = x[0];
  // CHECK-NEXT:    for (int32_t i = 0; i < 2; ++i) {
  // CHECK-NEXT:      x[i] = 7;
  // CHECK-NEXT:    }
  // CHECK-NEXT:    int32_t acc = 0;
  // CHECK-NEXT:    for (int32_t i = 0; i < 2; ++i) {
  // CHECK-NEXT:      acc += x[i] / 2;
  // CHECK-NEXT:    }
  // CHECK-NEXT:    x[1] = x0 / 2 + (x[1] / 2 + acc);
  func.func private @before_loop(%x: memref<2xi32> loc("x")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %zero = arith.constant 0 : i32
    %two = arith.constant 2 : i32
    %seven = arith.constant 7 : i32
    %a = memref.load %x[%c0] : memref<2xi32>
    scf.for %i = %c0 to %c2 step %c1 {
      memref.store %seven, %x[%i] : memref<2xi32>
    }
    %b = memref.load %x[%c1] : memref<2xi32>
    %sum = scf.for %i = %c0 to %c2 step %c1 iter_args(%acc = %zero) -> (i32) {
      %c = memref.load %x[%i] : memref<2xi32>
      %half = arith.divsi %c, %two : i32
      %next = arith.addi %acc, %half overflow<nsw> : i32
      scf.yield %next : i32
    }
    %first = arith.divsi %a, %two : i32
    %second = arith.divsi %b, %two : i32
    %part = arith.addi %second, %sum overflow<nsw> : i32
    %all = arith.addi %first, %part overflow<nsw> : i32
    memref.store %all, %x[%c1] : memref<2xi32>
    return
  }

  // A store may read what it overwrites; several uses need a variable.
  // CHECK-LABEL: static void accumulate(
  // CHECK:         x[0] += x[1] / 2;
  // CHECK-NEXT:    const int32_t v = x[0] / 2;
  // CHECK-NEXT:    x[0] = v;
  // CHECK-NEXT:    x[1] = v;
  func.func private @accumulate(%x: memref<2xi32> loc("x")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %two = arith.constant 2 : i32
    %a = memref.load %x[%c0] : memref<2xi32>
    %b = memref.load %x[%c1] : memref<2xi32>
    %half = arith.divsi %b, %two : i32
    %sum = arith.addi %a, %half overflow<nsw> : i32
    memref.store %sum, %x[%c0] : memref<2xi32>
    %c = memref.load %x[%c0] : memref<2xi32>
    %d = arith.divsi %c, %two : i32
    memref.store %d, %x[%c0] : memref<2xi32>
    memref.store %d, %x[%c1] : memref<2xi32>
    return
  }

  func.func @main(%x: memref<2xi32> {setun.role = "output"}, %y: memref<2xi32> {setun.role = "output"},
                  %z: memref<2xi32> {setun.role = "output"}, %w: memref<2xi32> {setun.role = "output"}) {
    func.call @swap(%x) : (memref<2xi32>) -> ()
    func.call @before_call(%y) : (memref<2xi32>) -> ()
    func.call @before_loop(%z) : (memref<2xi32>) -> ()
    func.call @accumulate(%w) : (memref<2xi32>) -> ()
    return
  }
}
