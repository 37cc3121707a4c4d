//===- Evaluator.h - Running code at compile time ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant folding of float chains has to run code. Passes that fold see only
// this interface; the JIT behind it lives in lib/Pipelines, so that no pass
// depends on it and tests can hand in their own.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_EVALUATOR_H
#define SETUN_SUPPORT_EVALUATOR_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/LogicalResult.h"

#include <cstdint>
#include <vector>

namespace setun {

/// Runs small pieces of a program while it is being compiled.
class Evaluator {
public:
  /// What one call may cost. A model is untrusted: an initializer of a few
  /// bytes may be expanded to terabytes.
  struct Limits {
    /// Bytes of all results together.
    int64_t maxResultBytes = int64_t(1) << 30;
    /// Bytes of any one tensor inside the module.
    int64_t maxTensorBytes = int64_t(1) << 30;
  };

  Evaluator() = default;
  explicit Evaluator(Limits limits) : limits(limits) {}
  virtual ~Evaluator() = default;

  const Limits &getLimits() const { return limits; }

  /// Dialects that a pass has to load before it calls the evaluator.
  virtual void getDependentDialects(mlir::DialectRegistry &registry) const {}

  /// Runs `@main` of a module: no arguments, results that are static tensors of
  /// builtin element types. Gives the raw little-endian, row-major bytes of
  /// each result (i1 one byte each). Fails with a diagnostic at the module, or
  /// at the op that is in the way, if the module cannot be run within the
  /// limits; the caller then leaves the ops unfolded. The module may be changed
  /// and is the caller's to erase.
  virtual llvm::FailureOr<llvm::SmallVector<std::vector<char>>>
  evaluate(mlir::ModuleOp module) = 0;

private:
  Limits limits;
};

} // namespace setun

#endif // SETUN_SUPPORT_EVALUATOR_H
