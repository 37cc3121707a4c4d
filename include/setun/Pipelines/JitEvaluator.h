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

/// Makes an evaluator that compiles with the passes of this compiler.
std::unique_ptr<Evaluator> createJitEvaluator(Evaluator::Limits limits = {});

/// Registers `onnx-fold-constants` with such an evaluator, under the name that
/// the pass has without one: to be called before the other passes of
/// lib/Transforms are registered.
void registerJitFoldConstants();

} // namespace setun

#endif // SETUN_PIPELINES_JITEVALUATOR_H
