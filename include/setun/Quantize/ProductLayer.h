// The layers of a float model whose weights can be quantised, and what their
// inputs look like to a row of weights.
#ifndef SETUN_QUANTIZE_PRODUCTLAYER_H
#define SETUN_QUANTIZE_PRODUCTLAYER_H

#include "setun/Quantize/Calibrator.h"
#include "setun/Quantize/WeightQuantizer.h"

#include "onnx/onnx_pb.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace setun::quantize {

/// The window of a convolution, one entry for each spatial axis.
struct Window {
  std::vector<int64_t> kernel, strides, dilations, padsBegin, padsEnd;
  std::string autoPad;
  /// ConvTranspose: the window goes over the output, which has so many places
  /// more.
  bool transposed = false;
  std::vector<int64_t> outputPadding;
};

/// A Conv, ConvTranspose, Gemm or MatMul of the main graph with constant
/// weights.
struct ProductLayer {
  /// Where the node stands in the graph.
  int nodeIndex;
  std::string name, opType, input, weight, output;
  std::vector<int64_t> weightShape;
  /// The weights as a matrix: a row for each output channel, of `columns`
  /// inputs; rows of one group of a convolution stand together.
  std::vector<float> weights;
  int64_t rows, columns, groups = 1;
  /// Which axis of the tensor the channels have: 0, or 1.
  int channelAxis = 0;
  /// Gemm: the input is transposed, the bias is multiplied by beta. The weights
  /// have alpha in them.
  bool transposedInput = false;
  float beta = 1;
  Window window;

  bool isConvolution() const { return !window.kernel.empty(); }
  /// Where the tensor has an element of the matrix.
  int64_t getTensorIndex(int64_t row, int64_t column) const {
    if (channelAxis == 0)
      return row * columns + column;
    // [inputs, channels, window...]
    int64_t window = columns / weightShape[0];
    return (column / window * rows + row) * window + column % window;
  }
  /// Puts matrix elements where the tensor has them.
  template <typename T>
  std::vector<T> toTensorOrder(const std::vector<T> &) const;
};

template <typename T>
std::vector<T> ProductLayer::toTensorOrder(const std::vector<T> &matrix) const {
  std::vector<T> tensor(matrix.size());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      tensor[getTensorIndex(row, column)] = matrix[row * columns + column];
  return tensor;
}

/// A product that stays float, and why.
struct FloatLayer {
  std::string name, opType, reason;
};

/// The layers of `graph` in its order; `left` receives the other products.
std::vector<ProductLayer> findLayers(const ::onnx::GraphProto &graph,
                                     std::vector<FloatLayer> &left);

/// Names of weights that nodes compute from constants alone: they are to be
/// replaced by their values before the layers are searched.
std::vector<std::string> findComputedWeights(const ::onnx::GraphProto &graph);

/// A tensor of float32 values.
struct FloatTensor {
  llvm::ArrayRef<float> values;
  llvm::ArrayRef<int64_t> shape;
};

/// Calls `visit` with a group and what its rows of weights are multiplied with,
/// `layer.columns` numbers, for each place of the window or each row of the
/// input; for at most about `most` of them, evenly chosen.
void forEachInputRow(
    const ProductLayer &layer, FloatTensor input, int64_t most,
    llvm::function_ref<void(int64_t group, llvm::ArrayRef<float> row)> visit);

/// Means over the inputs of a layer.
struct InputMoments {
  /// A square matrix for each group: means of products of two quantised
  /// inputs; for layers that are too wide only its diagonal; empty where nobody
  /// needs them.
  std::vector<std::vector<double>> products;
  /// One for each group and column: means of inputs, float and quantised.
  std::vector<double> floatMeans, quantizedMeans;
  int64_t count = 0;
  /// So many rows of inputs are worth their time, over all samples.
  int64_t most;

  explicit InputMoments(const ProductLayer &layer, bool needProducts = true);
  void add(const ProductLayer &layer, FloatTensor input,
           const ActivationQuantizer *quantizer, int64_t most);
  /// Makes means of the sums. Of inputs that are not all finite nothing is
  /// known: no products, and means of 0.
  void finish();
  /// For weights that a second layer with its own inputs shares: the sum of
  /// both costs. Behind finish().
  void addProducts(const InputMoments &other);
};

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_PRODUCTLAYER_H
