//===- ModelReport.h - What a model costs, for people and tools -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The facts of a compiled model in one place, as JSON and as a page of HTML.
//===----------------------------------------------------------------------===//

#ifndef SETUN_REPORT_MODELREPORT_H
#define SETUN_REPORT_MODELREPORT_H

#include "setun/Analysis/EnergyModel.h"
#include "setun/Analysis/FpgaEstimate.h"
#include "setun/Analysis/LayerFacts.h"
#include "setun/Analysis/MemoryFacts.h"
#include "setun/Report/ScaleFacts.h"

#include <optional>

namespace setun {

struct ModelReport {
  /// Name of the file.
  std::string model;
  int64_t opset = 0;
  /// The processor that kernels are chosen for, and what their times count.
  std::string target, costUnit;
  std::vector<LayerFacts> layers;
  ModelTotals totals;
  MemoryFacts memory;
  ModelEnergy energy;
  /// The HLS design, if one was asked for.
  std::optional<HlsEstimate> hls;
  /// What fixed point and static scales change, where they are asked for.
  std::optional<ScaleFacts> scales;
};

/// One object, the same bytes for the same model. Names become UTF-8.
void writeReportJson(const ModelReport &report, llvm::raw_ostream &os);

/// A page that needs nothing but itself: the JSON, and a script that draws it.
/// Names in the model cannot leave the JSON.
std::string makeReportPage(const ModelReport &report, llvm::StringRef version);

} // namespace setun

#endif // SETUN_REPORT_MODELREPORT_H
