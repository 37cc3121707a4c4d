// Kernel operations are calls of functions from lib/Kernels; leading dimensions are rows.
// RUN: setun-opt %s --emit-c='name=kernels output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/kernels.c
// RUN: %cc %strict -O2 -I%t %t/kernels.c %S/Inputs/kernels.c -o %t/run -lm
// RUN: %t/run

module {
  // Bit k of a row is the sign of weight k: {+1, -1, +1} and {-1, -1, +1}.
  // CHECK: 1 bit a weight
  // CHECK: static const SETUN_WEIGHTS uint8_t w_bits[2] = {0x05, 0x04};
  memref.global "private" constant @w_bits : memref<2xi8> = dense<[5, 4]>
  // CHECK: static const SETUN_WEIGHTS int8_t w_bytes[6] = {1, -2, 3, -4, 5, -6};
  memref.global "private" constant @w_bytes : memref<6xi8> = dense<[1, -2, 3, -4, 5, -6]>

  // CHECK-LABEL: static void products(
  // CHECK:         setun_matmul_bits_u8((const uint8_t *)x, w_bits, y, /*rows=*/2, /*outputs=*/2, /*inputs=*/3);
  // CHECK-NEXT:    setun_matmul_bytes_s8(x, w_bytes, z, /*rows=*/2, /*outputs=*/2, /*inputs=*/3);
  func.func private @products(%x: memref<2x1x3xi8> loc("x"), %y: memref<2x1x2xi32> loc("y"), %z: memref<2x1x2xi32> loc("z")) {
    %bits = memref.get_global @w_bits : memref<2xi8>
    %bytes = memref.get_global @w_bytes : memref<6xi8>
    lowbit.packed_matmul ins(%x, %bits : memref<2x1x3xi8>, memref<2xi8>) outs(%y : memref<2x1x2xi32>) layout <bits> activation ui8 weight !lowbit.bipolar
    lowbit.packed_matmul ins(%x, %bytes : memref<2x1x3xi8>, memref<6xi8>) outs(%z : memref<2x1x2xi32>) layout <bytes> activation si8 weight si4
    return
  }

  // The places of a tile are numbered through all outputs.
  // CHECK-LABEL: static void apart(
  // CHECK:         setun_depthwise_u8((const uint8_t *)x, k{{(_2)?}}, y, i * 3, /*places=*/3, /*channels=*/2,
  // CHECK-NEXT:        /*padding=*/7,{{ ?}}(const size_t[3][6]){{[{]}}{1, 1, 1, 1, 1, 0}, {4, 4, 3, 1, 1, 1},
  // CHECK-NEXT:        {5, 3, 3, 2, 1, 1}});
  // CHECK:         setun_depthwise_s8(x, k{{(_2)?}}, z, 0, /*places=*/12, /*channels=*/2, /*padding=*/0,
  func.func private @apart(%x: memref<1x4x5x2xi8> loc("x"), %k: memref<9x2xi8> loc("k"), %y: memref<1x1x3x2xi32> loc("y"), %z: memref<1x4x3x2xi32> loc("z")) {
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %four = arith.constant 4 : index
    scf.for %i = %zero to %four step %one {
      lowbit.depthwise ins(%x, %k : memref<1x4x5x2xi8>, memref<9x2xi8>) at [%zero, %i, %zero] outs(%y : memref<1x1x3x2xi32>)
        window <size[3, 3] strides[1, 2] dilations[1, 1] pads[1, 1, 1, 1]> padding 7 activation ui8
    }
    lowbit.depthwise ins(%x, %k : memref<1x4x5x2xi8>, memref<9x2xi8>) outs(%z : memref<1x4x3x2xi32>)
      window <size[3, 3] strides[1, 2] dilations[1, 1] pads[1, 1, 1, 1]> padding 0 activation si8
    return
  }

  // One right side for all rows, or one for each batch.
  // CHECK-LABEL: static void floats(
  // CHECK:         setun_matmul_f32(a, b, y, /*rows=*/4, /*outputs=*/2, /*inputs=*/2);
  // CHECK-NEXT:    for (int32_t i = 0; i < 2; ++i) {
  // CHECK-NEXT:      setun_matmul_f32(a + i * 4, c + i * 4, z + i * 4, /*rows=*/2, /*outputs=*/2, /*inputs=*/2);
  // CHECK-NEXT:    }
  // CHECK-NEXT:    setun_sum_f32(a, s, /*rows=*/4, /*inputs=*/2);
  // CHECK-NEXT:    e[0] = setun_exp_f32(s[0]);
  func.func private @floats(%a: memref<2x2x2xf32> loc("a"), %b: memref<2x2xf32> loc("b"), %c: memref<2x2x2xf32> loc("c"),
                            %y: memref<2x2x2xf32> loc("y"), %z: memref<2x2x2xf32> loc("z"), %s: memref<2x2xf32> loc("s"), %e: memref<1xf32> loc("e")) {
    %c0 = arith.constant 0 : index
    lowbit.float_matmul ins(%a, %b : memref<2x2x2xf32>, memref<2x2xf32>) outs(%y : memref<2x2x2xf32>)
    lowbit.float_matmul ins(%a, %c : memref<2x2x2xf32>, memref<2x2x2xf32>) outs(%z : memref<2x2x2xf32>)
    lowbit.float_sum ins(%a : memref<2x2x2xf32>) outs(%s : memref<2x2xf32>)
    %0 = memref.load %s[%c0, %c0] : memref<2x2xf32>
    %1 = math.exp %0 : f32
    memref.store %1, %e[%c0] : memref<1xf32>
    return
  }

  // Missing dimensions have size 1; without bias there is a null pointer.
  // CHECK-LABEL: static void conv(
  // CHECK:         setun_conv_f32({{i(_2)?, k(_2)?}}, o, {{j(_2)?}}, t, /*samples=*/1, /*groups=*/1, /*inputs=*/2, /*outputs=*/2,
  // CHECK-NEXT:        (const size_t[3][6]){{[{]}}{1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 0}, {3, 3, 2, 1, 1, 1}});
  // CHECK-NEXT:    setun_conv_f32({{i(_2)?, k(_2)?}}, NULL, {{l(_2)?}}, t, /*samples=*/1, /*groups=*/1, /*inputs=*/2, /*outputs=*/2,
  // CHECK-NEXT:        (const size_t[3][6]){{[{]}}{1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 0}, {3, 1, 2, 2, 1, 0}});
  func.func private @conv(%i: memref<1x2x3xf32> loc("i"), %k: memref<2x2x2xf32> loc("k"), %o: memref<2xf32> loc("o"),
                          %j: memref<1x2x3xf32> loc("j"), %l: memref<1x2x1xf32> loc("l"), %t: memref<4x32xf32> loc("t")) {
    lowbit.float_conv ins(%i, %k bias %o scratch %t : memref<1x2x3xf32>, memref<2x2x2xf32>, memref<2xf32> scratch memref<4x32xf32>)
        outs(%j : memref<1x2x3xf32>) window <size[2] strides[1] dilations[1] pads[1, 0]>
    lowbit.float_conv ins(%i, %k scratch %t : memref<1x2x3xf32>, memref<2x2x2xf32> scratch memref<4x32xf32>)
        outs(%l : memref<1x2x1xf32>) window <size[2] strides[2] dilations[1] pads[0, 0]>
    return
  }

  func.func @main(%x: memref<2x1x3xi8> {setun.role = "input"}, %y: memref<2x1x2xi32> {setun.role = "output"},
                  %z: memref<2x1x2xi32> {setun.role = "output"},
                  %a: memref<2x2x2xf32> {setun.role = "input"}, %b: memref<2x2xf32> {setun.role = "input"},
                  %c: memref<2x2x2xf32> {setun.role = "input"},
                  %p: memref<2x2x2xf32> {setun.role = "output"}, %q: memref<2x2x2xf32> {setun.role = "output"},
                  %s: memref<2x2xf32> {setun.role = "output"}, %e: memref<1xf32> {setun.role = "output"},
                  %i: memref<1x2x3xf32> {setun.role = "input"}, %k: memref<2x2x2xf32> {setun.role = "input"},
                  %o: memref<2xf32> {setun.role = "input"}, %j: memref<1x2x3xf32> {setun.role = "output"},
                  %l: memref<1x2x1xf32> {setun.role = "output"}, %t: memref<4x32xf32> {setun.role = "output"},
                  %d: memref<1x4x5x2xi8> {setun.role = "input"}, %m: memref<9x2xi8> {setun.role = "input"},
                  %u: memref<1x1x3x2xi32> {setun.role = "output"}, %v: memref<1x4x3x2xi32> {setun.role = "output"}) {
    func.call @products(%x, %y, %z) : (memref<2x1x3xi8>, memref<2x1x2xi32>, memref<2x1x2xi32>) -> ()
    func.call @apart(%d, %m, %u, %v) : (memref<1x4x5x2xi8>, memref<9x2xi8>, memref<1x1x3x2xi32>, memref<1x4x3x2xi32>) -> ()
    func.call @floats(%a, %b, %c, %p, %q, %s, %e) : (memref<2x2x2xf32>, memref<2x2xf32>, memref<2x2x2xf32>, memref<2x2x2xf32>, memref<2x2x2xf32>, memref<2x2xf32>, memref<1xf32>) -> ()
    func.call @conv(%i, %k, %o, %j, %l, %t) : (memref<1x2x3xf32>, memref<2x2x2xf32>, memref<2xf32>, memref<1x2x3xf32>, memref<1x2x1xf32>, memref<4x32xf32>) -> ()
    return
  }
}
