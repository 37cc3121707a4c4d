// DFT, STFT: one sum for each number, the angle of each factor counted up modulo the length.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// Row 0 of the table is cos, row 1 -sin.
// CHECK-LABEL: @real
// CHECK: [[TABLE:%.*]] = arith.constant dense<[1.000000e+00, 0.000000e+00, -1.000000e+00, 0.000000e+00, {{-?}}0.000000e+00, -1.000000e+00, {{-?}}0.000000e+00, 1.000000e+00]> : tensor<8xf64>
// CHECK: [[K:%.*]] = linalg.index 1
// CHECK: [[PART:%.*]] = linalg.index 2
// CHECK: [[FIRST:%.*]] = arith.muli [[PART]], %c4
// CHECK: scf.for [[N:%.*]] = %c0{{.*}} to %c4{{.*}} iter_args([[SUM:%.*]] = %cst{{.*}}, [[ANGLE:%.*]] = %c0{{.*}})
// CHECK: [[AT:%.*]] = arith.addi [[FIRST]], [[ANGLE]]
// CHECK-DAG: [[X:%.*]] = tensor.extract %arg0{{\[}}%{{.*}}, [[N]], %c0
// CHECK-DAG: [[WIDE:%.*]] = arith.extf [[X]]
// CHECK-DAG: [[FACTOR:%.*]] = tensor.extract [[TABLE]]{{\[}}[[AT]]]
// CHECK: [[TERM:%.*]] = arith.mulf [[WIDE]], [[FACTOR]]
// CHECK: [[STEP:%.*]] = arith.addi [[ANGLE]], [[K]]
// CHECK: arith.addf [[SUM]], [[TERM]]
// CHECK: arith.truncf
func.func @real(%x: tensor<2x4x1xf32>) -> tensor<2x4x2xf32> {
  %0 = onnx.node "DFT"(%x) {since_version = 20 : i64} : (tensor<2x4x1xf32>) -> tensor<2x4x2xf32>
  return %0 : tensor<2x4x2xf32>
}

// -----

// Back from half a spectrum: what lies between its ends counts twice.
// CHECK-LABEL: @half
// CHECK: scf.for {{.*}} to %c3
// CHECK: [[ISONE:%.*]] = arith.ori
// CHECK: [[TWICE:%.*]] = arith.addf [[TERM:%.*]], [[TERM]]
// CHECK: arith.select [[ISONE]], [[TERM]], [[TWICE]]
// CHECK: arith.divf {{.*}}, %cst{{.*}} : f64
func.func @half(%x: tensor<3x3x2xf32>) -> tensor<3x4x1xf32> {
  %none = onnx.none
  %axis = onnx.constant dense<1> : tensor<i64>
  %0 = onnx.node "DFT"(%x, %none, %axis) {attributes = {inverse = 1 : i64, onesided = 1 : i64}, since_version = 20 : i64} : (tensor<3x3x2xf32>, none, tensor<i64>) -> tensor<3x4x1xf32>
  return %0 : tensor<3x4x1xf32>
}

// -----

// Frame f starts at sample 2 * f; the window is multiplied in float32.
// CHECK-LABEL: @frames
// CHECK: [[START:%[0-9]+]] = arith.muli %{{.*}}, %c2
// CHECK: scf.for [[N:%[a-z0-9]+]] =
// CHECK: [[PLACE:%.*]] = arith.addi [[START]], [[N]]
// CHECK: tensor.extract %arg0{{\[}}%{{.*}}, [[PLACE]],
// CHECK: tensor.extract %arg1{{\[}}[[N]]]
// CHECK: arith.mulf {{.*}} : f32
// CHECK: arith.extf
func.func @frames(%x: tensor<1x10x1xf32>, %window: tensor<4xf32>) -> tensor<1x4x3x2xf32> {
  %step = onnx.constant dense<2> : tensor<i64>
  %0 = onnx.node "STFT"(%x, %step, %window) : (tensor<1x10x1xf32>, tensor<i64>, tensor<4xf32>) -> tensor<1x4x3x2xf32>
  return %0 : tensor<1x4x3x2xf32>
}
