//===- EmbeddedText.cpp - C text that is copied into files ----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "EmbeddedText.h"

using namespace llvm;

namespace setun::c {

/// The lines between the mark called `name` and its end.
static StringRef getMarked(StringRef text, StringRef name = "") {
  std::string mark =
      ("/* setun:begin " + name + (name.empty() ? "" : " ") + "*/\n").str();
  text = text.split(mark).second;
  return text.split("/* setun:end */").first;
}

std::string getFloatGuardText(bool fused) {
  static constexpr StringLiteral text =
#include "lib/Target/C/FloatGuard.inc"
      ;
  return (getMarked(text, "guard") + getMarked(text, fused ? "fused" : "exact"))
      .str();
}

StringRef getPreambleText() {
  static constexpr StringLiteral text =
#include "lib/Target/C/Preamble.inc"
      ;
  return getMarked(text);
}

StringRef getThreadsText() {
  static constexpr StringLiteral text =
#include "lib/Target/C/Threads.inc"
      ;
  return getMarked(text);
}

StringRef getLevelsText() {
  static constexpr StringLiteral text =
#include "lib/Target/C/Levels.inc"
      ;
  return getMarked(text);
}

static constexpr StringLiteral weightsText =
#include "lib/Target/C/WeightsFile.inc"
    ;

StringRef getWeightsText() { return getMarked(weightsText); }

StringRef getByteOrderText() { return getMarked(weightsText, "order"); }

StringRef getNpyMainText() {
  static constexpr StringLiteral text =
#include "lib/Target/C/NpyMain.inc"
      ;
  return getMarked(text);
}

} // namespace setun::c
