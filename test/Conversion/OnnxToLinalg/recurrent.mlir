// RNN, GRU, LSTM.
// RUN: setun-opt %s --convert-onnx-to-linalg --canonicalize --split-input-file | FileCheck %s

// One loop over time carries h, c and Y. The weights are turned into right sides of products before it.
// CHECK-LABEL: @lstm
// CHECK-DAG: arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00
// CHECK: scf.for %[[T:.*]] = %c0 to %c7 {{.*}} iter_args(%[[H:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}}, %[[Y:.*]] = %{{.*}})
// CHECK: %[[X:.*]] = tensor.extract_slice %arg0[%[[T]], 0, 0] [1, 3, 2] [1, 1, 1] : tensor<7x3x2xf32> to tensor<3x2xf32>
// CHECK: lowbit.float_matmul ins(%[[X]],
// CHECK: lowbit.float_matmul ins(%[[H]],
// CHECK: %[[Y2:.*]] = tensor.insert_slice %[[NEW:.*]] into %[[Y]][%[[T]], 0, 0, 0]
// CHECK: %[[H2:.*]] = bufferization.materialize_in_destination %[[NEW]] in %[[H]]
// CHECK: %[[C2:.*]] = bufferization.materialize_in_destination %{{.*}} in %[[C]]
// CHECK: scf.yield %[[H2]], %[[C2]], %[[Y2]]
func.func @lstm(%x: tensor<7x3x2xf32>, %r: tensor<1x4x1xf32>) -> (tensor<7x1x3x1xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>) {
  %w = onnx.constant dense<[[[1.0, 5.0], [2.0, 6.0], [3.0, 7.0], [4.0, 8.0]]]> : tensor<1x4x2xf32>
  %0:3 = onnx.node "LSTM"(%x, %w, %r) : (tensor<7x3x2xf32>, tensor<1x4x2xf32>, tensor<1x4x1xf32>) -> (tensor<7x1x3x1xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>)
  return %0#0, %0#1, %0#2 : tensor<7x1x3x1xf32>, tensor<1x3x1xf32>, tensor<1x3x1xf32>
}

// -----

// Backwards, and nobody wants Y. Beyond its length an element of the batch keeps its state.
// CHECK-LABEL: @gru
// CHECK: scf.for %[[I:.*]] = %c0 to %c7 {{.*}} iter_args(%[[H:.*]] = %{{.*}}) -> (tensor<3x4xf32>)
// CHECK: %[[T:.*]] = arith.subi %c6, %[[I]]
// CHECK: tensor.extract_slice %arg0[%[[T]], 0, 0]
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[H]], %{{.*}} : tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x1xi32>)
// CHECK: %[[RUNS:.*]] = arith.cmpi slt
// CHECK: arith.select %[[RUNS]]
func.func @gru(%x: tensor<7x3x2xf32>, %w: tensor<1x12x2xf32>, %r: tensor<1x12x4xf32>, %n: tensor<3xi32>) -> tensor<1x3x4xf32> {
  %none = onnx.none
  %0:2 = onnx.node "GRU"(%x, %w, %r, %none, %n) {attributes = {direction = "reverse"}} : (tensor<7x3x2xf32>, tensor<1x12x2xf32>, tensor<1x12x4xf32>, none, tensor<3xi32>) -> (tensor<7x1x3x4xf32>, tensor<1x3x4xf32>)
  return %0#1 : tensor<1x3x4xf32>
}

// -----

// Two directions are two loops that write one Y, here with the batch first.
// CHECK-LABEL: @both
// CHECK: linalg.transpose ins(%arg0 : tensor<3x7x2xf32>)
// CHECK: %[[FIRST:.*]]:2 = scf.for
// CHECK: tensor.insert_slice {{.*}}[0, %{{.*}}, 0, 0] [3, 1, 1, 4]
// CHECK: scf.for {{.*}} = %[[FIRST]]#1)
// CHECK: tensor.insert_slice {{.*}}[0, %{{.*}}, 1, 0] [3, 1, 1, 4]
func.func @both(%x: tensor<3x7x2xf32>, %w: tensor<2x4x2xf32>, %r: tensor<2x4x4xf32>) -> tensor<3x7x2x4xf32> {
  %0 = onnx.node "RNN"(%x, %w, %r) {attributes = {direction = "bidirectional", layout = 1 : i64}} : (tensor<3x7x2xf32>, tensor<2x4x2xf32>, tensor<2x4x4xf32>) -> tensor<3x7x2x4xf32>
  return %0 : tensor<3x7x2x4xf32>
}

// -----

// A state that is given is copied, so that the loop may write over it; the one round of a short sequence has no need to.
// CHECK-LABEL: @state
// CHECK: %[[H:.*]] = bufferization.alloc_tensor() copy(%{{.*}}) : tensor<3x4xf32>
// CHECK: lowbit.float_matmul ins(%[[H]],
// CHECK-NOT: materialize_in_destination
func.func @state(%x: tensor<1x3x2xf32>, %w: tensor<1x4x2xf32>, %r: tensor<1x4x4xf32>, %h: tensor<1x3x4xf32>) -> tensor<1x3x4xf32> {
  %none = onnx.none
  %0:2 = onnx.node "RNN"(%x, %w, %r, %none, %none, %h) : (tensor<1x3x2xf32>, tensor<1x4x2xf32>, tensor<1x4x4xf32>, none, none, tensor<1x3x4xf32>) -> (tensor<1x1x3x4xf32>, tensor<1x3x4xf32>)
  return %0#1 : tensor<1x3x4xf32>
}
