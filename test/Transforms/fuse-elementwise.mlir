// Elementwise loops are fused where nothing is computed twice.
// RUN: setun-opt %s --pass-pipeline='builtin.module(func.func(lowbit-fuse-elementwise))' --split-input-file | FileCheck %s

// Producer and consumer run over the same elements: one loop.
// CHECK-LABEL: @fuses
// CHECK: linalg.generic
// CHECK: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK-NOT: linalg.generic
#all = affine_map<(d0, d1) -> (d0, d1)>
func.func @fuses(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %o = tensor.empty() : tensor<2x8xf32>
  %0 = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2x8xf32>) outs(%o : tensor<2x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.mulf %in, %in : f32
    linalg.yield %m : f32
  } -> tensor<2x8xf32>
  %1 = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<2x8xf32>) outs(%o : tensor<2x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.addf %in, %in : f32
    linalg.yield %a : f32
  } -> tensor<2x8xf32>
  return %1 : tensor<2x8xf32>
}

// -----

// With two uses the product would be computed in both loops.
// CHECK-LABEL: @two_uses
// CHECK-COUNT-3: linalg.generic
#all = affine_map<(d0) -> (d0)>
func.func @two_uses(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %o = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%o : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.mulf %in, %in : f32
    linalg.yield %m : f32
  } -> tensor<8xf32>
  %1 = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel"]} ins(%0 : tensor<8xf32>) outs(%o : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = arith.addf %in, %in : f32
    linalg.yield %a : f32
  } -> tensor<8xf32>
  %2 = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel"]} ins(%0 : tensor<8xf32>) outs(%o : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %n = arith.negf %in : f32
    linalg.yield %n : f32
  } -> tensor<8xf32>
  return %1, %2 : tensor<8xf32>, tensor<8xf32>
}

// -----

// One division a row would become one an element.
// CHECK-LABEL: @broadcast
// CHECK: arith.divf
// CHECK: linalg.generic
// CHECK: arith.mulf
#row = affine_map<(d0) -> (d0)>
#all = affine_map<(d0, d1) -> (d0, d1)>
#rows = affine_map<(d0, d1) -> (d0)>
func.func @broadcast(%x: tensor<2x8xf32>, %s: tensor<2xf32>) -> tensor<2x8xf32> {
  %r = tensor.empty() : tensor<2xf32>
  %o = tensor.empty() : tensor<2x8xf32>
  %0 = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel"]} ins(%s : tensor<2xf32>) outs(%r : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %d = arith.divf %in, %in : f32
    linalg.yield %d : f32
  } -> tensor<2xf32>
  %1 = linalg.generic {indexing_maps = [#all, #rows, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %0 : tensor<2x8xf32>, tensor<2xf32>) outs(%o : tensor<2x8xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %m = arith.mulf %in, %scale : f32
    linalg.yield %m : f32
  } -> tensor<2x8xf32>
  return %1 : tensor<2x8xf32>
}

// -----

// A reduction keeps its operand: it is read in another order on other targets.
// CHECK-LABEL: @reduction
// CHECK-COUNT-2: linalg.generic
#all = affine_map<(d0, d1) -> (d0, d1)>
#rows = affine_map<(d0, d1) -> (d0)>
func.func @reduction(%x: tensor<2x8xf32>, %init: tensor<2xf32>) -> tensor<2xf32> {
  %o = tensor.empty() : tensor<2x8xf32>
  %0 = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2x8xf32>) outs(%o : tensor<2x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %a = math.absf %in : f32
    linalg.yield %a : f32
  } -> tensor<2x8xf32>
  %1 = linalg.generic {indexing_maps = [#all, #rows], iterator_types = ["parallel", "reduction"]}
      ins(%0 : tensor<2x8xf32>) outs(%init : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %out : f32
    linalg.yield %m : f32
  } -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// -----

// A constant that is the same everywhere moves into the loop.
// CHECK-LABEL: @constant
// CHECK: [[TWO:%.*]] = arith.constant 2.0
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<8xf32>)
// CHECK: arith.mulf %in, [[TWO]]
#all = affine_map<(d0) -> (d0)>
func.func @constant(%x: tensor<8xf32>) -> tensor<8xf32> {
  %o = tensor.empty() : tensor<8xf32>
  %c = arith.constant dense<2.0> : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel"]}
      ins(%x, %c : tensor<8xf32>, tensor<8xf32>) outs(%o : tensor<8xf32>) {
  ^bb0(%in: f32, %two: f32, %out: f32):
    %m = arith.mulf %in, %two : f32
    linalg.yield %m : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
