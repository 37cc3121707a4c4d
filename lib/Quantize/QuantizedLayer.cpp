// The weights of one layer as codes, and what that does to its mean result.
#include "setun/Quantize/QuantizedLayer.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace setun::quantize {

bool shareWeights(const ProductLayer &a, const ProductLayer &b) {
  return a.weight == b.weight && a.channelAxis == b.channelAxis &&
         a.groups == b.groups && a.columns == b.columns &&
         a.weights == b.weights;
}

std::vector<float> getBiasChange(const QuantizedLayer &quantized,
                                 const InputMoments &moments) {
  const ProductLayer &layer = quantized.layer;
  std::vector<float> rounded = quantized.weights.dequantize(layer.columns);
  std::vector<float> change;
  int64_t perGroup = layer.rows / layer.groups;
  for (int64_t row = 0; row < layer.rows; ++row) {
    double sum = 0;
    for (int64_t k = 0; k < layer.columns; ++k) {
      int64_t weight = row * layer.columns + k;
      int64_t mean = row / perGroup * layer.columns + k;
      sum += layer.weights[weight] * moments.floatMeans[mean] -
             rounded[weight] * moments.quantizedMeans[mean];
    }
    change.push_back(static_cast<float>(sum));
  }
  return change;
}

/// The groups of a convolution see different inputs.
QuantizedMatrix quantizeWeights(const QuantizedLayer &quantized,
                                const InputMoments *moments) {
  const ProductLayer &layer = quantized.layer;
  int64_t size = static_cast<int64_t>(layer.weights.size()) / layer.groups;
  bool hasProducts = moments && !moments->products.empty();
  // One scale for all weights is one for all groups, too.
  bool whole = quantized.options.method == ScaleMethod::AbsMean || !hasProducts;
  QuantizedMatrix all;
  for (int64_t group = 0; group < (whole ? 1 : layer.groups); ++group) {
    ArrayRef<float> weights = layer.weights;
    QuantizedMatrix part =
        quantizeMatrix(whole ? weights : weights.slice(group * size, size),
                       layer.columns, quantized.options,
                       hasProducts && (!whole || layer.groups == 1)
                           ? ArrayRef<double>(moments->products[group])
                           : ArrayRef<double>());
    all.group = part.group;
    llvm::append_range(all.codes, part.codes);
    llvm::append_range(all.scales, part.scales);
  }
  return all;
}

} // namespace setun::quantize
