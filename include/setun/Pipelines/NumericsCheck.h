//===- NumericsCheck.h - Which pass changes a number ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every op of the lowbit dialect has a plain lowering, so a module can be run
// after any pass that works on tensors. This runs a copy after each of them on
// one sample and names the first pass that changes a number beyond what it
// declares.
//===----------------------------------------------------------------------===//

#ifndef SETUN_PIPELINES_NUMERICSCHECK_H
#define SETUN_PIPELINES_NUMERICSCHECK_H

#include "setun/Support/Npy.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir {
class PassManager;
} // namespace mlir

namespace setun {

/// Watches the passes of one pass manager, which must not outlive it.
class NumericsCheck {
public:
  void attach(mlir::PassManager &passes);

  /// The passes after which the model was run and had the numbers of before.
  unsigned getChecked() const { return checked; }
  /// Did a pass change a number? It has been reported at the module.
  bool hasFailed() const { return failed; }

private:
  class Instrumentation;

  void check(mlir::ModuleOp module, llvm::StringRef pass);

  std::vector<NpyArray> sample;
  std::optional<std::vector<NpyArray>> numbers;
  unsigned checked = 0;
  bool failed = false;
};

} // namespace setun

#endif // SETUN_PIPELINES_NUMERICSCHECK_H
