//===- JitEvaluator.h - Running code at compile time ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The evaluator behind constant folding: the float path of the compiler itself,
// with sums in double precision, run in this process.
//===----------------------------------------------------------------------===//

#ifndef SETUN_PIPELINES_JITEVALUATOR_H
#define SETUN_PIPELINES_JITEVALUATOR_H

#include "setun/Support/Evaluator.h"

#include <memory>

namespace setun {

/// Makes an evaluator for modules of `context`, in which it loads the dialects
/// that it needs on the way.
std::unique_ptr<Evaluator> createJitEvaluator(mlir::MLIRContext *context,
                                              Evaluator::Limits limits = {});

} // namespace setun

#endif // SETUN_PIPELINES_JITEVALUATOR_H
