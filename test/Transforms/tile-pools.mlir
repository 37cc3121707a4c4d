// RUN: setun-opt %s --pass-pipeline='builtin.module(func.func(lowbit-tile-convolutions,canonicalize))' --split-input-file | FileCheck %s

// Two rows of codes at a time, then a row of the pool and of the step behind it; the last row of the image has no window.
// CHECK-LABEL: @rows
// CHECK-NOT: tensor<2x7x8x2xi8>
// CHECK: scf.for %[[N:.*]] = %c0{{.*}} to %c2{{.*}} step
// CHECK: scf.for %[[H:.*]] = %c0{{.*}} to %c3{{.*}} step
// CHECK: %[[FIRST:.*]] = affine.apply {{.*}}(%[[H]])
// CHECK: lowbit.im2row {{.*}} at{{ ?}}[%[[N]], %[[FIRST]], %{{.*}}] {{.*}} -> tensor<1x2x8x4xi8>
// CHECK: lowbit.packed_matmul
// CHECK: %[[CODES:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x2x8x2xi8>)
// CHECK: linalg.fill {{.*}} -> tensor<1x1x4x2xi8>
// CHECK: linalg.generic {{.*}} ins(%[[CODES]], %{{.*}} outs(%{{.*}} : tensor<1x1x4x2xi8>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x1x4x2xi8>)
// CHECK: tensor.insert_slice %{{.*}}[%[[N]], %[[H]], 0, 0] [1, 1, 4, 2]
// CHECK-NOT: linalg.generic
func.func @rows(%x: tensor<2x4x7x8xi8>, %w: tensor<8xi8>) -> tensor<2x3x4x2xi8> {
  %zero = arith.constant 0 : i8
  %win = tensor.empty() : tensor<2x2xi8>
  %r = tensor.empty() : tensor<2x7x8x4xi8>
  %o = tensor.empty() : tensor<2x7x8x2xi32>
  %y = tensor.empty() : tensor<2x7x8x2xi8>
  %0 = lowbit.im2row ins(%x : tensor<2x4x7x8xi8>) outs(%r : tensor<2x7x8x4xi8>) window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> padding 0 -> tensor<2x7x8x4xi8>
  %1 = lowbit.packed_matmul ins(%0, %w : tensor<2x7x8x4xi8>, tensor<8xi8>) outs(%o : tensor<2x7x8x2xi32>) layout <bytes> activation si8 weight si8 -> tensor<2x7x8x2xi32>
  %2 = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%1 : tensor<2x7x8x2xi32>) outs(%y : tensor<2x7x8x2xi8>) {
  ^bb0(%in: i32, %out: i8):
    %t = arith.trunci %in : i32 to i8
    linalg.yield %t : i8
  } -> tensor<2x7x8x2xi8>
  %p = tensor.empty() : tensor<2x3x4x2xi8>
  %3 = linalg.fill ins(%zero : i8) outs(%p : tensor<2x3x4x2xi8>) -> tensor<2x3x4x2xi8>
  %4 = linalg.generic {indexing_maps = [affine_map<(n, h, w, i, j, c) -> (n, h * 2 + i, w * 2 + j, c)>, affine_map<(n, h, w, i, j, c) -> (i, j)>, affine_map<(n, h, w, i, j, c) -> (n, h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]} ins(%2, %win : tensor<2x7x8x2xi8>, tensor<2x2xi8>) outs(%3 : tensor<2x3x4x2xi8>) {
  ^bb0(%code: i8, %none: i8, %most: i8):
    %m = arith.maxsi %code, %most : i8
    linalg.yield %m : i8
  } -> tensor<2x3x4x2xi8>
  %q = tensor.empty() : tensor<2x3x4x2xi8>
  %5 = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%4 : tensor<2x3x4x2xi8>) outs(%q : tensor<2x3x4x2xi8>) {
  ^bb0(%in: i8, %out: i8):
    %t = arith.addi %in, %in : i8
    linalg.yield %t : i8
  } -> tensor<2x3x4x2xi8>
  return %5 : tensor<2x3x4x2xi8>
}

// -----

