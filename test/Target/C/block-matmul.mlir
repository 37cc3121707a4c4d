// Products with scales in blocks: the kernels and the plain loops give the same bits. See Inputs/block-matmul.c.
// RUN: setun-opt %s --lowbit-lower-kernels=only-addsub --lowbit-plan-memory --emit-c='name=blocks output-dir=%t/kernels' -o /dev/null
// RUN: setun-opt %s --lowbit-lower-kernels --lowbit-plan-memory --emit-c='name=blocks output-dir=%t/loops' -o /dev/null
// RUN: FileCheck %s < %t/kernels/blocks.c
// RUN: FileCheck %s --check-prefix=LOOPS < %t/loops/blocks.c
// RUN: %cc %strict -O2 -I%t/kernels %t/kernels/blocks.c %S/Inputs/block-matmul.c -o %t/kernels/run -lm
// RUN: %cc %strict -O2 -I%t/loops %t/loops/blocks.c %S/Inputs/block-matmul.c -o %t/loops/run -lm
// RUN: %t/kernels/run > %t/kernels.txt
// RUN: %t/loops/run > %t/loops.txt
// RUN: diff %t/kernels.txt %t/loops.txt

// LOOPS-NOT: setun_block_matmul
module {
  // CHECK: setun_block_matmul_4(x, (const uint8_t *)w, y, (uint8_t *)scratch, /*rows=*/3, /*outputs=*/33,
  // CHECK-NEXT: /*inputs=*/75, /*block=*/32, /*has_zeros=*/0, /*zero=*/7, /*scale_bits=*/32);
  func.func private @four(%x: memref<3x75xf32> loc("x"), %w: memref<3840xi8> loc("w"), %y: memref<3x33xf32> loc("y")) {
    lowbit.block_matmul ins(%x, %w : memref<3x75xf32>, memref<3840xi8>) outs(%y : memref<3x33xf32>) bits 4 block 32 scales f32 zero_point 7
    return
  }
  // CHECK: /*inputs=*/75, /*block=*/16, /*has_zeros=*/1, /*zero=*/0, /*scale_bits=*/16);
  func.func private @eight(%x: memref<1x75xf32> loc("x"), %w: memref<6400xi8> loc("w"), %y: memref<1x33xf32> loc("y")) {
    lowbit.block_matmul ins(%x, %w : memref<1x75xf32>, memref<6400xi8>) outs(%y : memref<1x33xf32>) bits 8 block 16 scales f16
    return
  }
  func.func private @two(%x: memref<2x2x75xf32> loc("x"), %w: memref<2560xi8> loc("w"), %y: memref<2x2x33xf32> loc("y")) {
    lowbit.block_matmul ins(%x, %w : memref<2x2x75xf32>, memref<2560xi8>) outs(%y : memref<2x2x33xf32>) bits 2 block 64 scales f16
    return
  }
  // CHECK: setun_block_matmul_f32_2(x, (const uint8_t *)w, y, /*rows=*/4, /*outputs=*/33,
  func.func private @floats(%x: memref<2x2x75xf32> loc("x"), %w: memref<2560xi8> loc("w"), %y: memref<2x2x33xf32> loc("y")) {
    lowbit.block_matmul ins(%x, %w : memref<2x2x75xf32>, memref<2560xi8>) outs(%y : memref<2x2x33xf32>) bits 2 block 64 scales f16 floats
    return
  }
  func.func @main(%x4: memref<3x75xf32> {setun.role = "input"}, %w4: memref<3840xi8> {setun.role = "input"},
                  %x8: memref<1x75xf32> {setun.role = "input"}, %w8: memref<6400xi8> {setun.role = "input"},
                  %x2: memref<2x2x75xf32> {setun.role = "input"}, %w2: memref<2560xi8> {setun.role = "input"},
                  %y4: memref<3x33xf32> {setun.role = "output"}, %y8: memref<1x33xf32> {setun.role = "output"},
                  %y2: memref<2x2x33xf32> {setun.role = "output"}, %f2: memref<2x2x33xf32> {setun.role = "output"}) {
    call @four(%x4, %w4, %y4) : (memref<3x75xf32>, memref<3840xi8>, memref<3x33xf32>) -> ()
    call @eight(%x8, %w8, %y8) : (memref<1x75xf32>, memref<6400xi8>, memref<1x33xf32>) -> ()
    call @two(%x2, %w2, %y2) : (memref<2x2x75xf32>, memref<2560xi8>, memref<2x2x33xf32>) -> ()
    call @floats(%x2, %w2, %f2) : (memref<2x2x75xf32>, memref<2560xi8>, memref<2x2x33xf32>) -> ()
    return
  }
}
