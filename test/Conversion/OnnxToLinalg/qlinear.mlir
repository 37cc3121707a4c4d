// Products of codes: exact sums, then one rounding in double precision.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// CHECK-LABEL: @matmul_integer
// CHECK: [[X:%.*]] = arith.extui %in : i8 to i32
// CHECK: [[ZERO:%.*]] = arith.extui %in{{.*}} : i8 to i32
// CHECK: arith.subi [[X]], [[ZERO]]
// CHECK: [[W:%.*]] = arith.extsi %in : i8 to i32
// CHECK-NOT: arith.subi
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<2x4xi32>)
// CHECK: [[P:%.*]] = arith.muli
// CHECK: arith.addi {{.*}}, [[P]]
func.func @matmul_integer(%a: tensor<2x3xui8>, %b: tensor<3x4xsi8>, %za: tensor<ui8>) -> tensor<2x4xi32> {
  %zb = onnx.constant dense<0> : tensor<4xsi8>
  %0 = onnx.node "MatMulInteger"(%a, %b, %za, %zb)
      : (tensor<2x3xui8>, tensor<3x4xsi8>, tensor<ui8>, tensor<4xsi8>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

// Constant scales are one factor an output; the zero point is added before the rounding.
// CHECK-LABEL: @qlinear_matmul
// CHECK: [[M:%.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK: linalg.generic {{.*}} ins({{.*}}, [[M]] : tensor<2x2xi32>, tensor<2xf32>)
// CHECK: [[ZERO:%.*]] = arith.constant -3 : i8
// CHECK: [[F:%.*]] = arith.extf %in{{.*}} : f32 to f64
// CHECK: [[SUM:%.*]] = arith.sitofp %in : i32 to f64
// CHECK: [[REAL:%.*]] = arith.mulf [[SUM]], [[F]]
// CHECK: [[Z:%.*]] = arith.extsi [[ZERO]] : i8 to i32
// CHECK: [[ZF:%.*]] = arith.sitofp [[Z]] : i32 to f64
// CHECK: [[SHIFTED:%.*]] = arith.addf [[REAL]], [[ZF]]
// CHECK: math.roundeven [[SHIFTED]]
// CHECK: arith.trunci {{.*}} : i32 to i8
func.func @qlinear_matmul(%a: tensor<2x3xsi8>, %b: tensor<3x2xsi8>) -> tensor<2x2xsi8> {
  %sa = onnx.constant dense<0.25> : tensor<f32>
  %sb = onnx.constant dense<[1.0, 0.5]> : tensor<2xf32>
  %sy = onnx.constant dense<0.5> : tensor<f32>
  %z = onnx.constant dense<0> : tensor<si8>
  %zb = onnx.constant dense<0> : tensor<2xsi8>
  %zy = onnx.constant dense<-3> : tensor<si8>
  %0 = onnx.node "QLinearMatMul"(%a, %sa, %z, %b, %sb, %zb, %sy, %zy)
      : (tensor<2x3xsi8>, tensor<f32>, tensor<si8>, tensor<3x2xsi8>, tensor<2xf32>, tensor<2xsi8>, tensor<f32>, tensor<si8>)
        -> tensor<2x2xsi8>
  return %0 : tensor<2x2xsi8>
}

// -----

// A padded code is a zero point, hence 0 once that is subtracted; the bias joins the sum.
// CHECK-LABEL: @qlinear_conv
// CHECK: arith.subi
// CHECK: linalg.fill ins(%c0_i32
// CHECK: tensor.insert_slice {{.*}} into {{.*}}tensor<1x1x6x6xi32>
// CHECK: linalg.generic {{.*}} outs({{.*}} : tensor<1x1x2x4x4xi32>)
// CHECK: linalg.generic
// CHECK: arith.addi
// CHECK: arith.extf
// CHECK: math.roundeven {{.*}} : f64
func.func @qlinear_conv(%x: tensor<1x1x4x4xui8>, %w: tensor<2x1x3x3xsi8>, %b: tensor<2xi32>, %zx: tensor<ui8>)
    -> tensor<1x2x4x4xui8> {
  %s = onnx.constant dense<0.5> : tensor<f32>
  %sw = onnx.constant dense<[1.0, 0.25]> : tensor<2xf32>
  %zw = onnx.constant dense<0> : tensor<2xsi8>
  %zy = onnx.constant dense<128> : tensor<ui8>
  %0 = onnx.node "QLinearConv"(%x, %s, %zx, %w, %sw, %zw, %s, %zy, %b) {attributes = {pads = array<i64: 1, 1, 1, 1>}}
      : (tensor<1x1x4x4xui8>, tensor<f32>, tensor<ui8>, tensor<2x1x3x3xsi8>, tensor<2xf32>, tensor<2xsi8>, tensor<f32>,
         tensor<ui8>, tensor<2xi32>) -> tensor<1x2x4x4xui8>
  return %0 : tensor<1x2x4x4xui8>
}
