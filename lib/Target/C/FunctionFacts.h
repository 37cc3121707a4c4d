//===- FunctionFacts.h - What C needs to know about functions ---*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which functions the entry point reaches, in an order in which C can read
// them; which of their pointers are written, and which never overlap: the
// reasons for `const` and `restrict`.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_FUNCTIONFACTS_H
#define SETUN_LIB_TARGET_C_FUNCTIONFACTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

#include <cstdint>

namespace setun::c {

/// The memref that a chain of subviews, reshapes and casts starts from.
mlir::Value getRoot(mlir::Value memref);
/// The memrefs that `op` itself writes; a call's are found in the callee.
llvm::SmallVector<mlir::Value> getWrittenMemRefs(mlir::Operation *op);

/// True if a call reads and writes no memory: it takes and gives numbers only.
bool isFunctionOfNumbers(mlir::func::CallOp call);

/// Facts about the arguments of one function, and its arrays.
struct FunctionFacts {
  /// The function may write through this argument.
  llvm::BitVector written;
  /// No other argument of the same call reaches the same memory, or neither is
  /// written.
  llvm::BitVector isRestrict;
  /// Bytes of local arrays of this function.
  int64_t localBytes = 0;
};

/// All functions that `@main` reaches, callees before callers.
class CallGraph {
public:
  /// Fails with a diagnostic at a recursive or unresolved call.
  static llvm::FailureOr<CallGraph> build(mlir::ModuleOp module);

  mlir::func::FuncOp getEntry() const { return functions.back().first; }
  /// The entry point is the last.
  llvm::SmallVector<mlir::func::FuncOp> getFunctions() const {
    return llvm::map_to_vector(functions,
                               [](const auto &entry) { return entry.first; });
  }
  const FunctionFacts &get(mlir::func::FuncOp function) const {
    return functions.find(function)->second;
  }
  static mlir::func::FuncOp getCallee(mlir::func::CallOp call);

private:
  using Functions = llvm::MapVector<mlir::func::FuncOp, FunctionFacts>;

  llvm::LogicalResult visit(mlir::func::FuncOp function,
                            llvm::SmallVectorImpl<mlir::func::FuncOp> &stack);
  void collectFacts(mlir::func::FuncOp function, FunctionFacts &facts);
  void findOverlaps(mlir::func::FuncOp caller);

  Functions functions;
};

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_FUNCTIONFACTS_H
