//===- KernelBitcode.cpp - The micro-kernels as LLVM bitcode --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table is made by CMake, the bytes by clang.
//===----------------------------------------------------------------------===//

#include "setun/Kernels/KernelBitcode.h"

#define SETUN_SYMBOLS(level)                                                   \
  extern "C" const char setun_bitcode_##level[];                               \
  extern "C" const char setun_bitcode_##level##_end[];
#define SETUN_LEVEL(level, triple, features)
#include "lib/Kernels/KernelBitcode.inc"
#undef SETUN_SYMBOLS
#undef SETUN_LEVEL

namespace setun {

llvm::ArrayRef<KernelBitcode> getKernelBitcode() {
#define SETUN_SYMBOLS(level)
#define SETUN_LEVEL(level, triple, features)                                   \
  {#level, triple, features,                                                   \
   llvm::StringRef(setun_bitcode_##level,                                      \
                   setun_bitcode_##level##_end - setun_bitcode_##level)},
  static const KernelBitcode table[] = {
#include "lib/Kernels/KernelBitcode.inc"
  };
  return table;
}

} // namespace setun
