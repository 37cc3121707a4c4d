//===- Passes.h - What stays float, as loops on tensors ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The conversion of every `onnx.node` that no low-bit rewrite has taken; see
// lib/Conversion/OnnxToLinalg/Passes.td.
//===----------------------------------------------------------------------===//

#ifndef SETUN_CONVERSION_ONNXTOLINALG_PASSES_H
#define SETUN_CONVERSION_ONNXTOLINALG_PASSES_H

#include "mlir/Pass/Pass.h"

namespace setun {

#define GEN_PASS_DECL
#include "lib/Conversion/OnnxToLinalg/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lib/Conversion/OnnxToLinalg/Passes.h.inc"

} // namespace setun

#endif // SETUN_CONVERSION_ONNXTOLINALG_PASSES_H
