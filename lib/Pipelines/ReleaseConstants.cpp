//===- ReleaseConstants.cpp - Free weights that passes replaced -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Pipelines/ReleaseConstants.h"

#include "dialects/Onnx/ConstantMemory.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace setun {

namespace {
class Instrumentation : public PassInstrumentation {
public:
  explicit Instrumentation(ModuleOp module)
      : foreign(onnx::findAllBlobs(module.getContext())) {
    for (onnx::Blob *blob : onnx::findBlobs(module))
      foreign.erase(blob);
  }

  void runAfterPass(Pass *, Operation *op) override {
    // Passes on functions are part of one on the module.
    if (auto module = dyn_cast<ModuleOp>(op))
      release(module);
  }

private:
  void release(ModuleOp module) {
    onnx::BlobSet own = onnx::findAllBlobs(module.getContext());
    for (onnx::Blob *blob : foreign)
      own.erase(blob);
    // Small models are not worth the search.
    constexpr size_t kWorthwhile = size_t(1) << 22;
    size_t bytes = 0;
    for (onnx::Blob *blob : own)
      bytes += blob->getBlob() ? blob->getBlob()->getData().size() : 0;
    if (bytes >= kWorthwhile)
      onnx::releaseUnused(own, onnx::findBlobs(module));
  }

  onnx::BlobSet foreign;
};
} // namespace

void releaseConstants(ModuleOp module, PassManager &passes) {
  passes.addInstrumentation(std::make_unique<Instrumentation>(module));
}

} // namespace setun
