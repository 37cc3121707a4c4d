// A layer with the codes that its weights get.
#ifndef SETUN_QUANTIZE_QUANTIZEDLAYER_H
#define SETUN_QUANTIZE_QUANTIZEDLAYER_H

#include "setun/Quantize/ProductLayer.h"

namespace setun::quantize {

struct QuantizedLayer {
  ProductLayer layer;
  WeightOptions options;
  QuantizedMatrix weights;
  /// What is added to each channel of the output; may be empty.
  std::vector<float> biasChange;
  /// Set by rewriteModel: the tensor that has the layer's bias in it.
  std::string result;
};

/// Do both multiply with the same matrix, from the same tensor?
bool shareWeights(const ProductLayer &a, const ProductLayer &b);

/// Codes for the weights, for inputs with these moments if there are some.
QuantizedMatrix quantizeWeights(const QuantizedLayer &layer,
                                const InputMoments *moments);

/// E[w x] - E[w' x'] for each channel, w' and x' quantised.
std::vector<float> getBiasChange(const QuantizedLayer &layer,
                                 const InputMoments &moments);

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_QUANTIZEDLAYER_H
