// One arena for all buffers: offsets by lifetime, scratch of layers as arguments.
// RUN: setun-opt %s --lowbit-plan-memory --split-input-file | FileCheck %s

// %a lives until the second call, %b from there to the third, %c from there on: %c takes bytes of %a. 100 bytes
// are rounded to 128.
// CHECK-LABEL: module attributes {setun.arena_bytes = 192 : i64, setun.arena_lower_bound = 192 : i64}
// CHECK: func.func @main(%arg0: memref<100xi8>, %arg1: memref<100xi8>, %arg2: memref<192xi8> {setun.arena, setun.role = "arena"})
// CHECK-DAG: [[A:%.*]] = memref.view %arg2[%c0{{.*}}][] : memref<192xi8> to memref<100xi8>
// CHECK-DAG: [[B:%.*]] = memref.view %arg2[%c128{{.*}}][] : memref<192xi8> to memref<16xf32>
// CHECK-DAG: [[C:%.*]] = memref.view %arg2[%c0{{.*}}][] : memref<192xi8> to memref<64xi8>
// CHECK-NOT: memref.alloc
// CHECK: call @first(%arg0, [[A]])
// CHECK: call @second([[A]], [[B]])
// CHECK: call @third([[B]], [[C]])
// CHECK: call @fourth([[C]], %arg1)
func.func @main(%x: memref<100xi8>, %y: memref<100xi8>) {
  %a = memref.alloc() : memref<100xi8>
  %b = memref.alloc() : memref<16xf32>
  %c = memref.alloc() : memref<64xi8>
  call @first(%x, %a) : (memref<100xi8>, memref<100xi8>) -> ()
  call @second(%a, %b) : (memref<100xi8>, memref<16xf32>) -> ()
  call @third(%b, %c) : (memref<16xf32>, memref<64xi8>) -> ()
  call @fourth(%c, %y) : (memref<64xi8>, memref<100xi8>) -> ()
  memref.dealloc %a : memref<100xi8>
  return
}
func.func private @first(memref<100xi8>, memref<100xi8>)
func.func private @second(memref<100xi8>, memref<16xf32>)
func.func private @third(memref<16xf32>, memref<64xi8>)
func.func private @fourth(memref<64xi8>, memref<100xi8>)

// -----

// A buffer is alive as long as a reshape or a part of it is used.
// CHECK-LABEL: setun.arena_bytes = 128 : i64
// CHECK: func.func @main
// CHECK-DAG: [[A:%.*]] = memref.view %arg1[%[[ZERO:c0.*]]][] : memref<128xi8> to memref<2x32xi8>
// CHECK-DAG: [[B:%.*]] = memref.view %arg1[%[[NEXT:c64.*]]][] : memref<128xi8> to memref<64xi8>
func.func @main(%x: memref<64xi8>) {
  %a = memref.alloc() : memref<2x32xi8>
  %b = memref.alloc() : memref<64xi8>
  %flat = memref.collapse_shape %a [[0, 1]] : memref<2x32xi8> into memref<64xi8>
  call @layer(%x, %flat) : (memref<64xi8>, memref<64xi8>) -> ()
  call @layer(%x, %b) : (memref<64xi8>, memref<64xi8>) -> ()
  call @layer(%flat, %x) : (memref<64xi8>, memref<64xi8>) -> ()
  return
}
func.func private @layer(memref<64xi8>, memref<64xi8>)

// -----

// What a layer allocates is allocated by the caller, once a call, and lives during that call only: both calls
// get the same bytes.
// CHECK-LABEL: setun.arena_bytes = 1024 : i64, setun.arena_lower_bound = 1024 : i64
// CHECK: func.func @main
// CHECK: [[S:%.*]] = memref.view %arg1[%c0
// CHECK-NEXT: call @layer(%arg0, [[S]]) : (memref<8xi8>, memref<256xi32>) -> ()
// CHECK: [[T:%.*]] = memref.view %arg1[%c0
// CHECK-NEXT: call @layer(%arg0, [[T]])
// CHECK: func.func private @layer(%arg0: memref<8xi8> {setun.role = "in"}, %arg1: memref<256xi32> {setun.role = "scratch"}) {
// CHECK-NOT: memref.alloc
// CHECK: memref.store %{{.*}}, %arg1[%c0]
func.func @main(%x: memref<8xi8>) {
  call @layer(%x) : (memref<8xi8>) -> ()
  call @layer(%x) : (memref<8xi8>) -> ()
  return
}
func.func private @layer(%x: memref<8xi8> {setun.role = "in"}) {
  %c0 = arith.constant 0 : index
  %s = memref.alloc() : memref<256xi32>
  %z = arith.constant 0 : i32
  memref.store %z, %s[%c0] : memref<256xi32>
  return
}

// -----

// An array in C has at least one element.
// CHECK-LABEL: setun.arena_bytes = 0 : i64, setun.arena_lower_bound = 0 : i64
// CHECK: func.func @main(%arg0: memref<8xi8>, %arg1: memref<1xi8> {setun.arena, setun.role = "arena"})
func.func @main(%x: memref<8xi8>) {
  return
}

// -----

// A buffer that nothing touches needs no bytes; buffers on the stack are the layer's own.
// CHECK-LABEL: setun.arena_bytes = 0 : i64
// CHECK: func.func private @layer()
// CHECK: memref.alloca() : memref<16xi32>
func.func @main() {
  %a = memref.alloc() : memref<100xi8>
  call @layer() : () -> ()
  return
}
func.func private @layer() {
  %s = memref.alloca() : memref<16xi32>
  return
}
