// Regions of nodes take the order of dimensions that saves Transposes.
// RUN: setun-opt %s --pass-pipeline='builtin.module(func.func(onnx-cancel-transposes,canonicalize))' --split-input-file | FileCheck %s

// Between convolutions: elementwise, quantisers along an axis, Pad, Concat, Softmax. The bias of rank 1 lies along
// dimension 1 then, pads and axes follow.
// CHECK-LABEL: @between_convolutions
// CHECK-DAG: [[BIAS:%.*]] = onnx.constant dense<{{.*}}> : tensor<1x3x1x1xf32>
// CHECK-DAG: [[PADS:%.*]] = onnx.constant dense<[0, 0, 1, 2, 0, 0, 3, 4]> : tensor<8xi64>
// CHECK: [[A:%.*]] = onnx.node "Add"(%arg0, [[BIAS]]) : (tensor<1x3x4x5xf32>, tensor<1x3x1x1xf32>) -> tensor<1x3x4x5xf32>
// CHECK: [[Q:%.*]] = onnx.node "QuantizeLinear"([[A]], {{.*}}) {attributes = {axis = 1 : i64}}
// CHECK: [[D:%.*]] = onnx.node "DequantizeLinear"([[Q]], {{.*}}) {attributes = {axis = 1 : i64}}
// CHECK: [[P:%.*]] = onnx.node "Pad"([[D]], [[PADS]]) {{.*}} -> tensor<1x3x8x11xf32>
// CHECK: [[C:%.*]] = onnx.node "Concat"([[P]], %arg1) {attributes = {axis = 1 : i64}}
// CHECK: [[S:%.*]] = onnx.node "Softmax"([[C]]) {attributes = {axis = 1 : i64}
// CHECK: return [[S]]
func.func @between_convolutions(%x: tensor<1x3x4x5xf32>, %y: tensor<1x2x8x11xf32>) -> tensor<1x5x8x11xf32> {
  %bias = onnx.constant dense<[0.25, 0.5, 1.0]> : tensor<3xf32>
  %scales = onnx.constant dense<[0.25, 0.5, 1.0]> : tensor<3xf32>
  %pads = onnx.constant dense<[0, 1, 2, 0, 0, 3, 4, 0]> : tensor<8xi64>
  %0 = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 0, 2, 3, 1>}} : (tensor<1x3x4x5xf32>) -> tensor<1x4x5x3xf32>
  %1 = onnx.node "Add"(%0, %bias) : (tensor<1x4x5x3xf32>, tensor<3xf32>) -> tensor<1x4x5x3xf32>
  %2 = onnx.node "QuantizeLinear"(%1, %scales) {attributes = {axis = 3 : i64}} : (tensor<1x4x5x3xf32>, tensor<3xf32>) -> tensor<1x4x5x3xui8>
  %3 = onnx.node "DequantizeLinear"(%2, %scales) {attributes = {axis = -1 : i64}} : (tensor<1x4x5x3xui8>, tensor<3xf32>) -> tensor<1x4x5x3xf32>
  %4 = onnx.node "Pad"(%3, %pads) {since_version = 13 : i64} : (tensor<1x4x5x3xf32>, tensor<8xi64>) -> tensor<1x8x11x3xf32>
  %5 = onnx.node "Transpose"(%y) {attributes = {perm = array<i64: 0, 2, 3, 1>}} : (tensor<1x2x8x11xf32>) -> tensor<1x8x11x2xf32>
  %6 = onnx.node "Concat"(%4, %5) {attributes = {axis = 3 : i64}} : (tensor<1x8x11x3xf32>, tensor<1x8x11x2xf32>) -> tensor<1x8x11x5xf32>
  %7 = onnx.node "Softmax"(%6) {since_version = 13 : i64} : (tensor<1x8x11x5xf32>) -> tensor<1x8x11x5xf32>
  %8 = onnx.node "Transpose"(%7) {attributes = {perm = array<i64: 0, 3, 1, 2>}} : (tensor<1x8x11x5xf32>) -> tensor<1x5x8x11xf32>
  return %8 : tensor<1x5x8x11xf32>
}

// -----

