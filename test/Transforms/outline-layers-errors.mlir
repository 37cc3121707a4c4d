// RUN: setun-opt %s --lowbit-outline-layers -split-input-file -verify-diagnostics

// expected-error @below {{cannot be cut into layers: it has more than one block; expected straight-line code}}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  cf.br ^exit
^exit:
  return %x : tensor<4xf32>
}
