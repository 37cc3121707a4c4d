// Every op and type of the dialect survives printing and parsing, in both forms.
// RUN: setun-opt %s | setun-opt | FileCheck %s
// RUN: setun-opt %s -mlir-print-op-generic | setun-opt | FileCheck %s

// Defaults are not printed: no attributes, the default domain, version unknown.
// CHECK-LABEL: func @defaults
func.func @defaults(%x: tensor<2xf32>) -> tensor<2xf32> {
  // CHECK: onnx.node "Relu"(%{{.*}}) : (tensor<2xf32>) -> tensor<2xf32>
  %0 = onnx.node "Relu"(%x) {attributes = {}, domain = "", since_version = 0 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func @attribute_kinds
func.func @attribute_kinds(%x: tensor<1x784xf32>) -> tensor<?xf32> {
  // CHECK: onnx.node "Everything"(%{{.*}}) {attributes = {f = 5.000000e-01 : f32, fs = array<f32: 1.000000e+00, 2.000000e+00>, i = 1 : i64, is = array<i64: 3, 4>, s = "NOTSET", ss = ["a", "b"], t = dense<7> : tensor<1xi64>, tp = tensor<2xf32>}, domain = "qonnx", since_version = 2 : i64}
  %0 = onnx.node "Everything"(%x) {attributes = {
    f = 0.5 : f32, fs = array<f32: 1.0, 2.0>, i = 1 : i64, is = array<i64: 3, 4>,
    s = "NOTSET", ss = ["a", "b"], t = dense<7> : tensor<1xi64>, tp = tensor<2xf32>
  }, domain = "qonnx", since_version = 2 : i64} : (tensor<1x784xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Omitted inputs and outputs are `none`.
// CHECK-LABEL: func @omitted
func.func @omitted(%x: tensor<2xf32>) -> tensor<2xi1> {
  // CHECK: %[[NONE:.*]] = onnx.none
  %none = onnx.none
  // CHECK: onnx.node "Dropout"(%{{.*}}, %[[NONE]]) : (tensor<2xf32>, none) -> (none, tensor<2xi1>)
  %0:2 = onnx.node "Dropout"(%x, %none) : (tensor<2xf32>, none) -> (none, tensor<2xi1>)
  return %0#1 : tensor<2xi1>
}

// Regions use outer values and may have arguments.
// CHECK-LABEL: func @regions
func.func @regions(%condition: tensor<i1>, %x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  // CHECK: %[[IF:.*]] = onnx.node "If"(%{{.*}}) {region_names = ["then_branch", "else_branch"]} : (tensor<i1>) -> tensor<2xf32> {
  // CHECK-NEXT: onnx.yield %arg1 : tensor<2xf32>
  // CHECK-NEXT: }, {
  %0 = onnx.node "If"(%condition) {region_names = ["then_branch", "else_branch"]} : (tensor<i1>) -> tensor<2xf32> {
    onnx.yield %x : tensor<2xf32>
  }, {
    %1 = onnx.node "Neg"(%x) : (tensor<2xf32>) -> tensor<2xf32>
    onnx.yield %1 : tensor<2xf32>
  }
  // CHECK: ^bb0(%{{.*}}: tensor<i64>, %{{.*}}: tensor<i1>, %{{.*}}: tensor<2xf32>):
  %none = onnx.none
  %2 = onnx.node "Loop"(%none, %condition, %x) {region_names = ["body"]} : (none, tensor<i1>, tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%i: tensor<i64>, %go_on: tensor<i1>, %state: tensor<2xf32>):
    onnx.yield %go_on, %state : tensor<i1>, tensor<2xf32>
  }
  return %0, %2 : tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: func @types
// CHECK-SAME: !onnx.sequence<tensor<?x3xf32>>
// CHECK-SAME: !onnx.optional<!onnx.sequence<tensor<*xf16>>>
// CHECK-SAME: !onnx.map<!onnx.string, tensor<f32>>
// CHECK-SAME: tensor<2x!onnx.string>
func.func @types(%0: !onnx.sequence<tensor<?x3xf32>>, %1: !onnx.optional<!onnx.sequence<tensor<*xf16>>>,
                 %2: !onnx.map<!onnx.string, tensor<f32>>, %3: tensor<2x!onnx.string>) {
  return
}

// CHECK-LABEL: func @constants
func.func @constants() {
  // CHECK: onnx.constant dense<[-1, 1]> : tensor<2xsi4>
  %0 = onnx.constant dense<[-1, 1]> : tensor<2xsi4>
  // CHECK: onnx.constant dense<["a", "b"]> : tensor<2x!onnx.string>
  %1 = onnx.constant dense<["a", "b"]> : tensor<2x!onnx.string>
  // CHECK: onnx.constant dense_resource<w> : tensor<2xf32>
  %2 = onnx.constant dense_resource<w> : tensor<2xf32>
  // A resource whose data was left out when printing.
  // CHECK: onnx.constant dense_resource<elided> : tensor<1000xf32>
  %3 = onnx.constant dense_resource<elided> : tensor<1000xf32>
  return
}
{-# dialect_resources: { builtin: { w: "0x010000000000803F00000040" } } #-}
