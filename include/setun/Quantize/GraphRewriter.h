// Writes quantised layers into a model: QuantizeLinear and DequantizeLinear of
// ONNX, or Quant of QONNX.
#ifndef SETUN_QUANTIZE_GRAPHREWRITER_H
#define SETUN_QUANTIZE_GRAPHREWRITER_H

#include "setun/Quantize/ActivationPlan.h"
#include "setun/Quantize/QuantizedLayer.h"

#include "llvm/Support/Error.h"

namespace setun::quantize {

enum class Format { Qdq, Qonnx };

/// The version of ONNX's operators in the model.
int64_t getOpset(const ::onnx::ModelProto &model);

/// Converts the model to a newer opset, with ONNX's own converter.
llvm::Error liftOpset(::onnx::ModelProto &model, int opset);

/// Replaces the layers and the activations of the plan, which must have been
/// found in this model. From opset 21 on int4 weights are stored with 4 bits.
void rewriteModel(::onnx::ModelProto &model,
                  llvm::MutableArrayRef<QuantizedLayer> layers,
                  const ActivationPlan &plan, Format format);

/// Makes `tensors`, computed from constants alone, initializers.
void replaceByConstants(::onnx::ModelProto &model,
                        llvm::ArrayRef<::onnx::TensorProto> tensors);

/// A model with only what `tensors` need, which are its outputs.
::onnx::ModelProto makeConstantModel(const ::onnx::ModelProto &model,
                                     llvm::ArrayRef<std::string> tensors);

} // namespace setun::quantize

#endif // SETUN_QUANTIZE_GRAPHREWRITER_H
