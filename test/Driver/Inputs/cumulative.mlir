func.func @main(%x: tensor<1x4xf32> {onnx.name = "x"}) -> (tensor<1x4xf32> {onnx.name = "y"}) {
  %axis = onnx.constant dense<1> : tensor<si64>
  %0 = onnx.node "CumSum"(%x, %axis) {since_version = 14 : i64} : (tensor<1x4xf32>, tensor<si64>) -> tensor<1x4xf32> loc("sums")
  return %0 : tensor<1x4xf32>
}
