// Floats as IEEE 754 has them: NaN, signed zeros, every comparison; nothing reordered.
// RUN: setun-opt %s --emit-c='name=floats output-dir=%t' -o /dev/null
// RUN: FileCheck %s < %t/floats.c
// RUN: %cc %strict -O2 -I%t %t/floats.c %S/Inputs/floats.c -o %t/run -lm
// RUN: %t/run
// RUN: %if haswell %{ %cc -std=gnu17 -O3 -march=haswell -I%t %t/floats.c %S/Inputs/floats.c -o %t/fast -lm %}
// RUN: %if haswell %{ %t/fast %}

module {
  // A comparison with NaN is false, so the choice falls on the NaN operand.
  // CHECK-LABEL: static void relu(
  // CHECK:         const float x = in[i];
  // CHECK-NEXT:    y[i] = x <= 0.0f ? 0.0f : x;
  // CHECK-NEXT:    z[i] = x > 0.0f ? 0.0f : x;
  // CHECK-NEXT:    w[i] = x < -0.0f ? -0.0f : x;
  func.func private @relu(%x: memref<5xf32> loc("in"), %y: memref<5xf32> loc("y"), %z: memref<5xf32> loc("z"), %w: memref<5xf32> loc("w")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c5 = arith.constant 5 : index
    %zero = arith.constant 0.0 : f32
    %minus = arith.constant -0.0 : f32
    scf.for %i = %c0 to %c5 step %c1 {
      %a = memref.load %x[%i] : memref<5xf32>
      %0 = arith.maximumf %a, %zero : f32
      memref.store %0, %y[%i] : memref<5xf32>
      %1 = arith.minimumf %a, %zero : f32
      memref.store %1, %z[%i] : memref<5xf32>
      %2 = arith.maximumf %minus, %a : f32
      memref.store %2, %w[%i] : memref<5xf32>
    }
    return
  }

  // CHECK-LABEL: static void both(
  // CHECK:         y[i] = setun_maximum_f32(a[i], b[i]);
  // CHECK:         z[i] = (x > x_2 || x != x) ? x_2 : x;
  func.func private @both(%a: memref<5xf32> loc("a"), %b: memref<5xf32> loc("b"), %y: memref<5xf32> loc("y"), %z: memref<5xf32> loc("z")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c5 = arith.constant 5 : index
    scf.for %i = %c0 to %c5 step %c1 {
      %0 = memref.load %a[%i] : memref<5xf32>
      %1 = memref.load %b[%i] : memref<5xf32>
      %2 = arith.maximumf %0, %1 : f32
      memref.store %2, %y[%i] : memref<5xf32>
      %3 = memref.load %a[%i] : memref<5xf32>
      %4 = memref.load %b[%i] : memref<5xf32>
      %5 = arith.minnumf %3, %4 : f32
      memref.store %5, %z[%i] : memref<5xf32>
    }
    return
  }

  // CHECK-LABEL: static void compare(
  // CHECK:         y[0] = (uint8_t)(a0 < b0);
  // CHECK-NEXT:    y[1] = (uint8_t)!(a0 >= b0);
  // CHECK-NEXT:    y[2] = (uint8_t)(a0 < b0 || a0 > b0);
  // CHECK-NEXT:    y[3] = (uint8_t)!(a0 < b0 || a0 > b0);
  // CHECK-NEXT:    y[4] = (uint8_t)(a0 == a0 && b0 == b0);
  // CHECK-NEXT:    y[5] = (uint8_t)(a0 != a0 || b0 != b0);
  // CHECK-NEXT:    y[6] = (uint8_t)(a0 != b0);
  func.func private @compare(%a: memref<1xf32> loc("a"), %b: memref<1xf32> loc("b"), %y: memref<7xi1> loc("y")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %c5 = arith.constant 5 : index
    %c6 = arith.constant 6 : index
    %0 = memref.load %a[%c0] : memref<1xf32>
    %1 = memref.load %b[%c0] : memref<1xf32>
    %olt = arith.cmpf olt, %0, %1 : f32
    memref.store %olt, %y[%c0] : memref<7xi1>
    %ult = arith.cmpf ult, %0, %1 : f32
    memref.store %ult, %y[%c1] : memref<7xi1>
    %one = arith.cmpf one, %0, %1 : f32
    memref.store %one, %y[%c2] : memref<7xi1>
    %ueq = arith.cmpf ueq, %0, %1 : f32
    memref.store %ueq, %y[%c3] : memref<7xi1>
    %ord = arith.cmpf ord, %0, %1 : f32
    memref.store %ord, %y[%c4] : memref<7xi1>
    %uno = arith.cmpf uno, %0, %1 : f32
    memref.store %uno, %y[%c5] : memref<7xi1>
    %une = arith.cmpf une, %0, %1 : f32
    memref.store %une, %y[%c6] : memref<7xi1>
    return
  }

  // Conversions, exact functions, and literals that only math.h can name.
  // CHECK-LABEL: static void convert(
  // CHECK:         const float a0 = a[0];
  // CHECK:         y[0] = (float)(uint8_t)bytes[0] + a0 * a0;
  // CHECK:         y[1] = -(float)bytes[0] - (a0 - sqrtf(a0));
  // CHECK:         y[2] = setun_round_even_f32(a0);
  // CHECK:         y[3] = fabsf(a0) / INFINITY;
  // CHECK:         y[4] = (float)((double)a0 * 3.0);
  // CHECK:         memcpy(&bits, &a0, sizeof bits);
  // CHECK:         word[0] = bits & 2147483647;
  func.func private @convert(%n: memref<1xi8> loc("bytes"), %a: memref<1xf32> loc("a"), %y: memref<5xf32> loc("y"), %m: memref<1xi32> loc("word")) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %c4 = arith.constant 4 : index
    %inf = arith.constant 0x7F800000 : f32
    %three = arith.constant 3.0 : f64
    %mask = arith.constant 2147483647 : i32
    %i = memref.load %n[%c0] : memref<1xi8>
    %x = memref.load %a[%c0] : memref<1xf32>
    %0 = arith.uitofp %i : i8 to f32
    %1 = arith.mulf %x, %x : f32
    %2 = arith.addf %0, %1 : f32
    memref.store %2, %y[%c0] : memref<5xf32>
    %j = memref.load %n[%c0] : memref<1xi8>
    %3 = arith.sitofp %j : i8 to f32
    %4 = arith.negf %3 : f32
    %5 = math.sqrt %x : f32
    %6 = arith.subf %x, %5 : f32
    %7 = arith.subf %4, %6 : f32
    memref.store %7, %y[%c1] : memref<5xf32>
    %8 = math.roundeven %x : f32
    memref.store %8, %y[%c2] : memref<5xf32>
    %9 = math.absf %x : f32
    %10 = arith.divf %9, %inf : f32
    memref.store %10, %y[%c3] : memref<5xf32>
    %11 = arith.extf %x : f32 to f64
    %12 = arith.mulf %11, %three : f64
    %13 = arith.truncf %12 : f64 to f32
    memref.store %13, %y[%c4] : memref<5xf32>
    %14 = arith.bitcast %x : f32 to i32
    %15 = arith.andi %14, %mask : i32
    memref.store %15, %m[%c0] : memref<1xi32>
    return
  }

  func.func @main(%a: memref<5xf32> {setun.role = "input"}, %b: memref<5xf32> {setun.role = "input"},
                  %r0: memref<5xf32> {setun.role = "output"}, %r1: memref<5xf32> {setun.role = "output"},
                  %r2: memref<5xf32> {setun.role = "output"}, %r3: memref<5xf32> {setun.role = "output"},
                  %r4: memref<5xf32> {setun.role = "output"},
                  %p: memref<1xf32> {setun.role = "input"}, %q: memref<1xf32> {setun.role = "input"},
                  %r5: memref<7xi1> {setun.role = "output"},
                  %n: memref<1xi8> {setun.role = "input"}, %r6: memref<5xf32> {setun.role = "output"},
                  %m: memref<1xi32> {setun.role = "output"}) {
    func.call @relu(%a, %r0, %r1, %r2) : (memref<5xf32>, memref<5xf32>, memref<5xf32>, memref<5xf32>) -> ()
    func.call @both(%a, %b, %r3, %r4) : (memref<5xf32>, memref<5xf32>, memref<5xf32>, memref<5xf32>) -> ()
    func.call @compare(%p, %q, %r5) : (memref<1xf32>, memref<1xf32>, memref<7xi1>) -> ()
    func.call @convert(%n, %p, %r6, %m) : (memref<1xi8>, memref<1xf32>, memref<5xf32>, memref<1xi32>) -> ()
    return
  }
}
