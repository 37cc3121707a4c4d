//===- Passes.h - Preparation for LLVM --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes that change a module of the "buffers" stage so that MLIR's own
// conversions to LLVM need no runtime library; see Passes.td.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_LLVM_PASSES_H
#define SETUN_TARGET_LLVM_PASSES_H

#include "mlir/Pass/Pass.h"

namespace setun {

#define GEN_PASS_DECL
#include "setun/Target/LLVM/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "setun/Target/LLVM/Passes.h.inc"

} // namespace setun

#endif // SETUN_TARGET_LLVM_PASSES_H
