// What setun quantize needs to run a model: samples of calibration data, and
// the compiled model with the tensors that are looked at.
#ifndef SETUN_TOOLS_SETUN_QUANTIZEDATA_H
#define SETUN_TOOLS_SETUN_QUANTIZEDATA_H

#include "Session.h"

#include "onnx/onnx_pb.h"
#include "setun/Pipelines/ModelRunner.h"
#include "llvm/ADT/StringMap.h"

namespace setun::driver {

/// Samples for all inputs of a model.
class SampleSet {
public:
  /// Reads `[NAME=]FILE.npy`; several files for one input follow each other. An
  /// array is one sample if it has the shape of the input, else its leading
  /// dimension goes through samples.
  static llvm::Expected<SampleSet> read(llvm::ArrayRef<std::string> files,
                                        llvm::ArrayRef<ModelInput> inputs);

  int64_t size() const { return count; }
  /// One array for each input.
  std::vector<NpyArray> getSample(int64_t index) const;
  /// The shapes of a sample.
  llvm::SmallVector<llvm::SmallVector<int64_t>> getShapes() const;

private:
  llvm::Error append(NpyArray array, const ModelInput &input, NpyArray &all);

  /// For each input its samples along a leading dimension.
  std::vector<NpyArray> arrays;
  int64_t count = 0;
};

/// A model that gives tensors by name.
class TensorRunner {
public:
  /// Imports and compiles; the diagnostics say what is wrong. Besides the
  /// outputs of the model it gives `tensors`. `shapes` size the open dimensions
  /// of the inputs.
  static std::unique_ptr<TensorRunner>
  create(const ::onnx::ModelProto &model, llvm::StringRef file,
         ImportOptions options, llvm::ArrayRef<std::string> tensors,
         llvm::ArrayRef<llvm::SmallVector<int64_t>> shapes);

  llvm::Expected<llvm::StringMap<NpyArray>>
  run(llvm::ArrayRef<NpyArray> inputs);

private:
  std::vector<std::string> wanted;
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<ModelRunner> runner;
};

/// The values of a float32 array.
llvm::ArrayRef<float> getFloats(const NpyArray &array);

} // namespace setun::driver

#endif // SETUN_TOOLS_SETUN_QUANTIZEDATA_H
