//===- FileParts.h - The parts of generated files ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function prints one part; EmitC.cpp puts them together.
//===----------------------------------------------------------------------===//

#ifndef SETUN_LIB_TARGET_C_FILEPARTS_H
#define SETUN_LIB_TARGET_C_FILEPARTS_H

#include "EntryPoint.h"
#include "ModuleEmission.h"

#include "setun/Support/SourceWriter.h"

#include <string>

namespace setun::c {

/// What `setun.model` says about the ONNX file.
struct ModelFacts {
  std::string file;
  std::string sha256;
  std::string producer;
  std::string opset;

  explicit ModelFacts(mlir::ModuleOp module);
};

/// Bytes of all constants.
int64_t getConstantBytes(const ModuleEmission &emission);

/// The whole of NAME.h.
void printHeader(const ModuleEmission &emission, SourceWriter &writer);

/// Banner and preamble of NAME.c.
void printBanner(const ModuleEmission &emission, SourceWriter &writer);

/// One constant, with a comment that says what it is.
void printConstant(const ModuleEmission &emission, mlir::Operation *global,
                   SourceWriter &writer);

/// What the header says of the file of weights, if there is one.
void printWeightsFacts(const ModuleEmission &emission, SourceWriter &writer);
/// And of the functions that open it.
void printWeightsFunctions(const ModuleEmission &emission,
                           SourceWriter &writer);
/// The whole of NAME_weights.c; empty if weights are constants.
std::string getWeightsFileText(const ModuleEmission &emission);

/// The whole of NAME_main.c.
void printMain(const ModuleEmission &emission, SourceWriter &writer);

} // namespace setun::c

#endif // SETUN_LIB_TARGET_C_FILEPARTS_H
