// What TfIdfVectorizer does not accept.
// RUN: setun-opt %s --convert-onnx-to-linalg --split-input-file --verify-diagnostics

func.func @mode(%x: tensor<5xsi64>) -> tensor<3xf32> {
  // expected-error @+1 {{TfIdfVectorizer: mode 'BM25' is not one of TF, IDF, TFIDF}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "BM25"}} : (tensor<5xsi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @lengths(%x: tensor<5xsi64>) -> tensor<3xf32> {
  // expected-error @+1 {{TfIdfVectorizer: the lengths of n-grams must lie between 1 and 64}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "TF", min_gram_length = 2 : i64, max_gram_length = 1 : i64}} : (tensor<5xsi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @pool(%x: tensor<5xsi64>) -> tensor<3xf32> {
  // expected-error @+1 {{TfIdfVectorizer: ngram_counts does not divide the pool into n-grams}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "TF", max_gram_length = 2 : i64, ngram_counts = array<i64: 0, 1>, ngram_indexes = array<i64: 0, 1, 2>, pool_int64s = array<i64: 2, 3, 5, 4>}} : (tensor<5xsi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @indexes(%x: tensor<5xsi64>) -> tensor<3xf32> {
  // expected-error @+1 {{TfIdfVectorizer: ngram_indexes has fewer elements than there are n-grams}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "TF", ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0, 1, 2>, pool_int64s = array<i64: 2, 3, 5, 4>}} : (tensor<5xsi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @index(%x: tensor<5xsi64>) -> tensor<3xf32> {
  // expected-error @+1 {{TfIdfVectorizer: index -1 is out of range}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "TF", ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0, -1>, pool_int64s = array<i64: 2, 3>}} : (tensor<5xsi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @weights(%x: tensor<5xsi64>) -> tensor<2xf32> {
  // expected-error @+1 {{TfIdfVectorizer: expects one weight for each of the 2 n-grams}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "IDF", ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0, 1>, pool_int64s = array<i64: 2, 3>, weights = array<f32: 1.0>}} : (tensor<5xsi64>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @output(%x: tensor<5xsi64>) -> tensor<3xf32> {
  // expected-error @+1 {{TfIdfVectorizer: the output must be of float32, [2]}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "TF", ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0, 1>, pool_int64s = array<i64: 2, 3>}} : (tensor<5xsi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @skips(%x: tensor<5xsi64>) -> tensor<3xf32> {
  // expected-error @+1 {{TfIdfVectorizer: max_skip_count must not be negative}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "TF", max_skip_count = -1 : i64}} : (tensor<5xsi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @shared(%x: tensor<5xsi64>) -> tensor<1xf32> {
  // expected-error @+1 {{TfIdfVectorizer: two n-grams of different weights share output 0}}
  %0 = onnx.node "TfIdfVectorizer"(%x) {attributes = {mode = "IDF", ngram_counts = array<i64: 0>, ngram_indexes = array<i64: 0, 0>, pool_int64s = array<i64: 2, 3>, weights = array<f32: 1.0, 2.0>}} : (tensor<5xsi64>) -> tensor<1xf32>
  return %0 : tensor<1xf32>
}
