// Weights of a file: a last parameter of the run, and what the header says of them; names of the model step aside.
// RUN: setun-opt %s --lowbit-move-weights=min-bytes=8 --emit-c='name=net output-dir=%t dispatch with-main' -o /dev/null
// RUN: FileCheck %s < %t/net.c
// RUN: FileCheck %s --check-prefix=HEADER < %t/net.h
// RUN: FileCheck %s --check-prefix=MAIN < %t/net_main.c
// RUN: %cc %strict -O2 -c %t/net.c -o %t/net.o
// RUN: %cc %strict -O2 -c %t/net_weights.c -o %t/net_weights.o
// RUN: %cc %strict -O2 -c %t/net_main.c -o %t/net_main.o

// CHECK: 4 B const, 1 B caller-owned arena.
// CHECK-NEXT: Weights:  16 B in net.weights
// CHECK-NEXT: sha256
// CHECK: #error "the file of weights has numbers in little-endian order"
// CHECK-NOT: {1, 2, 3, 4, 5
// CHECK: static const SETUN_WEIGHTS int8_t small[4]
// CHECK: static void layer(const int8_t *restrict x, int8_t *restrict y, const int8_t *restrict weight) {
// CHECK: static void net_run_avx2(
// CHECK: void net_run(const int8_t weights_2[16], int8_t net_weights_2[16], net_arena *arena,
// CHECK-NEXT: const net_weights *weights) {
// CHECK: net_run_avx2(weights_2, net_weights_2, arena, weights);
// CHECK: layer(weights_2, net_weights_2, (const int8_t *)weights->bytes);

// HEADER: #define NET_WEIGHTS_FILE "net.weights"
// HEADER-NEXT: #define NET_WEIGHTS_BYTES 16
// HEADER-NEXT: #define NET_WEIGHTS_ALIGN 64
// HEADER-NEXT: #define NET_WEIGHTS_SHA256 "{{[0-9a-f]*}}"
// HEADER-NEXT: typedef struct net_weights {
// HEADER-NEXT: NET_ALIGNED unsigned char bytes[NET_WEIGHTS_BYTES];
// HEADER: #define NET_CONST_BYTES 4
// HEADER: const net_weights *net_weights_open(const char *path, const char **error);
// HEADER: int net_weights_match(const net_weights *weights);
// HEADER: void net_weights_close(const net_weights *weights);

// MAIN: usage: net net.weights input_0.npy output_0.npy
// MAIN: weights = net_weights_open(argv[1], &error);
// MAIN: net_run(input_0, output_0, &arena, weights);

module {
  memref.global "private" constant @small : memref<4xi8> = dense<[1, 2, 3, 4]>
  memref.global "private" constant @weight : memref<16xi8> = dense<[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]>
  func.func private @layer(%x: memref<16xi8> loc("x"), %y: memref<16xi8> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %small = memref.get_global @small : memref<4xi8>
    %weight = memref.get_global @weight : memref<16xi8>
    scf.for %i = %c0 to %c4 step %c1 {
      %a = memref.load %small[%i] : memref<4xi8>
      %b = memref.load %weight[%i] : memref<16xi8>
      %c = memref.load %x[%i] : memref<16xi8>
      %d = arith.xori %a, %b : i8
      %e = arith.xori %c, %d : i8
      memref.store %e, %y[%i] : memref<16xi8>
    }
    return
  }
  func.func @main(%x: memref<16xi8> {onnx.name = "weights", setun.role = "input"},
                  %y: memref<16xi8> {onnx.name = "net_weights", setun.role = "output"},
                  %arena: memref<1xi8> {setun.role = "arena"}) {
    func.call @layer(%x, %y) : (memref<16xi8>, memref<16xi8>) -> ()
    return
  }
}
