// MaxUnpool writes one element after the other, each index moved inside.
// RUN: setun-opt %s --convert-onnx-to-linalg | FileCheck %s

// CHECK-LABEL: @unpool
// CHECK: [[ZEROS:%.*]] = linalg.fill {{.*}} outs({{.*}} : tensor<8xf32>)
// CHECK: scf.for {{.*}} iter_args({{.*}} = [[ZEROS]])
// CHECK: tensor.extract {{.*}} : tensor<1x2x2xi64>
// CHECK: [[VALUE:%.*]] = tensor.extract %arg0
// CHECK: arith.maxsi
// CHECK: arith.minsi {{.*}}, %c7
// CHECK: tensor.insert [[VALUE]]
// CHECK: tensor.expand_shape {{.*}} into tensor<1x2x4xf32>
func.func @unpool(%x: tensor<1x2x2xf32>, %i: tensor<1x2x2xsi64>) -> tensor<1x2x4xf32> {
  %0 = onnx.node "MaxUnpool"(%x, %i) {attributes = {kernel_shape = array<i64: 2>, strides = array<i64: 2>}}
      : (tensor<1x2x2xf32>, tensor<1x2x2xsi64>) -> tensor<1x2x4xf32>
  return %0 : tensor<1x2x4xf32>
}
