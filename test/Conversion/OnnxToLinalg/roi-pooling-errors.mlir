// What MaxRoiPool and RoiAlign do not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @regions(%x: tensor<1x2x8x8xf32>, %r: tensor<3x4xf32>) -> tensor<3x2x2x2xf32> {
  // expected-error @+1 {{MaxRoiPool: image [1, 2, 8, 8], regions [3, 4] and output [3, 2, 2, 2] do not fit}}
  %0 = onnx.node "MaxRoiPool"(%x, %r) : (tensor<1x2x8x8xf32>, tensor<3x4xf32>) -> tensor<3x2x2x2xf32>
  return %0 : tensor<3x2x2x2xf32>
}

// -----

func.func @types(%x: tensor<1x2x8x8xf32>, %r: tensor<3x5xf64>) -> tensor<3x2x2x2xf32> {
  // expected-error @+1 {{MaxRoiPool: expects floats of one type}}
  %0 = onnx.node "MaxRoiPool"(%x, %r) : (tensor<1x2x8x8xf32>, tensor<3x5xf64>) -> tensor<3x2x2x2xf32>
  return %0 : tensor<3x2x2x2xf32>
}

// -----

func.func @mode(%x: tensor<1x2x8x8xf32>, %r: tensor<3x4xf32>, %n: tensor<3xsi64>) -> tensor<3x2x2x2xf32> {
  // expected-error @+1 {{RoiAlign: mode 'sum' is neither avg nor max}}
  %0 = onnx.node "RoiAlign"(%x, %r, %n) {attributes = {mode = "sum"}, since_version = 16 : i64}
      : (tensor<1x2x8x8xf32>, tensor<3x4xf32>, tensor<3xsi64>) -> tensor<3x2x2x2xf32>
  return %0 : tensor<3x2x2x2xf32>
}

// -----

func.func @transform(%x: tensor<1x2x8x8xf32>, %r: tensor<3x4xf32>, %n: tensor<3xsi64>) -> tensor<3x2x2x2xf32> {
  // expected-error @+1 {{RoiAlign: coordinate_transformation_mode 'half' is neither half_pixel nor output_half_pixel}}
  %0 = onnx.node "RoiAlign"(%x, %r, %n) {attributes = {coordinate_transformation_mode = "half"}, since_version = 16 : i64}
      : (tensor<1x2x8x8xf32>, tensor<3x4xf32>, tensor<3xsi64>) -> tensor<3x2x2x2xf32>
  return %0 : tensor<3x2x2x2xf32>
}

// -----

func.func @ratio(%x: tensor<1x2x8x8xf32>, %r: tensor<3x4xf32>, %n: tensor<3xsi64>) -> tensor<3x2x2x2xf32> {
  // expected-error @+1 {{RoiAlign: sampling_ratio 100000 is larger than 4096}}
  %0 = onnx.node "RoiAlign"(%x, %r, %n) {attributes = {sampling_ratio = 100000 : i64}, since_version = 16 : i64}
      : (tensor<1x2x8x8xf32>, tensor<3x4xf32>, tensor<3xsi64>) -> tensor<3x2x2x2xf32>
  return %0 : tensor<3x2x2x2xf32>
}

// -----

func.func @images(%x: tensor<1x2x8x8xf32>, %r: tensor<3x4xf32>, %n: tensor<2xsi64>) -> tensor<3x2x2x2xf32> {
  // expected-error @+1 {{RoiAlign: batch_indices must be one integer for each region}}
  %0 = onnx.node "RoiAlign"(%x, %r, %n) {since_version = 16 : i64}
      : (tensor<1x2x8x8xf32>, tensor<3x4xf32>, tensor<2xsi64>) -> tensor<3x2x2x2xf32>
  return %0 : tensor<3x2x2x2xf32>
}
