//===- LlvmText.h - A model as LLVM IR --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The LLVM IR that the JIT starts from, as text.
//===----------------------------------------------------------------------===//

#ifndef SETUN_PIPELINES_LLVMTEXT_H
#define SETUN_PIPELINES_LLVMTEXT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <string>

namespace setun {

/// Lowers a module of the "buffers" stage, without lowbit kernel ops, for a
/// generic processor of the host's kind. Diagnostics of the passes go to the
/// context's handler. The module is changed.
llvm::Expected<std::string> printLlvmIr(mlir::ModuleOp buffers);

} // namespace setun

#endif // SETUN_PIPELINES_LLVMTEXT_H
