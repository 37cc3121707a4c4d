//===- EmitHls.h - A model as a project for high-level synthesis -*- C++
//-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Prints a module behind `addHlsPasses` as C++14 for high-level synthesis: one
// dataflow stage a layer, streams between them, a test bench, and scripts for
// the vendor's tools. Printing never changes the module.
//===----------------------------------------------------------------------===//

#ifndef SETUN_TARGET_HLS_EMITHLS_H
#define SETUN_TARGET_HLS_EMITHLS_H

#include "setun/Analysis/FpgaEstimate.h"

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace setun {

/// How many outputs and inputs of a product are computed in one clock cycle.
struct HlsFolding {
  int64_t pe = 1;
  int64_t simd = 1;
  /// All of them, by a network of additions that has no weights.
  bool isNetwork = false;
};

struct HlsEmitOptions {
  /// How a frame gets in and out: words of a stream, or memory.
  enum class Interface { Stream, Memory };

  /// The top function, and what files begin with; a C identifier.
  std::string name = "model";
  std::string version = "0.0.0";
  /// What the command line said besides, for the banner.
  std::string arguments;
  Interface interface = Interface::Stream;
  /// For the scripts: a device, and nanoseconds.
  std::string part = "xczu3eg-sbva484-1-e";
  double clock = 5.0;
  /// Clock cycles from one frame to the next that products are folded for; 0
  /// for the smallest design.
  int64_t targetInterval = 0;
  /// What the design may take, as it is estimated; the largest number for what
  /// is not limited. Products are then as fast as it allows.
  std::optional<FpgaCost> budget;
  /// What a user has fixed, by the name of the stage.
  std::map<std::string, HlsFolding> folding;
  /// Tolerance of the test bench.
  double atol = 1e-7, rtol = 1e-3;
  /// Weights beyond this many bytes are refused.
  int64_t maxWeightBytes = int64_t(64) << 20;
};

/// A file of the project; the name may contain folders.
struct HlsFile {
  std::string name;
  std::string text;
};

struct HlsProject {
  std::vector<HlsFile> files;
  HlsEstimate estimate;
};

/// Prints the project. What cannot be printed is a diagnostic at the operation,
/// which says what would be accepted.
llvm::FailureOr<HlsProject> emitHls(mlir::ModuleOp module,
                                    const HlsEmitOptions &options);

} // namespace setun

#endif // SETUN_TARGET_HLS_EMITHLS_H
