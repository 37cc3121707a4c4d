//===- HlsRunner.h - A design for an FPGA, simulated ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The project that `--emit=hls` writes, compiled by a C++ compiler against
// arbitrary-precision types and run frame by frame.
//===----------------------------------------------------------------------===//

#ifndef SETUN_PIPELINES_HLSRUNNER_H
#define SETUN_PIPELINES_HLSRUNNER_H

#include "setun/Pipelines/ModelRunner.h"
#include "setun/Target/HLS/EmitHls.h"

namespace setun {

/// How a design becomes a program.
struct HlsRunnerOptions {
  /// Name of the C++ compiler or a path to it.
  std::string compiler = "c++";
  /// Folder with ap_int.h and hls_stream.h.
  std::string apTypes;
  HlsEmitOptions emit;
};

/// Emits the project of a module behind `addHlsPasses` into a temporary folder,
/// which lives as long as the result, and compiles its test bench.
llvm::Expected<std::unique_ptr<ModelRunner>>
createHlsRunner(mlir::ModuleOp module, const HlsRunnerOptions &options);

} // namespace setun

#endif // SETUN_PIPELINES_HLSRUNNER_H
