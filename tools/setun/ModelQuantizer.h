// The steps of setun quantize, from a float model to the written file.
#ifndef SETUN_TOOLS_SETUN_MODELQUANTIZER_H
#define SETUN_TOOLS_SETUN_MODELQUANTIZER_H

#include "QuantizeData.h"
#include "QuantizeReport.h"

#include "setun/Quantize/GraphRewriter.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

namespace setun::driver {

struct QuantizeOptions : ModelOptions {
  std::string model, output, labelFile;
  std::vector<std::string> dataFiles;
  quantize::WeightScheme scheme = quantize::WeightScheme::Int8;
  quantize::ScaleMethod method = quantize::ScaleMethod::Fit;
  int64_t group = 0;
  bool quantizeActivations = true, quantizeOutputs = false, allLayers = false,
       correctBias = true;
  quantize::Calibration calibration = quantize::Calibration::MinMax;
  double percentile = 99.99;
  quantize::Format format = quantize::Format::Qdq;
};

class ModelQuantizer {
public:
  explicit ModelQuantizer(const QuantizeOptions &options) : options(options) {}
  llvm::Error run();

private:
  // The model and the samples (PrepareModel.cpp).
  llvm::Error readModel();
  llvm::Error readSamples();
  llvm::Error replaceComputedWeights();
  llvm::Error lift();
  llvm::Error checkLifted(const ::onnx::ModelProto &before);

  llvm::Error chooseLayers();
  void shareOptions();
  llvm::Error chooseActivations();
  void noteOthers();
  llvm::Error quantizeLayers();
  llvm::Expected<std::vector<quantize::InputMoments>> getMoments();
  llvm::Error compare(const ::onnx::ModelProto &quantized);
  llvm::Error write(const ::onnx::ModelProto &quantized);

  std::unique_ptr<TensorRunner> compile(const ::onnx::ModelProto &proto,
                                        llvm::ArrayRef<std::string> tensors);
  /// Runs all samples; `visit` sees the tensors of each.
  llvm::Error forEachSample(TensorRunner &runner, llvm::StringRef phase,
                            llvm::function_ref<llvm::Error(
                                int64_t, const llvm::StringMap<NpyArray> &)>
                                visit);

  const QuantizeOptions &options;
  /// Outlives the inputs, which have types of it.
  std::unique_ptr<mlir::MLIRContext> context;
  ImportOptions importOptions;
  std::unique_ptr<::onnx::ModelProto> proto;
  llvm::SmallVector<ModelInput> inputs;
  std::optional<SampleSet> samples;
  std::optional<NpyArray> labels;
  std::vector<quantize::QuantizedLayer> layers;
  quantize::ActivationPlan plan;
  QuantizeReport report;
};

inline llvm::Error makeError(const llvm::formatv_object_base &message) {
  return llvm::createStringError(message.str());
}

/// What follows a diagnostic that has said what is wrong.
inline llvm::Error refused() { return llvm::createStringError(""); }

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_MODELQUANTIZER_H
