//===- Pipeline.h - From buffers and loops to LLVM --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The way of a module in the "buffers" stage down to LLVM IR. One preparation
// pipeline changes the module, then the translation only prints it in LLVM's
// own terms.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_LLVM_PIPELINE_H
#define SETUN_TARGET_LLVM_PIPELINE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace mlir {
class DialectRegistry;
class OpPassManager;
} // namespace mlir

namespace setun {

/// Name of the one symbol that a translated module exports:
/// `void setun_entry(void *const *arguments)`.
inline constexpr llvm::StringLiteral kEntrySymbol = "setun_entry";

/// Adds the passes that bring a module of the "buffers" stage, without lowbit
/// kernel operations, to the LLVM dialect. Memrefs at function boundaries
/// become bare pointers.
void buildLowerToLLVMPipeline(mlir::OpPassManager &passes);

/// Makes the dialects and translations known that the pipeline needs.
void registerLLVMTranslations(mlir::DialectRegistry &registry);

/// Translates a module of the LLVM dialect whose entry is `@main`. Only
/// `setun_entry` stays visible. Nothing in the result permits the optimizer to
/// change the value of a float operation.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(mlir::ModuleOp lowered, llvm::LLVMContext &context,
                  llvm::TargetMachine &machine);

} // namespace setun

#endif // SETUN_TARGET_LLVM_PIPELINE_H
