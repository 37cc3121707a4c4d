// Nothing is computed on tensors without elements.
// RUN: setun-opt %s --pass-pipeline='builtin.module(func.func(lowbit-remove-empty-tensors))' --split-input-file | FileCheck %s

// A reduction over no element is its start value.
// CHECK-LABEL: @maximum
// CHECK-NOT: linalg.generic
// CHECK: %[[START:.*]] = linalg.fill
// CHECK-NOT: linalg.generic
// CHECK: return %[[START]] : tensor<2xf32>
func.func @maximum(%x: tensor<2x0xf32>) -> tensor<2xf32> {
  %lowest = arith.constant 0xFF800000 : f32
  %empty = tensor.empty() : tensor<2xf32>
  %start = linalg.fill ins(%lowest : f32) outs(%empty : tensor<2xf32>) -> tensor<2xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>],
                       iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<2x0xf32>) outs(%start : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %out : f32
    linalg.yield %m : f32
  } -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// CHECK-LABEL: @sum
// CHECK: %[[ZERO:.*]] = arith.constant 0.0
// CHECK: %[[SUM:.*]] = linalg.fill ins(%[[ZERO]]
// CHECK: return %[[SUM]]
func.func @sum(%x: tensor<2x0xf32>) -> tensor<2xf32> {
  %empty = tensor.empty() : tensor<2xf32>
  %0 = lowbit.float_sum ins(%x : tensor<2x0xf32>) outs(%empty : tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// Results without elements do not depend on anything.
// CHECK-LABEL: @shapes
// CHECK-NOT: tensor.collapse_shape
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<0x8xf32>
// CHECK-NEXT: return %[[EMPTY]]
func.func @shapes(%x: tensor<2x0x4xf32>) -> tensor<0x8xf32> {
  %0 = tensor.collapse_shape %x [[0, 1, 2]] : tensor<2x0x4xf32> into tensor<0xf32>
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [0, 8] : tensor<0xf32> into tensor<0x8xf32>
  return %1 : tensor<0x8xf32>
}

// -----

// CHECK-LABEL: @joins
// CHECK-NOT: tensor.insert_slice
// CHECK: return %arg1
func.func @joins(%x: tensor<0x4xf32>, %y: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = tensor.insert_slice %x into %y[1, 0] [0, 4] [1, 1] : tensor<0x4xf32> into tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// -----

// CHECK-LABEL: @pads
// CHECK-NOT: tensor.pad
// CHECK: %[[FILL:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<2x4xf32>)
// CHECK-NOT: tensor.pad
// CHECK: return %[[FILL]]
func.func @pads(%x: tensor<0x4xf32>) -> tensor<2x4xf32> {
  %one = arith.constant 1.0 : f32
  %0 = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %one : f32
  } : tensor<0x4xf32> to tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// Tensors with elements are left alone.
// CHECK-LABEL: @full
// CHECK-NEXT: tensor.collapse_shape %arg0
func.func @full(%x: tensor<2x4xf32>) -> tensor<8xf32> {
  %0 = tensor.collapse_shape %x [[0, 1]] : tensor<2x4xf32> into tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// What half floats are stored as, a cast says.
// CHECK-LABEL: @half
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<0xi16>
// CHECK: %[[CAST:.*]] = builtin.unrealized_conversion_cast %[[EMPTY]] : tensor<0xi16> to tensor<0xf16>
// CHECK: return %[[CAST]]
func.func @half(%x: tensor<0xi16>) -> tensor<0xf16> {
  %0 = builtin.unrealized_conversion_cast %x : tensor<0xi16> to tensor<0xf16>
  return %0 : tensor<0xf16>
}
