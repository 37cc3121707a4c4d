// Tensors become buffers, results are written in place, linalg becomes loops.
// RUN: setun-opt %s --lowbit-bufferize --split-input-file | FileCheck %s

// Results are the last arguments. A layer computes right into its result, also through a reshape. A constant is a
// global named after its blob.
// CHECK: memref.global "private" constant @fc1_weight : memref<4xf32> = dense_resource<fc1.weight>
// CHECK-LABEL: func.func @main(%arg0: memref<4xf32> {onnx.name = "x", setun.role = "input"}, %arg1: memref<2x2xf32> {onnx.name = "y", setun.role = "output"}) {
// CHECK-NEXT: call @layer(%arg0, %arg1)
// CHECK-NEXT: return
// CHECK-LABEL: func.func private @layer(%arg0: memref<4xf32> {setun.role = "in"}, %arg1: memref<2x2xf32> {setun.role = "out"}) {
// CHECK-NOT: memref.alloc
// CHECK-NOT: memref.copy
// CHECK: [[W:%.*]] = memref.get_global @fc1_weight
// CHECK: [[OUT:%.*]] = memref.collapse_shape %arg1
// CHECK: scf.for [[I:%.*]] =
// CHECK: memref.load %arg0[[[I]]]
// CHECK: memref.load [[W]][[[I]]]
// CHECK: memref.store %{{.*}}, [[OUT]][[[I]]]
#all = affine_map<(d0) -> (d0)>
func.func @main(%x: tensor<4xf32> {onnx.name = "x"}) -> (tensor<2x2xf32> {onnx.name = "y"}) {
  %0 = call @layer(%x) : (tensor<4xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
func.func private @layer(%x: tensor<4xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense_resource<fc1.weight> : tensor<4xf32>
  %o = tensor.empty() : tensor<4xf32>
  %0 = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel"]}
      ins(%x, %w : tensor<4xf32>, tensor<4xf32>) outs(%o : tensor<4xf32>) {
  ^bb0(%in: f32, %weight: f32, %out: f32):
    %m = arith.mulf %in, %weight : f32
    linalg.yield %m : f32
  } -> tensor<4xf32>
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [2, 2] : tensor<4xf32> into tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}
{-# dialect_resources: { builtin: { fc1.weight: "0x040000000000803F0000803F0000803F0000803F" } } #-}

// -----

// Inputs are read only: what updates one works on a copy, in the layer as in the entry point.
// CHECK-LABEL: func.func @main(
// CHECK-NEXT: call @layer(%arg0, %arg1)
// CHECK-NEXT: call @layer(%arg1, %arg2)
// CHECK-NEXT: return
// CHECK-LABEL: func.func private @layer(%arg0: memref<8xf32> {setun.role = "in"}, %arg1: memref<8xf32> {setun.role = "out"})
// CHECK-NOT: memref.subview %arg0
// CHECK: memref.copy %arg0, %arg1
// CHECK: [[PART:%.*]] = memref.subview %arg1[3] [2] [1]
// CHECK: memref.copy %{{.*}}, [[PART]]
func.func @main(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = call @layer(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = call @layer(%0) : (tensor<8xf32>) -> tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}
func.func private @layer(%x: tensor<8xf32>) -> tensor<8xf32> {
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = tensor.insert_slice %c into %x[3] [2] [1] : tensor<2xf32> into tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// What no layer computes is copied. Constants without a blob are called constant, constant_1, ...
// CHECK-DAG: memref.global "private" constant @constant : memref<2xf32>
// CHECK-DAG: memref.global "private" constant @constant_1 : memref<2xf32>
// CHECK-LABEL: func.func @main(
// CHECK: memref.copy %arg0, %arg1
// CHECK: memref.copy %{{.*}}, %arg2
// CHECK: memref.copy %{{.*}}, %arg3
func.func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %d = arith.constant dense<[3.0, 4.0]> : tensor<2xf32>
  return %x, %c, %d : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// Up to 256 bytes live on the stack, more on the heap, where lowbit-plan-memory finds them.
// CHECK-LABEL: func.func private @scratch
// CHECK-DAG: memref.alloca() {{.*}}: memref<1x64xi32>
// CHECK-DAG: memref.alloc() {{.*}}: memref<1x65xi32>
func.func private @scratch(%x: tensor<1x8xi8>, %w: tensor<64xi8>, %v: tensor<65xi8>) -> (tensor<1x64xf32>, tensor<1x65xf32>) {
  %e = tensor.empty() : tensor<1x64xi32>
  %f = tensor.empty() : tensor<1x65xi32>
  %o = tensor.empty() : tensor<1x64xf32>
  %p = tensor.empty() : tensor<1x65xf32>
  %0 = lowbit.packed_matmul ins(%x, %w : tensor<1x8xi8>, tensor<64xi8>) outs(%e : tensor<1x64xi32>) layout <bits> activation si8 weight !lowbit.bipolar -> tensor<1x64xi32>
  %1 = lowbit.packed_matmul ins(%x, %v : tensor<1x8xi8>, tensor<65xi8>) outs(%f : tensor<1x65xi32>) layout <bits> activation si8 weight !lowbit.bipolar -> tensor<1x65xi32>
  %2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<1x64xi32>) outs(%o : tensor<1x64xf32>) {
  ^bb0(%in: i32, %out: f32):
    %r = arith.sitofp %in : i32 to f32
    linalg.yield %r : f32
  } -> tensor<1x64xf32>
  %3 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<1x65xi32>) outs(%p : tensor<1x65xf32>) {
  ^bb0(%in: i32, %out: f32):
    %r = arith.sitofp %in : i32 to f32
    linalg.yield %r : f32
  } -> tensor<1x65xf32>
  return %2, %3 : tensor<1x64xf32>, tensor<1x65xf32>
}

// -----

// A kernel writes an array, not the inner of a padded image.
// CHECK-LABEL: func.func private @into_part
// CHECK: [[WHOLE:%.*]] = memref.alloca() : memref<2x2xi32>
// CHECK: lowbit.packed_matmul {{.*}} outs([[WHOLE]] : memref<2x2xi32>)
// CHECK: memref.copy [[WHOLE]], {{%.*}} : memref<2x2xi32> to memref<2x2xi32, strided<[4, 1], offset: 5>>
func.func private @into_part(%x: tensor<2x8xi8>, %w: tensor<2xi8>) -> tensor<4x4xi32> {
  %c1 = arith.constant 1 : i32
  %e = tensor.empty() : tensor<4x4xi32>
  %f = linalg.fill ins(%c1 : i32) outs(%e : tensor<4x4xi32>) -> tensor<4x4xi32>
  %i = tensor.empty() : tensor<2x2xi32>
  %0 = lowbit.packed_matmul ins(%x, %w : tensor<2x8xi8>, tensor<2xi8>) outs(%i : tensor<2x2xi32>) layout <bits> activation si8 weight !lowbit.bipolar -> tensor<2x2xi32>
  %1 = tensor.insert_slice %0 into %f[1, 1] [2, 2] [1, 1] : tensor<2x2xi32> into tensor<4x4xi32>
  return %1 : tensor<4x4xi32>
}

// -----

// Buffers already: nothing to do.
// CHECK-LABEL: func.func private @buffers
// CHECK-NEXT: memref.copy %arg0, %arg1
// CHECK-NEXT: return
func.func private @buffers(%x: memref<2xf32>, %y: memref<2xf32>) {
  memref.copy %x, %y : memref<2xf32> to memref<2xf32>
  return
}