// Windows that share rows would need some twice: the codes are all made before.
// CHECK-LABEL: @overlapping
// CHECK-NOT: scf.for
// CHECK: %[[CODES:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x7x8x2xi8>)
// CHECK: linalg.generic {{.*}} ins(%[[CODES]], {{.*}} outs(%{{.*}} : tensor<1x6x4x2xi8>)
// CHECK-NOT: scf.for
func.func @overlapping(%x: tensor<1x4x7x8xi8>, %w: tensor<8xi8>) -> tensor<1x6x4x2xi8> {
  %zero = arith.constant 0 : i8
  %win = tensor.empty() : tensor<2x2xi8>
  %r = tensor.empty() : tensor<1x7x8x4xi8>
  %o = tensor.empty() : tensor<1x7x8x2xi32>
  %y = tensor.empty() : tensor<1x7x8x2xi8>
  %0 = lowbit.im2row ins(%x : tensor<1x4x7x8xi8>) outs(%r : tensor<1x7x8x4xi8>) window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> padding 0 -> tensor<1x7x8x4xi8>
  %1 = lowbit.packed_matmul ins(%0, %w : tensor<1x7x8x4xi8>, tensor<8xi8>) outs(%o : tensor<1x7x8x2xi32>) layout <bytes> activation si8 weight si8 -> tensor<1x7x8x2xi32>
  %2 = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%1 : tensor<1x7x8x2xi32>) outs(%y : tensor<1x7x8x2xi8>) {
  ^bb0(%in: i32, %out: i8):
    %t = arith.trunci %in : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x7x8x2xi8>
  %p = tensor.empty() : tensor<1x6x4x2xi8>
  %3 = linalg.fill ins(%zero : i8) outs(%p : tensor<1x6x4x2xi8>) -> tensor<1x6x4x2xi8>
  %4 = linalg.generic {indexing_maps = [affine_map<(n, h, w, i, j, c) -> (n, h + i, w * 2 + j, c)>, affine_map<(n, h, w, i, j, c) -> (i, j)>, affine_map<(n, h, w, i, j, c) -> (n, h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]} ins(%2, %win : tensor<1x7x8x2xi8>, tensor<2x2xi8>) outs(%3 : tensor<1x6x4x2xi8>) {
  ^bb0(%code: i8, %none: i8, %most: i8):
    %m = arith.maxsi %code, %most : i8
    linalg.yield %m : i8
  } -> tensor<1x6x4x2xi8>
  return %4 : tensor<1x6x4x2xi8>
}

// -----

// Codes that someone else reads, too, are all made before.
// CHECK-LABEL: @shared
// CHECK-NOT: scf.for
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x7x8x2xi8>)
// CHECK-NOT: scf.for
func.func @shared(%x: tensor<1x4x7x8xi8>, %w: tensor<8xi8>) -> (tensor<1x3x4x2xi8>, tensor<1x7x8x2xi8>) {
  %zero = arith.constant 0 : i8
  %win = tensor.empty() : tensor<2x2xi8>
  %r = tensor.empty() : tensor<1x7x8x4xi8>
  %o = tensor.empty() : tensor<1x7x8x2xi32>
  %y = tensor.empty() : tensor<1x7x8x2xi8>
  %0 = lowbit.im2row ins(%x : tensor<1x4x7x8xi8>) outs(%r : tensor<1x7x8x4xi8>) window <size[1, 1] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> padding 0 -> tensor<1x7x8x4xi8>
  %1 = lowbit.packed_matmul ins(%0, %w : tensor<1x7x8x4xi8>, tensor<8xi8>) outs(%o : tensor<1x7x8x2xi32>) layout <bytes> activation si8 weight si8 -> tensor<1x7x8x2xi32>
  %2 = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%1 : tensor<1x7x8x2xi32>) outs(%y : tensor<1x7x8x2xi8>) {
  ^bb0(%in: i32, %out: i8):
    %t = arith.trunci %in : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x7x8x2xi8>
  %p = tensor.empty() : tensor<1x3x4x2xi8>
  %3 = linalg.fill ins(%zero : i8) outs(%p : tensor<1x3x4x2xi8>) -> tensor<1x3x4x2xi8>
  %4 = linalg.generic {indexing_maps = [affine_map<(n, h, w, i, j, c) -> (n, h * 2 + i, w * 2 + j, c)>, affine_map<(n, h, w, i, j, c) -> (i, j)>, affine_map<(n, h, w, i, j, c) -> (n, h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]} ins(%2, %win : tensor<1x7x8x2xi8>, tensor<2x2xi8>) outs(%3 : tensor<1x3x4x2xi8>) {
  ^bb0(%code: i8, %none: i8, %most: i8):
    %m = arith.maxsi %code, %most : i8
    linalg.yield %m : i8
  } -> tensor<1x3x4x2xi8>
  return %4, %2 : tensor<1x3x4x2xi8>, tensor<1x7x8x2xi8>
}
