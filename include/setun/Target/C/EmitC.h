//===- EmitC.h - A model as standalone C99 ----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints a module of the "buffers" stage as one header and one source file that
// a person can read: a function a layer, named after its ONNX nodes, and a last
// function that reads as the model. Printing never changes the module.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_C_EMITC_H
#define SETUN_TARGET_C_EMITC_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <optional>
#include <string>

namespace setun {

/// What the C files are called and what goes into them.
struct CEmitOptions {
  /// How tensors cross the border of the model. The module already is what this
  /// says; the header tells it to the reader.
  enum class Interface { Model, Quantized };

  /// Prefix of every symbol, macro, type and file; a C identifier.
  std::string name = "model";
  /// Version of the compiler, for the banner and for `NAME_SETUN_VERSION`.
  std::string version = "0.0.0";
  Interface io = Interface::Model;
  /// What the command line said besides, for the banner: ` --kernel=packed`.
  std::string arguments;
  /// Also print a main() that reads and writes .npy files.
  bool withMain = false;
  /// Layers stand in the file for several processors, and the first call in a
  /// run takes what the processor has. For targets of x86-64 and AArch64 and
  /// the one of any processor.
  bool chooseAtRunTime = false;
  /// The stack that a run needs, if it is known because the code is not C.
  std::optional<int64_t> stackBytes;
  /// Weights beyond this many bytes are refused: a C compiler would need
  /// gigabytes for the file.
  int64_t maxWeightBytes = int64_t(256) << 20;
};

/// The texts of NAME.h, NAME.c and, if asked for, NAME_main.c; of
/// NAME_weights.c, if weights are in a file of their own.
struct CFiles {
  std::string header;
  std::string source;
  std::string main;
  std::string weights;
};

/// NAME.h and NAME_weights.c alone, for code that another backend makes.
struct CHeader {
  std::string text;
  /// As CFiles has it.
  std::string weights;
  /// Every index of the module is proven to be less than 2^31.
  bool indicesFitIn32Bits = false;
};

/// Prints the header of `buffers`, as emitC() does.
llvm::FailureOr<CHeader> emitCHeader(mlir::ModuleOp buffers,
                                     const CEmitOptions &options);

/// Prints a prepared copy of `buffers`. What cannot be printed is a diagnostic
/// at the operation, which says what would be accepted.
llvm::FailureOr<CFiles> emitC(mlir::ModuleOp buffers,
                              const CEmitOptions &options);

} // namespace setun

#endif // SETUN_TARGET_C_EMITC_H
