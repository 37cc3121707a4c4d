// Views cost nothing: they change how an index is computed. Unit dimensions and zero offsets vanish.
// RUN: setun-opt %s --emit-c='name=views output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/views.c
// RUN: %cc %strict -O2 -I%t %t/views.c %S/Inputs/views.c -o %t/run
// RUN: %t/run

module {
  // CHECK-LABEL: static void gather(const float *restrict x, float *restrict y) {
  // Every second column of rows 1 and 3, transposed.
  // CHECK-NEXT:    SETUN_LAYER_BEGIN
  // CHECK-NEXT:    for (int32_t i = 0; i < 2; ++i) {
  // CHECK-NEXT:      for (int32_t j = 0; j < 3; ++j) {
  // CHECK-NEXT:        y[j * 2 + i] = x[i * 12 + j * 2 + 6];
  func.func private @gather(%x: memref<1x4x6xf32> loc("x"), %y: memref<3x2xf32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %part = memref.subview %x[0, 1, 0] [1, 2, 3] [1, 2, 2] : memref<1x4x6xf32> to memref<2x3xf32, strided<[12, 2], offset: 6>>
    scf.for %i = %c0 to %c2 step %c1 {
      scf.for %j = %c0 to %c3 step %c1 {
        %v = memref.load %part[%i, %j] : memref<2x3xf32, strided<[12, 2], offset: 6>>
        memref.store %v, %y[%j, %i] : memref<3x2xf32>
      }
    }
    return
  }

  // A window that moves, a column of it, and copies with and without gaps.
  // CHECK-LABEL: static void rows(
  // CHECK:         for (int32_t i = 0; i < 3; ++i) {
  // CHECK-NEXT:      y[i] = x[i * 6 + 5];
  // CHECK-NEXT:      for (int32_t at = 0; at < 2; ++at) {
  // CHECK-NEXT:        for (int32_t at_2 = 0; at_2 < 2; ++at_2) {
  // CHECK-NEXT:          z[i * 4 + at * 2 + at_2] = x[i * 6 + at * 6 + at_2 + 1];
  // CHECK:         memcpy(w, x + 6, 6 * sizeof(float));
  func.func private @rows(%x: memref<1x4x6xf32> loc("x"), %y: memref<3xf32> loc("y"), %z: memref<3x2x2xf32> loc("z"), %w: memref<2x3xf32> loc("w")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %flat = memref.collapse_shape %x [[0, 1], [2]] : memref<1x4x6xf32> into memref<4x6xf32>
    scf.for %i = %c0 to %c3 step %c1 {
      %window = memref.subview %flat[%i, 1] [2, 5] [1, 1] : memref<4x6xf32> to memref<2x5xf32, strided<[6, 1], offset: ?>>
      %v = memref.load %window[%c0, %c4] : memref<2x5xf32, strided<[6, 1], offset: ?>>
      memref.store %v, %y[%i] : memref<3xf32>
      %corner = memref.subview %window[0, 0] [2, 2] [1, 1] : memref<2x5xf32, strided<[6, 1], offset: ?>> to memref<2x2xf32, strided<[6, 1], offset: ?>>
      %place = memref.subview %z[%i, 0, 0] [1, 2, 2] [1, 1, 1] : memref<3x2x2xf32> to memref<2x2xf32, strided<[2, 1], offset: ?>>
      memref.copy %corner, %place : memref<2x2xf32, strided<[6, 1], offset: ?>> to memref<2x2xf32, strided<[2, 1], offset: ?>>
    }
    %row = memref.subview %flat[1, 0] [1, 6] [1, 1] : memref<4x6xf32> to memref<6xf32, strided<[1], offset: 6>>
    %line = memref.collapse_shape %w [[0, 1]] : memref<2x3xf32> into memref<6xf32>
    memref.copy %row, %line : memref<6xf32, strided<[1], offset: 6>> to memref<6xf32>
    return
  }

  // Bytes seen as numbers; the offset of a reinterpret_cast counts from the start of the buffer.
  // CHECK-LABEL: static void bytes(
  // CHECK:         int32_t *const [[V:.*]] = (int32_t *)(void *)(b + 8);
  // CHECK-NEXT:    [[V]][1] = 258;
  // CHECK-NEXT:    y[0] = x[9] + (float)[[V]][1] / 2.0f;
  func.func private @bytes(%b: memref<16xi8> loc("b"), %x: memref<1x4x6xf32> loc("x"), %y: memref<1xf32> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    %n = arith.constant 258 : i32
    %v = memref.view %b[%c8][] : memref<16xi8> to memref<2xi32>
    memref.store %n, %v[%c1] : memref<2xi32>
    %tail = memref.subview %x[0, 3, 0] [1, 1, 6] [1, 1, 1] : memref<1x4x6xf32> to memref<6xf32, strided<[1], offset: 18>>
    %back = memref.reinterpret_cast %tail to offset: [6], sizes: [2, 3], strides: [3, 1] : memref<6xf32, strided<[1], offset: 18>> to memref<2x3xf32, strided<[3, 1], offset: 6>>
    %a = memref.load %back[%c1, %c0] : memref<2x3xf32, strided<[3, 1], offset: 6>>
    %i = memref.load %v[%c1] : memref<2xi32>
    %f = arith.sitofp %i : i32 to f32
    %two = arith.constant 2.0 : f32
    %h = arith.divf %f, %two : f32
    %s = arith.addf %a, %h : f32
    memref.store %s, %y[%c0] : memref<1xf32>
    return
  }

  func.func @main(%x: memref<1x4x6xf32> {setun.role = "input"}, %y: memref<3x2xf32> {setun.role = "output"},
                  %r: memref<3xf32> {setun.role = "output"}, %z: memref<3x2x2xf32> {setun.role = "output"},
                  %w: memref<2x3xf32> {setun.role = "output"}, %s: memref<1xf32> {setun.role = "output"},
                  %arena: memref<64xi8> {setun.arena, setun.role = "arena"}) {
    %c48 = arith.constant 48 : index
    %b = memref.view %arena[%c48][] : memref<64xi8> to memref<16xi8>
    func.call @gather(%x, %y) : (memref<1x4x6xf32>, memref<3x2xf32>) -> ()
    func.call @rows(%x, %r, %z, %w) : (memref<1x4x6xf32>, memref<3xf32>, memref<3x2x2xf32>, memref<2x3xf32>) -> ()
    func.call @bytes(%b, %x, %s) : (memref<16xi8>, memref<1x4x6xf32>, memref<1xf32>) -> ()
    return
  }
}
