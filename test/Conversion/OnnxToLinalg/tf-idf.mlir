// TfIdfVectorizer: every n-gram compared at every place.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file | FileCheck %s

// The two unigrams, then the pair, whose elements may have one other between them.
// CHECK-LABEL: @counts
// CHECK: arith.constant dense<{{\[\[}}2], [3]]> : tensor<2x1xi64>
// CHECK: scf.for {{.*}} to %c2
// CHECK: scf.for {{.*}} to %c1
// CHECK: scf.for {{.*}} to %c5
// CHECK: scf.for {{.*}} to %c2
// CHECK: arith.constant dense<{{\[\[}}5, 4]]> : tensor<1x2xi64>
// CHECK: scf.for {{.*}} to %c2
// CHECK: scf.for [[DISTANCE:%.*]] = {{.*}} to %c2
// CHECK: scf.for [[FIRST:%.*]] = {{.*}} to %c5
// CHECK: [[STEP:%.*]] = arith.addi [[DISTANCE]], %c1
// CHECK: [[SECOND:%.*]] = arith.addi [[FIRST]], [[STEP]]
// CHECK: arith.minsi [[SECOND]]
// CHECK: [[FOUND:%.*]] = arith.extui
// CHECK: arith.addi {{.*}}, [[FOUND]] : i32
// CHECK: arith.sitofp
func.func @counts(%x: tensor<2x5xsi64>) -> tensor<2x3xf32> {
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "TF", min_gram_length = 1 : i64, max_gram_length = 2 : i64, max_skip_count = 1 : i64, ngram_counts = array<i64: 0, 2>, ngram_indexes = array<i64: 0, 1, 2>, pool_int64s = array<i64: 2, 3, 5, 4>}} : (tensor<2x5xsi64>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
