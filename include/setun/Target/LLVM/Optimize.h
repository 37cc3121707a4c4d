//===- Optimize.h - Faster code with the same numbers -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LLVM's passes, and around them what keeps the numbers: no function of a
// mathematical library, and no vectors of floats that a processor computes
// differently. The JIT and object files go through the same.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_LLVM_OPTIMIZE_H
#define SETUN_TARGET_LLVM_OPTIMIZE_H

#include "llvm/Support/Error.h"

namespace llvm {
class Module;
class TargetLibraryInfoImpl;
class TargetMachine;
class Triple;
} // namespace llvm

namespace setun {

/// The library of generated code: memcpy, memmove and memset.
llvm::TargetLibraryInfoImpl getRuntimeLibrary(const llvm::Triple &triple);

/// Replaces rounding, remainders and square roots for which the processor has
/// no instruction by functions of our own.
llvm::Error expandFloatFunctions(llvm::Module &module,
                                 llvm::TargetMachine &machine);

/// Runs LLVM's passes at -O`level`.
llvm::Error optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     unsigned level);

} // namespace setun

#endif // SETUN_TARGET_LLVM_OPTIMIZE_H
