//===- KernelTable.h - The texts of the micro-kernels -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C emitter copies kernels into generated files. Their text comes from the
// headers in lib/Kernels, which the unit tests compile; the build embeds it, so
// that an installed compiler needs no files beside it.
//===----------------------------------------------------------------------===//

#ifndef SETUN_KERNELS_KERNELTABLE_H
#define SETUN_KERNELS_KERNELTABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace setun {

/// What a function of generated C takes of the stack besides its variables:
/// return address, saved registers (36 bytes of Cortex-M, 64 with those of
/// floats, 56 of x86-64), and what keeps the stack aligned.
inline constexpr int64_t kFrameBytes = 112;

/// One function of lib/Kernels.
struct KernelSource {
  /// The function's name, such as `setun_matmul_bits_s8`.
  llvm::StringRef name;
  /// The header it stands in, such as `setun_matmul_bits.h`.
  llvm::StringRef file;
  /// Its C99 text with the comment above it, ending in a newline. Expects
  /// <stddef.h>, <stdint.h>, <string.h> and <math.h>.
  llvm::StringRef text;
  /// The functions of the table that it calls.
  llvm::ArrayRef<llvm::StringRef> needs;
  /// Bytes of its own arrays.
  int64_t arrayBytes;
  /// Stack of a call, whatever the processor: arrays along the deepest chain of
  /// kernels, and kFrameBytes for each.
  int64_t stackBytes;
  /// The same where no call in the file has more than two rows.
  int64_t fewRowsStackBytes;
};

/// All kernels; a function stands behind those that it calls.
llvm::ArrayRef<KernelSource> getKernelSources();

/// The kernel of that name, or null.
const KernelSource *findKernel(llvm::StringRef function);

/// The kernels of these names and all that they call, each once, in an order in
/// which C can read them. Names that are no kernel are left out.
llvm::SmallVector<const KernelSource *>
collectKernels(llvm::ArrayRef<llvm::StringRef> functions);

} // namespace setun

#endif // SETUN_KERNELS_KERNELTABLE_H
