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
#include <string>

namespace llvm {
class Function;
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace mlir {
class DialectRegistry;
class OpPassManager;
} // namespace mlir

namespace setun {

/// Adds the passes that bring a module of the "buffers" stage, without lowbit
/// kernel operations, to the LLVM dialect. Memrefs at function boundaries
/// become bare pointers; indices get `indexBits` bits.
void buildLowerToLLVMPipeline(mlir::OpPassManager &passes,
                              unsigned indexBits = 64);

/// Makes the dialects and translations known that the pipeline needs.
void registerLLVMTranslations(mlir::DialectRegistry &registry);

/// How a model is made.
struct TranslationOptions {
  /// What symbols begin with, but for those of kernels.
  std::string name = "model";
  unsigned indexBits = 64;
  /// Kernels are chosen by the processor that the code runs on.
  bool chooseAtRunTime = false;
};

/// Brings a module of the "buffers" stage to LLVM IR, with all kernels that it
/// needs; all functions are internal, and `main` is the entry. Nothing in the
/// result permits the optimizer to change the value of a float operation.
/// `buffers` is changed; diagnostics of the passes become the error.
llvm::Expected<std::unique_ptr<llvm::Module>>
translateToLLVMIR(mlir::ModuleOp buffers, llvm::LLVMContext &context,
                  llvm::TargetMachine &machine,
                  const TranslationOptions &options, llvm::Function *&main);

} // namespace setun

#endif // SETUN_TARGET_LLVM_PIPELINE_H
