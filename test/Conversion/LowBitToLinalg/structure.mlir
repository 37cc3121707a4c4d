// Constants, transposes and reshapes of codes, and signatures.
// RUN: setun-opt %s --convert-lowbit-to-linalg --split-input-file | FileCheck %s

// The blob stays where it is.
// CHECK-LABEL: @constant() -> tensor<3xi8>
// CHECK: arith.constant dense_resource<codes> : tensor<3xi8>
func.func @constant() -> tensor<3x!lowbit.ternary> {
  %0 = lowbit.constant dense_resource<codes> : tensor<3x!lowbit.ternary>
  return %0 : tensor<3x!lowbit.ternary>
}
{-# dialect_resources: { builtin: { codes: "0x010000000100FF" } } #-}

// -----

// CHECK-LABEL: @transpose
// CHECK: linalg.transpose ins(%arg0 : tensor<2x3xi8>) outs(%{{.*}} : tensor<3x2xi8>) permutation = [1, 0]
func.func @transpose(%x: tensor<2x3xui4>) -> tensor<3x2xui4> {
  %0 = lowbit.transpose %x [1, 0] : tensor<2x3xui4> -> tensor<3x2xui4>
  return %0 : tensor<3x2xui4>
}

// -----

// CHECK-LABEL: @reshape
// CHECK: [[FLAT:%.*]] = tensor.collapse_shape %arg0 {{.*}} into tensor<6xi8>
// CHECK: tensor.expand_shape [[FLAT]] {{.*}} into tensor<3x1x2xi8>
func.func @reshape(%x: tensor<2x3xui4>) -> tensor<3x1x2xui4> {
  %0 = lowbit.reshape %x : tensor<2x3xui4> -> tensor<3x1x2xui4>
  return %0 : tensor<3x1x2xui4>
}

// -----

// CHECK-LABEL: @scalars
// CHECK: tensor.expand_shape %arg0 [] {{.*}} : tensor<i8> into tensor<1xi8>
// CHECK: tensor.collapse_shape %arg1 [] : tensor<1xi8> into tensor<i8>
func.func @scalars(%x: tensor<ui4>, %y: tensor<1xui4>) -> (tensor<1xui4>, tensor<ui4>) {
  %0 = lowbit.reshape %x : tensor<ui4> -> tensor<1xui4>
  %1 = lowbit.reshape %y : tensor<1xui4> -> tensor<ui4>
  return %0, %1 : tensor<1xui4>, tensor<ui4>
}

// -----

// Calls follow; ordinary integers are no codes.
// CHECK-LABEL: func.func @calls(%arg0: tensor<2xi16>, %arg1: tensor<2xi4>) -> tensor<2xi16>
// CHECK: call @layer(%arg0) : (tensor<2xi16>) -> tensor<2xi16>
// CHECK: func.func private @layer(tensor<2xi16>) -> tensor<2xi16>
func.func @calls(%x: tensor<2xsi9>, %y: tensor<2xi4>) -> tensor<2xsi9> {
  %0 = call @layer(%x) : (tensor<2xsi9>) -> tensor<2xsi9>
  return %0 : tensor<2xsi9>
}
func.func private @layer(tensor<2xsi9>) -> tensor<2xsi9>
