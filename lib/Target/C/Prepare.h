//===- Prepare.h - Preparation for printing C -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef SETUN_LIB_TARGET_C_PREPARE_H
#define SETUN_LIB_TARGET_C_PREPARE_H

#include "mlir/IR/BuiltinOps.h"

namespace setun::c {

/// Brings a module of the buffers stage into the form that C is printed from:
/// no rounding divisions, nothing dead, nothing computed twice.
void prepare(mlir::ModuleOp module);

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_PREPARE_H
