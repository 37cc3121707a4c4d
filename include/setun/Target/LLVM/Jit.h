//===- Jit.h - Running a compiled model in this process ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles a module of the "buffers" stage for the host and calls it. The code
// sees no symbol of this process but memory moves, so that no result can depend
// on the host's mathematical library.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_LLVM_JIT_H
#define SETUN_TARGET_LLVM_JIT_H

#include "setun/Target/LLVM/EntrySignature.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace setun {

/// How much to optimize.
struct JitOptions {
  /// LLVM's -O level, 0 to 3. Code that runs once is better off with 1.
  unsigned optLevel = 2;
};

/// A compiled model. Running is re-entrant as long as the callers hand in
/// different outputs and arenas.
class JitModule {
public:
  /// Compiles `buffers` and changes it on the way: the caller keeps a clone if
  /// he wants the module afterwards. Where there are no kernels for this
  /// machine, lowbit kernel operations must be loops.
  static llvm::Expected<std::unique_ptr<JitModule>>
  create(mlir::ModuleOp buffers, JitOptions options = {});

  ~JitModule();

  /// Are there kernels for this machine?
  static bool hasKernels();

  /// Calls the entry function with one pointer per argument of `signature()`.
  llvm::Error run(llvm::ArrayRef<void *> arguments);

  const EntrySignature &signature() const { return entrySignature; }

private:
  JitModule(EntrySignature signature, std::unique_ptr<llvm::orc::LLJIT> jit,
            void (*entry)(void *const *));

  EntrySignature entrySignature;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*entry)(void *const *);
};

} // namespace setun

#endif // SETUN_TARGET_LLVM_JIT_H