// A reduction makes less to move; its axes are those of the input's order. Slice takes axes, too.
// CHECK-LABEL: @behind_reduction
// CHECK-DAG: [[AXES:%.*]] = onnx.constant dense<[2, 3]> : tensor<2xi64>
// CHECK-DAG: [[AXIS:%.*]] = onnx.constant dense<1> : tensor<1xi64>
// CHECK: [[S:%.*]] = onnx.node "Slice"(%arg0, {{%.*}}, {{%.*}}, [[AXIS]]) {{.*}} -> tensor<2x2x4x5xf32>
// CHECK: [[R:%.*]] = onnx.node "ReduceMean"([[S]], [[AXES]]) {{.*}} -> tensor<2x2x1x1xf32>
// CHECK: [[M:%.*]] = onnx.node "Reshape"([[R]], {{.*}} -> tensor<2x1x1x2xf32>
// CHECK: return [[M]]
func.func @behind_reduction(%x: tensor<2x3x4x5xf32>) -> tensor<2x1x1x2xf32> {
  %zero = onnx.constant dense<0> : tensor<1xi64>
  %two = onnx.constant dense<2> : tensor<1xi64>
  %last = onnx.constant dense<-1> : tensor<1xi64>
  %axes = onnx.constant dense<[1, 2]> : tensor<2xi64>
  %0 = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 0, 2, 3, 1>}} : (tensor<2x3x4x5xf32>) -> tensor<2x4x5x3xf32>
  %1 = onnx.node "Slice"(%0, %zero, %two, %last) {since_version = 13 : i64} : (tensor<2x4x5x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x4x5x2xf32>
  %2 = onnx.node "ReduceMean"(%1, %axes) {since_version = 18 : i64} : (tensor<2x4x5x2xf32>, tensor<2xi64>) -> tensor<2x1x1x2xf32>
  return %2 : tensor<2x1x1x2xf32>
}

// -----

// The order of a float sum is kept: here it would run along columns first.
// CHECK-LABEL: @order_of_sums
// CHECK: onnx.node "Transpose"
// CHECK: onnx.node "ReduceSum"
func.func @order_of_sums(%x: tensor<2x3x4xf32>) -> tensor<2x1x1xf32> {
  %axes = onnx.constant dense<[1, 2]> : tensor<2xi64>
  %0 = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 0, 2, 1>}} : (tensor<2x3x4xf32>) -> tensor<2x4x3xf32>
  %1 = onnx.node "ReduceSum"(%0, %axes) {since_version = 13 : i64} : (tensor<2x4x3xf32>, tensor<2xi64>) -> tensor<2x1x1xf32>
  return %1 : tensor<2x1x1xf32>
}

// -----

// What others read in the old order gets it from one Transpose, where that is no loss; here it would be.
// CHECK-LABEL: @two_uses
// CHECK: [[T:%.*]] = onnx.node "Transpose"(%arg0)
// CHECK: [[R:%.*]] = onnx.node "Relu"([[T]])
// CHECK: [[B:%.*]] = onnx.node "Neg"([[T]])
// CHECK: return [[R]], [[B]]
func.func @two_uses(%x: tensor<2x3xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  %0 = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 1, 0>}} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = onnx.node "Relu"(%0) : (tensor<3x2xf32>) -> tensor<3x2xf32>
  %2 = onnx.node "Neg"(%0) : (tensor<3x2xf32>) -> tensor<3x2xf32>
  return %1, %2 : tensor<3x2xf32>, tensor<3x2xf32>
}

// -----

// Fewer bytes behind the quantiser; Transposes that meet are one.
// CHECK-LABEL: @fewer_bytes
// CHECK: [[Q:%.*]] = onnx.node "QuantizeLinear"(%arg0, {{.*}}) {attributes = {axis = 2 : i64}} : {{.*}} -> tensor<2x3x4xui8>
// CHECK: [[T:%.*]] = onnx.node "Transpose"([[Q]]) {attributes = {perm = array<i64: 1, 0, 2>}
// CHECK: return [[T]]
func.func @fewer_bytes(%x: tensor<2x3x4xf32>) -> tensor<3x2x4xui8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %0 = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 2, 1, 0>}} : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
  %1 = onnx.node "Transpose"(%0) {attributes = {perm = array<i64: 1, 0, 2>}} : (tensor<4x3x2xf32>) -> tensor<3x4x2xf32>
  %2 = onnx.node "Transpose"(%1) {attributes = {perm = array<i64: 0, 2, 1>}} : (tensor<3x4x2xf32>) -> tensor<3x2x4xf32>
  %3 = onnx.node "QuantizeLinear"(%2, %s) {attributes = {axis = 2 : i64}} : (tensor<3x2x4xf32>, tensor<f32>) -> tensor<3x2x4xui8>
  return %3 : tensor<3x2x4xui8>
}

// -----

// A Transpose goes down to a Reshape at the same cost: the weights of a product behind it can take its order.
// CHECK-LABEL: @flatten
// CHECK: [[R:%.*]] = onnx.node "Relu"(%arg0)
// CHECK: [[T:%.*]] = onnx.node "Transpose"([[R]])
// CHECK: onnx.node "Reshape"([[T]], {{.*}})
func.func @flatten(%x: tensor<1x3x4xf32>) -> tensor<1x12xf32> {
  %shape = onnx.constant dense<[1, 12]> : tensor<2xi64>
  %0 = onnx.node "Transpose"(%x) {attributes = {perm = array<i64: 0, 2, 1>}} : (tensor<1x3x4xf32>) -> tensor<1x4x3xf32>
  %1 = onnx.node "Relu"(%0) : (tensor<1x4x3xf32>) -> tensor<1x4x3xf32>
  %2 = onnx.node "Reshape"(%1, %shape) : (tensor<1x4x3xf32>, tensor<2xi64>) -> tensor<1x12xf32>
  return %2 : tensor<1x12xf32>
}
