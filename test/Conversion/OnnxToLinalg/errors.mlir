// What cannot be lowered is an error at the node that says what is accepted.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

// One run names everything that is missing.
func.func @unknown(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{operator not supported: Unknown}}
  %0 = onnx.node "Unknown"(%x) : (tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{operator not supported: Quant of domain 'qonnx'}}
  %1 = onnx.node "Quant"(%0) {domain = "qonnx"} : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

func.func @dynamic(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error @+1 {{Relu: dimension 0 of input 0 is not known at compile time; give it a value with --dim NAME=VALUE}}
  %0 = onnx.node "Relu"(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

func.func @complex(%x: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  // expected-error @+1 {{Relu: input 0 has element type 'complex<f32>'; supported are floats, bool and integers}}
  %0 = onnx.node "Relu"(%x) : (tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  return %0 : tensor<4xcomplex<f32>>
}

// -----

func.func @integer_sqrt(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error @+1 {{Sqrt: input 0 has element type 'i32', expected a float}}
  %0 = onnx.node "Sqrt"(%x) : (tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

func.func @shift_signed(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error @+1 {{BitShift: input 0 has element type 'i32', expected an unsigned integer}}
  %0 = onnx.node "BitShift"(%x, %x) {attributes = {direction = "LEFT"}} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

func.func @shift_up(%x: tensor<4xui8>) -> tensor<4xui8> {
  // expected-error @+1 {{BitShift: 'direction' is 'UP'; accepted are 'LEFT' and 'RIGHT'}}
  %0 = onnx.node "BitShift"(%x, %x) {attributes = {direction = "UP"}} : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %0 : tensor<4xui8>
}

// -----

func.func @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Gelu: 'approximate' is 'erf'; accepted are 'none' and 'tanh'}}
  %0 = onnx.node "Gelu"(%x) {attributes = {approximate = "erf"}} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @bit_cast(%x: tensor<4xf32>) -> tensor<4xf64> {
  // expected-error @+1 {{BitCast: from 'f32' to 'f64'; accepted are types of the same number of bits}}
  %0 = onnx.node "BitCast"(%x) : (tensor<4xf32>) -> tensor<4xf64>
  return %0 : tensor<4xf64>
}

// -----

func.func @round_mode(%x: tensor<4xf32>) -> tensor<4xf8E8M0FNU> {
  // expected-error @+1 {{Cast: 'round_mode' is 'even'; accepted are 'up', 'down' and 'nearest'}}
  %0 = onnx.node "Cast"(%x) {attributes = {round_mode = "even"}} : (tensor<4xf32>) -> tensor<4xf8E8M0FNU>
  return %0 : tensor<4xf8E8M0FNU>
}

// -----

func.func @shapes(%x: tensor<4xf32>, %y: tensor<3xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Add: input of shape [3] does not broadcast to [4]}}
  %0 = onnx.node "Add"(%x, %y) : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @training(%x: tensor<4xf32>) -> tensor<4xf32> {
  %none = onnx.none
  %yes = onnx.constant dense<true> : tensor<i1>
  // expected-error @+1 {{Dropout: training mode is not supported; export the model for inference}}
  %0 = onnx.node "Dropout"(%x, %none, %yes) : (tensor<4xf32>, none, tensor<i1>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @training_outputs(%x: tensor<1x2xf32>, %p: tensor<2xf32>) -> tensor<1x2xf32> {
  // expected-error @+1 {{BatchNormalization: training has at most three outputs}}
  %0:4 = onnx.node "BatchNormalization"(%x, %p, %p, %p, %p) {attributes = {training_mode = 1 : i64}, since_version = 15 : i64}
      : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
  return %0#0 : tensor<1x2xf32>
}

// -----

func.func @axis(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{ReduceMax: axis 2 is out of range for rank 2}}
  %0 = onnx.node "ReduceMax"(%x) {attributes = {axes = array<i64: 2>}, since_version = 13 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @runtime_slice(%x: tensor<4xf32>, %s: tensor<1xi64>) -> tensor<2xf32> {
  // expected-error @+1 {{Slice: input 1 (starts) must be a constant integer tensor}}
  %0 = onnx.node "Slice"(%x, %s, %s) {since_version = 13 : i64} : (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @gather(%x: tensor<4xf32>) -> tensor<1xf32> {
  %index = onnx.constant dense<4> : tensor<1xi64>
  // expected-error @+1 {{Gather: index 4 is out of range for axis 0 of size 4}}
  %0 = onnx.node "Gather"(%x, %index) : (tensor<4xf32>, tensor<1xi64>) -> tensor<1xf32>
  return %0 : tensor<1xf32>
}

// -----

func.func @mask(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{Dropout: the mask must be bool, one for each element}}
  %0:2 = onnx.node "Dropout"(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %0#1 : tensor<4xf32>
}

// -----

func.func @missing(%x: tensor<4xf32>) -> tensor<4xf32> {
  %none = onnx.none
  // expected-error @+1 {{MatMul: input 1 is missing}}
  %0 = onnx.node "MatMul"(%x, %none) : (tensor<4xf32>, none) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @unranked(%x: tensor<4xf32>) -> tensor<*xf32> {
  // expected-error @+1 {{Relu: output shape depends on the values of its inputs}}
  %0 = onnx.node "Relu"(%x) : (tensor<4xf32>) -> tensor<*xf32>
  return %0 : tensor<*xf32>
}

// -----

func.func @long_range() -> tensor<1000000000xi64> {
  %start = onnx.constant dense<0> : tensor<i64>
  %limit = onnx.constant dense<1000000000> : tensor<i64>
  %delta = onnx.constant dense<1> : tensor<i64>
  // expected-error @+1 {{Range: has 1000000000 elements; supported are up to 1048576}}
  %0 = onnx.node "Range"(%start, %limit, %delta) : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<1000000000xi64>
  return %0 : tensor<1000000000xi64>
}

// -----

func.func @elements(%x: tensor<4xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{Flatten: computes 4 elements, but the output is declared as [3]}}
  %0 = onnx.node "Flatten"(%x) : (tensor<4xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @declared(%x: tensor<4xf32>) -> tensor<4xi32> {
  // expected-error @+1 {{ArgMax: computes 'tensor<1xi64>', but the output is declared as 'tensor<1xi32>'}}
  %0 = onnx.node "ArgMax"(%x) : (tensor<4xf32>) -> tensor<1xi32>
  %1 = onnx.node "Expand"(%0) : (tensor<1xi32>) -> tensor<4xi32>
  return %1 : tensor<4xi32>
}

// -----

// What is refused as such, whatever the operator does with it.
func.func @refused(%s: tensor<2x!onnx.string>, %q: !onnx.sequence<tensor<2xf32>>, %x: tensor<2xf32>) -> (tensor<2xi1>, tensor<i64>, !onnx.optional<tensor<2xf32>>, tensor<2xf32>, tensor<f32>, tensor<?x2xi64>) {
  // expected-error @+1 {{not supported: strings}}
  %0 = onnx.node "StringConcat"(%s, %s) : (tensor<2x!onnx.string>, tensor<2x!onnx.string>) -> tensor<2x!onnx.string>
  // expected-error @+1 {{not supported: strings}}
  %1 = onnx.node "Equal"(%0, %s) : (tensor<2x!onnx.string>, tensor<2x!onnx.string>) -> tensor<2xi1>
  // expected-error @+1 {{not supported: sequences}}
  %2 = onnx.node "SequenceLength"(%q) : (!onnx.sequence<tensor<2xf32>>) -> tensor<i64>
  // expected-error @+1 {{not supported: optionals}}
  %3 = onnx.node "Optional"(%x) : (tensor<2xf32>) -> !onnx.optional<tensor<2xf32>>
  // expected-error @+1 {{not supported: random numbers}}
  %4 = onnx.node "RandomNormalLike"(%x) : (tensor<2xf32>) -> tensor<2xf32>
  // expected-error @+1 {{not supported: training}}
  %5 = onnx.node "Adagrad"(%x) {domain = "ai.onnx.preview.training"} : (tensor<2xf32>) -> tensor<f32>
  // expected-error @+1 {{NonZero: output shape depends on the values of its inputs}}
  %6 = onnx.node "NonZero"(%x) : (tensor<2xf32>) -> tensor<?x2xi64>
  return %1, %2, %3, %4, %5, %6 : tensor<2xi1>, tensor<i64>, !onnx.optional<tensor<2xf32>>, tensor<2xf32>, tensor<f32>, tensor<?x2xi64>
}
