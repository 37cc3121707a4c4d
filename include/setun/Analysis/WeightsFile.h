//===- WeightsFile.h - Weights outside of generated code --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// After `lowbit-move-weights` no function reads the large constants of a module
// any more: they come from a block of memory that the caller hands in. What it
// must contain is still in the module, and is written to a file from there.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_WEIGHTSFILE_H
#define SETUN_ANALYSIS_WEIGHTSFILE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <optional>
#include <string>

namespace setun {

/// Where constants begin in the file, and what the block is aligned to.
inline constexpr int64_t kWeightsAlign = 64;

/// Attribute of a `memref.global`: its place in the file.
inline constexpr llvm::StringLiteral kWeightsOffsetAttr =
    "setun.weights_offset";

/// Attribute of a module with such globals: bytes and SHA-256 of the file.
inline constexpr llvm::StringLiteral kWeightsAttr = "setun.weights";

/// What generated headers say of the file.
struct WeightsFacts {
  int64_t bytes;
  std::string sha256;
};

/// Computes and notes the facts.
void setWeightsFacts(mlir::ModuleOp module, int64_t bytes);

/// Nothing if all constants are in the code.
std::optional<WeightsFacts> getWeightsFacts(mlir::ModuleOp module);

/// The contents of the file: numbers in little-endian order, zeros between
/// constants.
void printWeights(mlir::ModuleOp module, llvm::raw_ostream &stream);

/// Erases what printWeights() prints.
void dropWeights(mlir::ModuleOp module);

} // namespace setun

#endif // SETUN_ANALYSIS_WEIGHTSFILE_H
