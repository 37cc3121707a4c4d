// Signless integers wrap, those of C must not: sums that may wrap go through unsigned, others stay plain.
// RUN: setun-opt %s --emit-c='name=integers output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/integers.c
// RUN: %cc %strict -O2 -I%t %t/integers.c %S/Inputs/integers.c -o %t/run
// RUN: %t/run
// RUN: %cc %strict -O1 -fsanitize=undefined -fno-sanitize-recover=undefined -I%t %t/integers.c %S/Inputs/integers.c -o %t/checked
// RUN: %t/checked

module {
  // CHECK-LABEL: static void sums(
  // CHECK:         y[0] = (int32_t)((uint32_t)x0 + (uint32_t)x1);
  // CHECK-NEXT:    y[1] = (int32_t)((uint32_t)x0 * (uint32_t)x1 - 7u);
  // CHECK-NEXT:    const int32_t v = x1 / 4;
  // CHECK-NEXT:    y[2] = x0 / 4 + v;
  // CHECK-NEXT:    y[3] = (int32_t)(((uint32_t)x0 - (uint32_t)x1) * (uint32_t)x0 + 5u);
  // CHECK-NEXT:    y[4] = v - 5;
  func.func private @sums(%x: memref<2xi32> loc("x"), %y: memref<5xi32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %four = arith.constant 4 : i32
    %minus5 = arith.constant -5 : i32
    %minus7 = arith.constant -7 : i32
    %a = memref.load %x[%c0] : memref<2xi32>
    %b = memref.load %x[%c1] : memref<2xi32>
    %0 = arith.addi %a, %b : i32
    memref.store %0, %y[%c0] : memref<5xi32>
    %1 = arith.muli %a, %b : i32
    %2 = arith.addi %1, %minus7 : i32
    memref.store %2, %y[%c1] : memref<5xi32>
    %3 = arith.divsi %a, %four : i32
    %4 = arith.divsi %b, %four : i32
    %5 = arith.addi %3, %4 overflow<nsw> : i32
    memref.store %5, %y[%c2] : memref<5xi32>
    %difference = arith.subi %a, %b : i32
    %6 = arith.muli %difference, %a : i32
    %five = arith.constant 5 : i32
    %shifted = arith.addi %6, %five : i32
    memref.store %shifted, %y[%c3] : memref<5xi32>
    %7 = arith.addi %4, %minus5 overflow<nsw> : i32
    memref.store %7, %y[%c4] : memref<5xi32>
    return
  }

  // Small types are computed as int, and products of bytes cannot wrap.
  // CHECK-LABEL: static void bytes(
  // CHECK:         y[0] = (int8_t)(x0 * x1);
  // CHECK-NEXT:    z[0] = x0 * (uint8_t)x1;
  // CHECK-NEXT:    z[1] = (uint8_t)x0 < (uint8_t)x1;
  // CHECK-NEXT:    y[1] = (int8_t)((uint32_t)x0 << 3);
  // CHECK-NEXT:    y[2] = (int8_t)((uint8_t)x0 >> 3);
  // CHECK-NEXT:    y[3] = (int8_t)(x0 >> 3);
  func.func private @bytes(%x: memref<2xi8> loc("x"), %y: memref<4xi8> loc("y"), %z: memref<2xi32> loc("z")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %three = arith.constant 3 : i8
    %a = memref.load %x[%c0] : memref<2xi8>
    %b = memref.load %x[%c1] : memref<2xi8>
    %0 = arith.muli %a, %b : i8
    memref.store %0, %y[%c0] : memref<4xi8>
    %1 = arith.extsi %a : i8 to i32
    %2 = arith.extui %b : i8 to i32
    %3 = arith.muli %1, %2 : i32
    memref.store %3, %z[%c0] : memref<2xi32>
    %4 = arith.cmpi ult, %a, %b : i8
    %5 = arith.extui %4 : i1 to i32
    memref.store %5, %z[%c1] : memref<2xi32>
    %6 = arith.shli %a, %three : i8
    memref.store %6, %y[%c1] : memref<4xi8>
    %7 = arith.shrui %a, %three : i8
    memref.store %7, %y[%c2] : memref<4xi8>
    %8 = arith.shrsi %a, %three : i8
    memref.store %8, %y[%c3] : memref<4xi8>
    return
  }

  // CHECK-LABEL: static void words(
  // CHECK:         y[0] = (int64_t)((uint64_t)x0 * (uint64_t)(uint32_t)w0);
  // CHECK-NEXT:    const int64_t v_2 = w0;
  // CHECK-NEXT:    y[1] = v_2 * v_2 * w1;
  // CHECK-NEXT:    y[2] = (int64_t)((uint64_t)x0 / (uint64_t)v0);
  // CHECK-NEXT:    y[3] = x0 < 0 ? (int64_t)(UINT64_C(0) - (uint64_t)x0) : x0;
  // CHECK-NEXT:    y[4] = (uint64_t)x0 < (uint64_t)v0 ? x0 : v0;
  // CHECK-NEXT:    y[5] = (x0 & INT64_C(4294967296)) != 0 ? 1 : v0;
  func.func private @words(%x: memref<1xi64> loc("x"), %w: memref<2xi32> loc("w"), %v: memref<1xi64> loc("v"), %y: memref<6xi64> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c5 = arith.constant 5 : index
    %bit = arith.constant 4294967296 : i64
    %zero = arith.constant 0 : i64
    %one = arith.constant 1 : i64
    %a = memref.load %x[%c0] : memref<1xi64>
    %b = memref.load %w[%c0] : memref<2xi32>
    %d = memref.load %w[%c1] : memref<2xi32>
    %c = memref.load %v[%c0] : memref<1xi64>
    %0 = arith.extui %b : i32 to i64
    %1 = arith.muli %a, %0 : i64
    memref.store %1, %y[%c0] : memref<6xi64>
    %2 = arith.extsi %b : i32 to i64
    %3 = arith.muli %2, %2 : i64
    %wide = arith.extsi %d : i32 to i64
    %cube = arith.muli %3, %wide overflow<nsw> : i64
    memref.store %cube, %y[%c1] : memref<6xi64>
    %4 = arith.divui %a, %c : i64
    memref.store %4, %y[%c2] : memref<6xi64>
    %5 = math.absi %a : i64
    memref.store %5, %y[%c3] : memref<6xi64>
    %6 = arith.minui %a, %c : i64
    memref.store %6, %y[%c4] : memref<6xi64>
    %7 = arith.andi %a, %bit : i64
    %8 = arith.cmpi ne, %7, %zero : i64
    %9 = arith.select %8, %one, %c : i64
    memref.store %9, %y[%c5] : memref<6xi64>
    return
  }

  // Truth values: 0 and 1 in C, while a signed i1 is 0 or -1.
  // CHECK-LABEL: static void truth(
  // CHECK:         y[0] = (uint8_t)(x0 && !x1);
  // CHECK:         z[0] = -x0;
  // CHECK:         z[1] = x1 < x0;
  func.func private @truth(%x: memref<2xi1> loc("x"), %y: memref<1xi1> loc("y"), %z: memref<2xi32> loc("z")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %true = arith.constant true
    %a = memref.load %x[%c0] : memref<2xi1>
    %b = memref.load %x[%c1] : memref<2xi1>
    %0 = arith.xori %b, %true : i1
    %1 = arith.andi %a, %0 : i1
    memref.store %1, %y[%c0] : memref<1xi1>
    %2 = arith.extsi %a : i1 to i32
    memref.store %2, %z[%c0] : memref<2xi32>
    %3 = arith.cmpi slt, %a, %b : i1
    %4 = arith.extui %3 : i1 to i32
    memref.store %4, %z[%c1] : memref<2xi32>
    return
  }

  func.func @main(%i32: memref<2xi32> {setun.role = "input"}, %o32: memref<5xi32> {setun.role = "output"},
                  %i8: memref<2xi8> {setun.role = "input"}, %o8: memref<4xi8> {setun.role = "output"},
                  %p32: memref<2xi32> {setun.role = "output"},
                  %i64: memref<1xi64> {setun.role = "input"}, %w: memref<2xi32> {setun.role = "input"},
                  %v: memref<1xi64> {setun.role = "input"}, %o64: memref<6xi64> {setun.role = "output"},
                  %i1: memref<2xi1> {setun.role = "input"}, %o1: memref<1xi1> {setun.role = "output"},
                  %q32: memref<2xi32> {setun.role = "output"}) {
    func.call @sums(%i32, %o32) : (memref<2xi32>, memref<5xi32>) -> ()
    func.call @bytes(%i8, %o8, %p32) : (memref<2xi8>, memref<4xi8>, memref<2xi32>) -> ()
    func.call @words(%i64, %w, %v, %o64) : (memref<1xi64>, memref<2xi32>, memref<1xi64>, memref<6xi64>) -> ()
    func.call @truth(%i1, %o1, %q32) : (memref<2xi1>, memref<1xi1>, memref<2xi32>) -> ()
    return
  }
}
