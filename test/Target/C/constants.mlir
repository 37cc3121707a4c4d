// Constants stand before their first reader: numbers of every type, long tables of bytes as text.
// RUN: setun-opt %s --emit-c='name=constants output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/constants.c
// RUN: %cc %strict -O2 -I%t %t/constants.c %S/Inputs/constants.c -o %t/run
// RUN: %t/run
// The section of the weights is the user's choice.
// RUN: %cc %strict -DSETUN_WEIGHTS='__attribute__((section(".weights")))' -c %t/constants.c -o %t/section.o
// RUN: llvm-readelf -S %t/section.o | FileCheck --check-prefix=SECTION %s
// SECTION: .weights

// RUN: not setun-opt %s --emit-c='name=constants output-dir=%t.small max-weight-bytes=20000' -o /dev/null 2>&1 | FileCheck --check-prefix=LIMIT %s
// LIMIT: error: the constants exceed 20000 bytes, more than is put into one C file

module {
  // CHECK-LABEL: /* "fc.bias" (Gemm): float32[2x3]. */
  // CHECK-NEXT: static const SETUN_WEIGHTS float floats[6] = {0.1f, -0.0f, INFINITY, NAN, 1e-45f, 16777216.0f};
  memref.global "private" constant @floats : memref<2x3xf32> = dense<[[0.1, -0.0, 0x7F800000], [0x7FC00000, 1.0e-45, 16777216.0]]> loc("fc.bias"("Gemm"))
  // CHECK: static const SETUN_WEIGHTS double doubles[1] = {0.1};
  memref.global "private" constant @doubles : memref<1xf64> = dense<0.1>
  // CHECK: static const SETUN_WEIGHTS int8_t i8[3] = {-128, 0, 127};
  memref.global "private" constant @i8 : memref<3xi8> = dense<[-128, 0, 127]>
  // CHECK: static const SETUN_WEIGHTS int32_t i32[2] = {INT32_MIN, 7};
  memref.global "private" constant @i32 : memref<2xi32> = dense<[-2147483648, 7]>
  // CHECK: static const SETUN_WEIGHTS int64_t i64[1] = {INT64_MIN};
  memref.global "private" constant @i64 : memref<1xi64> = dense<-9223372036854775808>
  // CHECK: static const SETUN_WEIGHTS uint8_t truth[3] = {0x01, 0x00, 0x01};
  memref.global "private" constant @truth : memref<3xi1> = dense<[true, false, true]>
  // CHECK: /* long_table: int8[20000]. */
  // CHECK: static const SETUN_WEIGHTS int8_t long_table[20000 + 1] =
  // CHECK-NEXT: "\377\377
  memref.global "private" constant @long_table : memref<20000xi8> = dense<-1>

  // CHECK-LABEL: static void read(
  // CHECK: o[6] = truth[2] != 0 ? floats[4] : 0.0f;
  func.func private @read(%o: memref<8xf32> loc("o"), %n: memref<1xi64> loc("n")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c5 = arith.constant 5 : index
    %c6 = arith.constant 6 : index
    %c7 = arith.constant 7 : index
    %last = arith.constant 19999 : index
    %zero = arith.constant 0.0 : f32
    %floats = memref.get_global @floats : memref<2x3xf32>
    %doubles = memref.get_global @doubles : memref<1xf64>
    %i8 = memref.get_global @i8 : memref<3xi8>
    %i32 = memref.get_global @i32 : memref<2xi32>
    %i64 = memref.get_global @i64 : memref<1xi64>
    %truth = memref.get_global @truth : memref<3xi1>
    %long = memref.get_global @long_table : memref<20000xi8>
    %0 = memref.load %floats[%c0, %c0] : memref<2x3xf32>
    memref.store %0, %o[%c0] : memref<8xf32>
    %1 = memref.load %floats[%c0, %c1] : memref<2x3xf32>
    memref.store %1, %o[%c1] : memref<8xf32>
    %2 = memref.load %floats[%c1, %c0] : memref<2x3xf32>
    memref.store %2, %o[%c2] : memref<8xf32>
    %3 = memref.load %doubles[%c0] : memref<1xf64>
    %4 = arith.truncf %3 : f64 to f32
    memref.store %4, %o[%c3] : memref<8xf32>
    %5 = memref.load %i8[%c0] : memref<3xi8>
    %6 = arith.sitofp %5 : i8 to f32
    memref.store %6, %o[%c4] : memref<8xf32>
    %7 = memref.load %i32[%c0] : memref<2xi32>
    %8 = arith.sitofp %7 : i32 to f32
    memref.store %8, %o[%c5] : memref<8xf32>
    %9 = memref.load %truth[%c2] : memref<3xi1>
    %10 = memref.load %floats[%c1, %c1] : memref<2x3xf32>
    %11 = arith.select %9, %10, %zero : f32
    memref.store %11, %o[%c6] : memref<8xf32>
    %12 = memref.load %long[%last] : memref<20000xi8>
    %13 = arith.sitofp %12 : i8 to f32
    memref.store %13, %o[%c7] : memref<8xf32>
    %14 = memref.load %i64[%c0] : memref<1xi64>
    memref.store %14, %n[%c0] : memref<1xi64>
    return
  }
  func.func @main(%o: memref<8xf32> {setun.role = "output"}, %n: memref<1xi64> {setun.role = "output"}) {
    func.call @read(%o, %n) : (memref<8xf32>, memref<1xi64>) -> ()
    return
  }
}
