//===- Passes.h - Preparation for C -----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass that runs before emitC(), and one that calls it; see Passes.td.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_C_PASSES_H
#define SETUN_TARGET_C_PASSES_H

#include "mlir/Pass/Pass.h"

namespace setun {

#define GEN_PASS_DECL
#include "lib/Target/C/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lib/Target/C/Passes.h.inc"

} // namespace setun

#endif // SETUN_TARGET_C_PASSES_H
