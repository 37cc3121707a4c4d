// RUN: setun-opt %s --split-input-file --verify-diagnostics --lowbit-move-weights

// expected-error@+1 {{no constant of the model has 1024 bytes or more: there is nothing to put into a file}}
module {
  memref.global "private" constant @small : memref<4xi8> = dense<[1, 2, 3, 4]>
  func.func @main(%out: memref<4xi8> {setun.role = "output"}) {
    %small = memref.get_global @small : memref<4xi8>
    memref.copy %small, %out : memref<4xi8> to memref<4xi8>
    return
  }
}
