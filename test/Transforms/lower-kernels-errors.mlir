// Kernels need buffers of static shape.
// RUN: setun-opt %s --lowbit-lower-kernels=max-statements=7 --split-input-file --verify-diagnostics

func.func private @tensors(%x: tensor<2x4xf32>, %y: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @below {{'lowbit.float_sum' op needs buffers of static shape, got 'tensor<2x4xf32>'; run lowbit-bufferize before}}
  %0 = lowbit.float_sum ins(%x : tensor<2x4xf32>) outs(%y : tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func private @dynamic(%x: memref<?x4xf32>, %y: memref<?xf32>) {
  // expected-error @below {{needs buffers of static shape, got 'memref<?x4xf32>'}}
  lowbit.float_sum ins(%x : memref<?x4xf32>) outs(%y : memref<?xf32>)
  return
}

// -----

// One statement with its loads and stores may take more than seven.
func.func private @few_statements(%x: memref<1x2xi8>, %sums: memref<1x1xi32>) {
  // expected-error @below {{'lowbit.addsub' op needs at least 8 statements a function}}
  lowbit.addsub ins(%x : memref<1x2xi8>) outs(%sums : memref<1x1xi32>) activation si8 {
  ^bb0(%x0: i32, %x1: i32):
    %a = arith.addi %x0, %x1 : i32
    lowbit.yield %a : i32
  }
  return
}
