//===- ParallelLoops.h - Loops over parts as functions ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of a `scf.parallel` are run by the functions that GNU's OpenMP
// library defines; LLVM's library has them, too, and setun itself for code that
// runs in its process.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_LLVM_PARALLELLOOPS_H
#define SETUN_LIB_TARGET_LLVM_PARALLELLOOPS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

namespace setun {

/// One loop: `run(values...)` calls `part(i, values...)` for each of `parts`.
struct ParallelStub {
  std::string run, part;
  int64_t parts = 0;
};

/// The functions of the OpenMP library that stubs call.
inline constexpr llvm::StringLiteral kParallelFunctions[] = {
    "GOMP_parallel", "omp_get_num_threads", "omp_get_thread_num"};

/// Makes functions of the parallel loops of `buffers`.
llvm::FailureOr<std::vector<ParallelStub>>
outlineParallelLoops(mlir::ModuleOp buffers);

/// Writes the bodies of the functions `run`; `prefix` stands before the names
/// of functions that are defined.
void writeParallelStubs(llvm::Module &module,
                        llvm::ArrayRef<ParallelStub> stubs,
                        llvm::StringRef prefix);

} // namespace setun

#endif // SETUN_LIB_TARGET_LLVM_PARALLELLOOPS_H
