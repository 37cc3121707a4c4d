// Writes quantised layers into a model: QuantizeLinear and DequantizeLinear of
// ONNX, or Quant of QONNX.
#ifndef SETUN_QUANTIZE_GRAPHREWRITER_H
#define SETUN_QUANTIZE_GRAPHREWRITER_H

#include "setun/Quantize/ProductLayer.h"

#include "llvm/Support/Error.h"
#include <optional>

namespace setun::quantize {

enum class Format { Qdq, Qonnx };

struct QuantizedLayer {
  ProductLayer layer;
  WeightOptions options;
  QuantizedMatrix weights;
  /// Of the layer's input; none if that stays float.
  std::optional<ActivationQuantizer> activation;
  /// What is added to each channel of the output; may be empty.
  std::vector<float> biasChange;
  /// Set by rewriteModel: the tensor that has the layer's bias in it.
  std::string result;
};

/// The opset that `layers` need as QDQ: 13, or 21 for groups and int4.
int getNeededOpset(llvm::ArrayRef<QuantizedLayer> layers);

/// The version of ONNX's operators in the model.
int64_t getOpset(const ::onnx::ModelProto &model);

/// Converts the model to a newer opset, with ONNX's own converter.
llvm::Error liftOpset(::onnx::ModelProto &model, int opset);

/// Replaces the layers, which must have been found in this model. From opset 21
/// on int4 weights are stored with 4 bits.
void rewriteModel(::onnx::ModelProto &model,
                  llvm::MutableArrayRef<QuantizedLayer> layers, Format format);

/// Makes `tensors`, computed from constants alone, initializers.
void replaceByConstants(::onnx::ModelProto &model,
                        llvm::ArrayRef<::onnx::TensorProto> tensors);

/// A model with only what `tensors` need, which are its outputs.
::onnx::ModelProto makeConstantModel(const ::onnx::ModelProto &model,
                                     llvm::ArrayRef<std::string> tensors);

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_GRAPHREWRITER_H
