//===- NumericsCheck.cpp - Which pass changes a number --------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "setun/Pipelines/NumericsCheck.h"

#include "setun/Pipelines/ModelRunner.h"
#include "setun/Pipelines/Pipelines.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>

using namespace mlir;

namespace setun {

namespace {
/// What a pass may do to the numbers.
enum class Effect {
  None,     // not a bit
  Rounding, // another order of rounding
  Border    // other inputs or outputs, or another meaning
};
} // namespace

/// What the passes declare. Recognition computes products exactly where the
/// graph rounds, and folding sums up in double precision.
static Effect getEffect(StringRef pass) {
  return llvm::StringSwitch<Effect>(pass)
      .Case("onnx-border-formats", Effect::Border)
      .Case("lowbit-quantized-io", Effect::Border)
      // The values that data has not shown are clamped.
      .Case("lowbit-static-scales", Effect::Border)
      .Case("lowbit-fix-scales", Effect::Rounding)
      .Case("onnx-fold-constants", Effect::Rounding)
      .Case("convert-onnx-to-lowbit", Effect::Rounding)
      .Default(Effect::None);
}

//===----------------------------------------------------------------------===//
// Running a copy
//===----------------------------------------------------------------------===//

/// Compiles a copy of the module; null if it cannot be run as it is, as before
/// operators of other domains are converted.
static std::unique_ptr<ModelRunner> compileCopy(ModuleOp module) {
  ScopedDiagnosticHandler silence(module.getContext(),
                                  [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager passes(module.getContext());
  CompileOptions options;
  options.lowerKernels = true;
  addStagePasses(passes, Stage::Buffers, options);
  if (mlir::failed(passes.run(*copy)))
    return nullptr;
  auto runner = createJitRunner(*copy, /*optLevel=*/0);
  if (!runner) {
    llvm::consumeError(runner.takeError());
    return nullptr;
  }
  return std::move(*runner);
}

/// Sums of squares: of the differences, and of the numbers.
static std::pair<double, double> compare(ArrayRef<NpyArray> before,
                                         ArrayRef<NpyArray> after) {
  double error = 0, size = 0;
  for (auto [a, b] : llvm::zip(before, after))
    for (int64_t i = 0, e = a.size(); i < e; ++i) {
      double x = getNpyElement(a, i), y = getNpyElement(b, i);
      size += std::isfinite(x) ? x * x : 0;
      if (std::isfinite(x) || std::isfinite(y))
        error += x == y ? 0 : (x - y) * (x - y);
    }
  return {error, size};
}

static bool areSame(ArrayRef<NpyArray> before, ArrayRef<NpyArray> after) {
  return llvm::all_of(llvm::zip(before, after), [](auto pair) {
    return std::get<0>(pair).data == std::get<1>(pair).data;
  });
}

//===----------------------------------------------------------------------===//
// The check
//===----------------------------------------------------------------------===//

void NumericsCheck::check(ModuleOp module, StringRef pass) {
  if (failed)
    return;
  if (getEffect(pass) == Effect::Border)
    numbers.reset();
  std::unique_ptr<ModelRunner> runner = compileCopy(module);
  if (!runner)
    return;
  if (!numbers) {
    sample.clear();
    for (const EntryArgument *input : runner->getArguments(EntryRole::Input))
      sample.push_back(
          makeSample(input->elementType, input->storageType, input->shape));
  }
  llvm::Expected<std::vector<NpyArray>> outputs = runner->run(sample);
  if (!outputs) {
    llvm::consumeError(outputs.takeError());
    return;
  }
  if (numbers && !areSame(*numbers, *outputs)) {
    auto [error, size] = compare(*numbers, *outputs);
    double relative = std::sqrt(error / std::max(size, 1e-30));
    constexpr double largestRounding = 1e-2;
    bool isDeclared =
        getEffect(pass) == Effect::Rounding && relative <= largestRounding;
    if (!isDeclared) {
      module.emitError(llvm::formatv(
          "pass '{0}' changes the numbers of the model: the relative error is "
          "{1:e2}; declared is {2}",
          pass, relative,
          getEffect(pass) == Effect::Rounding ? "rounding" : "no change"));
      failed = true;
      return;
    }
  }
  if (numbers)
    ++checked;
  numbers = std::move(*outputs);
}

class NumericsCheck::Instrumentation : public PassInstrumentation {
public:
  explicit Instrumentation(NumericsCheck &check) : check(check) {}

  void runAfterPass(Pass *pass, Operation *op) override {
    // Passes on functions are part of one on the module.
    if (auto module = dyn_cast<ModuleOp>(op))
      check.check(module, pass->getArgument().empty() ? pass->getName()
                                                      : pass->getArgument());
  }

private:
  NumericsCheck &check;
};

void NumericsCheck::attach(PassManager &passes) {
  passes.addInstrumentation(std::make_unique<Instrumentation>(*this));
}

} // namespace setun
