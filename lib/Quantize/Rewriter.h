// The model while quantised layers are written into it.
#ifndef SETUN_LIB_QUANTIZE_REWRITER_H
#define SETUN_LIB_QUANTIZE_REWRITER_H

#include "ProtoHelpers.h"
#include "setun/Quantize/GraphRewriter.h"

#include "llvm/ADT/StringSet.h"

namespace setun::quantize {

class Rewriter {
public:
  Rewriter(::onnx::ModelProto &model,
           llvm::MutableArrayRef<QuantizedLayer> layers,
           const ActivationPlan &plan, Format format);
  void run();

private:
  void rewriteNode(int index, ::onnx::NodeProto node);
  void rewriteLayer(QuantizedLayer &layer, ::onnx::NodeProto &node);

  std::string quantizeInput(const std::string &input);
  std::string addScale(int group);
  std::string addZeroPoint(int group);
  std::string addOnnxQuantizer(const std::string &input, int group);
  std::string addQonnxQuantizer(const std::string &input, int group);
  void quantizeOutputs();

  std::string getWeights(const QuantizedLayer &layer);
  std::string addWeights(const QuantizedLayer &layer);
  std::string addQonnxWeights(const QuantizedLayer &layer);

  void rewriteBias(QuantizedLayer &layer, ::onnx::NodeProto &node);
  bool rewriteOwnBias(const QuantizedLayer &layer, ::onnx::NodeProto &node,
                      bool changes);
  std::string addIntegerBias(const QuantizedLayer &layer,
                             const std::string &name,
                             llvm::ArrayRef<float> values);
  bool correctFollowingAdd(QuantizedLayer &layer);
  void addBias(const QuantizedLayer &layer, ::onnx::NodeProto &node);

  std::string addInitializer(::onnx::TensorProto tensor);
  std::string addFloat(const std::string &name, float value);
  void append(::onnx::NodeProto node);
  std::string unique(const std::string &base);
  void dropUnused();
  void setVersions();

  ::onnx::ModelProto &model;
  ::onnx::GraphProto &graph;
  llvm::MutableArrayRef<QuantizedLayer> layers;
  const ActivationPlan &plan;
  Format format;
  llvm::StringSet<> names;
  llvm::StringMap<int> uses;
  /// Of the model's own initializers.
  llvm::StringMap<const ::onnx::TensorProto *> constants;
  std::vector<::onnx::NodeProto> nodes;
  /// What replaces an activation.
  llvm::StringMap<std::string> quantized;
  /// Scale and zero point of each group of activations.
  std::vector<std::string> scales, zeroPoints;
  /// Layers with their dequantised weights.
  std::vector<std::pair<const QuantizedLayer *, std::string>> written;
  /// A new constant operand for the node that reads a tensor.
  llvm::StringMap<std::pair<std::string, std::string>> newOperands;
};

} // namespace setun::quantize

#endif // SETUN_LIB_QUANTIZE_REWRITER_H
