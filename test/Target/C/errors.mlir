// What C cannot say is an error that names the operation and what would be accepted; nothing is written.
// RUN: rm -rf %t
// RUN: setun-opt %s --emit-c='output-dir=%t' --split-input-file --verify-diagnostics
// RUN: not ls %t

func.func @main(%x: memref<2xf32> {setun.role = "output"}) {
  %c0 = arith.constant 0 : index
  %v = memref.load %x[%c0] : memref<2xf32>
  // expected-error @+1 {{'math.tanh' cannot be printed as C; accepted are exact operations of arith, math, memref, scf and func, and the kernels of lowbit}}
  %t = math.tanh %v : f32
  memref.store %t, %x[%c0] : memref<2xf32>
  return
}

// -----

func.func @main(%x: memref<2xf64> {setun.role = "output"}) {
  %c0 = arith.constant 0 : index
  %v = memref.load %x[%c0] : memref<2xf64>
  // expected-error @+1 {{'math.exp' on 'f64' has no kernel; accepted is f32}}
  %t = math.exp %v : f64
  memref.store %t, %x[%c0] : memref<2xf64>
  return
}

// -----

func.func @main(%x: memref<2xf32> {setun.role = "output"}) {
  %c0 = arith.constant 0 : index
  %v = memref.load %x[%c0] : memref<2xf32>
  // expected-error @+1 {{'arith.truncf' has a value of type 'f16', which C does not have; accepted are i1, i8, i16, i32, i64, f32, f64 and index, and memrefs of them}}
  %h = arith.truncf %v : f32 to f16
  %t = arith.extf %h : f16 to f32
  memref.store %t, %x[%c0] : memref<2xf32>
  return
}

// -----

// expected-error @+1 {{argument 0 of @main has type 'memref<2xi4>'; accepted are static memrefs of i1, i8, i16, i32, i64, f32, f64 and index}}
func.func @main(%x: memref<2xi4> {setun.role = "output"}) {
  return
}

// -----

// expected-error @+1 {{argument 0 of @main has type 'memref<?xf32>'}}
func.func @main(%x: memref<?xf32> {setun.role = "output"}) {
  return
}

// -----

// expected-error @+1 {{argument 0 of @main needs 'setun.role': "input", "output" or "arena"}}
func.func @main(%x: memref<2xf32>) {
  return
}

// -----

// expected-error @+1 {{argument 0 of @main cannot be an arena; accepted is one static memref<Nxi8>}}
func.func @main(%x: memref<2xf32> {setun.role = "arena"}) {
  return
}

// -----

// expected-error @+1 {{input 'x' is written by the model; accepted are inputs that are read}}
func.func @main(%x: memref<2xf32> {setun.role = "input", onnx.name = "x"}, %y: memref<2xf32> {setun.role = "output"}) {
  memref.copy %y, %x : memref<2xf32> to memref<2xf32>
  return
}

// -----

// expected-error @+1 {{@main still has results: the module is not in the buffers stage}}
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}

// -----

// expected-error @+1 {{the module has no function @main}}
module {
}

// -----

func.func private @loop(%x: memref<2xf32>) {
  // expected-error @+1 {{recursive call of 'loop'; generated C has a bounded stack}}
  func.call @loop(%x) : (memref<2xf32>) -> ()
  return
}
func.func @main(%x: memref<2xf32> {setun.role = "output"}) {
  func.call @loop(%x) : (memref<2xf32>) -> ()
  return
}

// -----

// expected-error @+1 {{function 'outside' has no body; generated C calls nothing but its own functions}}
func.func private @outside(%x: memref<2xf32>)
func.func @main(%x: memref<2xf32> {setun.role = "output"}) {
  func.call @outside(%x) : (memref<2xf32>) -> ()
  return
}

// -----

// expected-error @+1 {{argument 0 of 'layer' has type 'memref<2xf32, strided<[2]>>'; accepted are}}
func.func private @layer(%x: memref<2xf32, strided<[2]>>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  memref.store %zero, %x[%c0] : memref<2xf32, strided<[2]>>
  return
}
func.func @main(%x: memref<4xf32> {setun.role = "output"}) {
  %half = memref.subview %x[0] [2] [2] : memref<4xf32> to memref<2xf32, strided<[2]>>
  func.call @layer(%half) : (memref<2xf32, strided<[2]>>) -> ()
  return
}

// -----

func.func @main(%x: memref<2xf32> {setun.role = "output"}) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{'memref.alloc' cannot be printed as C}}
  %a = memref.alloc() : memref<2xf32>
  %v = memref.load %a[%c0] : memref<2xf32>
  memref.store %v, %x[%c0] : memref<2xf32>
  memref.copy %a, %x : memref<2xf32> to memref<2xf32>
  return
}

// -----

// expected-error @+1 {{'state' can be written; generated C has constants only}}
memref.global "private" @state : memref<2xf32> = dense<0.0>
func.func @main(%x: memref<2xf32> {setun.role = "output"}) {
  %s = memref.get_global @state : memref<2xf32>
  memref.copy %s, %x : memref<2xf32> to memref<2xf32>
  return
}

// -----

func.func @main(%x: memref<2xf32> {setun.role = "output"}, %c: memref<1xi1> {setun.role = "input"}, %y: memref<2xf32> {setun.role = "output"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %v = memref.load %c[%c0] : memref<1xi1>
  // expected-error @+1 {{chooses between memrefs; C needs to know at compile time where data is}}
  %m = arith.select %v, %x, %y : memref<2xf32>
  memref.store %zero, %m[%c0] : memref<2xf32>
  return
}

// -----

func.func @main(%x: memref<4xi32> {setun.role = "output"}) {
  %c0 = arith.constant 0 : index
  %many = arith.constant 32 : i32
  %v = memref.load %x[%c0] : memref<4xi32>
  // expected-error @+1 {{'arith.shrsi' shifts 'i32' by its width or more; accepted are counts from 0 to 31}}
  %s = arith.shrsi %v, %many : i32
  memref.store %s, %x[%c0] : memref<4xi32>
  return
}

// -----

memref.global "private" constant @w : memref<2xi8> = dense<1>
func.func @main(%x: memref<1x4x2xi8> {setun.role = "input"}, %y: memref<1x1xi32> {setun.role = "output"}) {
  %w = memref.get_global @w : memref<2xi8>
  %column = memref.subview %x[0, 0, 0] [1, 2, 1] [1, 1, 1] : memref<1x4x2xi8> to memref<1x2xi8, strided<[8, 2]>>
  // expected-error @+1 {{'lowbit.packed_matmul' on 'memref<1x2xi8, strided<[8, 2]>>', which has gaps; accepted are contiguous memrefs}}
  lowbit.packed_matmul ins(%column, %w : memref<1x2xi8, strided<[8, 2]>>, memref<2xi8>) outs(%y : memref<1x1xi32>) layout <bytes> activation si8 weight si4
  return
}
