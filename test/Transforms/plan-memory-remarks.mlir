// The remark compares the arena with what is alive at once.
// RUN: setun-opt %s --lowbit-plan-memory --split-input-file --verify-diagnostics

// expected-remark @below {{arena of 128 bytes for 2 buffers; at most 128 bytes are alive at once}}
func.func @main(%x: memref<64xi8>) {
  %a = memref.alloc() : memref<1xi8>
  %b = memref.alloc() : memref<64xi8>
  memref.copy %x, %b : memref<64xi8> to memref<64xi8>
  call @layer(%a, %b) : (memref<1xi8>, memref<64xi8>) -> ()
  return
}
func.func private @layer(memref<1xi8>, memref<64xi8>)
