//===- StackBound.h - How much stack a run may take -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An estimate from above: the arrays of every function on the deepest chain of
// calls, the numbers that are alive at once in it, and a constant for what a
// compiler saves. Compilers merge functions and spill vectors, so it is no
// proof; test/EndToEnd/stack.py compares it with what gcc says.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_STACKBOUND_H
#define SETUN_LIB_TARGET_C_STACKBOUND_H

#include "ModuleEmission.h"

#include "setun/Kernels/KernelTable.h"

#include "llvm/ADT/StringSet.h"

namespace setun::c {

/// Bounds of functions, added callees first.
class StackBound {
public:
  explicit StackBound(const CallGraph &graph);

  /// `names` are those that the C of the function uses.
  void add(mlir::func::FuncOp function, const llvm::StringSet<> &names);
  /// Of a run, when all functions are there.
  int64_t getBytes() const;

private:
  struct Frame {
    /// Of the function alone, and from its call on.
    int64_t own, deepest;
    llvm::SmallVector<const KernelSource *> kernels;
  };
  int64_t getInlinedBytes(mlir::func::FuncOp function) const;

  const CallGraph &graph;
  /// Kernels that are called with three rows or more. Compilers know all calls
  /// of a static function.
  llvm::StringSet<> manyRows;
  llvm::DenseMap<mlir::func::FuncOp, Frame> frames;
  /// How many functions call a kernel.
  llvm::DenseMap<const KernelSource *, int> uses;
};

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_STACKBOUND_H
