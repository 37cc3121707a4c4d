// Indices are int32_t where no index of the module can leave 32 bits, else int64_t.
// RUN: split-file %s %t
// RUN: setun-opt %t/data.mlir --emit-c='name=data output-dir=%t' -o /dev/null
// RUN: FileCheck --check-prefix=DATA %s < %t/data.c
// RUN: %cc %strict -c %t/data.c -o %t/data.o
// RUN: setun-opt %t/large.mlir --emit-c='name=large output-dir=%t' -o /dev/null
// RUN: FileCheck --check-prefix=LARGE %s < %t/large.c
// RUN: %cc %strict -c %t/large.c -o %t/large.o
// RUN: setun-opt %t/small.mlir --emit-c='name=small output-dir=%t' -o /dev/null
// RUN: FileCheck --check-prefix=SMALL %s < %t/small.c
// RUN: %cc %strict -c %t/small.c -o %t/small.o

// An index out of memory can be anything: it is clamped as the 64 bits it has.
// DATA: for (int64_t i = 0; i < 3; ++i) {
// DATA: const int64_t v = at[i];
// DATA: const int64_t larger = v > 0 ? v : 0;
// DATA: y[i] = table[larger < 4 ? larger : 4];

// LARGE: for (int64_t i = 0; i < INT64_C(3000000000); i += 1000000000) {
// LARGE: y[i] = 1;

// Bounded by the loops, also with a clamp: int32_t, and no detour through unsigned.
// SMALL: for (int32_t i = 0; i < 5; ++i) {
// SMALL-NEXT: for (int32_t j = 0; j < 5; ++j) {
// SMALL-NEXT: const int32_t sum = i + j;
// SMALL-NEXT: y[i * 5 + j] = table[sum < 4 ? sum : 4];

//--- data.mlir
func.func private @layer(%at: memref<3xi64> loc("at"), %table: memref<5xf32> loc("table"), %y: memref<3xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0 : index
  %last = arith.constant 4 : index
  scf.for %i = %c0 to %c3 step %c1 {
    %n = memref.load %at[%i] : memref<3xi64>
    %k = arith.index_cast %n : i64 to index
    %low = arith.maxsi %k, %zero : index
    %high = arith.minsi %low, %last : index
    %v = memref.load %table[%high] : memref<5xf32>
    memref.store %v, %y[%i] : memref<3xf32>
  }
  return
}
func.func @main(%at: memref<3xi64> {setun.role = "input"}, %table: memref<5xf32> {setun.role = "input"}, %y: memref<3xf32> {setun.role = "output"}) {
  func.call @layer(%at, %table, %y) : (memref<3xi64>, memref<5xf32>, memref<3xf32>) -> ()
  return
}

//--- large.mlir
func.func private @layer(%y: memref<3000000000xi8> loc("y")) {
  %c0 = arith.constant 0 : index
  %step = arith.constant 1000000000 : index
  %end = arith.constant 3000000000 : index
  %one = arith.constant 1 : i8
  scf.for %i = %c0 to %end step %step {
    memref.store %one, %y[%i] : memref<3000000000xi8>
  }
  return
}
func.func @main(%y: memref<3000000000xi8> {setun.role = "output"}) {
  func.call @layer(%y) : (memref<3000000000xi8>) -> ()
  return
}

//--- small.mlir
func.func private @layer(%table: memref<5xf32> loc("table"), %y: memref<5x5xf32> loc("y")) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %last = arith.constant 4 : index
  scf.for %i = %c0 to %c5 step %c1 {
    scf.for %j = %c0 to %c5 step %c1 {
      %s = arith.addi %i, %j : index
      %k = arith.minui %s, %last : index
      %v = memref.load %table[%k] : memref<5xf32>
      memref.store %v, %y[%i, %j] : memref<5x5xf32>
    }
  }
  return
}
func.func @main(%table: memref<5xf32> {setun.role = "input"}, %y: memref<5x5xf32> {setun.role = "output"}) {
  func.call @layer(%table, %y) : (memref<5xf32>, memref<5x5xf32>) -> ()
  return
}
