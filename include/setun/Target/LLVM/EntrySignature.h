//===- EntrySignature.h - What a caller hands to @main ----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arguments of a model's entry function in the "buffers" stage, read from
// their types and attributes: inputs, outputs and the arena, with the names
// that the ONNX file gave them.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_LLVM_ENTRYSIGNATURE_H
#define SETUN_TARGET_LLVM_ENTRYSIGNATURE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace setun {

/// What an argument of the entry function is for.
enum class EntryRole { Input, Output, Arena, Weights };

/// One argument of the entry function: a pointer to contiguous, row-major data.
struct EntryArgument {
  /// Name in the ONNX graph; empty for the arena and weights.
  std::string name;
  EntryRole role = EntryRole::Input;
  /// Type of the elements in memory: f32, f64, i1 (one byte), i8 ... i64.
  mlir::Type storageType;
  /// Type in the ONNX graph: differs from the storage type for siN and uiN.
  mlir::Type elementType;
  std::vector<int64_t> shape;
  /// Size of the whole buffer.
  int64_t bytes = 0;
};

/// All arguments of the entry function in order.
struct EntrySignature {
  std::vector<EntryArgument> arguments;

  /// Reads `@main` of a module in the "buffers" stage. Fails if an argument is
  /// no static memref in row-major order or has no role.
  static llvm::Expected<EntrySignature> read(mlir::ModuleOp buffers);
};

} // namespace setun

#endif // SETUN_TARGET_LLVM_ENTRYSIGNATURE_H
