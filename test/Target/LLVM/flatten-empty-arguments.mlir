// An argument without elements is passed as a bare pointer if its shape is 0.
// RUN: setun-opt %s --pass-pipeline='builtin.module(func.func(flatten-empty-arguments))' | FileCheck %s

// CHECK-LABEL: @main(%arg0: memref<0xf32> {setun.role = "input"}, %arg1: memref<2x4xf32>
func.func @main(%x: memref<2x0x4xf32> {setun.role = "input"}, %y: memref<2x4xf32> {setun.role = "output"}) {
  return
}

// Used ones stay, whatever comes of it.
// CHECK-LABEL: @used(%arg0: memref<2x0xf32>)
func.func @used(%x: memref<2x0xf32>) {
  %0 = memref.cast %x : memref<2x0xf32> to memref<*xf32>
  call @other(%0) : (memref<*xf32>) -> ()
  return
}
func.func private @other(memref<*xf32>)
