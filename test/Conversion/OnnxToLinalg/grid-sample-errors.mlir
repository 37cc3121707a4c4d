// What GridSample does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @mode(%x: tensor<1x3x5xf32>, %grid: tensor<1x2x1xf32>) -> tensor<1x3x2xf32> {
  // expected-error @+1 {{GridSample: mode 'area' is none of nearest, linear, cubic}}
  %0 = onnx.node "GridSample"(%x, %grid) {attributes = {mode = "area"}} : (tensor<1x3x5xf32>, tensor<1x2x1xf32>) -> tensor<1x3x2xf32>
  return %0 : tensor<1x3x2xf32>
}

// -----

func.func @padding(%x: tensor<1x3x5xf32>, %grid: tensor<1x2x1xf32>) -> tensor<1x3x2xf32> {
  // expected-error @+1 {{GridSample: padding_mode 'wrap' is none of zeros, border, reflection}}
  %0 = onnx.node "GridSample"(%x, %grid) {attributes = {padding_mode = "wrap"}} : (tensor<1x3x5xf32>, tensor<1x2x1xf32>) -> tensor<1x3x2xf32>
  return %0 : tensor<1x3x2xf32>
}

// -----

func.func @shape(%x: tensor<1x3x5xf32>, %grid: tensor<1x2x2xf32>) -> tensor<1x3x2xf32> {
  // expected-error @+1 {{GridSample: image [1, 3, 5], grid [1, 2, 2] and output [1, 3, 2] do not fit}}
  %0 = onnx.node "GridSample"(%x, %grid) : (tensor<1x3x5xf32>, tensor<1x2x2xf32>) -> tensor<1x3x2xf32>
  return %0 : tensor<1x3x2xf32>
}

// -----

func.func @integers(%x: tensor<1x3x5xsi32>, %grid: tensor<1x2x1xf32>) -> tensor<1x3x2xsi32> {
  // expected-error @+1 {{GridSample: expects floats}}
  %0 = onnx.node "GridSample"(%x, %grid) : (tensor<1x3x5xsi32>, tensor<1x2x1xf32>) -> tensor<1x3x2xsi32>
  return %0 : tensor<1x3x2xsi32>
}

// -----

func.func @empty(%x: tensor<1x3x0xf32>, %grid: tensor<1x2x1xf32>) -> tensor<1x3x2xf32> {
  // expected-error @+1 {{GridSample: the image must not be empty}}
  %0 = onnx.node "GridSample"(%x, %grid) : (tensor<1x3x0xf32>, tensor<1x2x1xf32>) -> tensor<1x3x2xf32>
  return %0 : tensor<1x3x2xf32>
}
