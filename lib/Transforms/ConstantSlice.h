//===- ConstantSlice.h - The parts of a graph without inputs ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the nodes that depend on constants only and cuts them out into a module
// of their own.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TRANSFORMS_CONSTANTSLICE_H
#define SETUN_LIB_TRANSFORMS_CONSTANTSLICE_H

#include "dialects/Onnx/Onnx.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/DenseSet.h"

namespace setun {

/// Results of constant nodes that a node that is not constant uses, in order.
/// Nodes in `excluded` do not count as constant.
llvm::SmallVector<mlir::Value>
findConstantRoots(mlir::ModuleOp module,
                  const llvm::DenseSet<mlir::Operation *> &excluded);

/// The `Round` nodes on f32 that `roots` depend on, in order.
llvm::SmallVector<onnx::NodeOp> findRounds(llvm::ArrayRef<mlir::Value> roots);

/// The largest constant that `root` is computed from, or null.
onnx::ConstantOp findOrigin(mlir::Value root);

/// A module whose `@main` computes `wanted`; constants share their bytes.
mlir::OwningOpRef<mlir::ModuleOp>
buildConstantModule(llvm::ArrayRef<mlir::Value> wanted);

} // namespace setun

#endif // SETUN_LIB_TRANSFORMS_CONSTANTSLICE_H
