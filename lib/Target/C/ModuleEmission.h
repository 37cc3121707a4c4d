//===- ModuleEmission.h - What all functions of a file share ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names, types and facts about one module while it is printed. Built once,
// then read; what functions turn out to need is collected here.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_MODULEEMISSION_H
#define SETUN_LIB_TARGET_C_MODULEEMISSION_H

#include "CTree.h"
#include "FunctionFacts.h"
#include "ValueRanges.h"

#include "setun/Support/Names.h"
#include "setun/Target/C/EmitC.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace setun::c {

class EntryPoint;

/// A constant of the module that some function reads.
struct Constant {
  std::string name;
  /// Type of its elements in C.
  CType type;
  int64_t bytes;
};

/// A parameter of a C function.
struct Parameter {
  std::string name;
  /// Where the data starts: the name, but for the arena.
  std::string address;
  /// Type of the value, or of what the pointer points to.
  CType type;
  bool isPointer;
  bool isConst = false;
  bool isRestrict = false;
};

/// Everything that is decided for the whole file.
class ModuleEmission {
public:
  static llvm::FailureOr<std::unique_ptr<ModuleEmission>>
  create(mlir::ModuleOp module, const CEmitOptions &options);
  ~ModuleEmission();

  /// The C type of a scalar, or nothing if C99 has none.
  std::optional<CType> getType(mlir::Type type) const;
  /// The C type of an element in memory.
  std::optional<CType> getMemoryType(mlir::Type elementType) const;

  llvm::StringRef getName(mlir::func::FuncOp function) const {
    return functionNames.find(function)->second;
  }
  llvm::ArrayRef<Parameter> getParameters(mlir::func::FuncOp function) const {
    return parameters.find(function)->second;
  }

  mlir::ModuleOp module;
  const CEmitOptions &options;
  CallGraph graph;
  std::unique_ptr<EntryPoint> entry;
  ValueRanges ranges;
  /// int32_t where that is proven to be enough, else int64_t.
  CType indexType = CType::I64;
  /// Identifiers of the file.
  NameScope names;
  /// Constants that are read, in the order of the module.
  llvm::MapVector<mlir::Operation *, Constant> constants;
  /// Kernels that are called, known once all functions are built.
  llvm::SmallVector<llvm::StringRef> kernels;
  /// Of a run, known once all functions are built.
  int64_t stackBytes = 0;
  bool usesMath = false;
  bool usesString = false;
  /// Some loop may run on several threads.
  bool usesThreads = false;
  /// Some float is computed with.
  bool usesFloat = false;

private:
  ModuleEmission(mlir::ModuleOp module, const CEmitOptions &options,
                 CallGraph graph);

  llvm::LogicalResult nameFunctions();
  llvm::LogicalResult nameParameters(mlir::func::FuncOp function);
  llvm::LogicalResult nameConstants();

  llvm::DenseMap<mlir::func::FuncOp, std::string> functionNames;
  llvm::DenseMap<mlir::func::FuncOp, std::vector<Parameter>> parameters;
};

/// The types that getType() accepts, for diagnostics.
extern const llvm::StringLiteral kAcceptedTypes;

/// The name of a NameLoc, or nothing.
llvm::StringRef getLocationName(mlir::Location location);

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_MODULEEMISSION_H
