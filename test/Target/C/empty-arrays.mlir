// C knows no empty arrays: one element stands for them, which nothing touches.
// RUN: setun-opt %s --emit-c='name=empty output-dir=%t with-main' -o /dev/null
// RUN: FileCheck %s --check-prefix=HEADER < %t/empty.h
// RUN: FileCheck %s < %t/empty.c
// RUN: FileCheck %s --check-prefix=MAIN < %t/empty_main.c
// RUN: %cc %strict -I%t %t/empty.c %t/empty_main.c -o %t/run
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.zeros((2, 0, 4), np.float32))"
// RUN: %t/run %t/x.npy %t/y.npy %t/z.npy
// RUN: %python -c "import numpy as np; assert np.load(r'%t/y.npy').shape == (0,) and list(np.load(r'%t/z.npy')) == [1, 1]"
// REQUIRES: numpy

// HEADER: #define EMPTY_INPUT_0_COUNT 0
// HEADER: #define EMPTY_INPUT_0_SHAPE {2, 0, 4}
// HEADER: #define EMPTY_OUTPUT_0_COUNT 0
// HEADER: void empty_run(const float x[1], int8_t y[1], int8_t z[2], empty_arena *arena);
// CHECK: int8_t local[1] = {0};
// MAIN: read_npy(argv[1], "<f4", "2,0,4", input_0, 0)
module {
  func.func private @use(%y: memref<0xi8>, %n: memref<0x1x0x4xi8>, %z: memref<2xi8>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %one = arith.constant 1 : i8
    scf.for %i = %c0 to %c2 step %c1 {
      memref.store %one, %z[%i] : memref<2xi8>
    }
    return
  }
  func.func @main(%x: memref<2x0x4xf32> {setun.role = "input", onnx.name = "x"},
                  %y: memref<0xi8> {setun.role = "output", onnx.name = "y", setun.type = si8},
                  %z: memref<2xi8> {setun.role = "output", onnx.name = "z", setun.type = si8},
                  %arena: memref<1xi8> {setun.role = "arena"}) {
    %local = memref.alloca() : memref<0xi8>
    // Whatever the strides of nothing are, they leave no gaps.
    %none = memref.alloca() : memref<0x1x0x4xi8>
    call @use(%local, %none, %z) : (memref<0xi8>, memref<0x1x0x4xi8>, memref<2xi8>) -> ()
    return
  }
}
