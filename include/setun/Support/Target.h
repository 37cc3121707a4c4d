//===- Target.h - Processors that code is made for --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The processors that `--target` names. Passes that depend on the processor
// (which kernel, which packed layout) ask the module for it; everything else of
// the compiler is the same for all of them, and so are the numbers.
//===----------------------------------------------------------------------===//

#ifndef SETUN_SUPPORT_TARGET_H
#define SETUN_SUPPORT_TARGET_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace setun {

/// A processor, or a level of features that many have.
struct Target {
  /// As `--target` names it.
  llvm::StringLiteral name;
  /// What LLVM calls it; no triple where there is nothing to compile for.
  llvm::StringLiteral triple, cpu, features;
  /// Has it registers that hold several numbers? Packed weights are tiled for
  /// these, and stand in rows for other processors.
  bool hasVectors;
  /// One line for `--help`.
  llvm::StringLiteral summary;
};

/// All of them. The first is the default: C for any processor.
llvm::ArrayRef<Target> getTargets();

/// The target called `name`, null if there is none; `native` is the one nearest
/// to the processor that this runs on. A triple of LLVM, such as
/// `aarch64-linux-gnu`, is the poorest target of that architecture.
const Target *findTarget(llvm::StringRef name);

/// Attribute of a module: the name of its target.
inline constexpr llvm::StringLiteral kTargetAttr = "setun.target";

/// Attribute of a module whose floats may be multiplied and added in one
/// operation: faster, but their last bits depend on the processor.
inline constexpr llvm::StringLiteral kFastMathAttr = "setun.fast_math";

/// Has `module` that attribute?
inline bool fusesFloats(mlir::ModuleOp module) {
  return module->hasAttr(kFastMathAttr);
}

/// The target of the module that `op` is in; the default if it names none.
const Target &getTarget(mlir::Operation *op);

/// Makes `target` the one of `module`; nothing is written for the default.
void setTarget(mlir::ModuleOp module, const Target &target);

} // namespace setun

#endif // SETUN_SUPPORT_TARGET_H
