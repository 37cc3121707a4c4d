//===- Passes.h - Printing HLS code -----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass that calls emitHls(); see Passes.td.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_HLS_PASSES_H
#define SETUN_TARGET_HLS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace setun {

#define GEN_PASS_DECL
#include "lib/Target/HLS/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lib/Target/HLS/Passes.h.inc"

} // namespace setun

#endif // SETUN_TARGET_HLS_PASSES_H
