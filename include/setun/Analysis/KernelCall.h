//===- KernelCall.h - The kernel that computes an op ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which function of lib/Kernels a kernel op on buffers is, and what it is
// called with. Every backend that calls kernels asks here, so that they differ
// only in how they write a call.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_KERNELCALL_H
#define SETUN_ANALYSIS_KERNELCALL_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace setun {

/// One argument of a kernel.
struct KernelArgument {
  enum class Kind {
    /// A pointer to the first element of `memref`; null without one.
    Pointer,
    /// A size_t.
    Size,
    /// A ptrdiff_t that is known at run time: the sum of indices * steps.
    Index,
    /// `const size_t[3][6]`: what a window looks like.
    Window
  };

  Kind kind = Kind::Size;
  /// Of a pointer: the buffer, and the type that the kernel reads it as, whose
  /// integers have a sign.
  mlir::Value memref;
  mlir::Type element;
  bool isConst = false;
  /// Elements from one product of a batch to the next.
  int64_t batchStep = 0;
  /// Of a size: its name in the kernel, and the number.
  llvm::StringRef name;
  int64_t size = 0;
  std::array<std::array<int64_t, 6>, 3> window{};
  llvm::SmallVector<mlir::Value> indices;
  llvm::SmallVector<int64_t> steps;
};

/// A call, repeated for each of `batches` with all pointers moved on.
struct KernelCall {
  std::string kernel;
  std::vector<KernelArgument> arguments;
  int64_t batches = 1;
  bool isFloat = false;
  /// The one buffer whose rows may lie apart: an argument says by how much.
  mlir::Value withGaps;
};

/// The call that computes `op`, an op on memrefs of static shape that lie
/// without gaps, but for what the call says; nothing if no kernel does.
std::optional<KernelCall> getKernelCall(mlir::Operation *op);

} // namespace setun

#endif // SETUN_ANALYSIS_KERNELCALL_H
