//===- FpgaEstimate.h - What an HLS design will take -------------*- C++-*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The stages of a design with their parts, clock cycles and prices: what
// lib/Target/HLS says of a design before synthesis, for tables and reports.
//===----------------------------------------------------------------------===//

#ifndef SETUN_ANALYSIS_FPGAESTIMATE_H
#define SETUN_ANALYSIS_FPGAESTIMATE_H

#include "setun/Analysis/FpgaCosts.h"

#include <optional>
#include <string>
#include <vector>

namespace setun {

/// A part of a stage, and what it will take.
struct HlsPart {
  std::string name;
  FpgaCost cost;
};

/// A stage, how it is folded if it is a product, and what it will take: an
/// estimate before synthesis.
struct HlsStage {
  std::string name, comment;
  /// 0 if it is no product.
  int64_t pe, simd;
  /// Rows of a frame, and what PE and SIMD have to divide.
  int64_t rows;
  int64_t outputs, group;
  int64_t cycles;
  FpgaCost cost;
  std::vector<HlsPart> parts;
  /// A product that is a network of additions.
  bool isNetwork = false;
};

/// The design as a whole, before any synthesis.
struct HlsEstimate {
  /// The device, and the clock period in nanoseconds.
  std::string part;
  double clock = 0;
  /// What it may take, the largest number for what is not limited.
  std::optional<FpgaCost> budget;
  std::vector<HlsStage> stages;
  FpgaCost total;
  /// Clock cycles from frame to frame: those of the slowest stage.
  int64_t interval = 0;
  /// Clock cycles from the first word of a frame to the last one of its result.
  int64_t latency = 0;
};

} // namespace setun

#endif // SETUN_ANALYSIS_FPGAESTIMATE_H
