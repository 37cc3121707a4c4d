//===- JitRunner.cpp - A model compiled in this process -------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Pipelines/ModelRunner.h"

#include "setun/Target/LLVM/Jit.h"

namespace setun {

namespace {
class JitRunner : public ModelRunner {
public:
  explicit JitRunner(std::unique_ptr<JitModule> module)
      : ModelRunner(module->signature()), module(std::move(module)) {}

private:
  llvm::Error invoke(llvm::ArrayRef<void *> arguments) override {
    return module->run(arguments);
  }

  std::unique_ptr<JitModule> module;
};
} // namespace

llvm::Expected<std::unique_ptr<ModelRunner>>
createJitRunner(mlir::ModuleOp buffers, unsigned optLevel) {
  JitOptions options;
  options.optLevel = optLevel;
  auto module = JitModule::create(buffers, options);
  if (!module)
    return module.takeError();
  return std::make_unique<JitRunner>(std::move(*module));
}

} // namespace setun
