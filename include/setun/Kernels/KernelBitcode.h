//===- KernelBitcode.h - The micro-kernels as LLVM bitcode ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of lib/Kernels, compiled at build time for each kind of
// processor but not yet optimized. A backend links what a model calls.
//===----------------------------------------------------------------------===//

#ifndef SETUN_KERNELS_KERNELBITCODE_H
#define SETUN_KERNELS_KERNELBITCODE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace setun {

/// All kernels for one kind of processor.
struct KernelBitcode {
  /// Such as `x86_64_v3`.
  llvm::StringLiteral level;
  llvm::StringLiteral triple;
  /// What a processor must have to run it, as LLVM writes it: `+avx2,+fma`.
  llvm::StringLiteral features;
  llvm::StringRef bytes;
};

/// For each architecture those with more features first.
llvm::ArrayRef<KernelBitcode> getKernelBitcode();

} // namespace setun

#endif // SETUN_KERNELS_KERNELBITCODE_H
