// One case for each numbered constraint of Onnx.td.
// RUN: setun-opt %s -split-input-file -verify-diagnostics

func.func @node_c1() {
  // expected-error @below {{(c1) needs an operator type}}
  onnx.node ""() : () -> ()
  return
}

// -----
func.func @node_c2_width() {
  // expected-error @below {{(c2) attribute 'axis' has no kind that ONNX knows: accepted are i64, f32}}
  onnx.node "Softmax"() {attributes = {axis = 1 : i32}} : () -> ()
  return
}

// -----
func.func @node_c2_list() {
  // expected-error @below {{(c2) attribute 'axes'}}
  onnx.node "Squeeze"() {attributes = {axes = [0, 1]}} : () -> ()
  return
}

// -----
func.func @node_c3_count(%c: tensor<i1>) {
  // expected-error @below {{(c3) has 1 regions but 0 region names}}
  onnx.node "If"(%c) : (tensor<i1>) -> () {
    onnx.yield
  }
  return
}

// -----
func.func @node_c3_unique(%c: tensor<i1>) {
  // expected-error @below {{(c3) region name 'then_branch' is empty or stands twice}}
  onnx.node "If"(%c) {region_names = ["then_branch", "then_branch"]} : (tensor<i1>) -> () {
    onnx.yield
  }, {
    onnx.yield
  }
  return
}

// -----
func.func @node_c4(%c: tensor<i1>) {
  // expected-error @below {{(c4) expects each region to be one block that ends in 'onnx.yield'}}
  onnx.node "If"(%c) {region_names = ["then_branch"]} : (tensor<i1>) -> () {
  }
  return
}

// -----
func.func @node_c5() {
  // expected-error @below {{(c5) 'since_version' must not be negative}}
  onnx.node "Relu"() {since_version = -1 : i64} : () -> ()
  return
}

// -----
func.func @node_value(%x: i32) {
  // expected-error @below {{must be variadic of tensor, sequence, optional, map or none, but got 'i32'}}
  onnx.node "Relu"(%x) : (i32) -> ()
  return
}

// -----
func.func @node_region_missing(%c: tensor<i1>) {
  onnx.node "If"(%c) {region_names = ["then_branch"]} : (tensor<i1>) -> () {
    onnx.yield
  },
  // expected-error @below {{expected a region after ','}}
  return
}

// -----
func.func @yield_parent() {
  // expected-error @below {{expects parent op 'onnx.node'}}
  onnx.yield
}

// -----
func.func @constant_c2() {
  // expected-error @below {{(c2) resource has 2 bytes, but 'tensor<2xf32>' asks for 8}}
  %w = onnx.constant dense_resource<w> : tensor<2xf32>
  return
}
{-# dialect_resources: { builtin: { w: "0x010000000102" } } #-}

// -----
func.func @constant_c2_type() {
  // expected-error @below {{(c2) cannot hold a resource of type 'tensor<2x!onnx.string>'}}
  %w = onnx.constant dense_resource<w> : tensor<2x!onnx.string>
  return
}
{-# dialect_resources: { builtin: { w: "0x010000000102" } } #-}
