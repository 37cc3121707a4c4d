// What HLS code cannot hold is refused by name, and says what would be accepted.

// RUN: setun-opt %s --pass-pipeline='builtin.module(emit-hls)' --split-input-file -verify-diagnostics

func.func @main(%x: tensor<1x2x4xui4>, %y: tensor<1x3x4xui4>) -> tensor<1x2x3xi32> {
  // expected-error @+1 {{multiplies two activations; HLS code accepts a constant matrix of weights}}
  %0 = lowbit.matmul %x, %y : tensor<1x2x4xui4>, tensor<1x3x4xui4> -> tensor<1x2x3xi32>
  return %0 : tensor<1x2x3xi32>
}

// -----

func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error @+1 {{operator 'CumSum' is not supported in HLS code where it is not low-bit; supported are}}
  %0 = onnx.node "CumSum"(%x) {since_version = 13 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

func.func @main(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x3x3xf32> {
  %none = onnx.none
  %scales = arith.constant dense<[1.0, 1.0, 1.5, 1.5]> : tensor<4xf32>
  // expected-error @+1 {{HLS code accepts Resize of mode nearest that changes lines and columns of an image}}
  %0 = onnx.node "Resize"(%x, %none, %scales) {attributes = {mode = "linear"}, since_version = 13 : i64} : (tensor<1x1x2x2xf32>, none, tensor<4xf32>) -> tensor<1x1x3x3xf32>
  return %0 : tensor<1x1x3x3xf32>
}

// -----

func.func @main(%x: tensor<1x1x2x2x2xui4>) -> tensor<1x1x1x1x1xui4> {
  // expected-error @+1 {{has 3 spatial dimensions; HLS code accepts images of one or two}}
  %0 = lowbit.pool %x window <size[2, 2, 2] strides[1, 1, 1] dilations[1, 1, 1] pads[0, 0, 0, 0, 0, 0]> : tensor<1x1x2x2x2xui4> -> tensor<1x1x1x1x1xui4>
  return %0 : tensor<1x1x1x1x1xui4>
}

// -----

// expected-error @+1 {{input 'x' has type 'tensor<2xf64>'; HLS code accepts static tensors of f32, integers or codes}}
func.func @main(%x: tensor<2xf64> {onnx.name = "x"}) -> tensor<2xf64> {
  return %x : tensor<2xf64>
}

// -----

// expected-error @+1 {{output 'y' is not computed from an input}}
func.func @main() -> (tensor<2xf32> {onnx.name = "y"}) {
  %0 = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @main(%x: tensor<2x2xf32>, %y: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = tensor.empty() : tensor<2x2xf32>
  // expected-error @+1 {{multiplies two activations; HLS code accepts a constant matrix of weights}}
  %1 = lowbit.float_matmul ins(%x, %y : tensor<2x2xf32>, tensor<2x2xf32>) outs(%0 : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %1 : tensor<2x2xf32>
}

// -----

func.func @main(%x: tensor<1x3xsi4>) -> tensor<1xsi64> {
  // expected-error @+1 {{HLS code accepts ArgMax of f32, integers or codes along an axis of their tensor}}
  %0 = onnx.node "ArgMax"(%x) {attributes = {axis = 2 : i64}, since_version = 13 : i64} : (tensor<1x3xsi4>) -> tensor<1xsi64>
  return %0 : tensor<1xsi64>
}

// -----

func.func @main(%x: tensor<2x3xi32>) -> tensor<2x3x3xi32> {
  %0 = tensor.empty() : tensor<2x3x3xi32>
  // expected-error @+1 {{is neither elementwise nor a fold of rows, which is what HLS code is printed for}}
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (i, j, k)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x : tensor<2x3xi32>) outs(%0 : tensor<2x3x3xi32>) {
  ^bb0(%a: i32, %b: i32):
    %2 = arith.addi %a, %b : i32
    linalg.yield %2 : i32
  } -> tensor<2x3x3xi32>
  return %1 : tensor<2x3x3xi32>
}

// -----

func.func @main(%x: tensor<1x1x2x2xf32>) -> tensor<1x1x2x4xf32> {
  %pads = onnx.constant dense<[0, 0, 0, 1, 0, 0, 0, 1]> : tensor<8xsi64>
  // expected-error @+1 {{HLS code accepts Pad of f32 with a constant, without axes, by a constant number of elements}}
  %0 = onnx.node "Pad"(%x, %pads) {attributes = {mode = "reflect"}, since_version = 13 : i64} : (tensor<1x1x2x2xf32>, tensor<8xsi64>) -> tensor<1x1x2x4xf32>
  return %0 : tensor<1x1x2x4xf32>
}

// -----

// Rounds are counted in 32 bits.
func.func @main(%x: tensor<1x1024x512x512xui4>) -> tensor<1x1024x512x512xui4> {
  // expected-error @+1 {{has 262144 pixels and 262144 windows of 9 in 1024 channels; HLS code accepts 3 * pixels + windows * size of at most 268435456, and 2147483647 times the channels}}
  %0 = lowbit.pool %x window <size[3, 3] strides[1, 1] dilations[1, 1] pads[1, 1, 1, 1]> : tensor<1x1024x512x512xui4> -> tensor<1x1024x512x512xui4>
  return %0 : tensor<1x1024x512x512xui4>
}

// -----

// As many steps would take hours,
func.func @main(%x: tensor<1x1x4096x4096xui4>) -> tensor<1x1x2048x2048xui4> {
  // expected-error @+1 {{has 16777216 pixels and 4194304 windows of 4198401 in 1 channels; HLS code accepts}}
  %0 = lowbit.pool %x window <size[2049, 2049] strides[1, 1] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x1x4096x4096xui4> -> tensor<1x1x2048x2048xui4>
  return %0 : tensor<1x1x2048x2048xui4>
}

// -----

// and as many pixels 34 GB.
func.func @main(%x: tensor<1x1x65536x65536xui4>) -> tensor<1x1x32768x32768xui4> {
  // expected-error @+1 {{has 4294967296 pixels and 1073741824 windows of 1 in 1 channels; HLS code accepts}}
  %0 = lowbit.pool %x window <size[1, 1] strides[2, 2] dilations[1, 1] pads[0, 0, 0, 0]> : tensor<1x1x65536x65536xui4> -> tensor<1x1x32768x32768xui4>
  return %0 : tensor<1x1x32768x32768xui4>
}
