//===- KernelLinking.h - Kernels as bitcode in a model's module -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernel ops become calls in two steps. On buffers each op becomes a call of a
// function of its own, whose arguments are the op's buffers; once the module is
// LLVM IR, that function gets a body that calls the kernel with constant sizes.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_LLVM_KERNELLINKING_H
#define SETUN_LIB_TARGET_LLVM_KERNELLINKING_H

#include "setun/Analysis/KernelCall.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace llvm {
class Function;
class Module;
class TargetMachine;
class Triple;
} // namespace llvm

namespace setun {

struct KernelBitcode;

/// A function to be filled in, and what it calls. The buffers of the call are
/// gone: a pointer that is not null takes two arguments, base and offset.
struct KernelStub {
  std::string function;
  KernelCall call;
};

/// Replaces the kernel ops of `buffers` by calls.
llvm::FailureOr<std::vector<KernelStub>> callKernels(mlir::ModuleOp buffers);

/// Gives the stubs their bodies and links the kernels for `machine`. If code is
/// to be chosen at run time, also for richer processors, and `main` becomes the
/// function that chooses.
llvm::Error linkKernels(llvm::Module &module, llvm::TargetMachine &machine,
                        llvm::ArrayRef<KernelStub> stubs, bool chooseAtRunTime,
                        llvm::Function *&main);

/// Code for richer processors than the machine.
struct CodeLevel {
  /// Of CpuLevel.h.
  unsigned number;
  /// Behind the names of its functions.
  std::string suffix;
  /// Of the machine and its own.
  std::string features;
  const KernelBitcode *bitcode;
};

/// Copies all functions for each level that the machine has not; their stubs
/// are still to be filled in. Replaces `main` by a function that chooses one.
llvm::Expected<llvm::SmallVector<CodeLevel>>
addLevels(llvm::Module &module, llvm::TargetMachine &machine,
          llvm::ArrayRef<KernelStub> stubs, llvm::Function *&main);

/// False for kernels that need a system which the triple has not.
bool isForSystem(const KernelBitcode &bitcode, const llvm::Triple &triple);

/// Links from a module of bitcode what `module` declares, as functions that
/// nobody else sees and that are compiled for the machine of `module`. Modules
/// with another layout of data are refused unless `hasNoMemory`. Their names
/// get a suffix before; functions may use `features` beyond the machine's.
llvm::Error linkBitcode(llvm::Module &module, llvm::StringRef bytes,
                        bool hasNoMemory, llvm::StringRef suffix = "",
                        llvm::StringRef features = "");

} // namespace setun

#endif // SETUN_LIB_TARGET_LLVM_KERNELLINKING_H
