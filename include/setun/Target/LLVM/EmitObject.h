//===- EmitObject.h - A model as LLVM IR or object file ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ahead-of-time side of the LLVM backend: the function `NAME_run` of the C
// interface (docs/c-abi.md) for any processor that LLVM knows.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_LLVM_EMITOBJECT_H
#define SETUN_TARGET_LLVM_EMITOBJECT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace setun {

struct ObjectOptions {
  /// Prefix of the one symbol, as in C.
  std::string name = "model";
  /// All indices are proven to fit in 32 bits, which short addresses want.
  bool indicesFitIn32Bits = false;
  /// Kernels are chosen by the processor that the code runs on.
  bool chooseAtRunTime = false;
};

/// The LLVM IR of a module of the "buffers" stage as text, before it is
/// optimized. The module is changed.
llvm::Expected<std::string> printLlvmIr(mlir::ModuleOp buffers,
                                        llvm::TargetMachine &machine,
                                        const ObjectOptions &options);

/// An object file.
struct ObjectFile {
  llvm::SmallVector<char, 0> bytes;
  /// The stack that a run needs, without what functions of libraries use.
  int64_t stackBytes = 0;
};

/// Makes an object file. It needs nothing from a C library but memcpy,
/// memmove and memset, and what compilers call instead of an instruction
/// (compiler-rt or libgcc). The module is changed.
llvm::Expected<ObjectFile> emitObject(mlir::ModuleOp buffers,
                                      llvm::TargetMachine &machine,
                                      const ObjectOptions &options);

} // namespace setun

#endif // SETUN_TARGET_LLVM_EMITOBJECT_H
