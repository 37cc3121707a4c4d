// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{bits = 3 is not supported; accepted are 2, 4 and 8}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 16 : i64, bits = 3 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{block_size 24 is not supported; accepted are powers of two of 16..1048576}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 24 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{block_size 4611686018427387904 is not supported}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 4611686018427387904 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{weight_prepacked = 2 is a layout of one GPU; accepted is 0}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 16 : i64, weight_prepacked = 2 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{attributes N and K must be at least 1}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 20 : i64, N = -1 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{A of shape [2, 20] must have K = 21 columns}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 21 : i64, N = 3 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x1x8xui8>, %s: tensor<3x2xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{B of shape [3, 1, 8] must have 48 elements for N = 3, K = 20, bits = 4 and block_size = 16}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x1x8xui8>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{scales of shape [3] must have 6 elements}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>, %z: tensor<3x2xui8>) -> tensor<2x3xf32> {
  // expected-error @+1 {{zero_points of shape [3, 2] must have 3 elements}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s, %z) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>, tensor<3x2xui8>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>, %z: tensor<3x1xsi8>) -> tensor<2x3xf32> {
  // expected-error @+1 {{zero_points has elements of type 'si8'; accepted are packed uint8 and floats}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s, %z) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>, tensor<3x1xsi8>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf32>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>, %z: tensor<3x1xui8>, %g: tensor<20xi32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{g_idx reorders the inputs, which is not supported; accepted: none, or the constant k / block_size}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s, %z, %g) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf32>, tensor<3x2x8xui8>, tensor<3x2xf32>, tensor<3x1xui8>, tensor<20xi32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @f(%a: tensor<2x20xf64>, %b: tensor<3x2x8xui8>, %s: tensor<3x2xf32>) -> tensor<2x3xf64> {
  // expected-error @+1 {{A has elements of type 'f64'; accepted are float32 and float16}}
  %0 = onnx.node "MatMulNBits"(%a, %b, %s) {attributes = {K = 20 : i64, N = 3 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<2x20xf64>, tensor<3x2x8xui8>, tensor<3x2xf32>) -> tensor<2x3xf64>
  return %0 : tensor<2x3xf64>
}

// -----

func.func @f(%a: tensor<1x5xf32>, %b: tensor<8xui8>, %s: tensor<1xf32>) -> tensor<1x3xf32> {
  // expected-error @+1 {{quant_type must be 0 (FP4) or 1 (NF4)}}
  %0 = onnx.node "MatMulBnb4"(%a, %b, %s) {attributes = {K = 5 : i64, N = 3 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<1x5xf32>, tensor<8xui8>, tensor<1xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

func.func @f(%a: tensor<1x5xf32>, %b: tensor<7xui8>, %s: tensor<1xf32>) -> tensor<1x3xf32> {
  // expected-error @+1 {{B must be 8 values of type uint8}}
  %0 = onnx.node "MatMulBnb4"(%a, %b, %s) {attributes = {K = 5 : i64, N = 3 : i64, block_size = 16 : i64, quant_type = 0 : i64}, domain = "com.microsoft"} : (tensor<1x5xf32>, tensor<7xui8>, tensor<1xf32>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

func.func @f(%data: tensor<7x16xui8>, %indices: tensor<2xi64>, %s: tensor<7x2xf32>) -> tensor<7x2xf32> {
  // expected-error @+1 {{packed data must be quantised along its last axis and gathered along another one}}
  %0 = onnx.node "GatherBlockQuantized"(%data, %indices, %s) {attributes = {block_size = 16 : i64, gather_axis = 1 : i64}, domain = "com.microsoft"} : (tensor<7x16xui8>, tensor<2xi64>, tensor<7x2xf32>) -> tensor<7x2xf32>
  return %0 : tensor<7x2xf32>
}

// -----

func.func @f(%data: tensor<7x16xui8>, %indices: tensor<2xi64>, %s: tensor<7x1xf32>) -> tensor<2x32xf32> {
  // expected-error @+1 {{scales of shape [7, 1] must be [7, 2]}}
  %0 = onnx.node "GatherBlockQuantized"(%data, %indices, %s) {attributes = {block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<7x16xui8>, tensor<2xi64>, tensor<7x1xf32>) -> tensor<2x32xf32>
  return %0 : tensor<2x32xf32>
}

// -----

func.func @f(%data: tensor<7x16xsi4>, %indices: tensor<2xi64>, %s: tensor<7x1xf32>) -> tensor<2x16xf32> {
  // expected-error @+1 {{bits = 8 is not supported; accepted are 4 and, for uint8 data, 2 and 8}}
  %0 = onnx.node "GatherBlockQuantized"(%data, %indices, %s) {attributes = {bits = 8 : i64, block_size = 16 : i64}, domain = "com.microsoft"} : (tensor<7x16xsi4>, tensor<2xi64>, tensor<7x1xf32>) -> tensor<2x16xf32>
  return %0 : tensor<2x16xf32>
}
